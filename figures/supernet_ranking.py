"""How long a supernet must train before it ranks networks: one-shot losses of all 1,092 networks of a known space.

``python3 tasks.py figures supernet_ranking --recompute`` trains supernets on paths drawn at random, one for each seed
and each number of epochs, with a learning rate that falls to zero at its end. Each then judges all networks on the same
signals of D_θ, a quarter of them, as one batch. figures/data/supernet_ranking.csv has a row for each network, in the
order of the built-in table, and a column for each supernet, with losses in thousandths. Stopped, it goes on where it
was. Without ``--recompute`` it says how the supernets rank.
"""

from __future__ import annotations

import functools

import _table
import numpy as np

from asng_book.live.known_space import THOUSANDTH, read_losses
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.compare import spearman
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.systems import Comparison
from asng_edu.nas.training.tabulate import one_thread

NAME = "supernet_ranking"
DATA = _table.DATA / f"{NAME}.csv"
EPOCHS = (0, 1, 2, 5, 10, 20, 40, 80)  # the searches of this space train their supernets for 40
SEEDS = 3
SIGNALS = 750  # of the 3,000 in D_θ
SYSTEM = "random"  # single paths drawn at random


def losses(known: KnownSpace, job: Key) -> list[int]:
    """Train a supernet from its first step to its last, and return the one-shot loss of every network."""
    epochs, seed = map(int, job)
    comparison = Comparison(known=known, systems=(SYSTEM,), seeds=SEEDS, epochs=max(epochs, 1))
    with one_thread():
        search = Search(comparison.search(SYSTEM, seed), device="cpu")
        while search.step < epochs * search.epoch_steps:
            search.advance()
        found = search.evaluator([next(search.theta_batches.all(SIGNALS))]).losses(known.codes)
    thousandths: list[int] = np.rint(found / THOUSANDTH).astype(np.int64).tolist()
    return thousandths


def recompute(workers: int) -> None:
    """Train what has not been trained yet, and write the table."""
    known = KnownSpace.load()
    networks = range(len(known.codes))
    jobs: list[Key] = [(epochs, seed) for seed in range(SEEDS) for epochs in EPOCHS]
    settings = Comparison(known=known, systems=(SYSTEM,), seeds=SEEDS).to_json()
    found = _table.fill(
        NAME,
        jobs,
        functools.partial(losses, known),
        ("epochs", "seed", *map(str, networks)),
        {**settings, "epochs": list(EPOCHS), "signals": SIGNALS},
        workers=workers,
        unit="supernet",
    )
    head = ["network", *(f"{row['seed']}_{row['epochs']}" for row in found)]
    rows.write_csv(DATA, head, [[network, *(row[str(network)] for row in found)] for network in networks])


def report() -> None:
    """Say how the supernets rank."""
    true = KnownSpace.load().test_errors.mean(axis=1)
    best = true <= np.quantile(true, 0.1)
    for seed, moments in read_losses(DATA, THOUSANDTH).items():
        for epochs, listed in moments.items():
            believed = np.array(listed)
            print(
                f"seed {seed}, {epochs} epochs: rank correlation {spearman(believed, true):.3f}, among the best tenth "
                f"{spearman(believed[best], true[best]):.3f}, true rank of its choice "
                f"{1 + (true < true[believed.argmin()]).sum()}"
            )


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report, workers=1))
