"""What a price for parameters does to a one-shot search, where the truth about every network is known.

``python3 tasks.py figures price_on_supernet --recompute`` runs the comparison's ASNG search (``figures/compare.py``)
with a price: in closed form, as ``asng-edu search --price`` does it, and sampled, added to each one-shot loss. It
writes figures/data/price_on_supernet.csv: which network each run picks, its parameters and its true test error.
Stopped, it goes on where it was. Without ``--recompute`` it says what the rows say.

The price is what all parameters that a path can have at most add to its loss, a cross-entropy in nats.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

import _table

from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.evaluators.one_shot import Batch, OneShot
from asng_edu.nas.spaces.price_list import parameter_shares
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.systems import Comparison
from asng_edu.nas.training.tabulate import one_thread

NAME = "price_on_supernet"
SEEDS = 5
PRICES = (0.1, 0.2, 0.4, 0.8, 1.6)


class SampledPrice(Search):
    """A search in which every sample pays for its parameters together with its loss."""

    price = 0.0

    def evaluator(self, batches: Sequence[Batch] | None = None) -> OneShot:
        """Return the one-shot evaluator, with the price on top of its losses."""
        one_shot, family = super().evaluator(batches), self.space.categorical()
        losses, shares = one_shot.losses, parameter_shares(self.space)
        one_shot.losses = lambda codes: losses(codes) + self.price * (family.statistics(codes) @ shares)  # type: ignore[method-assign]
        return one_shot


def run(comparison: Comparison, job: Key) -> list[Any]:
    """Search once, and return the network that was picked and what it is worth."""
    kind, price, seed = str(job[0]), float(job[1]), int(job[2])
    settings = comparison.search("asng", seed)
    if kind == "closed":
        settings = dataclasses.replace(settings, strategy=dataclasses.replace(settings.strategy, **{"price": price}))
    with one_thread():
        search = (SampledPrice if kind == "sampled" else Search)(settings, device="cpu")
        if isinstance(search, SampledPrice):
            search.price = price
        while not search.done:
            search.advance()
    known = comparison.known
    table, code = known.tabular(), search.space.encode(search.genotype())
    network = int(table.network(code[None])[0])
    return [network, int(known.parameters[network]), round(float(table.scores([code])[0]), 5), table.rank(code)]


def recompute(workers: int) -> None:
    """Run what has not been run yet, and write the table."""
    comparison = Comparison(known=KnownSpace.load(), systems=("asng",), seeds=SEEDS)
    settings = [("none", 0.0), *((kind, price) for price in PRICES for kind in ("closed", "sampled"))]
    _table.fill(
        NAME,
        [(kind, str(price), seed) for seed in range(SEEDS) for kind, price in settings],
        functools.partial(run, comparison),
        ("penalty", "price", "seed", "network", "parameters", "test_error", "rank"),
        {**comparison.to_json(), "prices": list(PRICES)},
        workers=workers,
        unit="search",
    )


def report() -> None:
    """Say what there is."""
    found = rows.read_csv(_table.DATA / f"{NAME}.csv")
    for kind, price in dict.fromkeys((row["penalty"], row["price"]) for row in found):
        those = [row for row in found if (row["penalty"], row["price"]) == (kind, price)]
        print(
            f"{kind:8} {price:4}: {median(row['parameters'] for row in those):6,.0f} parameters, "
            f"{100 * fmean(row['test_error'] for row in those):5.1f} % error, {len(those)} runs"
        )


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report))
