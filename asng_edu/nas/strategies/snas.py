"""SNAS: the gates are drawn from a concrete distribution, and the gradient goes through the draw.

Xie, Zheng, Liu and Lin, ICLR 2019 (arXiv 1812.09926). For each decision one relaxed draw

    z = softmax((ln a + G) / τ),   G ~ Gumbel(0, 1)

weighs the options in a step. At a high temperature τ it is close to uniform, at a low one close to one-hot; for τ → 0 z
is a sample of the categorical distribution a, and for any τ > 0 it is differentiable in ln a. All options run at any
temperature; at a low one the weight of some underflows to zero, and with it their slope.

From the paper's code are ln a ~ N(1, 0.01²), Adam with the rate 3e-4, β = (0.5, 0.999) and weight decay 1e-3. τ falls
from 1 towards 0.03 in a straight line over the steps of the strategy. One public code leaves the temperature at its
first value unless it is told otherwise; ``tau_end = tau`` does the same here. In the warm-up it is the first.

Left out: the paper's price on resources; its single level, where one backward pass on one batch moves weights and
logits (here, as for all systems, the logits have batches of D_θ); and its space, whose edges have one vector of logits
each, *none* among the operations (see :mod:`asng_edu.nas.strategies.darts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.nas.evaluators.base import Evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies._formulas import relaxed
from asng_edu.nas.strategies.base import STRATEGIES, Learned
from asng_edu.nas.strategies.gates import GateSettings, GateStrategy, check_supernet

if TYPE_CHECKING:
    from torch import Tensor

    from asng_edu.nas.supernet.mixture import Mixture


@STRATEGIES.register("snas")
@dataclass(frozen=True, kw_only=True)
class SNASSettings(GateSettings):
    """The settings of SNAS."""

    tau: float = option(1.0, "first temperature of the relaxed draws")
    tau_end: float = option(0.03, "last temperature of the relaxed draws")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("tau", "tau_end"):
            checks.positive(name, getattr(self, name))

    def make(self, space: Space[Any], seed: int) -> SNAS:
        return SNAS(space, seed, self)


class SNAS(GateStrategy):
    """SNAS at work.

    Attributes
    ----------
    tau : float
        τ, the temperature of the last step.
    """

    saved = (*GateStrategy.saved, "tau")
    mean, spread = 1.0, 0.01
    settings: SNASSettings

    def __init__(self, space: Space[Any], seed: int, settings: SNASSettings) -> None:
        super().__init__(space, seed, settings)
        self.tau = float(settings.tau)

    def mixture(self, logits: Tensor) -> Mixture:
        import torch

        noise = torch.from_numpy(self.rng.gumbel(size=self.space.options))
        pairs = zip(self.rows(logits), self.rows(noise), strict=True)
        return self.space.mixture([relaxed(row, draw, self.tau) for row, draw in pairs])

    def learn(self, evaluator: Evaluator) -> Learned:
        before, first, last = self.tau, self.settings.tau, self.settings.tau_end
        self.tau = first + (last - first) * check_supernet(self.settings.name, evaluator).progress
        try:
            return super().learn(evaluator)
        except ArithmeticError:
            self.tau = before
            raise

    def epoch_metrics(self) -> dict[str, Any]:
        return super().epoch_metrics() | {"tau": self.tau}
