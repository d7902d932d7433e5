"""Gaussian variables, independent in each dimension, in expectation parameters (μ, μ² + σ²).

θ holds all first moments, then all second moments: ``theta[:D]`` is μ, ``theta[D:]`` is μ² + σ².
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu._common.compiled import compiled
from asng_edu.distributions.base import Distribution, Floats

# σ is kept above this much of |μ|, for floats hold σ² as the difference of μ² + σ² and μ²: then it is good to 1 %.
RESOLVED = 2.0**-22

# σ⁴, which stands in the Fisher matrix, must not leave the floats.
SMALLEST, LARGEST = 1e-75, 1e75


@compiled(theta="n", v="n", out="n")
def gaussian_fisher_sqrt(theta: Floats, v: Floats, out: Floats) -> None:
    r"""Write A(θ)v into ``out``: (dθ₁/σ, (dθ₂ − 2μ dθ₁)/(√2 σ²)) in each dimension."""
    dim = theta.size // 2
    for i in range(dim):
        mu = theta[i]
        variance = theta[dim + i] - mu * mu
        out[i] = v[i] / math.sqrt(variance)
        out[dim + i] = (v[dim + i] - 2.0 * mu * v[i]) / (math.sqrt(2.0) * variance)


class Gaussian(Distribution):
    """D independent Gaussian variables, T(c) = (c, c²).

    Parameters
    ----------
    mean, sigma : float or array of shape (D,)
        Where the search starts.
    dim : int
        D, at least 1.
    sigma_min : float
        :meth:`project` keeps every σ at or above this (and, far from 0, above 2⁻²² times the size of μ).

    Raises
    ------
    ValueError
        For D < 1, a mean that is not finite, σ below ``sigma_min``, or σ so far below the size of the mean that floats
        cannot hold μ² + σ².

    Notes
    -----
    Meant for coarse values, such as a dropout rate beside categorical choices. Each dimension has its own σ and no
    correlations, and ASNG's single δ serves μ and σ at once, so precise continuous optimisation stagnates: use
    CatCMA (arXiv 2405.09962) or CMA-ES for that. Draw at least two *independent* samples: of two mirrored ones the
    gradient of σ vanishes identically, and σ can never grow.

    Examples
    --------
    >>> family = Gaussian(1)
    >>> family.statistics(np.array([[3.0]]))
    array([[3., 9.]])
    """

    def __init__(self, dim: int, *, mean: ArrayLike = 0.0, sigma: ArrayLike = 1.0, sigma_min: float = 1e-4) -> None:
        self.dim = checks.integer("dim", dim, 1, checks.LARGEST // 2)
        self.n_stats = self.n_theta = 2 * self.dim
        self.sigma_min = checks.positive("sigma_min", sigma_min)
        self.mean = checks.per_dimension("mean", mean, self.dim)
        self.sigma = checks.per_dimension("sigma", sigma, self.dim)
        if self.sigma_min < SMALLEST or max(self.sigma.max(), np.abs(self.mean).max()) > LARGEST:
            raise ValueError(f"sigma_min must be at least {SMALLEST}, and sigma and |mean| at most {LARGEST}.")
        if (self.sigma < self.sigma_min).any():
            raise ValueError(f"sigma must be at least sigma_min = {self.sigma_min}, but is {self.sigma.min()}.")
        if (self.sigma < RESOLVED * np.abs(self.mean)).any():
            raise ValueError(
                f"sigma must be at least {RESOLVED:.2g} of |mean|, or floats cannot hold μ² + σ², but they are "
                f"{self.sigma.tolist()} and {self.mean.tolist()}: measure the variable from nearer by."
            )

    def __repr__(self) -> str:
        start = f"mean={self.mean.tolist()}, sigma={self.sigma.tolist()}"
        return f"Gaussian({self.dim}, {start}, sigma_min={self.sigma_min})"

    def moments(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return (μ, σ²) of θ, each of shape (D,)."""
        (theta,) = self._vectors(theta)
        mu = theta[: self.dim]
        return mu, theta[self.dim :] - mu**2

    def initial_theta(self) -> Floats:
        """Return θ of the mean and σ that the family was made with."""
        return np.concatenate([self.mean, self.mean**2 + self.sigma**2])

    def check_theta(self, theta: ArrayLike) -> Floats:
        vector = self._check_vector(theta)
        variance = self.moments(vector)[1]
        if (variance < SMALLEST**2).any():
            worst = int(np.argmin(variance))
            raise ValueError(
                f"theta must be (μ, μ² + σ²) with σ² above 0, but dimension {worst} has σ² = {variance[worst]}."
            )
        return vector

    def check_samples(self, samples: Any) -> Floats:
        samples = checks.as_array("samples", samples)
        return checks.finite_array("samples", samples, (max(len(samples) if samples.ndim else 0, 1), self.dim))

    def sample(self, theta: Floats, rng: np.random.Generator | int, size: int) -> Floats:
        mu, variance = self.moments(theta)
        normal = checks.generator("rng", rng).standard_normal((self._count(size), self.dim))
        return np.asarray(mu + np.sqrt(variance) * normal)  # c ~ N(μ, σ²)

    def statistics(self, samples: Any) -> Floats:
        samples = self.check_samples(samples)
        with np.errstate(over="ignore"):
            return np.hstack([samples, samples**2])

    def fisher_sqrt(self, theta: Floats, v: Floats) -> Floats:
        theta, v = self._vectors(theta, v)
        out = np.empty(self.n_stats)
        gaussian_fisher_sqrt(theta, v, out)
        return out

    def fisher(self, theta: Floats) -> Floats:
        """Return F, in each dimension [[1/σ² + 2μ²/σ⁴, −μ/σ⁴], [−μ/σ⁴, 1/(2σ⁴)]]."""
        mu, variance = self.moments(theta)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.diag(1.0 / variance + 2.0 * mu**2 / variance**2)
            mixed = np.diag(-mu / variance**2)
            return self._finite(np.block([[first, mixed], [mixed, np.diag(0.5 / variance**2)]]))

    def mode(self, theta: Floats) -> Floats:
        """Return μ, shape (D,)."""
        return self.moments(theta)[0].copy()

    def entropy(self, theta: Floats) -> float:
        return float(0.5 * np.sum(np.log(2.0 * np.pi * np.e * self.moments(theta)[1])))

    def log_likelihood(self, theta: Floats, samples: Any) -> Floats:
        mu, variance = self.moments(theta)
        samples = self.check_samples(samples)
        return np.asarray(-0.5 * np.sum((samples - mu) ** 2 / variance + np.log(2.0 * np.pi * variance), axis=1))

    def kl(self, theta: Floats, other: Floats) -> float:
        (mu, variance), (mu2, variance2) = self.moments(theta), self.moments(other)
        return float(0.5 * np.sum((variance + (mu - mu2) ** 2) / variance2 - 1.0 - np.log(variance / variance2)))

    def project(self, theta: Floats) -> Floats:
        mu, variance = self.moments(theta)
        return np.concatenate([mu, mu**2 + np.maximum(variance, self._least_variance(mu))])

    def _least_variance(self, mu: Floats) -> Floats:
        return np.asarray(np.maximum(self.sigma_min, RESOLVED * np.abs(mu)) ** 2)
