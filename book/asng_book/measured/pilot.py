"""The pilot that chose the space of the built-in table: a few networks of each candidate, each trained twice.

``figures/tabular_pilot.py`` trains them. Taught in chapter *Every network known*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from asng_book.comparisons import spearman
from asng_book.measured.landscape import variances
from asng_edu.nas.supernet.operations import OPERATIONS, Factory, add_operation, dense, separable
from asng_edu.nas.training.tabulation import SIGNALS, Tabulation

SEEDS = 2  # trainings of each network
CANDIDATES = {
    "chosen": ("identity", "conv_1x1", "dil_conv_1x5", "max_pool_1x3"),
    "separable, applied twice": ("identity", "conv_1x1", "sep_conv_1x5", "max_pool_1x3"),
    "large and dense": ("identity", "conv_1x1", "conv_1x5", "max_pool_1x3"),
    "no identity": ("conv_1x1", "sep_conv_1x3", "conv_1x5", "max_pool_1x3"),
    "dense and dilated": ("identity", "conv_1x3", "dil_conv_1x5", "max_pool_1x3"),
}
PILOT_ONLY: dict[str, Factory] = {
    "conv_1x3": dense((1, 3)),
    "conv_1x5": dense((1, 5)),
    "sep_conv_1x3": separable((1, 3)),
    "sep_conv_1x5": separable((1, 5)),
}


class Summary(NamedTuple):
    """What the trainings of one candidate say of it.

    Attributes
    ----------
    least, greatest : float
        Mean test errors in the sample.
    between, within : float
        Standard deviations between networks and between trainings of one.
    reliability : float
        That the mean of three trainings would have.
    with_size : float
        Rank correlation of mean test error and parameters.
    seconds : float
        Of one training.
    """

    least: float
    greatest: float
    between: float
    within: float
    reliability: float
    with_size: float
    seconds: float


def add_operations() -> None:
    """Make the operations known that only the pilot uses."""
    for name, factory in PILOT_ONLY.items():
        if name not in OPERATIONS:
            add_operation(name, factory)


def tabulation_of(candidate: str) -> Tabulation:
    """Return what a table of this candidate would be made of."""
    return SIGNALS.change(operations=CANDIDATES[candidate], seeds=SEEDS)


def summary(candidate: str, found: Sequence[dict[str, Any]]) -> Summary:
    """Return what a candidate's trainings say, given as rows of the pilot's table, those of a network side by side."""
    add_operations()
    tabulation = tabulation_of(candidate)
    errors = np.array([float(row["test_error"]) for row in found]).reshape(-1, SEEDS)
    means, spread = errors.mean(axis=1), variances(errors)
    codes = [tuple(map(int, row["code"].split("-"))) for row in found[::SEEDS]]
    return Summary(
        least=float(means.min()),
        greatest=float(means.max()),
        between=math.sqrt(spread.between),
        within=math.sqrt(spread.within),
        reliability=spread.reliability(3),
        with_size=float(spearman(parameters(tabulation, codes), means)),
        seconds=float(np.mean([float(row["seconds"]) for row in found])),
    )


def parameters(tabulation: Tabulation, codes: Sequence[tuple[int, ...]]) -> list[int]:
    """Return how many parameters the operations of each code's network have; all else in it is the same for all.

    Within a cell two equal slots of a node are one module.
    """
    space, channels, cells = tabulation.space, tabulation.training["channels"], tabulation.training["cells"]
    weights = {
        name: sum(part.numel() for part in OPERATIONS[name].factory(channels, 1, True).parameters())
        for name in space.operations
    }
    found = []
    for code in codes:
        cell = space.decode(code).cell(space.kinds[0])
        found.append(cells * sum(weights[name] for node in cell for _, name in set(node)))
    return found
