"""What proposes the points of a black box: any optimiser of this library, or CatCMA with margin of ``cmaes``."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from asng_edu._common import checks, logger
from asng_edu.blackbox.catcma import CatCMA
from asng_edu.blackbox.space import Params, Space
from asng_edu.distributions.base import Floats
from asng_edu.optimizers.base import Optimizer
from asng_edu.optimizers.registry import OPTIMIZERS, Method

CATCMA = "catcma"
Chosen = str | type[Optimizer[Any]]  # how a method is named


class Proposer(Protocol):
    """What :func:`asng_edu.minimize` asks for points and tells their losses."""

    def ask(self) -> list[Params]:
        """Return the next points, λ of them."""

    def tell(self, losses: Floats) -> None:
        """Learn from the losses of the points asked for last; NaN is an evaluation that failed."""

    def mode(self) -> Params | None:
        """Return the point that the method would give now, or None where it has none but the best so far."""


class ByDistribution:
    """An optimiser of this library on the distribution of a space."""

    def __init__(self, space: Space, optimizer: Optimizer[Any]) -> None:
        self.space, self.optimizer = space, optimizer
        self._samples: Any = None

    def ask(self) -> list[Params]:
        self._samples = self.optimizer.ask()
        return self.space.decode(self._samples)

    def tell(self, losses: Floats) -> None:
        try:
            self.optimizer.tell(self._samples, losses, nan="worst")
        except (ValueError, ArithmeticError) as error:  # losses near the end of the floats
            logger.warning("the method learns nothing from losses %s: %s", losses.tolist(), error)

    def mode(self) -> Params:
        return self.space.name(self.optimizer.mode())


def make(method: Chosen, space: Space, seed: int, margin: str | float) -> Proposer:
    """Return the method at its beginning.

    Raises
    ------
    ValueError
        If there is no such method, or it does not accept its options or the space.
    """
    checks.instance("space", space, Space, "a Space")
    seed = checks.integer("seed", seed, 0)
    name, _, options = label(method).partition(":")
    if not isinstance(method, str):
        cls: Any = method
        return ByDistribution(space, cls(space.distribution(margin), seed=seed))
    if name == CATCMA:
        given = dict(part.partition("=")[::2] for part in options.split(":") if part)
        for option in given:
            checks.one_of("an option of catcma", option, ["lam"])
        lam: Any = given.get("lam")
        return CatCMA(space, seed, int(lam) if lam and lam.isdecimal() else lam)
    checks.one_of("method", name, [*OPTIMIZERS, CATCMA])
    return ByDistribution(space, Method.parse(method).make(space.distribution(margin), np.random.default_rng(seed)))


def label(method: Chosen) -> str:
    """Return how a method is written down."""
    if isinstance(method, type) and issubclass(method, Optimizer):
        return f"{method.__module__}.{method.__qualname__}"
    return checks.instance("method", method, str, "a name or a class of optimisers")
