"""CatCMA with margin, of the package ``cmaes``, on a space: to compare with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.blackbox.space import Params, Space
from asng_edu.distributions import Categorical, Integer, Real
from asng_edu.distributions.base import Floats

MOST_VALUES = 100_000  # of an integer, which CatCMAwM lists one by one


class CatCMA:
    """CatCMA with margin (Hamano et al. 2025, arXiv 2504.07884), as ``cmaes`` has it.

    Integers are its integers, choices and bools its categories, real numbers its continuous variables; on a
    logarithmic scale it sees the logarithm. It starts from its own defaults, and has no public mode.

    Parameters
    ----------
    space : Space
    seed : int
    lam : int, optional
        The size of its population; by default its own choice, 4 + ⌊3 ln D⌋.

    Raises
    ------
    ValueError
        If an integer has more values than can be listed.
    ModuleNotFoundError
        If ``cmaes`` is not installed.
    """

    def __init__(self, space: Space, seed: int, lam: int | None = None) -> None:
        try:
            from cmaes import CatCMAwM
        except ModuleNotFoundError as error:
            words = "the method catcma needs cmaes: pip install 'asng_edu[catcma]'."
            raise ModuleNotFoundError(words, name=error.name) from None
        lam = None if lam is None else checks.integer("lam (λ)", lam, 2, checks.LARGEST)
        self._space, self._parts = space, space.distribution().parts
        reals: list[Any] = []
        integers: list[Any] = []
        sizes: list[int] = []
        for part in self._parts:
            if isinstance(part, Categorical):
                sizes += part.categories.tolist()
            elif isinstance(part, Integer):
                integers += [_values(*one, part.log) for one in zip(part.low.tolist(), part.high.tolist(), strict=True)]
            elif isinstance(part, Real):
                scale = np.log if part.log else np.asarray
                reals += np.stack([scale(part.low), scale(part.high)], axis=1).tolist()
        seed %= 2**32  # it draws by NumPy's older generator
        self._cma = CatCMAwM(
            x_space=reals or None, z_space=integers or None, c_space=sizes or None, population_size=lam, seed=seed
        )
        self._asked: list[Any] = []

    def ask(self) -> list[Params]:
        """Return as many points as its population has."""
        self._asked = [self._cma.ask() for _ in range(self._cma.population_size)]
        return [self._space.name(self._candidate(solution)) for solution in self._asked]

    def tell(self, losses: Floats) -> None:
        """Let it learn from the losses of these points; of failed ones (NaN) that they are worse than all others."""
        if np.isfinite(losses).any():
            worst = float(np.nanmax(losses))
            told = np.where(np.isnan(losses), worst + max(1.0, abs(worst)), losses).tolist()
            self._cma.tell(list(zip(self._asked, told, strict=True)))

    def mode(self) -> None:
        """Return None."""
        return None

    def _candidate(self, solution: Any) -> tuple[Any, ...]:
        """Return a solution as the distribution of the space decodes a sample."""
        categories = [] if solution.c is None else np.argmax(solution.c, axis=1)
        left = {Categorical: list(categories), Integer: list(_or_none(solution.z)), Real: list(_or_none(solution.x))}
        candidate = []
        for part in self._parts:
            mine = left[type(part)]
            taken, left[type(part)] = np.array(mine[: part.dim]), mine[part.dim :]
            if isinstance(part, Integer | Real):
                taken = np.exp(taken) if part.log else taken
                taken = np.rint(taken).astype(np.int64) if isinstance(part, Integer) else taken
                taken = np.clip(taken, part.low, part.high)
            candidate.append(taken)
        return tuple(candidate)


def _or_none(numbers: Any) -> Any:
    return () if numbers is None else numbers


def _values(low: int, high: int, log: bool) -> list[float]:
    """Return the values of an integer, on its scale."""
    checks.integer("the number of an integer's values, for catcma,", high - low + 1, 2, MOST_VALUES)
    return [math.log(value) if log else float(value) for value in range(low, high + 1)]
