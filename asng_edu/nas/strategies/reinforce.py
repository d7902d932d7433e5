"""REINFORCE with one softmax for each decision: ENAS without its controller, on a supernet, a table or from scratch.

The logits move by z ← z + Adam[(b − loss)∇ ln p] (Williams 1992; Pham et al., ICML 2018, for the baseline). The vector
in the brackets is the one that SNG adds to θ; :mod:`asng_edu.optimizers.reinforce` says so in equations. Adam's rate is
our own: ENAS has 3.5e-3 for the weights of an LSTM, which move many logits at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asng_edu._common import checks
from asng_edu._common.options import check_options, option
from asng_edu.distributions import Categorical
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.strategies.distribution import DistributionSettings
from asng_edu.optimizers.reinforce import Reinforce


@STRATEGIES.register("reinforce")
@dataclass(frozen=True, kw_only=True)
class ReinforceSettings(DistributionSettings):
    """The settings of REINFORCE."""

    logit_rate: float = option(0.05, "learning rate of the logits")
    adam: bool = option(True, "Adam makes the step of the gradient")
    baseline_decay: float = option(0.95, "share that a batch leaves of the baseline", most=0.9999)

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive("logit_rate", self.logit_rate)
        check_options(self)

    def optimizer(self, distribution: Categorical, **common: Any) -> Reinforce:
        return Reinforce(distribution, self.logit_rate, adam=self.adam, decay=self.baseline_decay, **common)
