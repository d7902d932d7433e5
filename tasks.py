#!/usr/bin/env python3
"""Every command of the project, with nothing to install first.

    python3 tasks.py book [--no-open] [--verbose]     build the book and open it in the browser; say all there is to say
    python3 tasks.py export                           write the whole book as one PDF, to print, and as an EPUB
    python3 tasks.py test [--slow] [pytest options]   run the tests, with those of the built book if there is one
    python3 tasks.py test --pythons [pytest options]  run the fast tests on each version of Python that can be had
    python3 tasks.py check                            check the style of all code, the types of the library and the
                                                      workflow; the JavaScript too where Node.js is installed
    python3 tasks.py lab [jupyter lab options]        open the chapters as notebooks in JupyterLab, in notebooks/
    python3 tasks.py figures [NAME] [--recompute]     redraw the figures, or compute their data again
    python3 tasks.py bench [NAME] [--json FILE]       measure speed; without a name, list the benchmarks
    python3 tasks.py clean [--env]                    remove what was built, and with --env also .venv

The first call makes .venv beside this file and installs the exact versions in requirements/; later calls
start at once, until those files change. `tasks.py --here VERB` uses the Python that runs it instead and
installs nothing, for those who manage their own environment.

This file needs only the standard library of Python 3.8 or newer, and its neighbour installer.py.
"""

import argparse
import ast
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

from installer import BAD_USE, FAILED, SUPPORTED, Stop, check_python, install, python_of, suitable

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BUILD = ROOT / "_build"
NOTEBOOKS = ROOT / "notebooks"  # the reader's own copies
REQUIREMENTS = {"book": ["book"], "test": ["test", "book"]}  # a set, and the sets that it includes
SOURCES = ("book", "asng_edu", "examples", "figures", "requirements", "_config.yml")  # what the pages are made of
DRIVER = "ignore:CUDA initialization:UserWarning"  # torch's advice to renew an old driver, of no use to a reader


# ---------------------------------------------------------------- the environment


def fingerprint(*paths):
    """Return a hash of the Python version and of every file at or below the given paths, names included."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sys.platform}".encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def environment(wanted, place=None, minors=None):
    """Return a Python in which the ``wanted`` requirements are installed, installing them first if need be.

    It is in .venv, or in ``place`` if that is given, and its minor version one of ``minors``, by default that of the
    Python that runs this, if the project runs on it.
    """
    place = place or VENV
    key = f"{ROOT} {fingerprint(ROOT / 'requirements', ROOT / 'pyproject.toml')}"  # a moved folder is installed anew
    stamps = {name: place / f"installed-{name}" for name in REQUIREMENTS}

    def finished():
        stamp = stamps[wanted]
        return stamp.is_file() and stamp.read_text(encoding="utf-8") == key and python_of(place).is_file()

    if not finished():
        with alone("installation"):
            if not finished():  # another process may have done it meanwhile
                for stamp in stamps.values():  # an interrupted installation must not look finished
                    stamp.unlink(missing_ok=True)
                install(ROOT, place, wanted, minors or suitable())
                for name in REQUIREMENTS[wanted]:
                    stamps[name].write_text(key, encoding="utf-8")  # it has a path in it
    return str(python_of(place))


def run(python, *command, **settings):
    """Run a command of the environment in the project's folder and return its exit code."""
    env = {
        **os.environ,
        "PATH": str(Path(python).parent) + os.pathsep + os.environ.get("PATH", ""),
        "PYTHONUTF8": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, not one that the user installed
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **settings,
    }
    return subprocess.call([python, *command], cwd=ROOT, env=env)


@contextlib.contextmanager
def alone(what):
    """Hold a lock of this folder, for which another process that does the same waits, and says so."""
    place = BUILD / f".{what}.lock"
    while True:
        BUILD.mkdir(exist_ok=True)
        with place.open("a") as file:
            if not lock(file, wait=False):
                print(f"Another {what} is under way in this folder; this one waits until it has ended.", flush=True)
                lock(file, wait=True)
            # else `clean` took it away meanwhile
            if place.exists() and os.path.samestat(place.stat(), os.fstat(file.fileno())):
                yield
                return


def lock(file, wait):
    """Lock an open file until it is closed; return whether that was possible, at once or, if asked to, by waiting."""
    if fcntl:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
    import msvcrt

    while True:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            if not wait:
                return False
            time.sleep(1)
        else:
            return True


# ---------------------------------------------------------------- the verbs


def in_ci():
    """Tell whether this runs unattended, where nothing is opened and no cache is trusted."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def book(python, options):
    """Build the book with warnings as errors, unless it is built from these very sources already, and open it."""
    index = BUILD / "html" / "index.html"
    with alone("build"):
        if index.is_file() and is_current() and not in_ci():
            print("Nothing has changed since the book was built.")
        else:
            build(python, *["--verbose"] * options.verbose)
    print(f"The book is ready: {index}")
    if not (options.no_open or in_ci()):
        webbrowser.open(index.as_uri())
    return 0


def build(python, *how):
    """Build the pages; ``book/_make/`` runs those that must run. What a page writes to stderr is an error."""
    prepare()
    built_from = sources()  # before the build: what changes meanwhile is not in it
    # Matplotlib tells on stderr of a folder that it cannot write and of fonts that it sees for the first time.
    quiet = {"MPLCONFIGDIR": str(BUILD / "matplotlib"), "PYTHONWARNINGS": DRIVER}
    fonts = run(python, "-c", "import matplotlib.font_manager", **quiet)
    if fonts or run(python, "book/_make/build.py", *how, **quiet):
        raise Stop(f"The book was not built: the messages above say why, and {BUILD / 'book.log'} says more.", FAILED)
    (BUILD / "html.key").write_text(built_from)


def export(python, options):
    """Write the whole book as one PDF, which Chromium prints, and as an EPUB, after building it if need be."""
    with alone("build"):
        if not is_current():
            build(python)
        return run(python, "book/_export/write.py")


def sources():
    """Return a hash of all that the pages are made of."""
    return fingerprint(*(ROOT / name for name in SOURCES))


def is_current():
    """Tell whether the last build was made of what is there now, and was good."""
    key = BUILD / "html.key"
    return key.is_file() and key.read_text() == sources()


def prepare():
    """Make room for the pages: no page of an earlier table of contents stays, and no output where nobody watches."""
    if in_ci():
        shutil.rmtree(BUILD / ".jupyter_cache", ignore_errors=True)
    (BUILD / "html.key").unlink(missing_ok=True)
    shutil.rmtree(BUILD / "html", ignore_errors=True)
    BUILD.mkdir(exist_ok=True)


def cores_here():
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def test(python, options):
    """Run the tests on all cores; options that this file does not know go to pytest."""
    chosen = any(option.startswith(("-n", "--pdb", "-s")) for option in options.rest)
    cores = [] if chosen else ["-n", str(1 + cores_here()), "--dist", "worksteal"]  # one waits for a process or a page
    if options.pythons:
        return test_pythons(*cores, *options.rest)
    code = run(python, "-m", "pytest", *cores, *options.rest)
    everything = not set(options.rest) - {"--slow"}
    if not code and everything and (BUILD / "html" / "index.html").is_file():
        print("The tests of the built book, which need a process of their own:", flush=True)
        code = run(python, "-m", "pytest", *cores, "--book", *options.rest)
    return code


def test_pythons(*options):
    """Run the tests on each supported version of Python, in environments of their own, and say how each ended."""
    results = {}
    for minor in range(SUPPORTED[0][1], SUPPORTED[1][1] + 1):
        name = f"3.{minor}"
        try:
            python = environment("test", BUILD / f"python-{name}", [minor])
        except Stop as stop:
            print(f"tasks.py: {stop}", file=sys.stderr)
            results[name] = "not run"
            continue
        print(f"The tests on Python {name}:", flush=True)
        results[name] = "failed" if run(python, "-m", "pytest", *options) else "passed"
    print(*(f"Python {name}: {result}" for name, result in results.items()), sep="\n")
    wrong = {"failed", "not run"} if in_ci() else {"failed"}
    return FAILED if wrong & set(results.values()) else 0


def check(python, options):
    """Check the style of all code, the types of the library, and that the workflow is one."""
    workflow = ["--builtin-schema", "vendor.github-workflows", ".github/workflows/checks.yml"]
    return (
        run(python, "-m", "ruff", "check", ".")
        or run(python, "-m", "mypy")
        or run(python, "-m", "check_jsonschema", "--quiet", *workflow)
        or check_javascript()
    )


def check_javascript():
    """Check the scripts of the pages with the linter that requirements/javascript pins; npm brings it."""
    npm, pins = shutil.which("npm"), ROOT / "requirements" / "javascript"
    if npm is None:
        print("The JavaScript was not checked: that takes npm, which comes with Node.js 18 or newer.", file=sys.stderr)
        return FAILED if in_ci() else 0
    place = BUILD / "javascript"
    with alone("installation"):
        stamp, key = place / "installed", fingerprint(pins)
        if not stamp.is_file() or stamp.read_text() != key:
            shutil.copytree(pins, place, dirs_exist_ok=True)
            if subprocess.call([npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place):
                raise Stop("npm could not install requirements/javascript; its own message above says why.", FAILED)
            stamp.write_text(key)
    biome = shutil.which("biome", path=place / "node_modules" / ".bin")
    options = [f"--config-path={pins}", "--error-on-warnings"]
    return subprocess.call([biome, "lint", *options, "book", "tests"], cwd=ROOT)


def lab(python, options):
    """Open the notebooks of the chapters in JupyterLab, after building the book if there is none.

    lab/ holds the setting with which a chapter's Markdown, in book/, opens as a notebook too, and turns off a renderer
    that some have installed, jupyterlab-myst: it would number every formula once more.
    """
    with alone("build"):
        if not (BUILD / "html.key").is_file():
            build(python)
        lend_notebooks()
    settings = str(ROOT / "lab") + os.pathsep + os.environ.get("JUPYTER_CONFIG_PATH", "")
    browser = ["--no-browser"] if options.no_open or in_ci() else []
    place = ["--notebook-dir", str(ROOT), "--LabApp.default_url=/lab/tree/notebooks"]
    command = ["-m", "jupyterlab", *place, *browser, *options.rest]
    return run(python, *command, JUPYTER_CONFIG_PATH=settings.rstrip(os.pathsep))


def lend_notebooks():
    """Copy the notebooks of the built book into notebooks/; one that is there stays, for it may have been edited."""
    NOTEBOOKS.mkdir(exist_ok=True)
    kept = []
    for built in sorted((BUILD / "html" / "notebooks").glob("*.ipynb")):
        place = NOTEBOOKS / built.name
        if not place.exists():
            shutil.copyfile(built, place)
        elif place.read_bytes() != built.read_bytes():
            kept.append(place.name)
    if kept:
        print(f"In notebooks/ these stay as they are: {', '.join(kept)}. Remove one to get it as the book has it now.")


def figures(python, options):
    """Run one script of figures/, or all of them."""
    names = [options.name] if options.name else list(scripts("figures"))
    for name in names:
        print(f"figures/{name}.py", flush=True)
        code = run(python, script("figures", name), *(["--recompute"] if options.recompute else []), *options.rest)
        if code:
            return code
    return 0


def bench(python, options):
    """Run one script of benchmarks/; without a name, say what there is."""
    if not options.name:
        for name, purpose in scripts("benchmarks").items():
            print(f"{name:20} {purpose}")
        return 0
    report = ["--json", str(Path(options.json).resolve())] if options.json else []
    return run(python, script("benchmarks", options.name), *report, *options.rest)


def scripts(folder):
    """Return the scripts of a folder: their names, and the first line of what each says about itself."""
    files = sorted(file for file in (ROOT / folder).glob("*.py") if not file.name.startswith("_"))
    docs = {file.stem: ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in files}
    return {name: doc.partition("\n")[0] for name, doc in docs.items()}


def script(folder, name):
    """Return the path of a script, or stop and say which there are."""
    if name not in scripts(folder):
        there = ", ".join(scripts(folder)) or "none"
        raise Stop(f"There is no '{name}' in {folder}/; there is: {there}.", BAD_USE)
    return str(ROOT / folder / f"{name}.py")


def clean(options):
    """Remove what was built; none of it is in the repository."""
    with alone("build"):
        for name in ["_build", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", *[".venv"] * options.env]:
            shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in ["asng_edu", "book", "tests", "figures", "benchmarks"]:
        for kept in [*(ROOT / folder).rglob("__pycache__"), *(ROOT / folder).rglob(".ipynb_checkpoints")]:
            shutil.rmtree(kept, ignore_errors=True)
    return 0


# ---------------------------------------------------------------- the command line


def parse(arguments):
    """Return the options; what the verb does not know itself is in ``rest``."""
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="tasks.py", description=__doc__, formatter_class=plain)
    parser.add_argument("--here", action="store_true", help="use the Python that runs this file, install nothing")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    named = {
        verb.__name__: verbs.add_parser(verb.__name__, help=verb.__doc__.partition("\n")[0], allow_abbrev=False)
        for verb in (book, export, test, check, lab, figures, bench, clean)
    }
    for name in ("book", "lab"):
        named[name].add_argument("--no-open", action="store_true", help="do not open the browser")
    named["book"].add_argument("--verbose", action="store_true", help="print all that Jupyter Book says")
    for name in ("figures", "bench"):
        named[name].add_argument("name", nargs="?", help="which script; see the folder for the names")
    named["test"].add_argument("--pythons", action="store_true", help="run the tests on each supported Python")
    named["figures"].add_argument("--recompute", action="store_true", help="compute the data again; may take long")
    named["bench"].add_argument("--json", metavar="FILE", help="write the measurements to this file too")
    named["export"].set_defaults(no_open=True)
    named["clean"].add_argument("--env", action="store_true", help="remove .venv too")
    options, options.rest = parser.parse_known_args(arguments)
    if options.rest and options.verb in ("book", "export", "check", "clean"):
        named[options.verb].error(f"unknown argument: {' '.join(options.rest)}")
    return options


def main(arguments=None):
    """Do what the command line says and return the exit code."""
    try:
        options = parse(arguments)
        if options.here:
            check_python()
        if options.verb == "clean":
            return clean(options)
        wanted = "test" if options.verb in ("test", "check") else "book"
        python = sys.executable if options.here else environment(wanted)
        return globals()[options.verb](python, options)
    except Stop as stop:
        print(f"tasks.py: {stop}", file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        print("tasks.py: stopped before the end; run the same command again.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
