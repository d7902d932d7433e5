"""The exercises of chapter *Structures made of bits*: bits counted, a slope by hand, who moves, a gradient, a mean."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.distributions import Bernoulli
from asng_edu.nas import BitSpace
from asng_edu.optimizers.natural_gradient import mean_utility, natural_gradient

Floats = NDArray[np.float64]

LOSSES = {(0, 0): 0.9, (1, 0): 0.5, (0, 1): 0.7, (1, 1): 0.5}  # of the chapter's two bits
COMPANY = np.array([0.5, 0.9])  # θ of the second exercise


def structures(bits: int) -> NDArray[np.int64]:
    """Return all 2ⁿ structures, shape (2ⁿ, n)."""
    return np.array(list(itertools.product((0, 1), repeat=bits)), dtype=np.int64)


def expected_loss(theta: Floats, loss: Callable[[Any], float]) -> float:
    """Return Σ_c p_θ(c) loss(c) over all structures."""
    codes = structures(len(theta))
    chances = np.where(codes == 1, theta, 1 - theta).prod(axis=1)
    return float(chances @ [loss(code) for code in codes])


def slope(theta: Floats, bit: int, loss: Callable[[Any], float]) -> float:
    """Return the natural gradient of the expected loss by one bit, θ(1 − θ)(E[loss | 1] − E[loss | 0])."""
    sure = [np.where(np.arange(len(theta)) == bit, value, theta) for value in (0.0, 1.0)]
    off, on = (expected_loss(each, loss) for each in sure)
    return float(theta[bit] * (1 - theta[bit]) * (on - off))


def estimate(theta: Floats, codes: NDArray[np.int64], losses: Floats) -> Floats:
    """Return (7) for bits, with the samples' mean subtracted."""
    utility, G = np.empty(len(losses)), np.empty(len(theta))
    mean_utility(losses, utility)
    natural_gradient(Bernoulli(len(theta)).statistics(codes), theta, utility, G)
    return G


def _table(code: Any) -> float:
    return LOSSES[int(code[0]), int(code[1])]


def _still() -> str:
    """Return the letter of what θ_1 does when both samples have bit 1 on, whatever their losses and θ are."""
    moves = [
        estimate(np.array([p, 0.5]), np.array([[1, 0], [1, 1]]), np.array(losses))[0]
        for p in (0.2, 0.5, 0.9)
        for losses in ((0.1, 0.9), (0.9, 0.1), (3.0, 5.0))
    ]
    holds = {"a": min(moves) > 0, "b": bool(np.allclose(moves, 0)), "c": len({np.sign(move) for move in moves}) > 1}
    return next(letter for letter, true in holds.items() if true)


def _gradient(gradient: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(8)
    for bits, samples in ((1, 2), (3, 2), (5, 4), (12, 3)):
        theta, codes = rng.uniform(0.1, 0.9, bits), rng.integers(2, size=(samples, bits))
        losses = rng.normal(size=samples)
        given = np.asarray(gradient(theta.copy(), codes.copy(), losses.copy()), dtype=np.float64)
        expected = estimate(theta, codes, losses)
        if given.shape != expected.shape:
            return f"G has one entry for each of {bits} bits, but yours has the shape {given.shape}."
        if np.allclose(given, expected, atol=1e-9):
            continue
        if np.allclose(given, -expected, atol=1e-9):
            return "it points towards the larger loss, but losses are minimised."
        if np.allclose(given, samples * expected, atol=1e-9):
            return f"it is {samples} times as long as it should be: (7) is a mean over the samples."
        return f"with {bits} bits and {samples} samples it is off by up to {np.abs(given - expected).max():.3g}."
    return None


def _mean(expected: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(9)
    for bits in (1, 2, 4, 7):
        theta, weights, pairs = rng.uniform(0.1, 0.9, bits), rng.normal(size=bits), rng.normal(size=(bits, bits))

        def loss(code: Any, weights: Floats = weights, pairs: Floats = pairs) -> float:
            return float(np.asarray(code) @ weights + np.asarray(code) @ pairs @ np.asarray(code))

        given, right = float(expected(theta.copy(), loss)), expected_loss(theta, loss)
        if not np.isclose(given, right, rtol=1e-6, atol=1e-9):
            plain = np.mean([loss(code) for code in structures(bits)])
            if np.isclose(given, plain):
                return "that is the mean over all structures as if each were equally likely: θ is missing."
            return f"with {bits} bits it gives {given:.4g}, but the expectation is {right:.4g}."
    return None


EXERCISES = {
    "structures-of-bits-1": Exercise(
        Number(lambda: float(len(BitSpace(layers=6, layer_units=10).decisions))),
        (
            "There is a bit for each unit, and one for each pair of a layer and an earlier source that it may skip to.",
            "Layer 3 always reads layer 2. From the stem and layer 1 it may read: two bits.",
            "L(L − 1)/2 connections and LU units.",
        ),
    ),
    "structures-of-bits-2": Exercise(
        Number(lambda: -slope(COMPANY, 0, _table)),
        (
            "With bit 1 on, the loss is the same whatever bit 2 does. With bit 1 off, weigh both by the odds of bit 2.",
            "E[ℓ | c₁ = 0] = 0.1 · 0.9 + 0.9 · 0.7. Subtract it from E[ℓ | c₁ = 1].",
            "Multiply the difference by θ₁(1 − θ₁) = 1/4. The gradient of J = −E[ℓ] has the opposite sign.",
        ),
    ),
    "structures-of-bits-3": Exercise(
        Choice(
            _still,
            {
                "a": "the better sample pulls θ₁ up, and the worse one, which also has the bit on, pushes it down.",
                "b": "The utilities sum to 0, so what all samples have in common drops out of (7).",
                "c": "no comparison of these samples says anything about a bit that both of them have.",
            },
        ),
        (
            "Write (7) for one bit with c₁ = 1 in both samples. Which factor is the same?",
            "The factor c₁ − θ₁ = 1 − θ₁ comes out of the sum over samples. What is left inside?",
            "The sum of the utilities is 0, because their mean was subtracted.",
        ),
    ),
    "structures-of-bits-4": Exercise(
        _gradient,
        (
            "Utilities first: the mean of the losses minus each loss.",
            "Then the mean over the samples of utility times (c − θ).",
        ),
    ),
    "structures-of-bits-5": Exercise(
        _mean,
        (
            "itertools.product((0, 1), repeat=n) runs over all structures.",
            "A structure's probability is the product over the bits of θ where c is 1 and 1 − θ where it is 0.",
        ),
    ),
}
