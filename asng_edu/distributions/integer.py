"""Integer variables between bounds: a Gaussian that is rounded when the loss is evaluated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu.distributions.base import Floats
from asng_edu.distributions.gaussian import RESOLVED, Gaussian

FARTHEST = 2**53


class Integer(Gaussian):
    """D independent integer variables with ``low ≤ value ≤ high``.

    What is sampled is the Gaussian y ~ N(μ, σ²), and what the loss sees is y rounded and clipped (:meth:`decode`).
    T(y) = (y, y²) belongs to y, so the natural gradient T(y) − θ stays exact; it would not if T were taken of the
    rounded value.

    Parameters
    ----------
    low, high : int or sequence of int
        The bounds, included. D is their common length.
    sigma_min : float
        :meth:`project` keeps every σ at or above this, so that neighbours keep being drawn: ¼ leaves them 4.6 %.

    Raises
    ------
    ValueError
        If a bound is not a whole number, low is not below high, or both lie far from 0 beside their distance.

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

    def __init__(self, low: ArrayLike, high: ArrayLike, *, sigma_min: float = 0.25) -> None:
        given = f"{checks.short(low)} and {checks.short(high)}"
        try:
            bounds = np.broadcast_arrays(*(np.atleast_1d(checks.as_array("a bound", bound)) for bound in (low, high)))
        except ValueError:
            bounds = ()
        if not bounds or bounds[0].ndim != 1 or any(b.dtype.kind not in "iu" or b.size == 0 for b in bounds):
            raise ValueError(f"low and high must be whole numbers, one for each dimension, but are {given}.")
        if (bounds[0] >= bounds[1]).any():
            raise ValueError(f"low must lie below high in every dimension, but they are {given}.")
        self.low, self.high = (b.astype(np.int64) for b in bounds)
        self.width = self.high.astype(np.float64) - self.low
        if max(np.abs(self.low).max(), np.abs(self.high).max()) > FARTHEST:
            raise ValueError(f"low and high must not lie beyond ±{FARTHEST:,}, where floats skip whole numbers.")
        if (self.width < 16.0 * RESOLVED * np.maximum(np.abs(self.low), np.abs(self.high))).any():
            raise ValueError(
                f"low and high must not lie so close together so far from 0, but are {given}: count from nearer by."
            )
        sigma_min = checks.positive("sigma_min", sigma_min)
        if (self.width < sigma_min).any():
            raise ValueError(f"sigma_min must not be above the range, {self.width.min()}, but is {sigma_min}.")
        sigma = np.maximum(self.width / 4.0, sigma_min)
        super().__init__(len(self.low), mean=self.low / 2.0 + self.high / 2.0, sigma=sigma, sigma_min=sigma_min)

    def __repr__(self) -> str:
        return f"Integer({self.low.tolist()}, {self.high.tolist()}, sigma_min={self.sigma_min})"

    def decode(self, samples: Any) -> list[Any]:
        """Return the integers, one array of shape (D,) for each sample."""
        return list(np.clip(np.rint(self.check_samples(samples)), self.low, self.high).astype(np.int64))

    def mode(self, theta: Floats) -> Any:
        """Return the rounded mean, shape (D,)."""
        return self.decode(self.moments(theta)[0][None])[0]

    def project(self, theta: Floats) -> Floats:
        mu, variance = self.moments(theta)
        inside = np.clip(mu, self.low, self.high)
        return np.concatenate([inside, inside**2 + np.clip(variance, self._least_variance(inside), self.width**2)])
