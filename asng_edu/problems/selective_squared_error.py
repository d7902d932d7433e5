"""The article's artificial function, section 3.1: weights and choices that have to be found together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu._common.compiled import compiled
from asng_edu.distributions.base import Floats

Integers = NDArray[np.int64]


@compiled(x="D K", c="D", z="D")
def selective_loss(x: Floats, c: Integers, z: Floats) -> float:
    """Return Σ_i ((x_{i,c_i} − z_i)² + c_i/K) for one c (D,), one z (D,) and x (D, K); c counts from 0."""
    dim, categories = x.shape
    squares = 0.0
    penalty = 0
    for i in range(dim):
        difference = x[i, c[i]] - z[i]
        squares += difference * difference
        penalty += c[i]
    return float(squares + penalty / categories)


@compiled(x="D K", c="D")
def selective_solved(x: Floats, c: Integers) -> bool:
    """Return whether the expected loss of c (D,) is below K⁻¹ + DK⁻², the article's mark of success.

    The constant DK⁻² is on both sides, and the terms x_{i,c_i}² + c_i/K are not negative, so the sum can stop where
    it reaches K⁻¹.
    """
    dim, categories = x.shape
    target = 1.0 / categories
    total = 0.0
    for i in range(dim):
        total += x[i, c[i]] * x[i, c[i]] + c[i] * target
        if not total < target:  # nor is a loss that is not a number a solution
            return False
    return True


@compiled(x="D K", c="λ D", z="D", gradient="D K")
def selective_gradient(x: Floats, c: Integers, z: Floats, gradient: Floats) -> None:
    """Write the mean over the samples c (λ, D) of the loss's gradient by x into ``gradient`` (D, K); eq. (6)."""
    lam, dim = c.shape
    scale = 2.0 / lam
    gradient[:, :] = 0.0
    for n in range(lam):
        for i in range(dim):
            gradient[i, c[n, i]] += scale * (x[i, c[n, i]] - z[i])  # (6)


class SelectiveSquaredError:
    r"""The selective squared error of section 3.1: c chooses which entry of x counts in each row.

    .. math:: \mathbb{E}_z \sum_{i=1}^D \Big[(x_{i,c_i} - z_i)^2 + \frac{c_i}{K}\Big], \qquad
              z \sim \mathcal{N}(0, \sigma_z^2 I), \quad c_i \in \{0, \dots, K-1\}.

    The article writes j − 1 with j from 1; here categories count from 0. The least value is DK⁻², at c = 0 and
    x_{i,0} = 0.

    Parameters
    ----------
    dim, categories : int
        D ≥ 1 and K ≥ 2; 30 and 5 in the article.
    noise : float, optional
        σ_z, the standard deviation of z; K⁻¹ by default, as in the article.

    Raises
    ------
    ValueError
        For D < 1, K < 2 or a negative noise; in the methods, for an x, c or z of the wrong shape or no such category.

    Notes
    -----
    Taught in chapter *The robustness sweep*.
    """

    def __init__(self, dim: int = 30, categories: int = 5, noise: float | None = None) -> None:
        self.categories = checks.integer("categories (K)", categories, 2, checks.LARGEST)
        self.dim = checks.integer("dim (D)", dim, 1, checks.LARGEST // self.categories)
        self.noise = 1.0 / self.categories if noise is None else checks.real("noise", noise)
        if not 0.0 <= self.noise < np.inf:
            raise ValueError(f"noise must be a finite number from 0, but is {checks.short(noise)}.")

    def __repr__(self) -> str:
        return f"SelectiveSquaredError({self.dim}, {self.categories}, noise={self.noise})"

    @property
    def target(self) -> float:
        """The expected loss below which a solution counts as found: 1/K + Dσ_z²."""
        return 1.0 / self.categories + self.dim * self.noise**2

    def initial_x(self, rng: np.random.Generator | int) -> Floats:
        """Draw x ~ N(0, I), shape (D, K)."""
        return np.asarray(checks.generator("rng", rng).standard_normal((self.dim, self.categories)))

    def draw(self, rng: np.random.Generator | int) -> Floats:
        """Draw one z, shape (D,): the "data" of one mini-batch, shared by its samples."""
        return np.asarray(self.noise * checks.generator("rng", rng).standard_normal(self.dim))  # z ~ N(0, σ_z² I)

    def loss(self, x: ArrayLike, c: ArrayLike, z: ArrayLike) -> Floats:
        """Return the loss of each c, shape (λ,), for samples c (λ, D), x (D, K) and one z (D,)."""
        x, c, z = self._check(x, c, z)
        return np.array([selective_loss(x, row, z) for row in c])

    def gradient(self, x: ArrayLike, c: ArrayLike, z: ArrayLike) -> Floats:
        """Return the gradient of the mean loss of the samples by x, shape (D, K); eq. (6)."""
        x, c, z = self._check(x, c, z)
        gradient = np.empty_like(x)
        selective_gradient(x, c, z, gradient)
        return gradient

    def expected_loss(self, x: ArrayLike, c: ArrayLike) -> Floats:
        """Return the expectation over z of the loss of each c, shape (λ,)."""
        return self.loss(x, c, np.zeros(self.dim)) + self.dim * self.noise**2

    def solved(self, x: ArrayLike, c: ArrayLike) -> bool:
        """Return whether one of the samples has an expected loss below :attr:`target`."""
        x, c, _ = self._check(x, c, np.zeros(self.dim))
        return any(selective_solved(x, row) for row in c)

    def _check(self, x: ArrayLike, c: ArrayLike, z: ArrayLike) -> tuple[Floats, Integers, Floats]:
        return (
            checks.shaped_array("x", x, (self.dim, self.categories)),
            checks.whole_array("c", c, self.dim, np.full(self.dim, self.categories)),
            checks.shaped_array("z", z, (self.dim,)),
        )
