"""Small or good: the networks that no other beats in both, and those among them that a price can reach."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks

Indices = NDArray[np.int64]
POINT, UNIT = 0.01, 100  # prices are in points of error for 100 parameters


class Front(NamedTuple):
    """A Pareto front, from the smallest network to the best.

    Attributes
    ----------
    networks : array of int
        No other network is as small and better, or as good and smaller; of equal ones the first.
    supported : array of bool
        Whether some price makes the network the cheapest: whether it is a corner of the convex hull.
    """

    networks: Indices
    supported: NDArray[np.bool_]


def front(sizes: ArrayLike, errors: ArrayLike) -> Front:
    """Return the Pareto front of networks, by their sizes and errors.

    Raises
    ------
    ValueError
        If there are not equally many sizes and errors, at least one, all finite.

    Examples
    --------
    >>> front([1, 2, 3, 4], [0.9, 0.8, 0.1, 0.3]).networks.tolist()
    [0, 1, 2]
    >>> front([1, 2, 3, 4], [0.9, 0.8, 0.1, 0.3]).supported.tolist()
    [True, False, True]
    """
    x = checks.as_array("sizes", sizes).astype(float)
    y = checks.finite_array("errors", errors, x.shape)
    if x.ndim != 1 or not len(x) or not np.isfinite(x).all():
        raise ValueError(f"sizes must be finite numbers, one for each network, but are {checks.short(sizes)}.")
    order = np.lexsort((y, x))
    least = np.minimum.accumulate(y[order])
    networks = order[np.concatenate([[True], y[order][1:] < least[:-1]])]
    corners: list[int] = []
    for network in networks.tolist():
        while len(corners) > 1 and _slope(x, y, corners[-2], corners[-1]) >= _slope(x, y, corners[-2], network):
            corners.pop()
        corners.append(network)
    return Front(networks, np.isin(networks, corners))


def _slope(x: Any, y: Any, one: int, other: int) -> float:
    return float((y[other] - y[one]) / (x[other] - x[one]))


def thresholds(sizes: ArrayLike, errors: ArrayLike) -> list[float]:
    """Return the prices at which the cheapest network changes, from the highest: one between any two corners.

    A price is in points of error for 100 parameters.

    Examples
    --------
    >>> [round(price, 3) for price in thresholds([100, 200, 300], [0.9, 0.6, 0.5])]
    [30.0, 10.0]
    """
    x, y = np.asarray(sizes, dtype=float), np.asarray(errors, dtype=float)
    found = front(x, y)
    corners = found.networks[found.supported].tolist()
    return [-_slope(x, y, one, other) * UNIT / POINT for one, other in itertools.pairwise(corners)]


def total(sizes: ArrayLike, errors: ArrayLike, price: float) -> NDArray[np.float64]:
    """Return loss plus price times size, in points: what a search with that price minimises."""
    x, y = np.asarray(sizes, dtype=float), np.asarray(errors, dtype=float)
    return np.asarray(y / POINT + checks.real("price", price) * x / UNIT)
