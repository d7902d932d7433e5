"""Adam on the Fisher-normalised natural gradient of θ, as the article's Fig. 4 compares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.distributions import Categorical
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.strategies.distribution import UtilitySettings
from asng_edu.optimizers.adam import Adam


@STRATEGIES.register("adam")
@dataclass(frozen=True, kw_only=True)
class AdamSettings(UtilitySettings):
    """The settings of Adam."""

    delta0: float = option(0.01, "Adam's learning rate")

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive("delta0", self.delta0)

    def optimizer(self, distribution: Categorical, **common: Any) -> Adam:
        return Adam(distribution, self.delta0, utility=self.utility, **common)
