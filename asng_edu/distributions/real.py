"""Real variables between bounds: a Gaussian that is clipped when the loss is evaluated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Floats
from asng_edu.distributions.bounded import Bounded, bounds


class Real(Bounded):
    """D independent real variables with ``low ≤ value ≤ high``.

    What is sampled is the Gaussian y ~ N(μ, σ²), and what the loss sees is y clipped (:meth:`decode`); with ``log``,
    y is the logarithm of the value. A :class:`~asng_edu.Gaussian` has no bounds.

    Parameters
    ----------
    low, high : float or sequence of float
        The bounds, which are values too. D is their common length.
    log : bool
        Whether the scale is logarithmic, as suits a learning rate; ``low`` must then be above 0.
    resolution : float
        :meth:`project` keeps every σ at or above this part of the range (of the logarithm's, with ``log``).

    Raises
    ------
    ValueError
        If a bound is not finite, low is not below high, both lie far from 0 beside their distance, ``log`` is given
        with bounds that have no logarithm, or ``resolution`` does not lie above 0 and at or below ¼.

    Notes
    -----
    Meant for coarse values beside integers and choices; what :class:`~asng_edu.Gaussian` says of its limits holds here.
    θ starts in the middle with σ a quarter of the range; :meth:`project` keeps μ within the bounds and σ at most the
    range. Log-likelihood, entropy and KL are those of y.

    Examples
    --------
    >>> family = Real(0.0, 0.8)
    >>> family.decode(np.array([[0.3], [-0.2]]))
    [array([0.3]), array([0.])]
    """

    def __init__(self, low: ArrayLike, high: ArrayLike, *, log: bool = False, resolution: float = 1e-3) -> None:
        lows, highs = (bound.astype(np.float64) for bound in bounds(low, high, "iuf", "finite numbers"))
        if not (np.isfinite(lows).all() and np.isfinite(highs).all()):
            given = f"{checks.short(lows.tolist())} and {checks.short(highs.tolist())}"
            raise ValueError(f"low and high must be finite, but are {given}.")
        self.resolution = checks.positive("resolution", resolution)
        if self.resolution > 0.25:
            raise ValueError(f"resolution must be at most ¼ of the range, where σ starts, but is {resolution}.")
        width = np.log(highs) - np.log(lows) if log is True and lows.min() > 0 else highs - lows
        super().__init__(lows, highs, log=log, sigma_min=max(self.resolution * float(width.min()), 1e-75))

    def __repr__(self) -> str:
        log = ", log=True" if self.log else ""
        return f"Real({self.low.tolist()}, {self.high.tolist()}{log}, resolution={self.resolution})"

    def _least_variance(self, mu: Floats) -> Floats:
        return np.asarray(np.maximum(super()._least_variance(mu), (self.resolution * self.width) ** 2))

    def _values(self, inside: Floats) -> Floats:
        return np.asarray(np.clip(np.exp(inside), self.low, self.high)) if self.log else inside

    def _other(self, current: Floats, columns: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        return rng.uniform(self._first[columns], self._last[columns])
