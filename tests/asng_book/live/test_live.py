"""Live figures in Python: what a page and what a notebook get, and what is refused."""

import builtins
import html
import json
import re
import statistics
import subprocess
import sys

import pytest

from asng_book.live import Explorer, StaticFigure, explore, files, live, read_sweep, read_trials, sweep_rows
from asng_book.live.explorer import CONTROLS
from asng_book.live.notebook import python_explorer
from asng_book.live.tracks import follow
from asng_edu import Bernoulli

ROW = {
    "method": "asng", "eps_x": "0.05", "delta0": "1.0", "lam": "2", "trials": "100", "successes": "100",
    "median_updates": "4150.5", "q25": "4000", "q75": "", "score": "",
}  # fmt: skip


def options_of(text):
    found = re.fullmatch(r'<div class="asng-figure" data-figure="([\w-]+)" data-options="([^"<>]*)">.*</div>', text)
    return found[1], json.loads(html.unescape(found[2]))


@pytest.fixture
def without(monkeypatch):
    """Make some packages impossible to import."""

    def hide(*names):
        real = builtins.__import__

        def importing(name, *args, **kwargs):
            if name.split(".")[0] in names:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name.split(".")[0])
            return real(name, *args, **kwargs)

        for module in ("asng_book.live.widget", "asng_book.live.panel"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.setattr(builtins, "__import__", importing)

    return hide


@pytest.fixture
def static(without):
    """Leave only the HTML, as where anywidget is not installed."""
    without("anywidget", "ipywidgets")


def test_the_html_escapes_its_options(static):
    nasty = {"text": "\"><script>alert('x')</script>&amp;", "θ": [1.5, None]}
    figure = live("explorer", **nasty)
    assert isinstance(figure, StaticFigure)
    assert options_of(figure._repr_html_()) == ("explorer", nasty)
    assert "<script" not in figure.html


def test_the_html_says_what_to_do_where_it_is_not_alive(static):
    assert "pip install anywidget" in Explorer().html


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_options_that_are_not_json_are_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        live("explorer", value=value)


def test_an_unknown_figure_is_refused():
    with pytest.raises(ValueError, match="explorer") as refused:
        live("nothing")
    assert "'nothing'" in str(refused.value)


def test_every_file_of_a_figure_exists_and_loads_nothing_from_elsewhere():
    for path in [*files.scripts(), *files.styles()]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""(?:src|href|url|import|fetch)\s*[=(]\s*["']?(?:https?:)?//""", text), path.name
        assert path.name == "uplot.min.js" or max(map(len, text.splitlines()), default=0) < 2000


def test_a_widget_carries_the_scripts_and_the_html():
    pytest.importorskip("anywidget")
    figure = Explorer(delta0=0.5)
    data, _ = figure._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    name, options = options_of(data["text/html"])
    assert (name, options["delta0"]) == ("explorer", 0.5)
    assert figure.options == options
    assert figure.operations == files.operations()
    assert "ASNG.makeEngine" in figure._esm
    assert ".asng-figure" in figure._esm


def test_the_widgets_module_is_valid_and_exports_a_renderer():
    widget = pytest.importorskip("asng_book.live.widget")
    quickjs = pytest.importorskip("quickjs")
    code = widget.module()
    assert code.count("export default {") == 1
    context = quickjs.Context()
    context.module(code)  # as a module it can be parsed; and all but uPlot, which wants a browser, runs as a script
    code = code.replace((files.STATIC / "uplot.min.js").read_text(encoding="utf-8"), "")
    context.eval(code.replace("export default {", "globalThis.exported = {"))
    assert context.eval("typeof exported.render") == "function"
    assert context.eval("Object.keys(ASNG.figures).includes('explorer')")


def test_without_anywidget_there_is_the_html(without):
    without("anywidget", "ipywidgets", "traitlets")
    assert isinstance(Explorer(), StaticFigure)


def test_importing_the_explorer_imports_no_widgets():
    code = "import sys, asng_book.live; print({'anywidget', 'ipywidgets', 'matplotlib', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"delta0": 0}, "delta0 must lie between"),
        ({"delta0": "1"}, "delta0 must be a number"),
        ({"eps_x": float("nan")}, "eps_x"),
        ({"lam": 1}, "lam"),
        ({"lam": 2.5}, "whole number"),
        ({"categories": 11}, "between 2 and 10"),
        ({"updates": 10}, "updates"),
        ({"methods": "asng"}, "methods must be a list"),
        ({"methods": []}, "methods must be a list"),
        ({"methods": ["sgd"]}, "asng, sng, adam"),
        ({"guard": 1}, "guard must be True or False"),
        ({"colour": 3}, "a setting must be one of"),
    ],
)
def test_a_wrong_setting_is_refused_in_a_sentence(wrong, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        Explorer(**wrong)


def test_a_sweep_is_read_from_rows_and_from_a_file(tmp_path, static):
    expected = {
        "method": "asng", "eps_x": 0.05, "delta0": 1, "successes": 100, "trials": 100, "median_updates": 4150.5,
        "q25": 4000, "q75": None,
    }  # fmt: skip
    assert read_sweep([ROW]) == [expected]
    path = tmp_path / "fig4.csv"
    path.write_text("# made by a test\n" + ",".join(ROW) + "\n" + ",".join(ROW.values()) + "\n", encoding="utf-8")
    assert read_sweep(path) == [expected]
    assert options_of(Explorer(fig4=path).html)[1]["fig4"] == [expected]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"delta0": "one"}, "delta0"),
        ({"method": "sgd"}, "method"),
        ({"q25": float("nan")}, "q25"),
        ({"trials": "inf"}, "trials"),
        ({"trials": "2.5"}, "trials must be a whole number"),
        ({"successes": [3]}, "successes must be a whole number"),
        ({"eps_x": ""}, "eps_x must be a finite number"),
    ],
)
def test_a_broken_sweep_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        read_sweep([{**ROW, **change}])
    with pytest.raises(ValueError, match="column"):
        read_sweep([{name: value for name, value in ROW.items() if name != next(iter(change))}])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("HEAD\nROW,1\n", "row 1 of .* must have 10 fields, but has 11"),
        ("HEAD\nROW\nasng,0.05\n", "row 2 of .* must have 10 fields, but has 2"),
        ("", "is no table"),
        ("\ud8ff", "is no table"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_damaged_file_of_a_sweep_is_refused_in_a_sentence(tmp_path, text, says):
    if text is not None:
        whole = text.replace("HEAD", ",".join(ROW)).replace("ROW", ",".join(ROW.values()))
        (tmp_path / "fig4.csv").write_bytes(whole.encode("utf-8", "surrogatepass"))
    with pytest.raises(ValueError, match=rf"{says}.*\.$"):
        read_sweep(tmp_path / "fig4.csv")


def test_the_trials_of_a_sweep_agree_with_its_rows():
    folder = files.STATIC.parents[3] / "figures" / "data"
    if not (folder / "fig4.trials.csv").exists():
        pytest.skip("the figures' data is not here, only the library")
    rows = {(row["method"], row["eps_x"], row["delta0"]): row for row in read_sweep(folder / "fig4.csv")}
    trials = read_trials(folder / "fig4.trials.csv")
    assert len(trials) == len(rows)
    for one in trials:
        row = rows[one["method"], one["eps_x"], one["delta0"]]
        solved = [updates for updates in one["updates"] if updates is not None]
        assert (len(one["updates"]), len(solved)) == (row["trials"], row["successes"])
        assert not solved or statistics.median(solved) == row["median_updates"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("method,eps_x,delta0\nasng,1,1\n", "must have the column updates"),
        ("method,eps_x,delta0,updates\nasng,1,1,many\n", "row 1 of .* is not of a trial: .*updates"),
        ("method,eps_x,delta0,updates\nsgd,1,1,9\n", "method must be one of"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_file_of_trials_is_refused_in_a_sentence(tmp_path, text, says):
    if text is not None:
        (tmp_path / "trials.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        read_trials(tmp_path / "trials.csv")


@pytest.mark.parametrize("rows", [5, [5], [None], {"method": "asng"}])
def test_what_is_no_list_of_rows_is_refused_in_a_sentence(rows):
    with pytest.raises(ValueError, match=r"must be a .*\.$"):
        read_sweep(rows)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    path = tmp_path / "fig4.csv"
    path.write_text(",".join(ROW) + "\n" + ",".join(ROW.values()) + "\n", encoding="utf-8-sig")
    assert len(read_sweep(path)) == 1


def test_the_committed_sweep_can_be_laid_under(static):
    path = files.STATIC.parents[3] / "figures" / "data" / "fig4.csv"
    if not path.exists():
        pytest.skip("the figures' data is not here, only the library")
    rows = read_sweep(path)
    assert {row["method"] for row in rows} == set(sweep_rows.METHODS)
    assert {row["eps_x"] for row in rows} == {0.05, 0.0005}


def test_the_python_explorer_runs_the_library(no_loop):
    pytest.importorskip("ipywidgets")
    pytest.importorskip("matplotlib")
    panel = python_explorer(["asng"])
    panel.controls["updates"].value = 1000
    before = panel.picture.value
    panel.controls["dim"].value = 5
    panel.controls["eps_x"].value = 0.05
    assert "ASNG draws a solution after" in panel.sentence.value
    assert panel.picture.value != before
    data, _ = panel._repr_mimebundle_()
    assert "needs a running kernel" in data["text/html"]
    panel.checks["asng"].value = False
    assert panel.checks["asng"].value, "at least one method runs"
    panel.reset.click()
    assert [control.value for control in panel.controls.values()] == [one.default for one in CONTROLS.values()]


def test_the_python_explorer_is_a_sentence_where_nothing_runs(static):
    assert "needs a running kernel" in python_explorer()._repr_html_()


def test_the_python_explorer_without_its_packages_says_what_it_needs(without):
    without("ipywidgets")
    assert "ipywidgets and matplotlib installed" in python_explorer()._repr_html_()


def test_a_problem_of_ones_own_without_the_packages_says_what_it_needs(without):
    without("ipywidgets")
    explorer = explore(Bernoulli(3), lambda samples: samples.sum(axis=1), updates=20)
    assert "ipywidgets and matplotlib installed" in explorer._repr_html_()


def test_a_followed_trial_is_the_library_s():
    track = follow("asng", delta0=1.0, eps_x=0.05, updates=2000, dim=5, seed=3)
    assert track.solved == track.updates[-1] < 2000
    assert len(track.updates) == len(track.loss) == len(track.delta)
    assert (follow("sng", delta0=0.2, eps_x=0.05, updates=50).delta == 0.2).all()
    with pytest.raises(ValueError, match="updates"):
        follow("asng", delta0=1.0, eps_x=0.05, updates=0)
