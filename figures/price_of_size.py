"""Searches that pay for parameters, on a table of which every network is known.

``python3 tasks.py figures price_of_size --recompute`` runs ASNG and un-normalised SNG, each with the penalty in closed
form and sampled, evolution and random search with the sampled one, over a range of prices, and writes into
figures/data/price_of_size.csv which network each run has named: its number in the built-in table. Stopped, it goes on
where it was. Without ``--recompute`` it says how far the networks are from the cheapest one at each price.

ASNG and SNG name their mode, the others the cheapest network that they have met. ``truth``: they see the mean test
error of each network; ``training``: the validation error of one training. The price is in millionths of error for a
parameter, a hundredth of a point for 100 parameters. In closed form it is paid for each operation by itself, sampled
for the network as it is, where two equal slots of a node are one module.
"""

from __future__ import annotations

import functools
from typing import Any

import _table
import numpy as np

from asng_book.measured import pareto
from asng_edu import ASNG, SNG
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas import KnownSpace, price_list
from asng_edu.nas.training.tabulate import one_thread
from asng_edu.optimizers.registry import Method

NAME = "price_of_size"
BUDGET, RUNS = 400, 20
RATE = 4.0  # of un-normalised SNG
OPERATIONS = {"conv_1x1": 160.0, "dil_conv_1x5": 240.0}  # the parameters of an operation in this table's networks
PRICES = (0, 20, 40, 80, 120, 160, 240, 400, 560, 800, 1600)
SEARCHES = (
    ("asng", "closed"),
    ("asng", "sampled"),
    ("sng", "closed"),
    ("sng", "sampled"),
    ("evolution", "sampled"),
    ("random", "sampled"),
)
JOBS: list[Key] = [(sees, *search, price) for sees in ("truth", "training") for search in SEARCHES for price in PRICES]


def named(known: KnownSpace, sees: str, method: str, kind: str, price: float, run: int) -> int:
    """Run one search with a price for a parameter, and return the network that it names."""
    table, family = known.tabular(run), known.space.categorical()
    errors = known.test_errors.mean(axis=1) if sees == "truth" else known.validation_errors[:, run % 3]
    penalty = price * price_list(known.space, OPERATIONS) if kind == "closed" else None
    charged = price * known.parameters if kind == "sampled" else np.zeros(len(errors))
    rng = np.random.default_rng([0, run])
    optimizer: Any
    if method == "asng":
        optimizer = ASNG(family, penalty=penalty, rng=rng)
    elif method == "sng":
        optimizer = SNG(family, epsilon=RATE, penalty=penalty, rng=rng)
    else:
        optimizer = Method.parse(method).make(family, rng)
    done = 0
    while done < BUDGET:
        codes = optimizer.ask()
        networks = table.network(codes)
        optimizer.tell(codes, errors[networks] + charged[networks])
        done += len(codes)
    code = optimizer.mode() if method in ("asng", "sng") else optimizer.best
    return int(table.network(np.array(code)[None])[0])


def work(known: KnownSpace, job: Key) -> list[int]:
    """Return the networks that all runs of a search name."""
    sees, method, kind, price = str(job[0]), str(job[1]), str(job[2]), int(job[3])
    with one_thread():
        return [named(known, sees, method, kind, 1e-6 * price, run) for run in range(RUNS)]


def recompute(workers: int) -> None:
    """Run what has not been run yet, and write the table."""
    _table.fill(
        NAME,
        JOBS,
        functools.partial(work, KnownSpace.load()),
        ("sees", "method", "penalty", "price", *(f"run_{run}" for run in range(RUNS))),
        {"budget": BUDGET, "runs": RUNS, "rate": RATE, "operations": OPERATIONS, "seed": 0},
        workers=workers,
        unit="search",
    )


def report() -> None:
    """Say what there is."""
    known = KnownSpace.load()
    errors = known.test_errors.mean(axis=1)
    for row in rows.read_csv(_table.DATA / f"{NAME}.csv"):
        networks = [int(row[f"run_{run}"]) for run in range(RUNS)]
        charged = pareto.total(known.parameters, errors, row["price"] / 100)
        print(
            f"{row['sees']:9} {row['method']:10} {row['penalty']:8} {row['price'] / 100:5.1f}: "
            f"{np.median(known.parameters[networks]):5.0f} parameters, "
            f"{100 * np.median(errors[networks]):5.2f} % error, "
            f"{(charged[networks] - charged.min()).mean():5.2f} points above the cheapest"
        )


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report))
