"""Tables from CSV files: a row for each network, its decisions in columns or spelt out in one, and its scores."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.distributions.base import Floats
from asng_edu.problems._csv import Columns, TableError
from asng_edu.problems.tabular import MOST, Integers, Tabular

MISSING = ("refuse", "worst")
DUPLICATES = ("refuse", "mean")
MOST_GUESSED = 16  # columns among which the decisions are looked for

Names = str | Sequence[str]


def read_table(
    path: str | os.PathLike[str],
    *,
    score: Names,
    maximize: bool = False,
    observe: Names | None = None,
    decisions: Sequence[str] | None = None,
    code: str | None = None,
    separator: str | None = None,
    where: Mapping[str, str] | None = None,
    missing: str = "refuse",
    duplicates: str = "refuse",
) -> Tabular:
    r"""Read a table of networks and their scores from a CSV file.

    Its first line names the columns. Fields are separated by commas, semicolons or tabs, whichever the first line has
    most of. What was found, and what was left out, stands in ``notes`` of the table.

    Parameters
    ----------
    path : path
        UTF-8 text, with or without a byte order mark.
    score : str or sequence of str
        The column with the score; of several, their mean counts.
    maximize : bool
        Whether a larger score is better.
    observe : str or sequence of str, optional
        The column with what a search may see, such as a validation error; of several, their mean. By default the score.
    decisions : sequence of str, optional
        The columns with the decisions. By default those whose combinations occur once each, if there are such; where
        only one column is left beside the scores, it is taken for ``code``.
    code : str, optional
        The one column that spells out all decisions, instead.
    separator : str, optional
        What separates them there; ``""`` where every character is a decision. By default it is looked for.
    where : mapping of str to str, optional
        Which rows to read: those with these values in these columns. The columns are then no decisions.
    missing : {"refuse", "worst"}
        What to do with combinations that have no row, or whose score is empty, NaN or infinite: refuse the table, or
        give them the worst score in it.
    duplicates : {"refuse", "mean"}
        What to do with rows of the same decisions and different scores. Of equal rows one is kept.

    Returns
    -------
    Tabular
        Options are in numerical order where all are numbers, otherwise in that of the alphabet, so the order of the
        rows does not matter. Decisions with only one option are left out.

    Raises
    ------
    TableError
        If the file is not such a table; the sentence names the line.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "table.csv"
    >>> _ = path.write_text("operation,width,accuracy\nconv,8,.7\nconv,16,.9\npool,8,.6\npool,16,.5\n")
    >>> table = read_table(path, score="accuracy", maximize=True)
    >>> table.decode(table.best), table.optimum
    ({'operation': 'conv', 'width': '16'}, 0.9)
    """
    checks.boolean("maximize", maximize)
    checks.one_of("missing", missing, MISSING)
    checks.one_of("duplicates", duplicates, DUPLICATES)
    checks.text("separator", separator)
    checks.text("code", code)
    if decisions is not None and code is not None:
        raise ValueError("decisions and code both say where the decisions stand: give one of them.")
    if separator is not None and code is None:
        raise ValueError("separator needs code, the column whose parts it separates.")
    scores = _names("score", score)
    seen = _names("observe", observe) if observe is not None else ()
    columns = Columns(
        checks.path("path", path),
        numbers=tuple(dict.fromkeys((*scores, *seen))),
        decisions=None if decisions is None else _names("decisions", decisions),
        code=code,
        separator=separator,
        where={} if where is None else _pairs(where),
    )
    notes = list(columns.notes)
    chosen = list(columns.words) if columns.chosen else _guess(columns, notes)
    grid = _Grid(columns, chosen, notes)
    true = grid.fill(_mean(columns, scores), maximize, missing, duplicates)
    observed = grid.fill(_mean(columns, seen), maximize, missing, duplicates) if seen else None
    return Tabular(
        grid.sizes, true, maximize=maximize, observed=observed, names=grid.names, options=grid.options,
        notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


class _Grid:
    """The combinations of the decisions, and the place of each row among them."""

    def __init__(self, columns: Columns, chosen: Sequence[str], notes: list[str]) -> None:
        self.columns, self.notes = columns, notes
        if single := [name for name in chosen if len(columns.words[name]) == 1]:
            notes.append(f"Left out for having one option only: {', '.join(single)}.")
        self.names = tuple(name for name in chosen if len(columns.words[name]) > 1)
        if not self.names:
            raise TableError(f"{columns.path} leaves nothing to choose: no decision has two options.")
        orders = [_order(columns.words[name]) for name in self.names]
        self.options = tuple(
            tuple(columns.words[name][k] for k in order) for name, order in zip(self.names, orders, strict=True)
        )
        self.sizes = tuple(map(len, self.options))
        said = ", ".join(f"{name} ({size})" for name, size in zip(self.names, self.sizes, strict=True))
        if (size := math.prod(self.sizes)) > MOST:
            raise TableError(
                f"{columns.path} has {size:,} combinations of {said} options, but a table must have at most {MOST:,}."
            )
        notes.append(f"The decisions, with their numbers of options: {said}.")
        self.place: Integers = np.zeros(columns.rows, dtype=np.int64)
        for name, order, k in zip(self.names, orders, self.sizes, strict=True):
            self.place = self.place * k + np.argsort(order)[columns.codes[name]]

    def fill(self, scores: Floats, maximize: bool, missing: str, duplicates: str) -> Floats:
        """Return the score of every combination."""
        known = np.isfinite(scores)
        if missing == "refuse" and not known.all():
            line = self.columns.line(int(np.argmin(known)))
            raise TableError(
                f"{self.columns.path} has no finite score in line {line}; missing=worst makes such networks the worst."
            )
        if not known.any():
            raise TableError(f"{self.columns.path} has no finite score at all.")
        place, scores = self.place[known], scores[known]
        count = np.bincount(place, minlength=math.prod(self.sizes))
        least, most = np.full(len(count), np.inf), np.full(len(count), -np.inf)
        np.minimum.at(least, place, scores)
        np.maximum.at(most, place, scores)
        if (differ := (count > 0) & (least != most)).any():
            if duplicates == "refuse":
                one, other = np.flatnonzero(self.place == np.flatnonzero(differ)[0])[:2]
                raise TableError(
                    f"{self.columns.path} has different scores for the same decisions, first in the lines "
                    f"{self.columns.line(one)} and {self.columns.line(other)}; duplicates=mean takes their mean."
                )
            sums = np.bincount(place, weights=scores, minlength=len(count))
            least[differ] = sums[differ] / count[differ]
            self.notes.append(f"{differ.sum():,} networks had several scores, of which the mean was taken.")
        if repeated := int((count - 1)[(count > 1) & ~differ].sum()):
            self.notes.append(f"{repeated:,} rows repeated others and were left out.")
        if (absent := count == 0).any():
            if missing == "refuse":
                raise TableError(
                    f"{self.columns.path} has {(count > 0).sum():,} of the {len(count):,} combinations of its "
                    f"decisions; {self._in_words(int(np.argmax(absent)))} is missing, for one; missing=worst makes "
                    "such networks the worst."
                )
            least[absent] = scores.min() if maximize else scores.max()
            self.notes.append(f"{absent.sum():,} networks have no score and count as the worst.")
        return least

    def _in_words(self, place: int) -> str:
        code = np.unravel_index(place, self.sizes)
        return ", ".join(f"{name}={o[k]}" for name, o, k in zip(self.names, self.options, code, strict=True))


def _guess(columns: Columns, notes: list[str]) -> list[str]:
    """Return the columns whose combinations occur once each, of several such sets one of the largest."""
    possible = [name for name, words in columns.words.items() if len(words) > 1 and columns.rows % len(words) == 0]
    for count in range(min(len(possible), MOST_GUESSED), 0, -1):
        for chosen in itertools.combinations(possible[:MOST_GUESSED], count):
            if math.prod(len(columns.words[name]) for name in chosen) == columns.rows and _unique(columns, chosen):
                notes.append(f"Decisions are {', '.join(chosen)}, for each of their combinations occurs once.")
                return list(chosen)
    raise TableError(
        f"{columns.path} does not show which columns are its decisions, for there are none whose combinations occur "
        "once each: name them (decisions), or the column that spells them out (code)."
    )


def _unique(columns: Columns, chosen: Sequence[str]) -> bool:
    place = np.zeros(columns.rows, dtype=np.int64)
    for name in chosen:
        place = place * len(columns.words[name]) + columns.codes[name]
    return len(np.unique(place)) == columns.rows


def _mean(columns: Columns, names: Sequence[str]) -> Floats:
    """Return the mean of some columns; with one of them it is that one to the bit."""
    with np.errstate(all="ignore"):  # what is not finite has no score
        return np.asarray(np.mean([columns.numbers[name] for name in names], axis=0))


def _order(words: Sequence[str]) -> list[int]:
    """Return the order of options: that of numbers if all are, otherwise that of the alphabet."""
    try:
        numbers = list(map(float, words))
    except ValueError:
        numbers = [math.nan]
    ordered = not any(map(math.isnan, numbers))
    return sorted(range(len(words)), key=lambda k: (numbers[k] if ordered else 0.0, words[k]))


def _names(what: str, value: Any) -> tuple[str, ...]:
    """Return one name or several as a tuple of names that differ."""
    names = (value,) if isinstance(value, str) else checks.entries(what, value)
    for name in names:
        checks.instance(f"each name of a column in {what}", name, str, "a text")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{what} must name one column or several different ones, but is {checks.short(value)}.")
    return names


def _pairs(where: Any) -> Mapping[str, str]:
    """Return ``where`` if it has a text for each column."""
    for name, value in checks.instance("where", where, Mapping, "a mapping from columns to values").items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ValueError(f"where must have the value of a column as text, but has {checks.short({name: value})}.")
    return dict(where)
