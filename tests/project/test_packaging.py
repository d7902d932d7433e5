"""The pins, the metadata and the files that a reader installs agree with each other."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import asng_edu
import asng_edu.nas
import installer
from asng_book.live import files

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def lines(name):
    """Return the lines of a requirements file that are no comments."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pins(name):
    """Return the pinned packages of a requirements file, by name."""
    requirements = [Requirement(line) for line in lines(name) if not line.startswith("-")]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


@pytest.mark.parametrize("name", ["book", "test", "constraints"])
def test_every_pin_is_exact(name):
    assert pins(name)
    for requirement in pins(name).values():
        assert re.fullmatch(r"==[^*,+]+", str(requirement.specifier)), f"{requirement}: a build, or no single version"
        assert requirement.url is None


@pytest.mark.parametrize("package", ["torch", "torchvision"])
@pytest.mark.parametrize("build", ["", "+cpu", "+cu130"])
def test_any_build_of_torch_that_is_there_already_is_kept(package, build):
    (pinned,) = pins("book")[package].specifier
    assert pins("constraints")[package].specifier.contains(pinned.version + build)


def needs(requirement, extra=""):
    """Return what an installed package asks for on this Python and system, for one of its extras or for none."""
    asked = map(Requirement, metadata.requires(requirement.name) or [])
    return [one for one in asked if one.marker is None or one.marker.evaluate({"extra": extra})]


def test_the_lock_holds_all_that_the_pins_need():
    gpu = re.compile(r"(nvidia|cuda)-|triton$")  # each build of torch needs other versions, and names them itself
    left, seen = [*pins("book").values(), *pins("test").values()], set()
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        for extra in ["", *requirement.extras]:
            if (name, extra) not in seen and not gpu.match(name):
                seen.add((name, extra))
                left += needs(requirement, extra)
    assert {name for name, _ in seen} <= set(pins("constraints"))


@pytest.mark.parametrize("name", ["book", "test"])
def test_pins_are_the_constraints(name):
    assert "-c constraints.txt" in lines(name)
    constraints = pins("constraints")
    for package, requirement in pins(name).items():
        assert constraints[package].specifier == requirement.specifier, requirement


def test_every_pin_installs_on_the_first_release_of_each_python():
    accepted = SpecifierSet(PROJECT["requires-python"])
    pythons = [f"3.{minor}.0" for minor in range(30) if accepted.contains(f"3.{minor}.0")]
    installed = {canonicalize_name(dist.name): dist for dist in metadata.distributions()}
    assert set(pins("book")) | set(pins("test")) <= set(installed)
    for name in set(pins("constraints")) & set(installed):
        asked = SpecifierSet(installed[name].metadata.get("Requires-Python") or "")
        assert all(asked.contains(python) for python in pythons), f"{name} {installed[name].version} needs {asked}"


def test_the_tests_build_on_the_book():
    assert "-r book.txt" in lines("test")
    assert not set(pins("book")) & set(pins("test")), "pinned twice"


@pytest.mark.parametrize("extra", ["", "sweep", "plot", "widgets", "claims", "nas"])
def test_the_book_pins_what_the_library_asks_for(extra):
    asked = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    pinned = pins("book")
    for requirement in map(Requirement, asked):
        (version,) = pinned[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(version.version), f"{requirement} against {version}"


def test_the_core_needs_numpy_only():
    assert {Requirement(text).name for text in PROJECT["dependencies"]} == {"numpy"}


def test_torch_is_asked_for_by_the_nas_extra_only():
    extras = PROJECT["optional-dependencies"]
    with_torch = {name for name, asked in extras.items() if any(Requirement(text).name == "torch" for text in asked)}
    assert with_torch == {"nas"}
    assert "nas" not in extras["all"][0]


def test_conda_gets_the_same_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, *others = environment["dependencies"]
    assert python.removeprefix("python").strip() == PROJECT["requires-python"]
    named = [entry for entry in others if isinstance(entry, str)]
    assert named == ["pip"], "a package named here could differ from its pin"
    (pip,) = (entry["pip"] for entry in others if isinstance(entry, dict))
    assert pip == ["-r requirements/test.txt", "-e ."]
    assert (ROOT / "requirements" / "test.txt").is_file()


def test_one_range_of_python_versions():
    (_, first), (_, last) = installer.SUPPORTED
    accepted = SpecifierSet(PROJECT["requires-python"])
    minors = [minor for minor in range(8, 30) if accepted.contains(f"3.{minor}.0")]
    assert minors == list(range(first, last + 1))
    classified = [text.rpartition("3.")[2] for text in PROJECT["classifiers"] if ":: Python :: 3." in text]
    assert classified == [str(minor) for minor in minors]


def test_one_version_of_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert PROJECT["version"] == asng_edu.__version__ == citation["version"]


def test_the_citation_names_the_article_and_the_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    found = {(work["authors"][0]["family-names"], work["year"]) for work in citation["references"]}
    assert found == {("Shirakawa", 2020), ("Akimoto", 2019)}


def test_every_script_and_style_of_the_live_figures_is_loaded():
    here = {path.relative_to(files.STATIC) for path in files.STATIC.rglob("*") if path.suffix in (".js", ".css")}
    listed = [path.relative_to(files.STATIC) for path in [*files.scripts(), *files.styles()]]
    assert sorted(listed) == sorted(here)


def test_the_book_documents_every_public_name():
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "book").glob("api*.md")))
    documented = re.findall(r"automodule:: (\S+)", pages)
    assert len(documented) == len(set(documented))
    public = []
    for package in (asng_edu, asng_edu.nas):
        stub = Path(package.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
        homes = {name: home for home, name in re.findall(r"^from (\S+) import (\w+) as", stub, flags=re.MULTILINE)}
        left_out = {
            name: home
            for name, home in homes.items()
            if home not in documented and home.rpartition(".")[0] not in documented
        }
        assert left_out == {}
        public += [f"{home}.{name}" for name, home in homes.items()]
    overview = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"~(asng_edu\.\S+)", overview)) == sorted(public)


def test_the_book_is_configured_to_load_nothing_from_elsewhere():
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert "://" not in text
    assert not (ROOT / "book" / "_static").exists(), "Jupyter Book would put every script below it on every page"
    assert CONFIG["sphinx"]["config"]["nb_ipywidgets_js"] == {}


def test_the_wheel_holds_the_explorer_and_the_types(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "asng-edu = asng_edu.__main__:main" in archive.read(entry_points).decode()
    for package in (ROOT / "asng_edu", ROOT / "book" / "asng_book"):
        wanted = [path for kind in ("*.py", "*.pyi", "*.js", "*.css", "*.typed") for path in package.rglob(kind)]
        assert {path.relative_to(package.parent).as_posix() for path in wanted} <= names
    assert {"asng_edu/py.typed", "asng_book/live/static/engine.js", "asng_book/data/fig4.csv"} <= names
    assert not [name for name in names if name.startswith(("tests", "book")) or "__pycache__" in name]


def test_the_example_of_the_readme_runs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert examples
    for example in examples:
        ran = subprocess.run([sys.executable, "-W", "error", "-c", example], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        for promised in re.findall(r"print\(.*\)\s*# (.*)", example):
            assert promised in ran.stdout
