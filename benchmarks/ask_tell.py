"""Time of asking for two points and telling their losses: this library beside cmaes, nevergrad and Optuna's TPE.

    python3 tasks.py bench ask_tell [--json FILE] [--rounds N]

On each space every way takes its turn in every round, so that all see the same load of the machine; the table has the
median over the rounds, and the median of how many times as long a way takes as ASNG does in the same round. The time is
the processor's, so that other work on the machine changes little. Losses are random numbers drawn beforehand, so that
asking and telling are all there is. The points are two samples of one update where there are updates (λ = 2), otherwise
two points after each other. ``minimize`` counts what it does besides: names, history, the call of the function. TPE's
time grows with what it has seen: its points are the 11th and those after it.

A second table has how long the first update takes in a process of its own, imports and compilation included, and one
later on, with Numba and without.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _rivals import TPE, OnePlusOne, Rival, missing

from asng_edu import ASNG, Bernoulli, Bool, Categorical, Choice, Distribution, Gaussian, Integer, Product, Real, Space
from asng_edu import minimize as minimized
from asng_edu.jobs.provenance import provenance

LOSSES = np.random.default_rng(0).normal(size=(100_000, 2)).tolist()
WARM = 5  # updates before the clock starts

Measure = Callable[[int], float]  # of a fresh optimiser: the seconds that so many updates take


def updates(start: Callable[[], Callable[[list[float]], None]]) -> Measure:
    """Return a measure of what ``start`` returns: a function that asks for two points and tells the given losses."""

    def measure(count: int) -> float:
        update = start()
        for losses in LOSSES[:WARM]:
            update(losses)
        begun = time.process_time()
        for losses in LOSSES[WARM : WARM + count]:
            update(losses)
        return time.process_time() - begun

    return measure


def asng(family: Distribution) -> Measure:
    """Return the measure of this library's ASNG."""

    def start() -> Callable[[list[float]], None]:
        optimizer = ASNG(family, seed=0)
        return lambda losses: optimizer.tell(optimizer.ask(), losses)  # type: ignore[func-returns-value]

    return updates(start)


def minimize(space: Space) -> Measure:
    """Return the measure of :func:`asng_edu.minimize`."""

    def measure(count: int) -> float:
        losses = iter([loss for pair in LOSSES[: WARM + count] for loss in pair])
        times: list[float] = []

        def f(_: Any) -> float:
            times.append(time.process_time())
            return next(losses)

        minimized(f, space, 2 * (WARM + count), seed=0, progress=False)
        return (times[-1] - times[2 * WARM]) * 2 * count / (len(times) - 1 - 2 * WARM)

    return measure


def one_by_one(make: type[Rival], space: Space, before: int = 0) -> Measure:
    """Return the measure of an optimiser of another package that is asked for one point at a time."""

    def start() -> Callable[[list[float]], None]:
        rival = make(space, 0)

        def update(losses: list[float]) -> None:
            for loss in losses:
                rival.ask()
                rival.tell(loss)

        for losses in LOSSES[:before]:
            update(losses)
        return update

    return updates(start)


def cma(kind: str, *arguments: Any, **named: Any) -> Measure:
    """Return the measure of an optimiser of ``cmaes`` with a population of two."""

    def start() -> Callable[[list[float]], None]:
        import cmaes

        with np.errstate(divide="ignore"):  # with two samples some of its learning rates are 0
            optimizer = getattr(cmaes, kind)(*arguments, **named, population_size=2, seed=0)
        return lambda losses: optimizer.tell([(optimizer.ask(), loss) for loss in losses])

    return updates(start)


LETTERS = ("a", "b", "c", "d", "e")
ZEROS, WIDE = np.zeros(10), [[-5.0, 5.0]] * 10
SPACES: dict[str, tuple[Distribution, Space, dict[str, Measure]]] = {
    "30 categories of 5": (
        Categorical(5, dim=30),
        Space({f"c{i:02}": Choice(*LETTERS) for i in range(30)}),
        {"CatCMAwM": cma("CatCMAwM", c_space=[5] * 30)},
    ),
    "30 bits": (
        Bernoulli(30),
        Space({f"b{i:02}": Bool() for i in range(30)}),
        {"CatCMAwM": cma("CatCMAwM", c_space=[2] * 30)},
    ),
    "10 integers": (
        Integer([1] * 10, [20] * 10),
        Space({f"n{i}": Integer(1, 20) for i in range(10)}),
        {"CatCMAwM": cma("CatCMAwM", z_space=[range(1, 21)] * 10)},
    ),
    "10 real numbers": (
        Gaussian(10),
        Space({f"x{i}": Real(-5.0, 5.0) for i in range(10)}),
        {"CMA": cma("CMA", ZEROS, 1.0), "CatCMAwM": cma("CatCMAwM", x_space=WIDE)},
    ),
    "10 real numbers + 10 categories of 5": (
        Product(Gaussian(10), Categorical(5, dim=10)),
        Space({f"x{i}": Real(-5.0, 5.0) for i in range(10)} | {f"c{i}": Choice(*LETTERS) for i in range(10)}),
        {
            "CatCMA": cma("CatCMA", ZEROS, 1.0, np.full(10, 5)),
            "CatCMAwM": cma("CatCMAwM", x_space=WIDE, c_space=[5] * 10),
        },
    ),
}
SLOW = {"(1+1)": 50, "TPE": 10}  # updates in a round; of all others UPDATES
UPDATES = 200


def compared(rounds: int) -> list[dict[str, Any]]:
    """Measure every way on every space, print the table, and return it."""
    absent = {what: missing(what, f"what {what} has") for what in ("cmaes", "nevergrad", "optuna")}
    for words in filter(None, absent.values()):
        print(words)
    found = []
    print(f"{'µs for two points':38} {'':10} {'median':>9} {'times ASNG':>11}")
    for name, (family, space, of_cmaes) in SPACES.items():
        ways = {"ASNG": asng(family), "minimize": minimize(space)}
        ways |= {} if absent["cmaes"] else of_cmaes
        ways |= {} if absent["nevergrad"] else {"(1+1)": one_by_one(OnePlusOne, space)}
        ways |= {} if absent["optuna"] else {"TPE": one_by_one(TPE, space, before=5)}
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, measure in ways.items():
                count = SLOW.get(way, UPDATES)
                times[way].append(1e6 * measure(count) / count)
        for way, each in times.items():
            ratio = statistics.median(one / ours for one, ours in zip(each, times["ASNG"], strict=True))
            print(f"{name:38} {way:10} {statistics.median(each):9.1f} {ratio:11.1f}", flush=True)
            found.append({"space": name, "way": way, "rounds": each, "times ASNG": ratio})
    return found


ALONE = """
import json, sys, time
if sys.argv[1] == "plain":
    sys.modules["numba"] = None
start = time.perf_counter()
from asng_edu import ASNG, Categorical
asng = ASNG(Categorical(5, dim=30), seed=0)
def run(updates):
    for _ in range(updates):
        samples = asng.ask()
        asng.tell(samples, samples.sum(axis=1))
run(1)
first, rounds = time.perf_counter() - start, []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    run(200)
    rounds.append(1e6 * (time.perf_counter() - start) / 200)
print(json.dumps({"first": first, "rounds": rounds}))
"""


def alone(rounds: int) -> dict[str, Any]:
    """Measure ASNG on 30 categories of 5 in processes of its own, print the table, and return it."""
    found = {}
    print(f"\n{'30 categories of 5':38} {'first (s)':>10} {'µs/update':>9}")
    for way, name in {"plain": "NumPy alone", "compiled": "with Numba"}.items():
        command = [sys.executable, "-c", ALONE, way, str(rounds)]
        done = subprocess.run(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True, check=True)
        found[way] = {"name": name, **json.loads(done.stdout)}
        print(f"{name:38} {found[way]['first']:10.2f} {statistics.median(found[way]['rounds']):9.1f}")
    return found


def main() -> None:
    """Measure, print the tables, and write the measurements if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    found = {"compared": compared(arguments.rounds), "ways": alone(arguments.rounds)}
    if arguments.json:
        record = {
            "provenance": provenance("python3 tasks.py bench ask_tell"),
            "unit": "microseconds for two points, asked for and told",
            **found,
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    main()
