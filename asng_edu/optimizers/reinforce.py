r"""REINFORCE: the vanilla gradient, in softmax logits (Williams 1992; the policy gradient of ENAS, factorised).

A policy with one softmax for each decision is P_θ, written in logits z. The gradient of ln p_θ(c) by the logits of one
decision is onehot(c) − p, and so that of all of them is T(c) − θ: number for number the *natural* gradient by θ. The
estimate

    G = (1/λ) Σ_i (b − loss_i)(T(c_i) − θ)

is thus eq. (7) with a baseline b in place of the mean over the samples. What sets the methods apart is where it goes:
SNG adds it to θ, REINFORCE to z = ln θ,

    z ← z + η G, or z ← z + Adam[G],    θ = softmax(z),

so a category near probability 0 or 1 hardly moves any more, whatever its losses.

The baseline is a moving average of the mean losses of earlier batches. It does not depend on the samples that it is
subtracted from, so G is unbiased, except for the first batch, whose own mean it starts at. (ENAS's takes in the batch
before it is subtracted, and starts at 0, which suits a reward between 0 and 1, but not a loss of any size.) Left out is
the entropy bonus of ENAS; the distribution's margin keeps the search open in its place, and ``margin="none"`` has
neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers.adam import adam_step
from asng_edu.optimizers.base import Optimizer, RandomSource
from asng_edu.optimizers.natural_gradient import natural_gradient
from asng_edu.optimizers.state import Info, State, Told


@dataclass
class ReinforceState(State):
    """θ, t, the baseline b and how many batches are in it, Adam's moments m and v (n_stats,)."""

    baseline: float
    updates: int
    m: Floats
    v: Floats


class Reinforce(Optimizer[ReinforceState]):
    r"""REINFORCE on the logits of P_θ, with a moving-average baseline.

    Parameters
    ----------
    distribution : Distribution
        A family with logits: Categorical, Bernoulli, or a Product of them.
    rate : float
        η, Adam's learning rate or that of plain steps, above 0.
    lam : int
        λ, the samples for one step; with a baseline one is enough.
    adam : bool
        Whether Adam makes the step of G (Kingma and Ba 2015, with its usual constants), as in ENAS and NASNet. If not,
        the step is η G, and its length follows the scale of the loss.
    decay : float
        The share of the baseline that a new batch leaves of it, from 0 to below 1; 0.95 in NASNet, 0.99 in ENAS.
    theta, rng, seed
        As for :class:`asng_edu.ASNG`.

    Raises
    ------
    ValueError
        For an argument outside its range, and for a distribution without logits.

    Notes
    -----
    The logits are ln θ, up to a constant for each row that no softmax sees, so they are not kept beside θ. In
    :class:`~asng_edu.Info`, ``utility`` is b − loss, ``epsilon`` the rate, and ``delta`` the Fisher length of the move
    of θ. The equations stand in :mod:`asng_edu.optimizers.reinforce`.

    Examples
    --------
    >>> from asng_edu import Categorical
    >>> reinforce = Reinforce(Categorical(3, dim=5), 0.2, lam=4, seed=1)
    >>> for _ in range(200):
    ...     samples = reinforce.ask()
    ...     info = reinforce.tell(samples, losses=(samples != 2).sum(axis=1))
    >>> reinforce.mode()
    array([2, 2, 2, 2, 2])
    """

    utilities: ClassVar[tuple[str, ...]] = ("baseline",)
    fewest: ClassVar[int] = 1

    def __init__(
        self,
        distribution: Distribution,
        rate: float = 0.05,
        *,
        lam: int = 2,
        adam: bool = True,
        decay: float = 0.95,
        theta: ArrayLike | None = None,
        rng: RandomSource = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(distribution, lam=lam, utility="baseline", theta=theta, rng=rng, seed=seed)
        distribution.shift_logits(self.theta, np.zeros_like(self.theta))  # a sentence now if it has none
        self.rate = checks.positive("rate", rate)
        self.adam = checks.boolean("adam", adam)
        self.decay = checks.real("decay", decay)
        if not 0.0 <= self.decay < 1.0:
            raise ValueError(f"decay must lie from 0 to below 1, but is {checks.short(decay)}.")

    def _first_state(self, theta: Floats) -> ReinforceState:
        zeros = np.zeros_like(theta)
        return ReinforceState(theta=theta, t=0, baseline=0.0, updates=0, m=zeros, v=zeros.copy())

    def _check_state(self, state: ReinforceState) -> None:
        super()._check_state(state)
        checks.finite_array("baseline", state.baseline, ())
        if (state.v < 0).any() or state.updates > state.t:
            raise ValueError("v must not be negative, nor updates more than t.")

    def _settings(self) -> dict[str, Any]:
        return {"rate": self.rate, "adam": self.adam, "decay": self.decay}

    def _learn(self, state: ReinforceState, told: Told) -> Info:
        before, G = state.theta, np.zeros_like(state.theta)
        if told.failed.all():
            return Info(state.t, False, np.zeros_like(told.losses), G, G_norm=0.0, epsilon=0.0, delta=0.0)
        mean = float(told.losses.mean())
        baseline = state.baseline if state.updates else mean
        utility = baseline - told.losses  # R − b, the reward being −loss
        natural_gradient(told.stats, before, utility, G)  # ∇_z of the mean of (R − b) ln p_θ(c)
        state.baseline = self.decay * baseline + (1.0 - self.decay) * mean
        state.updates += 1
        step = self.rate * G
        if self.adam:
            step = np.zeros_like(G)
            adam_step(step, state.m, state.v, state.updates, G, 1.0, self.rate)
        state.theta = self.distribution.project(self.distribution.shift_logits(before, step))
        norm, delta = (self.distribution.fisher_norm(before, v) for v in (G, state.theta - before))
        moved = bool((state.theta != before).any())
        return Info(state.t, moved, utility, G, G_norm=norm, epsilon=self.rate, delta=delta)
