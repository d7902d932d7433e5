"""What a sweep runs: every method at every ε_x and δ⁰, many trials of each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from asng_edu._common import checks
from asng_edu.sweeps.trial import METHODS, Setting, make_setting

MOST_TRIALS = 1_000_000
LARGEST_SEED = 2**128 - 1
# Of numbers at once: the statistics of λ samples, and the random numbers of a trial's next updates.
MOST_STATISTICS, MOST_SAMPLES = 10_000_000, 100_000
SHARED = ("dim", "categories", "lam", "alpha", "margin", "utility", "max_updates")  # by all points of a grid


@dataclass(frozen=True)
class Grid:
    """What a sweep runs: every method at every ε_x and δ⁰.

    Attributes
    ----------
    methods : tuple of str
        Of "asng", "sng", "adam".
    eps_x, delta0 : tuple of float
        ε_x, the first learning rate of x; δ⁰, for Adam its learning rate.
    trials : int
        Trials of each setting.
    dim, categories, max_updates, lam, alpha, margin, utility
        As for :func:`asng_edu.sweeps.trial.make_setting`.
    seed : int
        From which all trials' seeds are derived.
    """

    methods: tuple[str, ...] = METHODS
    eps_x: tuple[float, ...] = (0.05, 0.0005)
    delta0: tuple[float, ...] = (1.0,)
    trials: int = 100
    dim: int = 30
    categories: int = 5
    max_updates: int = 100_000
    lam: int = 2
    alpha: float = 1.5
    margin: str | float = "asng"
    utility: str = "mean"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("methods", "eps_x", "delta0"):
            values = getattr(self, name)
            values = checks.entries(name, values)
            if name == "methods":
                for value in values:
                    checks.instance("each of the methods", value, str, "the name of one")
            else:
                values = tuple(checks.positive(name, value) for value in values)
            object.__setattr__(self, name, values)
            if not values:
                raise ValueError(f"{name} must hold at least one value, but is empty.")
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must not name a value twice, but is {', '.join(map(str, values))}.")
        for name, least, most in (
            ("trials", 1, MOST_TRIALS), ("seed", 0, LARGEST_SEED), ("dim", 1, MOST_SAMPLES),
            ("categories", 2, MOST_STATISTICS), ("max_updates", 1, None), ("lam", 2, MOST_SAMPLES),
        ):  # fmt: skip
            object.__setattr__(self, name, checks.integer(name, getattr(self, name), least, most))
        self._check_size()
        object.__setattr__(self, "alpha", checks.positive("alpha", self.alpha))
        for setting in self.settings():
            self.make(*setting)

    def _check_size(self) -> None:
        """Raise a ValueError if a trial would not fit into memory."""
        for names, most in ((("lam", "dim"), MOST_SAMPLES), (("lam", "dim", "categories"), MOST_STATISTICS)):
            numbers = [getattr(self, name) for name in names]
            if math.prod(numbers) > most:
                product = " × ".join(map(str, numbers))
                raise ValueError(f"{' × '.join(names)} must be at most {most:,}, but is {product}.")

    def settings(self) -> list[tuple[str, float, float]]:
        """Return (method, ε_x, δ⁰) of every setting, in the order of the files."""
        return list(itertools.product(self.methods, self.eps_x, self.delta0))

    def make(self, method: str, eps_x: float, delta0: float) -> Setting:
        """Return the trial setting of one point of the grid, checked."""
        shared = {name: getattr(self, name) for name in SHARED}
        return make_setting(method, delta0=delta0, eps_x=eps_x, **shared)

    def trial_seed(self, trial: int) -> np.random.SeedSequence:
        """Return the seed of a trial, the same at every point of the grid.

        So all methods, ε_x and δ⁰ meet the same starting points and noise and differ by what they do, not by luck;
        and a sweep of one δ⁰ repeats what a wider sweep found there.
        """
        return np.random.SeedSequence([self.seed, checks.integer("trial", trial, 0, LARGEST_SEED)])


def exponents_to_delta0(exponents: Iterable[float], dim: int = 30, categories: int = 5) -> tuple[float, ...]:
    """Return δ⁰ = n_θ^{−e} for each exponent e, with n_θ = D(K − 1)."""
    dim = checks.integer("dim (D)", dim, 1, MOST_SAMPLES)
    exponents = checks.entries("exponents", exponents)
    n_theta = dim * (checks.integer("categories (K)", categories, 2, MOST_STATISTICS) - 1)
    with np.errstate(over="ignore"):  # an infinite δ⁰ is refused in words later
        return tuple(float(np.float64(n_theta) ** -checks.real("exponents", e)) for e in exponents)
