"""Adaptive stochastic natural gradient: Algorithm 1 of the article, lines 3 and 5 to 8."""

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


@compiled()
def trust_region(delta0: float, Delta: float, delta_max: float, n_theta: int) -> tuple[float, float]:
    """Return δ and β, Algorithm 1, line 3.

    The algorithm as printed has no bound on δ = δ⁰/Δ. If δ⁰ is very small, Δ shrinks to make up for it, and nothing
    stops it where β exceeds 2 and √(β(2−β)) is no number. δ ≤ √n_θ keeps β ≤ 1.
    """
    delta = min(delta0 / Delta, delta_max)  # Alg. 1, line 3, with the guard
    return delta, delta / math.sqrt(n_theta)  # Alg. 1, line 3


@compiled(s="n", white="n")
def accumulate(s: Floats, white: Floats, norm: float, beta: float) -> float:
    """Update s in place, Algorithm 1, line 6, and return ‖s‖²; white = F^{1/2}G, norm = ‖G‖_F."""
    keep, gain = 1.0 - beta, math.sqrt(beta * (2.0 - beta)) / norm
    squared = 0.0
    for k, (old, step) in enumerate(zip(s, white)):  # noqa: B905 - Numba knows zip without strict only
        new = keep * old + gain * step  # Alg. 1, line 6
        s[k] = new
        squared += new * new
    return squared


@compiled()
def adapt(
    gamma: float, Delta: float, s_norm2: float, beta: float, alpha: float, Delta_max: float
) -> tuple[float, float]:
    """Return the new γ and Δ, Algorithm 1, lines 7 and 8."""
    gamma = (1.0 - beta) ** 2 * gamma + beta * (2.0 - beta)  # Alg. 1, line 7
    Delta = min(Delta_max, Delta * math.exp(beta * (gamma - s_norm2 / alpha)))  # Alg. 1, line 8
    return gamma, max(Delta, 1e-300)  # line 3 divides by it


@compiled(theta="n", G="n")
def natural_step(theta: Floats, G: Floats, epsilon: float) -> None:
    """Move θ by ε along G in place, eq. (9); Algorithm 1, line 5."""
    for k in range(theta.size):
        theta[k] += epsilon * G[k]  # (9)


def signal_to_noise(s_norm2: float, gamma: float, beta: float) -> float:
    """Return the signal-to-noise ratio of the natural gradient that ‖s‖² speaks of; compare eq. (11).

    Unit steps with a mean of length m give E‖s‖² = γ + 2(1−β)m²/β once γ is near 1. Solved for m², the ratio of (11)
    for the normalised steps is m²/(1−m²). It is one noisy reading: 0 where ‖s‖² ≤ γ, infinite where m² would reach 1.
    """
    s_norm2, gamma, beta = (checks.real("each of them", value) for value in (s_norm2, gamma, beta))
    if beta >= 1.0:
        return math.nan  # s is then the last step alone and says nothing about agreement
    m2 = min(max(beta * (s_norm2 - gamma) / (2.0 * (1.0 - beta)), 0.0), 1.0)
    return m2 / (1.0 - m2) if m2 < 1.0 else math.inf


@dataclass
class ASNGState(State):
    """θ, t, and what Algorithm 1 adapts δ with: s (n_stats,), γ and Δ."""

    s: Floats
    gamma: float
    Delta: float


class ASNG(Optimizer[ASNGState]):
    r"""Stochastic natural gradient whose trust region δ adapts to the signal in it (Algorithm 1).

    Steps of Fisher length δ are accumulated in s. Where they agree, ‖s‖² outgrows γ and δ grows; where they
    contradict one another, δ shrinks. The aim is ‖s‖²/γ ≈ α.

    Parameters
    ----------
    distribution : Distribution
        The family of P_θ.
    delta0 : float
        δ⁰, the first trust region radius, in units of Fisher length. 1 in the article.
    lam : int
        λ, the samples for one step, at least 2.
    alpha : float
        α, the target of ‖s‖²/γ, above 0; 1.5 in the article. Below 1, even noise makes δ grow to its bound.
    utility : {"mean", "rank"}
        See :mod:`asng_edu.optimizers.natural_gradient`. For λ = 2 both give the same steps.
    theta : array of shape (n_stats,), optional
        Where to start; the family's own start by default. It is projected onto the allowed parameters.
    rng : numpy.random.Generator or int, optional
        Where ``ask`` draws from when it is not told otherwise.
    seed : int, optional
        The same, as a seed; in place of ``rng``.
    penalty : array of shape (n_stats,), optional
        ε r, what each entry of T(c) adds to the loss: for categories a price for each option, for bits one for each bit
        that is 1. Its natural gradient is known in closed form and is subtracted from the estimate before the step is
        normalised. With the utility "mean" it is in units of the loss, with "rank" in those of the utilities.
    delta_max : float, optional
        The guard δ ≤ δ_max, by default √n_θ. ``math.inf`` gives the algorithm as printed, which for a very small δ⁰
        ends in an ArithmeticError.
    Delta_max : float
        Δ_max of line 8; no bound by default.

    Raises
    ------
    ValueError
        For an argument outside the ranges above.

    Notes
    -----
    Akimoto et al., ICML 2019; Algorithm 1 of the article. Taught in chapter *The step size that adapts*; the penalty,
    of Saito and Shirakawa (ICANN 2019), in *Small is beautiful*. ``best`` and ``best_loss`` are without it.

    Examples
    --------
    >>> import numpy as np
    >>> from asng_edu import ASNG, Categorical
    >>> asng = ASNG(Categorical(3, dim=5), rng=1)
    >>> for _ in range(200):
    ...     samples = asng.ask()
    ...     info = asng.tell(samples, losses=(samples != 2).sum(axis=1))
    >>> asng.mode()
    array([2, 2, 2, 2, 2])
    """

    def __init__(
        self,
        distribution: Distribution,
        delta0: float = 1.0,
        *,
        lam: int = 2,
        alpha: float = 1.5,
        utility: str = "mean",
        theta: ArrayLike | None = None,
        rng: RandomSource = None,
        seed: int | None = None,
        penalty: ArrayLike | None = None,
        delta_max: float | None = None,
        Delta_max: float = math.inf,
    ) -> None:
        super().__init__(distribution, lam=lam, utility=utility, theta=theta, rng=rng, seed=seed, penalty=penalty)
        self.delta0 = checks.positive("delta0", delta0)
        self.alpha = checks.positive("alpha", alpha)
        self.delta_max = math.sqrt(distribution.n_theta) if delta_max is None else checks.real("delta_max", delta_max)
        self.Delta_max = checks.real("Delta_max", Delta_max)
        if self.delta_max <= 0 or self.Delta_max <= 0:
            raise ValueError(f"delta_max and Delta_max must be above 0, but are {self.delta_max} and {self.Delta_max}.")

    def _first_state(self, theta: Floats) -> ASNGState:
        return ASNGState(theta=theta, t=0, s=np.zeros(len(theta)), gamma=0.0, Delta=1.0)  # Alg. 1, line 1

    def _check_state(self, state: ASNGState) -> None:
        super()._check_state(state)
        if not 0.0 <= state.gamma <= 1.0 + 1e-9:
            raise ValueError(f"gamma must lie between 0 and 1, but is {state.gamma}.")
        if not (0.0 < state.Delta <= self.Delta_max and state.Delta < math.inf):
            raise ValueError(f"Delta must be finite, above 0, at most {self.Delta_max}, but is {state.Delta}.")

    @property
    def delta(self) -> float:
        """δ of the next step."""
        return self._trust_region(self.state)[0]

    def _settings(self) -> dict[str, Any]:
        return {"delta0": self.delta0, "alpha": self.alpha, "delta_max": self.delta_max, "Delta_max": self.Delta_max}

    def _step(self, state: ASNGState, G: Floats, white: Floats, norm: float) -> Quantities:
        delta, beta = self._trust_region(state)
        if beta > 2.0:
            raise ArithmeticError(
                f"beta = {beta:.3g} exceeds 2 at update {state.t}, so that sqrt(beta(2 - beta)) is no number: delta0 = "
                f"{self.delta0:.3g} is too small for the algorithm without the guard delta <= sqrt(n_theta)."
            )
        epsilon = delta / norm  # (10)
        natural_step(state.theta, G, epsilon)
        s_norm2 = accumulate(state.s, white, norm, beta)
        state.gamma, state.Delta = adapt(state.gamma, state.Delta, s_norm2, beta, self.alpha, self.Delta_max)
        return self._quantities(state, delta, beta, epsilon)

    def _skip(self, state: ASNGState) -> Quantities:
        return self._quantities(state, *self._trust_region(state), epsilon=0.0)

    def _trust_region(self, state: ASNGState) -> tuple[float, float]:
        return trust_region(self.delta0, state.Delta, self.delta_max, self.distribution.n_theta)

    def _quantities(self, state: ASNGState, delta: float, beta: float, epsilon: float) -> Quantities:
        s_norm2 = float(state.s @ state.s)
        return {
            "delta": delta,
            "epsilon": epsilon,
            "beta": beta,
            "s_norm2": s_norm2,
            "gamma": state.gamma,
            "Delta": state.Delta,
            "snr": signal_to_noise(s_norm2, state.gamma, beta),
        }
