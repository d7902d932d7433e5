"""Black boxes: what a proposal costs, and how many evaluations it takes to meet the optimum.

    python3 tasks.py bench black_boxes [--json FILE] [--seeds N] [--budget N] [--methods NAME ...]

Each method searches each problem once with each seed, until it has drawn the optimum or used up its budget. The table
gives the median number of evaluations (– where half the seeds or more have not met it), how many seeds have, and the
time between two evaluations, which is asking, telling and keeping the history: its mean in a run, the median of runs.
TPE is Optuna's, with its defaults, in memory; ``catcma`` is CatCMA with margin, of ``cmaes``; ``random`` draws numbers
around the middle.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import optuna

from asng_edu import Choice, Integer, Space, minimize
from asng_edu.blackbox.space import Params
from asng_edu.jobs.provenance import provenance
from asng_edu.problems import leading_ones, onemax

OPTIONS = ("a", "b", "c", "d", "e")
CODES = Space({f"x{i:02}": Choice(*OPTIONS) for i in range(20)})
MIXED = Space(
    {f"n{i}": Integer(1, 20) for i in range(5)} | {f"c{i}": Choice(*OPTIONS) for i in range(5)},
)
TARGET = (3, 7, 11, 15, 19)  # of the integers


def code_loss(problem: Callable[[Any], Any], params: Params) -> float:
    """Return the loss of a point of CODES, least where all options are "a"."""
    return float(problem([OPTIONS.index(value) for value in params.values()]))


def mixed_loss(params: Params) -> float:
    """Return how far the integers are from their targets, in hundredths, and how many choices are not "a"."""
    numbers = sum(abs(params[f"n{i}"] - target) for i, target in enumerate(TARGET))
    return numbers / 100 + sum(params[f"c{i}"] != "a" for i in range(5))


PROBLEMS: dict[str, tuple[Space, Callable[[Params], float]]] = {
    "OneMax, 20 × 5": (CODES, functools.partial(code_loss, onemax)),
    "LeadingOnes, 20 × 5": (CODES, functools.partial(code_loss, leading_ones)),
    "5 integers + 5 choices": (MIXED, mixed_loss),
}
METHODS: dict[str, dict[str, Any]] = {
    "asng": {"method": "asng"},
    "asng, δ⁰ = 0.3": {"method": "asng:delta0=0.3"},
    "asng, margin of CatCMA": {"method": "asng", "margin": "catcma"},
    "asng, λ = 4, ranks": {"method": "asng:lam=4:utility=rank"},
    "sng, δ = 0.3": {"method": "sng:delta0=0.3"},
    "evolution": {"method": "evolution"},
    "random": {"method": "random"},
    "catcma": {"method": "catcma"},
    "TPE": {},
}


def run(name: str, space: Space, f: Callable[[Params], float], seed: int, budget: int) -> tuple[int | None, float]:
    """Return after how many evaluations the optimum was drawn, and the mean time between two, in microseconds."""
    times: list[float] = []

    def timed(params: Params) -> float:
        begun = time.perf_counter()
        loss = f(params)
        times.extend((begun, time.perf_counter()))
        return loss

    if name == "TPE":
        losses = _tpe(space, timed, seed, budget)
    else:
        stop = {"callback": lambda evaluation: evaluation.value == 0.0, "progress": False}
        losses = minimize(timed, space, budget, seed=seed, **METHODS[name], **stop).losses
    between = np.subtract(times[2::2], times[1:-1:2])
    return len(losses) if losses[-1] == 0.0 else None, 1e6 * float(np.mean(between))


def _tpe(space: Space, f: Callable[[Params], float], seed: int, budget: int) -> list[float]:
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))

    def objective(trial: optuna.Trial) -> float:
        params: Params = {}
        for name, one in space.variables.items():
            if isinstance(one, Choice):
                params[name] = trial.suggest_categorical(name, one.options)
            else:
                params[name] = trial.suggest_int(name, one.low.item(), one.high.item())
        loss = f(params)
        if loss == 0.0:
            study.stop()
        return loss

    study.optimize(objective, n_trials=budget)
    return [trial.value for trial in study.trials if trial.value is not None]


def main() -> None:
    """Measure, print the table, and write the measurements if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--budget", type=int, default=2000)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = []
    print(f"{'':24} {'':24} {'evaluations':>12} {'met':>9} {'µs':>9}")
    for problem, (space, f) in PROBLEMS.items():
        for method in arguments.methods:
            runs = [run(method, space, f, seed, arguments.budget) for seed in range(arguments.seeds)]
            counts = [count for count, _ in runs]
            microseconds = statistics.median(spent for _, spent in runs)
            met = sum(count is not None for count in counts)
            median = statistics.median_high([arguments.budget + 1 if count is None else count for count in counts])
            shown = "–" if median > arguments.budget else f"{median:,}"
            print(f"{problem:24} {method:24} {shown:>12} {f'{met}/{len(runs)}':>9} {microseconds:9.0f}", flush=True)
            found.append({"problem": problem, "method": method, "evaluations": counts, "microseconds": microseconds})
    if arguments.json:
        record = {
            "provenance": provenance("python3 tasks.py bench black_boxes"),
            "seeds": arguments.seeds,
            "budget": arguments.budget,
            "runs": found,
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    main()
