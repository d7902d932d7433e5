"""What more samples buy: searches with λ from 2 to 64, and how long they take on one and on two workers.

``python3 tasks.py figures more_samples --recompute`` fills three tables in figures/data, a row at a time, so that a
call that was stopped goes on where it was:

more_samples.csv
    ASNG on problems of which the optimum is known, until a batch has it: the toy of Fig. 4 with fast weights, the same
    with its weights trained, with and without noise, and the built-in table; and where δ rests while θ is held.
more_samples_supernet.csv
    ASNG on a supernet of the space behind that table, with an equal number of paths for every λ.
more_samples_clock.csv
    ``minimize`` on a function that waits: alone, with two processes, and on a local Dask cluster of two. Waiting takes
    no core, so that the load of the machine matters little.

Without ``--recompute`` it says what there is.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from asng_book.measured import lambda_law
from asng_edu import Choice, minimize
from asng_edu._common import files
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas import KnownSpace
from asng_edu.nas.strategies.asng import ASNGSettings
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.systems import Comparison
from asng_edu.nas.training.tabulate import one_thread
from asng_edu.problems import tabular

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "figures" / "data"
COMMAND = "python3 tasks.py figures more_samples --recompute"
SEED = 0
LAMBDAS = (2, 4, 8, 16, 32, 64)

# ---- searches until the optimum is in a batch

EVALUATIONS = 200_000  # of a search, more than any has needed
NOISE = 1.0
BOXES = {
    "sum": lambda_law.additive(),
    "table": lambda_law.tabulated(tabular.load()),
    "noisy sum": lambda_law.additive(NOISE),
    "sum, small first step": lambda_law.additive(),
}
FIRST_STEPS = {"sum, small first step": 0.2}
RATES = {"toy, fast weights": 0.05}  # with slow ones figures/fig4_lambda_alpha.py has run it
TRIALS = {
    "sum": 100, "table": 100, "rest: sum": 3, "rest: noisy sum": 3, "rest: table": 3, "toy, fast weights": 100,
    "noisy sum": 10, "sum, small first step": 10,
}  # fmt: skip


def searched(job: Key) -> list[Any]:
    """Run one search, or watch δ come to rest."""
    problem, lam, trial = str(job[0]), int(job[1]), int(job[2])
    seed = np.random.SeedSequence([SEED, trial])
    if problem in RATES:
        found = lambda_law.toy(lam, RATES[problem], seed)
    elif problem in BOXES:
        found = lambda_law.search(BOXES[problem], lam, seed, EVALUATIONS, FIRST_STEPS.get(problem, 1.0))
    else:
        return [None, round(lambda_law.rest(BOXES[problem.removeprefix("rest: ")], lam, seed), 5), None]
    return [found.updates, round(found.delta, 5), round(found.largest, 5)]


def searches() -> None:
    """Fill the table of searches."""
    jobs: list[Key] = [
        (problem, lam, n) for problem, trials in TRIALS.items() for lam in LAMBDAS for n in range(trials)
    ]
    settings = {"trials": TRIALS, "evaluations": EVALUATIONS, "noise": NOISE, "seed": SEED, "rates": RATES}
    settings["first_steps"] = FIRST_STEPS
    _fill(
        "more_samples", jobs, searched, ("problem", "lam", "trial", "updates", "delta", "largest"), settings, "search"
    )


# ---- supernets

SUPERNET_LAMBDAS, SUPERNET_SEEDS = (2, 8, 16), 2
PATHS = 32  # λ times the epochs; the first half of the epochs is the warm-up


def trained(job: Key) -> list[Any]:
    """Search one supernet, and look up what was found."""
    seed, lam = int(job[0]), int(job[1])
    known = KnownSpace.load()
    settings = Comparison(known=known, systems=("asng",), epochs=PATHS // lam).search("asng", seed)
    with one_thread():
        search = Search(settings.change(strategy=ASNGSettings(lam=lam), lam_x=lam), device="cpu")
        while not search.done:
            search.advance()
    network = known.tabular().network(known.space.encode(search.genotype())[None])[0]
    errors = known.test_errors.mean(axis=1)
    last = search.history[-1]
    found = [round(float(errors[network]), 5), 1 + int((errors < errors[network]).sum())]
    return [*found, round(last["delta"], 5), round(last["train_loss"], 4), round(last["mean_max_theta"], 4)]


def supernets() -> None:
    """Fill the table of supernets."""
    jobs: list[Key] = [(SEED + seed, lam) for seed in range(SUPERNET_SEEDS) for lam in SUPERNET_LAMBDAS]
    columns = ("seed", "lam", "error", "rank", "delta", "train_loss", "mean_max_theta")
    _fill("more_samples_supernet", jobs, trained, columns, {"paths": PATHS, "seed": SEED}, "supernet")


# ---- wall-clock

EVALUATION = 0.25  # seconds that one takes
BUDGET, REPEATS = 64, 3
WORKERS: dict[str, int | None] = {"alone": 1, "two processes": 2, "dask": None}
SPACE = {f"c{i}": Choice(0, 1, 2, 3, 4) for i in range(30)}


def wait(params: dict[str, Any]) -> float:
    """Return the sum of the choices, as something slow would."""
    time.sleep(EVALUATION)
    return float(sum(params.values()))


def clocked(job: Key) -> list[Any]:
    """Return the seconds of a search."""
    place, lam, repeat = str(job[0]), int(job[1]), int(job[2])
    method, workers = f"asng:lam={lam}", WORKERS[place]
    with joblib.parallel_config(backend="dask") if place == "dask" else nullcontext():
        minimize(wait, SPACE, 2, "asng", seed=0, workers=workers, progress=False)  # the processes have started then
        begun = time.perf_counter()
        result = minimize(wait, SPACE, BUDGET, method, seed=repeat, workers=workers, progress=False)
        seconds = time.perf_counter() - begun
    if result.failures or len(result.history) != BUDGET:
        raise RuntimeError(f"{place} with λ = {lam}: {len(result.failures)} of {len(result.history)} failed.")
    return [round(seconds, 3)]


def clocks() -> None:
    """Fill the table of seconds."""
    from distributed import Client

    jobs: list[Key] = [(place, lam, n) for place in WORKERS for lam in LAMBDAS for n in range(REPEATS)]
    settings = {"evaluation": EVALUATION, "budget": BUDGET}
    with ExitStack() as stack:
        cluster = Client(n_workers=2, threads_per_worker=1, dashboard_address=None)  # type: ignore[no-untyped-call]
        stack.enter_context(cluster)
        _fill("more_samples_clock", jobs, clocked, ("workers", "lam", "repeat", "seconds"), settings, "search")


# ---- all of them


def _fill(name: str, jobs: Sequence[Key], work: Any, columns: Iterable[str], settings: Any, unit: str) -> None:
    out = ROOT / "runs" / f"{name}.csv"  # so that what is in figures/data is whole
    rows.fill(out, jobs, work, tuple(columns), settings, resume=True, progress=True, command=COMMAND, unit=unit)
    shutil.copyfile(out, DATA / out.name)
    record = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    record = {"provenance": record["parts"][0], **record}
    files.replace(DATA / f"{name}.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def report() -> None:
    """Print medians."""
    found = rows.read_csv(DATA / "more_samples.csv")
    for problem in dict.fromkeys(row["problem"] for row in found):
        for lam in LAMBDAS:
            those = [row for row in found if (row["problem"], row["lam"]) == (problem, lam)]
            words = f"{problem}, λ = {lam}: δ {np.median([row['delta'] for row in those]):.3f}"
            needed = [row["updates"] for row in those if row["updates"] is not None]
            if needed:
                median = np.median(needed)
                words += f", {median:,.0f} updates ({len(needed)} of {len(those)} searches)"
            print(words)


TABLES = {"searches": searches, "supernets": supernets, "clocks": clocks}


def main() -> int:
    """Compute if asked to, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="compute the tables again, or what is left of them")
    parser.add_argument("--only", choices=TABLES, help="one table")
    options = parser.parse_args()
    if options.recompute:
        for name, fill in TABLES.items():
            if options.only in (None, name):
                fill()
    report()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
