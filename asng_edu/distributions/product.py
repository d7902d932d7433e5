"""Several families side by side, for mixed variables: the distributions joined, as section 2.3 of the article says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats, block_diagonal


class Product(Distribution):
    """The joint distribution of independent parts.

    θ, T and G lay the parts end to end. Samples are tuples with one array for each part, each with one sample a row.
    Each part keeps its own margin: ``"asng"`` and ``"catcma"`` count the dimensions of the part, not of the product.

    Parameters
    ----------
    *parts : Distribution
        At least one.

    Raises
    ------
    ValueError
        If there is no part, or a part is not a distribution.

    Examples
    --------
    >>> from asng_edu.distributions import Categorical, Integer
    >>> family = Product(Categorical(5), Integer(1, 8))
    >>> family.n_theta
    6
    """

    def __init__(self, *parts: Distribution) -> None:
        if not parts or not all(isinstance(part, Distribution) for part in parts):
            raise ValueError(f"Product needs one or more distributions, but was given {checks.short(parts)}.")
        self.parts = parts
        self.n_stats = sum(part.n_stats for part in parts)
        self.n_theta = sum(part.n_theta for part in parts)
        checks.integer("the length of theta", self.n_stats, 1, checks.LARGEST)
        self.dim = sum(part.dim for part in parts)

    def __repr__(self) -> str:
        return f"Product({', '.join(map(repr, self.parts))})"

    def split(self, theta: Floats) -> list[Floats]:
        """Return θ (or G) as one view for each part."""
        joint, views, first = self._along(theta), [], 0
        for part in self.parts:
            views.append(joint[..., first : first + part.n_stats])
            first += part.n_stats
        return views

    def _join(self, function: Callable[..., Floats], *values: Any) -> Floats:
        return np.concatenate([function(part, *v) for part, *v in zip(self.parts, *values, strict=True)], axis=-1)

    def _total(self, function: Callable[..., Any], *values: Any) -> Any:
        return sum(function(part, *v) for part, *v in zip(self.parts, *values, strict=True))

    def initial_theta(self) -> Floats:
        return self._join(lambda part: part.initial_theta())

    def check_theta(self, theta: ArrayLike) -> Floats:
        vector = self._check_vector(theta)
        return self._join(lambda part, t: part.check_theta(t), self.split(vector))

    def check_samples(self, samples: Any) -> tuple[Any, ...]:
        return tuple(self._of_each(samples, lambda part, s: part.check_samples(s), _size))

    def sample(self, theta: Floats, rng: np.random.Generator | int, size: int) -> tuple[Any, ...]:
        rng = checks.generator("rng", rng)  # once: a seed would give all parts the same numbers
        return tuple(part.sample(t, rng, size) for part, t in zip(self.parts, self.split(theta), strict=True))

    def statistics(self, samples: Any) -> Floats:
        return np.concatenate(self._of_each(samples, lambda part, s: part.statistics(s), len), axis=-1)

    def fisher_sqrt(self, theta: Floats, v: Floats) -> Floats:
        return self._join(lambda part, t, w: part.fisher_sqrt(t, w), self.split(theta), self.split(v))

    def fisher(self, theta: Floats) -> Floats:
        """Return F, with one block for each part."""
        return block_diagonal([part.fisher(t) for part, t in zip(self.parts, self.split(theta), strict=True)])

    def inverse_fisher(self, theta: Floats, v: Floats) -> Floats:
        return self._join(lambda part, t, w: part.inverse_fisher(t, w), self.split(theta), self.split(v))

    def shift_logits(self, theta: Floats, step: Floats) -> Floats:
        return self._join(lambda part, t, s: part.shift_logits(t, s), self.split(theta), self.split(step))

    def mutate(self, samples: Any, variables: NDArray[np.int64], rng: np.random.Generator) -> tuple[Any, ...]:
        samples, rng = self.check_samples(samples), checks.generator("rng", rng)
        variables = self._places(variables, len(self.decode(samples)))
        before = np.cumsum([0, *(part.dim for part in self.parts[:-1])])
        parts = zip(self.parts, samples, before, strict=True)
        return tuple(part.mutate(s, variables - first, rng) for part, s, first in parts)

    def minimal(self, v: Floats) -> Floats:
        return self._join(lambda part, w: part.minimal(w), self.split(v))

    def mode(self, theta: Floats) -> tuple[Any, ...]:
        """Return the mode of each part, as a tuple."""
        return tuple(part.mode(t) for part, t in zip(self.parts, self.split(theta), strict=True))

    def entropy(self, theta: Floats) -> float:
        return float(self._total(lambda part, t: part.entropy(t), self.split(theta)))

    def log_likelihood(self, theta: Floats, samples: Any) -> Floats:
        samples = self.check_samples(samples)
        return np.asarray(self._total(lambda part, t, s: part.log_likelihood(t, s), self.split(theta), samples))

    def kl(self, theta: Floats, other: Floats) -> float:
        return float(self._total(lambda part, t, o: part.kl(t, o), self.split(theta), self.split(other)))

    def project(self, theta: Floats) -> Floats:
        return self._join(lambda part, t: part.project(t), self.split(theta))

    def decode(self, samples: Any) -> list[Any]:
        """Return one tuple for each sample, with each part's own candidate in it."""
        return list(zip(*self._of_each(samples, lambda part, s: part.decode(s), len), strict=True))

    def _of_each(self, samples: Any, of: Callable[[Distribution, Any], Any], size: Callable[[Any], int]) -> list[Any]:
        """Return what each part makes of its samples, if that is equally much for all; the part checks them."""
        if not isinstance(samples, tuple | list) or len(samples) != len(self.parts):
            raise ValueError(f"samples must be a tuple of {len(self.parts)} arrays, one for each part of the product.")
        made = [of(part, s) for part, s in zip(self.parts, samples, strict=True)]
        sizes = {size(one) for one in made}
        if len(sizes) > 1:
            raise ValueError(f"samples must hold equally many rows for each part, but hold {sorted(sizes)}.")
        return made


def _size(samples: Any) -> int:
    """Return how many samples there are."""
    return _size(samples[0]) if isinstance(samples, tuple) else len(samples)
