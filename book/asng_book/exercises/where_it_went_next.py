"""The exercises of chapter *Where it went next*: reuse of a bit, two margins, the method for a problem, a mix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number

OLD, NEW = 0.5, 0.8  # probabilities of a 1
DIM = 10
PAIRS = (([0.5, 0.5], [0.6, 0.4]), ([0.7, 0.2, 0.1], [0.2, 0.3, 0.5]), ([0.25] * 4, [0.25] * 4))
SAMPLES = 4000


def reuse() -> float:
    """Return the share of a bit's old samples that are kept."""
    return min(OLD, NEW) + min(1 - OLD, 1 - NEW)


def margins() -> float:
    """Return by which factor ASNG's margin is larger than CatCMA's, for two categories."""
    return float((1 / DIM) / (1 - 0.73 ** (1 / DIM)))


# What each method has of what the problem asks for: a full covariance matrix, and a rate that follows the noise.
HAS = {"a": {"noise"}, "b": {"covariance"}, "c": {"covariance", "noise"}, "d": {"covariance", "categories"}}


def _fitting() -> str:
    return next(letter for letter, has in HAS.items() if has >= {"covariance", "noise"})


def _mixed(mix: Callable[..., Any]) -> str | None:
    for p, q in PAIRS:
        rng = np.random.default_rng(5)
        c = rng.choice(len(p), size=SAMPLES, p=p)
        given = np.asarray(mix(list(p), list(q), c.copy(), rng))
        if given.shape != c.shape:
            return f"for {SAMPLES} old samples it returns an array of shape {given.shape}."
        if given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= len(p):
            return f"samples are whole numbers from 0 to {len(p) - 1}."
        shares = np.bincount(given, minlength=len(q)) / SAMPLES
        if np.abs(shares - q).max() > 0.04:
            return f"from p = {p} to q = {q} the shares should be about q, but are {shares.round(2).tolist()}."
    return _keeps(mix)


def _keeps(mix: Callable[..., Any]) -> str | None:
    """Say whether it keeps what can be kept: everything, where nothing has changed."""
    p = [0.5, 0.5]
    c = np.repeat([0, 1], SAMPLES // 2)
    given = np.asarray(mix(p, p, c.copy(), np.random.default_rng(7)))
    if sorted(given.tolist()) != c.tolist():
        return "where q is p, every old sample can be kept, but it draws new ones."
    return None


EXERCISES = {
    "where-it-went-next-1": Exercise(
        Number(reuse),
        (
            "Ones become more probable: how many of them stay? And of the zeros?",
            "(F1): the share is the sum of min(p, q) over the two outcomes.",
            "min(0.5, 0.8) + min(0.5, 0.2).",
        ),
    ),
    "where-it-went-next-2": Exercise(
        Number(margins),
        (
            "ASNG's is 1/(D(K − 1)); CatCMA's is (1 − 0.73^(1/D))/(K − 1).",
            "For D = 10 and K = 2 they are 0.1 and 1 − 0.73^0.1.",
            "0.73^0.1 is about 0.969.",
        ),
    ),
    "where-it-went-next-3": Exercise(
        Choice(
            _fitting,
            {
                "a": "independent Gaussians cannot follow variables that depend on one another.",
                "b": "its learning rates are fixed, however loud the noise.",
                "c": "Its covariance matrix follows the dependence, and its learning rate the noise.",
                "d": "there are no categories and no integers here; for its real numbers the rates are fixed.",
            },
        ),
        (
            "Two things are asked for: dependence between the variables, and noise.",
            "Which of the four has a full covariance matrix?",
            "And which of these adapts its learning rates to the signal-to-noise ratio?",
        ),
    ),
    "where-it-went-next-4": Exercise(
        _mixed,
        (
            "Keep sample c if a uniform number is below q[c]/p[c].",
            "Then draw from q until there are enough; accept a new c with probability max(0, 1 − p[c]/q[c]).",
        ),
    ),
}
