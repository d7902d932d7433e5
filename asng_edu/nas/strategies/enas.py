r"""ENAS: an LSTM controller and shared weights (Pham, Guan, Zoph, Le and Dean, ICML 2018, arXiv 1802.03268).

The controller writes architectures c with the reward R(c) = −loss(c) + w H(c), where H is the entropy of its softmaxes
along c, taken as a number. A step of Adam ascends

    mean[(R(c) − b) ∇ ln p(c)],    b ← d b + (1 − d) mean[R].

Constants from the authors' public code for its cell space ("micro"): an LSTM of one layer with 64 units, embeddings of
64, all weights from U(−0.1, 0.1), logits bounded as 1.1 tanh(z), for operations as (1.1/2.5) tanh(z), Adam with 3.5e-3,
10 architectures a step, w = 1e-4, d = 0.99.

What differs, and what is left out:

* The reward there is the accuracy on a minibatch, here −loss, so that all strategies see the same numbers. Its baseline
  starts at 0, this one at the first batch's mean, and it is updated after its use, not before.
* There an epoch of the weights alternates with 30 steps of the controller; here, after the warm-up, a step of the
  controller follows each step of the weights, as for the other strategies.
* Inputs are chosen there by attention over the nodes so far, and operations share one softmax with a fixed bonus for
  two of them; here each decision has a softmax of its own (``controllers.tokens``).
* At the end the published search samples architectures and takes the one of the best accuracy on a minibatch; here the
  result is the most probable token at each place.
* The schedule of the shared weights (SGD from 0.05 to 0.0005 with warm restarts) is not the strategy's: whatever the
  strategy, a search trains them alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asng_edu._common.options import option
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.strategies.policy import ControllerSettings, ControllerStrategy, Rewarded

if TYPE_CHECKING:  # they need torch
    from torch import Tensor


@STRATEGIES.register("enas")
@dataclass(frozen=True, kw_only=True)
class ENASSettings(ControllerSettings):
    """The settings of ENAS."""

    bound: float = option(1.1, "bound of the logits, B tanh(z)", least=1e-3)
    operation_bound: float = option(0.44, "bound of the logits of a cell's operations", least=1e-3)

    def make(self, space: Space[Any], seed: int) -> ENAS:
        return ENAS(space, self, seed)


class ENAS(ControllerStrategy):
    """ENAS at work."""

    settings: ENASSettings

    def _bounds(self) -> list[float]:
        operations = (getattr(decision, "what", None) == "operation" for decision in self.space.decisions)
        return [self.settings.operation_bound if one else self.settings.bound for one in operations]

    def _update(self, codes: Tensor, rewards: Tensor) -> Rewarded:
        from asng_edu.nas.strategies.controllers.controller import reinforce_loss

        log_p, entropy = self.controller(codes)
        rewards = rewards + self.settings.entropy_weight * entropy.detach()
        baseline = self._baseline(rewards)
        advantages = rewards - baseline
        self.adam.step(reinforce_loss(log_p, advantages))
        return Rewarded(baseline, advantages.numpy(), float(entropy.detach().mean()))
