"""The formulas of the strategies that learn by gradients, as pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asng_edu.distributions.base import Floats

if TYPE_CHECKING:
    from torch import Tensor

TINY = 1e-8  # Adam's ε


def adam_step(
    x: Floats, moments: Floats, updates: int, gradient: Floats, rate: float, betas: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return x and the moments, shape (2, n), after a step against a gradient (Kingma and Ba 2015, Algorithm 1).

    ``updates`` counts this step: 1 for the first one.

    >>> adam_step(np.zeros(2), np.zeros((2, 2)), 1, np.array([3.0, -0.1]), 0.5, (0.9, 0.999))[0].round(6)
    array([-0.5,  0.5])
    """
    beta1, beta2 = betas
    m = beta1 * moments[0] + (1 - beta1) * gradient
    v = beta2 * moments[1] + (1 - beta2) * gradient**2
    scale = np.sqrt(v / (1 - beta2**updates)) + TINY
    return x - rate * (m / (1 - beta1**updates)) / scale, np.stack([m, v])


def softmax(logits: Floats) -> Floats:
    """Return the softmax of a vector."""
    powers = np.exp(logits - logits.max())
    normed: Floats = powers / powers.sum()
    return normed


def relaxed(logits: Tensor, noise: Tensor, tau: float) -> Tensor:
    """Return a draw of the concrete distribution, given Gumbel noise.

    >>> import torch
    >>> relaxed(torch.zeros(2), torch.tensor([1.0, 0.0]), tau=0.5).round(decimals=4)
    tensor([0.8808, 0.1192])
    """
    return ((logits + noise) / tau).softmax(0)


def pair_gradient(gate_gradient: Floats, probabilities: Floats) -> Floats:
    """Return ∂L/∂α_i = Σ_j ∂L/∂g_j p_j (δ_ij − p_i) of options whose gates g are binary (ProxylessNAS, eq. 4).

    Parameters
    ----------
    gate_gradient, probabilities : arrays, shape (decisions, options)
        ∂L/∂g and p, rows of which sum to 1.
    """
    weighted = gate_gradient * probabilities
    gradient: Floats = weighted - probabilities * weighted.sum(axis=-1, keepdims=True)
    return gradient
