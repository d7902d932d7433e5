"""The exercises of chapter *Nine systems, one bench*: one vector, two gates, a test, a budget, a trap for a mixture."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_book.exercises import Choice, Exercise, Number
from asng_book.exercises.two_relaxations import follow

Floats = NDArray[np.float64]

ODDS, CODES, LOSSES = (0.5, 0.3, 0.2), (0, 2), (0.2, 0.6)  # a decision, two draws and what they lost
OUTPUTS, TARGET, LOGITS = (0.6, -0.8), 0.0, (0.3, -0.1)  # two operations, one decision, a squared error
BEST, SURE = 0.01, 0.95  # a network among the best 1 %, with a probability of 95 %


# ---- one vector


def score_vector(odds: Any = ODDS, codes: Any = CODES, losses: Any = LOSSES) -> Floats:
    """Return the mean of (mean loss − loss)(onehot − p) over the draws: what SNG and REINFORCE add."""
    p, f = np.asarray(odds, dtype=float), np.asarray(losses, dtype=float)
    return np.asarray(((f.mean() - f)[:, None] * (np.eye(len(p))[list(codes)] - p)).mean(axis=0))


def _reinforced() -> float:
    """Return p_1 after REINFORCE has added the vector to the logits, with a rate of 1."""
    raised = np.asarray(ODDS) * np.exp(score_vector())
    return float(raised[0] / raised.sum())


# ---- two gates


def two_gates(logits: Any, slopes: Any) -> Floats:
    """Return ∂L/∂α of a pair, from ∂L/∂g: Σ_j ∂L/∂g_j p_j (δ_ij − p_i), p = softmax(α)."""
    z, g = np.asarray(logits, dtype=float), np.asarray(slopes, dtype=float)
    p = np.exp(z - z.max())
    p /= p.sum()
    return np.asarray(p * (g - p @ g))


def _gates(answer: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(0)
    for n in range(20):
        logits, slopes = rng.normal(size=2), rng.normal(size=2)
        if n == 0:
            logits = np.zeros(2)
        given, right = np.asarray(answer(logits, slopes), dtype=float), two_gates(logits, slopes)
        if given.shape != (2,):
            return f"two numbers are asked for, one for each logit of the pair, but it returns {given.tolist()!r:.60}."
        if not np.allclose(given, right, atol=1e-9):
            if abs(given.sum()) > 1e-9:
                return (
                    f"with α = {np.round(logits, 2).tolist()} the two sum to {given.sum():.3f}: raising both logits "
                    "alike changes no probability, so they must sum to 0."
                )
            return f"with α = {np.round(logits, 2).tolist()} the first should be {right[0]:.3f}, not {given[0]:.3f}."
    return None


def gate_expectations() -> dict[str, float]:
    """Return what the two-gate gradient of the first logit is on average, and what it could be taken for."""
    outputs = np.asarray(OUTPUTS)
    p = np.exp(LOGITS) / np.exp(LOGITS).sum()
    errors = outputs - TARGET
    drawn = sum(float(p[c] * two_gates(LOGITS, 2 * errors[c] * outputs)[0]) for c in (0, 1))
    mixture = two_gates(LOGITS, 2 * float(p @ errors) * outputs)
    expected = two_gates(LOGITS, errors**2)
    return {"two gates": drawn, "a": float(expected[0]), "b": float(mixture[0]), "c": 0.0}


def _imitated() -> str:
    found = gate_expectations()
    drawn = found.pop("two gates")
    return next(letter for letter, value in found.items() if math.isclose(value, drawn, rel_tol=1e-9))


def _value(letter: str, lesson: str) -> str:
    found = gate_expectations()
    text = (
        f"({letter}) is {found[letter]:+.3f} here, and two gates give {found['two gates']:+.3f} on average: {lesson}."
    )
    return text.replace("-", "−", 2)


# ---- a test


def _test(answer: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(1)
    tries: list[tuple[list[float], list[float]]] = [([1, 2, 3], [4, 5, 6]), ([1, 4], [2, 3]), ([1, 1], [1, 1])]
    tries += [(rng.normal(size=4).round(2).tolist(), rng.normal(0.7, 1, size=5).round(2).tolist()) for _ in range(4)]
    for a, b in tries:
        given, right = float(answer(np.array(a), np.array(b))), permuted(a, b)
        if not math.isclose(given, right, abs_tol=1e-9):
            why = "too small: count divisions that lie exactly as far apart too" if given < right else "too large"
            return f"for a = {a} and b = {b} it gives {given:.4f}: {why}."
    return None


def permuted(a: Any, b: Any) -> float:
    """Return in which share of all divisions into groups of these sizes the means lie at least as far apart."""
    both = [*a, *b]
    seen = abs(sum(a) / len(a) - sum(b) / len(b))
    total, far = 0, 0
    for chosen in itertools.combinations(range(len(both)), len(a)):
        one = [both[i] for i in chosen]
        other = [both[i] for i in range(len(both)) if i not in chosen]
        total += 1
        far += abs(sum(one) / len(one) - sum(other) / len(other)) >= seen - 1e-12
    return far / total


# ---- a budget


def trainings() -> float:
    """Return how many networks to draw, with replacement, so that one is among the best 1 % with 95 %."""
    return float(math.ceil(math.log(1 - SURE) / math.log(1 - BEST)))


# ---- a trap for a mixture


def mixed(errors: Floats, steps: int = 4000, rate: float = 0.3) -> tuple[Floats, Floats]:
    """Return the weights of two decisions after following the mixture's squared error downhill from even weights."""
    z, y = np.zeros(errors.shape[0]), np.zeros(errors.shape[1])
    u, v = _weights(z), _weights(y)
    for _ in range(steps):
        error = 2 * float(u @ errors @ v)
        first, second = error * (errors @ v), error * (u @ errors)
        z -= rate * u * (first - u @ first)
        y -= rate * v * (second - v @ second)
        u, v = _weights(z), _weights(y)
    return u, v


def _weights(z: Floats) -> Floats:
    raised = np.exp(z - z.max())
    return np.asarray(raised / raised.sum())


def _trap(answer: Any) -> str | None:
    try:
        errors = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        errors = np.empty(0)
    if errors.shape != (3, 3) or not np.isfinite(errors).all() or np.abs(errors).max() > 1:
        return "a table of three rows of three numbers from −1 to 1 is asked for."
    losses = errors**2
    best = np.unravel_index(losses.argmin(), losses.shape)
    if np.count_nonzero(losses == losses.min()) > 1:
        return "the smallest error must be in one place only."
    kept = tuple(int(row.argmax()) for row in mixed(errors))
    if losses[kept] < losses.min() + 0.05:
        return f"the mixture keeps row {kept[0]}, column {kept[1]} (from 0), whose loss is within 0.05 of the best."
    first, second = follow(losses)
    drawn = int(first.argmax()), int(second.argmax())
    if min(first.max(), second.max()) < 0.99:
        return "the expected loss does not settle: make its differences larger."
    if drawn != tuple(int(i) for i in best):
        return f"the expected loss is trapped as well: it settles at row {drawn[0]}, column {drawn[1]} (from 0)."
    return None


EXERCISES = {
    "nine-systems-1": Exercise(
        Number(_reinforced),
        (
            "The baseline is the mean of the two losses. How far is each from it, and with which sign?",
            "The vector is the mean of (baseline − loss)(onehot − p) over both draws. Its first entry is positive.",
            "The vector is (0.1, 0, −0.1). Multiply each p by the exponential of its entry, and divide by the sum.",
        ),
    ),
    "nine-systems-2": Exercise(
        _gates,
        (
            "p = softmax(α) over the two. What is ∂p_j/∂α_i?",
            "Σ_j ∂L/∂g_j p_j (δ_ij − p_i) is p_i times: the slope of gate i, less the mean slope under p.",
        ),
    ),
    "nine-systems-3": Exercise(
        Choice(
            _imitated,
            {
                "a": _value("a", "the loss of the closed gate's operation is never asked for"),
                "b": _value("b", "the slope of a squared error is linear in the output: its mean is the mean output's"),
                "c": _value("c", "nothing makes the two draws cancel"),
            },
        ),
        (
            "Write the slope ∂L/∂g_j for a squared error, with the output of the one operation whose gate is open.",
            "This slope is linear in the output that was drawn. So what is its mean over the draw?",
            "The mean of a linear function of the output is that function of the mean output, p₁o₁ + p₂o₂.",
        ),
    ),
    "nine-systems-4": Exercise(
        _test,
        (
            "itertools.combinations(range(len(both)), len(a)) runs over all ways to choose the first group.",
            "Count the divisions whose means differ by at least as much as the real ones, the real one included.",
        ),
    ),
    "nine-systems-5": Exercise(
        Number(trainings, tolerance=2e-3),
        (
            "What is the probability that n draws all miss the best 1 %?",
            "0.99 to the power of n must fall to 0.05. Take logarithms.",
            "ln 0.05 / ln 0.99 is a little above 298, and a training is done whole or not at all.",
        ),
    ),
    "nine-systems-6": Exercise(
        _trap,
        (
            "Let four networks err much, two to each side, so that their mixture is right on the target.",
            "Put these four into two rows and two columns. All other errors are small, and of one sign.",
        ),
    ),
}
