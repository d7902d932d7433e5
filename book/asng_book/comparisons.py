"""Comparisons of measured errors: of two tests, of means, of the best of a few, and of rankings.

Taught in the chapters *Why one-shot* (two tests) and *The supernet and the search* (the others); pairs of systems are
compared in :mod:`asng_book.permutations`. Intervals are from the bootstrap, seeded, at 95 %. They are a little narrow
where there are few points; there, show the points too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
RESAMPLES = 2000


# ---- two tests


def standard_error(share: ArrayLike, n: int) -> Any:
    """Return the standard error √(p(1 − p)/n) of a share, such as that of errors, measured in n trials: (W3).

    >>> f"{standard_error(0.0283, 10_000):.4f}"
    '0.0017'
    """
    p = np.asarray(share, dtype=float)
    return np.sqrt(p * (1 - p) / n)


def apart(p: float, q: float, n: int) -> float:
    """Return by how many standard errors of the difference p is above q, both shares of errors in n trials.

    The variances of the two add: √((p(1 − p) + q(1 − q))/n). Where both are 0 or 1 it is 0 for equal shares, else
    infinite.

    >>> round(apart(0.0283, 0.0265, 10_000), 2)
    0.78
    """
    deviation = math.sqrt((p * (1 - p) + q * (1 - q)) / n)
    if deviation == 0:
        return 0.0 if p == q else math.copysign(math.inf, p - q)
    return (p - q) / deviation


# ---- means


class Interval(NamedTuple):
    """An estimate, and where the bootstrap sees it: from the 2.5 % to the 97.5 % point."""

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """Return 1 or −1 if the whole interval is above or below zero, else 0."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


def bootstrap(statistic: Callable[[np.random.Generator], float], value: float, seed: int = 0) -> Interval:
    """Return ``value`` with the interval of ``statistic(rng)``, which resamples and computes."""
    rng = np.random.default_rng(seed)
    drawn = [statistic(rng) for _ in range(RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(float(value), float(low), float(high))


def difference(a: ArrayLike, b: ArrayLike, *, paired: bool = False) -> Interval:
    """Return the mean of a minus the mean of b.

    Parameters
    ----------
    a, b : arrays
    paired : bool
        Whether entry i of both belongs together, such as two searches with one seed: then pairs are resampled.

    Raises
    ------
    ValueError
        If they are paired and differ in number.

    Examples
    --------
    >>> difference([0.4, 0.5, 0.6], [0.1, 0.2, 0.3]).sign
    1
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if paired:
        if a.shape != b.shape:
            raise ValueError(f"paired needs as many of one as of the other, but there are {a.size} and {b.size}.")
        gaps = a - b
        return bootstrap(lambda rng: float(_resample(gaps, rng).mean()), gaps.mean())
    return bootstrap(lambda rng: float(_resample(a, rng).mean() - _resample(b, rng).mean()), a.mean() - b.mean())


def best_of(errors: ArrayLike, count: int) -> float:
    """Return the mean, over all choices of ``count`` of the errors, of the least among them.

    What to expect of trying ``count`` random cells and keeping the one with the least error.

    Raises
    ------
    ValueError
        If there are not so many.

    Examples
    --------
    >>> best_of([0.1, 0.2, 0.6], 1), best_of([0.1, 0.2, 0.6], 3)
    (0.3, 0.1)
    """
    ordered = np.sort(np.asarray(errors, dtype=float))
    if not 1 <= count <= len(ordered):
        raise ValueError(f"count must be from 1 to {len(ordered)}, but is {count!r}.")
    left = len(ordered) - 1 - np.arange(len(ordered))  # above each
    all_ = math.comb(len(ordered), count)
    return float(ordered @ [math.comb(n, count - 1) / all_ for n in left.tolist()])  # how often it is the least


def _resample(values: Floats, rng: np.random.Generator) -> Floats:
    return values[rng.integers(len(values), size=len(values))]


# ---- ranks


def ranks(values: ArrayLike) -> Floats:
    """Return the rank of each value along the last axis, from 1; equal ones share their mean rank.

    NaN counts as infinite, so it comes last: such a loss is no good one.

    >>> ranks([30, 10, np.nan, 10])
    array([3. , 1.5, 4. , 1.5])
    """
    values = np.asarray(values, dtype=float)
    values = np.where(np.isnan(values), np.inf, values)
    less = (values[..., None, :] < values[..., :, None]).sum(axis=-1)
    equal = (values[..., None, :] == values[..., :, None]).sum(axis=-1)
    return np.asarray(less + (equal + 1) / 2)


def spearman(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return Spearman's rank correlation along the last axis; NaN where all values are equal.

    >>> float(spearman([1, 2, 3, 4], [10, 20, 40, 30]))
    0.8
    """
    x, y = (r - r.mean(axis=-1, keepdims=True) for r in (ranks(a), ranks(b)))
    with np.errstate(invalid="ignore"):
        return np.asarray((x * y).sum(axis=-1) / np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1)))


class Ranking(NamedTuple):
    """How supernets rank random cells.

    Attributes
    ----------
    scores : array, shape (searches, cells)
        What each supernet says of each cell; less is better.
    errors : array, shape (cells,)
        What training from scratch says.
    rho : array, shape (searches,)
        Spearman's correlation of the two, for each supernet.
    mean : Interval
        Of ``rho``; cells and supernets are resampled.
    """

    scores: Floats
    errors: Floats
    rho: Floats
    mean: Interval


def rank(scores: ArrayLike, errors: ArrayLike) -> Ranking:
    """Return how scores, shape (searches, cells), rank cells whose errors are known."""
    scores, errors = np.asarray(scores, dtype=float), np.asarray(errors, dtype=float)
    rho = spearman(scores, errors)

    def again(rng: np.random.Generator) -> float:
        rows, columns = rng.integers(scores.shape[0], size=scores.shape[0]), rng.integers(len(errors), size=len(errors))
        return float(np.nanmean(spearman(scores[np.ix_(rows, columns)], errors[columns])))

    return Ranking(scores, errors, rho, bootstrap(again, float(np.nanmean(rho))))


def rank_difference(one: Ranking, other: Ranking) -> Interval:
    """Return the mean ρ of one minus that of the other, both on the same supernets and cells."""

    def again(rng: np.random.Generator) -> float:
        searches, cells = one.scores.shape
        rows, columns = rng.integers(searches, size=searches), rng.integers(cells, size=cells)
        first, second = (spearman(each.scores[np.ix_(rows, columns)], one.errors[columns]) for each in (one, other))
        return float(np.nanmean(first - second))

    return bootstrap(again, float(np.nanmean(one.rho - other.rho)))


def partial(scores: ArrayLike, errors: ArrayLike, sizes: ArrayLike) -> Floats:
    """Return the rank correlation of scores and errors that is left when size is accounted for, for each row.

    NaN where size ranks as the scores or the errors do, so that nothing is left.

    (ρ_se − ρ_sp ρ_ep) / √((1 − ρ_sp²)(1 − ρ_ep²))
    """
    se, sp, ep = spearman(scores, errors), spearman(scores, sizes), spearman(errors, sizes)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((se - sp * ep) / np.sqrt((1 - sp**2) * (1 - ep**2)))
