"""Integers, real numbers and choices together: how long the first step should be, and who is better at what.

``python3 tasks.py figures numbers_and_choices --recompute`` writes two tables into figures/data/, a row for each run.
first_steps.csv has ASNG with several δ⁰ on 2 to 16 choices, integers, or both, with 50 evaluations for each variable:
the least loss it met, divided by the number of variables. mixed_rivals.csv has ASNG, CatCMA with margin and random
search on four small problems: the least loss after 50, 100, 200 and 400 evaluations. The problems are those of
asng_book.measured.mixed. Stopped, it goes on where it was. Without ``--recompute`` it prints the medians.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import _table
import numpy as np

from asng_book.measured import mixed
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key

STEPS, RIVALS = "first_steps", "mixed_rivals"

DELTA0 = (0.1, 0.3, 0.5, 1.0, 2.0)
VARIABLES = (2, 4, 8, 16)
EVALUATIONS = 50  # for each variable
STEP_SEEDS = 11

METHODS = ("asng", "asng:delta0=0.3", "catcma", "random")
AT = (50, 100, 200, 400)
RIVAL_SEEDS = 9


def step(job: Key) -> Sequence[float]:
    """Return the loss of one run of ASNG."""
    kind, variables, delta0, seed = str(job[0]), int(job[1]), float(job[2]), int(job[3])
    return [round(mixed.wrong_share(kind, variables, delta0, seed, EVALUATIONS * variables), 6)]


def rival(job: Key) -> Sequence[float]:
    """Return the losses of one run of a method."""
    problem, method, seed = str(job[0]), str(job[1]), int(job[2])
    return [float(f"{loss:.4g}") for loss in mixed.best_losses(problem, method, seed, AT)]


def recompute(workers: int) -> None:
    """Run what has not been run yet."""
    fill = functools.partial(_table.fill, workers=workers, unit="run")
    each: list[Key] = [
        (kind, variables, str(delta0), seed)
        for kind, variables, delta0, seed in itertools.product(mixed.KINDS, VARIABLES, DELTA0, range(STEP_SEEDS))
    ]
    fill(STEPS, each, step, ("kind", "variables", "delta0", "seed", "loss"),
         {"evaluations_per_variable": EVALUATIONS, "delta0": DELTA0, "seeds": STEP_SEEDS})  # fmt: skip
    jobs: list[Key] = list(itertools.product(mixed.RIVALS, METHODS, range(RIVAL_SEEDS)))
    columns = ("problem", "method", "seed", *(f"after_{evaluations}" for evaluations in AT))
    fill(RIVALS, jobs, rival, columns, {"methods": METHODS, "evaluations": AT, "seeds": RIVAL_SEEDS})


def report() -> None:
    """Say what there is."""
    _medians(STEPS, ("kind", "variables", "delta0"), ("loss",))
    _medians(RIVALS, ("problem", "method"), [f"after_{evaluations}" for evaluations in AT])


def _medians(name: str, keys: Sequence[str], columns: Sequence[str]) -> None:
    table = rows.read_csv(_table.DATA / f"{name}.csv")
    for names in dict.fromkeys(tuple(row[key] for key in keys) for row in table):
        mine = [row for row in table if tuple(row[key] for key in keys) == names]
        medians = (f"{column} {np.median([row[column] for row in mine]):.3g}" for column in columns)
        print(*names, *medians, sep="  ")


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report, workers=1))
