"""Tests by permutation: how far apart means would lie if the values were dealt to their groups at random.

Taught in the chapter *Nine systems, one bench*.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
DEALS = 4000  # random ones, where all are too many


def permutation(a: ArrayLike, b: ArrayLike) -> float:
    """Return the two-sided p of an exact permutation test: in how many divisions the means lie as far apart.

    All C(n + m, n) ways to call n of the values the first group count alike if both groups come from one distribution.

    Raises
    ------
    ValueError
        If there are more than a million divisions.

    Examples
    --------
    >>> permutation([1, 2, 3], [4, 5, 6])  # 2 of 20
    0.1
    """
    one, other = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    both, n = np.concatenate([one, other]), len(one)
    if math.comb(len(both), n) > 1_000_000:
        raise ValueError(f"an exact test of {n} against {len(other)} values has more than a million divisions.")
    sums = _divisions(len(both), n) @ both
    centre = n * both.mean()
    far = abs(one.sum() - centre)
    return float((np.abs(sums - centre) >= far * (1 - 1e-9)).mean())


def permutation_of_pairs(a: ArrayLike, b: ArrayLike) -> float:
    """Return the two-sided p of the same test if entry i of both belongs together, as runs with one seed do.

    Then only the two of a pair could have changed places: of all 2^n ways, those count whose means lie as far apart.

    Raises
    ------
    ValueError
        If there are not as many of one as of the other, or more than 16.

    Examples
    --------
    >>> permutation_of_pairs([1, 2, 3], [2, 4, 6])  # 2 of 8
    0.25
    """
    one, other = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if one.shape != other.shape or len(one) > 16:
        raise ValueError(
            f"pairs need as many of one as of the other, 16 at most, but there are {one.size} and {other.size}."
        )
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(one))))
    sums, seen = signs @ (one - other), abs((one - other).sum())
    return float((np.abs(sums) >= seen * (1 - 1e-9)).mean())


class SpreadByLuck(NamedTuple):
    """How far the means of some groups lie apart, from the least to the greatest.

    Attributes
    ----------
    spread : float
    by_luck : float
        What it is on average if the values are dealt to the groups at random.
    p : float
        The share of such deals with at least this spread.
    """

    spread: float
    by_luck: float
    p: float


def spread_by_luck(groups: Sequence[ArrayLike], seed: int = 0) -> SpreadByLuck:
    """Compare the spread of the means of groups with what luck gives, by :data:`DEALS` random deals of their values.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or they differ in size.

    Examples
    --------
    >>> found = spread_by_luck([[1, 2, 3], [2, 3, 4]])
    >>> found.spread, bool(found.p > 0.3)
    (1.0, True)
    """
    values = [np.asarray(group, dtype=float) for group in groups]
    if len(values) < 2 or len({len(group) for group in values}) > 1:
        raise ValueError(
            f"groups must be two or more of one size, but their sizes are {[len(group) for group in values]}."
        )
    table, rng = np.array(values), np.random.default_rng(seed)
    dealt = rng.permuted(np.tile(table.ravel(), (DEALS, 1)), axis=1).reshape(DEALS, *table.shape)
    seen, spreads = float(np.ptp(table.mean(axis=1))), np.ptp(dealt.mean(axis=2), axis=1)
    return SpreadByLuck(seen, float(spreads.mean()), float((spreads >= seen - 1e-9).mean()))


def holm(p: ArrayLike) -> Floats:
    """Return p-values after Holm's correction: with the smallest of m multiplied by m, the next by m − 1, and so on.

    Calling those below 5 % different is then wrong about any pair that is not, with a probability of at most 5 %.

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    given = np.asarray(p, dtype=float)
    order = np.argsort(given)
    raised = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    found = np.empty_like(given)
    found[order] = np.minimum(raised, 1.0)
    return found


@functools.cache
def _divisions(total: int, n: int) -> Floats:
    """Return a row for each way to choose n of ``total``: 1 for what is chosen, else 0."""
    chosen = np.array(list(itertools.combinations(range(total), n)))
    found = np.zeros((len(chosen), total))
    np.put_along_axis(found, chosen, 1.0, axis=1)
    return found
