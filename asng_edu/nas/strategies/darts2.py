"""DARTS, second order: the logits look ahead to what the weights become after their next step.

Liu, Simonyan and Yang, ICLR 2019 (arXiv 1806.09055), equations 6 to 8, and their code. With v the velocity of the
weights w, μ their momentum, ρ their weight decay and ξ their current rate,

    w' = w − ξ (μ v + ∇_w L_trn(w, a) + ρ w)                                                 (6)
    slope = ∂_a L_val(w', a) − ξ ∂²_{a,w} L_trn(w, a) ∇_{w'} L_val(w', a)                     (7)

and the product with the matrix of second derivatives is a finite difference along u = ∇_{w'} L_val(w', a):

    ∂²_{a,w} L_trn u ≈ (∂_a L_trn(w + εu, a) − ∂_a L_trn(w − εu, a)) / 2ε,   ε = 0.01 / ‖u‖    (8)

So a step of the logits costs four passes through all options in place of one. L_val is the loss on the batch of D_θ,
L_trn that on the batch of D_x from which the weights learn next, as in the paper's code, where the logits move before
the weights; as there, w' is not clipped. When the step is done the weights have the bits that they had before, and so
have the buffers of the supernet, such as running statistics of BN.

The constants of the logits, and what differs between the paper's space and ours: :mod:`asng_edu.nas.strategies.darts`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asng_edu.nas.evaluators.base import Evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.base import STRATEGIES, Learned
from asng_edu.nas.strategies.darts import DARTS
from asng_edu.nas.strategies.gates import GateSettings, check_supernet

if TYPE_CHECKING:
    from torch import Tensor

    from asng_edu.nas.evaluators.one_shot import OneShot
    from asng_edu.nas.training.flat_parameters import FlatParameters

REACH = 0.01  # ε‖u‖, how far the finite difference reaches


@STRATEGIES.register("darts2")
@dataclass(frozen=True, kw_only=True)
class DARTS2Settings(GateSettings):
    """The settings of second-order DARTS."""

    def make(self, space: Space[Any], seed: int) -> DARTS2:
        return DARTS2(space, seed, self)


class DARTS2(DARTS):
    """Second-order DARTS at work."""

    def learn(self, evaluator: Evaluator) -> Learned:
        import torch

        supernet = check_supernet(self.settings.name, evaluator)
        logits = torch.tensor(self.logits, requires_grad=True)
        loss, slope = self._slope(supernet, logits)
        return self._descend(supernet, self.mixture(logits.detach()), loss, slope.numpy())

    def _slope(self, evaluator: OneShot, a: Tensor) -> tuple[Tensor, Tensor]:
        """Return L_val(w', a) and its slope in a; the weights are as before."""
        import torch

        sgd, ξ, _ = evaluator.weight_step
        flat, w = sgd.flat, sgd.flat.values.clone()
        weights = [parameter for parameter in flat.module.parameters() if parameter.requires_grad]

        def gradient(loss: Tensor, *more: Tensor) -> Tensor:
            """Return the gradient of a loss in the weights, and leave that in other tensors there."""
            flat.zero()
            loss.backward(inputs=[*weights, *more])  # type: ignore[no-untyped-call]
            return flat.gradients.clone()

        def training_slope(at: Tensor) -> Tensor:
            """Return ∂_a L_trn at other weights."""
            flat.values.copy_(at)
            loss = evaluator.training_loss(self.mixture(a))
            return torch.autograd.grad(loss, a, materialize_grads=True)[0]

        with _kept(flat):
            g = gradient(evaluator.training_loss(self.mixture(a.detach())))
            flat.values.copy_(w - ξ * (sgd.momentum * sgd.velocity + g + sgd.weight_decay * w))  # (6)
            loss = evaluator.loss(self.mixture(a))
            u = gradient(loss, a)
            slope = torch.zeros_like(a) if a.grad is None else a.grad
            length = float(u.norm())
            if ξ > 0 and 0 < length < math.inf:
                ε = REACH / length
                difference = training_slope(w + ε * u) - training_slope(w - ε * u)
                slope = slope - ξ * difference / (2 * ε)  # (7), (8)
        return loss.detach(), slope


@contextmanager
def _kept(flat: FlatParameters) -> Iterator[None]:
    """Give the weights and the buffers of a module back the bits that they have now, and leave no gradients."""
    import torch

    values = flat.values.clone()
    buffers = [(buffer, buffer.clone()) for buffer in flat.module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            flat.values.copy_(values)
            for buffer, before in buffers:
                buffer.copy_(before)
        flat.zero()
