"""The exercises of chapter *More samples at once*: where δ rests, where the bend is, idle workers, the fastest λ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number
from asng_book.measured.lambda_law import additive, bend, resting_delta, search, wall_clock

CELLS, CELLS_SHARE, CELLS_LAMBDA = 140, 0.5, 16  # n_θ of the article's space, h, λ
NOISE = 2.0  # standard deviations of the sum
WORKERS, LAMBDAS = 10, {"a": 10, "b": 11, "c": 16, "d": 32}
ALONE, RUNS, EVALUATIONS = 0.7, 7, 20_000  # noise of the searches of exercise 5, how many, and how long


def _wasteful() -> str:
    idle = {letter: 1 - lam / (WORKERS * math.ceil(lam / WORKERS)) for letter, lam in LAMBDAS.items()}
    return max(idle, key=lambda letter: idle[letter])


def _fastest(fastest: Callable[[Mapping[int, float], int, float, float], Any]) -> str | None:
    cases: list[tuple[dict[int, float], int, float, float]] = [
        ({2: 800.0, 8: 80.0, 32: 24.0}, 1, 10.0, 1.0),
        ({2: 800.0, 8: 80.0, 32: 24.0}, 10, 10.0, 1.0),
        ({2: 800.0, 8: 80.0, 32: 24.0}, 4, 0.01, 1.0),
        ({10: 50.0, 11: 49.0, 20: 40.0}, 10, 60.0, 0.0),
        ({2: 8000.0, 8: 5000.0, 64: 4900.0}, 16, 1.0, 0.5),
    ]
    for updates, workers, evaluation, overhead in cases:
        seconds = {lam: wall_clock(lam, count, workers, evaluation, overhead) for lam, count in updates.items()}
        given = fastest(dict(updates), workers, evaluation, overhead)
        if given not in seconds:
            return f"it must return one of {', '.join(map(str, updates))}, but returns {given!r:.60}."
        if seconds[given] > min(seconds.values()):
            return (
                f"for {updates}, {workers} workers, {evaluation:g} s and {overhead:g} s it gives λ = {given}, which "
                f"takes {seconds[given]:g} s; there is a faster one."
            )
    return None


def samples_alone() -> dict[int, float]:
    """Return by λ the median samples of searches of a noisy sum."""
    found = {}
    for lam in (2, 16):
        tried = [search(additive(ALONE), lam, [5, run], EVALUATIONS).updates for run in range(RUNS)]
        found[lam] = lam * float(np.median([math.inf if updates is None else updates for updates in tried]))
    return found


def _alone() -> str:
    found = samples_alone()
    return "c" if found[16] < found[2] else "a"


EXERCISES = {
    "more-samples-1": Exercise(
        Number(lambda: resting_delta(CELLS_LAMBDA, CELLS_SHARE, CELLS), tolerance=0.01),
        (
            "First (M3): what is κ for λ = 16? Then (M4).",
            "κ is about λ − 3/2, and ρ = κh/n_θ.",
            "ρ is about 0.052. Put it into (M5), with √140 in front.",
        ),
    ),
    "more-samples-2": Exercise(
        Number(lambda: bend(1 / (1 + NOISE**2), 120), tolerance=0.01),
        (
            "What is the share h? Compare variances, not standard deviations.",
            "The noise has four times the variance of the sum, so h is one fifth.",
            "λ = 3/2 + (1/5) · 120/h.",
        ),
    ),
    "more-samples-3": Exercise(
        Choice(
            _wasteful,
            {
                "a": "with ten samples each of ten workers has one, and nobody waits.",
                "b": "Eleven samples take two rounds, and in the second one nine workers have nothing to do.",
                "c": "sixteen samples leave four of twenty places empty; there is a λ that leaves a larger share.",
                "d": "32 samples leave eight of forty places empty, a fifth; there is a λ that leaves a larger share.",
            },
        ),
        (
            "How many rounds does each λ take, and how many places do these rounds have?",
            "⌈λ/10⌉ rounds have 10⌈λ/10⌉ places. What share of them is empty?",
            "10 of 10, 11 of 20, 16 of 20 and 32 of 40 places are taken.",
        ),
    ),
    "more-samples-4": Exercise(
        _fastest,
        (
            "The fewest updates do not take the least time: how many rounds does an update with λ samples need?",
            "math.ceil(lam / workers) rounds of `evaluation` seconds, then `overhead`, and all that times the updates.",
        ),
    ),
    "more-samples-5": Exercise(
        Choice(
            _alone,
            {
                "a": "updates are worth something only if they lead somewhere. Where does a step along the noise lead?",
                "b": "a small δ⁰ spares λ = 2 a bad start, but δ comes to rest at the same small value anyway.",
                "c": "One machine pays for samples, and before the bend a larger λ needs fewer of them.",
                "d": "the guard bounds δ for every λ; it is no reason for or against one.",
            },
        ),
        (
            "Try it: the cell above the exercises runs searches of a noisy sum.",
            "Compare samples, not updates: λ times the updates.",
            "Progress per update grows like ρ^(3/2), and ρ like λ − 3/2.",
        ),
    ),
}
