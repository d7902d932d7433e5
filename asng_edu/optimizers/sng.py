"""Stochastic natural gradient without adaptation: a constant trust region, or a constant learning rate."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers.asng import natural_step
from asng_edu.optimizers.base import Optimizer, Quantities, RandomSource
from asng_edu.optimizers.state import State


class SNG(Optimizer[State]):
    r"""Stochastic natural gradient with a constant step.

    Either ``delta0`` or ``epsilon``. With ``delta0`` each step has the Fisher length δ = δ⁰, eqs. (9) and (10): ASNG
    with Δ ≡ 1, and the *SNG* of Fig. 4. With ``epsilon`` the step is ε G, eq. (9) alone, so its length follows the
    scale of the loss.

    Parameters
    ----------
    distribution : Distribution
        The family of P_θ.
    delta0 : float, optional
        δ, the Fisher length of every step, above 0.
    epsilon : float, optional
        ε_θ, the learning rate of the un-normalised step, above 0.
    lam, utility, theta, rng, seed, penalty
        As for :class:`asng_edu.ASNG`; with ``epsilon`` the two utilities differ in the length of the step.

    Raises
    ------
    ValueError
        For an argument outside its range, or if not exactly one of ``delta0`` and ``epsilon`` is given.

    Notes
    -----
    Taught in chapter *The step size that adapts*.
    """

    def __init__(
        self,
        distribution: Distribution,
        delta0: float | None = None,
        *,
        epsilon: float | None = None,
        lam: int = 2,
        utility: str = "mean",
        theta: ArrayLike | None = None,
        rng: RandomSource = None,
        seed: int | None = None,
        penalty: ArrayLike | None = None,
    ) -> None:
        super().__init__(distribution, lam=lam, utility=utility, theta=theta, rng=rng, seed=seed, penalty=penalty)
        if (delta0 is None) == (epsilon is None):
            raise ValueError(
                f"SNG needs either delta0 or epsilon, but was given {checks.short(delta0)} and {checks.short(epsilon)}."
            )
        self.delta0 = None if delta0 is None else checks.positive("delta0", delta0)
        self.epsilon = None if epsilon is None else checks.positive("epsilon", epsilon)

    def _first_state(self, theta: Floats) -> State:
        return State(theta=theta, t=0)

    def _settings(self) -> dict[str, Any]:
        return {"delta0": self.delta0, "epsilon": self.epsilon}

    def _step(self, state: State, G: Floats, white: Floats, norm: float) -> Quantities:
        if self.delta0 is not None:
            epsilon = self.delta0 / norm  # (10)
        else:
            assert self.epsilon is not None
            epsilon = self.epsilon
        natural_step(state.theta, G, epsilon)
        return {"delta": epsilon * norm, "epsilon": epsilon}
