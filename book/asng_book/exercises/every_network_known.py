"""The exercises of chapter *Every network known*: trainings to average, luck, equal cells, optima, ranges, lists."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.comparisons import spearman
from asng_book.exercises import Choice, Exercise, Number
from asng_book.measured.landscape import local_optima, neighbours
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.isomorphism import canonical
from asng_edu.problems.tabular import Tabular

BETWEEN, WITHIN, RELIABILITY = 1.5, 1.0, 0.95  # standard deviations in points, and what is asked for
NETWORKS, BEST = 1092, 11  # of a space, and how many of them are the best hundredth
TRUTH, ERROR = 8.0, 4.0  # standard deviations of true errors and of what a supernet adds, in points
SAMPLE = 200_000


def trainings() -> int:
    """Return the least number of trainings whose mean is as reliable as is asked for."""
    return math.ceil(RELIABILITY / (1 - RELIABILITY) * (WITHIN / BETWEEN) ** 2)


# ---- the lucky one


def second_training() -> dict[str, float]:
    """Return the mean error of the network that was best of a hundred, when it is trained once, and once more."""
    rng = np.random.default_rng(0)
    own = rng.normal(0, BETWEEN, size=(2000, 100))
    first, second = (own + rng.normal(0, WITHIN, own.shape) for _ in range(2))
    rows, best = np.arange(len(own)), first.argmin(axis=1)
    return {"first": float(first[rows, best].mean()), "second": float(second[rows, best].mean()), "mean": 0.0}


def _again() -> str:
    found = second_training()
    low, high = found["first"], found["mean"]
    share = (found["second"] - low) / (high - low)  # of the way from its first error to that of all networks
    return "c" if 0.05 < share < 0.95 else "a" if share <= 0.05 else "d"


# ---- equal cells


def _same(same: Callable[..., Any]) -> str | None:
    space = CellSpace(nodes=2, operations=("identity", "conv_1x1", "max_pool_1x3"), kinds=("normal",), chain=True)
    rng = np.random.default_rng(1)
    cells = [space.random(rng).normal for _ in range(60)]
    turned = [tuple(tuple(reversed(node)) for node in cell) for cell in cells]
    for one, other in [*zip(cells, turned, strict=True), *itertools.pairwise(cells), *zip(cells, cells, strict=True)]:
        expected = canonical(one) == canonical(other)
        given = same(*([[list(slot) for slot in node] for node in cell] for cell in (one, other)))
        if not isinstance(given, bool | np.bool_):
            return f"True or False is asked for, but it returns {given!r:.60}."
        if given != expected:
            pair = " and ".join(str([[list(slot) for slot in node] for node in cell]) for cell in (one, other))
            return f"of {pair} it says {given}, but they are {'the same' if expected else 'different'}."
    return None


# ---- lucky draws


def draws() -> int:
    """Return how many networks must be drawn, without repetition, to meet one of the best with even odds."""
    return next(n for n in range(1, NETWORKS) if math.comb(NETWORKS - BEST, n) / math.comb(NETWORKS, n) <= 0.5)


# ---- local optima


def _optima(count: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(2)
    tables = [rng.random(sizes) for sizes in ((2, 2), (3, 2, 2), (4, 2, 4, 3))]
    tables += [np.arange(12.0).reshape(3, 4), np.array([[0.0, 9, 9], [9, 1, 2], [9, 2, 3]]), np.zeros((2, 3))]
    for losses in tables:
        problem = Tabular(losses.shape, losses)
        expected = len(local_optima(losses.ravel(), neighbours(problem)))
        given = count(losses.copy())
        try:
            number = float(given)
        except (TypeError, ValueError):
            number = math.nan
        if number != expected:
            shown = f"{losses.tolist()}" if losses.size < 13 else f"a table of shape {losses.shape}"
            if math.isnan(number):
                return f"a number is asked for, but it returns {given!r:.60}."
            return f"for {shown} it gives {number:g}, which is too {'small' if number < expected else 'large'}."
    return None


# ---- a narrower range


def narrowed() -> tuple[float, float]:
    """Return the rank correlations of truth and one-shot losses over all networks, and over the best tenth."""
    rng = np.random.default_rng(3)
    truth = np.sort(rng.normal(0, TRUTH, SAMPLE))
    believed = truth + rng.normal(0, ERROR, SAMPLE)
    every, best = slice(None, None, SAMPLE // 2000), slice(None, SAMPLE // 10, 10)
    return float(spearman(believed[every], truth[every])), float(spearman(believed[best], truth[best]))


OFFERED = {"a": 0.9, "b": 0.75, "c": 0.55, "d": 0.1}


def _range() -> str:
    found = narrowed()[1]
    return min(OFFERED, key=lambda letter: abs(OFFERED[letter] - found))


# ---- a short list


def _short_list(taken: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(4)
    for k in (1, 2, 5, 20, 40):
        errors = rng.permutation(40) / 100
        losses = errors + rng.normal(0, 0.15, 40)
        expected = 1 + int((errors < errors[np.argsort(losses)[:k]].min()).sum())
        given = taken(losses.copy(), errors.copy(), k)
        try:
            rank = float(given)
        except (TypeError, ValueError):
            return f"a rank is asked for, but it returns {given!r:.60}."
        if rank != expected:
            return f"of forty networks, with k = {k}, it returns {rank:g} where the one taken has rank {expected}."
    return None


EXERCISES = {
    "every-network-known-1": Exercise(
        Number(trainings),
        (
            "Put both variances into (K2). Which n gives the reliability asked for?",
            "ρ = σ_b²/(σ_b² + σ_w²/n) gives n = ρ/(1 − ρ) · σ_w²/σ_b².",
            "That is 19 times 4/9. Trainings are whole.",
        ),
    ),
    "every-network-known-2": Exercise(
        Choice(
            _again,
            {
                "a": "then its first error would have been no luck at all, and it was chosen for being low.",
                "b": "nothing is learned from the first training: the second starts anew.",
                "c": "It was chosen for being good and for being lucky; only the first comes again.",
                "d": "networks do differ, and a low error is evidence of a good one.",
            },
        ),
        (
            "The first error is the network's own mean plus luck. For which of the two was it chosen?",
            "Of both. What does a new training keep, and what does it draw again?",
            "The network's own mean stays; the luck is drawn anew, and on average it is none.",
        ),
    ),
    "every-network-known-3": Exercise(
        _same,
        (
            "A node adds up its two slots. What does a sum not care about?",
            "Sort the slots of each node. (Node 1 always reads node 0, so the nodes cannot change places.)",
        ),
    ),
    "every-network-known-4": Exercise(
        Number(draws),
        (
            "What is the probability that n drawn networks are all among the other 1,081?",
            "That is C(1081, n)/C(1092, n), about (1 − 11/1092)^n.",
            "It must fall to one half: n is about ln 2 / 0.0101, a little less because nothing is drawn twice.",
        ),
    ),
    "every-network-known-5": Exercise(
        _optima,
        (
            "A code is an optimum if along each axis none of the others on its line has less loss.",
            "losses.min(axis=i, keepdims=True) is the least loss on each line along decision i.",
        ),
    ),
    "every-network-known-6": Exercise(
        Choice(
            _range,
            {
                "a": "that is the correlation over all networks, which differ far more than the best tenth do.",
                "b": "not quite so much is left: the best tenth differ by less than half as much as all networks do.",
                "c": "The supernet errs as much as everywhere, but the truth differs less, so noise decides more.",
                "d": "that would be hardly any order at all, but even there the true errors differ by some points.",
            },
        ),
        (
            "The supernet's error is as large among the best as everywhere. And the differences between the networks?",
            "Simulate it: draw truth and error, keep the tenth with the least truth, and correlate the ranks there.",
            "The best tenth has a standard deviation of about 0.4 times that of all. Compare 0.4 · 8 with 4.",
        ),
    ),
    "every-network-known-9": Exercise(
        _short_list,
        (
            "np.argsort(losses)[:k] are the k networks with the least one-shot loss.",
            "Of these, the one with the least true error is taken; its rank is 1 plus the number of smaller errors.",
        ),
    ),
}
