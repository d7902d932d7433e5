"""Adam on the distribution's parameters, the second method that Fig. 4 compares ASNG with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu._common.compiled import compiled
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers.base import Optimizer, Quantities, RandomSource
from asng_edu.optimizers.state import State

BETA1, BETA2, TINY = 0.9, 0.999, 1e-8


@compiled(theta="n", m="n", v="n", G="n")
def adam_step(theta: Floats, m: Floats, v: Floats, updates: int, G: Floats, norm: float, rate: float) -> None:
    """Move θ, and the moments m and v, in place by one Adam step along G/‖G‖_F (Kingma and Ba 2015, Algorithm 1).

    ``updates`` counts this step: 1 for the first one.
    """
    correction1 = 1.0 - BETA1**updates
    correction2 = 1.0 - BETA2**updates
    for k in range(theta.size):
        g = G[k] / norm
        m[k] = BETA1 * m[k] + (1.0 - BETA1) * g
        v[k] = BETA2 * v[k] + (1.0 - BETA2) * g * g
        theta[k] += rate * (m[k] / correction1) / (math.sqrt(v[k] / correction2) + TINY)


@dataclass
class AdamState(State):
    """θ, t, the moments m and v (n_stats,), and how many steps went into them."""

    m: Floats
    v: Floats
    updates: int


class Adam(Optimizer[AdamState]):
    r"""Adam, as Fig. 4 has it: on the Fisher-normalised natural gradient, then projected.

    Adam divides each coordinate by its own scale, so it undoes the geometry that the natural gradient has put in, and
    the rows of θ no longer sum to 1 after its step: the projection restores that.

    Parameters
    ----------
    distribution : Distribution
        The family of P_θ.
    delta0 : float
        Adam's learning rate, above 0; named as the other methods' step so that Fig. 4 has one axis.
    lam, utility, theta, rng, seed, penalty
        As for :class:`asng_edu.ASNG`.

    Raises
    ------
    ValueError
        For an argument outside its range.

    Notes
    -----
    β₁ = 0.9, β₂ = 0.999, ε = 1e-8. The article says only "Adam"; that it runs on G/‖G‖_F is how the authors' code
    has it. In :class:`~asng_edu.Info`, ``epsilon`` is the learning rate and ``delta`` the Fisher length of
    the step with its projection, for without it the step leads out of the simplex. Taught in chapter *The robustness
    sweep*.
    """

    def __init__(
        self,
        distribution: Distribution,
        delta0: float = 1e-3,
        *,
        lam: int = 2,
        utility: str = "mean",
        theta: ArrayLike | None = None,
        rng: RandomSource = None,
        seed: int | None = None,
        penalty: ArrayLike | None = None,
    ) -> None:
        super().__init__(distribution, lam=lam, utility=utility, theta=theta, rng=rng, seed=seed, penalty=penalty)
        self.delta0 = checks.positive("delta0", delta0)

    def _first_state(self, theta: Floats) -> AdamState:
        return AdamState(theta=theta, t=0, m=np.zeros(len(theta)), v=np.zeros(len(theta)), updates=0)

    def _check_state(self, state: AdamState) -> None:
        super()._check_state(state)
        if (state.v < 0).any() or state.updates > state.t:
            raise ValueError("v must not be negative, nor updates more than t.")

    def _settings(self) -> dict[str, Any]:
        return {"delta0": self.delta0}

    def _step(self, state: AdamState, G: Floats, white: Floats, norm: float) -> Quantities:
        before = state.theta.copy()
        state.updates += 1
        adam_step(state.theta, state.m, state.v, state.updates, G, norm, self.delta0)
        step = self.distribution.project(state.theta) - before
        return {"delta": self.distribution.fisher_norm(before, step), "epsilon": self.delta0}
