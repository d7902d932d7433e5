"""What is claimed of the method itself: relaxation, natural gradient, step size."""

from __future__ import annotations

import inspect
import itertools
import math

import numpy as np

from asng_book.claims.ledger import Finding
from asng_book.exercises import step_size
from asng_edu.distributions import Categorical, Gaussian, Integer, Product
from asng_edu.distributions.base import Floats
from asng_edu.optimizers.asng import ASNG, accumulate, adapt, trust_region
from asng_edu.optimizers.natural_gradient import mean_utility
from asng_edu.problems import onemax

FIG4 = Categorical(5, dim=30)  # the article's; n_theta = 120


def scores(family: Categorical, theta: Floats, samples: Floats, step: float = 1e-6) -> Floats:
    """Return ∂ ln p_θ(c)/∂θ by central differences, one sample a row, in the free coordinates."""
    rows = []
    for free in range(family.n_theta):
        unit = np.zeros(family.n_theta)
        unit[free] = step
        moved = [lift(family, family.minimal(theta) + sign * unit) for sign in (1, -1)]
        up, down = (family.log_likelihood(other, samples) for other in moved)
        rows.append((up - down) / (2 * step))
    return np.array(rows).T


def lift(family: Categorical, free: Floats) -> Floats:
    """Return θ with its redundant coordinates: what the free ones leave to the last category of each dimension."""
    theta, start = [], 0
    for row in family.rows(family.initial_theta()):
        part = free[start : start + len(row) - 1]
        theta += [*part, 1 - part.sum()]
        start += len(row) - 1
    return np.array(theta)


def everything(family: Categorical) -> Floats:
    """Return all samples that a small family can draw."""
    return np.array(list(itertools.product(*(range(len(row)) for row in family.rows(family.initial_theta())))))


def random_theta(family: Categorical, rng: np.random.Generator) -> Floats:
    """Return a θ that is nowhere near the border, where finite differences would be poor."""
    uniform = family.initial_theta()
    middle: Floats = (uniform + np.concatenate([rng.dirichlet(np.ones(len(row))) for row in family.rows(uniform)])) / 2
    return middle


def log_likelihood(seed: int) -> Finding:
    """Section 2.1: the natural gradient of ln p is T(c) − θ. F⁻¹ times finite differences, for every sample."""
    rng, worst = np.random.default_rng(seed), 0.0
    for family in (Categorical(5), Categorical([2, 3, 4])):
        theta, samples = random_theta(family, rng), everything(family)
        score = scores(family, theta, samples)
        fisher = score.T @ (np.exp(family.log_likelihood(theta, samples))[:, None] * score)
        natural = np.linalg.solve(fisher, score.T).T
        worst = max(worst, np.abs(natural - family.minimal(family.statistics(samples) - theta)).max())
    return Finding({"error": worst}, "holds" if worst < 1e-6 else "fails")


def fisher_inverse(seed: int) -> Finding:
    """Section 2.1: F⁻¹ = E[(T − θ)(T − θ)ᵀ]. F from finite differences, the expectation summed over every sample."""
    rng, worst = np.random.default_rng(seed), 0.0
    for family in (Categorical(5), Categorical([2, 3, 4])):
        theta, samples = random_theta(family, rng), everything(family)
        p = np.exp(family.log_likelihood(theta, samples))[:, None]
        score = scores(family, theta, samples)
        apart = family.minimal(family.statistics(samples) - theta)
        product = (score.T @ (p * score)) @ (apart.T @ (p * apart))
        worst = max(worst, np.abs(product - np.eye(family.n_theta)).max())
    return Finding({"error": worst}, "holds" if worst < 1e-6 else "fails")


def same_maximum(seed: int) -> Finding:
    """Section 2.1: sup J over θ is sup f over c. J at the best vertex, and at 10,000 θ from anywhere."""
    rng, family = np.random.default_rng(seed), Categorical(3, dim=3)
    samples = everything(family)
    f = rng.normal(size=len(samples))
    corner = np.concatenate([np.eye(3)[k] for k in samples[f.argmax()]])
    with np.errstate(divide="ignore"):
        at_corner = float(np.exp(family.log_likelihood(corner, samples)) @ f)
    thetas = (rng.dirichlet(np.full(3, 0.2), size=3).ravel() for _ in range(10_000))  # many of them near a vertex
    best = max(float(np.exp(family.log_likelihood(theta, samples)) @ f) for theta in thetas)
    gap, below = abs(at_corner - f.max()), f.max() - best
    return Finding({"gap": gap, "below": below}, "holds" if gap < 1e-12 and below > -1e-12 else "fails")


def baseline_expectation(seed: int) -> Finding:
    """Section 2.3: subtracting the mean of f does not change the estimate's expectation. Summed over all draws."""
    rng = np.random.default_rng(seed)
    theta, loss = rng.dirichlet(np.ones(3)), rng.normal(size=3)
    truth = -(theta * loss) @ (np.eye(3) - theta)
    lengths, turned = {}, 0.0
    for lam in (2, 4, 8):
        mean = np.zeros(3)
        for draw in itertools.product(range(3), repeat=lam):
            c, utility = list(draw), np.empty(lam)
            mean_utility(loss[c], utility)
            mean += theta[c].prod() * (utility @ (np.eye(3)[c] - theta)) / lam
        lengths[f"length{lam}"] = float(mean @ truth / (truth @ truth))
        turned = max(turned, float(np.abs(mean - lengths[f"length{lam}"] * truth).max()))
    unchanged = all(abs(length - 1) < 1e-9 for length in lengths.values())
    return Finding({**lengths, "turned": turned}, "holds" if unchanged else "qualified" if turned < 1e-9 else "fails")


def baseline_variance(seed: int) -> Finding:
    """Section 2.3: subtracting the mean reduces variance. Traces of Cov under F, of estimates of equal length."""
    rng, lam, draws = np.random.default_rng(seed), 2, 100_000
    theta, loss = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.7, 1.0])
    c = rng.choice(3, size=(draws, lam), p=theta)
    deviations = np.eye(3)[c] - theta
    ratios = {}
    for name, shift in (("offset", 10.0), ("centred", -float(theta @ loss))):
        f = -(loss + shift)[c]
        raw = (f[:, :, None] * deviations).mean(axis=1)
        less = ((f - f.mean(axis=1, keepdims=True))[:, :, None] * deviations).mean(axis=1) / (1 - 1 / lam)
        ratios[name] = float((raw.var(axis=0) / theta).sum() / (less.var(axis=0) / theta).sum())
    return Finding(ratios, "holds" if min(ratios.values()) > 1 else "qualified" if ratios["offset"] > 1 else "fails")


def least_samples(seed: int) -> Finding:
    """Section 2.3: λ = 2 is the least that is needed. With the mean subtracted, one sample has the utility 0."""
    rng = np.random.default_rng(seed)
    sizes = {}
    for lam in (1, 2):
        utility = np.empty(lam)
        mean_utility(rng.normal(size=lam), utility)
        sizes[f"utility{lam}"] = float(np.abs(utility).max())
    return Finding(sizes, "holds" if sizes["utility1"] == 0 < sizes["utility2"] else "fails")


def trust_region_radius(seed: int) -> Finding:
    """Section 2.2: the step (10) is like one of a trust region of radius δ under KL. KL/(δ²/2) of single steps.

    θ is uniform or in the middle; then anywhere, where a step of δ = 1 may leave what θ may be.
    """
    rng, ratios = np.random.default_rng(seed), []
    for delta in (0.01, 0.1, 0.5, 1.0):
        for start in (FIG4.initial_theta(), random_theta(FIG4, rng)):
            ratios += [FIG4.kl(start, one_step(start, delta, rng)) / (delta**2 / 2) for _ in range(50)]
    anywhere = [FIG4.project(rng.dirichlet(np.ones(5), size=30).ravel()) for _ in range(200)]
    outside = float(np.mean([one_step(start, 1.0, rng).min() < 0 for start in anywhere]))
    alike = min(ratios) > 1 / 1.5 and max(ratios) < 1.5
    verdict = "fails" if not alike else "qualified" if outside else "holds"
    return Finding({"least": min(ratios), "most": max(ratios), "outside": outside}, verdict)


def one_step(theta: Floats, delta: float, rng: np.random.Generator) -> Floats:
    """Return θ after a step of length δ along an estimate from random losses, before it is projected."""
    asng = ASNG(FIG4, delta, theta=theta)
    info = asng.tell(asng.ask(rng), rng.random(2))
    return theta + info.epsilon * info.G


def resting_step(snr: float, n_theta: int, seed: int, alpha: float = 1.5, steps: int = 8000) -> float:
    """Return where δ rests (its geometric mean) when all steps have one signal-to-noise ratio: lines 3 and 6 to 8."""
    rng, m = np.random.default_rng(seed), math.sqrt(snr / (1 + snr))
    s, gamma, Delta, logs = np.zeros(n_theta), 0.0, 1.0, []
    for _ in range(steps):
        delta, beta = trust_region(1.0, Delta, math.sqrt(n_theta), n_theta)
        e = rng.standard_normal(n_theta)
        e *= math.sqrt(1 - m * m) / np.linalg.norm(e)
        e[0] += m
        gamma, Delta = adapt(gamma, Delta, accumulate(s, e, 1.0, beta), beta, alpha, math.inf)
        logs.append(math.log(delta))
    return math.exp(float(np.mean(logs[steps // 3 :])))


def constant_snr(seed: int) -> Finding:
    """Section 2.3: the adaptation keeps the SNR constant. The SNR given, δ found: their ratio, times 4√n_θ."""
    ratios = {
        name: 4 * math.sqrt(120) * snr / resting_step(snr, 120, seed)
        for name, snr in (("weak", 0.003), ("middle", 0.01), ("strong", 0.03))
    }
    proportional = all(abs(ratio - 1) < 0.25 for ratio in ratios.values())
    return Finding(ratios, "qualified" if proportional else "fails")


def forgets_delta0(seed: int) -> Finding:
    """Section 1: robust to how the learning rate is set. Where δ is after a while, from four sizes of δ⁰."""
    early, late = {}, {}
    for delta0 in (5.0, 1.0, 0.1, 0.001):
        asng, deltas = ASNG(FIG4, delta0, rng=seed), []
        for _ in range(5000):
            samples = asng.ask()
            deltas.append(asng.tell(samples, onemax(samples)).delta)
        early[delta0], late[delta0] = (float(np.mean(deltas[end - 300 : end])) for end in (1200, 5000))
    moderate = [early[delta0] for delta0 in (5.0, 1.0, 0.1)]
    found = {
        "ratio": max(moderate) / min(moderate), "tiny": early[1.0] / early[0.001], "later": late[1.0] / late[0.001],
    }  # fmt: skip
    forgotten = max(found["ratio"], found["later"], 1 / found["later"]) < 1.5
    verdict = "fails" if not forgotten else "qualified" if found["tiny"] > 1.5 else "holds"
    return Finding(found, verdict)


def as_printed() -> Finding:
    """Algorithm 1 has no lower bound for Δ: runs without the library's guard, on ten coins, that end in NaN."""
    broken = {
        name: float(sum(step_size.unguarded(delta0, seed)[0] is not None for seed in range(step_size.SEEDS)))
        for name, delta0 in (("tiny", 1e-4), ("usual", 1.0))
    }
    return Finding(
        {**broken, "runs": float(step_size.SEEDS)},
        "fails" if broken["usual"] else "qualified" if broken["tiny"] else "holds",
    )


def defaults() -> Finding:
    """Return the settings that ASNG has by default; Algorithm 1 requires the same."""
    parameters = inspect.signature(ASNG).parameters
    return Finding({name: float(parameters[name].default) for name in ("alpha", "delta0", "lam")})


def catcma_margin() -> Finding:
    """Return the probability of the mode where every choice is as sure as the margin of CatCMA allows."""
    found = {}
    for name, dim in (("one", 1), ("thirty", 30)):
        family = Categorical(5, dim=dim, margin="catcma")
        theta = family.project(np.tile([1.0, 0.0, 0.0, 0.0, 0.0], dim))
        found[name] = float(np.exp(family.log_likelihood(theta, family.mode(theta)[None]))[0])
    return Finding(found)


def mixed_variables(seed: int) -> Finding:
    """Section 1: one framework for categorical, integer and continuous variables together. Ten runs of each."""
    solved, runs = {"integer": 0, "continuous": 0}, 10
    choices, target = Categorical(4, dim=5), 7
    integers, points = Product(choices, Integer([0] * 3, [20] * 3)), Product(choices, Gaussian(2, mean=3.0, sigma=2.0))
    for run in range(runs):
        for family in (integers, points):
            asng = ASNG(family, rng=seed + run)
            for _ in range(3000):
                samples = asng.ask()
                found = [np.asarray(numbers, dtype=float) for _, numbers in family.decode(samples)]
                wrong = (samples[0] != 1).sum(axis=1)
                if family is integers:
                    losses = [np.abs(numbers - target).sum() / 4 for numbers in found]
                else:
                    losses = [(numbers**2).sum() for numbers in found]
                asng.tell(samples, wrong + losses)
            c, numbers = asng.mode()
            if family is integers:
                solved["integer"] += bool((c == 1).all() and (np.asarray(numbers) == target).all())
            else:
                solved["continuous"] += bool((c == 1).all() and np.abs(numbers).max() < 0.1)
    counts = {name: float(count) for name, count in solved.items()}
    return Finding({**counts, "runs": runs}, "holds" if set(counts.values()) == {runs} else "qualified")
