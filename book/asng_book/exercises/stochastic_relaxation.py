"""The exercises of chapter *Stochastic relaxation*: one estimate by hand, the best constant, and a step downhill."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.distributions import Categorical
from asng_edu.optimizers.natural_gradient import mean_utility, natural_gradient

THETA = np.array([0.5, 0.3, 0.2])
SAMPLES = np.array([[0], [2]])
LOSSES = np.array([0.2, 1.0])

BOTH_OR_NEITHER = np.array([[0.0, 1.0], [1.0, 0.0]])  # f of two choices that must differ
LEANING = np.array([0.3, 0.7, 0.7, 0.3])  # P(first = 1) = 0.7, P(second = 1) = 0.3


def _estimate(family: Categorical, theta: np.ndarray, samples: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """Return (7) with the samples' mean subtracted."""
    utility, G = np.empty(len(losses)), np.empty(len(theta))
    mean_utility(losses, utility)
    natural_gradient(family.statistics(samples), theta, utility, G)
    return G


def _by_hand(answer: Any) -> str | None:
    given = np.asarray(answer, dtype=np.float64)
    expected = _estimate(Categorical(3), THETA, SAMPLES, LOSSES)
    if given.shape != expected.shape:
        return f"G has one entry for each category, shape {expected.shape}, but yours has shape {given.shape}."
    if np.allclose(given, expected, rtol=1e-6, atol=1e-9):
        return None
    if np.allclose(given, -expected, rtol=1e-6, atol=1e-9):
        return "the length is right, but this points from the better sample to the worse. Losses are minimised."
    if not given.any():
        return "the two losses differ, so the estimate is not zero."
    if abs(given.sum()) > 1e-9:
        return f"its entries must sum to 0, so that θ + εG still sums to 1, but they sum to {given.sum():.4g}."
    along = given @ expected / (expected @ expected)
    if np.allclose(given, along * expected, rtol=1e-6, atol=1e-9):
        return f"the direction is right, but the length is {along:.4g} times what it should be."
    return "it has the wrong direction. Which categories do the two samples name?"


def _noise(theta: np.ndarray, f: np.ndarray) -> float:
    """Return Tr(F Cov G) of the raw estimate of one sample."""
    family = Categorical(len(theta))
    steps = f[:, None] * family.natural_gradient(theta, np.arange(len(theta))[:, None])
    squares = np.array([family.fisher_norm(theta, step) ** 2 for step in steps])
    return float(theta @ squares) - family.fisher_norm(theta, theta @ steps) ** 2


def _best_constant(best_constant: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(4)
    for categories in (2, 3, 3, 5, 8):
        theta, f = rng.dirichlet(np.full(categories, 2.0)), rng.normal(size=categories)
        constant = float(best_constant(theta.copy(), f.copy()))
        here = _noise(theta, f + constant)
        for step in (1e-2, -1e-2):
            if not here < _noise(theta, f + constant + step):  # nor is NaN, or 1e17, the lowest point
                return (
                    f"{constant + step:.4g} makes no more noise than your {constant:.4g} "
                    f"at θ = {np.round(theta, 3).tolist()} and f = {np.round(f, 3).tolist()}."
                )
    return None


def _one_sample() -> str:
    """Return the letter of the statement that holds for every sample of one, with the losses 0.2, 0.6 and 1."""
    family, losses, samples = Categorical(3), np.array([0.2, 0.6, 1.0]), np.arange(3)[:, None]
    G = np.array([_estimate(family, THETA, samples[k : k + 1], losses[k : k + 1]) for k in range(3)])
    raw = -losses[:, None] * family.natural_gradient(THETA, samples)
    gradient = THETA @ raw
    holds = {
        "a": np.allclose(G, raw),
        "b": not G.any(),
        "c": np.allclose(THETA @ G, gradient),
        "d": np.allclose(THETA @ G, gradient / 2),
    }
    return next(letter for letter, it_does in holds.items() if it_does)


def _downhill() -> float:
    family = Categorical(2, dim=2)
    first, second = family.rows(LEANING)
    slope = np.concatenate([BOTH_OR_NEITHER @ second, first @ BOTH_OR_NEITHER])  # the derivatives of J by θ
    total = 0.0
    for c in itertools.product(range(2), repeat=4):
        samples = np.array(c).reshape(2, 2)
        losses = -BOTH_OR_NEITHER[samples[:, 0], samples[:, 1]]
        if slope @ _estimate(family, LEANING, samples, losses) < -1e-12:
            total += float(np.exp(family.log_likelihood(LEANING, samples).sum()))
    return total


EXERCISES = {
    "stochastic-relaxation-2": Exercise(
        _by_hand,
        (
            "The mean of the two losses is 0.6. How much better than that is each sample?",
            "G = ½ (u₁ (T(c₁) − θ) + u₂ (T(c₂) − θ)), and u₂ = −u₁, so θ drops out.",
        ),
    ),
    "stochastic-relaxation-3": Exercise(
        _best_constant,
        (
            "Only Σ_k (1 − θ_k)(f_k + b)² depends on b. It is a parabola.",
            "Its lowest point is where the derivative 2 Σ_k (1 − θ_k)(f_k + b) is 0.",
        ),
    ),
    "stochastic-relaxation-4": Exercise(
        Choice(
            _one_sample,
            {
                "a": "something is subtracted, the mean of the samples. What is the mean of one of them?",
                "b": "The mean of one sample is the sample, so nothing is left to follow.",
                "c": "the factor 1 − 1/λ of the first exercise has to be 1 for that.",
                "d": "the factor 1 − 1/λ is one half for λ = 2.",
            },
        ),
        (
            "Write down u = f(c) minus the mean for one sample.",
            "The first exercise gives the factor of the expectation. What is it for λ = 1?",
            "f(c₁) is itself the mean.",
        ),
    ),
    "stochastic-relaxation-5": Exercise(
        Number(_downhill, tolerance=1e-3),
        (
            "G points downhill when the better sample is good in a way that θ makes unlikely: first 0, second 1.",
            "J = p(1 − q) + q(1 − p) has the derivatives 1 − 2q = 0.4 in p and 1 − 2p = −0.4 in q.",
            "There are 16 pairs of samples. For each: its probability, its G, and the sum of ∂J/∂θ times G.",
        ),
    ),
}
