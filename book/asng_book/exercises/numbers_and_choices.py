"""The exercises of chapter *Numbers and choices together*: a joint norm, a reach, mirrored draws, shares, units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.distributions import Categorical, Gaussian, Product
from asng_edu.distributions.base import Floats

MEAN, SIGMA, ODDS = 5.0, 2.0, (0.5, 0.25, 0.25)  # where the first exercise stands
FIRST, SECOND = (7.0, 0), (4.0, 1)  # its two samples: a number, a category
DELTA = 0.6  # of the second exercise


def joint_length() -> float:
    """Return ‖T(c₁) − T(c₂)‖_F of the first exercise."""
    family = Product(Gaussian(1), Categorical(len(ODDS), margin="none"))
    theta = np.array([MEAN, MEAN**2 + SIGMA**2, *ODDS])
    samples = np.array([[FIRST[0]], [SECOND[0]]]), np.array([[FIRST[1]], [SECOND[1]]])
    stats = family.statistics(samples)
    return float(np.linalg.norm(family.fisher_sqrt(theta, stats[0] - stats[1])))


def reach(delta: float) -> float:
    """Return how many of its first σ a Gaussian travels if each step, of Fisher length δ, goes into μ alone: (G7)."""
    return (1.0 + math.sqrt(1.0 - delta**2)) / delta


# ---- what mirrored draws can change


def changed(mirrored: bool, seed: int = 0) -> tuple[bool, bool, bool]:
    """Return whether G has a part along μ, along σ² to first order, and along the odds of a choice."""
    rng = np.random.default_rng(seed)
    z, c = rng.standard_normal(2), (0, 1)
    y = MEAN + SIGMA * (np.array([z[0], -z[0]]) if mirrored else z)
    mean, second = float(y[0] - y[1]), float(y[0] ** 2 - y[1] ** 2)
    return abs(mean) > 1e-9, abs(second - 2.0 * MEAN * mean) > 1e-9, c[0] != c[1]


def _mirrored() -> str:
    letters = {(True, True, True): "a", (True, False, True): "b", (False, True, True): "c", (True, False, False): "d"}
    return letters[changed(mirrored=True)]


# ---- a function of the reader's


def _length(function: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(1)
    for mean, sigma in ((0.0, 1.0), (3.0, 0.5), (-20.0, 4.0)):
        theta = np.array([mean, mean**2 + sigma**2])
        F = Gaussian(1).fisher(theta)
        for v in (np.array([1.0, 2.0 * mean]), np.array([0.0, 1.0]), rng.normal(size=2)):
            given, expected = float(function(mean, sigma, tuple(v.tolist()))), math.sqrt(float(v @ F @ v))
            if not math.isclose(given, expected, rel_tol=1e-6):
                return (
                    f"with μ = {mean:g}, σ = {sigma:g} and v = ({v[0]:.4g}, {v[1]:.4g}) it gives {given:.6g}, which is "
                    f"too {'small' if given < expected else 'large'}."
                )
    return None


def shares(lengths: Sequence[float], delta: float) -> Floats:
    """Return the Fisher lengths that a joint step of length δ has in parts whose own lengths are given."""
    own = np.asarray(lengths, dtype=np.float64)
    return np.asarray(delta * own / np.linalg.norm(own))


def _shares(function: Callable[..., Any]) -> str | None:
    for lengths, delta in (([3.0, 4.0], 1.0), ([2.0], 0.3), ([1.0, 0.0, 1.0], 0.5), ([1.0] * 16, 1.0)):
        given, expected = np.asarray(function(list(lengths), delta), dtype=np.float64), shares(lengths, delta)
        if given.shape != expected.shape:
            return (
                f"for {len(lengths)} parts {len(lengths)} numbers are asked for, but it returns {given.tolist()!r:.60}."
            )
        if not np.allclose(given, expected):
            total = float(np.linalg.norm(given))
            wrong = (
                ""
                if math.isclose(total, delta)
                else f" Their squares should add up to δ², but add up to {total**2:.4g}."
            )
            return f"with the lengths {lengths!r:.40} and δ = {delta:g} it gives {given.tolist()!r:.60}.{wrong}"
    return None


EXERCISES = {
    "numbers-and-choices-1": Exercise(
        Number(joint_length),
        (
            "Take T(c₁) − T(c₂) part by part. The number's part is (c₁ − c₂, c₁² − c₂²).",
            "The number's part has the squared length (3/σ)² + ((33 − 2μ·3)/(√2 σ²))²; the choice's is Σ v²/θ.",
            "The choice's part is (1, −1, 0), of squared length 1/0.5 + 1/0.25. Add the three squares; take the root.",
        ),
    ),
    "numbers-and-choices-2": Exercise(
        Number(lambda: reach(DELTA)),
        (
            "By what factor does a step that is all in μ multiply σ²? Use (G6).",
            "The steps have the lengths δσ, δσq, δσq², … with q = √(1 − δ²): a geometric series.",
            "The sum is δσ/(1 − q), and here q = 0.8.",
        ),
    ),
    "numbers-and-choices-3": Exercise(
        Choice(
            _mirrored,
            {
                "a": "(a) put z₂ = −z₁ into z₁² − z₂²: what is left?",
                "b": "(b) the categories are not mirrored, so their probabilities still learn; but both numbers lie "
                "equally far from μ, so nothing can be learned about σ.",
                "c": "(c) the two numbers differ by 2σz₁, and G contains their difference.",
                "d": "(d) the category of a sample is drawn separately; nothing is mirrored there.",
            },
        ),
        (
            "For λ = 2, G is a multiple of T(c₁) − T(c₂). Take its three parts one by one.",
            "The part that would move σ² is σ²(z₁² − z₂²). What is z₂ in a mirrored draw?",
            "Mirroring removes only what depends on how far a sample lies from μ, and that is the part of σ.",
        ),
    ),
    "numbers-and-choices-4": Exercise(
        _length,
        (
            "The first part is v₁ in units of σ. Which combination of v₁ and v₂ is the change of σ²?",
            "np.hypot(v[0] / sigma, (v[1] - 2 * mu * v[0]) / …): what is the standard deviation of (c − μ)²?",
        ),
    ),
    "numbers-and-choices-5": Exercise(
        _shares,
        (
            "One factor for all parts: δ over the joint length. Lengths at right angles add up in squares.",
            "ε = δ/√(Σ lengths²), and each part moves by ε times its own length.",
        ),
    ),
}
