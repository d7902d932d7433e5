"""The exercises of chapter *Why one-shot?*: counting, reading gates, telling errors apart, costs, shared weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_book import comparisons
from asng_book.exercises import Choice, Exercise, Number

IMAGES = 10_000  # of CIFAR-10's test
PAIRS = {  # errors of Table 1
    "a": (0.0265, 0.0283),
    "b": (0.0289, 0.0300),
    "c": (0.0276, 0.0208),
    "d": (0.0211, 0.0208),
}
POOLING = 0.5  # the loss of the operation that has no weights


def architectures(nodes: int, operations: int) -> int:
    """Return how many rows of nodes there are, each of which reads one place before it and applies one operation."""
    return math.prod((i + 1) * operations for i in range(nodes))


def encode(choices: Sequence[int], sizes: Sequence[int]) -> NDArray[np.float64]:
    """Return the one-hot vectors of some decisions, end to end."""
    return np.concatenate([np.eye(size)[k] for k, size in zip(choices, sizes, strict=True)])


def _decode(decode: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(0)
    for sizes in ([5], [5, 5, 5], [2, 5, 3], [1, 4, 1], [7, 2, 2, 6, 3]):
        for _ in range(5):
            choices = [int(rng.integers(size)) for size in sizes]
            given = _whole_numbers(decode(encode(choices, sizes), list(sizes)))
            if given is None or len(given) != len(sizes):
                return f"for the sizes {sizes} it must return {len(sizes)} whole numbers, one for each decision."
            if given != choices:
                return f"for the sizes {sizes} and the choices {choices} it returns {given}."
    return None


def _whole_numbers(value: ArrayLike | None) -> list[int] | None:
    """Return a list of whole numbers as one of ints, and None for anything else."""
    array = np.asarray(value)
    if array.ndim != 1 or array.dtype.kind not in "iuf" or not np.all(array == np.round(array)):
        return None
    return [int(entry) for entry in array]


def told_apart(p: float, q: float, n: int) -> bool:
    """Return whether two shares of errors on n images differ by more than two standard errors of the difference."""
    return abs(comparisons.apart(p, q, n)) > 2


def _told_apart(function: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(1)
    for n in (100, 10_000, 1_000_000):
        for p in (0.01, 0.03, 0.2, 0.6):
            se = comparisons.standard_error(p, n)
            for times in (0.0, 1.0, 1.9, 2.4, 3.4, 6.0):
                q = min(1.0, max(0.0, p + times * se * rng.choice([-1, 1])))
                given = function(p, q, n)
                if not isinstance(given, bool | np.bool_):
                    return f"the function must return True or False, but returns {given!r:.60}."
                if given != told_apart(p, q, n):
                    what = "are not told apart" if given else "are told apart"
                    return f"p = {p:g} and q = {q:.5g} on {n:,} images {what}."
    return None


def _which_pair() -> str:
    return next(letter for letter, pair in PAIRS.items() if told_apart(*pair, IMAGES))


def _about(letter: str, lesson: str) -> str:
    p, q = PAIRS[letter]
    where = "more than" if told_apart(p, q, IMAGES) else "within"
    return f"{100 * p:.2f} and {100 * q:.2f} % are {where} two standard errors of their difference{lesson}."


def bill(gpu_days: float, price: float, watts: float) -> tuple[float, float, float]:
    """Return the hours, the money at a price for each hour, and the kilowatt-hours of some days of a GPU."""
    hours = 24 * gpu_days
    return hours, hours * price, hours * watts / 1000


def _bill(function: Callable[..., Any]) -> str | None:
    for values in ((1.0, 1.0, 1000.0), (1800.0, 2.5, 250.0), (0.11, 0.8, 300.0)):
        given = np.asarray(function(*values))
        if given.shape != (3,) or given.dtype.kind not in "iuf":
            return "it must return three numbers: hours, money, kilowatt-hours."
        for got, right, what in zip(given, bill(*values), ("hours", "money", "kilowatt-hours"), strict=True):
            if not math.isclose(got, right, rel_tol=1e-9):
                days, price, watts = values
                wrong = "small" if got < right else "large" if got > right else "undefined"
                unit = "GPU-day" if days == 1 else "GPU-days"
                return f"for {days:g} {unit}, a price of {price:g} and {watts:g} watts the {what} are too {wrong}."
    return None


def lean() -> float:
    """Return from which probability on input a has less loss than the pooling: the root of (2 − 2p)² = ½."""
    return 1 - math.sqrt(POOLING) / 2


EXERCISES = {
    "why-one-shot-1": Exercise(
        Number(lambda: float(architectures(6, 5))),
        (
            "A node makes two choices. Choices that do not depend on each other multiply.",
            "Node i has i + 1 places to read and 5 operations to apply.",
            "Multiply 5 (i + 1) over i = 0 … 5.",
        ),
    ),
    "why-one-shot-2": Exercise(
        _decode,
        (
            "Where does the vector of decision i begin? After all options of the decisions before it.",
            "np.split(h, np.cumsum(sizes)[:-1]) cuts it there.",
        ),
    ),
    "why-one-shot-3": Exercise(
        _told_apart,
        (
            "Both errors were measured. What is the variance of a difference of two independent numbers?",
            "It is (p(1 − p) + q(1 − q))/n.",
        ),
    ),
    "why-one-shot-4": Exercise(
        Choice(
            _which_pair,
            {
                "a": _about("a", ", whatever the searches cost"),
                "b": _about("b", ", though the rows differ in cost and in method"),
                "c": _about("c", " apart, which still compares two spaces and not two searches"),
                "d": _about("d", "; both being near the lower edge of the figure does not separate them"),
            },
        ),
        (
            "Select a row in the figure: the others in the shaded band are not told apart from it.",
            "The cost plays no part. Look for the largest difference of the errors.",
            "Or write the errors as shares, and give each pair to your function of the exercise before.",
        ),
    ),
    "why-one-shot-5": Exercise(
        _bill,
        (
            "A day has 24 hours, and the price is for one of them.",
            "A kilowatt-hour is 1000 watts for an hour.",
        ),
    ),
    "why-one-shot-6": Exercise(
        Number(lean),
        (
            "The pooling has the loss ½, whatever p is. What is that of the multiplication of a, at probability p?",
            "With the best shared weight, w = 2p − 1, the loss of a is (2 − 2p)².",
            "Set it equal to ½ and solve for p.",
        ),
    ),
}
