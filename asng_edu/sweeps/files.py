"""The files of a sweep: the trials, a line as each ends; the summary; where they come from."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Annotated, Any, NotRequired, TypedDict

from asng_edu._common import checks, files
from asng_edu._common.options import as_json
from asng_edu.jobs import schema
from asng_edu.jobs.journal import Journal, other_settings
from asng_edu.jobs.lock import InUse, locked
from asng_edu.jobs.provenance import provenance
from asng_edu.jobs.schema import Range
from asng_edu.sweeps.grid import Grid

TRIAL_COLUMNS = ("method", "eps_x", "delta0", "trial", "updates")

Row = dict[str, Any]
Count = Annotated[int, Range(0, 2**53)]


class Summary(TypedDict):
    """A row of the summary, one for each setting."""

    method: str
    eps_x: float
    delta0: float
    lam: Count
    alpha: float
    trials: Count
    successes: Count
    success_rate: Annotated[float, Range(0, 1)]
    median_updates: float | None
    q25: float | None
    q75: float | None
    score: float | None


COLUMNS = tuple(Summary.__annotations__)


class Part(TypedDict):
    """Where a part of a sweep was computed."""

    command: str
    seconds: NotRequired[float]


class Record(TypedDict):
    """What stands in the JSON file."""

    settings: dict[str, Any]
    provenance: Part
    resumed: NotRequired[list[Part]]


class SweepError(ValueError):
    """A sweep that cannot be run, or not continued, as asked; the message says why."""


class SweepFiles:
    """The three files of a sweep: NAME.csv, NAME.trials.csv and NAME.json."""

    def __init__(self, out: str | os.PathLike[str]) -> None:
        out = checks.path("out", out)
        if out.suffix != ".csv":
            raise SweepError(f"out must be the name of a .csv file, but is {str(out)!r}.")
        self.summary = files.follow(out)
        self.trials = self.summary.with_suffix(".trials.csv")
        self.record = self.summary.with_suffix(".json")
        self.journal = Journal(self.trials)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from the files."""
        self.summary.parent.mkdir(parents=True, exist_ok=True)
        try:
            with locked(self.summary):
                yield
        except InUse:
            raise SweepError(
                f"another process is working in {self.summary}: wait until it ends, or choose another --out."
            ) from None

    def create(self, grid: Grid, command: str | None) -> list[int | None]:
        """Begin a sweep where there is none."""
        for path in (self.summary, self.record, self.trials):
            if path.exists():
                raise SweepError(
                    f"{path} exists already and is left as it is: choose another name, or, if it is a sweep that was "
                    "interrupted, continue it with --resume."
                )
        self.trials.write_text(_csv([TRIAL_COLUMNS]), encoding="utf-8")
        self._write_record({"settings": as_json(asdict(grid)), "provenance": provenance(command)})
        return []

    def resume(self, grid: Grid, command: str | None) -> list[int | None]:
        """Return the updates of the trials that are complete.

        If trials are left, the record is told from which one on, and by which code, the sweep goes on.
        """
        for path in (self.summary, self.trials, self.record):
            files.clean(path)
        if not self.record.exists() and (not self.trials.exists() or self._has_only_a_head()):
            self.trials.unlink(missing_ok=True)
            return self.create(grid, command)
        record, done = self._read_record(), []
        if differing := other_settings(record["settings"], as_json(asdict(grid))):
            raise SweepError(f"{self.summary} {differing}. Give the same settings, or another --out.")
        total = len(grid.settings()) * grid.trials
        try:
            head, *lines = self.journal.lines()
        except FileNotFoundError:
            raise SweepError(f"{self.trials}, the trials of this sweep, is missing.") from None
        except ValueError:
            head, lines = "", []
        if head != ",".join(TRIAL_COLUMNS) or len(lines) > total:
            raise SweepError(f"{self.trials} is not the trials file of this sweep.")
        for place, line in enumerate(lines):
            last = line.rpartition(",")[2]
            updates = int(last) if last.isascii() and last.isdigit() and len(last) < 20 else None
            possible = updates is None or 1 <= updates <= grid.max_updates
            if not possible or line != trial_line(grid, place, updates):
                raise SweepError(f"{self.trials} is damaged in line {place + 2}: {checks.short(line)}.")
            done.append(updates)
        if len(done) < total:
            again = {"from_trial": len(done), **provenance(command)}
            self._write_record({**record, "resumed": [*record.get("resumed", []), again]})
        return done

    def finish(self, rows: list[Row], seconds: float) -> None:
        """Write the summary, and into the record how long the last part of the sweep took, unless that is known."""
        record = self._read_record()
        last = record["resumed"][-1] if record.get("resumed") else record["provenance"]
        last.setdefault("seconds", round(seconds, 1))
        content = _csv([COLUMNS, *(row.values() for row in rows)]).encode()
        # A trial's line can be damaged and well formed.
        if self.summary.exists() and self.summary.read_bytes() != content:
            raise SweepError(f"{self.summary} does not follow from {self.trials}: one of them is damaged.")
        files.replace(self.summary, content)
        self._write_record(record)

    def _read_record(self) -> Record:
        try:
            return schema.read(Record, schema.load(self.record), "the record")
        except FileNotFoundError:
            raise SweepError(f"{self.record}, the record of this sweep, is missing.") from None
        except schema.SchemaError as error:
            raise SweepError(f"{self.record} is not the record of a sweep: {error}") from None
        except ValueError as error:
            raise SweepError(f"{self.record} {error}") from None

    def _write_record(self, record: Any) -> None:
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        files.replace(self.record, text.encode(errors="backslashreplace"))  # what is no text becomes JSON's \\udcXX

    def _has_only_a_head(self) -> bool:
        """Tell whether the trials file is what a kill at the very beginning leaves."""
        return _csv([TRIAL_COLUMNS]).encode().startswith(self.trials.read_bytes())


def trial_line(grid: Grid, place: int, updates: int | None) -> str:
    """Return the line of a trial; a failed one has an empty field at its end."""
    checks.instance("grid", grid, Grid, "a Grid")
    if updates is not None:
        checks.integer("updates", updates, 0)
    which, trial = divmod(checks.integer("place", place, 0, len(grid.settings()) * grid.trials - 1), grid.trials)
    return _csv([(*grid.settings()[which], trial, updates)]).removesuffix("\n")


def read_rows(path: str | os.PathLike[str]) -> list[Row]:
    """Return the rows of a summary file as :func:`asng_edu.sweeps.sweep.run` returned them.

    Raises
    ------
    SweepError
        If it cannot be read or is not such a file; the sentence names the line.
    """
    path = checks.path("path", path)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            head, *lines = csv.reader(file)
    except OSError as error:
        raise SweepError(f"{checks.short(str(path))} cannot be read: {error.strerror}.") from None
    except (ValueError, csv.Error):  # empty, no text, or no table
        head, lines = [], []
    if tuple(head) != COLUMNS:
        raise SweepError(f"{path} is not the summary of a sweep: it must begin with the line {','.join(COLUMNS)}.")
    rows: list[Row] = []
    for number, cells in enumerate(lines, start=2):
        if len(cells) != len(COLUMNS):
            raise SweepError(f"{path} must have {len(COLUMNS)} fields in line {number}, but has {len(cells)}.")
        try:
            row = schema.read(Summary, dict(zip(COLUMNS, map(_value, cells), strict=True)), "the row")
        except schema.SchemaError as error:
            raise SweepError(f"{path} is damaged in line {number}: {error}") from None
        rows.append({**row})
    return rows


def _value(text: str) -> Any:
    """Return what the text of a field means."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text or None


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV text; None becomes an empty field."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
