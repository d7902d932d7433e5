"""What a comparison owes to the step sizes that were chosen for it: each system at a quarter and at four times its own.

``python3 tasks.py figures compare_steps --recompute`` runs the systems that share weights and have a step size, with
the first three seeds of ``figures/compare.py`` and otherwise as there, and writes figures/data/compare_steps.csv: the
true test error and rank of the network that each picks. Stopped, it goes on where it was. Without ``--recompute`` it
says what the rows say.
"""

from __future__ import annotations

import dataclasses
import functools
from statistics import fmean
from typing import Any

import _table

from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.systems import Comparison
from asng_edu.nas.training.tabulate import one_thread

NAME = "compare_steps"
DATA = _table.DATA / f"{NAME}.csv"
SEEDS = 3
FACTORS = (0.25, 4.0)  # times its own; with 1 it stands in compare.csv
STEPS = {
    "asng": "delta0", "sng": "delta0", "reinforce": "logit_rate", "enas": "controller_rate",
    "proxyless": "gate_rate", "darts": "gate_rate", "snas": "gate_rate",
}  # fmt: skip


def run(comparison: Comparison, job: Key) -> list[Any]:
    """Search once, and return the step size, and what the network that was picked is worth."""
    factor, system, seed = float(job[0]), str(job[1]), int(job[2])
    settings, field = comparison.search(system, seed), STEPS[system]
    step = factor * getattr(settings.strategy, field)
    changed = dataclasses.replace(settings, strategy=dataclasses.replace(settings.strategy, **{field: step}))
    with one_thread():
        search = Search(changed, device="cpu")
        while not search.done:
            search.advance()
    table = comparison.known.tabular()
    code = search.space.encode(search.genotype())
    return [step, round(float(table.scores([code])[0]), 5), table.rank(code)]


def recompute(workers: int) -> None:
    """Run what has not been run yet, and write the table."""
    comparison = Comparison(known=KnownSpace.load(), systems=tuple(STEPS), seeds=SEEDS)
    jobs: list[Key] = [(str(factor), system, seed) for seed in range(SEEDS) for factor in FACTORS for system in STEPS]
    _table.fill(
        NAME,
        jobs,
        functools.partial(run, comparison),
        ("factor", "system", "seed", "step", "test_error", "rank"),
        {**comparison.to_json(), "factors": list(FACTORS)},
        workers=workers,
        unit="run",
    )


def report() -> None:
    """Say what there is."""
    if not DATA.exists():
        print("The step sizes have not been compared yet: --recompute runs them, for half an hour or so on two cores.")
        return
    found = rows.read_csv(DATA)
    for system in STEPS:
        for factor in FACTORS:
            errors = [row["test_error"] for row in found if (row["system"], row["factor"]) == (system, factor)]
            print(f"{system:10} at {factor:4} times its step: test error {fmean(errors):.4f}, {len(errors)} runs")


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report))
