"""tasks.py: what it installs and when, what it forgets, what it says when something is missing."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """Load tasks.py as if it stood in a small project in ``tmp_path``."""
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "book.txt").write_text("numpy==2.0\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "asng_edu").mkdir()
    (tmp_path / "asng_edu" / "asng.py").write_text("delta = 1\n")
    spec = importlib.util.spec_from_file_location("tasks_under_test", ROOT / "tasks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(module, "NOTEBOOKS", tmp_path / "notebooks")
    return module


@pytest.fixture
def installer(tasks, monkeypatch):
    """Replace the installation by a record of what was asked for; ``result`` is what it ends with."""

    class Installer:
        def __init__(self):
            self.calls = []
            self.result = None

        def __call__(self, root, venv, wanted, minors):
            self.calls.append((root, venv, wanted, list(minors)))
            assert not list(venv.glob("installed-*")), "a stamp stands while the installation runs"
            tasks.python_of(venv).parent.mkdir(parents=True, exist_ok=True)
            tasks.python_of(venv).touch()
            if self.result:
                raise self.result

    recorder = Installer()
    monkeypatch.setattr(tasks, "install", recorder)
    return recorder


def stamps(tasks):
    return {path.name for path in tasks.VENV.glob("installed-*")}


def test_the_second_call_installs_nothing(tasks, installer):
    first = tasks.environment("book")
    second = tasks.environment("book")
    assert first == second == str(tasks.python_of(tasks.VENV))
    assert len(installer.calls) == 1
    assert installer.calls[0][:3] == (tasks.ROOT, tasks.VENV, "book")


def test_what_the_tests_need_includes_what_the_book_needs(tasks, installer):
    tasks.environment("test")
    tasks.environment("book")
    assert len(installer.calls) == 1


def test_what_the_book_needs_does_not_include_what_the_tests_need(tasks, installer):
    tasks.environment("book")
    tasks.environment("test")
    assert len(installer.calls) == 2


@pytest.mark.parametrize("file", ["requirements/book.txt", "requirements/new.txt", "pyproject.toml"])
def test_a_changed_pin_installs_again(tasks, installer, file):
    tasks.environment("book")
    (tasks.ROOT / file).write_text("numpy==2.1\n")
    tasks.environment("book")
    assert len(installer.calls) == 2


def test_another_python_installs_again(tasks, installer, monkeypatch):
    tasks.environment("book")
    monkeypatch.setattr(tasks.sys, "version_info", (3, 99, 0))
    tasks.environment("book")
    assert len(installer.calls) == 2


@pytest.mark.parametrize("how", ["Stop", "KeyboardInterrupt"])
def test_an_unfinished_installation_never_looks_finished(tasks, installer, how):
    tasks.environment("book")
    (tasks.ROOT / "requirements" / "book.txt").write_text("numpy==2.1\n")
    installer.result = tasks.Stop("It failed.", 1) if how == "Stop" else KeyboardInterrupt()
    with pytest.raises(type(installer.result)):
        tasks.environment("book")
    assert stamps(tasks) == set()
    installer.result = None
    tasks.environment("book")
    assert len(installer.calls) == 3


def test_a_failed_installation_ends_with_its_sentence(tasks, installer, capsys):
    installer.result = tasks.Stop("It could not be.", 1)
    assert tasks.main(["book", "--no-open"]) == 1
    assert capsys.readouterr().err == "tasks.py: It could not be.\n"


def test_each_python_has_an_environment_and_a_result_of_its_own(tasks, installer, monkeypatch, capsys):
    first, last = (minor for _, minor in tasks.SUPPORTED)
    missing, failing = last, first + 1
    ran = []

    def install(root, venv, wanted, minors):
        if minors == [missing]:
            raise tasks.Stop("There is none.", 2)
        installer(root, venv, wanted, minors)

    def run(python, *command):
        ran.append((python, command))
        return int(f"python-3.{failing}" in python)

    monkeypatch.setattr(tasks, "install", install)
    monkeypatch.setattr(tasks, "run", run)
    assert tasks.main(["test", "--pythons", "-n0", "-k", "asng"]) == 1
    places = [tasks.BUILD / f"python-3.{minor}" for minor in range(first, last)]
    assert ran == [(str(tasks.python_of(place)), ("-m", "pytest", "-n0", "-k", "asng")) for place in places]
    output = capsys.readouterr()
    assert output.out.splitlines()[-4:] == [
        "Python 3.11: passed",
        "Python 3.12: failed",
        "Python 3.13: passed",
        "Python 3.14: not run",
    ]
    assert "There is none." in output.err


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_python_that_is_missing_is_an_error_only_where_nobody_watches(tasks, monkeypatch, ci, code):
    def nothing(*asked):
        raise tasks.Stop("There is none.", 2)

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(tasks, "install", nothing)
    assert tasks.test_pythons() == code


@pytest.mark.parametrize(("ci", "kept"), [("", True), ("true", False)])
def test_nothing_stored_is_trusted_where_nobody_watches(tasks, monkeypatch, ci, kept):
    monkeypatch.setenv("CI", ci)
    stored, page = tasks.BUILD / ".jupyter_cache" / "output", tasks.BUILD / "html" / "of_an_old_contents.html"
    for file in (stored, page):
        file.parent.mkdir(parents=True)
        file.touch()
    tasks.prepare()
    assert stored.exists() == kept
    assert not page.exists()


@pytest.fixture
def project(tasks):
    """Give the small project a figure and a benchmark that write down their arguments."""
    body = '"""{} of a test."""\nimport sys\n\nopen("seen", "w").write(" ".join(sys.argv[1:]))\n'
    for folder in ("figures", "benchmarks"):
        (tasks.ROOT / folder).mkdir()
        for name in ("one", "two", "_shared"):
            (tasks.ROOT / folder / f"{name}.py").write_text(body.format(f"The {name}"))
    return tasks


def seen(tasks):
    return (tasks.ROOT / "seen").read_text()


def test_a_figure_is_redrawn_or_recomputed(project):
    assert project.main(["--here", "figures", "one"]) == 0
    assert seen(project) == ""
    assert project.main(["--here", "figures", "one", "--recompute", "--workers", "2"]) == 0
    assert seen(project) == "--recompute --workers 2"


def test_without_a_name_every_figure_is_drawn(project, capfd):
    assert project.main(["--here", "figures"]) == 0
    assert capfd.readouterr().out.split() == ["figures/one.py", "figures/two.py"]


def test_a_benchmark_gets_the_file_to_write(project, monkeypatch):
    monkeypatch.chdir(project.ROOT / "benchmarks")
    assert project.main(["--here", "bench", "two", "--json", "new.json"]) == 0
    assert seen(project) == f"--json {project.ROOT / 'benchmarks' / 'new.json'}"


def test_without_a_name_the_benchmarks_are_listed(project, capsys):
    assert project.main(["--here", "bench"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert lines == [["one", "The one of a test."], ["two", "The two of a test."]]


@pytest.mark.parametrize("verb", ["figures", "bench"])
def test_an_unknown_name_is_answered_with_the_known_ones(project, capsys, verb):
    assert project.main(["--here", verb, "three"]) == 2
    assert "there is: one, two." in capsys.readouterr().err


def test_a_script_that_fails_makes_the_command_fail(project):
    (project.ROOT / "figures" / "one.py").write_text("raise SystemExit(7)")
    assert project.main(["--here", "figures"]) == 7
    assert not (project.ROOT / "seen").exists(), "it went on after a failure"


WORKER = """
import importlib.util, pathlib, sys, time
spec = importlib.util.spec_from_file_location("tasks_here", sys.argv[1])
tasks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tasks)
tasks.ROOT = pathlib.Path(sys.argv[2])
tasks.BUILD = tasks.ROOT / "_build"
with tasks.alone("build"):
    print("begun", flush=True)
    sys.stdin.read()
    print("ended", flush=True)
"""


def test_two_builds_wait_for_each_other_in_words(tasks):
    command = [sys.executable, "-c", WORKER, str(ROOT / "tasks.py"), str(tasks.ROOT)]

    def start():
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with start() as first:
        assert first.stdout.readline() == "begun\n"
        with start() as second:
            assert second.stdout.readline().startswith("Another build is under way in this folder")
            (
                tasks.BUILD / ".build.lock"
            ).unlink()  # as `clean` does: the one that waits must not hold a lock of nothing
            first.communicate("")
            assert second.stdout.readline() == "begun\n"
            assert (tasks.BUILD / ".build.lock").exists()
            second.communicate("")
    assert (first.returncode, second.returncode) == (0, 0)


def test_a_build_that_fails_lets_the_next_one_in(tasks):
    for _ in range(2):
        with pytest.raises(FileNotFoundError), tasks.alone("build"):
            raise FileNotFoundError


def test_what_matplotlib_and_a_driver_tell_is_not_taken_for_an_error_of_a_page(tasks, monkeypatch):
    seen = []
    monkeypatch.setenv("MPLCONFIGDIR", "/proc")  # a folder that cannot be written
    monkeypatch.setattr(tasks, "run", lambda python, *command, **settings: seen.append((command, settings)) or 0)
    assert tasks.main(["--here", "book", "--no-open"]) == 0
    (fonts, warm), (_, building) = seen
    code = (
        "import warnings, matplotlib.font_manager; warnings.warn('CUDA initialization: The NVIDIA driver is too old')"
    )
    assert "matplotlib.font_manager" in fonts[1]
    assert warm == building
    for _ in ("the fonts are found", "the pages run"):
        run = {"env": {**os.environ, **building}, "capture_output": True, "text": True}
        done = subprocess.run([sys.executable, "-c", code], **run)
    assert (done.returncode, done.stderr) == (0, "")
    assert tasks.ROOT in Path(building["MPLCONFIGDIR"]).parents


def make_book(tasks):
    (tasks.BUILD / "html").mkdir(parents=True)
    (tasks.BUILD / "html" / "index.html").touch()


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (["-k", "asng", "--slow"], ["-n", "8", "--dist", "worksteal", "-k", "asng", "--slow"]),
        (["-n0", "tests/x.py"], ["-n0", "tests/x.py"]),
        (["--pdb"], ["--pdb"]),
    ],
)
def test_options_of_pytest_pass_through(tasks, monkeypatch, given, passed):
    make_book(tasks)
    commands = []
    monkeypatch.setattr(tasks, "cores_here", lambda: 7)
    monkeypatch.setattr(tasks, "run", lambda python, *command: commands.append(command) or 5)
    assert tasks.main(["--here", "test", *given]) == 5
    assert commands == [("-m", "pytest", *passed)]


@pytest.mark.parametrize(("built", "options"), [(True, []), (True, ["--slow"]), (False, [])])
def test_the_built_book_is_tested_if_there_is_one(tasks, monkeypatch, built, options):
    if built:
        make_book(tasks)
    commands = []
    monkeypatch.setattr(tasks, "run", lambda python, *command: commands.append(command) or 0)
    assert tasks.main(["--here", "test", *options]) == 0
    assert ["--book" in command for command in commands] == ([False, True] if built else [False])
    assert all(("--slow" in command) == bool(options) for command in commands)


@pytest.mark.parametrize(
    ("codes", "ended"), [([0, 0, 0, 0], 0), ([3], 3), ([0, 4], 4), ([0, 0, 5], 5), ([0, 0, 0, 6], 6)]
)
def test_a_check_passes_only_if_all_that_it_checks_does(tasks, monkeypatch, codes, ended):
    left = list(codes)
    monkeypatch.setattr(tasks, "run", lambda python, *command: left.pop(0))
    monkeypatch.setattr(tasks, "check_javascript", lambda: left.pop(0))
    assert tasks.main(["--here", "check"]) == ended
    assert left == []


@pytest.mark.parametrize(("ci", "ended"), [("", 0), ("true", 1)])
def test_without_npm_the_javascript_is_not_checked_and_that_is_said(tasks, monkeypatch, capsys, ci, ended):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(tasks.shutil, "which", lambda name: None)
    assert tasks.check_javascript() == ended
    error = capsys.readouterr().err
    assert "JavaScript was not checked" in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["book", "--nonsense"], ["clean", "everything"]])
def test_a_command_line_that_means_nothing_ends_with_2(tasks, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        tasks.main(["--here", *arguments])
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(("ci", "option", "opened"), [("", [], 1), ("true", [], 0), ("", ["--no-open"], 0)])
def test_the_browser_opens_only_for_a_person(tasks, monkeypatch, ci, option, opened):
    pages = []
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(tasks, "run", lambda *command, **settings: 0)
    monkeypatch.setattr(tasks.webbrowser, "open", pages.append)
    assert tasks.main(["--here", "book", *option]) == 0
    assert len(pages) == opened
    assert all(page.startswith("file:") and page.endswith("/_build/html/index.html") for page in pages)


def test_the_lab_opens_copies_of_the_notebooks_and_keeps_what_the_reader_has_written(tasks, monkeypatch, capsys):
    built, commands = tasks.BUILD / "html" / "notebooks", []

    def run(python, *command, **settings):
        commands.append(command)
        if command[0] == "book/_make/build.py":
            built.mkdir(parents=True)
            (built / "intro.ipynb").write_text("the book's")
        return 0

    monkeypatch.setattr(tasks, "run", run)
    mine = tasks.NOTEBOOKS / "intro.ipynb"
    assert tasks.main(["--here", "lab"]) == 0
    assert (len(commands), commands[-1][1], mine.read_text()) == (3, "jupyterlab", "the book's")
    mine.write_text("my own")
    assert tasks.main(["--here", "lab"]) == 0
    assert ([command[1] for command in commands[3:]], mine.read_text()) == (["jupyterlab"], "my own")
    assert "these stay as they are: intro.ipynb" in capsys.readouterr().out


def test_a_book_with_warnings_is_not_opened(tasks, monkeypatch, capsys):
    monkeypatch.setattr(tasks, "run", lambda *command, **settings: 1)
    monkeypatch.setattr(tasks.webbrowser, "open", lambda page: pytest.fail("a broken book was opened"))
    assert tasks.main(["--here", "book"]) == 1
    assert "was not built" in capsys.readouterr().err


@pytest.mark.parametrize("how", [[], ["--verbose"]])
def test_a_build_can_be_asked_to_say_more(tasks, monkeypatch, how):
    commands = []
    monkeypatch.setattr(tasks, "run", lambda python, *command, **settings: commands.append(command) or 0)
    tasks.main(["--here", "book", "--no-open", *how])
    assert commands[-1] == ("book/_make/build.py", *how)


@pytest.mark.parametrize(("ci", "builds"), [("", 1), ("true", 2)])
def test_a_book_of_the_same_sources_is_not_built_again_where_somebody_watches(tasks, monkeypatch, ci, builds):
    commands = []

    def run(python, *command, **settings):
        commands.append(command[0])
        (tasks.BUILD / "html").mkdir(exist_ok=True)
        (tasks.BUILD / "html" / "index.html").touch()
        return 0

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(tasks, "run", run)
    for _ in range(2):
        assert tasks.main(["--here", "book", "--no-open"]) == 0
    assert commands.count("book/_make/build.py") == builds
    (tasks.BUILD / "html" / "index.html").unlink()
    assert tasks.main(["--here", "book", "--no-open"]) == 0
    assert commands.count("book/_make/build.py") == builds + 1


def test_an_export_builds_the_book_only_if_something_has_changed(tasks, monkeypatch):
    commands = []
    monkeypatch.setattr(tasks, "run", lambda python, *command, **settings: commands.append(command[0]) or 0)
    assert tasks.main(["--here", "export"]) == 0
    assert commands == ["-c", "book/_make/build.py", "book/_export/write.py"]
    assert tasks.main(["--here", "export"]) == 0
    assert commands[3:] == ["book/_export/write.py"], "an unchanged book was built again"
    (tasks.ROOT / "book").mkdir()
    (tasks.ROOT / "book" / "intro.md").write_text("new")
    assert tasks.main(["--here", "export"]) == 0
    assert commands[4:] == ["-c", "book/_make/build.py", "book/_export/write.py"], "the export shows an old text"


def test_what_changes_while_the_book_is_built_is_not_taken_for_built(tasks, monkeypatch):
    commands = []

    def run(python, *command, **settings):
        commands.append(command[0])
        (tasks.ROOT / "asng_edu" / "asng.py").write_text("delta = 2\n")
        return 0

    monkeypatch.setattr(tasks, "run", run)
    tasks.main(["--here", "book", "--no-open"])
    tasks.main(["--here", "export"])
    assert commands == [*["-c", "book/_make/build.py"] * 2, "book/_export/write.py"]


def test_nothing_is_exported_of_a_book_that_was_not_built(tasks, monkeypatch, capsys):
    commands = []
    monkeypatch.setattr(tasks, "run", lambda python, *command, **settings: commands.append(command[0]) or 1)
    assert tasks.main(["--here", "export"]) == 1
    assert commands == ["-c"]
    assert "was not built" in capsys.readouterr().err


def test_clean_keeps_the_environment_unless_told(tasks):
    built = [tasks.BUILD, tasks.VENV, tasks.ROOT / "asng_edu" / "__pycache__"]
    for folder in built:
        folder.mkdir(parents=True)
    assert tasks.main(["clean"]) == 0
    assert [folder.exists() for folder in built] == [False, True, False]
    assert tasks.main(["clean", "--env"]) == 0
    assert not tasks.VENV.exists()
    assert (tasks.ROOT / "asng_edu" / "asng.py").exists()


def test_ctrl_c_ends_with_one_sentence(tasks, monkeypatch, capsys):
    def interrupted(*command, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "run", interrupted)
    assert tasks.main(["--here", "test"]) == 130
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_real_file_runs_and_lists_the_real_benchmarks():
    asked = subprocess.run(
        [sys.executable, str(ROOT / "tasks.py"), "--here", "bench"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert asked.returncode == 0, asked.stderr
    listed = [line.split()[0] for line in asked.stdout.splitlines()]
    assert listed == sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if path.name[0] != "_")
