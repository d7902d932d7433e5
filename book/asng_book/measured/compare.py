"""The comparison of the systems on the space whose every network is known: its runs, and what tells them apart.

Taught in the chapter *Nine systems, one bench*.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_book import comparisons, permutations
from asng_book.comparisons import Interval
from asng_book.pages import results
from asng_edu.jobs import rows
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.systems import SYSTEMS, Comparison

Floats = NDArray[np.float64]

LEVEL = 0.05

# By what a system learns from, in the order of the chapter: the colour of plots, and the systems.
FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "score function": ("text", ("asng", "sng", "reinforce", "enas", "nasnet", "asng-table")),
    "relaxation": ("mixture", ("darts", "darts2", "snas")),
    "two gates": ("mixture", ("proxyless",)),
    "predictor or hypernetwork": ("text", ("nao", "smash")),
    "evolution": ("evolution", ("spos", "evolution")),
    "chance": ("muted", ("random", "random-table")),
}

OWN_COLOURS = {"asng": "asng", "asng-table": "asng", "sng": "sng"}  # as in the whole book

# They draw paths at random until the weights are trained, and choose in the final steps: there is no course of a pick.
AT_THE_END = ("smash", "spos", "random")

#: The five that the article's section 3.2 calls alike but for the optimiser.
SIMILAR = ("darts2", "darts", "snas", "enas", "asng")


def family(system: str) -> str:
    """Return what a system learns from.

    >>> family("darts2")
    'relaxation'
    """
    return next(name for name, (_, members) in FAMILIES.items() if system in members)


class Pair(NamedTuple):
    """Two systems, and whether their runs tell them apart.

    Attributes
    ----------
    first, second : str
    gap : float
        The mean error of the first minus that of the second.
    p : float
        Of an exact permutation test.
    adjusted : float
        The same after Holm's correction for all pairs that were compared at once.
    """

    first: str
    second: str
    gap: float
    p: float
    adjusted: float

    @property
    def apart(self) -> bool:
        """Return whether the two differ at :data:`LEVEL`, all pairs considered."""
        return self.adjusted < LEVEL


@dataclass(frozen=True)
class Bench:
    """The runs of a comparison.

    Attributes
    ----------
    known : KnownSpace
        The space and its truth.
    runs : list of dict
        The rows of ``compare.csv``.
    curves : list of dict
        The rows of ``compare_curves.csv``.
    record : dict
        Settings and provenance.
    warmup : int
        Epochs of a supernet in which its strategy rests; until then a pick says nothing.
    """

    known: KnownSpace
    runs: list[dict[str, Any]]
    curves: list[dict[str, Any]]
    record: dict[str, Any]
    warmup: int = 0

    @cached_property
    def systems(self) -> tuple[str, ...]:
        """Return the systems that ran, in the order of Table 1 and then of the controls."""
        found = {run["system"] for run in self.runs}
        return tuple(name for name in SYSTEMS if name in found)

    @cached_property
    def supernets(self) -> tuple[str, ...]:
        """Return those that share weights."""
        return tuple(name for name in self.systems if SYSTEMS[name].evaluator == "supernet")

    @cached_property
    def seeds(self) -> int:
        """Return how many runs every system has; of one with more, the first so many count."""
        return min(sum(1 for run in self.runs if run["system"] == name) for name in self.systems)

    @cached_property
    def true(self) -> Floats:
        """Return the true error of every network, the mean over its trainings, shape (n,)."""
        found: Floats = self.known.test_errors.mean(axis=1)
        return found

    def of(self, system: str, what: str = "test_error") -> Floats:
        """Return one column of a system's runs, by seed, shape (seeds,)."""
        chosen = sorted((run for run in self.runs if run["system"] == system), key=lambda run: int(run["seed"]))
        return np.array([run[what] for run in chosen[: self.seeds]], dtype=float)

    def mean(self, system: str, what: str = "test_error") -> Interval:
        """Return the mean over seeds of a column, with its interval."""
        values = self.of(system, what)
        rng = np.random.default_rng(0)
        drawn = values[rng.integers(len(values), size=(comparisons.RESAMPLES, len(values)))].mean(axis=1)
        low, high = np.percentile(drawn, [2.5, 97.5])
        return Interval(float(values.mean()), float(low), float(high))

    def facts(self, system: str) -> dict[str, str]:
        """Return the numbers of a system's card, written out: what it paid, and what its picks are worth."""
        error, rank = self.mean(system), np.median(self.of(system, "rank"))
        told = {
            "error": f"{100 * error.value:.1f} % ({100 * error.low:.1f}–{100 * error.high:.1f})",
            "rank": f"{rank:.0f}",
            "seconds": f"{self.of(system, 'seconds').mean():.0f}",
        }
        if system not in self.supernets:
            return {**told, "trainings": f"{self.of(system, 'trainings').mean():.0f}"}
        operations, saved = (self.of(system, what).mean() for what in ("operations", "saved_megabytes"))
        return {**told, "operations": f"{operations:.0f}", "saved": f"{saved:.1f}"}

    @cached_property
    def with_course(self) -> tuple[str, ...]:
        """Return the systems that could be stopped before the end, and name what they have found by then."""
        return tuple(name for name in self.systems if name not in AT_THE_END)

    def course(self, system: str, what: str = "test_error") -> tuple[Floats, Floats]:
        """Return what the runs of a system had spent, shape (m,), and had by then, shape (seeds, m).

        A supernet's course begins after its warm-up. Of a system that chooses :data:`AT_THE_END`, m is 0.
        """
        start = self.warmup if system in self.supernets else 0
        found: dict[int, dict[float, float]] = {}
        for row in self.curves:
            if row["system"] == system and row["spent"] > start and system not in AT_THE_END:
                found.setdefault(int(row["seed"]), {})[float(row["spent"])] = float(row[what])
        chosen = [found[seed] for seed in sorted(found)[: self.seeds]]
        spent = sorted(set.intersection(*(set(one) for one in chosen))) if chosen else []
        return np.array(spent), np.array([[one[at] for at in spent] for one in chosen])

    def pairs(self, systems: Sequence[str] | None = None) -> list[Pair]:
        """Compare all pairs of some systems, by default of all."""
        chosen = list(itertools.combinations(self.systems if systems is None else systems, 2))
        raw = [permutations.permutation(self.of(a), self.of(b)) for a, b in chosen]
        gaps = [float(self.of(a).mean() - self.of(b).mean()) for a, b in chosen]
        return [
            Pair(a, b, gap, p, adjusted)
            for (a, b), gap, p, adjusted in zip(chosen, gaps, raw, permutations.holm(raw).tolist(), strict=True)
        ]

    @cached_property
    def training_seconds(self) -> float:
        """Return what one training of a network took, on average over the space."""
        return float(self.known.seconds.mean()) / self.known.tabulation.seeds

    def affordable(self, system: str) -> int:
        """Return how many trainings from scratch the seconds of a system pay for, at least one."""
        return min(max(1, int(self.of(system, "seconds").mean() / self.training_seconds)), len(self.true))

    def bar(self, system: str) -> float:
        """Return what random search finds on average for the seconds of a system."""
        return float(random_search(self, self.affordable(system))[0])

    def leader(self, systems: Sequence[str], share: float) -> str:
        """Return which of some systems has the least mean error after a share of its course."""

        def error(system: str) -> float:
            spent, found = self.course(system)
            return float(found[:, max(0, int(share * len(spent)) - 1)].mean())

        return min(systems, key=error)

    def identity_share(self, system: str) -> Floats:
        """Return the share of identities in the cells that a system's runs pick at last, shape (seeds,)."""
        return np.asarray(self.course(system, "identities")[1][:, -1] / slots(self))


def read() -> Bench:
    """Return the committed comparison."""
    known, record = KnownSpace.load(), results.read("compare.json")
    epochs = record["settings"]["epochs"]
    return Bench(
        known,
        rows.read_csv(results.path("compare.csv")),
        rows.read_csv(results.path("compare_curves.csv")),
        record,
        warmup=Comparison(known=known, epochs=epochs).search("asng", 0).warmup_epochs,
    )


def random_search(bench: Bench, trainings: ArrayLike) -> Floats:
    """Return what random search finds on average with so many trainings, shape (m,), computed rather than run.

    Of n networks drawn without replacement it keeps the one with the least validation error, that of one training;
    what counts is this network's true error. The network of rank r (from 0) among N in validation error is the least of
    n with the probability C(N − 1 − r, n − 1) / C(N, n).
    """
    counts = np.atleast_1d(np.asarray(trainings, dtype=int))
    total = len(bench.true)
    means = []
    for errors in bench.known.validation_errors.T:
        ordered = bench.true[np.argsort(errors, kind="stable")]
        means.append([float(ordered @ _least(total, n)) for n in counts.tolist()])
    return np.asarray(np.mean(means, axis=0))


def _least(total: int, n: int) -> Floats:
    """Return for each rank the probability that it is the least of n drawn of ``total``."""
    ranks = np.arange(total)
    left = total - ranks  # of this rank and above
    # P(none of the better ones is drawn), as a product in the logarithm; the difference is P(this one is the least)
    none = np.array([_log_comb(k, n) for k in [*left.tolist(), 0]]) - _log_comb(total, n)
    survival = np.exp(none)
    return np.asarray(survival[:-1] - survival[1:])


def _log_comb(k: int, n: int) -> float:
    if k < n:
        return -math.inf
    return math.lgamma(k + 1) - math.lgamma(n + 1) - math.lgamma(k - n + 1)


def size_alone(bench: Bench) -> float:
    """Return the rank correlation of true error and number of parameters over all networks."""
    return float(comparisons.spearman(bench.known.parameters, bench.true))


def identities(bench: Bench) -> NDArray[np.int64]:
    """Return how many identities each network has, shape (n,)."""
    space = bench.known.space
    places = [
        (i, decision.options.index("identity"))
        for i, decision in enumerate(space.decisions)
        if decision.what == "operation" and "identity" in decision.options
    ]
    return np.asarray(sum((bench.known.codes[:, i] == k).astype(np.int64) for i, k in places))


def slots(bench: Bench) -> int:
    """Return how many operations a cell holds."""
    return sum(decision.what == "operation" for decision in bench.known.space.decisions)
