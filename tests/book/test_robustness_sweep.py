"""What chapter "The robustness sweep" says, its exercises, and the sketch's formulas in JavaScript."""

import json
import math
import statistics

import numpy as np
import pytest

from asng_book import live
from asng_book.exercises.robustness_sweep import EXERCISES, at_least
from asng_book.live import files
from asng_book.pages import results
from asng_edu.sweeps import sweep

STATIC = files.STATIC


@pytest.fixture(scope="module")
def call():
    quickjs = pytest.importorskip("quickjs")
    context = quickjs.Context()
    context.eval("const ASNG = {};")
    context.eval((STATIC / "figures" / "robustness_sweep" / "robustness_sweep.js").read_text(encoding="utf-8"))

    def call(name, *arguments):
        text = ", ".join(json.dumps(a).replace('"Infinity"', "Infinity") for a in arguments)
        return json.loads(context.eval(f"JSON.stringify(ASNG.robustnessSweep.{name}({text}))"))

    return call


# ---- the sketch


def test_the_sketch_is_compared_with_the_committed_rows(call):
    rows = live.read_sweep(results.path("fig4.csv"))
    curve = call("curve", rows, "sng", 0.05)
    assert [row["delta0"] for row in curve] == sorted(row["delta0"] for row in rows[42:63])
    sketch = [None] * 21
    sketch[2:22:2] = [5000, "Infinity", 20_000, 20_000, 20_000, None, 6866, "Infinity", 90_000, 100_000]
    said = call("compare", sketch, curve)
    both = [i for i, row in enumerate(curve) if row["successes"] and isinstance(sketch[i], int)]
    factors = {i: math.exp(abs(math.log(sketch[i] / curve[i]["median_updates"]))) for i in both}
    assert both == [6, 8, 10, 14, 18]
    assert said["drawn"] == 9
    assert said["factor"] == pytest.approx(statistics.median(factors.values()))
    assert said["worst"] == max(factors, key=factors.get)
    assert said["hoped"] == [2, 20]
    assert said["feared"] == [16]


def test_an_empty_sketch_differs_nowhere(call):
    rows = call("curve", live.read_sweep(results.path("fig4.csv")), "asng", 0.0005)
    assert call("compare", [None] * 21, rows) == {"drawn": 0, "factor": None, "worst": None, "hoped": [], "feared": []}


# ---- the page


@pytest.mark.parametrize("eps_x", [0.05, 0.0005, 0.3])
def test_the_stationary_value_of_momentum_sgd(eps_x):
    """The formula of the page is the fixed point of the covariance of (x, velocity) under the library's step."""
    h, momentum, noise = 2 * eps_x, 0.9, 0.2
    step = np.array([[1 - h, -eps_x * momentum], [2, momentum]])  # of (x, v): v ← μv + 2(x − z), x ← x − εv
    kick = noise * np.array([h, -2.0])
    covariance = np.linalg.solve(np.eye(4) - np.kron(step, step), np.outer(kick, kick).ravel())
    formula = noise**2 * h * (1 + momentum) / ((1 - momentum) * (2 * (1 + momentum) - h))
    assert formula == pytest.approx(covariance[0], rel=1e-9)


def test_the_delay_at_a_large_step_follows_the_margin():
    medians = []
    for margin in (1 / 60, 1 / 120, 1 / 240):
        (row,) = sweep.run(methods=("asng",), eps_x=(0.0005,), delta0=(1.0,), trials=8, margin=margin)
        medians.append(row["median_updates"])
    assert 1.6 < medians[1] / medians[0] < 2.6
    assert 1.6 < medians[2] / medians[1] < 2.6


# ---- the exercises


def score(updates):
    found = [u for u in updates if u is not None]
    return np.median(found) / (len(found) / len(updates)) if found else None


def test_the_solutions_pass():
    p = np.linspace(0.8, 1, 2000, endpoint=False)
    low = p[np.argmin([abs(at_least(93, 100, q) - 0.025) for q in p])]
    high = p[np.argmin([abs(1 - at_least(94, 100, q) - 0.025) for q in p])]
    late = sweep.read_rows(results.path("fig4.csv"))
    median = next(r for r in late if (r["method"], r["eps_x"], r["delta0"]) == ("sng", 0.0005, 120**-1.375))
    assert EXERCISES["robustness-sweep-1"].verdict(score) is None
    assert EXERCISES["robustness-sweep-2"].verdict((low, high)) is None
    assert EXERCISES["robustness-sweep-4"].verdict(median["median_updates"] * 120**0.125) is None


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("robustness-sweep-1", lambda updates: float(np.median([u for u in updates if u])), "the score of the trials"),
        ("robustness-sweep-1", lambda updates: score(updates) or 0.0, "there is no score"),
        ("robustness-sweep-2", (0.88, 0.971), "93 or more"),
        ("robustness-sweep-2", (0.861, 0.98), "93 or fewer"),
        ("robustness-sweep-2", (0.95, 0.99), "an interval around 0.93"),
        ("robustness-sweep-4", 100_000, "too small"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, answer, said):
    assert said in EXERCISES[name].verdict(answer)
