"""What every distribution can do: the one interface that the algorithms see."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks

Floats = NDArray[np.float64]


class Distribution(ABC):
    r"""An exponential family :math:`P_\theta` in expectation parameters, :math:`\theta = E_\theta[T(c)]`.

    A distribution object is the *family*: it holds no θ. Each method takes θ as a vector of length ``n_stats``, and
    samples as the family draws them (an array with one sample a row; for a product, a tuple of such arrays). Samples
    that cannot be the family's raise a ValueError; :meth:`check_theta` does so for θ.

    In expectation parameters the natural gradient of the log-likelihood is T(c) − θ, and the inverse Fisher matrix is
    the covariance of T(c): the two facts (section 2.1 of the article) on which the whole method stands.

    Attributes
    ----------
    n_stats : int
        Length of θ and of T(c). Redundant coordinates count: a categorical with K categories has K.
    n_theta : int
        Degrees of freedom of θ, the article's n_θ. A categorical with K categories has K − 1.
    dim : int
        D, the number of variables.
    """

    n_stats: int
    n_theta: int
    dim: int

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = vars(self), vars(other)
        return mine.keys() == theirs.keys() and all(_same(mine[name], theirs[name]) for name in mine)

    def __hash__(self) -> int:
        return hash((type(self), self.n_stats, self.n_theta))

    @abstractmethod
    def initial_theta(self) -> Floats:
        """Return the θ from which a search starts, shape (n_stats,): the least committed one of the family."""

    @abstractmethod
    def check_theta(self, theta: ArrayLike) -> Floats:
        """Return θ as a float64 vector, or raise a ValueError that says why it is not a parameter of this family."""

    @abstractmethod
    def check_samples(self, samples: Any) -> Any:
        """Return the samples in the family's own form, or raise a ValueError that says what is wrong with them."""

    @abstractmethod
    def sample(self, theta: Floats, rng: np.random.Generator | int, size: int) -> Any:
        """Draw ``size`` independent samples c ~ P_θ from a generator or a seed."""

    @abstractmethod
    def statistics(self, samples: Any) -> Floats:
        """Return the sufficient statistics T(c), one sample a row: shape (size, n_stats)."""

    @abstractmethod
    def fisher_sqrt(self, theta: Floats, v: Floats) -> Floats:
        r"""Return A(θ)v with AᵀA = F(θ): the step v in coordinates in which the Fisher metric is the identity.

        Its Euclidean norm is ‖v‖_F. Algorithm 1, line 6, accumulates these vectors.
        """

    @abstractmethod
    def fisher(self, theta: Floats) -> Floats:
        """Return the Fisher information matrix F(θ) in the coordinates of :meth:`minimal`, (n_theta, n_theta)."""

    @abstractmethod
    def mode(self, theta: Floats) -> Any:
        """Return the most probable sample (one sample, not an array of samples)."""

    @abstractmethod
    def entropy(self, theta: Floats) -> float:
        """Return the entropy of P_θ in nats (differential entropy for continuous variables)."""

    @abstractmethod
    def log_likelihood(self, theta: Floats, samples: Any) -> Floats:
        """Return ln p_θ(c) for each sample, shape (size,)."""

    @abstractmethod
    def kl(self, theta: Floats, other: Floats) -> float:
        """Return the Kullback–Leibler divergence KL(P_θ ‖ P_other) in nats."""

    @abstractmethod
    def project(self, theta: Floats) -> Floats:
        """Return the allowed parameter near θ: inside the family, and away from its border by the margin."""

    def natural_gradient(self, theta: Floats, samples: Any) -> Floats:
        """Return ∇̃ ln p_θ(c) = T(c) − θ, the natural gradient by θ, shape (size, n_stats); section 2.1."""
        return self.statistics(samples) - self._vectors(theta)[0]

    def fisher_norm(self, theta: Floats, v: Floats) -> float:
        """Return ‖v‖_F = √(vᵀ F(θ) v), the length of a small step v in square roots of 2 KL; eq. (10).

        It is infinite for a step from the border of the family, such as one that revives a dead category.
        """
        white = self.fisher_sqrt(theta, v)
        return float(np.linalg.norm(white)) if np.isfinite(white).all() else math.inf

    def inverse_fisher(self, theta: Floats, v: Floats) -> Floats:
        r"""Return F⁻¹v = Cov_θ(T)v, shape (n_stats,): the natural gradient of :math:`v^T\theta = E_\theta[v^T T(c)]`.

        So a cost that is a sum over the variables has its natural gradient in closed form, and needs no sample.

        Raises
        ------
        ValueError
            If the family has no such form and v is not 0: categories and bits do, numbers do not.
        """
        theta, v = self._vectors(theta, v)
        if v.any():
            raise ValueError(
                f"only categories and bits have costs in closed form, but the distribution is {checks.short(self)}."
            )
        return np.zeros(self.n_stats)

    def shift_logits(self, theta: Floats, step: Floats) -> Floats:
        r"""Return the θ whose logits are those of θ plus ``step``, shape (n_stats,).

        Logits are natural parameters, in which the gradient of ln p_θ(c) is T(c) − θ: the vector that
        :meth:`natural_gradient` returns for θ.

        Raises
        ------
        ValueError
            If the family has none: categories and bits do, real numbers do not.
        """
        raise ValueError(f"only categories and bits have logits, but the distribution is {checks.short(self)}.")

    def mutate(self, samples: Any, variables: NDArray[np.int64], rng: np.random.Generator) -> Any:
        """Return samples in which one variable of each has another value, all others of it being equally likely.

        Parameters
        ----------
        samples : as the family draws them
        variables : array of shape (size,)
            Which variable of each, from 0; a number that is none leaves the sample as it is.
        rng : numpy.random.Generator

        Raises
        ------
        ValueError
            If no value is as likely as another: real numbers without bounds have no such mutation.
        """
        raise ValueError(
            "only categories, bits and numbers between bounds can be mutated, but the distribution is "
            f"{checks.short(self)}."
        )

    def minimal(self, v: Floats) -> Floats:
        """Return v without its redundant coordinates: the last axis goes from n_stats to n_theta."""
        return self._along(v)

    def decode(self, samples: Any) -> list[Any]:
        """Return the candidates that the samples stand for, one for each sample, as the loss function wants them."""
        return list(self.check_samples(samples))

    def _check_vector(self, theta: ArrayLike) -> Floats:
        return checks.finite_array("theta", theta, (self.n_stats,))

    def _vectors(self, *vectors: ArrayLike) -> list[Floats]:
        """Return θ, and vectors like it, as float64 arrays of length n_stats: compiled code checks no bounds."""
        return [checks.shaped_array("theta, and a step of it,", v, (self.n_stats,)) for v in vectors]

    def _places(self, variables: ArrayLike, size: int) -> NDArray[np.int64]:
        """Return the numbers of variables, one for each of so many samples."""
        given = checks.as_array("variables", variables)
        if given.dtype.kind not in "iu" or given.shape != (size,):
            raise ValueError(
                f"variables must be {size} whole numbers, one for each sample, but are {checks.short(given)}."
            )
        return given.astype(np.int64)

    def _along(self, v: ArrayLike) -> Floats:
        """Return what has θ's coordinates along its last axis as a float64 array."""
        array = checks.as_array("v", v)
        return checks.shaped_array("v", array, (*array.shape[:-1], self.n_stats))

    def _count(self, size: int) -> int:
        """Return a number of samples, if that many can be drawn."""
        return checks.integer("size", size, 0, checks.LARGEST // self.n_stats)

    def _finite(self, fisher: Floats) -> Floats:
        """Return the Fisher matrix, or raise a ValueError where it has no finite one."""
        if not np.isfinite(fisher).all():
            raise ValueError("the Fisher matrix is not finite at this theta: it lies on the border of the family.")
        return fisher


def block_diagonal(blocks: Sequence[Floats]) -> Floats:
    """Return the matrix with these square ones along its diagonal, and 0 elsewhere."""
    ends = np.cumsum([len(block) for block in blocks])
    matrix = np.zeros((ends[-1], ends[-1]))
    for block, end in zip(blocks, ends, strict=True):
        matrix[end - len(block) : end, end - len(block) : end] = block
    return matrix


def _same(one: Any, other: Any) -> bool:
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else bool(one == other)
