"""Which space is worth a table? A pilot: a sample of networks from each candidate, each trained twice.

A table is worth its hours if architecture decides more than the seed does, and more than mere size. For each candidate
``python3 tasks.py figures tabular_pilot --recompute`` trains 40 networks with two seeds and writes what it measures
into figures/data/tabular_pilot.csv, a row for each training; stopped, it goes on where it was. Without ``--recompute``
it says, of each candidate: the spread of test errors between networks and between seeds, the reliability that the mean
of three seeds would have, and the rank correlation of error and size. Where one operation is both the largest and the
only one that sees far, size decides nearly everything. A dilated convolution sees far with few weights.
"""

from __future__ import annotations

import _table
import numpy as np

from asng_book.measured.pilot import CANDIDATES, SEEDS, add_operations, summary, tabulation_of
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas.training.tabulate import MEASURED, train
from asng_edu.nas.training.tabulation import SIGNALS, Tabulation, networks_of

NAME = "tabular_pilot"
NETWORKS = 40


def sample(tabulation: Tabulation) -> list[tuple[int, ...]]:
    """Return the networks that are trained: drawn without replacement, each equally likely."""
    codes = list(networks_of(tabulation.space))
    return [codes[place] for place in np.random.default_rng(0).permutation(len(codes))[:NETWORKS]]


def measure(job: Key) -> tuple[float, ...]:
    """Train the network of a job once."""
    add_operations()  # in every process
    candidate, code, seed = job
    return train(tabulation_of(str(candidate)), (*map(int, str(code).split("-")), int(seed)))


def recompute(workers: int) -> None:
    """Train what has not been trained yet."""
    jobs: list[Key] = [
        (candidate, "-".join(map(str, code)), seed)
        for candidate in CANDIDATES
        for code in sample(tabulation_of(candidate))
        for seed in range(SEEDS)
    ]
    operations = {name: list(names) for name, names in CANDIDATES.items()}
    _table.fill(
        NAME,
        jobs,
        measure,
        ("candidate", "code", "seed", *MEASURED),
        {"training": dict(SIGNALS.training), "networks": NETWORKS, "candidates": operations},
        workers=workers,
        unit="training",
    )


def report() -> None:
    """Say what there is."""
    found = rows.read_csv(_table.DATA / f"{NAME}.csv")
    for candidate in CANDIDATES:
        mine = [row for row in found if row["candidate"] == candidate]
        told = ", ".join(f"{name} {value:.3g}" for name, value in summary(candidate, mine)._asdict().items())
        print(f"{candidate}: {told}")


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report))
