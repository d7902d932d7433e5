"""The exercises of chapter *The CIFAR-10 cell search*: how much is seen, when it is decided, what a test can tell."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.nas.training.settings import CIFAR10, CIFAR10_STRATEGY
from asng_edu.optimizers.asng import ASNG

TRAINING = 50_000  # pictures of CIFAR-10
STEPS = int(TRAINING * CIFAR10.fraction) // CIFAR10.batch  # of an epoch
ERRORS = 0.0283, 0.0276  # Table 1: ASNG-NAS and DARTS of second order


def _codes_seen() -> float:
    return float(CIFAR10.epochs * STEPS * CIFAR10_STRATEGY.lam)


def pictures_needed(one: float, other: float) -> float:
    """Return how many images a test needs for two errors to differ by two standard errors of the difference."""
    return 4.0 * (one * (1.0 - one) + other * (1.0 - other)) / (one - other) ** 2


def decided(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each decision the first epoch, counted from 0, from which on it keeps the option it ends with."""
    other = codes != codes[-1]
    latest = np.where(other, np.arange(len(codes))[:, None] + 1, 0)
    return np.asarray(latest.max(axis=0), dtype=np.int64)


def histories(seed: int, epochs: int, decisions: int) -> NDArray[np.int64]:
    """Return the options of some decisions over some epochs: some settle, some come back, some change at the end."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(3, size=(epochs, decisions))
    keep = rng.integers(epochs, size=decisions)
    for i, epoch in enumerate(keep):
        codes[epoch:, i] = codes[-1, i]
    return codes


def _decided(function: Callable[..., Any]) -> str | None:
    for seed, (epochs, decisions) in enumerate([(1, 4), (2, 6), (5, 12), (30, 40), (30, 40)]):
        codes = histories(seed, epochs, decisions)
        given, expected = np.asarray(function(codes.copy())), decided(codes)
        if given.shape != expected.shape:
            return f"for {decisions} decisions it must return {decisions} numbers, but returns shape {given.shape}."
        wrong = np.flatnonzero(given != expected)
        if len(wrong):
            options = ", ".join(map(str, codes[:, wrong[0]]))
            return f"for the options {options} of one decision it gives {given[wrong[0]]}."
    return None


CHANGES: dict[str, dict[str, Any]] = {"a": {"delta0": 0.1}, "b": {"lam": 8}, "c": {"lam": 32}, "d": {}}


def sureness(delta0: float = CIFAR10_STRATEGY.delta0, lam: int = CIFAR10_STRATEGY.lam) -> float:
    """Return the mean of the largest θ of each row after an epoch of losses that are noise, for three seeds."""
    family, found = CIFAR10.space.categorical(CIFAR10_STRATEGY.margin), []
    for seed in range(3):
        asng = ASNG(family, delta0, alpha=CIFAR10_STRATEGY.alpha, lam=lam, rng=seed)
        rng = np.random.default_rng([seed, 1])
        for _ in range(STEPS):
            asng.tell(asng.ask(), rng.standard_normal(lam))
        found.append(np.mean([row.max() for row in family.rows(asng.theta)]))
    return float(np.mean(found))


@functools.cache
def _calmest() -> str:
    found = {letter: sureness(**change) for letter, change in CHANGES.items()}
    best = min(found, key=lambda letter: found[letter])
    return best if found[best] < 0.8 * found["d"] else "d"


EXERCISES = {
    "cell-search-1": Exercise(
        Number(_codes_seen),
        (
            "D_θ is half of the 50,000 images. There is one step of θ for each batch of 64 of the other half.",
            "Multiply epochs, steps of an epoch and codes of a step.",
            "Batches that are not full are left out: 390 steps an epoch, each with λ_θ = 2 codes.",
        ),
    ),
    "cell-search-2": Exercise(
        _decided,
        (
            "When was the last epoch at which the option was not the final one? The answer is the next.",
            "codes != codes[-1] is True there. A decision that never differs was settled at epoch 0.",
        ),
    ),
    "cell-search-3": Exercise(
        Number(lambda: pictures_needed(*ERRORS), tolerance=5e-3),
        (
            "Each error p has the variance p(1 − p)/n, and the variance of a difference is the sum.",
            "Set p − q = 2 √((p(1 − p) + q(1 − q))/n) and solve for n.",
            "n = 4 (p(1 − p) + q(1 − q))/(p − q)², with p = 0.0283 and q = 0.0276.",
        ),
    ),
    "cell-search-4": Exercise(
        Choice(
            _calmest,
            {
                "a": "A shorter step commits itself less, whatever the losses say.",
                "b": "more samples find a true direction better, but there is none, and the step is as long as before.",
                "c": "in noise a mean over 32 is a shorter vector, but (10) divides by its length: δ is what it was.",
                "d": "noise decides the direction of the steps, and not their length.",
            },
        ),
        (
            "How long is a step of θ by (10), and what does λ have to do with it?",
            "Run noise_search with each, for a few seeds; its [0][0] is the mean of the largest θ after one epoch.",
            "A step of Fisher length δ goes δ in some direction, whatever λ is.",
        ),
    ),
}
