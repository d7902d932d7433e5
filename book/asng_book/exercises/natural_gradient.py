"""The exercises of chapter *How far is far?*: the identities of section 2.1 as code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.distributions import Bernoulli, Categorical

Function = Callable[..., Any]


def _fisher_of_a_coin(fisher: Function) -> str | None:
    for p in np.random.default_rng(1).uniform(0.01, 0.99, 20):
        expected = Bernoulli(1).fisher(np.array([p]))[0, 0]
        given = float(fisher(float(p)))
        if not np.isclose(given, expected, rtol=1e-6):
            return f"at p = {p:.4f} your function gives {given:.6g}, but E[(d ln p(c)/dp)²] is something else there."
    return None


def _score(score: Function) -> str | None:
    rng = np.random.default_rng(2)
    for categories in (2, 3, 5):
        family = Categorical(categories)
        theta = rng.dirichlet(np.full(categories, 2.0))
        for c in range(categories):
            given = np.asarray(score(theta.copy(), c), dtype=np.float64)
            if given.shape != (categories - 1,):
                return (
                    f"for {categories} categories the gradient has {categories - 1} entries, but yours has the shape "
                    f"{given.shape}."
                )
            natural = np.linalg.solve(family.fisher(theta), given)
            expected = family.minimal(family.natural_gradient(theta, np.array([[c]])))[0]
            if not np.allclose(natural, expected, rtol=1e-7, atol=1e-9):
                return (
                    f"at θ = {np.round(theta, 3).tolist()} and c = {c} (counted from 0), F⁻¹ times your gradient is "
                    f"{np.round(natural, 3).tolist()}, and that is not T(c) − θ. Does the last probability, "
                    "1 minus the others, move when one of the others does?"
                )
    return None


def _covariance(covariance: Function) -> str | None:
    rng = np.random.default_rng(3)
    for categories in (2, 4, 7):
        theta = rng.dirichlet(np.full(categories, 2.0))
        given = np.asarray(covariance(theta.copy()), dtype=np.float64)
        shape = (categories - 1, categories - 1)
        if given.shape != shape:
            return (
                f"for {categories} categories, the last one left out, the matrix has the shape {shape}, but yours has "
                f"{given.shape}."
            )
        if not np.allclose(given @ Categorical(categories).fisher(theta), np.eye(categories - 1), atol=1e-8):
            return f"at θ = {np.round(theta, 3).tolist()} your matrix times F is not the identity."
    return None


MOVES = {"a": (0.5, 0.6), "b": (0.001, 0.004), "c": (0.9, 0.97), "d": (0.999, 0.9999)}  # of a coin


def fisher_distance(theta: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return (N5) of two distributions over the same categories."""
    return float(2.0 * np.arccos(min(1.0, np.sqrt(theta * other).sum())))


def _largest_distance() -> float:
    return fisher_distance(*np.eye(2))


def _far(letter: str) -> float:
    return fisher_distance(*(np.array([p, 1 - p]) for p in MOVES[letter]))


def _furthest() -> str:
    return max(MOVES, key=_far)


EXERCISES = {
    "natural-gradient-1": Exercise(
        _fisher_of_a_coin,
        (
            "ln p(c) is ln p for c = 1 and ln(1 − p) for c = 0. Differentiate both, square both.",
            "Weigh the two squares by the probabilities of the two outcomes, p and 1 − p, and add.",
        ),
    ),
    "natural-gradient-2": Exercise(
        _score,
        (
            "ln p(c) is ln θ_c if c is not the last category, and ln(1 − θ_0 − … − θ_{K−2}) if it is.",
            "Only one entry differs from 0 when c is not the last category; all K − 1 do when it is.",
        ),
    ),
    "natural-gradient-3": Exercise(
        _covariance,
        (
            "An entry of T is 0 or 1, so its square is itself; two entries are never 1 together.",
            "E[T_j T_k] is θ_j if j = k, else 0. Subtract E[T_j] E[T_k].",
        ),
    ),
    "natural-gradient-4": Exercise(
        Number(_largest_distance),
        (
            "√θ and √θ' are unit vectors with no negative entry. How small can their scalar product be?",
            "Two distributions that have no category in common have the scalar product 0.",
            "(N5) is twice the angle between two vectors that are orthogonal.",
        ),
    ),
    "natural-gradient-6": Exercise(
        Choice(
            _furthest,
            {
                "a": "p changes most here, but where both sides are likely a change is slow to show.",
                "b": "p is four times as large, the greatest ratio. Yet either coin nearly always shows tails.",
                "c": "The rare side has become much rarer, and it was common enough for that to show soon.",
                "d": "the odds change tenfold, the most of all. Yet either coin nearly always shows heads.",
            },
        ),
        (
            "The distance is neither a difference nor a ratio of probabilities. Which label of a coin has F = 1?",
            "It is the angle 2 arcsin √p. The distance is the difference of two of them.",
            f"In angles (a) is {_far('a'):.2f}, (b) {_far('b'):.2f} and (d) {_far('d'):.2f}. Compute the fourth.",
        ),
    ),
}
