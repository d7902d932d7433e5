"""The landscape of a space whose every network is known: how certain its heights are, and what a small step changes.

Taught in chapter *Every network known*.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_book.comparisons import spearman
from asng_edu.problems.tabular import Tabular

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


# ---- how certain a height is


class Variances(NamedTuple):
    """What errors of networks vary by.

    Attributes
    ----------
    between : float
        The variance of the networks' own means; 0 where the estimate would be negative.
    within : float
        The variance between trainings of one network.
    """

    between: float
    within: float

    def reliability(self, count: int) -> float:
        """Return the share of the variance of a mean of ``count`` trainings that is the networks' own: (K2)."""
        total = self.between + self.within / count
        return self.between / total if total else math.nan


def variances(errors: ArrayLike) -> Variances:
    """Return the variance between networks and that between trainings of one.

    Parameters
    ----------
    errors : array, shape (networks, trainings)
        At least two of each.

    Raises
    ------
    ValueError
        For another shape.

    Examples
    --------
    >>> found = variances([[1.0, 3.0], [5.0, 7.0], [9.0, 11.0]])
    >>> found.within, found.between, round(found.reliability(1), 3)
    (2.0, 15.0, 0.882)
    """
    errors = np.asarray(errors, dtype=float)
    if errors.ndim != 2 or min(errors.shape) < 2:
        raise ValueError(f"errors must have at least two rows and two columns, but have shape {errors.shape}.")
    within = float(errors.var(axis=1, ddof=1).mean())
    between = float(errors.mean(axis=1).var(ddof=1)) - within / errors.shape[1]  # the means have some of it too
    return Variances(max(0.0, between), within)


def second_training(errors: ArrayLike) -> dict[str, float]:
    """Return the rank correlation of one training with the mean of the others, averaged over the trainings.

    Parameters
    ----------
    errors : array, shape (networks, trainings)

    Returns
    -------
    dict
        ``all``: over all networks. ``best``: over the best tenth by the mean of the others.
    """
    table = np.asarray(errors, dtype=float)
    found = []
    for training, own in enumerate(table.T):
        rest = np.delete(table, training, axis=1).mean(axis=1)
        top = np.argsort(rest)[: len(rest) // 10]
        found.append((spearman(own, rest), spearman(own[top], rest[top])))
    every, among = np.mean(found, axis=0)
    return {"all": float(every), "best": float(among)}


# ---- what a step changes


def grid(table: Tabular) -> Floats:
    """Return the true loss of each code, in an array with one axis for each decision."""
    return table.losses(table.codes(np.arange(table.size))).reshape(table.sizes)


def neighbours(table: Tabular) -> list[Integers]:
    """Return for each network which other ones differ from it in one decision of some code.

    >>> [near.tolist() for near in neighbours(Tabular([2, 2], [1, 2, 3], networks=[0, 1, 1, 2]))]
    [[1], [0, 2], [1]]
    """
    codes = table.codes(np.arange(table.size))
    own = table.network(codes)
    near: list[set[int]] = [set() for _ in range(table.n_networks)]
    for decision, size in enumerate(table.sizes):
        for step in range(1, size):
            changed = codes.copy()
            changed[:, decision] = (changed[:, decision] + step) % size
            for one, other in zip(own.tolist(), table.network(changed).tolist(), strict=True):
                near[one].add(other)
    return [np.array(sorted(found - {network})) for network, found in enumerate(near)]


def local_optima(losses: ArrayLike, near: list[Integers]) -> Integers:
    """Return the networks of which no neighbour has less loss."""
    losses = np.asarray(losses, dtype=float)
    return np.array([network for network, found in enumerate(near) if losses[found].min() >= losses[network]])


def descend(losses: ArrayLike, near: list[Integers]) -> Integers:
    """Return for each network where the way ends that always goes to the best neighbour, as long as that is better."""
    losses = np.asarray(losses, dtype=float)
    best = [int(found[losses[found].argmin()]) for found in near]
    onward = np.array([other if losses[other] < losses[network] else network for network, other in enumerate(best)])
    while (onward[onward] != onward).any():
        onward = onward[onward]
    return onward


def correlations(losses: ArrayLike) -> Floats:
    """Return how the losses of two codes correlate that differ in 0, 1, … D decisions, each pair counting once.

    Parameters
    ----------
    losses : array
        One axis for each of D decisions.

    Returns
    -------
    array, shape (D + 1,)
        The first is 1. NaN where all losses are equal.
    """
    losses = np.asarray(losses, dtype=float)
    codes = np.indices(losses.shape).reshape(losses.ndim, -1)
    values = losses.ravel() - losses.mean()
    apart = (codes[:, :, None] != codes[:, None, :]).sum(axis=0)
    products = values[:, None] * values
    variance = float((values**2).mean())
    covariance = [products[apart == distance].mean() for distance in range(losses.ndim + 1)]
    return np.array(covariance) / (variance or math.nan)


def shares(losses: ArrayLike) -> Floats:
    """Return which share of the variance over all codes is due to single decisions, to pairs of them, and so on.

    Every code counting alike, the parts add up to the variance (the analysis of variance of a full factorial design).

    Parameters
    ----------
    losses : array
        One axis for each of D decisions.

    Returns
    -------
    array, shape (D,)
        The first share is what a sum of one number for each decision could explain. NaN where all losses are equal.

    Examples
    --------
    >>> shares([[0, 1], [2, 3]]), shares([[0, 1], [1, 0]])
    (array([1., 0.]), array([0., 1.]))
    """
    losses = np.asarray(losses, dtype=float)
    decisions = range(losses.ndim)
    own: dict[tuple[int, ...], float] = {(): 0.0}  # the variance that a set of decisions has beyond all parts of it
    found = np.zeros(losses.ndim)
    for order in range(1, losses.ndim + 1):
        for chosen in itertools.combinations(decisions, order):
            rest = tuple(set(decisions) - set(chosen))
            explained = float(losses.mean(axis=rest).var())
            parts = sum(own[part] for size in range(order) for part in itertools.combinations(chosen, size))
            own[chosen] = explained - parts
            found[order - 1] += own[chosen]
    return found / (losses.var() or math.nan)
