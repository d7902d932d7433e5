"""Two classics of evolutionary computation in categorical form: every dimension counts, or only those in order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Floats


def onemax(c: ArrayLike) -> Floats:
    """Return how many dimensions do not have category 0, for samples c (λ, D): shape (λ,), least at c = 0.

    The categorical form of OneMax: every dimension counts by itself.

    Examples
    --------
    >>> onemax([[0, 2, 1], [0, 0, 0]])
    array([2., 0.])
    """
    return np.asarray(np.count_nonzero(_samples(c), axis=-1), dtype=np.float64)


def leading_ones(c: ArrayLike) -> Floats:
    """Return D minus the length of the run of category 0 at the start, for samples c (λ, D): shape (λ,).

    The categorical form of LeadingOnes: a dimension counts only once all those before it are right, so the signal
    comes from one dimension at a time.

    Examples
    --------
    >>> leading_ones([[0, 0, 1, 0], [3, 0, 0, 0]])
    array([2., 4.])
    """
    c = _samples(c)
    return np.asarray(c.shape[-1] - np.cumprod(c == 0, axis=-1).sum(axis=-1), dtype=np.float64)


def _samples(c: ArrayLike) -> NDArray[Any]:
    """Return samples, or a single one, as an array of numbers."""
    array = checks.as_array("c", c)
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise ValueError(f"c must be categories, one sample a row, but is {checks.short(c)}.")
    return array
