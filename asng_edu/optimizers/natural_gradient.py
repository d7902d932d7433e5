"""The estimate of the natural gradient from a few samples, eq. (7), and what stands in it for the objective.

The article maximises f; this library minimises a loss, f = −loss. A *utility* is what multiplies T(c_i) − θ in (7).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from asng_edu._common import checks
from asng_edu._common.compiled import compiled
from asng_edu.distributions.base import Distribution, Floats

UTILITIES = ("mean", "rank")

# A natural gradient shorter than this, relative to its utilities, is the rounding error of a zero.
NEGLIGIBLE = 1e-12
SMALLEST = 1e-300  # nor can one be divided by a length below this


@compiled(losses="λ", utility="λ")
def mean_utility(losses: Floats, utility: Floats) -> None:
    """Write u_i = mean(loss) − loss_i: the article's f minus its mean over the samples (section 2.3).

    Losses are counted from the first one, so that what they have in common does not swallow what sets them apart;
    for λ = 2 the two utilities are then exactly opposite.
    """
    mean = 0.0
    for i in range(losses.size):
        mean += losses[i] - losses[0]
    mean /= losses.size
    for i in range(losses.size):
        utility[i] = mean - (losses[i] - losses[0])


@compiled(losses="λ", utility="λ")
def rank_utility(losses: Floats, utility: Floats) -> None:
    """Write u_i from the rank of loss_i alone, as the authors' code does.

    The best ⌈λ/4⌉ samples get +1/⌈λ/4⌉, as many worst ones −1/⌈λ/4⌉, the rest 0. Samples of equal loss share the mean
    of what their ranks would get, so that no order is invented between them.
    """
    lam = losses.size
    mu = (lam + 3) // 4
    order = np.argsort(losses)
    first = 0
    while first < lam:
        end = first
        total = 0.0
        while end < lam and (end == first or losses[order[end]] == losses[order[first]]):
            if end < mu:
                total += 1.0 / mu
            if end >= lam - mu:
                total -= 1.0 / mu
            end += 1
        for rank in range(first, end):
            utility[order[rank]] = total / (end - first)
        first = end


@compiled(stats="λ n", theta="n", utility="λ", out="n")
def natural_gradient(stats: Floats, theta: Floats, utility: Floats, out: Floats) -> None:
    r"""Write G_θ = (1/λ) Σ_i u_i (T(c_i) − θ), eq. (7), into ``out``; stats holds T(c_i) in its rows."""
    lam = utility.size
    out[:] = 0.0
    for i in range(lam):
        weight = utility[i] / lam
        for k in range(theta.size):
            out[k] += weight * (stats[i, k] - theta[k])  # (7)


@compiled(v="n")
def euclidean_norm(v: Floats) -> float:
    """Return √(vᵀv); of A(θ)G this is ‖G‖_F."""
    total = 0.0
    for entry in v:
        total += entry * entry
    if 1e-290 < total < math.inf:
        return math.sqrt(total)
    largest = 0.0  # the squares have left the range of floats, though their root may be within it
    for entry in v:
        largest = max(largest, abs(entry))
    if not 0.0 < largest < math.inf:
        return math.sqrt(total)
    total = 0.0
    for entry in v:
        total += (entry / largest) * (entry / largest)
    return largest * math.sqrt(total)


@compiled(losses="λ", utility="λ")
def is_informative(losses: Floats, utility: Floats, norm: float) -> bool:
    """Return whether the samples point anywhere: not when all losses are equal, nor when G vanishes.

    Losses are compared with ==, so their sign and size do not matter. G vanishes for different losses of equal
    samples, up to rounding, and dividing by its norm would then take a full step in the direction of the rounding.
    """
    equal = True
    largest = 0.0
    for i in range(losses.size):
        equal = equal and losses[i] == losses[0]
        largest = max(largest, abs(utility[i]))
    return not equal and norm > max(NEGLIGIBLE * largest, SMALLEST)


class Estimate(NamedTuple):
    """What samples and their losses say about θ."""

    utility: Floats  # (λ,)
    G: Floats  # (n_stats,), eq. (7)
    white: Floats  # (n_stats,): F^{1/2}G
    norm: float  # ‖G‖_F


def expected_share(utility: str, lam: int) -> float:
    """Return by what the expectation of (7) is too short: 1 − 1/λ for utilities from which the sample mean is taken.

    What is added in closed form is shortened likewise, so that loss and penalty are in one unit. Ranks have no unit.
    """
    lam = checks.integer("lam (λ)", lam, 1, checks.LARGEST)
    return 1.0 - 1.0 / lam if checks.one_of("utility", utility, UTILITIES) == "mean" else 1.0


def estimate(
    distribution: Distribution,
    theta: Floats,
    stats: Any,
    losses: Floats,
    utility: str,
    penalty: Floats | None = None,
) -> Estimate:
    """Return the natural gradient at θ from statistics T(c_i) and losses, less that of the expected penalty.

    Parameters
    ----------
    distribution : Distribution
    theta : array, shape (n_stats,)
    stats : array, shape (λ, n_stats)
    losses : array, shape (λ,)
    utility : {"mean", "rank"}
    penalty : array, shape (n_stats,), optional
        r ε of a penalty ε rᵀT(c), whose natural gradient is known and needs no sample.

    Raises
    ------
    ValueError
        If the gradient is not finite.
    """
    checks.one_of("utility", utility, UTILITIES)
    losses = checks.as_array("losses", losses)
    u = np.empty(losses.size)
    (mean_utility if utility == "mean" else rank_utility)(losses, u)
    share = 1.0 if penalty is None else expected_share(utility, len(losses))
    return weighted_estimate(distribution, theta, stats, u, penalty, share)


def weighted_estimate(
    distribution: Distribution,
    theta: Floats,
    stats: Any,
    utility: Floats,
    penalty: Floats | None = None,
    share: float = 1.0,
) -> Estimate:
    """Return the natural gradient at θ from statistics T(c_i) and their utilities u_i, which may be any weights.

    Parameters
    ----------
    distribution : Distribution
    theta : array, shape (n_stats,)
    stats : array, shape (λ, n_stats)
    utility : array, shape (λ,)
    penalty : array, shape (n_stats,), optional
        r ε of a penalty ε rᵀT(c), whose natural gradient needs no sample and is subtracted.
    share : float
        What it is multiplied by first, see :func:`expected_share`.

    Raises
    ------
    ValueError
        If the gradient is not finite.
    """
    checks.instance("distribution", distribution, Distribution, "one, such as Categorical(5, dim=30)")
    utility, G = checks.as_array("utility", utility), np.empty(distribution.n_stats)
    natural_gradient(checks.shaped_array("statistics", stats, (utility.size, G.size)), theta, utility, G)
    if penalty is not None:
        G -= share * distribution.inverse_fisher(theta, penalty)  # (E5)
    white = checks.shaped_array("what fisher_sqrt returns", distribution.fisher_sqrt(theta, G), G.shape)
    norm = euclidean_norm(white)
    if not math.isfinite(norm):
        raise ValueError(
            "the natural gradient of these samples is not finite: their losses, or they themselves, are too large, "
            "or one of them has probability 0."
        )
    return Estimate(utility, G, white, norm)
