"""The systems of Table 1 on one space: a comparison, and what each would have picked on its way.

``python3 tasks.py figures compare --recompute`` runs every system with ten seeds, as ``asng-edu compare`` does, in
runs/compare; stopped, it goes on where it was. Then it writes figures/data/compare.csv, a row for each run, and
figures/data/compare_curves.csv: true test error and identities of the network that a run would have picked after
so many epochs of its supernet, or so many networks trained from scratch. Without ``--recompute`` it says what the rows
say.
"""

from __future__ import annotations

import json
import shutil
from statistics import fmean, stdev
from typing import Any

import _table
import numpy as np

from asng_edu.jobs import rows
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.compare import compare
from asng_edu.nas.training.systems import SYSTEMS, Comparison

DATA = _table.DATA
WORK = _table.RUNS / "compare"
EVERY = 2  # epochs, or trainings, between two points of a curve


def recompute(workers: int) -> None:
    """Run what has not been run yet, and write the tables."""
    comparison = Comparison(known=KnownSpace.load())
    found = compare(comparison, WORK, workers=workers, resume=True, progress=True, command=_table.command())
    for name in ("compare.csv", "compare.json"):
        shutil.copyfile(WORK / name, DATA / name)
    curves = [line for row in found for line in curve(comparison.known, row)]
    rows.write_csv(DATA / "compare_curves.csv", ("system", "seed", "spent", "test_error", "identities"), curves)


def curve(known: KnownSpace, row: dict[str, Any]) -> list[list[Any]]:
    """Return the points of a run's curve."""
    trace = json.loads((WORK / "traces" / f"{row['system']}-{row['seed']}.json").read_text(encoding="utf-8"))
    if row["evaluator"] == "supernet":
        picks = [
            (n, known.space.encode(known.space.choice_from_json(line["genotype"]))) for n, line in enumerate(trace, 1)
        ]
    else:
        picks = best_so_far(known, trace)
    points = [pick for pick in picks if pick[0] % EVERY == 0]
    table = known.tabular()
    errors = table.scores([code for _, code in points])
    return [
        [row["system"], row["seed"], spent, round(float(error), 5), identities(known, code)]
        for (spent, code), error in zip(points, errors, strict=True)
    ]


def best_so_far(known: KnownSpace, trace: dict[str, Any]) -> list[tuple[int, Any]]:
    """Return after each training the code of the network with the least loss until then."""
    places = np.array(trace["networks"])
    best = [int(places[np.argmin(trace["losses"][:n])]) for n in range(1, len(places) + 1)]
    return [(n, known.codes[network]) for n, network in enumerate(best, 1)]


def identities(known: KnownSpace, code: Any) -> int:
    """Return how many slots of a cell hold the identity."""
    cell = known.space.decode(code).cell("normal")
    return sum(operation == "identity" for node in cell for _, operation in node)


def report() -> None:
    """Say what there is."""
    if not (DATA / "compare.csv").exists():
        print("The systems have not been compared yet: --recompute runs them, for an hour or so on two cores.")
        return
    found = rows.read_csv(DATA / "compare.csv")
    for name in SYSTEMS:
        errors = [row["test_error"] for row in found if row["system"] == name]
        seconds = fmean(row["seconds"] for row in found if row["system"] == name)
        print(f"{name:14} {len(errors)} runs: test error {fmean(errors):.4f} ± {stdev(errors):.4f}, {seconds:.1f} s")


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report))
