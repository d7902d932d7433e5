"""DARTS, first order: every option runs, weighted by a softmax, and the weights' gradient is followed as any other.

Liu, Simonyan and Yang, ICLR 2019 (arXiv 1806.09055), with the approximation ξ = 0 of its equation 7: the logits a move
along ∂L_val(w, a)/∂a, with the weights as they are. Nothing is sampled, so a step has no variance but that of the
batch; it costs all options of all decisions, where a sampled path costs one.

From the paper's code are a ~ 0.001·N(0, 1) and Adam with the rate 3e-4, β = (0.5, 0.999) and weight decay 1e-3.

The space is ours and not the paper's. There each of 14 edges has one vector of logits over 8 operations, among them
*none*; two edges of a node are kept at the end, those whose strongest operation other than *none* is largest. Here a
slot decides on an input and on an operation, a pair is weighed by the product of both gates, and the result takes the
largest logit of each decision. So there is no choice of the top two edges, and no *none* that could win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.strategies.gates import GateSettings, GateStrategy

if TYPE_CHECKING:
    from torch import Tensor

    from asng_edu.nas.supernet.mixture import Mixture


@STRATEGIES.register("darts")
@dataclass(frozen=True, kw_only=True)
class DARTSSettings(GateSettings):
    """The settings of first-order DARTS."""

    def make(self, space: Space[Any], seed: int) -> DARTS:
        return DARTS(space, seed, self)


class DARTS(GateStrategy):
    """First-order DARTS at work."""

    def mixture(self, logits: Tensor) -> Mixture:
        return self.space.mixture([row.softmax(0) for row in self.rows(logits)])
