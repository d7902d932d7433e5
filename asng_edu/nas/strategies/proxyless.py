"""ProxylessNAS: binary gates, of which two for each decision run and learn.

Cai, Zhu and Han, ICLR 2019 (arXiv 1812.00332). The weights learn along one sampled path. In a step of the logits α two
options of each decision are drawn without replacement, with p = softmax(α); one of the pair, drawn with the softmax of
the pair's two logits, has the gate 1, the other the gate 0. Both run, so that the gradient of each gate is known, and

    ∂L/∂α_i = Σ_j ∂L/∂g_j p_j (δ_ij − p_i)        (4)

over the pair, with the pair's p. After the step both logits are shifted by one number, so that their probabilities
among all options sum to what they did before. That is the variant G. ``variant="reinforce"`` is R: a few sampled paths,
their losses, and the score function in place of gradients through gates, with a moving average of the mean loss as the
baseline.

From the code are α ~ N(0, 0.001²), Adam with the rate 1e-3, β = (0, 0.999) and no weight decay; 10 paths in R, with the
baseline's decay 0.99, which forgets all but a hundredth at each step, so that the baseline is nearly the mean of the
batch; and a step of the logits for every five of the weights. The code's own default evaluates all gates in place of
the pair's, which is not the paper's.

Here a pair of a slot's input and operation is weighed by the product of two gates, so up to three such pairs run for a
slot: the sampled one and its neighbours in either decision. The pair whose gates are both zero has no slope, and does
not run. Left out: the paper's own space of mobile blocks, and its prices on latency. The reward of R is minus the loss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.distributions.base import Floats
from asng_edu.nas.evaluators.base import Evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies._formulas import pair_gradient, softmax
from asng_edu.nas.strategies.base import MOST_SAMPLES, STRATEGIES, Learned
from asng_edu.nas.strategies.gates import GateSettings, GateStrategy, check_supernet

if TYPE_CHECKING:
    from torch import Tensor

    from asng_edu.nas.supernet.mixture import Mixture

VARIANTS = ("gradient", "reinforce")
DECAY = 0.99  # how much of the baseline a step replaces
NEAR = 1e-3  # how far gates are moved from 0 and 1 to find what has a slope there


@STRATEGIES.register("proxyless")
@dataclass(frozen=True, kw_only=True)
class ProxylessSettings(GateSettings):
    """The settings of ProxylessNAS."""

    gate_rate: float = option(1e-3, "Adam's learning rate of the gates' logits")
    gate_decay: float = option(0.0, "weight decay of the gates' logits")
    gate_every: int = option(5, "steps of the weights for one of the gates", least=1)
    variant: str = option("gradient", "gradient (through two gates) or reinforce")
    gate_samples: int = option(10, "paths for a step of reinforce", least=2, most=MOST_SAMPLES)

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.one_of("variant", self.variant, VARIANTS)

    def make(self, space: Space[Any], seed: int) -> Proxyless:
        return Proxyless(space, seed, self)


class Proxyless(GateStrategy):
    """ProxylessNAS at work.

    Attributes
    ----------
    baseline : float
        The moving average of the mean loss; NaN before the first step of the variant R.
    """

    saved = (*GateStrategy.saved, "baseline")
    betas: ClassVar[tuple[float, float]] = (0.0, 0.999)
    settings: ProxylessSettings

    def __init__(self, space: Space[Any], seed: int, settings: ProxylessSettings) -> None:
        super().__init__(space, seed, settings)
        self.learns_every = settings.gate_every
        self.baseline = math.nan
        self._starts = np.cumsum([0, *self._sizes[:-1]])

    def propose(self, n: int) -> Sequence[Any]:
        return list(self._family.sample(self.theta, self.rng, n))  # c ~ p

    def learn(self, evaluator: Evaluator) -> Learned:
        check_supernet(self.settings.name, evaluator)
        return self._reinforce(evaluator) if self.settings.variant == "reinforce" else self._two_gates(evaluator)

    def _two_gates(self, evaluator: Evaluator) -> Learned:
        import torch

        supernet = check_supernet(self.settings.name, evaluator)
        pairs, p, on = self._draw_pairs()
        active = pairs[np.arange(len(pairs)), on]
        gates = torch.zeros(self.space.options, dtype=torch.float64)
        gates[active] = 1.0
        gates.requires_grad_()
        loss = supernet.loss(self.mixture(gates, pairs))
        of_gates = torch.autograd.grad(loss, gates, materialize_grads=True)[0].numpy()
        gradient = np.zeros(self.space.options)
        gradient[pairs] = pair_gradient(of_gates[pairs], p)  # (4)
        before = _log_sum(self.logits[pairs])
        learned = self._descend(supernet, active - self._starts, loss, gradient)
        self.logits[pairs] -= _log_sum(self.logits[pairs]) - before
        return learned

    def _draw_pairs(self) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
        """Return for each decision two options, as places of the logits, their probabilities, and which is on."""
        noisy = self.logits + self.rng.gumbel(size=len(self.logits))  # the largest are draws without replacement
        rows = zip(self._starts, self.rows(noisy), strict=True)
        pairs = np.array([start + np.argsort(-row)[:2] for start, row in rows])
        p = np.array([softmax(row) for row in self.logits[pairs]])
        return pairs, p, (self.rng.random(len(p)) >= p[:, 0]).astype(np.int64)

    def mixture(self, gates: Tensor, pairs: NDArray[np.int64] | None = None) -> Mixture:
        """Return the mixture of gates that are 0 or 1, of which all that has a slope in the gates of the pairs runs."""
        mixture = self.space.mixture(self.rows(gates))
        if pairs is None:
            return mixture
        near = gates.detach().clone()
        near[pairs.ravel()] = near[pairs.ravel()].clamp(NEAR, 1 - NEAR)  # of order NEAR is now what has a slope
        return mixture.running(self.space.mixture(self.rows(near)), above=NEAR / 10)

    def _reinforce(self, evaluator: Evaluator) -> Learned:
        codes = self._family.sample(self.theta, self.rng, self.settings.gate_samples)  # c ~ p
        learned = self.measure(evaluator, codes)
        losses = np.array(learned.losses)
        kept = 0.0 if math.isnan(self.baseline) else 1 - DECAY
        self.baseline = float(kept * np.nan_to_num(self.baseline) + (1 - kept) * losses.mean())
        scores = self._family.statistics(codes) - self.theta  # ∇_α ln p(c) = onehot(c) − p
        self._step(((losses - self.baseline)[:, None] * scores).mean(axis=0))
        return learned


def _log_sum(logits: Floats) -> Floats:
    """Return ln Σ exp of each row, shape (rows, 1)."""
    most = logits.max(axis=-1, keepdims=True)
    sums: Floats = most + np.log(np.exp(logits - most).sum(axis=-1, keepdims=True))
    return sums
