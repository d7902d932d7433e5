"""The exercises of chapter *Two relaxations*: a gap, a gradient without bias, what runs, a trap for bets."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.nas.spaces.cell_space import CellSpace

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


def _unbiased() -> str:
    found = expectations()
    wanted = found.pop("J")
    return next(letter for letter, mean in found.items() if math.isclose(mean, wanted, rel_tol=1e-6))


def _on_average(letter: str, lesson: str) -> str:
    found = expectations()
    means = f"({letter}) is {found[letter]:+.3f} on average, and the derivative is {found['J']:+.3f}"
    return f"{means.replace('-', '−')}: {lesson}."


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
                return f"with N = {nodes} and M = {operations} it gives {value:g} for the {what}: too {wrong}."
    return None


# ---- a trap for bets


def follow(
    losses: NDArray[np.float64], steps: int = 4000, rate: float = 0.05
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the odds of two independent choices after following the natural gradient of J from even odds.

    In logits z of θ this gradient is, up to what all logits of a choice share, each option's mean loss with its sign
    turned.
    """
    spread = float(np.ptp(losses))
    losses = (losses - losses.min()) / (spread if spread > 0 else 1.0)
    first, second = (np.full(size, 1 / size) for size in losses.shape)
    for _ in range(steps):
        means = losses @ second, first @ losses
        first, second = (odds * np.exp(-rate * mean) for odds, mean in zip((first, second), means, strict=True))
        first, second = first / first.sum(), second / second.sum()
    return first, second


def _trap(answer: Any) -> str | None:
    try:
        losses = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        losses = np.empty(0)
    if losses.shape != (3, 3) or not np.isfinite(losses).all() or np.abs(losses).max() > 1e6:
        return "a table of three rows of three numbers is asked for, none beyond a million."
    if np.count_nonzero(losses == losses.min()) > 1:
        return "the smallest loss must be in one place only."
    first, second = follow(losses)
    row, column = int(first.argmax()), int(second.argmax())
    if min(first[row], second[column]) < 0.99:
        return f"it does not settle: in the end the favourites have {first[row]:.2f} and {second[column]:.2f}."
    if losses[row, column] == losses.min():
        return f"it ends at row {row}, column {column} (counted from 0), which is the best one."
    return None


EXERCISES = {
    "two-relaxations-1": Exercise(
        Number(smallest_gap),
        (
            "At which weight w is the loss of the mixture smallest? Which operation has the larger weight there?",
            "The slope of the mixture's loss is b − a − 4·depth·(1 − 2w). Where is it zero?",
            "w is a little below one half, so a is kept. The gap is 0.9 minus the loss at this w.",
        ),
    ),
    "two-relaxations-2": Exercise(
        Choice(
            _unbiased,
            {
                "a": _on_average("a", "a mixture's loss is not the mean of the losses"),
                "b": _on_average("b", "the slope of the loss at a vertex does not know the loss at the other one"),
                "c": _on_average("c", "it uses the loss between the vertices, where there is no architecture"),
                "d": _on_average("d", "it needs no slope, only the losses of what was drawn"),
            },
        ),
        (
            "The expected loss is made of two losses. Which estimate asks for no slope, and for no loss in between?",
            "Try a loss that is the same at both vertices and bends between them: the derivative is then 0.",
            "Take the average of each over its draws. One gives p(1 − p)(ℓ_b − ℓ_a) whatever the loss is.",
        ),
    ),
    "two-relaxations-3": Exercise(
        _run,
        (
            "Node i can read i + 2 places, and the mixture applies every operation to each of them.",
            "Both slots of a node share the results of the mixture, so none runs twice. A path runs one for each slot.",
        ),
    ),
    "two-relaxations-4": Exercise(
        _trap,
        (
            "From equal probabilities a row is judged by its mean. Let the best loss be in a bad row and column.",
            "Put 0 into a corner and something large into all the rest of its row and column. What else must hold?",
        ),
    ),
}
