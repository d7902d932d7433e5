"""The exercises of chapter *The robustness sweep*: the article's measure, what 93 of 100 says, and a patient SNG."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number
from asng_book.pages import results
from asng_edu.sweeps import sweep

SUCCESSES, TRIALS = 93, 100  # SNG at ε_x = 0.05 and δ⁰ = 3.31
TAIL = 0.025  # on either side of a 95 % interval
SMALL_STEP = 120**-1.5  # δ⁰ at which SNG finds nothing in 100,000 updates


def _score(score: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(1)
    for failures in (0, 1, 3, 5):
        updates: list[int | None] = [None] * failures + [int(u) for u in rng.integers(100, 90_000, 5 - failures)]
        rng.shuffle(updates)
        grid = sweep.Grid(methods=("sng",), eps_x=(0.05,), trials=len(updates))
        expected = sweep.summarise(grid, updates)[0]["score"]
        given = score(list(updates))
        if expected is None:
            if given is not None and not (isinstance(given, float) and math.isinf(given)):
                return f"where no trial succeeds there is no score: None or infinity, but yours is {given!r}."
        elif given is None or not np.isclose(float(given), expected, rtol=1e-9):
            shown = ", ".join("None" if u is None else f"{u:,}" for u in updates)
            said = "None" if given is None else f"{float(given):,.1f}"
            return f"the score of the trials {shown} is {expected:,.1f}, but your function gives {said}."
    return None


def at_least(successes: int, trials: int, p: float) -> float:
    """Return the probability of so many successes or more."""
    return math.fsum(math.comb(trials, k) * p**k * (1.0 - p) ** (trials - k) for k in range(successes, trials + 1))


def _interval(answer: Any) -> str | None:
    low, high = (float(end) for end in answer)
    if not 0.0 < low < SUCCESSES / TRIALS < high < 1.0:
        return f"an interval around {SUCCESSES / TRIALS:g} is asked for, such as (0.9, 0.95), but is {answer!r}."
    for end, words, tail in (
        (low, f"{SUCCESSES} or more", at_least(SUCCESSES, TRIALS, low)),
        (high, f"{SUCCESSES} or fewer", 1.0 - at_least(SUCCESSES + 1, TRIALS, high)),
    ):
        if abs(tail - TAIL) > 0.12 * TAIL:
            return f"if the true rate were {end:g}, {words} would have probability {tail:.4f}; it should be {TAIL:g}."
    return None


def wins() -> dict[str, int]:
    """Return at how many of the 42 settings of Fig. 4 each method has the lowest score."""
    best: dict[tuple[float, float], tuple[float, str]] = {}
    for row in sweep.read_rows(results.path("fig4.csv")):
        setting = row["eps_x"], row["delta0"]
        score = math.inf if row["score"] is None else row["score"]
        best[setting] = min(best.get(setting, (math.inf, "")), (score, row["method"]))
    count = dict.fromkeys(("asng", "sng", "adam"), 0)
    for _, method in best.values():
        count[method] += 1
    return count


def _winner() -> str:
    count = wins()
    return dict(zip(count, "abc", strict=True))[max(count, key=lambda method: count[method])]


@functools.cache
def _updates_of_a_small_step() -> float:
    """Return the median number of updates that SNG takes with the small step, if it is given the time."""
    rows = sweep.run(methods=("sng",), eps_x=(0.0005,), delta0=(SMALL_STEP,), trials=5, max_updates=300_000)
    return float(rows[0]["median_updates"])


EXERCISES = {
    "robustness-sweep-1": Exercise(
        _score,
        (
            "np.median of the numbers alone; the failed trials are None.",
            "Divide it by the share of trials that are not None, and think of the case where all are.",
        ),
    ),
    "robustness-sweep-2": Exercise(
        _interval,
        (
            "The lower end is the success rate at which 93 or more of 100 still happen with probability 0.025.",
            "P(X ≥ 93) = Σ_k C(100, k) p^k (1 − p)^(100 − k) for k from 93 to 100. Try p between 0.8 and 0.93.",
        ),
    ),
    "robustness-sweep-3": Exercise(
        Choice(
            _winner,
            {
                "a": "It is seldom beaten, and nowhere by a factor of two. If you cannot tune, take it.",
                "b": "at its best δ⁰ SNG is as fast as any, but count over all δ⁰, a failure as infinite.",
                "c": "Adam's usual rate is a good one, but at most of the values another method's score is lower.",
            },
        ),
        (
            "The lowest point of a curve is its best δ⁰. You do not get to choose δ⁰.",
            "Go through the figure from left to right: which curve is lowest? Where a curve ends, no trial succeeded.",
            "Take the least of the three scores at each setting, None being infinite, and count whose it is.",
        ),
    ),
    "robustness-sweep-4": Exercise(
        Number(_updates_of_a_small_step, tolerance=0.15),
        (
            "How do the medians of SNG at the next larger values of δ⁰ depend on δ⁰?",
            "Take the smallest δ⁰ at which SNG still solves all trials, and the factor from there to 0.00076.",
            "A step three times smaller needs about three times as many updates.",
        ),
    ),
}
