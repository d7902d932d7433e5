"""A price on top of a loss: for parameters, multiply-adds, or anything else that a choice costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.nas.evaluators.base import Codes, Evaluator, Losses, check_evaluator, keys_of


class Penalised:
    """The losses of another evaluator, each with a weight times the cost of its architecture added.

    Parameters
    ----------
    evaluator : Evaluator
        Whose losses.
    cost : callable
        Of an architecture, as ``evaluator.space.decode`` returns it; a finite number. Asked once for each.
    weight : float
        The price of a unit, at least 0.

    Raises
    ------
    ValueError
        For a weight below 0; from :meth:`losses`, for a cost that is not finite.

    Notes
    -----
    The penalty of Saito and Shirakawa (ICANN 2019), sampled. For a cost that is a sum over the decisions there is a
    closed form, the ``penalty`` of :class:`asng_edu.ASNG`; what sets the two apart is taught in chapter *Small is
    beautiful*.

    Examples
    --------
    >>> from asng_edu.nas import LayerSpace, Table
    >>> space = LayerSpace(layers=1, operations=("identity", "conv_3x3"))
    >>> priced = Penalised(Table(space, {(0,): 0.5, (1,): 0.4}), lambda net: net.operations.count("conv_3x3"), 0.2)
    >>> priced.losses([[0], [1]]).round(3)
    array([0.5, 0.6])
    """

    def __init__(self, evaluator: Evaluator, cost: Callable[[Any], float], weight: float) -> None:
        self.evaluator, self.cost = check_evaluator(evaluator), cost
        if not callable(cost):
            raise ValueError(f"cost must be a function of an architecture, but is {checks.short(cost)}.")
        self.space = evaluator.space
        self.weight = checks.real("weight", weight)
        if not 0 <= self.weight < math.inf:
            raise ValueError(f"weight must be finite and at least 0, but is {checks.short(weight)}.")
        self._costs: dict[tuple[int, ...], float] = {}

    def losses(self, codes: Codes) -> Losses:
        """Return loss plus weight times cost of each code, shape (n,)."""
        return self.evaluator.losses(codes) + self.weight * np.array([self._cost(code) for code in keys_of(codes)])

    def _cost(self, code: tuple[int, ...]) -> float:
        if code not in self._costs:
            cost = checks.real("the cost of an architecture", self.cost(self.space.decode(code)))
            if not math.isfinite(cost):
                raise ValueError(f"the cost of an architecture must be finite, but is {cost} for {code}.")
            self._costs[code] = cost
        return self._costs[code]
