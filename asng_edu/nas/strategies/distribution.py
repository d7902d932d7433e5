"""The settings that strategies which move a distribution have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu._common.options import number_or_name, option
from asng_edu.distributions import Categorical
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.spaces.price_list import parameter_shares
from asng_edu.nas.strategies.ask_tell import AskTell
from asng_edu.nas.strategies.base import StrategySettings, check_samples
from asng_edu.optimizers.base import Optimizer
from asng_edu.optimizers.natural_gradient import UTILITIES


@dataclass(frozen=True, kw_only=True)
class DistributionSettings(StrategySettings):
    """Ask and tell over the categorical distribution of a space."""

    lam: int = option(2, "λ_θ, paths for a step of θ")
    margin: str | float = option("asng", "asng, catcma, none or a number", number_or_name)

    def __post_init__(self) -> None:
        check_samples(self.lam)
        Categorical(2, dim=2, margin=self.margin if isinstance(self.margin, str) else 0.0)
        if not isinstance(self.margin, str):
            checks.real("margin", self.margin)

    @abstractmethod
    def optimizer(self, distribution: Categorical, **common: Any) -> Optimizer[Any]:
        """Return the optimiser; ``common`` are λ, the generator and :meth:`extras`."""

    def make(self, space: Space[Any], seed: int) -> AskTell:
        checks.instance("space", space, Space, "a space, such as CellSpace()")
        rng = np.random.default_rng(seed_for("paths", seed))
        common = {"lam": self.lam, "rng": rng, **self.extras(space)}
        return AskTell(space, self.optimizer(space.categorical(self.margin), **common))

    def extras(self, space: Space[Any]) -> dict[str, Any]:
        """Return what else the optimiser is given on a space."""
        return {}


@dataclass(frozen=True, kw_only=True)
class UtilitySettings(DistributionSettings):
    """The same, of an optimiser that makes utilities of the losses of a batch."""

    utility: str = option("mean", "mean or rank")
    price: float = option(0.0, "ε, what the parameters of the dearest path add to its loss, in closed form")

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.one_of("utility", self.utility, UTILITIES)
        if not 0 <= checks.real("price", self.price) < math.inf:
            raise ValueError(f"price must be finite and at least 0, but is {checks.short(self.price)}.")

    def extras(self, space: Space[Any]) -> dict[str, Any]:
        return {"penalty": self.price * parameter_shares(space)} if self.price else {}
