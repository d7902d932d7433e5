"""Losses from a table: every architecture has been measured before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.nas.evaluators.base import Codes, Losses, keys_of
from asng_edu.nas.spaces.base import Space


class Table:
    """Losses that are known for every code of a space, or for those that will be asked for.

    Parameters
    ----------
    space : Space
    losses : mapping of code to float
        The codes as tuples of D numbers.

    Attributes
    ----------
    evaluations : int
        How many codes were asked for so far, repeated ones included.

    Raises
    ------
    ValueError
        If the table is empty, a code is none of the space, or a loss is NaN. From :meth:`losses`, if a code is not in
        the table.

    Examples
    --------
    >>> from asng_edu.nas import LayerSpace
    >>> space = LayerSpace(layers=2, operations=("identity", "conv_3x3"))
    >>> table = Table(space, {(0, 0): 0.9, (0, 1): 0.5, (1, 0): 0.4, (1, 1): 0.1})
    >>> table.losses([[1, 1], [0, 1]]), table.best
    (array([0.1, 0.5]), (1, 1))
    """

    def __init__(self, space: Space[Any], losses: Mapping[Sequence[int], float]) -> None:
        checks.instance("space", space, Space, "a space, such as CellSpace()")
        if not checks.instance("losses", losses, Mapping, "a mapping from codes to numbers"):
            raise ValueError("a table must hold the loss of at least one architecture, but is empty.")
        self.space = space
        self.evaluations = 0
        self._losses: dict[tuple[int, ...], float] = {}
        for code, loss in losses.items():
            self._losses[tuple(space.check_code(code).tolist())] = checks.real("a loss of the table", loss)

    @property
    def best(self) -> tuple[int, ...]:
        """The code of the least loss."""
        return min(self._losses, key=self._losses.__getitem__)

    def losses(self, codes: Codes | Sequence[Sequence[int]]) -> Losses:
        """Return the loss of each code, shape (n,)."""
        keys = keys_of(codes)
        found = np.array([self._losses.get(key, math.nan) for key in keys])
        if np.isnan(found).any():
            missing = keys[int(np.isnan(found).argmax())]
            raise ValueError(f"the table has no loss of the architecture {', '.join(map(str, missing))}.")
        self.evaluations += len(keys)
        return found
