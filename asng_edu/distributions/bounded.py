"""What variables between bounds share: a Gaussian whose samples become values, clipped at the bounds."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Floats
from asng_edu.distributions.gaussian import RESOLVED, Gaussian


class Bounded(Gaussian):
    """D independent variables with ``low ≤ value ≤ high``, on their own scale or on a logarithmic one.

    What is sampled is y ~ N(μ, σ²), where y is the value or, with ``log``, its logarithm. The loss sees y clipped at
    the bounds (:meth:`decode`), so it is a function of every y, and T(y) − θ remains its natural gradient. Drawing
    again whatever falls outside would change the distribution and leave T(y) − θ biased; reflecting it would not, but
    the bounds themselves, where optima often lie, would then never be tried.

    θ starts in the middle with σ a quarter of the range. :meth:`project` keeps μ within the bounds, for beyond them
    the loss is flat and nothing would call μ back, and σ at most the range.
    """

    low: NDArray[Any]
    high: NDArray[Any]

    def __init__(self, low: NDArray[Any], high: NDArray[Any], *, log: bool, sigma_min: float) -> None:
        given = f"{checks.short(low.tolist())} and {checks.short(high.tolist())}"
        if (low >= high).any():
            raise ValueError(f"low must lie below high in every dimension, but they are {given}.")
        self.low, self.high, self.log = low, high, checks.boolean("log", log)
        if self.log and low.min() <= 0:
            raise ValueError(f"low must be above 0 on a logarithmic scale, but the bounds are {given}.")
        scale = np.log if self.log else np.asarray
        self._first = np.asarray(scale(low), dtype=np.float64)
        self._last = np.asarray(scale(high), dtype=np.float64)
        self.width = self._last - self._first  # of y
        if (self.width < 16.0 * RESOLVED * np.maximum(np.abs(self._first), np.abs(self._last))).any():
            raise ValueError(
                f"low and high must not lie so close together so far from 0, but are {given}: count from nearer by."
            )
        sigma = np.maximum(self.width / 4.0, sigma_min)
        middle = self._first / 2.0 + self._last / 2.0
        super().__init__(len(low), mean=middle, sigma=sigma, sigma_min=sigma_min)

    def decode(self, samples: Any) -> list[Any]:
        """Return the values, one array of shape (D,) for each sample."""
        return list(self._values(np.clip(self.check_samples(samples), self._first, self._last)))

    def encode(self, values: ArrayLike) -> Floats:
        """Return samples that stand for values, shape (size, D): the inverse of :meth:`decode`.

        Raises
        ------
        ValueError
            If a value lies outside the bounds.
        """
        given = self.check_samples(values)
        if (outside := (given < self.low) | (given > self.high)).any():
            row, column = np.argwhere(outside)[0]
            raise ValueError(
                f"values in dimension {column} must lie between {self.low[column]} and {self.high[column]}, "
                f"but one is {given[row, column]}."
            )
        return np.log(given) if self.log else given.copy()

    def mode(self, theta: Floats) -> Any:
        """Return the value at μ, shape (D,)."""
        return self.decode(self.moments(theta)[0][None])[0]

    def mutate(self, samples: Any, variables: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        mutated = self.check_samples(samples).copy()
        variables, rng = self._places(variables, len(mutated)), checks.generator("rng", rng)
        rows = np.flatnonzero((variables >= 0) & (variables < self.dim))
        columns = variables[rows]
        mutated[rows, columns] = self._other(mutated[rows, columns], columns, rng)
        return mutated

    def project(self, theta: Floats) -> Floats:
        mu, variance = self.moments(theta)
        inside = np.clip(mu, self._first, self._last)
        return np.concatenate([inside, inside**2 + np.clip(variance, self._least_variance(inside), self.width**2)])

    @abstractmethod
    def _values(self, inside: Floats) -> NDArray[Any]:
        """Return the values of samples that lie within the bounds."""

    @abstractmethod
    def _other(self, current: Floats, columns: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """Return for each sample of one dimension another one, all other values being equally likely."""


def bounds(low: ArrayLike, high: ArrayLike, kinds: str, what: str) -> list[NDArray[Any]]:
    """Return bounds as two arrays of shape (D,), if they are numbers of the accepted kinds.

    Parameters
    ----------
    low, high : number or sequence
    kinds : str
        NumPy's letters for kinds of numbers.
    what : str
        What they are called in the message.
    """
    try:
        found = list(np.broadcast_arrays(*(np.atleast_1d(checks.as_array("a bound", one)) for one in (low, high))))
    except ValueError:
        found = []
    if not found or found[0].ndim != 1 or any(one.dtype.kind not in kinds or one.size == 0 for one in found):
        given = f"{checks.short(low)} and {checks.short(high)}"
        raise ValueError(f"low and high must be {what}, one for each dimension, but are {given}.")
    return found
