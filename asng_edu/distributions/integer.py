"""Integer variables between bounds: a Gaussian that is rounded when the loss is evaluated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Floats
from asng_edu.distributions.bounded import Bounded, bounds
from asng_edu.distributions.gaussian import RESOLVED

FARTHEST = 2**53


class Integer(Bounded):
    """D independent integer variables with ``low ≤ value ≤ high``.

    What is sampled is the Gaussian y ~ N(μ, σ²), and what the loss sees is y rounded and clipped (:meth:`decode`); with
    ``log``, y is the logarithm of the value. T(y) = (y, y²) belongs to y, so the natural gradient T(y) − θ stays exact;
    it would not if T were taken of the rounded value.

    Parameters
    ----------
    low, high : int or sequence of int
        The bounds, included. D is their common length.
    sigma_min : float
        :meth:`project` keeps every σ, measured in whole numbers around μ, at or above this, so that neighbours keep
        being drawn: ¼ leaves them 4.6 %. This is the margin of an integer. CatCMA with margin (arXiv 2504.07884)
        leaves all discrete variables *together* 27 %, which ¼ would do for about seven integers.
    log : bool
        Whether the scale is logarithmic, as suits a number of units; ``low`` must then be above 0.

    Raises
    ------
    ValueError
        If a bound is not a whole number, low is not below high, both lie far from 0 beside their distance, or ``log``
        is given with bounds that have no logarithm.

    Notes
    -----
    θ starts at the middle with σ a quarter of the range; :meth:`project` keeps μ within the bounds and σ at most the
    range. Log-likelihood, entropy and KL are those of y.

    Examples
    --------
    >>> family = Integer(1, 9)
    >>> family.decode(np.array([[4.6], [12.0]]))
    [array([5]), array([9])]
    """

    def __init__(self, low: ArrayLike, high: ArrayLike, *, sigma_min: float = 0.25, log: bool = False) -> None:
        lows, highs = bounds(low, high, "iu", "whole numbers")
        extremes = (one for bound in (lows, highs) for one in (bound.min(), bound.max()))
        if any(abs(int(one)) > FARTHEST for one in extremes):
            raise ValueError(f"low and high must not lie beyond ±{FARTHEST:,}, where floats skip whole numbers.")
        sigma_min = checks.positive("sigma_min", sigma_min)
        lows, highs = lows.astype(np.int64), highs.astype(np.int64)
        least = float((highs - lows).min())
        if 0.0 < least < sigma_min:
            raise ValueError(f"sigma_min must not be above the range, {least}, but is {sigma_min}.")
        super().__init__(lows, highs, log=log, sigma_min=sigma_min / float(highs.max()) if log is True else sigma_min)
        self.sigma_min = sigma_min

    def __repr__(self) -> str:
        log = ", log=True" if self.log else ""
        return f"Integer({self.low.tolist()}, {self.high.tolist()}, sigma_min={self.sigma_min}{log})"

    def encode(self, values: ArrayLike) -> Floats:
        given = self.check_samples(values)
        if (given != np.rint(given)).any():
            raise ValueError(f"values must be whole numbers, but one is {given[given != np.rint(given)][0]}.")
        return super().encode(given)

    def _least_variance(self, mu: Floats) -> Floats:
        if not self.log:
            return super()._least_variance(mu)
        # Around v = exp(μ) a whole number is 1/v wide on the logarithmic scale.
        return np.asarray(np.maximum(self.sigma_min * np.exp(-mu), RESOLVED * np.abs(mu)) ** 2)

    def _values(self, inside: Floats) -> NDArray[np.int64]:
        values = np.exp(inside) if self.log else inside
        return np.clip(np.rint(values), self.low, self.high).astype(np.int64)

    def _other(self, current: Floats, columns: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        low, high = self.low[columns], self.high[columns]
        whole = np.exp(current) if self.log else current
        now = np.clip(np.rint(whole), low, high).astype(np.int64)
        other = rng.integers(low, high)
        other += other >= now
        return np.log(other) if self.log else other.astype(np.float64)
