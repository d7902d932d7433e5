"""ASNG on a supernet with a price for parameters, in closed form and sampled, judged by the table of all networks.

``python3 tasks.py figures price_on_supernet --recompute`` trains supernets as ``asng-edu compare`` does, and writes
into figures/data/price_on_supernet.csv which network of the built-in table each search ends with. Stopped, it goes on
where it was. Without ``--recompute`` it says what these networks are. The price is what the dearest path pays on top
of its loss, in hundredths of a nat; both kinds of penalty have the same price list.
"""

from __future__ import annotations

import argparse
import functools
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from asng_edu.nas import KnownSpace, Penalised, Search, parameter_shares
from asng_edu.nas.evaluators.base import Evaluator
from asng_edu.nas.runs import rows
from asng_edu.nas.runs.rows import Key
from asng_edu.nas.strategies.ask_tell import AskTell
from asng_edu.nas.strategies.base import Learned
from asng_edu.nas.training.systems import Comparison
from asng_edu.nas.training.tabulate import one_thread

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "figures" / "data" / "price_on_supernet.csv"
WORK = ROOT / "runs" / "price_on_supernet.csv"
SEEDS, EPOCHS = 3, 20
PRICED = (("none", 0), ("closed", 50), ("sampled", 50))
JOBS: list[Key] = [(penalty, price, seed) for seed in range(SEEDS) for penalty, price in PRICED]


class Sampled(AskTell):
    """ASNG that learns from the loss of each path with its price added."""

    price = 0.0

    def learn(self, evaluator: Evaluator) -> Learned:
        return super().learn(Penalised(evaluator, self.cost, self.price))

    def cost(self, choice: Any) -> float:
        """Return the share of the dearest path's parameters."""
        taken = self.space.categorical().statistics(self.space.encode(choice)[None])
        return float((taken @ parameter_shares(self.space))[0])


def found(known: KnownSpace, job: Key) -> list[int]:
    """Search once, and return the network that the search ends with."""
    penalty, price, seed = str(job[0]), int(job[1]) / 100, int(job[2])
    settings = Comparison(known=known, systems=("asng",), seeds=1, epochs=EPOCHS).search("asng", seed)
    strategy = None
    if penalty == "closed":
        settings = settings.change(price=price)
    if penalty == "sampled":
        strategy = Sampled(known.space, settings.strategy.make(known.space, seed).optimizer)
        strategy.price = price
    with one_thread():
        search = Search(settings, device="cpu", strategy=strategy)
        while search.step < settings.epochs * search.epoch_steps:
            search.advance()
    code = known.space.encode(search.genotype())
    return [int(known.tabular().network(code[None])[0])]


def recompute(workers: int) -> None:
    """Search what has not been searched yet, and write the table."""
    known = KnownSpace.load()
    rows.fill(
        WORK,
        JOBS,
        functools.partial(found, known),
        ("penalty", "price", "seed", "network"),
        {**Comparison(known=known, systems=("asng",), seeds=1, epochs=EPOCHS).to_json(), "seeds": SEEDS},
        workers=workers,
        resume=True,
        progress=True,
        command="python3 tasks.py figures price_on_supernet --recompute",
        unit="search",
    )
    for suffix in (".csv", ".json"):
        shutil.copyfile(WORK.with_suffix(suffix), DATA.with_suffix(suffix))


def main() -> int:
    """Search if asked to, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="run the searches again, or those that are left")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    options = parser.parse_args()
    if options.recompute:
        recompute(options.workers)
    known, table = KnownSpace.load(), rows.read_csv(DATA)
    errors = known.test_errors.mean(axis=1)
    for penalty, price in PRICED:
        networks = [int(row["network"]) for row in table if (row["penalty"], row["price"]) == (penalty, price)]
        print(
            f"{penalty:8} {price / 100:4.1f}: parameters {known.parameters[networks].tolist()}, "
            f"errors {np.round(100 * errors[networks], 1).tolist()} %"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
