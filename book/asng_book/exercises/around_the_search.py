"""The exercises of chapter *Around the search*: luck, the right comparison, a hidden dependence, random settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from asng_book.comparisons import spearman
from asng_book.exercises import Choice, Exercise, Number
from asng_book.measured.tuning_rows import explained, least_of

SPREAD = 0.1  # standard deviation of the losses of one setting
SHARE, SURE = 0.1, 0.95  # of all settings are good; how sure one wants to be to try one of them
LEAST, MOST = 0.7, 0.1  # what must be explained, and the correlation that must not show it


def luck_of_two() -> float:
    """Return how far below the mean the lesser of two losses is expected."""
    return -SPREAD * least_of(2)


def settings() -> int:
    """Return how many random settings it takes to meet one of the best with the certainty that is asked for."""
    return next(n for n in range(1, 1000) if 1 - (1 - SHARE) ** n >= SURE)


def grids() -> int:
    """Return how many different learning rates a grid of 81 trials tries in four settings."""
    return round(float(81 ** (1 / 4)))


def _comparison() -> str:
    """Return which comparison has no bias, by simulation: settings that are all alike, and n trials of each kind."""
    rng = np.random.default_rng(0)
    study, default, fresh_best, fresh_default = rng.normal(size=(4, 20_000, 30))
    gaps = {
        "a": default.mean() - study.min(axis=1).mean(),
        "b": fresh_default.mean() - study.min(axis=1).mean(),
        "c": default.min(axis=1).mean() - fresh_best.mean(),
        "d": fresh_default.mean() - fresh_best.mean(),
    }
    return min(gaps, key=lambda letter: abs(gaps[letter]))


def _hidden(answer: Any) -> str | None:
    try:
        x, y = (np.asarray(values, dtype=float) for values in answer)
    except (TypeError, ValueError):
        return "two rows of numbers are asked for, x and y."
    if x.ndim != 1 or x.shape != y.shape or len(x) < 10:
        return f"x and y must have as many values each, ten or more, but have the shapes {x.shape} and {y.shape}."
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return "all values must be finite."
    if len(np.unique(x)) < 3 or len(np.unique(y)) < 2:
        return "x must have three different values or more, and y two."
    rho, share = float(spearman(x, y)), explained(x, y)
    if abs(rho) > MOST:
        return f"the rank correlation is {rho:.2f}, so it is not hidden."
    if share < LEAST:
        return f"a parabola explains only {100 * max(0.0, share):.0f} %."
    return None


EXERCISES = {
    "around-the-search-1": Exercise(
        Number(luck_of_two),
        (
            "The smaller of two numbers is their mean minus half the distance between them.",
            "The difference of two independent losses has the standard deviation √2 · 0.1.",
            "A normal number with standard deviation τ lies τ·√(2/π) from 0 on average. Halve that for τ = √2 · 0.1.",
        ),
    ),
    "around-the-search-2": Exercise(
        Choice(
            _comparison,
            {
                "a": "the best trial was chosen for its low loss, the default searches were not.",
                "b": "fresh seeds for the default do not remove the luck of the best trial.",
                "c": "now the default is the lucky one, and the study is not.",
                "d": "Neither side was chosen by the losses that are compared.",
            },
        ),
        (
            "Imagine that the settings change nothing at all. Which difference is then zero on average?",
            "A loss that was chosen for being the smallest of many is lower than a fresh one with the same settings.",
            "Both sides must be measured after the choice.",
        ),
    ),
    "around-the-search-3": Exercise(
        _hidden,
        (
            "A rank correlation sees a curve that rises or falls all the way. Which curve does neither?",
            "Let x run evenly from 0 to 1, and let y be least in the middle.",
        ),
    ),
    "around-the-search-4": Exercise(
        Number(settings),
        (
            "What is the probability that one random setting misses the best tenth? And that n of them do?",
            "All n miss with probability 0.9ⁿ. It must be at most 0.05.",
            "n ≥ ln 0.05 / ln 0.9, and a whole number.",
        ),
    ),
    "around-the-search-5": Exercise(
        Number(grids),
        (
            "A grid with k values of each of four settings has k⁴ trials.",
            "81 = 3⁴.",
            "Each learning rate is tried 27 times, with every combination of the other three.",
        ),
    ),
}
