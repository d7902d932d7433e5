"""What ``figures/around_the_search.py`` measured, and what a study's trials say; chapter *Around the search*."""

from __future__ import annotations

import csv
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from asng_book.comparisons import Interval, ranks, spearman
from asng_book.pages import results

Row = dict[str, Any]
FEWEST = 6  # trials, for an interval or a share
WIDE = 1.959963984540054  # standard errors on both sides of a 95 % interval


class Measured(NamedTuple):
    """The rows of the experiment, one for each search.

    Attributes
    ----------
    trials, defaults : list of dict
        The study's trials, in their order, and as many searches with default settings.
    again : list of dict
        Searches with the best trial's settings, with seeds of default searches; empty until they have been run.
    """

    trials: list[Row]
    defaults: list[Row]
    again: list[Row]

    @property
    def best(self) -> Row:
        """The trial with the least loss."""
        return min(self.trials, key=lambda row: float(row["loss"]))


def read() -> Measured:
    """Return the committed rows.

    >>> measured = read()
    >>> len(measured.trials) == len(measured.defaults)
    True
    """
    with results.path("around_the_search.csv").open(newline="", encoding="utf-8") as file:
        rows = [_numbers(row) for row in csv.DictReader(file)]
    kinds = ("study", "default", "best again")
    return Measured(*([row for row in rows if row["kind"] == kind] for kind in kinds))


def _numbers(row: dict[str, str]) -> Row:
    words = ("kind", "pick")
    whole = ("seed", "rank")
    return {k: v if k in words else int(v) if k in whole else float(v) for k, v in row.items()}


def correlation(x: ArrayLike, y: ArrayLike) -> Interval:
    """Return Spearman's rank correlation with an interval of 95 %, (T2): Bonett and Wright's, for independent pairs.

    >>> found = correlation(range(20), range(20))
    >>> round(found.value, 3), round(found.low, 3)
    (1.0, 1.0)
    """
    n, rho = len(np.asarray(x)), float(spearman(x, y))
    if n < FEWEST or math.isnan(rho):
        return Interval(rho, math.nan, math.nan)
    with np.errstate(divide="ignore"):
        z = float(np.arctanh(np.clip(rho, -1, 1)))
    half = WIDE * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return Interval(rho, math.tanh(z - half), math.tanh(z + half))


def explained(x: ArrayLike, y: ArrayLike) -> float:
    """Return the share of the variance of the ranks of y that a parabola in x predicts for a trial left out: (T3).

    A trial's rank is predicted from all the others, so noise explains nothing: its share is around zero, and may be
    below. NaN for fewer than six trials, or where x has fewer than three values.

    >>> x = np.linspace(0, 1, 30)
    >>> round(explained(x, (x - 0.5) ** 2), 2)
    0.93
    """
    x = np.asarray(x, dtype=float)
    y = ranks(y)
    n = len(x)
    if n < FEWEST or len(np.unique(x)) < 3:
        return math.nan
    Q, _ = np.linalg.qr(np.vander(x, 3, increasing=True))
    leverage = (Q**2).sum(axis=1)
    missed = (y - Q @ (Q.T @ y)) / (1 - leverage)  # of each trial, predicted from the others
    whole = (y - y.mean()) * n / (n - 1)  # predicted by the mean of the others
    return float(1 - (missed**2).sum() / (whole**2).sum())


def least_of(n: int) -> float:
    """Return the expected least of n independent standard normal numbers, (T1): how lucky the luckiest of n is.

    >>> round(least_of(1), 4), round(least_of(2), 4), round(least_of(40), 2)
    (0.0, -0.5642, -2.16)
    """
    x = np.linspace(-9, 9, 6001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    above = np.array([math.erfc(v / math.sqrt(2)) / 2 for v in x.tolist()])
    return round(float(np.trapezoid(n * x * density * above ** (n - 1), x)), 9) + 0.0


def scaled(name: str, values: ArrayLike) -> np.ndarray[Any, Any]:
    """Return where values of a setting lie in its range: 0 at the lower end, 1 at the upper one."""
    from asng_book.measured.tuning import LINEAR, RANGES

    low, high = RANGES[name]
    v = np.asarray(values, dtype=float)
    found: np.ndarray[Any, Any] = (v - low) / (high - low) if name in LINEAR else np.log(v / low) / math.log(high / low)
    return found
