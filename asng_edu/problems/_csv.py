"""The columns of a CSV file, read in blocks: numbers as floats, everything else as places in a list of its words."""

from __future__ import annotations

import csv
import itertools
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from asng_edu._common import checks

BLOCK = 2**14  # rows that are read at once
MOST_OPTIONS = 1000  # of a column that may be a decision, unless it is named as one
DELIMITERS = ",;\t"
SEPARATORS = "|;,-_/: +~."  # of a code's parts, in the order in which they are tried
NO_NUMBER = {"", "-", "na", "n/a", "none", "null"}  # beside what Python reads as NaN or infinity


class TableError(ValueError):
    """A file that is not the table that it should be; the message says in which line."""


class Columns:
    """The columns of a table that are of use.

    Parameters
    ----------
    path : Path
    numbers : sequence of str
        The columns with numbers.
    decisions : sequence of str or None
        Those with words; None for all the others.
    code : str or None
        Or the one column whose parts are the words.
    separator : str or None
        What stands between those parts; None to find out.
    where : dict of str to str
        Only rows with these values in these columns count.

    Attributes
    ----------
    rows : int
    numbers : dict of str to array of float
        NaN where there is none.
    words : dict of str to list of str
        The different words of each column, as they came.
    codes : dict of str to array of int
        For each row, which of the words it has.
    chosen : bool
        Whether it is clear which columns are decisions.
    notes : list of str

    Raises
    ------
    TableError
    """

    def __init__(
        self,
        path: Path,
        *,
        numbers: Sequence[str],
        decisions: Sequence[str] | None,
        code: str | None,
        separator: str | None,
        where: Mapping[str, str],
    ) -> None:
        self.path, self.rows, self._where = path, 0, where
        self.notes: list[str] = []
        self.words: dict[str, list[str]] = {}
        self._separator = separator
        self._floats = {name: array("d") for name in numbers}
        self._places: dict[str, array[int]] = {}
        self._known: dict[str, dict[str, int]] = {}
        with self._open() as rows:
            self._head = next(rows, [])
            self._check_head([*numbers, *where, *(decisions or ()), *([] if code is None else [code])])
            others = [name for name in self._head if name not in numbers and name not in where]
            if decisions is None and code is None and len(others) == 1:
                (code,) = others
                self.notes.append(f"{code} is the only column beside the scores, so it spells out the decisions.")
            self.chosen = decisions is not None or code is not None
            rows = filter(self._counts, rows)
            while block := list(itertools.islice(rows, BLOCK)):
                self._take(block, others if decisions is None else decisions, code)
        if self.rows == 0:
            of = "".join(f" with {value} as {name}" for name, value in where.items())
            raise TableError(f"{path} has no rows{of} below its first line.")
        self.numbers = {name: np.frombuffer(values) for name, values in self._floats.items()}
        self.codes = {name: np.frombuffer(places, dtype=np.intc) for name, places in self._places.items()}
        self.words = {name: list(self._known[name]) for name in self.codes}

    def line(self, row: int) -> int:
        """Return the number of the line in which a row ends: fields in quotation marks may have line breaks."""
        with self._open() as rows:
            next(rows)
            next(itertools.islice(filter(self._counts, rows), row, None))
            return self._reader.line_num

    def _counts(self, row: list[str]) -> bool:
        """Return whether a row is one of those asked for; one with too few or too many fields is, to be refused."""
        if not self._where or len(row) != len(self._head):
            return True
        fields = dict(zip(self._head, map(str.strip, row), strict=True))
        return all(fields[name] == value for name, value in self._where.items())

    @contextmanager
    def _open(self) -> Iterator[Iterator[list[str]]]:
        """Return the rows that are not empty, the head among them; what cannot be read is said in a sentence."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                first = file.readline()
                file.seek(0)
                delimiter = max(DELIMITERS, key=first.count)
                self._reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
                yield filter(None, self._reader)
        except OSError as error:
            raise TableError(f"{self.path} cannot be read: {error.strerror or error}.") from None
        except UnicodeDecodeError:
            raise TableError(
                f"{self.path} is not UTF-8 text: line {_first_undecodable(self.path)} is not. Save it as UTF-8."
            ) from None
        except csv.Error as error:
            raise TableError(f"{self.path} is no CSV file: line {self._reader.line_num}: {error}.") from None

    def _check_head(self, wanted: Iterable[str]) -> None:
        self._head = [name.strip() for name in self._head]
        if not self._head:
            raise TableError(f"{self.path} is empty: its first line must name the columns.")
        for name in wanted:
            if name not in self._head:
                raise TableError(
                    f"{self.path} has no column {checks.short(name)}: its first line, which must name the columns, is "
                    f"{checks.short(self._head)}."
                )
        twice = [name for name in self._head if self._head.count(name) > 1]
        if twice:
            raise TableError(f"{self.path} names the column {checks.short(twice[0])} twice in its first line.")

    def _take(self, block: list[list[str]], names: Sequence[str], code: str | None) -> None:
        """Add a block of rows to the columns."""
        if set(map(len, block)) != {len(self._head)}:
            row = next(n for n, fields in enumerate(block) if len(fields) != len(self._head))
            raise TableError(
                f"{self.path} must have as many fields in each line as its first line, {len(self._head)}, but line "
                f"{self.line(self.rows + row)} has {len(block[row])}."
            )
        columns = dict(zip(self._head, zip(*block, strict=True), strict=True))
        for name, values in self._floats.items():
            values.extend(self._to_floats(name, columns[name]))
        if code is not None:
            columns = self._split(code, [word.strip() for word in columns[code]])
            names = list(columns)
        for name in names:
            if self.rows and name not in self._places:
                continue  # it has shown to be no decision
            words = list(map(str.strip, columns[name]))
            known = self._known.setdefault(name, {})
            for word in dict.fromkeys(words):
                known.setdefault(word, len(known))
            self._places.setdefault(name, array("i")).extend(map(known.__getitem__, words))
            if not self.chosen and len(known) > MOST_OPTIONS:
                del self._places[name], self._known[name]
        self.rows += len(block)

    def _to_floats(self, name: str, column: Sequence[str]) -> Iterable[float]:
        """Return numbers, with NaN for what is known to say that there is none."""
        try:
            return list(map(float, column))
        except ValueError:
            return [self._to_float(name, place, text) for place, text in enumerate(column)]

    def _to_float(self, name: str, place: int, text: str) -> float:
        if text.strip().lower() in NO_NUMBER:
            return np.nan
        try:
            return float(text)
        except ValueError:
            line = self.line(self.rows + place)
            raise TableError(
                f"{self.path} must have a number in the column {checks.short(name)}, but has {checks.short(text)} in "
                f"line {line}."
            ) from None

    def _split(self, code: str, words: list[str]) -> dict[str, Any]:
        """Return the parts of codes as columns."""
        if self.rows == 0:
            self._separator = _separator_of(words) if self._separator is None else self._separator
            how = "whole" if self._separator is None else "character by character"
            how = f"between {self._separator!r}" if self._separator else how
            self.notes.append(f"The decisions are read from {code} {how}.")
        if self._separator is None:
            return {code: words}
        parts = [word.split(self._separator) if self._separator else list(word) for word in words]
        count = len(self._known) or len(parts[0])
        if set(map(len, parts)) != {count}:
            row = next(n for n, one in enumerate(parts) if len(one) != count)
            raise TableError(
                f"{self.path} has a code of {len(parts[row])} parts in line {self.line(self.rows + row)}, "
                f"{checks.short(words[row])}, but the first one has {count}."
            )
        return {f"{code}[{i}]": column for i, column in enumerate(zip(*parts, strict=True))}


def _separator_of(words: Sequence[str]) -> str | None:
    """Return what divides all words into the same number of parts, "" for letters, None for nothing."""
    for separator in SEPARATORS:
        counts = {word.count(separator) for word in words}
        if len(counts) == 1 and counts != {0}:
            return separator
    lengths = set(map(len, words))
    return "" if len(lengths) == 1 and lengths != {1} and lengths != {0} else None


def _first_undecodable(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return number
