"""SNG: as ASNG, but every step of θ has the same Fisher length δ⁰."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.distributions import Categorical
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.strategies.distribution import UtilitySettings
from asng_edu.optimizers.sng import SNG


@STRATEGIES.register("sng")
@dataclass(frozen=True, kw_only=True)
class SNGSettings(UtilitySettings):
    """The settings of SNG."""

    delta0: float = option(1.0, "δ⁰, the Fisher length of every step")

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive("delta0", self.delta0)

    def optimizer(self, distribution: Categorical, **common: Any) -> SNG:
        return SNG(distribution, self.delta0, utility=self.utility, **common)
