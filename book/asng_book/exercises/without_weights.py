"""The exercises of chapter *Without weights*: a step on bits, what ranks see, ties, a quantile, LeadingOnes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.distributions import Bernoulli
from asng_edu.distributions.base import Floats
from asng_edu.optimizers.natural_gradient import estimate, rank_utility

THETA = (0.5, 0.5, 0.8)  # of the first exercise
PAIR = ((1, 0, 1), (0, 0, 0))  # its better sample, its worse one
DELTA = 0.5
BITS = 20  # of the last one


def first_bit() -> float:
    """Return θ₁ after the step of the first exercise."""
    family, theta = Bernoulli(len(THETA), margin="none"), np.array(THETA)
    found = estimate(family, theta, family.statistics(np.array(PAIR)), np.array([0.0, 1.0]), "mean")
    return float(theta[0] + DELTA / found.norm * found.G[0])


# ---- what is left of f


def steps(utility: str, lam: int, change: Callable[[Floats], Floats], seed: int = 0) -> Floats:
    """Return the direction of the step, of Fisher length 1, on bits whose losses are changed."""
    rng = np.random.default_rng(seed)
    family = Bernoulli(8)
    theta = family.initial_theta()
    samples = family.sample(theta, rng, lam)
    losses = np.asarray(change(samples @ np.arange(1.0, 9.0)), dtype=np.float64)
    found = estimate(family, theta, family.statistics(samples), losses, utility)
    return np.asarray(found.G / found.norm)


def _moves(utility: str, lam: int, change: Callable[[Floats], Floats]) -> bool:
    return not np.allclose(steps(utility, lam, change), steps(utility, lam, lambda f: f))


def _which() -> str:
    cases: dict[str, tuple[str, int, Callable[[Floats], Floats]]] = {
        "a": ("rank", 6, lambda f: f**3),
        "b": ("mean", 2, np.exp),
        "c": ("mean", 6, lambda f: 5 * f - 2),
        "d": ("mean", 6, np.exp),
    }
    return next(letter for letter, case in cases.items() if _moves(*case))


# ---- functions of the reader's


def _utilities(function: Callable[..., Any]) -> str | None:
    for losses in ([3.0, 1.0], [1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 1.0, 5.0], [1.0, 1.0], [4.0, 1.0, 1.0, 1.0, 3.0]):
        expected = np.empty(len(losses))
        rank_utility(np.array(losses), expected)
        given = np.asarray(function(np.array(losses)), dtype=np.float64)
        if given.shape != expected.shape or not np.allclose(given, expected):
            shown = [round(float(value), 3) for value in given.ravel()[:6]]
            tied = "" if len(set(losses)) == len(losses) else " Equal losses share what their ranks would get."
            return f"for the losses {losses} it gives {shown}.{tied}"
    return None


def leading(theta: Floats) -> float:
    """Return the expected number of ones before the first zero, of independent bits."""
    return float(np.cumprod(theta).sum())


def _leading(function: Callable[..., Any]) -> str | None:
    for theta in ([0.5], [0.5, 0.5], [0.9, 0.1, 0.5], [1.0, 1.0], list(np.linspace(0.05, 0.95, 12))):
        given, expected = float(function(np.array(theta))), leading(np.array(theta))
        if not math.isclose(given, expected, rel_tol=1e-6, abs_tol=1e-9):
            return f"for {len(theta)} bits, the first with θ = {theta[0]:g}, it gives {given:.4g}, not the mean."
    return None


EXERCISES = {
    "without-weights-1": Exercise(
        Number(first_bit),
        (
            "G is a multiple of c₁ − c₂ = (1, 0, 1). Only its length has to be found.",
            "The Fisher matrix of bits is diagonal, 1/(θ(1 − θ)): the squared length of (1, 0, 1) is 1/0.25 + 1/0.16.",
            "θ₁ becomes 0.5 plus δ divided by the root of 1/0.25 + 1/0.16.",
        ),
    ),
    "without-weights-2": Exercise(
        Choice(
            _which,
            {
                "a": "(a) the cube leaves the order as it is, and ranks see nothing but the order.",
                "b": "(b) two values have the utilities plus and minus half their difference; the length is δ anyway.",
                "c": "(c) the constant drops out with the mean, and the factor when the step is brought to length δ.",
                "d": "(d) exp stretches large values most, which changes the proportions of six utilities.",
            },
        ),
        (
            "Which of these changes more than the scale of the utilities?",
            "The length of a step is δ whatever the utilities are. So ask only for its direction.",
            "Ranks do not notice, two samples do not, and a straight line changes nothing.",
        ),
    ),
    "without-weights-3": Exercise(
        _utilities,
        (
            "order = np.argsort(losses); the first ⌈λ/4⌉ get +1/⌈λ/4⌉, the last as many −1/⌈λ/4⌉.",
            "Then give every member of a group of equal losses the mean of what the group has.",
        ),
    ),
    "without-weights-4": Exercise(
        _leading,
        (
            "The number of leading ones is a sum of yes-or-no questions: are there at least one, at least two, …?",
            "The probability of at least k is the product of the first k entries of θ: np.cumprod.",
        ),
    ),
    "without-weights-5": Exercise(
        Number(lambda: 0.5 ** (BITS - 1)),
        (
            "Bit 20 matters only if all bits before it are 1.",
            "Each of these 19 bits is 1 with probability one half, independently of the others.",
            "The answer is one half to the power of 19.",
        ),
    ),
}
