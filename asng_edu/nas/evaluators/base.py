"""The one interface through which strategies learn what a choice is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from asng_edu.nas.spaces.base import Space

Codes = NDArray[np.int64]
Losses = NDArray[np.float64]


@runtime_checkable
class Evaluator(Protocol):
    """Says what architectures are worth; lower is better.

    Attributes
    ----------
    space : Space
        To which the codes belong.
    """

    space: Space[Any]

    def losses(self, codes: Codes) -> Losses:
        """Return the loss of each code, shape (n,), given the codes, shape (n, D)."""


def keys_of(codes: Codes | Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Return codes as tuples, which can serve as keys."""
    return [tuple(int(number) for number in code) for code in codes]


def worst_if_not_finite(losses: Losses) -> Losses:
    """Return losses with infinity in place of what is not finite, so that the least of them can be found."""
    return np.where(np.isfinite(losses), losses, math.inf)
