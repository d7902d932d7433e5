"""Which room may ask which: what every module imports, at its head and inside its functions."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = sorted((ROOT / "asng_edu").rglob("*.py")) + sorted((ROOT / "asng_edu").rglob("*.pyi"))
DEVELOPMENT = {"asng_book", "tests", "benchmarks", "figures", "tasks", "pytest", "hypothesis", "sphinx", "myst_nb"}


def imported(text):
    """Return the packages that a module imports, by statement or by a name in a string."""
    return {name.partition(".")[0] for name in modules(text)}


def modules(text):
    """Return the whole names of what a module imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Call) and node.args and "import" in ast.unparse(node.func):
            first = node.args[0]
            parts = first.values[:1] if isinstance(first, ast.JoinedStr) else [first]
            found |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return found


def test_imports_are_found_in_whatever_form():
    for form in (
        "import a.b",
        "from a import b",
        "def f():\n    import a",
        "importlib.import_module('a.b')",
        "importlib.import_module(f'a.{name}')",
        "__import__('a')",
    ):
        assert imported(form) == {"a"}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_library_never_imports_the_book(path):
    assert not imported(path.read_text(encoding="utf-8")) & DEVELOPMENT


@pytest.mark.parametrize("room", ["_common", "blackbox", "distributions", "jobs", "optimizers", "problems", "sweeps"])
def test_the_core_never_imports_the_architecture_search(room):
    paths = sorted((ROOT / "asng_edu" / room).glob("*.py"))
    assert paths
    asking = [path.name for path in paths if any("asng_edu.nas" in name for name in modules(path.read_text("utf-8")))]
    assert asking == []
