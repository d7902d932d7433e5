"""The one interface through which strategies learn what a choice is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
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


def check_evaluator(evaluator: Evaluator) -> Evaluator:
    """Return what says what choices are worth, or raise a ValueError if it does not."""
    return checks.instance("evaluator", evaluator, Evaluator, "one, with a space and losses")


def keys_of(codes: Codes | Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Return codes as tuples, which can serve as keys."""
    given = checks.as_array("codes", codes)
    if given.ndim != 2 or given.dtype.kind not in "iu":
        raise ValueError(f"codes must be whole numbers, one row for each architecture, but are {checks.short(codes)}.")
    return [tuple(code) for code in given.tolist()]


def worst_if_not_finite(losses: Losses) -> Losses:
    """Return losses with infinity in place of what is not finite, so that the least of them can be found."""
    losses = checks.as_array("losses", losses)
    if losses.dtype.kind not in "biuf":
        raise ValueError(f"losses must be real numbers, but are of type {losses.dtype}.")
    return np.where(np.isfinite(losses), losses, math.inf)
