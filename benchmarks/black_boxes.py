"""Black boxes: how many evaluations a method takes to meet the optimum, and what a proposal costs.

    python3 tasks.py bench black_boxes [--json FILE] [--seeds N] [--methods NAME ...]

Each method searches each problem once with each seed, until it has drawn the optimum or used up the problem's budget.
The table gives the median number of evaluations (– where half the seeds or more have not met it), how many seeds have,
and the time between two evaluations, which is asking, telling and keeping the history: its mean in a run, the median of
runs. The rows stand in runs/bench_black_boxes.csv; stopped, the command goes on where it was.

TPE is Optuna's, with its defaults, in memory, and (1+1) nevergrad's for discrete variables. A proposal of theirs takes
tens of milliseconds, so they get fewer seeds and a smaller budget (``SLOW_SEEDS``, ``SLOW_BUDGET``), and LeadingOnes,
which is far beyond it, is not given to them. ``catcma`` is CatCMA with margin, of ``cmaes``; ``random`` draws numbers
around the middle. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _rivals import TPE, OnePlusOne, Rival, missing

from asng_edu import Choice, Integer, Space, minimize
from asng_edu.blackbox.space import Params
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.problems import leading_ones, onemax, tabular

WORK = Path(__file__).resolve().parents[1] / "runs" / "bench_black_boxes.csv"
COLUMNS = ("method", "problem", "seed", "evaluations", "microseconds")
COMMAND = "python3 tasks.py bench black_boxes"
SEEDS = 50
SLOW_SEEDS, SLOW_BUDGET = 10, 300

OPTIONS = ("a", "b", "c", "d", "e")
CODES = Space({f"x{i:02}": Choice(*OPTIONS) for i in range(20)})
MIXED = Space(
    {f"n{i}": Integer(1, 20) for i in range(5)} | {f"c{i}": Choice(*OPTIONS) for i in range(5)},
)
TARGET = (3, 7, 11, 15, 19)  # of the integers
TABLE = tabular.load()
LEAST = float(TABLE.observed(TABLE.codes(np.arange(TABLE.size))).min())


def code_loss(problem: Callable[[Any], Any], params: Params) -> float:
    """Return the loss of a point of CODES, least where all options are "a"."""
    return float(problem([OPTIONS.index(value) for value in params.values()]))


def mixed_loss(params: Params) -> float:
    """Return how far the integers are from their targets, in hundredths, and how many choices are not "a"."""
    numbers = sum(abs(params[f"n{i}"] - target) for i, target in enumerate(TARGET))
    return numbers / 100 + sum(params[f"c{i}"] != "a" for i in range(5))


def table_loss(params: Params) -> float:
    """Return by how much the validation error of a network of the table exceeds the least one."""
    return TABLE.lookup(params) - LEAST


class Problem(NamedTuple):
    """A loss that is 0 at its optimum."""

    space: Space
    f: Callable[[Params], float]
    budget: int


PROBLEMS = {
    "OneMax, 20 × 5": Problem(CODES, functools.partial(code_loss, onemax), 1000),
    "LeadingOnes, 20 × 5": Problem(CODES, functools.partial(code_loss, leading_ones), 5000),
    "5 integers + 5 choices": Problem(MIXED, mixed_loss, 1000),
    "built-in table": Problem(Space.of(TABLE), table_loss, 1000),
}
METHODS: dict[str, dict[str, Any]] = {
    "asng": {"method": "asng"},
    "asng, δ⁰ = 0.3": {"method": "asng:delta0=0.3"},
    "asng, λ = 4": {"method": "asng:lam=4"},
    "asng, λ = 4, ranks": {"method": "asng:lam=4:utility=rank"},
    "sng, δ = 0.3": {"method": "sng:delta0=0.3"},
    "evolution": {"method": "evolution"},
    "random": {"method": "random"},
    "catcma": {"method": "catcma"},
}
RIVALS: dict[str, tuple[str, type[Rival]]] = {"(1+1)": ("nevergrad", OnePlusOne), "TPE": ("optuna", TPE)}
NEEDED = {"catcma": "cmaes", **{name: package for name, (package, _) in RIVALS.items()}}


BEYOND = "LeadingOnes, 20 × 5"  # SLOW_BUDGET


def budget_of(method: str, problem: str) -> int:
    """Return how many evaluations a run may take; 0 if there is to be none."""
    if method not in RIVALS:
        return PROBLEMS[problem].budget
    return 0 if problem == BEYOND else SLOW_BUDGET


def run(job: Key) -> list[Any]:
    """Return after how many evaluations the optimum was drawn, if it was, and the mean time between two, in µs."""
    method, name, seed = str(job[0]), str(job[1]), int(job[2])
    problem, budget = PROBLEMS[name], budget_of(method, name)
    times: list[float] = []

    def timed(params: Params) -> float:
        begun = time.perf_counter()
        loss = problem.f(params)
        times.extend((begun, time.perf_counter()))
        return loss

    if method in RIVALS:
        losses = _asked_and_told(RIVALS[method][1](problem.space, seed), timed, budget)
    else:
        stop = {"callback": lambda evaluation: evaluation.value == 0.0, "progress": False}
        losses = minimize(timed, problem.space, budget, seed=seed, **METHODS[method], **stop).losses
    between = np.subtract(times[2::2], times[1:-1:2])
    microseconds = round(1e6 * float(np.mean(between)), 1) if len(between) else None
    return [len(losses) if losses[-1] == 0.0 else None, microseconds]


def _asked_and_told(rival: Rival, f: Callable[[Params], float], budget: int) -> list[float]:
    losses: list[float] = []
    while len(losses) < budget and 0.0 not in losses[-1:]:
        losses.append(f(rival.ask()))
        rival.tell(losses[-1])
    return losses


def summary(found: list[dict[str, Any]], method: str, problem: str) -> dict[str, Any]:
    """Return what the runs of a method on a problem came to."""
    those = [row for row in found if (row["method"], row["problem"]) == (method, problem)]
    spent = [row["microseconds"] for row in those if row["microseconds"] is not None]
    return {
        "problem": problem,
        "method": method,
        "budget": budget_of(method, problem),
        "evaluations": [row["evaluations"] for row in those],
        "microseconds": statistics.median(spent) if spent else None,
    }


def shown(one: dict[str, Any]) -> str:
    """Return a line of the table."""
    counts, budget = one["evaluations"], one["budget"]
    median = statistics.median(budget + 1 if count is None else count for count in counts)
    met = f"{sum(count is not None for count in counts)}/{len(counts)}"
    words = "–" if median > budget else f"{median:,.0f}"
    return f"{one['problem']:24} {one['method']:24} {words:>12} {met:>9} {budget:>8,} {one['microseconds'] or 0:9.0f}"


def main() -> None:
    """Measure, print the table, and write the measurements if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--workers", type=int, default=1, help="searches side by side; their times suffer")
    parser.add_argument("--methods", nargs="+", choices=[*METHODS, *RIVALS], default=[*METHODS, *RIVALS])
    arguments = parser.parse_args()
    methods = []
    for method in arguments.methods:
        words = missing(NEEDED[method], method) if method in NEEDED else None
        if words:
            print(words)
        else:
            methods.append(method)
    seeds = {method: min(arguments.seeds, SLOW_SEEDS) if method in RIVALS else arguments.seeds for method in methods}
    pairs = [(method, problem) for method in methods for problem in PROBLEMS if budget_of(method, problem)]
    jobs: list[Key] = [(*pair, seed) for pair in pairs for seed in range(seeds[pair[0]])]
    settings = {"seeds": seeds, "budgets": [budget_of(*pair) for pair in pairs]}
    found = rows.fill(
        WORK, jobs, run, COLUMNS, settings, workers=arguments.workers, resume=True, progress=True, command=COMMAND,
        unit="search",
    )  # fmt: skip
    runs = [summary(found, *pair) for pair in pairs]
    print(f"{'':24} {'':24} {'evaluations':>12} {'met':>9} {'budget':>8} {'µs':>9}")
    for one in runs:
        print(shown(one))
    if arguments.json:
        record = json.loads(WORK.with_suffix(".json").read_text(encoding="utf-8"))
        record = {"provenance": record["parts"][0], **record, "runs": runs}
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    main()
