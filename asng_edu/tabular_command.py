"""The command ``asng-edu tabular``: methods on a table of one's own, a file of what they found, and a summary."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import hashlib
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

from asng_edu._common import checks, files
from asng_edu._common.options import add_option, as_json, given_options, in_words, names, options_of
from asng_edu.jobs.provenance import provenance
from asng_edu.problems.table_file import DUPLICATES, MISSING, read_table
from asng_edu.problems.tabular import BUILT_IN, Tabular, load
from asng_edu.sweeps import table_runs
from asng_edu.sweeps.table_runs import COLUMNS, Plan, Row

NAME = BUILT_IN.stem
READING = ("score", "maximize", "observe", "decisions", "code", "separator", "where", "missing", "duplicates")


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser's."""
    parser = commands.add_parser(
        "tabular",
        help="methods on a table of networks whose scores are known",
        description="Run methods on a CSV table with a row for each network: its decisions in columns, or spelt out "
        "in one, and its score. For each method and seed FILE.csv holds the true score and rank of the best network so "
        "far, and of the one that the method would give, against evaluations; FILE.json, settings and provenance. It "
        "takes seconds, so an interrupted one is simply begun anew.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "table",
        metavar="TABLE.csv",
        help=f"whose first line names the columns; {NAME}: the one that comes with the library, every network of a "
        "small space, trained",
    )
    reading = parser.add_argument_group("the table")
    reading.add_argument("--score", type=names, metavar="COLUMN", help="what counts; of several, the mean")
    reading.add_argument("--maximize", action="store_true", help="a larger score is better (default: a smaller one)")
    reading.add_argument(
        "--observe", type=names, metavar="COLUMN", help="what methods see, if it is not the score; of several, the mean"
    )
    which = reading.add_mutually_exclusive_group()
    which.add_argument(
        "--decisions", type=names, metavar="COLUMN,COLUMN", help="default: those whose combinations occur once each"
    )
    which.add_argument("--code", metavar="COLUMN", help="the column that spells out all decisions, instead")
    reading.add_argument("--separator", help="of the parts of --code; '' if each is a character (default: looked for)")
    reading.add_argument(
        "--where",
        action="append",
        type=_condition,
        metavar="COLUMN=VALUE",
        help="read only such rows; may be repeated",
    )
    for name, choices, what in (
        ("--missing", MISSING, "networks without a score"),
        ("--duplicates", DUPLICATES, "different scores of one network"),
    ):
        reading.add_argument(name, choices=choices, help=f"what to do with {what} (default: {choices[0]})")
    running = parser.add_argument_group("the methods")
    for field in options_of(Plan):
        add_option(running, field, f" (default: {in_words(field.default)})")
    running.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes; the results do not depend on it (default: 1)"
    )
    parser.add_argument("--out", metavar="FILE.csv", help="where to write; without it only the summary is printed")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.set_defaults(run=run_tabular)


def run_tabular(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu tabular``."""
    plan = Plan(**given_options(arguments, Plan))
    out = None if arguments.out is None else _free(arguments.out)
    reading = {name: value for name in READING if (value := getattr(arguments, name)) is not None}
    if "where" in reading:
        reading["where"] = dict(reading["where"])
    path, table = _table(arguments.table, reading)
    for note in table.notes:
        print(note, file=sys.stderr)
    started = time.perf_counter()
    runs = table_runs.run(table, plan, workers=arguments.workers, progress=True)
    seconds = time.perf_counter() - started
    summary = runs.summary()
    if out is not None:
        record = {
            "settings": as_json({"table": arguments.table, **reading, **dataclasses.asdict(plan)}),
            "table": {"sha256": _digest(path), **_described(table)},
            "summary": summary,
            "evaluations_to_optimum": runs.found,
            "provenance": {**provenance(arguments.line), "seconds": round(seconds, 1)},
        }
        _write(out, runs.rows, record)
    if arguments.json:
        print(json.dumps({"table": _described(table), "summary": summary}, ensure_ascii=False))
    else:
        print("\n".join(_in_lines(table, plan, summary)))
    return 0


def _table(given: str, reading: dict[str, Any]) -> tuple[Path, Tabular]:
    """Return the table and its file."""
    if given == NAME and not Path(given).exists():
        if said := [f"--{name}" for name, value in reading.items() if value]:
            raise ValueError(f"{NAME} is read as it is: leave out {', '.join(said)}.")
        return BUILT_IN, load()
    if "score" not in reading:
        raise ValueError("--score must name the column with the scores.")
    return checks.path("table", given), read_table(given, **reading)


def _in_lines(table: Tabular, plan: Plan, summary: list[Row]) -> list[str]:
    """Return the summary as lines to read."""
    width = max(len("method"), *map(len, plan.methods))
    lines = [
        f"{table.n_networks:,} networks, the best with a score of {table.optimum:.6g}: "
        + ", ".join(f"{name}={option}" for name, option in table.decode(table.best).items()),
        f"after {plan.budget:,} evaluations, over {plan.seeds} runs: median (lower to upper quartile)",
        "",
        f"{'method':{width}}  {'best':>32}  {'rank':>7}  {'mode':>32}  {'rank':>7}  {'optimum':>9}  evaluations to it",
    ]
    for row in summary:
        found = f"{row['found']}/{row['runs']}"
        lines.append(
            f"{row['method']:{width}}  {_spread(row['best_score']):>32}  {_middle(row['best_rank']):>7}  "
            f"{_spread(row['mode_score']):>32}  {_middle(row['mode_rank']):>7}  {found:>9}  "
            + _spread(row["evaluations"], f"over {plan.budget}")
        )
    return lines


def _write(out: Path, rows: list[Row], record: dict[str, Any]) -> None:
    """Write the rows, and the record beside them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        files.replace(out.with_suffix(".json"), content.encode(errors="backslashreplace"))
        files.replace(out, text.getvalue())
    except OSError as error:
        raise ValueError(f"{out} cannot be written: {error.strerror}.") from None


def _condition(text: str) -> tuple[str, str]:
    """Return the column and the value of COLUMN=VALUE."""
    column, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"must be COLUMN=VALUE, but is {text!r}")
    return column, value


def _free(out: str) -> Path:
    """Return where to write, if nothing is there yet."""
    path = checks.path("out", out)
    if path.suffix != ".csv":
        raise ValueError(f"out must be the name of a .csv file, but is {out!r}.")
    for one in (path, path.with_suffix(".json")):
        if one.exists():
            raise ValueError(f"{one} exists already and is left as it is: choose another name.")
    return path


def _described(table: Tabular) -> dict[str, Any]:
    return {
        "decisions": dict(zip(table.names, map(list, table.options), strict=True)),
        "networks": table.n_networks,
        "optimum": table.optimum,
        "best": table.decode(table.best),
        "notes": list(table.notes),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _spread(quartiles: list[float | None], absent: str = "none") -> str:
    low, middle, high = (absent if value is None else f"{value:.6g}" for value in quartiles)
    return middle if low == high else f"{middle} ({low} to {high})"


def _middle(quartiles: list[float | None]) -> str:
    return "none" if quartiles[1] is None else f"{quartiles[1]:,.6g}"
