"""The exercises of chapter *Two relaxations*: a gap, a gradient without bias, what runs, a trap for bets."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_edu.exercises import Exercise, number
from asng_edu.nas.space import CellSpace

LOSS_A, LOSS_B, DEPTH = 0.9, 1.1, 0.4  # of the mixture with weight w on b: (1 − w) a + w b − 4 depth w (1 − w)
LOGIT, TEMPERATURE, OUTPUTS, TARGET = 0.4, 1.0, (0.0, 2.0), 1.2  # a gate σ(z) between two outputs; a squared error


def mixture_loss(w: float) -> float:
    """Return the loss of the mixture of the first exercise, with weight ``w`` on b."""
    return (1 - w) * LOSS_A + w * LOSS_B - 4 * DEPTH * w * (1 - w)


def smallest_gap() -> float:
    """Return how far the loss of the better operation lies above the lowest loss of a mixture."""
    lowest = 0.5 - (LOSS_B - LOSS_A) / (8 * DEPTH)  # where the slope b − a − 4 depth (1 − 2w) is zero
    return min(mixture_loss(0), mixture_loss(1)) - mixture_loss(min(max(lowest, 0.0), 1.0))


# ---- which gradient has no bias


def _loss(gate: Any) -> Any:
    return ((1 - gate) * OUTPUTS[0] + gate * OUTPUTS[1] - TARGET) ** 2


def _slope(gate: Any) -> Any:
    return 2 * ((1 - gate) * OUTPUTS[0] + gate * OUTPUTS[1] - TARGET) * (OUTPUTS[1] - OUTPUTS[0])


def expectations() -> dict[str, float]:
    """Return the expectation of each estimate of the choice exercise, and under "J" what it should be."""
    p = 1 / (1 + math.exp(-LOGIT))
    steep = p * (1 - p)  # dp/dz
    u = (np.arange(200_000) + 0.5) / 200_000  # logistic noise is the logit of a uniform number
    soft = 1 / (1 + np.exp(-(LOGIT + np.log(u / (1 - u))) / TEMPERATURE))
    return {
        "J": steep * (_loss(1.0) - _loss(0.0)),
        "a": _slope(p) * steep,  # of the mixture
        "b": p * _slope(1.0) * steep + (1 - p) * _slope(0.0) * steep,  # straight through
        "c": float(np.mean(_slope(soft) * soft * (1 - soft) / TEMPERATURE)),  # relaxed sampling
        "d": p * _loss(1.0) * (1 - p) + (1 - p) * _loss(0.0) * -p,  # loss times score
    }


def _unbiased(answer: Any) -> str | None:
    found = expectations()
    wanted = found.pop("J")
    name = answer.strip().lower().strip("()") if isinstance(answer, str) else None
    if name not in found:
        return f"one of the letters {', '.join(found)} is asked for, in quotes, but the answer is {answer!r:.60}."
    if math.isclose(found[name], wanted, rel_tol=1e-6):
        return None
    return f"({name}) is {found[name]:+.3f} on average, but the derivative is {wanted:+.3f}."


# ---- what runs


def applications(nodes: int, operations: int) -> tuple[int, int]:
    """Return how many operations of one cell the mixture runs, and a path at most."""
    space = CellSpace(nodes=nodes, operations=tuple(f"operation_{i}" for i in range(operations)), kinds=("normal",))
    mixture = sum(len(space.choices(node, 0)) * operations for node in range(nodes))
    return mixture, 2 * nodes


def _run(run: Callable[..., Any]) -> str | None:
    for nodes, operations in ((1, 2), (1, 5), (2, 3), (5, 5), (4, 7), (12, 1)):
        given, expected = run(nodes, operations), applications(nodes, operations)
        try:
            numbers = [float(value) for value in given]
        except (TypeError, ValueError):
            numbers = []
        if len(numbers) != 2:
            return f"two numbers are asked for, (mixture, path), but it returns {given!r:.60}."
        for what, value, right in zip(("mixture", "path"), numbers, expected, strict=True):
            if value != right:
                wrong = "small" if value < right else "large"
                return f"with {nodes} nodes and {operations} operations it gives {value:g} for the {what}: too {wrong}."
    return None


# ---- a trap for bets


def follow(losses: NDArray[np.float64], steps: int = 4000, rate: float = 0.02) -> tuple[float, float]:
    """Return the probabilities of the second option of two choices, after following the natural gradient from ½, ½."""
    scale = float(np.abs(losses - losses.mean()).max())
    losses = losses / scale if scale > 0 else losses
    z = np.zeros(2)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-z))
        rows, columns = np.array([1 - p[0], p[0]]), np.array([1 - p[1], p[1]])
        means = losses @ columns, rows @ losses  # of each option of the first choice, and of the second
        z -= rate * np.array([each[1] - each[0] for each in means])
    p = 1 / (1 + np.exp(-z))
    return float(p[0]), float(p[1])


def _trap(answer: Any) -> str | None:
    try:
        losses = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        losses = np.empty(0)
    if losses.shape != (2, 2) or not np.isfinite(losses).all() or np.abs(losses).max() > 1e6:
        return "a table of two rows of two numbers is asked for, none beyond a million: [[1, 2], [3, 4]], say."
    best = np.unravel_index(np.argmin(losses), losses.shape)
    if np.count_nonzero(losses == losses.min()) > 1:
        return "the smallest loss must be in one place only."
    end = follow(losses)
    if max(min(p, 1 - p) for p in end) > 0.01:
        return f"it does not settle: the odds of the second options end at {end[0]:.2f} and {end[1]:.2f}."
    where = tuple(int(p > 0.5) for p in end)
    if where == tuple(int(i) for i in best):
        return f"it ends at row {where[0]}, column {where[1]} (counted from 0), which is the best one."
    return None


EXERCISES = {
    "two-relaxations-1": Exercise(
        number(smallest_gap),
        (
            "The slope of the mixture's loss is b − a − 4·depth·(1 − 2w). Where is it zero?",
            "w is a little below one half, so a is kept. The gap is 0.9 minus the loss at this w.",
        ),
    ),
    "two-relaxations-2": Exercise(
        _unbiased,
        (
            "J = (1 − p) ℓ_a + p ℓ_b is made of two losses. Which estimate never asks for a loss in between, nor a slope?",
            "Take the average of each over its draws. One gives p(1 − p)(ℓ_b − ℓ_a) whatever the loss is.",
        ),
    ),
    "two-relaxations-3": Exercise(
        _run,
        (
            "Node i can read i + 2 places, and the mixture applies every operation to each of them.",
            "Both slots of a node share the results of the mixture, so it does not run them twice. A path runs one a slot.",
        ),
    ),
    "two-relaxations-4": Exercise(
        _trap,
        (
            "From even odds a row is judged by its mean. Put the best loss into a row and a column with a bad mean.",
            "[[0, x], [x, 1]]: for which x are the first row and the first column worse on average than the second?",
        ),
    ),
}
