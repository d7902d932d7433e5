"""Categorical variables: each dimension chooses one of K categories, and K may differ from dimension to dimension.

θ lays the rows of probabilities end to end; row i is ``theta[offsets[i]:offsets[i + 1]]`` and sums to 1. T(c) has the
same layout and holds the one-hot vectors h_i(c).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu._common.compiled import compiled
from asng_edu.distributions.base import Distribution, Floats, block_diagonal
from asng_edu.distributions.margins import smallest_probability

POLES = ("centre", "last")


@compiled(theta="n", offsets="ends", rows="rows", cumulative="k D")
def categorical_cumulate(
    theta: Floats, offsets: NDArray[np.int64], rows: NDArray[np.int64], cumulative: Floats
) -> None:
    """Write θ_i0 + … + θ_ik into cumulative[k, i], for the given rows i and all categories but the last."""
    for i in rows:
        total = 0.0
        for k in range(offsets[i + 1] - offsets[i] - 1):
            total += theta[offsets[i] + k]
            cumulative[k, i] = total


@compiled(cumulative="k D", u="size D", c="size D")
def categorical_sample(cumulative: Floats, u: Floats, c: NDArray[np.int64]) -> None:
    """Draw c[n, i] ~ Categorical(row i of θ) by inversion: the sums in row i that the uniform u[n, i] reaches."""
    size, dim = c.shape
    for n in range(size):
        c[n, :] = 0
        for k in range(cumulative.shape[0]):
            for i in range(dim):
                c[n, i] += u[n, i] >= cumulative[k, i]


@compiled(c="size D", offsets="ends", stats="size n")
def categorical_statistics(c: NDArray[np.int64], offsets: NDArray[np.int64], stats: Floats) -> None:
    """Write T(c), the one-hot vectors of all dimensions laid end to end, into stats (size, n_stats)."""
    size, dim = c.shape
    for n in range(size):
        stats[n, :] = 0.0
        for i in range(dim):
            stats[n, offsets[i] + c[n, i]] = 1.0


@compiled(theta="n", offsets="ends", pole="n", v="n", out="n")
def categorical_fisher_sqrt(theta: Floats, offsets: NDArray[np.int64], pole: Floats, v: Floats, out: Floats) -> None:
    r"""Write A(θ)v into ``out``, with AᵀA = F(θ).

    The map θ ↦ √θ bends the simplex onto a sphere of radius 1 and makes the Fisher metric four times the sphere's own.
    So v/√θ is a tangent vector at p = √θ, and its length is ‖v‖_F. Tangent spaces at different points differ; to add
    up steps made at different θ, each is carried along the great circle from p to one fixed point of the sphere, the
    pole q (parallel transport, which keeps lengths and angles):

        w − (q·w)/(1 + q·p) · (p + q),   w = v/√θ.

    A category that has died out (θ_k = 0) and that v leaves dead takes no part.
    """
    root = np.sqrt(theta)
    for k in range(theta.size):
        out[k] = v[k] / root[k] if v[k] != 0.0 else 0.0
    for i in range(offsets.size - 1):
        along = 0.0
        cosine = 0.0
        for k in range(offsets[i], offsets[i + 1]):
            along += pole[k] * out[k]
            cosine += pole[k] * root[k]
        turn = along / (1.0 + cosine)
        for k in range(offsets[i], offsets[i + 1]):
            out[k] -= turn * (root[k] + pole[k])


@compiled(theta="n", offsets="ends", margin="D")
def categorical_project(theta: Floats, offsets: NDArray[np.int64], margin: Floats) -> None:
    """Raise each probability to its row's margin, then shrink what lies above it, so that the row sums to 1."""
    for i in range(offsets.size - 1):
        first, end, least = offsets[i], offsets[i + 1], margin[i]
        free = 0.0  # probability above the margin, before the row is rescaled
        for k in range(first, end):
            above = max(theta[k] - least, 0.0)
            theta[k] = above
            free += above
        if free > 0.0:
            shrink = (1.0 - least * (end - first)) / free
            for k in range(first, end):
                theta[k] = least + shrink * theta[k]
        else:  # the whole row lies at the margin
            for k in range(first, end):
                theta[k] = 1.0 / (end - first)


def discrete_entropy(p: Floats) -> float:
    """Return −Σ p ln p over the probabilities above 0."""
    positive = p[p > 0]
    return float(-np.sum(positive * np.log(positive)))


def discrete_kl(p: Floats, q: Floats) -> float:
    """Return Σ p ln(p/q) over the probabilities p above 0; infinite where q is 0."""
    positive = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[positive] * np.log(p[positive] / q[positive])))


class Categorical(Distribution):
    """D independent categorical variables with K_1, …, K_D categories.

    Parameters
    ----------
    categories : int or sequence of int
        K, or one K for each dimension; each at least 2.
    dim : int, optional
        D, if ``categories`` is a single number.
    margin : {"asng", "catcma", "none"} or float
        The least probability of a category after :meth:`project`; see :mod:`asng_edu.distributions.margins`.
    pole : {"centre", "last"}
        The fixed point to which :meth:`fisher_sqrt` carries steps. From the centre of the simplex no category is
        special: permuting them permutes every result. ``"last"``, the corner of the last category, gives the root
        that the authors of ASNG use. Norms agree; with K = 2 both are as for :class:`Bernoulli`.

    Raises
    ------
    ValueError
        For K < 2, D < 1, or a margin that leaves θ no room.

    Notes
    -----
    Taught in chapter *Natural gradient*. Samples are integers from 0, shape (size, D).

    Examples
    --------
    >>> family = Categorical([3, 2])
    >>> family.n_stats, family.n_theta
    (5, 3)
    >>> family.statistics(np.array([[2, 0]]))
    array([[0., 0., 1., 1., 0.]])
    """

    def __init__(
        self,
        categories: int | Sequence[int],
        dim: int | None = None,
        *,
        margin: str | float = "asng",
        pole: str = "centre",
    ) -> None:
        if isinstance(categories, int | np.integer):
            categories = checks.integer("categories (K)", categories, 2, checks.LARGEST)
            most = checks.LARGEST // categories
            categories = [categories] * (1 if dim is None else checks.integer("dim", dim, 1, most))
        categories = checks.entries("categories (K)", categories)
        if dim is not None and dim != len(categories):
            raise ValueError(
                f"dim must be left out or equal the number of entries, {len(categories)}, but is {checks.short(dim)}."
            )
        if len(categories) == 0:
            raise ValueError("categories must name at least one dimension (D ≥ 1), but is empty.")
        most = checks.LARGEST // len(categories)
        self.categories = np.array([checks.integer("categories (K)", k, 2, most) for k in categories], dtype=np.int64)
        self.offsets = np.concatenate([[0], np.cumsum(self.categories)]).astype(np.int64)
        self.dim = len(self.categories)
        self.margin, self.smallest = smallest_probability(margin, self.categories)
        self.n_stats = int(self.categories.sum())
        self.n_theta = self.n_stats - self.dim
        self.pole_name = checks.one_of("pole", pole, POLES)
        uniform = np.repeat(1.0 / self.categories, self.categories)
        corner = np.zeros(self.n_stats)
        corner[self.offsets[1:] - 1] = 1.0
        self.pole = np.sqrt(uniform) if pole == "centre" else corner

    def __repr__(self) -> str:
        same = len(set(self.categories.tolist())) == 1
        which = f"{self.categories[0]}, dim={self.dim}" if same else repr(self.categories.tolist())
        return f"Categorical({which}, margin={self.margin!r}, pole={self.pole_name!r})"

    def rows(self, theta: Floats) -> list[Floats]:
        """Return θ (or T, or G) as one view for each dimension, shape (K_i,) each."""
        return np.split(self._vectors(theta)[0], self.offsets[1:-1])

    def initial_theta(self) -> Floats:
        """Return the uniform distribution, θ_ik = 1/K_i."""
        return np.repeat(1.0 / self.categories, self.categories)

    def check_theta(self, theta: ArrayLike) -> Floats:
        vector = self._check_vector(theta)
        sums = np.add.reduceat(vector, self.offsets[:-1])
        if (vector < 0).any() or not np.allclose(sums, 1.0, rtol=0.0, atol=1e-9):
            worst = int(np.argmax(np.maximum(np.abs(sums - 1.0), [max(0.0, -row.min()) for row in self.rows(vector)])))
            raise ValueError(
                f"theta must be probabilities, each row at least 0 and summing to 1, but row {worst} is "
                f"{self.rows(vector)[worst].tolist()}."
            )
        return vector

    def check_samples(self, samples: Any) -> NDArray[np.int64]:
        return checks.whole_array("samples", samples, self.dim, self.categories)

    def sample(self, theta: Floats, rng: np.random.Generator | int, size: int) -> NDArray[np.int64]:
        (theta,) = self._vectors(theta)
        u = checks.generator("rng", rng).random((self._count(size), self.dim))
        c = np.empty(u.shape, dtype=np.int64)
        cumulative = np.ones((self.categories.max() - 1, self.dim))  # u never reaches the 1 that pads a shorter row
        categorical_cumulate(theta, self.offsets, np.arange(self.dim), cumulative)
        if c.size:
            categorical_sample(cumulative, u, c)  # c ~ P_θ
        return c

    def statistics(self, samples: Any) -> Floats:
        samples = self.check_samples(samples)
        stats = np.empty((len(samples), self.n_stats))
        categorical_statistics(samples, self.offsets, stats)
        return stats

    def fisher_sqrt(self, theta: Floats, v: Floats) -> Floats:
        theta, v = self._vectors(theta, v)
        out = np.empty(self.n_stats)
        categorical_fisher_sqrt(theta, self.offsets, self.pole, v, out)
        return out

    def fisher(self, theta: Floats) -> Floats:
        """Return F: for each row, diag(1/θ_1 … 1/θ_{K−1}) + 1/θ_K, in a block of its own."""
        rows = self.rows(*self._vectors(theta))
        with np.errstate(divide="ignore"):
            return self._finite(block_diagonal([np.diag(1.0 / row[:-1]) + 1.0 / row[-1] for row in rows]))

    def inverse_fisher(self, theta: Floats, v: Floats) -> Floats:
        """Return θ_k (v_k − Σ_j θ_j v_j) in each row: what is dearer than the row's mean gets a positive entry."""
        theta, v = self._vectors(theta, v)
        means = np.add.reduceat(theta * v, self.offsets[:-1])
        return np.asarray(theta * (v - np.repeat(means, self.categories)))  # (E3)

    def shift_logits(self, theta: Floats, step: Floats) -> Floats:
        """Return softmax(ln θ + step), row by row: logits are ln θ, up to a constant for each row."""
        theta, step = self._vectors(theta, step)
        with np.errstate(divide="ignore"):
            logits = np.log(theta) + step
        first = self.offsets[:-1]
        powers = np.exp(logits - np.repeat(np.maximum.reduceat(logits, first), self.categories))
        return np.asarray(powers / np.repeat(np.add.reduceat(powers, first), self.categories))

    def mutate(self, samples: Any, variables: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        mutated = self.check_samples(samples)  # a copy
        variables = self._places(variables, len(mutated))
        rows = np.flatnonzero((variables >= 0) & (variables < self.dim))
        columns = variables[rows]
        sizes = self.categories[columns]
        mutated[rows, columns] = (
            mutated[rows, columns] + checks.generator("rng", rng).integers(1, sizes)
        ) % sizes  # one other category
        return mutated

    def minimal(self, v: Floats) -> Floats:
        """Return v without the last category of each row, which the others determine."""
        return np.delete(self._along(v), self.offsets[1:] - 1, axis=-1)

    def mode(self, theta: Floats) -> NDArray[np.int64]:
        """Return the most probable category of each dimension, shape (D,); the first one of equals."""
        return np.array([np.argmax(row) for row in self.rows(*self._vectors(theta))], dtype=np.int64)

    def entropy(self, theta: Floats) -> float:
        return discrete_entropy(*self._vectors(theta))

    def log_likelihood(self, theta: Floats, samples: Any) -> Floats:
        (theta,) = self._vectors(theta)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(theta[self.offsets[:-1] + self.check_samples(samples)]).sum(axis=1))

    def kl(self, theta: Floats, other: Floats) -> float:
        return discrete_kl(*self._vectors(theta, other))

    def project(self, theta: Floats) -> Floats:
        projected = self._vectors(theta)[0].copy()
        categorical_project(projected, self.offsets, self.smallest)
        return projected
