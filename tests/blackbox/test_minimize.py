"""minimize and maximize: what they find, what they do with failures, and how they go on after any end."""

import copy
import json
import math
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from functions_to_minimize import SPACE, distance, unreliable

import asng_edu.blackbox.methods as methods
from asng_edu import ASNG, SNG, Choice, Integer, Real, Space, Tabular, maximize, minimize
from asng_edu.blackbox import Evaluation
from asng_edu.optimizers.registry import OPTIMIZERS

QUIET = {"progress": False}
METHODS = [name for name in OPTIMIZERS if name != "reinforce"]  # which needs logits


def outcome(result):
    """Return all that a result holds but how it ended, as text, every bit of its numbers in it."""
    history = [one.to_json() for one in result.history]
    return json.dumps([result.seed, result.method, history, result.mode])


def expected(one):
    """Return what must be found at a point of the unreliable function."""
    if one.params["layers"] == 4:
        return None, "RuntimeError: out of memory"
    if one.params["skip"]:
        none = one.params["layers"] == 3
        return None, "NoNumber: f returned None, not a number" if none else "NotFinite: f returned nan"
    return distance(one.params), None


@pytest.mark.parametrize("method", [*METHODS, "catcma", "asng:lam=4:utility=rank", "catcma:lam=6"])
def test_every_method_runs_the_same_line(method):
    result = minimize(distance, SPACE, 301, method, seed=3, **QUIET)
    assert len(result.history) == 301
    assert result.stopped == "budget"
    assert result.best_loss == min(map(distance, (one.params for one in result.history))) == distance(result.best)
    assert result.best_loss < 1.0  # in the middle of the space it is 1.9
    assert (result.mode is None) == method.startswith("catcma")
    assert result.mode is None or SPACE.check(result.mode) == result.mode
    assert all(SPACE.check(one.params) == one.params for one in result.history)
    assert outcome(result) == outcome(minimize(distance, SPACE, 301, method, seed=3, **QUIET))
    assert outcome(result) != outcome(minimize(distance, SPACE, 301, method, seed=4, **QUIET))


def test_categories_alone_run_every_method():
    space = {f"x{i}": Choice("a", "b", "c") for i in range(5)}
    for method in OPTIMIZERS:
        result = minimize(lambda p: sum(v != "b" for v in p.values()), space, 400, method, seed=0, **QUIET)
        assert result.best_loss <= 1.0, method


@pytest.mark.parametrize(
    "variables", [{"n": Integer(1, 40)}, {"x": Real(1e-4, 1.0, log=True)}, {"n": Integer(2, 9, log=True)}]
)
@pytest.mark.parametrize("method", ["asng", "evolution", "catcma"])
def test_a_single_number_is_a_space(variables, method):
    (name,) = variables
    result = minimize(lambda p: abs(p[name] - 5), variables, 200, method, seed=0, **QUIET)
    assert result.best_loss <= (0.0 if name == "n" else 4.9)  # in the middle of the range of x it is 4.99


def test_a_short_first_step_finds_a_wide_integer_and_the_default_does_not():
    """A negative result that the docstring tells: with δ⁰ = 1 the Gaussian narrows before it has arrived."""
    space = {"units": Integer(8, 512, log=True), "activation": Choice("relu", "tanh", "elu")}

    def f(params):
        return abs(params["units"] - 100) / 100 + (params["activation"] != "elu")

    medians = {
        method: np.median([minimize(f, space, 300, method, seed=seed, **QUIET).best_loss for seed in range(15)])
        for method in ("asng:delta0=0.3", "random", "asng")
    }
    assert medians["asng:delta0=0.3"] <= 0.01 < medians["random"] < 0.05 < medians["asng"]


def test_a_class_is_a_method():
    by_name = minimize(distance, SPACE, 50, "asng", seed=2, **QUIET)
    by_class = minimize(distance, SPACE, 50, ASNG, seed=2, **QUIET)
    assert by_class.history == by_name.history
    assert by_class.method == "asng_edu.optimizers.asng.ASNG"


def test_maximising_is_minimising_the_opposite():
    least = minimize(unreliable, SPACE, 60, seed=1, **QUIET)

    def opposite(params):
        value = unreliable(params)
        return None if value is None else -value

    most = maximize(opposite, SPACE, 60, seed=1, **QUIET)
    assert most.losses == pytest.approx(least.losses, nan_ok=True, abs=0.0)
    assert (most.best, most.best_loss, most.mode) == (least.best, least.best_loss, least.mode)
    assert most.best_value == -least.best_value


def test_a_table_is_searched_as_it_is():
    rng = np.random.default_rng(0)
    table = Tabular([3] * 4, rng.random(81), maximize=True, names=list("abcd"))
    result = maximize(table.lookup, table, 400, "evolution", seed=0, **QUIET)
    assert result.best_value == table.optimum
    assert result.best == table.decode(table.best)
    with pytest.raises(ValueError, match="options must be of the decisions a, b, c, d"):
        table.lookup({"a": "1"})
    with pytest.raises(ValueError, match="a must be one of 0, 1, 2, but is '7'"):
        table.lookup(dict.fromkeys("abcd", "7"))


# ------------------------------------------------------------------------------------------------ failures


@pytest.mark.parametrize("method", ["asng", "evolution", "random", "catcma"])
def test_a_failure_is_counted_and_loses_nothing(method):
    result = minimize(unreliable, SPACE, 200, method, seed=5, **QUIET)
    assert len(result.history) == 200
    assert [(one.value, one.error) for one in result.history] == [expected(one) for one in result.history]
    assert result.failures
    assert result.best_loss == min(one.value for one in result.history if one.error is None)


def test_a_failure_is_told_as_worse_than_all_others(monkeypatch):
    told = []
    monkeypatch.setattr(ASNG, "tell", lambda self, samples, losses, nan: told.append((losses.tolist(), nan)))
    minimize(unreliable, SPACE, 40, "asng:lam=4", seed=5, **QUIET)
    assert len(told) == 10
    assert {nan for _, nan in told} == {"worst"}
    assert any(math.isnan(loss) for losses, _ in told for loss in losses)


@pytest.mark.parametrize(
    ("returned", "error"),
    [
        (None, "NoNumber: f returned None, not a number"),
        ("0.5", "NoNumber: f returned '0.5', not a number"),
        (np.zeros(1), "NoNumber: f returned float64 of shape (1,), not a number"),
        (-math.inf, "NotFinite: f returned -inf"),
        (10**400, "OverflowError: int too large to convert to float"),
        ({}, "TypeError: float() argument must be a string or a real number, not 'dict'"),
    ],
)
def test_what_is_no_finite_number_is_a_failure(returned, error):
    calls = iter(range(100))
    result = minimize(lambda p: returned if next(calls) == 3 else 1.0, SPACE, 6, seed=0, **QUIET)
    assert [one.error for one in result.history] == [None, None, None, error, None, None]


def test_numbers_of_every_kind_are_values():
    values = iter([1, np.float32(2.0), np.array(3.0), True, np.int8(4)])
    result = minimize(lambda p: next(values), SPACE, 5, seed=0, **QUIET)
    assert [one.value for one in result.history] == [1.0, 2.0, 3.0, 1.0, 4.0]


def test_a_function_that_never_works_is_given_up():
    calls = []

    def broken(params):
        calls.append(params)
        raise KeyError("unit")

    with pytest.raises(ValueError, match="the first 10 evaluations all failed in the same way, the last one with"):
        minimize(broken, SPACE, 100, seed=0, **QUIET)
    assert len(calls) == 10
    assert len(minimize(broken, SPACE, 9, seed=0, **QUIET).failures) == 9


def test_failures_of_several_kinds_are_not_given_up():
    kinds = iter([KeyError, ValueError] * 20)

    def broken(params):
        raise next(kinds)("no")

    result = minimize(broken, SPACE, 30, seed=0, **QUIET)
    assert (result.best, result.best_value, result.best_loss) == (None, None, math.inf)
    assert len(result.failures) == 30
    assert "no value yet" in repr(result)


def test_losses_at_the_end_of_the_floats_lose_nothing():
    values = iter([1e308, -1e308] * 20)
    result = minimize(lambda p: next(values), SPACE, 20, "asng:lam=4", seed=0, **QUIET)
    assert len(result.history) == 20
    assert result.best_loss == -1e308


def test_the_function_cannot_change_what_is_recorded():
    def careless(params):
        value = distance(params)
        params.clear()
        return value

    assert (
        minimize(careless, SPACE, 20, seed=0, **QUIET).history == minimize(distance, SPACE, 20, seed=0, **QUIET).history
    )


# ------------------------------------------------------------------------------------------------ stopping


def test_ctrl_c_returns_what_there_is():
    calls = []

    def interrupted(params):
        if len(calls) == 13:
            raise KeyboardInterrupt
        calls.append(params)
        return distance(params)

    result = minimize(interrupted, SPACE, 100, seed=1, **QUIET)
    assert result.stopped == "interrupted"
    assert [one.params for one in result.history] == calls
    assert len(calls) == 13
    assert result.best_loss == min(map(distance, calls))
    assert SPACE.check(result.mode)
    assert "13 evaluations with asng, interrupted" in repr(result)


def test_a_callback_sees_each_evaluation_and_may_stop():
    seen = []

    def callback(evaluation):
        seen.append(evaluation)
        return len(seen) == 7

    result = minimize(distance, SPACE, 100, seed=1, callback=callback, **QUIET)
    assert result.stopped == "callback"
    assert result.history == seen
    assert len(seen) == 7


# ------------------------------------------------------------------------------------------------ going on


@pytest.mark.parametrize("method", ["asng", "asng:lam=3", "evolution", "catcma"])
@pytest.mark.parametrize("first", [1, 7, 30, 61])
def test_a_search_goes_on_as_if_it_had_never_stopped(tmp_path, method, first):
    path = tmp_path / "search.jsonl"
    whole = minimize(unreliable, SPACE, 61, method, seed=8, **QUIET)
    minimize(unreliable, SPACE, first, method, seed=8, resume=path, **QUIET)
    calls = []

    def counted(params):
        calls.append(params)
        return unreliable(params)

    again = minimize(counted, SPACE, 61, method, seed=8, resume=path, **QUIET)
    assert outcome(again) == outcome(whole)
    assert len(calls) == 61 - first
    assert outcome(minimize(counted, SPACE, 61, method, resume=path, **QUIET)) == outcome(whole)  # with the seed of it
    assert len(calls) == 61 - first
    assert list(tmp_path.iterdir()) == [path]


def test_after_ctrl_c_it_goes_on_from_the_journal(tmp_path):
    path, whole = tmp_path / "search.jsonl", minimize(unreliable, SPACE, 60, seed=8, **QUIET)
    calls = iter(range(1000))

    def interrupted(params):
        if next(calls) in (5, 6, 20):
            raise KeyboardInterrupt
        return unreliable(params)

    stopped = []
    while stopped[-1:] != ["budget"]:
        result = minimize(interrupted, SPACE, 60, seed=8, resume=path, **QUIET)
        stopped.append(result.stopped)
    assert stopped == ["interrupted"] * 3 + ["budget"]
    assert outcome(result) == outcome(whole)


PROGRAM = """
import sys
from functions_to_minimize import SPACE, killed_at
from asng_edu import minimize
minimize(killed_at(int(sys.argv[1]), sys.argv[2]), SPACE, 60, seed=8, resume=sys.argv[3], progress=False)
"""


def test_after_a_kill_it_goes_on_from_the_journal(tmp_path):
    path, count = tmp_path / "search.jsonl", tmp_path / "count"
    helpers = str(Path(__file__).parents[1] / "helpers")
    for kill in (4, 23, 24, 50):
        code = f"import sys; sys.path.insert(0, {helpers!r})\n{PROGRAM}"
        done = subprocess.run([sys.executable, "-c", code, str(kill), str(count), str(path)], capture_output=True)
        assert done.returncode == -9, done.stderr
    calls = []

    def counted(params):
        calls.append(params)
        return unreliable(params)

    again = minimize(counted, SPACE, 60, seed=8, resume=path, **QUIET)
    assert outcome(again) == outcome(minimize(unreliable, SPACE, 60, seed=8, **QUIET))
    assert len(calls) == 60 - 46  # 50 calls, of which four were killed before they were written down


@pytest.mark.parametrize("left", range(1, 60, 7))
def test_a_journal_cut_anywhere_in_its_last_line_goes_on(tmp_path, left):
    path, whole = tmp_path / "search.jsonl", minimize(unreliable, SPACE, 12, seed=8, **QUIET)
    minimize(unreliable, SPACE, 9, seed=8, resume=path, **QUIET)
    path.write_bytes(path.read_bytes()[:-left])
    assert outcome(minimize(unreliable, SPACE, 12, seed=8, resume=path, **QUIET)) == outcome(whole)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 9}, "was begun with another seed: seed was 8, now 9"),
        ({"method": "sng"}, "was begun with another method"),
        ({"space": {"x": Integer(1, 5)}}, "was begun with another space"),
        ({"margin": "none"}, "was begun with another margin"),
    ],
)
def test_another_search_does_not_go_on(tmp_path, change, sentence):
    path = tmp_path / "search.jsonl"
    minimize(unreliable, SPACE, 9, seed=8, resume=path, **QUIET)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=sentence):
        minimize(**{"f": distance, "space": SPACE, "budget": 12, "seed": 8, "resume": path, **QUIET, **change})
    with pytest.raises(ValueError, match="was begun with another maximize"):
        maximize(distance, SPACE, 12, seed=8, resume=path, **QUIET)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda lines: ["nothing of ours", *lines], "is no journal of minimize"),
        (lambda lines: ["[]", *lines], "is no journal of minimize"),
        (lambda lines: [*lines[:2], "{}", *lines[3:]], "is damaged in line 3"),
        (lambda lines: [*lines[:2], '{"params": {}, "value": NaN}', *lines[3:]], "is damaged in line 3"),
        (lambda lines: lines[:1] + lines[2:], "the journal has .* where the method asks for"),
    ],
)
def test_a_damaged_journal_is_left_as_it_is(tmp_path, damage, sentence):
    path = tmp_path / "search.jsonl"
    minimize(unreliable, SPACE, 9, seed=8, resume=path, **QUIET)
    text = "".join(f"{line}\n" for line in damage(path.read_text().splitlines()))
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        minimize(unreliable, SPACE, 20, seed=8, resume=path, **QUIET)
    assert path.read_text() == text


def test_one_search_at_a_time_writes_a_journal(tmp_path):
    path = tmp_path / "search.jsonl"

    def nested(params):
        minimize(distance, SPACE, 2, seed=8, resume=path, **QUIET)

    (failed,) = minimize(nested, SPACE, 1, seed=8, resume=path, **QUIET).history
    assert failed.error.startswith("RunError: another process is writing search.jsonl")
    with pytest.raises(ValueError, match="cannot be read or written"):
        minimize(distance, SPACE, 2, seed=8, resume=tmp_path / "missing" / "search.jsonl", **QUIET)


def test_after_a_repair_a_search_that_was_given_up_goes_on(tmp_path):
    path = tmp_path / "search.jsonl"
    with pytest.raises(ValueError, match="the first 10"):
        minimize(lambda p: None, SPACE, 30, seed=8, resume=path, **QUIET)
    result = minimize(distance, SPACE, 30, seed=8, resume=path, **QUIET)
    assert len(result.failures) == 10
    assert len(result.history) == 30


# ------------------------------------------------------------------------------------------------ side by side


@pytest.mark.parametrize("method", ["asng:lam=4", "catcma"])
def test_any_number_of_workers_finds_the_same(tmp_path, method):
    import joblib

    alone = outcome(minimize(unreliable, SPACE, 30, method, seed=8, **QUIET))
    for number, backend in enumerate(("loky", "threading", "sequential")):
        with joblib.parallel_config(backend=backend, n_jobs=2):
            path = tmp_path / f"{number}.jsonl"
            assert outcome(minimize(unreliable, SPACE, 30, method, seed=8, workers=None, **QUIET)) == alone
            minimize(unreliable, SPACE, 17, method, seed=8, workers=2, resume=path, **QUIET)
        assert outcome(minimize(unreliable, SPACE, 30, method, seed=8, resume=path, **QUIET)) == alone


def test_a_dask_cluster_finds_the_same():
    import joblib
    from distributed import Client

    alone = outcome(minimize(unreliable, SPACE, 12, "asng:lam=4", seed=8, **QUIET))
    with (
        Client(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None),
        joblib.parallel_config(backend="dask"),
    ):
        assert outcome(minimize(unreliable, SPACE, 12, "asng:lam=4", seed=8, workers=None, **QUIET)) == alone


# ------------------------------------------------------------------------------------------------ the result


def test_a_result_shows_itself():
    import matplotlib.pyplot as plt

    result = minimize(unreliable, SPACE, 50, seed=5, **QUIET)
    text = repr(result)
    assert text.startswith(f"<Result of 50 evaluations with asng, {len(result.failures)} failed: best value ")
    table = result._repr_html_()
    assert table.count("<td>") == 2 * 5
    assert str(result.best["units"]) in table
    ax = result.plot()
    points, best, failed = ax.lines
    np.testing.assert_array_equal(points.get_ydata(), result.losses)
    assert best.get_ydata()[-1] == result.best_loss
    assert len(failed.get_xdata()) == len(result.failures)
    plt.close(ax.figure)


def test_markup_in_a_name_or_an_option_is_text():
    space = Space({"<b>": Choice("<i>", "&")})
    table = minimize(lambda p: 1.0, space, 4, seed=0, **QUIET)._repr_html_()
    assert "<b>" not in table
    assert "<i>" not in table


def test_a_result_is_pickled_and_copied():
    result = minimize(unreliable, SPACE, 20, seed=5, **QUIET)
    for again in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        assert outcome(again) == outcome(result)
        assert again.space == result.space


def test_an_evaluation_is_written_with_every_bit():
    one = Evaluation({"x": 0.1 + 0.2}, 1 / 3)
    assert json.loads(json.dumps(one.to_json())) == {"params": {"x": 0.1 + 0.2}, "value": 1 / 3}


# ------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"f": 3}, "f must be a function, but is 3"),
        ({"space": 3}, "space must be a Space, a Tabular, or a dictionary of variables"),
        ({"space": {}}, "a Space needs at least one variable"),
        ({"budget": 0}, "budget must be a whole number of at least 1"),
        ({"method": "cmaes"}, "method must be one of adam, asng, evolution, random, reinforce, sng, wa-asng, catcma"),
        ({"method": 3}, "method must be a name or a class of optimisers"),
        ({"method": "asng:size=3"}, "an option of asng must be one of"),
        ({"method": "asng:lam=1"}, "must be a whole number of at least 2"),
        ({"method": "catcma:sigma=3"}, "an option of catcma must be one of lam"),
        ({"method": "catcma:lam=few"}, r"lam \(λ\) must be a whole number of at least 2"),
        ({"method": "reinforce"}, "only categories and bits have logits"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"seed": 0.5}, "seed must be a whole number of at least 0"),
        ({"workers": 0}, "workers must be a whole number of at least 1"),
        ({"callback": 3}, "callback must be a function"),
        ({"progress": 1}, "progress must be True or False"),
        ({"resume": 3}, "resume must be the name of a file"),
        ({"margin": "wide"}, "margin must be one of asng, catcma, none"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_evaluated(change, sentence):
    def never(params):
        raise AssertionError

    with pytest.raises(ValueError, match=sentence):
        minimize(**{"f": never, "space": SPACE, "budget": 10, **QUIET, **change})


def test_without_cmaes_the_method_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(ModuleNotFoundError, match=r"the method catcma needs cmaes: pip install 'asng_edu\[catcma\]'\."):
        minimize(distance, SPACE, 10, "catcma", **QUIET)


def test_catcma_is_handed_what_cmaes_draws():
    """The oracle: the same seed and losses, without the space in between."""
    from cmaes import CatCMAwM

    space = Space(n=Integer(-2, 5), x=Real(-1.0, 2.0), c=Choice("a", "b", "c"))

    def loss(n, x, c):
        return (n - 4) ** 2 + (x - 0.5) ** 2 + (c != 1)

    theirs = CatCMAwM(x_space=[[-1.0, 2.0]], z_space=[list(range(-2, 6))], c_space=[3], seed=7)
    found = []
    for _ in range(20):
        asked = [theirs.ask() for _ in range(theirs.population_size)]
        losses = [loss(s.z[0], s.x[0], int(np.argmax(s.c[0]))) for s in asked]
        theirs.tell(list(zip(asked, losses, strict=True)))
        found += losses
    ours = minimize(lambda p: loss(p["n"], p["x"], "abc".index(p["c"])), space, len(found), "catcma", seed=7, **QUIET)
    assert ours.losses == found


def test_a_method_of_ones_own_has_its_options():
    class Fast(SNG):
        def __init__(self, distribution, *, seed):
            super().__init__(distribution, 2.0, lam=3, seed=seed)

    made = methods.make(Fast, SPACE, 1, "none")
    assert len(made.ask()) == 3
