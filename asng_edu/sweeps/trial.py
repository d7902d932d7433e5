"""One trial of Fig. 4: x by momentum SGD and θ by one of the methods, in turn, until a solution is drawn.

``run_updates`` is the loop of Algorithm 1 around the formulas of this library, compiled as a whole. It takes its
random numbers as arrays, so that a trial can be replayed on any stream of them: by the classes, or by the JavaScript
of the explorer.
"""

from __future__ import annotations

import math
from typing import NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu._common.compiled import compiled, together
from asng_edu.distributions import Categorical, categorical
from asng_edu.distributions.base import Floats
from asng_edu.optimizers import adam, asng, natural_gradient
from asng_edu.problems import selective_gradient, selective_loss, selective_solved

Integers = NDArray[np.int64]

METHODS = ("asng", "sng", "adam")  # of the registry's optimisers those whose step the loop below takes
ASNG, SNG, ADAM = range(3)
MOMENTUM = 0.9
CHUNK = 1024  # updates for which random numbers are drawn at once; results do not depend on it
# Of numbers in memory: for each update those of the samples, and the samples' statistics.
MOST = {"lam × dim": 100_000, "lam × dim × categories": 10_000_000}

# The formulas of the library, as parts of the loop below.
cumulate, sample, statistics, fisher_sqrt, project = together(
    categorical.categorical_cumulate,
    categorical.categorical_sample,
    categorical.categorical_statistics,
    categorical.categorical_fisher_sqrt,
    categorical.categorical_project,
)
mean_utility, rank_utility, estimate, euclidean_norm, is_informative = together(
    natural_gradient.mean_utility,
    natural_gradient.rank_utility,
    natural_gradient.natural_gradient,
    natural_gradient.euclidean_norm,
    natural_gradient.is_informative,
)
trust_region, natural_step, accumulate, adapt, adam_step = together(
    asng.trust_region, asng.natural_step, asng.accumulate, asng.adapt, adam.adam_step
)
loss, gradient_x, is_solved = together(selective_loss, selective_gradient, selective_solved)


@compiled()
def cosine(rate: float, t: int, updates: int) -> float:
    """Return the learning rate at update t of ``updates``, from ``rate`` down to 0 (Loshchilov and Hutter 2017)."""
    return 0.5 * rate * (1.0 + math.cos(math.pi * t / updates))


@compiled(x="n", velocity="n", gradient="n")
def momentum_step(x: Floats, velocity: Floats, gradient: Floats, rate: float) -> None:
    """Move x (n,) down the gradient in place, eq. (8) with momentum."""
    for k in range(x.size):
        velocity[k] = MOMENTUM * velocity[k] + gradient[k]
        x[k] -= rate * velocity[k]  # (8)


@compiled(c="λ D", rows="D")
def differing_rows(c: Integers, rows: Integers) -> int:
    """Write the dimensions on which the samples c (λ, D) differ into ``rows``, and return how many there are."""
    lam, dim = c.shape
    for i in range(dim):
        rows[i] = 0
    for n in range(1, lam):
        for i in range(dim):
            rows[i] |= c[n, i] ^ c[0, i]
    count = 0
    for i in range(dim):
        differs = rows[i] != 0
        rows[count] = i  # the next one takes its place, unless they differ on this one
        count += differs
    return count


learning_rate, step_x, differing = together(cosine, momentum_step, differing_rows)


class Setting(NamedTuple):
    """What stays the same during a trial."""

    method: int  # index into METHODS
    rank: bool  # rank utility instead of the mean baseline
    delta0: float
    alpha: float
    delta_max: float
    n_theta: int
    lam: int
    eps_x: float
    max_updates: int
    noise: float
    offsets: Integers  # of the categorical family, with its pole and margin
    pole: Floats
    margin: Floats


_NUMBERS = {name: kind for name, kind in get_type_hints(Setting).items() if kind in (int, float, bool)}


class Trial(NamedTuple):
    """What a trial changes, as arrays that are written in place."""

    theta: Floats  # (D K,)
    x: Floats  # (D, K)
    velocity: Floats  # (D, K), of the momentum
    s: Floats  # (D K,), ASNG's
    adaptation: Floats  # (2,): γ and Δ
    m: Floats  # (D K,), Adam's
    v: Floats  # (D K,), Adam's
    counts: Integers  # (2,): updates so far, and θ steps that were not skipped


def _check_setting(setting: Setting) -> tuple[int, int]:
    """Return (D, K), or raise a ValueError unless the numbers are such as :func:`make_setting` makes."""
    checks.instance("setting", setting, Setting, "a Setting, as make_setting returns one")
    for name, kind in _NUMBERS.items():
        value = getattr(setting, name)
        if type(value) is not kind:  # for another type the loop would be compiled anew
            raise ValueError(f"{name} must be of type {kind.__name__}, but is {checks.short(value)}.")
    offsets = setting.offsets
    if isinstance(offsets, np.ndarray) and offsets.dtype == np.int64 and offsets.ndim == 1 and len(offsets) > 1:
        dim, categories = len(offsets) - 1, int(offsets[1])
        if min(setting.lam, categories) >= 1 and np.array_equal(offsets, categories * np.arange(dim + 1)):
            return dim, categories
    raise ValueError("offsets must be the multiples of K, and lam at least 1.")


def _check_trial(setting: Setting, trial: Trial, uniforms: Floats, normals: Floats) -> None:
    """Raise a ValueError unless all arrays are those of one trial: the loop below trusts them."""
    dim, categories = _check_setting(setting)
    checks.instance("trial", trial, Trial, "a Trial, as new_trial returns one")
    updates = len(uniforms) if isinstance(uniforms, np.ndarray) and uniforms.ndim else 0
    expected: dict[str, tuple[int, ...]] = dict.fromkeys(("theta", "s", "m", "v", "pole"), (dim * categories,))
    expected |= {"x": (dim, categories), "velocity": (dim, categories), "adaptation": (2,), "counts": (2,)}
    expected |= {"margin": (dim,), "uniforms": (updates, 2 * setting.lam, dim), "normals": (updates, 2, dim)}
    given = {**setting._asdict(), **trial._asdict(), "uniforms": uniforms, "normals": normals}
    for name, shape in expected.items():
        dtype = np.int64 if name == "counts" else np.float64
        array = given[name]
        fits = isinstance(array, np.ndarray) and array.shape == shape and array.dtype == dtype
        if not fits or not array.flags.c_contiguous:
            wanted = f"contiguous {dtype.__name__} of shape {shape}"
            raise ValueError(f"{name} must be {wanted}, but is {checks.short(array)}.")
    for name, width in (("pole", categories), ("margin", 1)):
        if (given[name].reshape(dim, width) != given[name][:width]).any():
            raise ValueError(f"{name} must be the same in every row, but is {checks.short(given[name])}.")


@compiled(_check_trial)
def run_updates(setting: Setting, trial: Trial, uniforms: Floats, normals: Floats) -> bool:
    """Run up to len(uniforms) updates of a trial, in place; return whether a solution was drawn.

    uniforms (updates, 2λ, D) choose the samples, first the λ of the x step, then the λ of the θ step. normals
    (updates, 2, D) are the noise of the two steps, before scaling.
    """
    theta, x, velocity, s, adaptation, m, v, counts = trial
    lam, (dim, categories) = setting.lam, x.shape
    c = np.empty((2 * lam, dim), np.int64)
    c_x, c_theta = c[:lam], c[lam:]
    cumulative = np.empty((categories - 1, dim))
    cumulate(theta, setting.offsets, np.arange(dim), cumulative)
    z, gradient, losses, utility = np.empty(dim), np.empty_like(x), np.empty(lam), np.empty(lam)
    flat_x, flat_velocity, flat_gradient = x.ravel(), velocity.ravel(), gradient.ravel()
    rows, c_part, x_part, theta_part = np.arange(dim), np.empty_like(c_theta), np.empty_like(x), np.empty_like(theta)
    stats, G_part, white_part = np.empty((lam, theta.size)), np.empty_like(theta), np.empty_like(theta)
    white = np.empty_like(theta)
    for n in range(uniforms.shape[0]):
        sample(cumulative, uniforms[n], c)  # c ~ P_θ, for both steps
        solved = False

        for i in range(lam):
            solved |= is_solved(x, c_x[i])
        for i in range(dim):
            z[i] = setting.noise * normals[n, 0, i]  # z ~ N(0, σ_z² I)
        gradient_x(x, c_x, z, gradient)
        rate = learning_rate(setting.eps_x, counts[0], setting.max_updates)
        step_x(flat_x, flat_velocity, flat_gradient, rate)  # Alg. 1, line 4

        for i in range(lam):
            solved |= is_solved(x, c_theta[i])
        # Where the samples agree, G is 0: the step takes the other rows, side by side. Adam's momentum moves every row.
        size = dim if setting.method == ADAM else differing(c_theta, rows)
        for r in range(size):
            i = rows[r]
            z[r] = setting.noise * normals[n, 1, i]
            for j in range(lam):
                c_part[j, r] = c_theta[j, i]
            for k in range(categories):
                x_part[r, k] = x[i, k]
                theta_part[r * categories + k] = theta[i * categories + k]
        width, offsets = size * categories, setting.offsets[: size + 1]
        x_now, c_now, theta_now, stats_now = x_part[:size], c_part[:, :size], theta_part[:width], stats[:, :width]
        G, root_G = G_part[:width], white_part[:width]
        for j in range(lam):
            losses[j] = loss(x_now, c_now[j], z)
        if setting.rank:
            rank_utility(losses, utility)
        else:
            mean_utility(losses, utility)
        statistics(c_now, offsets, stats_now)
        estimate(stats_now, theta_now, utility, G)
        fisher_sqrt(theta_now, offsets, setting.pole, G, root_G)
        norm = euclidean_norm(root_G)
        if is_informative(losses, utility, norm):
            counts[1] += 1
            if setting.method == ADAM:
                adam_step(theta_now, m, v, counts[1], G, norm, setting.delta0)
            else:
                delta = setting.delta0
                if setting.method == ASNG:
                    delta, beta = trust_region(setting.delta0, adaptation[1], setting.delta_max, setting.n_theta)
                    white.fill(0.0)
                    for r in range(size):
                        for k in range(categories):
                            white[rows[r] * categories + k] = root_G[r * categories + k]
                    s_norm2 = accumulate(s, white, norm, beta)
                    gamma, Delta = adapt(adaptation[0], adaptation[1], s_norm2, beta, setting.alpha, np.inf)
                    adaptation[0], adaptation[1] = gamma, Delta
                natural_step(theta_now, G, delta / norm)
            project(theta_now, offsets, setting.margin)
            for r in range(size):
                for k in range(categories):
                    theta[rows[r] * categories + k] = theta_now[r * categories + k]
            cumulate(theta, setting.offsets, rows[:size], cumulative)

        counts[0] += 1
        if solved:
            return True
    return False


def make_setting(
    method: str,
    *,
    delta0: float,
    eps_x: float,
    dim: int = 30,
    categories: int = 5,
    lam: int = 2,
    alpha: float = 1.5,
    margin: str | float = "asng",
    utility: str = "mean",
    max_updates: int = 100_000,
) -> Setting:
    """Return the setting of a trial, checked.

    Parameters
    ----------
    method : {"asng", "sng", "adam"}
    delta0, eps_x, dim, categories, lam, alpha, margin, utility, max_updates
        As the options of :class:`asng_edu.sweeps.grid.Grid`, one value each.

    Raises
    ------
    ValueError
        For an argument that the method or the family does not accept.
    """
    checks.one_of("method", method, METHODS)
    sizes = (("lam", "λ", lam, 2), ("dim", "D", dim, 1), ("categories", "K", categories, 2))
    size = {name: checks.integer(f"{name} ({sign})", n, least, checks.LARGEST) for name, sign, n, least in sizes}
    for names, most in MOST.items():
        factors = [size[name] for name in names.split(" × ")]
        if math.prod(factors) > most:
            raise ValueError(f"{names} must be at most {most:,}, but is {' × '.join(map(str, factors))}.")
    family = Categorical(categories, dim=dim, margin=margin)
    return Setting(
        method=METHODS.index(method),
        rank=checks.one_of("utility", utility, natural_gradient.UTILITIES) == "rank",
        delta0=checks.positive("delta0", delta0),
        alpha=checks.positive("alpha", alpha),
        delta_max=math.sqrt(family.n_theta),
        n_theta=family.n_theta,
        lam=size["lam"],
        eps_x=checks.positive("eps_x", eps_x),
        max_updates=checks.integer("max_updates", max_updates, 1, 10**9),
        noise=1.0 / categories,
        offsets=family.offsets,
        pole=family.pole,
        margin=family.smallest,
    )


def new_trial(setting: Setting, x: Floats) -> Trial:
    """Return a trial that starts at x (D, K) and at the uniform θ."""
    dim, categories = _check_setting(setting)
    x = checks.shaped_array("x", x, (dim, categories))
    return Trial(
        theta=np.full(x.size, 1.0 / categories),
        x=x.copy(),
        velocity=np.zeros_like(x),
        s=np.zeros(x.size),
        adaptation=np.array([0.0, 1.0]),  # Alg. 1, line 1
        m=np.zeros(x.size),
        v=np.zeros(x.size),
        counts=np.zeros(2, dtype=np.int64),
    )


def streams(seed: np.random.SeedSequence) -> tuple[np.random.Generator, np.random.Generator]:
    """Return a trial's two generators, for uniforms and for normals: apart, so that each can be drawn in blocks."""
    checks.instance("seed", seed, np.random.SeedSequence, "a SeedSequence")
    uniform, normal = seed.spawn(2)
    return np.random.Generator(np.random.SFC64(uniform)), np.random.Generator(np.random.SFC64(normal))


def run_trial(setting: Setting, seed: np.random.SeedSequence) -> int | None:
    """Run one trial and return the number of updates until a solution was drawn, or None if none was."""
    dim, categories = _check_setting(setting)
    uniform, normal = streams(seed)
    trial = new_trial(setting, normal.standard_normal((dim, categories)))
    uniforms = np.empty((CHUNK, 2 * setting.lam, dim))
    normals = np.empty((CHUNK, 2, dim))
    while trial.counts[0] < setting.max_updates:
        size = min(CHUNK, setting.max_updates - int(trial.counts[0]))
        uniform.random(out=uniforms)
        normal.standard_normal(out=normals)
        if run_updates(setting, trial, uniforms[:size], normals[:size]):
            return int(trial.counts[0])
        if not np.isfinite(trial.x).all():  # ε_x is so large that x has diverged
            return None
    return None
