"""What supernets say of every network, beside what is true: the one-shot loss of all 1,092 networks of a space.

``python3 tasks.py figures one_shot_truth --recompute`` trains supernets as ``asng-edu compare`` does, with seed 0, and
writes into figures/data/one_shot_truth.csv a row for each network, in the order of the built-in table, with its loss on
all of D_θ after so many epochs. Stopped, it goes on where it was. Without ``--recompute`` it says how these losses rank
the networks, in all and among the best tenth.
"""

from __future__ import annotations

import functools
import shutil

import _table
import numpy as np

from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.compare import spearman
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.systems import Comparison
from asng_edu.nas.training.tabulate import one_thread

DATA = _table.DATA / "one_shot_truth.csv"
WORK = _table.RUNS / "one_shot_truth.csv"  # a row for each supernet and moment, so that a stop loses one at most
SEED = 0
# Single paths drawn at random; the same until ASNG begins to learn, after half the epochs; and DARTS's whole mixture.
MOMENTS = {"random": (5, 10, 20, 40), "asng": (30, 40), "darts": (20, 40)}


def losses(comparison: Comparison, job: Key) -> list[float]:
    """Train the supernet of a system for some epochs, and return the one-shot loss of every network."""
    system, epochs = str(job[0]), int(job[1])
    with one_thread():
        search = Search(comparison.search(system, SEED), device="cpu")
        while search.step < epochs * search.epoch_steps:
            search.advance()
        return [round(loss, 5) for loss in search.evaluate_all(comparison.known.codes)[:, 0].tolist()]


def recompute(workers: int) -> None:
    """Train what has not been trained yet, and write the table."""
    comparison = Comparison(known=KnownSpace.load(), systems=tuple(MOMENTS), seeds=1)
    networks = range(len(comparison.known.codes))
    jobs: list[Key] = [(system, epochs) for system, moments in MOMENTS.items() for epochs in moments]
    found = rows.fill(
        WORK,
        jobs,
        functools.partial(losses, comparison),
        ("system", "epochs", *map(str, networks)),
        {**comparison.to_json(), "seed": SEED},
        workers=workers,
        resume=True,
        progress=True,
        command=_table.command(),
        unit="supernet",
    )
    head = ["network", *(f"{row['system']}_{row['epochs']}" for row in found)]
    rows.write_csv(DATA, head, [[network, *(row[str(network)] for row in found)] for network in networks])
    shutil.copyfile(WORK.with_suffix(".json"), DATA.with_suffix(".json"))


def report() -> None:
    """Say what there is."""
    table = rows.read_csv(DATA)
    true = KnownSpace.load().test_errors.mean(axis=1)
    best = true <= np.quantile(true, 0.1)
    for name in list(table[0])[1:]:
        believed = np.array([row[name] for row in table])
        system, _, epochs = name.rpartition("_")
        print(
            f"{system} after {epochs} epochs: rank correlation {spearman(believed, true):.3f}, "
            f"among the best tenth {spearman(believed[best], true[best]):.3f}"
        )


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report))
