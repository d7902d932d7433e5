"""What a step of each system on a supernet costs, beside one of ASNG.

    python3 tasks.py bench systems [--json FILE] [--turns N]

The layout is that of the networks in the built-in table, as in ``asng-edu compare``; one thread. All systems take as
many steps in each turn, in the second half of their search, where both weights and strategy learn; systems whose
strategy rests while the weights learn have only the weights' part. Ratios are medians over turns of the ratio to ASNG
in the same turn, so that whatever else the machine does falls on all alike.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch

from asng_edu.jobs import streams
from asng_edu.jobs.provenance import provenance
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.compare import step_cost
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.systems import SYSTEMS, Comparison

BASE = "asng"
WARMING = 4  # steps that are not measured


def started(comparison: Comparison, system: str) -> Search:
    """Return the search of a system at the beginning of its second half."""
    search = Search(comparison.search(system, 0), device="cpu")
    search.step = search.epochs_end // 2
    for _ in range(WARMING * search.strategy.learns_every):
        search.advance()
    return search


def seconds_of(search: Search, steps: int) -> float:
    """Return the seconds of this thread that a step takes."""
    begun = time.thread_time()
    for _ in range(steps):
        search.advance()
    return (time.thread_time() - begun) / steps


def main() -> None:
    """Measure, print the table, and write the measurements if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--steps", type=int, default=12, help="of each system in a turn; a multiple of all rhythms")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    comparison = Comparison(known=KnownSpace.load())
    names = [name for name, system in SYSTEMS.items() if system.evaluator == "supernet"]
    searches = {name: started(comparison, name) for name in names}
    found: dict[str, dict[str, Any]] = {name: {"milliseconds": []} for name in names}
    for name, search in searches.items():
        found[name] |= dict(zip(("operations", "saved_bytes"), step_cost(search), strict=True))
    for _ in streams.bar(range(arguments.turns), unit="turn"):
        for name, search in searches.items():
            found[name]["milliseconds"].append(1e3 * seconds_of(search, arguments.steps))
    print(f"{'system':14} {'ms a step':>10} {'of ASNG':>8} {'operations':>11} {'saved MB':>9}")
    for name, mine in found.items():
        pairs = zip(mine["milliseconds"], found[BASE]["milliseconds"], strict=True)
        mine["ratio"] = median(own / base for own, base in pairs)
        print(
            f"{name:14} {median(mine['milliseconds']):10.1f} {mine['ratio']:7.2f}× {mine['operations']:11} "
            f"{mine['saved_bytes'] / 1e6:9.1f}"
        )
    if arguments.json:
        record = {"provenance": provenance("python3 tasks.py bench systems"), "base": BASE, "systems": found}
        Path(arguments.json).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
