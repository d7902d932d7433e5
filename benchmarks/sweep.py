"""Speed of one update of Fig. 4 (ASNG, D = 30, K = 5, λ = 2), all ways side by side in one run.

    python3 tasks.py bench sweep [--json FILE] [--rounds N]

The ways take turns, round after round, so that whatever else the machine does falls on all of them alike; the table
gives the median over the rounds. Ratios are what to read: microseconds belong to this machine and this moment.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import _numpy_trials as numpy_trials
import numpy as np

from asng_edu import ASNG, Categorical
from asng_edu.jobs.provenance import provenance
from asng_edu.sweeps.trial import make_setting, run_trial

DELTA0, EPS_X = 1.0, 0.0005
UPDATES = 4_000  # of every trial: too few for a solution at this ε_x, so all trials run equally long


def plain() -> int:
    """Run (a) and return how many updates that were."""
    numpy_trials.run(UPDATES // 2, None, delta0=DELTA0, eps_x=EPS_X)
    return UPDATES // 2


def batched() -> int:
    """Run (b) and return how many updates that were."""
    numpy_trials.run(UPDATES // 20, 100, delta0=DELTA0, eps_x=EPS_X)
    return 100 * (UPDATES // 20)


def one_trial(seed: int) -> int:
    """Run one compiled trial and return its updates."""
    setting = make_setting("asng", delta0=DELTA0, eps_x=EPS_X, max_updates=UPDATES)
    return run_trial(setting, np.random.SeedSequence(seed)) or UPDATES


def one_thread() -> int:
    """Run (c) and return how many updates that were."""
    return sum(map(one_trial, range(20)))


def all_cores() -> int:
    """Run (d) and return how many updates that were."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the compiled loop releases the interpreter lock
        return sum(pool.map(one_trial, range(20 * (os.cpu_count() or 1))))


def ask_tell() -> int:
    """Run (e) and return how many updates that were."""
    asng = ASNG(Categorical(5, dim=30), DELTA0, rng=0)
    for _ in range(UPDATES // 4):
        samples = asng.ask()
        asng.tell(samples, samples.sum(axis=1))
    return UPDATES // 4


WAYS: dict[str, tuple[str, Callable[[], int]]] = {
    "a": ("plain NumPy, one trial", plain),
    "b": ("NumPy, 100 trials at once", batched),
    "c": ("compiled loop, one thread", one_thread),
    "d": (f"compiled loop, all cores ({os.cpu_count()})", all_cores),
    "e": ("ask and tell of the class (θ alone)", ask_tell),
}


def main() -> None:
    """Measure, print the table, and write the measurements if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    micros: dict[str, list[float]] = {way: [] for way in WAYS}
    for _, function in WAYS.values():
        function()  # compiles, and fills caches
    for done in range(arguments.rounds):
        for way, (_, function) in WAYS.items():
            start = time.perf_counter()
            updates = function()
            micros[way].append(1e6 * (time.perf_counter() - start) / updates)
        print(f"round {done + 1} of {arguments.rounds}", file=sys.stderr)
    print(f"{'':40} {'µs/update':>10} {'against (a)':>12}")
    for way, (name, _) in WAYS.items():
        ratio = statistics.median(a / x for a, x in zip(micros["a"], micros[way], strict=True))
        print(f"({way}) {name:36} {statistics.median(micros[way]):10.2f} {ratio:11.1f}×")
    if arguments.json:
        record = {
            "provenance": provenance("python3 tasks.py bench sweep"),
            "unit": "microseconds per update",
            "ways": {way: {"name": name, "rounds": micros[way]} for way, (name, _) in WAYS.items()},
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    main()
