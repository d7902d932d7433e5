"""The rows of a sweep that the live figures draw."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from asng_edu._common import checks
from asng_edu._common.checks import short
from asng_edu.jobs import schema

METHODS = ("asng", "sng", "adam")


class SweepRow(TypedDict):
    """What is drawn of a setting; None where too few trials succeeded to tell."""

    method: str
    eps_x: float
    delta0: float
    successes: int
    trials: int
    median_updates: float | None
    q25: float | None
    q75: float | None


class Trial(TypedDict):
    """What is drawn of a single trial; None where it found no solution."""

    method: str
    eps_x: float
    delta0: float
    updates: int | None


def read_sweep(rows: str | Path | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the explorer draws of a sweep's rows, from a CSV of ``asng-edu sweep`` or from the rows themselves.

    Raises
    ------
    ValueError
        If the file cannot be read or is no table, a column is missing, or it holds what is no number.
    """
    where = "the sweep"
    if isinstance(rows, str | Path):
        where, rows = str(rows), _table(Path(rows))
    if not isinstance(rows, Sequence):
        raise ValueError(f"the rows of a sweep must be a list, but are {short(rows)}.")
    return [_read_row(row, SweepRow, f"row {number} of {where}", "a sweep") for number, row in enumerate(rows, start=1)]


def read_trials(path: str | Path) -> list[dict[str, Any]]:
    """Return the updates of all trials of a sweep, a list for each setting, from the file that lies beside its CSV.

    A trial that found no solution has None.

    Raises
    ------
    ValueError
        If the file cannot be read or is no table, a column is missing, or it holds what is no number.

    Examples
    --------
    >>> from asng_book.pages import results
    >>> first = read_trials(results.path("fig4.trials.csv"))[0]
    >>> first["method"], len(first["updates"])
    ('asng', 100)
    """
    found: dict[tuple[str, float, float], list[int | None]] = {}
    for number, row in enumerate(_table(Path(path)), start=1):
        kept = _read_row(row, Trial, f"row {number} of {path}", "a trial")
        found.setdefault((kept["method"], kept["eps_x"], kept["delta0"]), []).append(kept["updates"])
    return [
        {"method": method, "eps_x": eps_x, "delta0": delta0, "updates": updates}
        for (method, eps_x, delta0), updates in found.items()
    ]


def _table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, whose lines that begin with # are remarks."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, *lines = csv.reader(line for line in file if not line.startswith("#"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, csv.Error):  # empty, no text, or no table
        raise ValueError(f"{path} must be the CSV file of a sweep, but is no table.") from None
    for number, line in enumerate(lines, start=1):
        if len(line) != len(head):
            raise ValueError(f"row {number} of {path} must have {len(head)} fields, but has {len(line)}.")
    return [dict(zip(head, line, strict=True)) for line in lines]


def _read_row(row: Any, form: type, where: str, whole: str) -> dict[str, Any]:
    """Return the columns of a row that ``form`` has, a setting's or a trial's, as numbers and names."""
    if not isinstance(row, Mapping):
        raise ValueError(f"{where} must be a dictionary, but is {short(row)}.")
    missing = [column for column in form.__annotations__ if column not in row]
    if missing:
        raise ValueError(f"{where} must have the column {missing[0]}, but has {', '.join(map(str, row))}.")
    kept = {column: _value(row[column]) for column in form.__annotations__}
    try:
        schema.read(form, kept, where)
        checks.one_of("method", kept["method"], METHODS)
    except ValueError as error:
        raise ValueError(f"{where} is not of {whole}: {error}") from None
    return kept


def _value(field: Any) -> Any:
    """Return what a field means: text that is a number is one, a whole one wherever it can be, and no text is None."""
    if field is None or field == "":
        return None
    try:
        number = float(field)
        return int(number) if number == int(number) else number
    except (TypeError, ValueError, OverflowError):  # no number, NaN, infinity
        return field
