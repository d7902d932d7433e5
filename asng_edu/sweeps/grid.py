"""What a sweep runs: every method at every ε_x and δ⁰, many trials of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from asng_edu._common import checks
from asng_edu._common.options import check_options, names, number_or_name, numbers, option
from asng_edu.sweeps.trial import METHODS, Setting, make_setting

MOST_TRIALS = 1_000_000
LARGEST_SEED = 2**128 - 1
SHARED = ("dim", "categories", "lam", "alpha", "margin", "utility", "max_updates")  # by all points of a grid


@dataclass(frozen=True)
class Grid:
    """What a sweep runs: every method at every ε_x and δ⁰. The fields are the options of ``asng-edu sweep``."""

    methods: tuple[str, ...] = option(METHODS, "of asng, sng, adam", names)
    eps_x: tuple[float, ...] = option((0.05, 0.0005), "ε_x, first learning rates of x", numbers)
    delta0: tuple[float, ...] = option((1.0,), "values of δ⁰, for Adam of its learning rate", numbers)
    trials: int = option(100, "trials of each setting", least=1, most=MOST_TRIALS)
    dim: int = option(30, "D, the number of categorical variables", least=1)
    categories: int = option(5, "K, the categories of each", least=2)
    max_updates: int = option(100_000, "updates after which a trial has failed; the length of the schedule", least=1)
    lam: int = option(2, "λ, samples for a step of x, and for one of θ", least=2)
    alpha: float = option(1.5, "α of ASNG")
    margin: str | float = option("asng", "least probability of a category: asng, catcma, none or X", number_or_name)
    utility: str = option("mean", "mean or rank")
    seed: int = option(0, "seed of the whole sweep, from which all trials' are derived", most=LARGEST_SEED)

    def __post_init__(self) -> None:
        for which in ("methods", "eps_x", "delta0"):
            values = checks.entries(which, getattr(self, which))
            if which == "methods":
                for value in values:
                    checks.instance("each of the methods", value, str, "the name of one")
            else:
                values = tuple(checks.positive(which, value) for value in values)
            object.__setattr__(self, which, values)
            if not values:
                raise ValueError(f"{which} must hold at least one value, but is empty.")
            if len(set(values)) < len(values):
                raise ValueError(f"{which} must not name a value twice, but is {', '.join(map(str, values))}.")
        check_options(self)
        for setting in self.settings():
            self.make(*setting)

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
    dim = checks.integer("dim (D)", dim, 1, checks.LARGEST)
    exponents = checks.entries("exponents", exponents)
    n_theta = dim * (checks.integer("categories (K)", categories, 2, checks.LARGEST) - 1)
    with np.errstate(over="ignore"):  # an infinite δ⁰ is refused in words later
        return tuple(float(np.float64(n_theta) ** -checks.real("exponents", e)) for e in exponents)
