"""The signal-to-noise ratio of the steps, measured: what Algorithm 1 only infers from ‖s‖²; compare eq. (11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers.natural_gradient import estimate, is_informative


def step_direction(distribution: Distribution, theta: Floats, samples: Any, losses: ArrayLike) -> Floats | None:
    """Return F^{1/2}G/‖G‖_F, the step that line 6 of Algorithm 1 accumulates; None where the samples say nothing.

    Parameters
    ----------
    distribution : Distribution
        The family of P_θ.
    theta : array of shape (n_stats,)
        Where the samples were drawn.
    samples : as the family draws them
        At least two.
    losses : array of shape (λ,)
        Theirs; lower is better.

    Raises
    ------
    ValueError
        If θ, samples or losses are not as above, or their natural gradient is not finite.

    Notes
    -----
    Taught in chapter *The step size that adapts*.

    Examples
    --------
    >>> import numpy as np
    >>> from asng_edu import Categorical
    >>> family = Categorical(3)
    >>> u = step_direction(family, family.initial_theta(), np.array([[0], [2]]), [1.0, 5.0])
    >>> round(float(np.linalg.norm(u)), 12)
    1.0
    """
    checks.instance("distribution", distribution, Distribution, "one, such as Categorical(5, dim=30)")
    stats = distribution.statistics(samples)
    losses = checks.finite_array("losses", losses, (len(stats),))
    utility, _, white, norm = estimate(distribution, distribution.check_theta(theta), stats, losses, "mean")
    return white / norm if is_informative(losses, utility, norm) else None


def measured_snr(
    distribution: Distribution,
    theta: Floats,
    loss: Callable[[Any], ArrayLike],
    rng: np.random.Generator | int,
    *,
    steps: int = 1000,
    lam: int = 2,
) -> float:
    """Return m²/(1 − m²), eq. (11) for G/‖G‖_F in place of G, where m is the length of the mean of many steps at θ.

    m² is the mean product of two different steps, which their noise does not bias: a weak signal can come out below 0.

    Parameters
    ----------
    distribution, theta
        As for :func:`step_direction`.
    loss : callable
        From samples, as the family draws them, to their losses.
    rng : numpy.random.Generator or int
        Where to draw from.
    steps, lam : int
        How many steps to draw, and λ, the samples for each; at least 2.

    Raises
    ------
    ValueError
        If a number is out of range, or fewer than two steps say anything.

    Notes
    -----
    Taught in chapter *The step size that adapts*.

    Examples
    --------
    >>> import numpy as np
    >>> from asng_edu import Categorical
    >>> from asng_edu.problems import onemax
    >>> family = Categorical(2, dim=4)
    >>> snr = measured_snr(family, family.initial_theta(), onemax, np.random.default_rng(1))
    >>> 0.1 < snr < 0.5
    True
    """
    checks.instance("distribution", distribution, Distribution, "one, such as Categorical(5, dim=30)")
    if not callable(loss):
        raise ValueError(f"loss must be a function of samples, but is {checks.short(loss)}.")
    rng = checks.generator("rng", rng)
    most = checks.LARGEST // distribution.n_stats
    checks.integer("steps", steps, 2, most)
    checks.integer("lam (λ)", lam, 2, most)
    drawn = (distribution.sample(theta, rng, lam) for _ in range(steps))
    directions = (step_direction(distribution, theta, samples, loss(samples)) for samples in drawn)
    u = np.array([direction for direction in directions if direction is not None])
    if len(u) < 2:
        raise ValueError(f"the SNR needs two steps that point somewhere, but of {steps} there are {len(u)}.")
    m2 = (np.square(u.sum(axis=0)).sum() - len(u)) / (len(u) * (len(u) - 1))  # (Σu)² without the uᵀu = 1
    return float(m2 / (1.0 - m2)) if m2 < 1.0 else np.inf
