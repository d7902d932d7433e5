"""What the scripts that fill a table have in common: ``--recompute``, ``--workers``, and where the rows go."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from asng_edu.jobs import rows
from asng_edu.jobs.command import run
from asng_edu.jobs.rows import Key, Row

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "figures" / "data"
RUNS = ROOT / "runs"


def main(
    description: str | None, recompute: Callable[[int], object], report: Callable[[], object], workers: int = 2
) -> int:
    """Compute if the command line asks for it, with so many processes, then say what there is; return the exit code."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="compute again, or what is left")
    parser.add_argument("--workers", type=int, default=workers, metavar="N", help=f"processes (default: {workers})")

    def compute_and_report(options: argparse.Namespace) -> int:
        if options.recompute:
            recompute(options.workers)
        report()
        return 0

    parser.set_defaults(run=compute_and_report)
    return run(parser)


def command() -> str:
    """Return the command by which this script computes its table."""
    return f"python3 tasks.py figures {Path(sys.argv[0]).stem} --recompute"


def fill(
    name: str,
    jobs: Sequence[Key],
    work: Callable[[Key], Sequence[Any]],
    columns: Sequence[str],
    settings: Mapping[str, Any],
    *,
    workers: int,
    unit: str,
) -> list[Row]:
    """Fill runs/NAME.csv, or the rest of it, and copy it with its record to figures/data once it is whole."""
    out = RUNS / f"{name}.csv"
    found = rows.fill(
        out, jobs, work, columns, settings, workers=workers, resume=True, progress=True, command=command(), unit=unit
    )
    for ending in (".csv", ".json"):
        shutil.copyfile(out.with_suffix(ending), DATA / f"{name}{ending}")
    return found
