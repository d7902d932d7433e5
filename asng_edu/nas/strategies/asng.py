"""ASNG-NAS: θ moves by stochastic natural gradient with an adaptive step size (Algorithm 1).

Akimoto et al., ICML 2019; the article's sections 2.3 and 2.4. What it leaves open follows the authors' code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.distributions import Categorical
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.strategies.distribution import UtilitySettings
from asng_edu.optimizers.asng import ASNG


@STRATEGIES.register("asng")
@dataclass(frozen=True, kw_only=True)
class ASNGSettings(UtilitySettings):
    """The settings of ASNG."""

    delta0: float = option(1.0, "δ⁰, the first trust region radius")
    alpha: float = option(1.5, "α, the target of ‖s‖²/γ")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("delta0", "alpha"):
            checks.positive(name, getattr(self, name))

    def optimizer(self, distribution: Categorical, **common: Any) -> ASNG:
        return ASNG(distribution, self.delta0, alpha=self.alpha, utility=self.utility, **common)
