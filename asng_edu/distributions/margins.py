"""How far a discrete θ stays from the border of the simplex, so that no category ever dies out.

A margin is the smallest probability that the projection leaves to a category. It has to lie below 1/K: at 1/K there
is nothing but the uniform distribution.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks

NAMED = ("asng", "catcma", "none")


def smallest_probability(margin: str | float, categories: NDArray[np.int64]) -> tuple[str | float, NDArray[np.float64]]:
    """Return the margin, checked, and the least probability of a category that it means, one for each dimension.

    Parameters
    ----------
    margin : {"asng", "catcma", "none"} or float
        ``"asng"`` is 1/(D(K−1)), as in the authors' code for the article. For D = 1, and for D = K = 2, that would be
        1/K or more and leave θ no room; there the CatCMA margin takes its place.
        ``"catcma"`` is (1 − 0.73^{1/D})/(K−1) (Hamano et al. 2024, arXiv 2405.09962), always below 1/K: it lets a
        converged distribution still draw its mode in every dimension with probability 0.73.
        ``"none"`` is 0: a category may die out. A number is used as it is.
    categories : array of int, shape (D,)
        K of each dimension.

    Raises
    ------
    ValueError
        If the name is unknown, or the number does not lie in [0, 1/K) for every dimension.
    """
    whole = isinstance(categories, np.ndarray) and categories.ndim == 1 and categories.dtype.kind in "iu"
    if not whole or categories.size == 0 or categories.min() < 2:
        raise ValueError(f"categories must be an array of K ≥ 2 in every dimension, but is {checks.short(categories)}.")
    others = categories - 1.0
    dim = len(categories)
    catcma = (1.0 - 0.73 ** (1.0 / dim)) / others
    if isinstance(margin, str):
        margin = checks.one_of("margin", margin, NAMED)
        if margin == "asng":
            asng = 1.0 / (dim * others)
            return margin, np.where(asng < 1.0 / categories, asng, catcma)
        return margin, catcma if margin == "catcma" else np.zeros(dim)
    number = checks.real("margin", margin)
    limit = 1.0 / categories.max()
    if not (math.isfinite(number) and 0.0 <= number < limit):
        raise ValueError(
            f"margin must be one of {', '.join(NAMED)} or a number from 0 to below 1/K = {limit:.4g}, "
            f"but is {checks.short(margin)}: K probabilities of at least that much cannot add up to 1 and still move."
        )
    return number, np.full(dim, number)
