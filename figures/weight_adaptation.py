"""WA-ASNG beside ASNG: evaluations until the optimum is drawn, with λ from 2 to 64.

``python3 tasks.py figures weight_adaptation --recompute`` runs the searches in runs/weight_adaptation.csv, a row each;
stopped, it goes on where it was. The result is figures/data/weight_adaptation.csv. Without ``--recompute`` it says what
the rows say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import _table
import numpy as np

from asng_edu import Bernoulli, Distribution
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.optimizers.registry import Method
from asng_edu.problems import onemax, tabular

NAME = "weight_adaptation"
COLUMNS = ("problem", "method", "lam", "seed", "evaluations")
SEEDS = 15
EVALUATIONS = 10_000  # of a search
NOISE = 5.0  # the standard deviation
LAMBDAS = (2, 4, 8, 16, 32, 64)
METHODS = ("asng", "asng:utility=rank", "wa-asng")
TABLE = tabular.load()


class Problem(NamedTuple):
    """What there is to find, and the standard deviation of the noise that a search sees besides."""

    family: Distribution
    loss: Callable[[Any], Any]  # 0 at the optimum
    noise: float


def excess(codes: Any) -> Any:
    """Return by how much the error of a network of the table exceeds the least one."""
    return TABLE.observed(codes) - TABLE.observed(TABLE.codes(np.arange(TABLE.size))).min()


PROBLEMS = {
    "OneMax": Problem(Bernoulli(100), onemax, 0.0),
    "noisy OneMax": Problem(Bernoulli(100), onemax, NOISE),
    "table": Problem(TABLE.categorical(), excess, 0.0),
}


def run(job: Key) -> list[Any]:
    """Return after how many evaluations a batch held the optimum, or None."""
    problem, lam, seed = PROBLEMS[str(job[0])], int(job[2]), int(job[3])
    drawn, noise = (np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(2))
    method = Method.parse(f"{job[1]}:lam={lam}").make(problem.family, drawn)
    for evaluations in range(lam, EVALUATIONS + 1, lam):
        samples = method.ask()
        losses = problem.loss(samples)
        if losses.min() == 0.0:
            return [evaluations]
        method.tell(samples, losses + problem.noise * noise.normal(size=lam))
    return [None]


def recompute(workers: int) -> None:
    """Run what has not been run yet, and write the table."""
    jobs: list[Key] = [
        (problem, method, lam, seed)
        for problem in PROBLEMS
        for lam in LAMBDAS
        for method in METHODS
        for seed in range(SEEDS)
    ]
    settings = {"seeds": SEEDS, "evaluations": EVALUATIONS, "noise": NOISE}
    _table.fill(NAME, jobs, run, COLUMNS, settings, workers=workers, unit="search")


def report() -> None:
    """Say what the rows say."""
    table = rows.read_csv(_table.DATA / f"{NAME}.csv")
    for problem in PROBLEMS:
        for lam in LAMBDAS:
            words = []
            for method in METHODS:
                those = [r for r in table if (r["problem"], r["lam"], r["method"]) == (problem, lam, method)]
                counts = [np.inf if r["evaluations"] is None else r["evaluations"] for r in those]
                words.append(f"{method} {np.median(counts):,.0f} ({np.isfinite(counts).sum()} of {len(counts)})")
            print(f"{problem}, λ = {lam}: {', '.join(words)}")


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report, workers=1))
