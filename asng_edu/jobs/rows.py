"""A table that is computed row by row: a CSV file that grows, and a JSON file that says where it comes from.

Every row belongs to a job; the jobs are known from the start and their order never changes. So while the work goes on
the file is always the beginning of the finished one, whatever ended it before, and however many processes work.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from asng_edu._common import checks, files
from asng_edu.jobs import schema, streams
from asng_edu.jobs.errors import RunError
from asng_edu.jobs.journal import Journal, other_settings
from asng_edu.jobs.lock import InUse, locked
from asng_edu.jobs.processes import in_order
from asng_edu.jobs.provenance import provenance

Row = dict[str, Any]
Key = tuple[str | int, ...]


class Part(TypedDict):
    """Where a part of the table was computed."""

    command: str
    seconds: NotRequired[float]


class Record(TypedDict):
    """What stands in the JSON file."""

    settings: dict[str, Any]
    parts: list[Part]


def fill(
    out: str | os.PathLike[str],
    jobs: Sequence[Key],
    work: Callable[[Key], Sequence[Any]],
    columns: Sequence[str],
    settings: Mapping[str, Any],
    *,
    workers: int = 1,
    resume: bool = False,
    progress: bool = False,
    command: str | None = None,
    unit: str = "row",
) -> list[Row]:
    """Compute a table, or the rest of one, and return its rows.

    Parameters
    ----------
    out : path
        The CSV file. The record stands beside it, with the ending ``.json``.
    jobs : sequence of tuple
        Each begins its row: numbers and names, no two alike.
    work : callable
        ``work(job)`` returns what else stands in the row: numbers, names or None. With several workers it must be
        picklable.
    columns : sequence of str
        The head of the file.
    settings : mapping
        What the numbers follow from, as JSON has it; to be resumed a table must have been begun with the same.
    workers : int
        Processes that work side by side. The rows do not depend on it.
    resume : bool
        Go on with an interrupted table.
    progress : bool
        Show a progress bar on standard error.
    command : str, optional
        What to record as the command.
    unit : str
        What a job is called beside the bar.

    Raises
    ------
    RunError
        If the file exists and is not to be resumed, is damaged or of other settings, belongs to another process, or
        cannot be written. Complete rows are kept.
    """
    checks.boolean("resume", resume)
    checks.boolean("progress", progress)
    checks.text("command", command)
    path = table_path(out)
    record = path.with_suffix(".json")
    journal = Journal(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path):
            done = _resumed(path, record, jobs, columns, settings, command) if resume else None
            if done is None:
                _begin(path, record, columns, settings, command)
                done = []
            begun = time.perf_counter()
            results = in_order(work, jobs[len(done) :], workers)
            with (
                journal.appending() as append,
                streams.bar(shown=progress, total=len(jobs), initial=len(done), unit=unit, smoothing=0.05) as bar,
            ):
                for job, found in zip(jobs[len(done) :], results, strict=True):
                    line = _line([*job, *found])
                    append(line)
                    done.append(line)
                    bar.update()
            _close(record, time.perf_counter() - begun)
    except InUse:
        raise RunError(f"another process is working in {path}: wait until it ends, or choose another --out.") from None
    except OSError as error:
        raise RunError(f"{path} cannot be written or read: {error.strerror}. Complete rows are kept.") from None
    return _rows(columns, done)


def table_path(out: str | os.PathLike[str]) -> Path:
    """Return where a table is written, if its name ends in .csv."""
    path = checks.path("out", out)
    if path.suffix != ".csv":
        raise RunError(f"out must be the name of a .csv file, but is {str(path)!r}.")
    return files.follow(path)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a whole table in one step."""
    files.replace(path, "".join(f"{_line(row)}\n" for row in (columns, *rows)))


def read_csv(path: Path) -> list[Row]:
    """Return the rows of a table that is finished or not.

    Cells are numbers where they can be, except in a column in which one begins with 0 and a digit: ``0011`` is a name.
    """
    head, *lines = Journal(path).lines()
    return _rows(head.split(","), lines)


def _begin(path: Path, record: Path, columns: Sequence[str], settings: Mapping[str, Any], command: str | None) -> None:
    for file in (path, record):
        if file.exists():
            raise RunError(
                f"{file} exists already and is left as it is: choose another name, or, if it is a table that was "
                "interrupted, go on with --resume."
            )
    _write(record, {"settings": settings, "parts": [provenance(command)]})  # first: a table without one is nobody's
    path.write_text(",".join(columns) + "\n", encoding="utf-8")


def _resumed(
    path: Path, record: Path, jobs: Sequence[Key], columns: Sequence[str], settings: Mapping[str, Any],
    command: str | None,
) -> list[str] | None:  # fmt: skip
    """Return the lines that are complete, or None where nothing was begun."""
    for file in (path, record):
        files.clean(file)
    if not path.exists():  # a kill before the first line, if anything
        record.unlink(missing_ok=True)
        return None
    try:
        found = schema.read(Record, schema.load(record), "the record")
    except FileNotFoundError:
        raise RunError(f"{record}, the record of this table, is missing.") from None
    except ValueError as error:
        raise RunError(f"{record} is not the record of such a table: {error}") from None
    if differing := other_settings(found["settings"], settings):
        raise RunError(f"{path} {differing}. Give the same settings, or another --out.")
    head = ",".join(columns)
    if f"{head}\n".encode().startswith(path.read_bytes()):  # a kill in the first line
        path.write_text(f"{head}\n", encoding="utf-8")
    try:
        lines = Journal(path).lines()
    except ValueError:
        lines = []
    if not lines or lines[0] != head or len(lines) - 1 > len(jobs):
        raise RunError(f"{path} is not the table of these jobs.")
    for place, (line, job) in enumerate(zip(lines[1:], jobs, strict=False), start=2):
        cells = next(csv.reader([line]), [])
        if len(cells) != len(columns) or cells[: len(job)] != list(map(str, job)):
            raise RunError(f"{path} is damaged in line {place}: {checks.short(line)}.")
    if len(lines) - 1 < len(jobs):
        again: dict[str, Any] = {"from_row": len(lines) - 1, **provenance(command)}
        _write(record, {**found, "parts": [*found["parts"], again]})
    return lines[1:]


def _close(record: Path, seconds: float) -> None:
    """Write into the record how long its last part took, unless that is known."""
    found = json.loads(record.read_text(encoding="utf-8"))
    found["parts"][-1].setdefault("seconds", round(seconds, 1))
    _write(record, found)


def _write(record: Path, content: Any) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    files.replace(record, text.encode(errors="backslashreplace"))


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _rows(columns: Sequence[str], lines: Iterable[str]) -> list[Row]:
    cells = [dict(zip(columns, row, strict=True)) for row in csv.reader(lines)]
    names = {column for row in cells for column, cell in row.items() if re.match("0[0-9]", cell)}
    return [{column: cell if column in names else _value(cell) for column, cell in row.items()} for row in cells]


def _value(text: str) -> Any:
    """Return what the text of a cell means."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text or None
