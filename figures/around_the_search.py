"""A study around a one-shot search, as many searches with default settings, and the best trial's settings once more.

``python3 tasks.py figures around_the_search --recompute`` runs an Optuna study in runs/around_the_search.journal, then
the searches with default settings and those that repeat the best trial's settings with fresh seeds; stopped, it goes on
where it was, and with a greater number of ``--trials`` it goes further. Started in a second terminal with ``--seed 1``
it works on the same study. The result is figures/data/around_the_search.csv, a row for each search, with what is true
of the network that it found. Without ``--recompute`` it says what the rows say.
"""

from __future__ import annotations

import argparse
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from tqdm import tqdm

from asng_book.measured import tuning
from asng_edu._common import files
from asng_edu.jobs import rows
from asng_edu.jobs.provenance import provenance
from asng_edu.jobs.rows import Key, Row
from asng_edu.nas.evaluators.known import KnownSpace

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "figures" / "data" / "around_the_search.csv"
RUNS = ROOT / "runs"
COMMAND = "python3 tasks.py figures around_the_search --recompute"
TRIALS = 40  # of the study, and searches with default settings
FRESH = range(1000, 1008)  # seeds of those default searches that are repeated with the best trial's settings
COLUMNS = ("kind", "seed", *tuning.RANGES, *tuning.Found._fields, "validation_error", "test_error", "rank")


def study(known: KnownSpace, trials: int, seed: int) -> list[Row]:
    """Run the study, or what is left of it."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    shared = tuning.open_study(RUNS / "around_the_search.journal")
    loss = tuning.objective(tuning.settings(known))
    with tqdm(total=trials, initial=len(tuning.rows_of(shared)), unit="trial") as bar:
        for done in range(bar.n + 1, trials + 1):
            tuning.run_trials(shared, loss, done, seed)
            bar.update(len(tuning.rows_of(shared)) - bar.n)
    return tuning.rows_of(shared)[:trials]


def searches(known: KnownSpace, name: str, seeds: list[int], changes: dict[str, float], workers: int) -> list[Row]:
    """Search with the same settings and each of the seeds, or what is left of that."""
    jobs: list[Key] = [(seed,) for seed in seeds]
    chosen = tuning.settings(known).change(**changes)
    return rows.fill(
        RUNS / f"around_the_search.{name}.csv",
        jobs,
        functools.partial(one, chosen),
        ("seed", *tuning.Found._fields),
        {**chosen.to_json(), "seed": None},
        workers=workers,
        resume=True,
        progress=True,
        command=COMMAND,
        unit="search",
    )


def one(chosen: Any, job: Key) -> list[Any]:
    """Search once, and return what follows the seed in the row."""
    found = tuning.search(chosen.change(seed=int(job[0])))
    return [*found._replace(pick=" ".join(map(str, found.pick)))]  # type: ignore[arg-type]


def recompute(count: int, seed: int, workers: int) -> None:
    """Run what has not been run yet, and write the table."""
    RUNS.mkdir(exist_ok=True)
    known = KnownSpace.load()
    trials = study(known, count, seed)
    defaults_of = [*FRESH, *range(count - len(FRESH))]
    best = min(trials, key=lambda row: row["loss"])
    tuned = {name: best[name] for name in tuning.RANGES}
    default = tuning.settings(known)
    plain = {name: getattr(default.strategy if name == "delta0" else default, name) for name in tuning.RANGES}
    record = {
        "settings": {
            "search": default.to_json() | {"seed": None},
            "ranges": {name: list(ends) for name, ends in tuning.RANGES.items()},
            "trials": count,
            "sampler": "TPE, with Optuna's defaults",
            "optuna": optuna.__version__,
        },
        "parts": [provenance(COMMAND)],
    }
    kinds = {"study": trials, "default": [plain | row for row in searches(known, "default", defaults_of, {}, workers)]}
    write(known, kinds, record)
    again = searches(known, f"best_{best['seed']}", [*FRESH], tuned, workers)
    write(known, kinds | {"best again": [tuned | row for row in again]}, record)


def write(known: KnownSpace, kinds: dict[str, list[Row]], record: dict[str, Any]) -> None:
    """Write the table, and its record beside it, with the seeds of each kind."""
    found = [{"kind": kind, **judged(known, row)} for kind, of in kinds.items() for row in of]
    rows.write_csv(DATA, COLUMNS, [[row[name] for name in COLUMNS] for row in found])
    seeds = {kind: [row["seed"] for row in of] for kind, of in kinds.items()}
    record = {**record, "settings": {**record["settings"], "seeds": seeds}}
    files.replace(DATA.with_suffix(".json"), json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def judged(known: KnownSpace, row: Row) -> Row:
    """Return a row with what is true of the network that was found, and what training it once would have shown."""
    pick = list(map(int, row["pick"].split())) if isinstance(row["pick"], str) else row["pick"]
    table = known.tabular(row["seed"])
    return row | {
        "pick": " ".join(map(str, pick)),
        "validation_error": round(float(table.observed([pick])[0]), 5),
        "test_error": round(float(table.scores([pick])[0]), 5),
        "rank": table.rank(pick),
    }


def main() -> int:
    """Run if asked to, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="run the searches again, or those that are left")
    parser.add_argument(
        "--trials", type=int, default=TRIALS, metavar="N", help=f"at least {len(FRESH)}; default {TRIALS}"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sampler; a number for each terminal")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes of the default searches")
    options = parser.parse_args()
    if options.recompute:
        recompute(max(options.trials, len(FRESH)), options.seed, options.workers)
    table = rows.read_csv(DATA)
    for kind in dict.fromkeys(row["kind"] for row in table):
        of = [row for row in table if row["kind"] == kind]
        loss, error = (np.array([row[name] for row in of]) for name in ("loss", "test_error"))
        print(
            f"{kind}: {len(of)} searches, loss {loss.mean():.3f}, least {loss.min():.3f}; test error "
            f"{100 * error.mean():.2f} %, of the one with the least loss {100 * error[loss.argmin()]:.2f} %"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
