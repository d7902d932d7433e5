"""What λ, the number of samples of an update, does: how far δ may grow, and how long a search then takes.

Taught in chapter *More samples at once*, whose equations (M3) to (M7) stand beside the lines that compute them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asng_edu import ASNG, Categorical
from asng_edu._common import checks
from asng_edu.problems.tabular import Tabular
from asng_edu.sweeps import trial as trials

Floats = NDArray[np.float64]
BLOCK = 16  # updates of the compiled loop after which δ is looked at


# ---- the law


def agreeing(lam: int) -> float:
    """Return how many samples' worth of signal λ samples hold once their mean is subtracted and the step normalised.

    It is the squared mean length of λ normal numbers less their mean, (M3): 2/π for λ = 2, and nearly λ − 3/2 beyond.

    >>> round(agreeing(2), 4), round(agreeing(8), 3)
    (0.6366, 6.519)
    """
    lam = checks.integer("lam (λ)", lam, 2)
    return 2.0 * math.exp(2.0 * (math.lgamma(lam / 2) - math.lgamma((lam - 1) / 2)))  # (M3)


def signal(lam: int, share: float, n_theta: float) -> float:
    """Return ρ, the signal-to-noise ratio of an estimate from λ samples: (M4).

    Parameters
    ----------
    lam : int
        λ, at least 2.
    share : float
        h, which part of the variance of the losses single decisions account for.
    n_theta : float
        How many parameters θ has.
    """
    return agreeing(lam) * share / n_theta  # (M4)


def resting_delta(lam: int, share: float, n_theta: float, alpha: float = 1.5) -> float:
    """Return the δ at which the adaptation rests: (M5).

    >>> [round(resting_delta(lam, 1.0, 120), 2) for lam in (2, 16, 64)]
    [0.23, 3.3, 6.33]
    """
    rho = signal(lam, share, n_theta)
    return math.sqrt(n_theta) * 2.0 * rho / (alpha - 1.0 + (alpha + 1.0) * rho)  # (M5)


def bend(share: float, n_theta: float, alpha: float = 1.5) -> float:
    """Return the λ at which δ has grown to half of the greatest it can rest at: (M6)."""
    return 1.5 + (alpha - 1.0) / (alpha + 1.0) * n_theta / share  # (M6)


def wall_clock(lam: int, updates: float, workers: int, evaluation: float, overhead: float) -> float:
    """Return the seconds of a search: each update waits for its last round of evaluations, then for what is not shared.

    >>> wall_clock(lam=8, updates=100, workers=3, evaluation=2.0, overhead=0.5)
    650.0
    """
    return updates * (math.ceil(lam / workers) * evaluation + overhead)  # (M7)


# ---- searches


class Box(NamedTuple):
    """Something to be searched of which nothing but values are known.

    Attributes
    ----------
    family : Categorical
    losses : callable
        ``losses(codes, rng)``.
    is_best : callable
        ``is_best(codes)`` returns which codes are the optimum, without noise.
    """

    family: Categorical
    losses: Callable[[Any, np.random.Generator], Floats]
    is_best: Callable[[Any], NDArray[np.bool_]]


class Solved(NamedTuple):
    """How a search went: updates until a batch had the optimum in it, or None, and δ on the way.

    Attributes
    ----------
    updates : int or None
    delta : float
        Geometric mean over the second half of the updates.
    largest : float
    """

    updates: int | None
    delta: float
    largest: float


def additive(noise: float = 0.0, dim: int = 30, categories: int = 5) -> Box:
    """Return the toy of Fig. 4 once its weights are trained: a code costs c_1 + … + c_D.

    To each loss normal noise is added, ``noise`` times as large, in standard deviations, as what the losses of uniform
    codes differ by.
    """
    family = Categorical(categories, dim=dim)
    scale = noise * math.sqrt(dim * (categories**2 - 1) / 12)
    return Box(
        family,
        lambda codes, rng: codes.sum(axis=1) + scale * rng.standard_normal(len(codes)),
        lambda codes: ~codes.any(axis=1),
    )


def tabulated(table: Tabular) -> Box:
    """Return a table, of which a search sees what was observed and looks for the best network."""
    return Box(table.categorical(), lambda codes, rng: table.observed(codes), lambda codes: table.ranks(codes) == 1)


def search(box: Box, lam: int, seed: Any, evaluations: int, delta0: float = 1.0) -> Solved:
    """Run ASNG on a black box until a batch has the optimum in it, or the evaluations are spent."""
    rng = np.random.default_rng(seed)
    asng = ASNG(box.family, delta0, lam=lam, rng=rng)
    deltas: list[float] = []
    for update in range(1, evaluations // lam + 1):
        codes = asng.ask()
        if box.is_best(codes).any():
            return _searched(update, deltas or [delta0])
        deltas.append(asng.tell(codes, box.losses(codes, rng)).delta)
    return _searched(None, deltas)


def rest(box: Box, lam: int, seed: Any, updates: int = 3000) -> float:
    """Return the mean δ of ASNG while θ is held where it began, over the last two thirds of the updates."""
    rng = np.random.default_rng(seed)
    asng = ASNG(box.family, lam=lam, rng=rng)
    start = asng.theta.copy()
    deltas = []
    for _ in range(updates):
        codes = asng.ask()
        deltas.append(asng.tell(codes, box.losses(codes, rng)).delta)
        asng.state.theta[:] = start
    return float(np.mean(deltas[updates // 3 :]))


def toy(lam: int, eps_x: float, seed: np.random.SeedSequence, max_updates: int = 100_000) -> Solved:
    """Run a trial of Fig. 4, as :func:`asng_edu.sweeps.trial.run_trial` does, and look at δ on the way."""
    setting = trials.make_setting("asng", delta0=1.0, eps_x=eps_x, lam=lam, max_updates=max_updates)
    uniform, normal = trials.streams(seed)
    dim = len(setting.offsets) - 1
    trial = trials.new_trial(setting, normal.standard_normal((dim, int(setting.offsets[1]))))
    uniforms, normals = np.empty((trials.CHUNK, 2 * lam, dim)), np.empty((trials.CHUNK, 2, dim))
    deltas = [setting.delta0]
    while trial.counts[0] < max_updates:
        uniform.random(out=uniforms)
        normal.standard_normal(out=normals)
        for first in range(0, trials.CHUNK, BLOCK):
            size = min(BLOCK, max_updates - int(trial.counts[0]))
            now = slice(first, first + size)
            solved = trials.run_updates(setting, trial, uniforms[now], normals[now])
            deltas.append(min(setting.delta0 / float(trial.adaptation[1]), setting.delta_max))
            if solved:
                return _searched(int(trial.counts[0]), deltas)
            if size < BLOCK:
                break
    return _searched(None, deltas)


def _searched(updates: int | None, deltas: list[float]) -> Solved:
    late = np.array(deltas[len(deltas) // 2 :])
    return Solved(updates, float(np.exp(np.log(late).mean())), max(deltas))
