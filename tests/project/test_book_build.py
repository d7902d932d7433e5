"""book/_make: which pages run again, what is said of cells that fail, and what an interrupted build leaves."""

import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MAKE = Path(__file__).resolve().parents[2] / "book" / "_make"
sys.path.insert(0, str(MAKE))

import build  # noqa: E402
from cells import Runner  # noqa: E402
from pages import Pages  # noqa: E402
from progress import Progress  # noqa: E402

CONFIG = """
title: A small book
only_build_toc_files: true
execute: {execute_notebooks: cache, timeout: 30, raise_on_error: true, run_in_temp: false}
parse: {myst_enable_extensions: [dollarmath]}
"""
HEAD = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

"""
FILES = {
    "_config.yml": CONFIG,
    "asng_edu/__init__.py": "",
    "asng_edu/direct.py": "from asng_edu.indirect import value\n",
    "asng_edu/indirect.py": "value = 1\n",
    "asng_edu/late.py": "value = 2\n",
    "asng_edu/by_a_child.py": "value = 3\n",
    "asng_edu/nobody.py": "value = 4\n",
    "figures/data/read.json": "[5]",
    "figures/data/not_read.json": "[6]",
}
DIRECT = """# Direct

```{code-cell} ipython3
from asng_edu.direct import value
```

```{code-cell} ipython3
import json
print(value, json.load(open("../figures/data/read.json")))
```
"""
LATE = """# Late

```{code-cell} ipython3
import subprocess, sys

def compute():
    from asng_edu.late import value
    return value

print(compute())
```

```{code-cell} ipython3
_ = subprocess.run([sys.executable, "-c", "import asng_edu.by_a_child"], check=True)
```
"""


def write_book(root, pages):
    """Write a small project whose book has some pages with cells, and one without."""
    contents = FILES | {f"book/{page}.md": HEAD + text for page, text in pages.items()}
    toc = "format: jb-book\nroot: intro\nchapters:\n" + "".join(f"  - file: {page}\n" for page in pages)
    for name, text in (contents | {"book/_toc.yml": toc, "book/intro.md": "# No cells\n\nA word.\n"}).items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def start_build(root):
    """Start a build of the small book in a process of its own, as tasks.py does."""
    code = "import sys, pathlib, build; sys.exit(build.main([], pathlib.Path.cwd()))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(MAKE), str(root)]), "JUPYTER_PREFER_ENV_PATH": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", code], cwd=root, env=env, text=True, **pipes)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the folder of a small book that has been built."""
    root = tmp_path_factory.mktemp("book")
    write_book(root, {"direct": DIRECT, "late": LATE})
    with start_build(root) as building:
        said = building.communicate()
    assert building.returncode == 0, said
    return root


@pytest.fixture
def edit(made):
    """Return a function that writes a file of the small book, which is as before after the test."""
    before = {}

    def write(name, text):
        file = made / name
        before.setdefault(file, file.read_bytes() if file.exists() else None)
        file.write_text(text, encoding="utf-8")

    yield write
    for file, old in before.items():
        file.unlink() if old is None else file.write_bytes(old)


def test_sphinx_takes_all_outputs_from_the_store(made):
    log = (made / "_build" / "book.log").read_text(encoding="utf-8")
    assert log.count("Using cached notebook") == 2
    assert "Executing" not in log
    assert "1 [5]" in (made / "_build" / "html" / "direct.html").read_text(encoding="utf-8")


def test_what_has_not_changed_does_not_run_again(made):
    assert Pages(made).stale() == []


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("asng_edu/direct.py", "direct"),
        ("asng_edu/indirect.py", "direct"),
        ("figures/data/read.json", "direct"),
        ("asng_edu/late.py", "late"),  # imported in a function
        ("asng_edu/by_a_child.py", "late"),  # imported in another process
    ],
)
def test_an_edit_counts_for_the_page_that_reads_the_file(made, edit, name, page):
    edit(name, (made / name).read_text() + "\n")
    assert Pages(made).stale() == [page]


@pytest.mark.parametrize("name", ["asng_edu/nobody.py", "figures/data/not_read.json"])
def test_an_edit_of_what_no_page_reads_counts_for_none(made, edit, name):
    edit(name, "value = 7\n")
    assert Pages(made).stale() == []


@pytest.mark.parametrize("name", ["asng_edu/json.py", "figures/data/new.json"])
def test_a_file_that_comes_counts_for_all_for_it_may_have_been_missed(made, edit, name):
    edit(name, "")
    assert set(Pages(made).stale()) == {"direct", "late"}


def test_a_setting_of_the_execution_counts_for_all(made, edit):
    edit("_config.yml", CONFIG.replace("timeout: 30", "timeout: 31"))
    assert set(Pages(made).stale()) == {"direct", "late"}


def test_an_edit_of_the_text_runs_nothing_and_one_of_a_cell_its_page(made, edit):
    edit("book/direct.md", HEAD + DIRECT.replace("# Direct", "# Straight\n\nMore words."))
    assert Pages(made).stale() == []
    edit("book/direct.md", HEAD + DIRECT.replace("print(value", "print(-value"))
    assert Pages(made).stale() == ["direct"]
    edit("book/direct.md", HEAD + DIRECT)
    assert Pages(made).stale() == []


def test_an_edit_while_a_page_runs_counts_in_the_next_build(made, edit):
    pages = Pages(made)
    record = pages.cache.match_cache_notebook(pages.notebooks["direct"])
    executed = pages.cache.get_cache_bundle(record.pk).nb
    edit("asng_edu/direct.py", "from asng_edu.indirect import value  # edited\n")
    pages.keep("direct", executed, 1.0, record.data["read"])
    assert Pages(made).stale() == ["direct"]


@pytest.mark.parametrize("left", [None, "{"])
def test_half_an_output_is_none(made, edit, left):
    pages = Pages(made)
    hashkey = pages.cache.match_cache_notebook(pages.notebooks["late"]).hashkey
    stored = made / "_build" / ".jupyter_cache" / "executed" / hashkey / "base.ipynb"
    edit(stored.relative_to(made), left or "")
    if left is None:
        stored.unlink()
    assert Pages(made).stale() == ["late"]


def test_what_took_longest_runs_first(made, edit):
    seconds = Pages(made).seconds()
    edit("figures/data/new.json", "")
    assert Pages(made).stale() == sorted(seconds, key=seconds.get, reverse=True)


def test_a_warning_of_sphinx_ends_the_build_in_every_build_until_it_is_mended(made, edit):
    edit("book/direct.md", HEAD + DIRECT + "A {ref}`place`.\n\nA {py:func}`function`.\n")
    for _ in range(2):
        with start_build(made) as building:
            out, error = building.communicate()
        assert building.returncode == 1
        for line, name in ((18, "place"), (20, "function")):
            assert re.search(rf"direct\.md:{line}: WARNING: .*{name}", error), error
        assert out.splitlines() == ["None of the 2 pages with cells has to run: what they read is as it was."]


def read_again(root):
    """Build the small book and return the pages that Sphinx has read."""
    with start_build(root) as building:
        said = building.communicate()
    assert building.returncode == 0, said
    log = (root / "_build" / "book.log").read_text(encoding="utf-8")
    return set(re.findall(r"reading sources\.\.\. \[ *\d+%\] (\S+)", log))


def test_sphinx_reads_a_page_whose_text_has_changed_and_writes_all(made, edit):
    read_again(made)
    edit("book/direct.md", HEAD + DIRECT.replace("# Direct", "# Straight"))
    assert read_again(made) == {"direct"}
    late = (made / "_build" / "html" / "late.html").read_text(encoding="utf-8")
    assert "Straight" in late, "another page shows the old title"


def test_sphinx_reads_a_page_again_that_has_run_again(made):
    read_again(made)
    pages = Pages(made)
    record = pages.cache.match_cache_notebook(pages.notebooks["direct"])
    executed = pages.cache.get_cache_bundle(record.pk).nb
    executed.cells[-1].outputs[0].text = "another output"
    pages.keep("direct", executed, 1.0, record.data["read"])
    assert read_again(made) == {"direct"}
    assert "another output" in (made / "_build" / "html" / "direct.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["asng_edu/nobody.py", "book/new.py", "book/references.bib"])
def test_sphinx_reads_every_page_where_more_than_pages_has_changed(made, edit, name):
    before = Pages(made).around
    edit(name, "value = 8\n")
    assert Pages(made).around != before


FAILING = {
    "fails": "```{code-cell} ipython3\nprint(1)\n```\n\n```{code-cell} ipython3\nimport sys\n"
    'print("a hint", file=sys.stderr)\n1 / 0\n```\n',
    "complains": '```{code-cell} ipython3\nimport warnings\nwarnings.warn("old-fashioned")\n```\n',
    "dies": '```{code-cell} ipython3\nimport os\nos.write(2, b"no memory")\nos._exit(3)\n```\n',
    "lasts": "```{code-cell} ipython3\nimport time\ntime.sleep(60)\n```\n",
    "works": "```{code-cell} ipython3\nprint(2)\n```\n",
}


@pytest.fixture(scope="module")
def problems(tmp_path_factory):
    """Return what is said of pages that fail, each in its way, and the pages that are to run afterwards."""
    root = tmp_path_factory.mktemp("failing")
    write_book(root, {page: f"# {page}\n\n{text}" for page, text in FAILING.items()})
    pages = Pages(root)
    pages.settings["timeout"] = 3
    said = build.run_cells(pages)
    return {text.split(".md")[0].removeprefix("book/"): text for text in said}, Pages(root).stale()


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("fails", ["book/fails.md, line 13, cell 2: ZeroDivisionError: division by zero", "    a hint"]),
        ("complains", ["book/complains.md, line 9, cell 1: it wrote to stderr:", "UserWarning: old-fashioned"]),
        ("dies", ["book/dies.md, line 9, cell 1: the kernel died", "no memory"]),
        ("lasts", ["book/lasts.md, line 9, cell 1: it ran longer than"]),
    ],
)
def test_a_page_that_fails_is_named_with_its_cell_and_the_last_line_of_its_error(problems, page, said):
    assert all(part in problems[0][page] for part in said), problems[0][page]


def test_only_the_pages_that_failed_run_again(problems):
    assert set(problems[0]) == set(problems[1]) == set(FAILING) - {"works"}


SLOW = """# Slow

```{code-cell} ipython3
import os, pathlib, time
pathlib.Path("../pid").write_text(str(os.getpid()))
time.sleep(60)
```
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT for one process")
def test_ctrl_c_keeps_the_pages_that_have_run_and_leaves_no_kernel(tmp_path):
    write_book(tmp_path, {"works": "# Works\n\n" + FAILING["works"], "slow": SLOW})
    with start_build(tmp_path) as building:
        lines = [building.stdout.readline()]
        while "works" not in lines[-1]:
            lines.append(building.stdout.readline())
            assert lines[-1], lines
        pid = tmp_path / "pid"
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.05)
        building.send_signal(signal.SIGINT)
        rest = building.communicate()[0]
    assert building.returncode == 130, rest
    assert "1 of 2 pages had run" in rest
    assert Pages(tmp_path).stale() == ["slow"]
    assert_ends(int(pid.read_text()))


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT for one process")
def test_ctrl_c_ends_kernels_that_have_hardly_begun(tmp_path):
    write_book(tmp_path, {"slow": SLOW})
    with start_build(tmp_path) as building:
        assert "1 of the 1 pages" in building.stdout.readline()
        building.send_signal(signal.SIGINT)
        rest = building.communicate()[0]
    assert building.returncode == 130, rest
    assert "0 of 1 pages had run" in rest
    if (tmp_path / "pid").exists():
        assert_ends(int((tmp_path / "pid").read_text()))


def assert_ends(pid):
    for _ in range(100):  # until the system has noticed the kernel's end
        if not runs(pid):
            return
        time.sleep(0.05)
    pytest.fail("the kernel of the page goes on")


def runs(pid):
    """Tell whether a process runs, and has not only not been cleared away."""
    status = Path(f"/proc/{pid}/stat")
    if status.parents[1].is_dir() and not status.exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_pages_run_side_by_side(made, monkeypatch):
    """Each of two pages waits for the other one."""
    monkeypatch.setattr("cells.cores", lambda: 2)
    wait = (
        "```{code-cell} ipython3\nimport pathlib, time\npathlib.Path('../here-%s').touch()\n"
        "while not pathlib.Path('../here-%s').exists():\n    time.sleep(0.05)\n```\n"
    )
    root = made / "pair"
    write_book(root, {"one": "# One\n\n" + wait % ("one", "two"), "two": "# Two\n\n" + wait % ("two", "one")})
    pages = Pages(root)
    assert [ran.problem for ran in Runner(root, 30).run(pages.notebooks)] == [None, None]


def test_where_there_is_no_terminal_each_page_has_a_line():
    out = io.StringIO()
    progress = Progress("Running cells", 2, out)
    for page in ("one", "two"):
        progress.start(page)
        progress.finish(page, f"{page}, 3 s")
    progress.end("Done.")
    assert out.getvalue() == "   1 of 2: one, 3 s\n   2 of 2: two, 3 s\nDone.\n"


def test_on_a_terminal_a_bar_grows_in_one_line():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    progress = Progress("Running cells", 2, out)
    progress.start("one")
    progress.start("two")
    progress.finish("one", "one, 3 s")
    last = out.getvalue().split("\r")[-1]
    assert "█" * 12 + "░" * 12 + " 1/2" in last
    assert last.endswith("two")
    assert "\n" not in out.getvalue()


def test_the_library_is_seen_as_it_is_read(tmp_path):
    """The real watcher on the real library: what asng_edu reads to stamp its compiled formulas is no dependency."""
    report, root = tmp_path / "read", MAKE.parents[1]
    path = os.pathsep.join([str(MAKE / "watch"), str(root), str(root / "book")])
    env = os.environ | {"PYTHONPATH": path, "ASNG_BOOK_ROOT": str(root), "ASNG_BOOK_READS": str(report)}
    code = "from asng_edu import Categorical; from asng_book.pages import results; results.read('fig4.json')"
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    read = set(report.read_text().splitlines())
    assert {"asng_edu/distributions/categorical.py", "asng_edu/__init__.pyi", "figures/data/fig4.json"} <= read
    assert "asng_edu/optimizers/asng.py" not in read
    assert json.loads((root / "figures" / "data" / "fig4.json").read_text())


def test_the_benchmark_copies_all_that_a_build_starts_with(tmp_path):
    spec = importlib.util.spec_from_file_location("bench_build", MAKE.parents[1] / "benchmarks" / "build.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    bench.copy_sources(tmp_path)
    command = [sys.executable, "tasks.py", "--here", "book", "--help"]
    asked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr
    assert (tmp_path / "book" / "_make" / "build.py").is_file()
