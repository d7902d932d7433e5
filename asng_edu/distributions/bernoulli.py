"""Bernoulli variables: each dimension is 0 or 1, and θ_i is the probability of 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu._common.compiled import compiled
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.distributions.categorical import discrete_entropy, discrete_kl
from asng_edu.distributions.margins import smallest_probability


@compiled(theta="D", v="D", out="D")
def bernoulli_fisher_sqrt(theta: Floats, v: Floats, out: Floats) -> None:
    """Write F^{1/2}v into ``out``; F = diag(1/(θ(1−θ))). A dimension stuck at 0 or 1, and left so by v, gives 0."""
    for i in range(theta.size):
        out[i] = v[i] / math.sqrt(theta[i] * (1.0 - theta[i])) if v[i] != 0.0 else 0.0


class Bernoulli(Distribution):
    """D independent Bernoulli variables, T(c) = c.

    Parameters
    ----------
    dim : int
        D, at least 1.
    margin : {"asng", "catcma", "none"} or float
        The least probability of 0 and of 1 after :meth:`project`, as for a categorical with K = 2.

    Raises
    ------
    ValueError
        For D < 1 or a margin that leaves θ no room.

    Notes
    -----
    The family of Shirakawa, Iwata and Akimoto (AAAI 2018). Taught in chapter *Natural gradient*. Samples are 0 or 1,
    shape (size, D).

    Examples
    --------
    >>> family = Bernoulli(2)
    >>> family.natural_gradient(np.array([0.5, 0.25]), np.array([[1, 0]]))
    array([[ 0.5 , -0.25]])
    """

    def __init__(self, dim: int, *, margin: str | float = "asng") -> None:
        self.dim = self.n_stats = self.n_theta = checks.integer("dim", dim, 1, checks.LARGEST)
        self._two = np.full(self.dim, 2, dtype=np.int64)
        self.margin, self.smallest = smallest_probability(margin, self._two)

    def __repr__(self) -> str:
        return f"Bernoulli({self.dim}, margin={self.margin!r})"

    def initial_theta(self) -> Floats:
        """Return θ = ½ in every dimension."""
        return np.full(self.dim, 0.5)

    def check_theta(self, theta: ArrayLike) -> Floats:
        vector = self._check_vector(theta)
        if (vector < 0).any() or (vector > 1).any():
            raise ValueError(f"theta must be probabilities from 0 to 1, but lies in [{vector.min()}, {vector.max()}].")
        return vector

    def check_samples(self, samples: Any) -> NDArray[np.int64]:
        return checks.whole_array("samples", samples, self.dim, self._two)

    def sample(self, theta: Floats, rng: np.random.Generator | int, size: int) -> NDArray[np.int64]:
        (theta,) = self._vectors(theta)
        # As for two categories, (1 − θ, θ): the same uniforms give the same choices.
        u = checks.generator("rng", rng).random((self._count(size), self.dim))
        return (u >= 1.0 - theta).astype(np.int64)  # c ~ P_θ

    def statistics(self, samples: Any) -> Floats:
        return self.check_samples(samples).astype(np.float64)

    def fisher_sqrt(self, theta: Floats, v: Floats) -> Floats:
        theta, v = self._vectors(theta, v)
        out = np.empty(self.dim)
        bernoulli_fisher_sqrt(theta, v, out)
        return out

    def fisher(self, theta: Floats) -> Floats:
        (theta,) = self._vectors(theta)
        with np.errstate(divide="ignore"):
            return self._finite(np.diag(1.0 / (theta * (1.0 - theta))))

    def mode(self, theta: Floats) -> NDArray[np.int64]:
        """Return 1 where θ > ½, else 0; shape (D,)."""
        return (self._vectors(theta)[0] > 0.5).astype(np.int64)

    def entropy(self, theta: Floats) -> float:
        (theta,) = self._vectors(theta)
        return discrete_entropy(np.concatenate([theta, 1.0 - theta]))

    def log_likelihood(self, theta: Floats, samples: Any) -> Floats:
        (theta,) = self._vectors(theta)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.where(self.check_samples(samples) == 1, theta, 1.0 - theta)).sum(axis=1))

    def kl(self, theta: Floats, other: Floats) -> float:
        theta, other = self._vectors(theta, other)
        return discrete_kl(np.concatenate([theta, 1.0 - theta]), np.concatenate([other, 1.0 - other]))

    def inverse_fisher(self, theta: Floats, v: Floats) -> Floats:
        """Return θ(1−θ)v: the variance of each bit, times v."""
        theta, v = self._vectors(theta, v)
        return np.asarray(theta * (1.0 - theta) * v)  # (E4)

    def shift_logits(self, theta: Floats, step: Floats) -> Floats:
        """Return the θ with ln(θ/(1−θ)) moved by the step."""
        theta, step = self._vectors(theta, step)
        with np.errstate(divide="ignore"):
            logits = np.stack([np.log(theta) + step, np.log(1.0 - theta)])
        one, zero = np.exp(logits - logits.max(axis=0))
        return np.asarray(one / (one + zero))

    def mutate(self, samples: Any, variables: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        mutated = self.check_samples(samples)  # a copy
        variables = self._places(variables, len(mutated))
        rows = np.flatnonzero((variables >= 0) & (variables < self.dim))
        mutated[rows, variables[rows]] ^= 1  # a bit has one other value
        return mutated

    def project(self, theta: Floats) -> Floats:
        return np.clip(self._vectors(theta)[0], self.smallest, 1.0 - self.smallest)
