r"""WA-ASNG: the weight of each rank adapts too (Yamada, Uchida and Shirakawa, EvoCOP 2026, arXiv 2606.19861).

With many samples a step, which weight should each have? Let :math:`c_{i:\lambda}` be the sample with the i-th least
loss. The step is along

.. math:: G = \sum_{i=1}^{\lambda} w_i \bigl(T(c_{i:\lambda}) - \theta\bigr), \tag{W1}

eq. (7) with one weight for each rank. The weights begin as 1 for the best μ = ⌈λ/4⌉ samples, −1 for the worst μ and 0
for the rest. Algorithm 1 sees a signal where ‖s‖² exceeds γ; here the weights climb that excess. Every
τ = max(1, ⌊D^1.3/λ⌋) updates, the τ updates since the last time are played again, with the same samples and other
weights:

.. math:: s_j = (1-\beta)\, s_{j-1} + \sqrt{\beta(2-\beta)}\, \frac{a_j}{\lVert a_j\rVert}, \qquad
   a_j = \sum_i w_i\, b_{ji}, \quad b_{ji} = A(\theta)\bigl(T(c^j_{i:\lambda}) - \theta^j\bigr). \tag{W2}

β and θ are those of now, :math:`s_0` is where the replay before this one ended, and 0 at first. γ does not depend on
the weights, so the excess grows along the gradient of ‖s_τ‖²:

.. math:: \frac{\partial \lVert s_\tau\rVert^2}{\partial w_i} = 2\sqrt{\beta(2-\beta)} \sum_j (1-\beta)^{\tau-j}\,
   \frac{b_{ji}\cdot s_\tau - (b_{ji}\cdot \hat a_j)(\hat a_j\cdot s_\tau)}{\lVert a_j\rVert}, \qquad
   \hat a_j = \frac{a_j}{\lVert a_j\rVert}. \tag{W3}

Thirty steps are taken along it, the e-th of length η 0.9^e with η = λ^1.5/200, counted from e = 0. After each, the
weights are sorted, the largest for the best sample, and scaled back to Σ|w_i| = 2μ.

The definition is that of the authors' code (github.com/shiralab/WA-ASNG, June 2026). Three things are as elsewhere in
this library: the step has the δ of line 3, where their code has the δ of the update before; δ is at most √n_θ, not
2√n_θ; and from samples that point nowhere, as with equal losses, nothing is learned. Samples of equal loss keep their
order, as there. The authors measure on bits, with 25 samples and more; the definition uses nothing that other families
do not have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers.asng import ASNG, ASNGState
from asng_edu.optimizers.base import RandomSource
from asng_edu.optimizers.natural_gradient import Estimate, weighted_estimate
from asng_edu.optimizers.state import Info, Told

DECAY = 0.9  # of the rate of the weights, from one step to the next
MOST_STEPS = 1000  # after which the rate has long vanished
NOTHING = 1e-30  # ‖a_j‖² below which a replayed update has no direction


def first_weights(lam: int) -> Floats:
    """Return the weights that WA-ASNG begins with, shape (λ,): of ranks, and not of unit sum.

    >>> first_weights(6)
    array([ 1.,  1.,  0.,  0., -1., -1.])
    """
    lam = checks.integer("lam (λ)", lam, 2, checks.LARGEST)
    mu = math.ceil(lam / 4)
    return np.repeat([1.0, 0.0, -1.0], [mu, lam - 2 * mu, mu])


def replay(weights: Floats, b: Floats, s: Floats, beta: float) -> tuple[Floats, Floats]:
    r"""Return :math:`s_\tau` of (W2) and the gradient of its squared length by the weights, (W3).

    Parameters
    ----------
    weights : array, shape (λ,)
    b : array, shape (τ, λ, n)
        A(θ)(T(c) − θ) of every update since the last adaptation, in the order of its ranks.
    s : array, shape (n,)
        Where the replay begins.
    beta : float
        β, from above 0 to 1.

    Returns
    -------
    s, gradient : arrays of shape (n,) and (λ,)
    """
    b = checks.as_array("b", b)
    if b.ndim != 3 or not b.size:
        raise ValueError(f"b must have shape (updates, samples, length of s), but has shape {b.shape}.")
    b = checks.finite_array("b", b, b.shape)
    weights, s = checks.finite_array("weights", weights, b.shape[1:2]), checks.finite_array("s", s, b.shape[2:])
    beta = checks.positive("beta", beta)
    if beta > 1.0:
        raise ValueError(f"beta must be at most 1, but is {beta}.")
    a = np.einsum("i,jik->jk", weights, b)
    squared = np.einsum("jk,jk->j", a, a)
    b, a, norm = b[squared >= NOTHING], a[squared >= NOTHING], np.sqrt(squared[squared >= NOTHING])
    unit = a / norm[:, None]
    gain = math.sqrt(beta * (2.0 - beta)) * (1.0 - beta) ** np.arange(len(b))[::-1]
    s = (1.0 - beta) ** len(b) * s + gain @ unit  # (W2), from the first to the last at once
    along = b @ s - np.einsum("jik,jk->ji", b, unit) * (unit @ s)[:, None]
    return s, 2.0 * (gain / norm) @ along  # (W3)


def climb(weights: Floats, b: Floats, s: Floats, beta: float, steps: int) -> tuple[Floats, Floats]:
    """Return the weights after so many steps along (W3), and where the last replay of them ended.

    The arguments are those of :func:`replay`, and the number of steps.
    """
    weights, before = checks.as_array("weights", weights), s
    total = np.abs(weights).sum()
    rate = weights.size**1.5 / 200.0
    for e in range(checks.integer("steps", steps, 1, MOST_STEPS)):
        s, gradient = replay(weights, b, before, beta)
        weights = np.sort(weights + rate * DECAY**e * gradient)[::-1]
        weights = weights / np.abs(weights).sum() * total
    return checks.finite_array("weights", weights, weights.shape), s


@dataclass
class WAASNGState(ASNGState):
    """That of ASNG; the weights w (λ,); T(c) − θ of each update since they changed; s where the last replay ended."""

    weights: Floats
    past: list[Floats]  # each (λ, n_stats), the best sample first
    replayed: Floats  # (n_stats,)


class WAASNG(ASNG):
    r"""ASNG for many samples a step, whose utilities adapt: weights of ranks that climb the estimated signal.

    Parameters
    ----------
    distribution : Distribution
        The family of P_θ.
    delta0 : float
        δ⁰, the first trust region radius.
    lam : int, optional
        λ, the samples for one step; by default the 4 + ⌊3 ln D⌋ of CMA-ES. ``tell`` needs exactly so many.
    alpha : float
        α, the target of ‖s‖²/γ.
    steps : int
        How many steps the weights take each time.
    theta, rng, seed, delta_max, Delta_max
        As for :class:`asng_edu.ASNG`.

    Raises
    ------
    ValueError
        For an argument outside its range, and of ``tell`` for another number of samples than λ.
    ArithmeticError
        Of ``tell``, if a distribution without a margin has lost a category that the replay needs.

    Notes
    -----
    Yamada, Uchida and Shirakawa, EvoCOP 2026; the equations, and where they are from, stand in
    :mod:`asng_edu.optimizers.weight_adaptive`. Taught in chapter *Where it went next*. In :class:`~asng_edu.Info`,
    ``utility`` holds the weights, each beside its sample.

    Examples
    --------
    >>> import numpy as np
    >>> from asng_edu import Bernoulli
    >>> search = WAASNG(Bernoulli(20), lam=16, seed=0)
    >>> for _ in range(60):
    ...     samples = search.ask()
    ...     info = search.tell(samples, losses=samples.sum(axis=1))
    >>> search.mode().sum()
    np.int64(0)
    """

    utilities: ClassVar[tuple[str, ...]] = ("adapted",)

    def __init__(
        self,
        distribution: Distribution,
        delta0: float = 1.0,
        *,
        lam: int | None = None,
        alpha: float = 1.5,
        steps: int = 30,
        theta: ArrayLike | None = None,
        rng: RandomSource = None,
        seed: int | None = None,
        delta_max: float | None = None,
        Delta_max: float = math.inf,
    ) -> None:
        checks.instance("distribution", distribution, Distribution, "one, such as Categorical(5, dim=30)")
        super().__init__(
            distribution, delta0, lam=4 + int(3 * math.log(distribution.dim)) if lam is None else lam, alpha=alpha,
            utility="adapted", theta=theta, rng=rng, seed=seed, delta_max=delta_max, Delta_max=Delta_max,
        )  # fmt: skip
        self.steps = checks.integer("steps", steps, 1, MOST_STEPS)
        self.interval = max(1, int(distribution.dim**1.3 // self.lam))  # τ

    def _first_state(self, theta: Floats) -> WAASNGState:
        nothing = np.zeros(len(theta))
        return WAASNGState(theta, 0, nothing, 0.0, 1.0, first_weights(self.lam), [], nothing.copy())

    def _settings(self) -> dict[str, Any]:
        return {**super()._settings(), "steps": self.steps}

    def _estimate(self, state: ASNGState, told: Told) -> Estimate:
        assert isinstance(state, WAASNGState)
        if len(told.losses) != self.lam:
            raise ValueError(
                f"tell needs λ = {self.lam} samples, for each rank has a weight, but was given {len(told.losses)}."
            )
        utility = np.empty(self.lam)
        utility[_by_rank(told)] = state.weights
        return weighted_estimate(self.distribution, state.theta, told.stats, utility)  # (W1)

    def _learn(self, state: ASNGState, told: Told) -> Info:
        assert isinstance(state, WAASNGState)
        past = told.stats - state.theta
        info = super()._learn(state, told)
        if info.updated:
            state.past.append(past[_by_rank(told)])
            if len(state.past) == self.interval:
                family, theta = self.distribution, state.theta
                with np.errstate(divide="ignore", invalid="ignore"):
                    b = np.array([[family.fisher_sqrt(theta, step) for step in update] for update in state.past])
                if not np.isfinite(b).all():
                    raise ArithmeticError(
                        "the last updates cannot be replayed, for a category that they drew has probability 0 by now: "
                        "give the distribution a margin."
                    )
                state.weights, state.replayed = climb(state.weights, b, state.replayed, info.beta, self.steps)
                state.past = []
        return info

    def _read_field(self, name: str, value: Any, current: Any) -> Any:
        if name != "past":
            return super()._read_field(name, value, current)
        shape = (self.lam, self.distribution.n_stats)
        past = [checks.finite_array("past", update, shape).copy() for update in checks.entries("past", value)]
        if len(past) >= self.interval:
            raise ValueError(f"past must hold fewer than {self.interval} updates, but holds {len(past)}.")
        return past

    def _check_state(self, state: ASNGState) -> None:
        super()._check_state(state)
        assert isinstance(state, WAASNGState)
        total = float(np.abs(first_weights(self.lam)).sum())
        if (np.diff(state.weights) > 0).any() or not math.isclose(np.abs(state.weights).sum(), total, rel_tol=1e-6):
            raise ValueError(f"weights must fall from rank to rank, with absolute values that add up to {total}.")


def _by_rank(told: Told) -> NDArray[np.intp]:
    """Return the samples from the best to the worst; those of equal loss keep their order."""
    return np.argsort(told.losses, kind="stable")
