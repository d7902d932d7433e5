r"""NASNet: an LSTM controller and proximal policy optimisation (Zoph, Vasudevan, Shlens and Le, CVPR 2018).

arXiv 1707.07012, after the REINFORCE of Zoph and Le (2017), [3] of the article's first section. The controller writes a
rollout of architectures, each is trained from scratch, and then several epochs of Adam descend, on the same rollout,

    −mean[min(r (R − b), clip(r, 1 − ε, 1 + ε)(R − b))] − w mean[H],    r = p(c)/p_old(c),

with R = −loss, b a moving average of rewards with decay 0.95 that starts at the first, and H the true entropy of the
softmaxes along each c, of all options. (A published re-implementation sums p ln p over the drawn tokens alone.)

Constants from the paper and public code: an LSTM of one layer with 100 units, embeddings of 32, Adam with 3.5e-4,
rollouts of 20, 10 epochs, ε = 0.2, w = 1e-5. The published search trained 20,000 networks, but the same rate serves on
tables of which a search sees a few hundred: with ten times as much the controller settles too early.

It gives the best architecture that it has tried. The published search retrains its best 250 for longer and takes the
best of these. Its reward is the validation accuracy, and its 500 workers hand in their results out of turn; here one
rollout follows another.

The losses are meant to be those of networks trained from scratch, or a table of them. Nothing keeps the strategy from a
supernet; it is then ENAS with PPO in place of REINFORCE, not a published system, and of noisy one-shot losses it keeps
the luckiest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asng_edu._common.options import option
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.base import MOST_SAMPLES, STRATEGIES
from asng_edu.nas.strategies.policy import ControllerSettings, ControllerStrategy, Rewarded

if TYPE_CHECKING:  # they need torch
    from torch import Tensor


@STRATEGIES.register("nasnet")
@dataclass(frozen=True, kw_only=True)
class NASNetSettings(ControllerSettings):
    """The settings of NASNet."""

    lam: int = option(20, "architectures for a step of the controller", least=1, most=MOST_SAMPLES)
    units: int = option(100, "units of the controller's LSTM", least=1, most=4096)
    embedding: int = option(32, "length of its embeddings", least=1, most=4096)
    controller_rate: float = option(3.5e-4, "its learning rate, of Adam", most=10)
    entropy_weight: float = option(1e-5, "what a nat of the policy's entropy is worth")
    baseline_decay: float = option(0.95, "weight of the old baseline in the moving average", most=0.9999)
    ppo_epochs: int = option(10, "steps of Adam on one rollout", least=1, most=10_000)
    ppo_clip: float = option(0.2, "ε, how far r may differ from 1 before it is clipped")

    def make(self, space: Space[Any], seed: int) -> NASNet:
        return NASNet(space, self, seed)


class NASNet(ControllerStrategy):
    """NASNet at work."""

    settings: NASNetSettings

    def _update(self, codes: Tensor, rewards: Tensor) -> Rewarded:
        from asng_edu.nas.strategies.controllers.controller import ppo_loss

        baseline = self._baseline(rewards)
        advantages = rewards - baseline
        log_p, entropy = self.controller(codes)
        old, before = log_p.detach(), float(entropy.detach().mean())
        for epoch in range(self.settings.ppo_epochs):
            if epoch:
                log_p, entropy = self.controller(codes)
            loss = ppo_loss(log_p, old, advantages, self.settings.ppo_clip)
            self.adam.step(loss - self.settings.entropy_weight * entropy.mean())
        return Rewarded(baseline, advantages.numpy(), before)

    def result(self) -> Any:
        return super().result() if self.best is None else self.space.decode(np.array(self.best[1]))
