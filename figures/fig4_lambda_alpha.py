"""Fig. 4 for other λ and other α, the two numbers of Algorithm 1 beside δ⁰: figures/data/fig4_lambda and fig4_alpha.

``python3 tasks.py figures fig4_lambda_alpha`` says what the data hold; with ``--recompute`` it runs the sweeps again
first, which takes a quarter of an hour and goes on where it was stopped. The book draws them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from asng_edu import cli
from asng_edu._common import files
from asng_edu.jobs.provenance import provenance
from asng_edu.sweeps import sweep

DATA = Path(__file__).resolve().parent / "data"
EXPONENTS = ",".join(f"{step / 4:g}" for step in range(-2, 9))


class Family(NamedTuple):
    """Sweeps that differ in one setting; the methods by its values."""

    option: str
    methods: dict[float, str]
    trials: int


FAMILIES = {
    "fig4_alpha": Family("--alpha", dict.fromkeys((1.05, 1.2, 1.5, 2, 3), "asng"), 50),
    "fig4_lambda": Family("--lam", {2: "asng,sng", 8: "asng,sng", 32: "asng"}, 20),
}


def parts(name: str) -> dict[Path, str]:
    """Return the files of the sweeps of a figure while they are being made, with the methods of each."""
    return {DATA / f"{name}-new" / f"{value:g}.csv": methods for value, methods in FAMILIES[name].methods.items()}


def recompute(name: str) -> int:
    """Run the sweeps of a figure, each into files of its own."""
    family = FAMILIES[name]
    for part, methods in parts(name).items():
        words = ["sweep", "--methods", methods, "--exponents", EXPONENTS, "--trials", str(family.trials), "--seed", "0"]
        words += [family.option, part.stem, "--workers", str(os.cpu_count())]
        if code := cli.main([*words, "--resume", "--out", os.path.relpath(part)]):
            return code
    return 0


def join(name: str) -> None:
    """Make one table and one record of the sweeps of a figure, in place of the old ones."""
    with (DATA / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, sweep.COLUMNS, lineterminator="\n")
        table.writeheader()
        for part in parts(name):
            table.writerows(sweep.read_rows(part))
    record = {
        "provenance": provenance("python3 tasks.py figures fig4_lambda_alpha --recompute"),
        "sweeps": [json.loads(part.with_suffix(".json").read_text(encoding="utf-8")) for part in parts(name)],
    }
    files.replace(DATA / f"{name}.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    shutil.rmtree(DATA / f"{name}-new")


def main() -> int:
    """Say what the data hold, after computing again if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="compute the data again")
    if parser.parse_args().recompute:
        for name in FAMILIES:
            if code := recompute(name):
                return code
        for name in FAMILIES:  # once all is complete, so that a call that goes on finds what there is
            join(name)
    for name in FAMILIES:
        rows = sweep.read_rows(DATA / f"{name}.csv")
        solved, trials = (sum(row[key] for row in rows) for key in ("successes", "trials"))
        print(f"figures/data/{name}.csv: {solved:,} of {trials:,} trials succeeded")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
