"""What an import costs and brings, and the same formulas without the compiler."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import asng_edu

ROOT = Path(__file__).resolve().parents[2]
VISION = ["torch", "torchvision", "sklearn"]  # what computes with images, and costs a second to import


def python(*arguments, **settings):
    """Run a fresh Python in the project's folder and return what it prints."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import asng_edu, asng_edu.nas", ["numba", "numpy", *VISION, "matplotlib", "joblib", "scipy"]),
        ("from asng_edu import ASNG, SNG, Adam, RandomSearch, Product", ["numba", *VISION, "matplotlib", "joblib"]),
        (
            "from asng_edu import Choice, Real, Space, maximize, minimize",
            ["numba", *VISION, "matplotlib", "joblib", "cmaes"],
        ),
        ("import asng_edu.sweeps.sweep, asng_edu.cli", [*VISION, "matplotlib"]),
        ("from asng_edu import *", [*VISION, "matplotlib"]),
        ("from asng_edu.nas.spaces.cell_space import CellSpace; CellSpace().random(0)", [*VISION, "matplotlib"]),
        ("import asng_edu.nas.commands, asng_edu.nas.training.settings", [*VISION, "matplotlib"]),
        ("from asng_edu.nas.supernet.operations import OPERATIONS", [*VISION, "matplotlib", "numba"]),
        ("import asng_edu.nas.drawing.draw", VISION),
    ],
)
def test_an_import_brings_no_more_than_it_needs(code, absent):
    loaded = python("-c", f"import sys\n{code}\nprint(*sys.modules)").split()
    assert "asng_edu" in loaded
    assert not set(absent) & set(loaded)


def test_importing_the_package_compiles_nothing():
    code = "import asng_edu.sweeps.trial as t; print(t.sample.signatures, t.adapt.signatures)"
    assert python("-c", code, NUMBA_DISABLE_JIT="0").strip() == "[] []"


def test_without_the_compiler_the_stored_trajectories_are_the_same():
    """NUMBA_DISABLE_JIT=1 leaves plain Python functions, which a debugger can step through; and no warning either."""
    check = "import asng_edu.optimizers.asng as a; assert type(a.adapt).__name__ == 'function'"
    python("-c", check, NUMBA_DISABLE_JIT="1")
    options = ["-q", "-n0", "-p", "no:cacheprovider", "-W", "error"]
    printed = python("-m", "pytest", *options, "tests/optimizers/test_golden.py", NUMBA_DISABLE_JIT="1")
    assert " passed" in printed
    assert "failed" not in printed


def test_without_numba_the_core_and_a_trial_do_the_same(tmp_path):
    """As after ``pip install asng_edu``: there is nothing to compile, and the stored trajectories are the same."""
    (tmp_path / "numba.py").write_text("raise ModuleNotFoundError('No module named numba', name='numba')\n")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    alone = "import sys; from asng_edu import *; ASNG(Categorical(3), seed=1).ask(); import asng_edu.sweeps.trial"
    assert "llvmlite" not in python("-c", f"{alone}; print(*sys.modules)", PYTHONPATH=paths).split()
    options = ["-q", "-n0", "-p", "no:cacheprovider", "-W", "error"]
    printed = python("-m", "pytest", *options, "tests/optimizers/test_golden.py", PYTHONPATH=paths)
    assert " passed" in printed
    assert "failed" not in printed


def test_names_are_loaded_on_first_use():
    assert asng_edu.ASNG.__module__ == "asng_edu.optimizers.asng"
    assert asng_edu.problems.onemax([[0, 1]]).tolist() == [1.0]
    assert set(asng_edu.__all__) <= set(dir(asng_edu))
    assert all(hasattr(asng_edu, name) for name in asng_edu.__all__)


def test_unknown_names():
    assert not hasattr(asng_edu, "ASGN")
    with pytest.raises(AttributeError, match=r"has no 'ASGN'; it has .*ASNG, .*\.$"):
        asng_edu.ASGN  # noqa: B018
    with pytest.raises(ImportError):
        from asng_edu import ASGN  # noqa: F401
