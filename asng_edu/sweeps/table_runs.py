"""Methods on a table: what each has found, and what it would give, after so many evaluations.

Every run has a generator of its own, seeded by the seed of the whole and the number of the run, the same for all
methods. So neither the number of processes nor the other methods change what a run finds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from asng_edu._common import checks
from asng_edu._common.options import check_options, names, number_or_name, option
from asng_edu.jobs import streams
from asng_edu.jobs.processes import in_order
from asng_edu.optimizers.registry import OPTIMIZERS, Method
from asng_edu.problems.tabular import Integers, Tabular

COLUMNS = ("method", "seed", "evaluations", "best_score", "best_rank", "mode_score", "mode_rank")
MOST_EVALUATIONS, MOST_RUNS = 1_000_000, 1_000_000
LARGEST_SEED = 2**128 - 1
QUARTILES = (0.25, 0.5, 0.75)
POINTS = 10  # evaluations reported on from 1 to 10, from 10 to 100 and so on

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is run on a table. The fields are options of ``asng-edu tabular``."""

    methods: tuple[str, ...] = option(
        ("asng", "sng", "random"), f"of {', '.join(OPTIMIZERS)}, with options as in sng:delta0=0.1:lam=4", names
    )
    budget: int = option(1000, "evaluations of a run", least=1, most=MOST_EVALUATIONS)
    seeds: int = option(50, "runs of each method", least=1, most=MOST_RUNS)
    seed: int = option(0, "seed of the whole, from which those of all runs are derived", most=LARGEST_SEED)
    margin: str | float = option("asng", "least probability of an option: asng, catcma, none or X", number_or_name)

    def __post_init__(self) -> None:
        methods = checks.entries("methods", self.methods)
        object.__setattr__(self, "methods", methods)
        check_options(self)
        for method in methods:
            Method.parse(method)
        if not methods or len(set(methods)) < len(methods):
            raise ValueError(f"methods must name one method or several different ones, but is {checks.short(methods)}.")

    def points(self) -> list[int]:
        """Return after how many evaluations a run is looked at: ten times between each power of ten and the next."""
        exponents = np.arange(int(POINTS * np.log10(self.budget)) + 1) / POINTS
        return sorted({*np.rint(10.0**exponents).astype(int).tolist(), self.budget})

    def run_seed(self, run: int) -> np.random.SeedSequence:
        """Return the seed of a run, the same for every method."""
        return np.random.SeedSequence([self.seed, checks.integer("run", run, 0, LARGEST_SEED)])


class Runs(NamedTuple):
    """What came of a plan.

    Attributes
    ----------
    plan : Plan
    rows : list of dict
        With the keys :data:`COLUMNS`: for each method, run and point the true score and rank of the best code so far,
        by what the method has observed, and of the mode. The mode is what the method would give now; None before its
        first update.
    found : dict of str to list
        For each method, after how many evaluations each run had drawn a code with the optimum; None if it had not.
    """

    plan: Plan
    rows: list[Row]
    found: dict[str, list[int | None]]

    def summary(self) -> list[Row]:
        """Return one row for each method: quartiles over its runs after the last evaluation.

        Scores and ranks are given as lower quartile, median and upper quartile, or None where no run had a mode.
        ``found`` is how many runs met the optimum, ``evaluations`` the quartiles of when, where a run that did not
        counts as longer than all others: a quartile that falls on such a run is None.
        """
        rows = []
        for method in self.plan.methods:
            last = [r for r in self.rows if r["method"] == method and r["evaluations"] == self.plan.budget]
            row: Row = {"method": method, "runs": len(last)}
            for column in COLUMNS[3:]:
                known = [one[column] for one in last if one[column] is not None]
                row[column] = np.quantile(known, QUARTILES).tolist() if known else [None] * len(QUARTILES)
            found = [np.inf if number is None else number for number in self.found[method]]
            row["found"] = int(np.isfinite(found).sum())
            quartiles = np.quantile(found, QUARTILES, method="higher")
            row["evaluations"] = [int(number) if np.isfinite(number) else None for number in quartiles]
            rows.append(row)
        return rows


class _Trace(NamedTuple):
    """What one run has found at each point, and when it met the optimum."""

    best: Integers  # (points, D)
    mode: Integers  # (points, D); -1 before the first update
    found: int | None


def run(table: Tabular, plan: Plan | None = None, *, workers: int = 1, progress: bool = False, **settings: Any) -> Runs:
    """Run methods on a table.

    Parameters
    ----------
    table : Tabular
    plan : Plan, optional
        What to run; or give its fields by name.
    workers : int
        Processes that work side by side. The results do not depend on it.
    progress : bool
        Show a progress bar on standard error.

    Raises
    ------
    ValueError
        For settings out of range, or options that a method does not accept.

    Examples
    --------
    >>> table = Tabular([3] * 4, np.arange(81))
    >>> runs = run(table, methods=("asng", "random"), budget=200, seeds=5)
    >>> runs.rows[-1]["method"], runs.rows[-1]["evaluations"], len(runs.found["asng"])
    ('random', 200, 5)
    """
    checks.instance("table", table, Tabular, "a Tabular, as read_table returns one")
    if plan is not None and settings:
        raise ValueError(f"run takes a plan or its fields by name, not both: leave out {', '.join(settings)}.")
    plan = Plan(**settings) if plan is None else checks.instance("plan", plan, Plan, "a Plan")
    checks.boolean("progress", progress)
    family = table.categorical(margin=plan.margin)
    for method in plan.methods:  # what is wrong is said before anything is run
        Method.parse(method).make(family, 0)
    jobs = [(method, number) for method in plan.methods for number in range(plan.seeds)]
    points = plan.points()
    rows: list[Row] = []
    found: dict[str, list[int | None]] = {method: [] for method in plan.methods}
    traces = in_order(functools.partial(_run_job, table, plan), jobs, workers)
    with streams.bar(shown=progress, total=len(jobs), unit="run", leave=False) as bar:
        for (method, number), trace in zip(jobs, traces, strict=True):
            rows += _rows(table, method, number, points, trace)
            found[method].append(trace.found)
            bar.update()
    return Runs(plan, rows, found)


def _trace(table: Tabular, plan: Plan, method: str, number: int) -> _Trace:
    """Run a method once."""
    rng = np.random.default_rng(plan.run_seed(number))
    optimizer = Method.parse(method).make(table.categorical(margin=plan.margin), rng)
    points = plan.points()
    tried = np.empty((plan.budget, len(table.sizes)), dtype=np.int64)
    observed = np.empty(plan.budget)
    mode = np.full((len(points), len(table.sizes)), -1)
    done = looked = 0
    while done < plan.budget:
        now = slice(done, min(done + optimizer.lam, plan.budget))
        tried[now] = optimizer.ask(size=now.stop - now.start)
        observed[now] = table.observed(tried[now])
        whole = now.stop - now.start == optimizer.lam  # the rest of a budget is evaluated, but too little to learn from
        if whole:
            while points[looked] < now.stop:
                mode[looked] = optimizer.mode() if optimizer.state.t else -1
                looked += 1
            optimizer.tell(tried[now], observed[now])
        done = now.stop
    mode[looked:] = optimizer.mode() if optimizer.state.t else -1
    least = np.minimum.accumulate(observed)
    improved = np.concatenate([[True], observed[1:] < least[:-1]])
    latest = np.maximum.accumulate(np.where(improved, np.arange(plan.budget), 0))
    hits = np.flatnonzero(table.ranks(tried) == 1)
    return _Trace(tried[latest[np.array(points) - 1]], mode, int(hits[0]) + 1 if len(hits) else None)


def _rows(table: Tabular, method: str, number: int, points: Sequence[int], trace: _Trace) -> Iterator[Row]:
    best = zip(table.scores(trace.best).tolist(), table.ranks(trace.best).tolist(), strict=True)
    known = trace.mode[:, 0] >= 0
    codes = np.where(known[:, None], trace.mode, 0)
    mode = zip(table.scores(codes).tolist(), table.ranks(codes).tolist(), strict=True)
    for point, one, is_known, other in zip(points, best, known, mode, strict=True):
        yield dict(zip(COLUMNS, (method, number, point, *one, *(other if is_known else (None, None))), strict=True))


def _run_job(table: Tabular, plan: Plan, job: tuple[str, int]) -> _Trace:
    return _trace(table, plan, *job)
