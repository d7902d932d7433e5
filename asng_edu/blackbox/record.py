"""The journal of a search: a file of JSON lines, the settings first and then one line for each evaluation.

Nothing else is kept: a method with the same seed asks for the same points, so it is brought back to where it was by
telling it the recorded values again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from asng_edu._common import checks, files
from asng_edu.blackbox.result import Evaluation
from asng_edu.jobs import schema
from asng_edu.jobs.errors import RunError
from asng_edu.jobs.journal import Journal, other_settings
from asng_edu.jobs.lock import InUse, locked

FORMAT = "asng_edu minimize 1"
Settings = dict[str, Any]


class Record:
    """A journal that is open for one search.

    Attributes
    ----------
    past : list of Evaluation
        What it held already.
    settings : dict
        What it was begun with.
    """

    def __init__(self, settings: Settings, past: list[Evaluation], append: Any) -> None:
        self.settings, self.past, self._append = settings, past, append

    def add(self, evaluation: Evaluation) -> None:
        """Write an evaluation down, if there is a file."""
        try:
            if self._append is not None:
                self._append(_line(evaluation.to_json()))
        except OSError as error:
            raise RunError(f"the journal cannot be written: {error.strerror}. Its complete lines are kept.") from None


@contextmanager
def recorded(path: str | os.PathLike[str] | None, settings: Settings, *, any_seed: bool) -> Iterator[Record]:
    """Open the journal of a search, begin one where there is none, or do without where no path is given.

    Parameters
    ----------
    path : path or None
    settings : dict
        What the search follows from.
    any_seed : bool
        Whether a journal that exists may have been begun with another seed, which then holds.

    Raises
    ------
    RunError
        If the file is of another search, damaged, in use or cannot be written.
    """
    if path is None:
        yield Record(settings, [], None)
        return
    place = files.follow(checks.path("resume", path))
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(place))
            files.clean(place)
            begun = _read(place, settings, any_seed)
            if begun is None:
                begun = settings, []
                files.replace(place, _line({"journal": FORMAT, **settings}) + "\n")
            append = stack.enter_context(Journal(place).appending())
        except InUse:
            words = f"another process is writing {place.name}: wait until it ends, or name another file."
            raise RunError(words) from None
        except OSError as error:
            raise RunError(f"{place.name} cannot be read or written: {error.strerror}.") from None
        yield Record(*begun, append)


def _read(place: Path, settings: Settings, any_seed: bool) -> tuple[Settings, list[Evaluation]] | None:
    """Return what a journal holds; None if there is none, or nothing complete in it."""
    if not place.exists() or not place.stat().st_size:
        return None
    try:
        head, *lines = [json.loads(line) for line in Journal(place).lines()]
        if not isinstance(head, dict) or head.pop("journal", None) != FORMAT:
            raise ValueError
    except (ValueError, RecursionError):
        raise RunError(f"{place.name} is no journal of minimize, or is damaged: name another file.") from None
    if any_seed:
        settings = {**settings, "seed": head.get("seed")}
    if differing := other_settings(head, settings):
        raise RunError(f"{place.name} {differing}. Give the same ones, or name another file.")
    return head, [_evaluation(place, number, line) for number, line in enumerate(lines, start=2)]


def _evaluation(place: Path, number: int, line: Any) -> Evaluation:
    """Return the evaluation that stands in a line."""
    try:
        params = schema.read(dict[str, Any], line["params"])
        if "error" in line:
            return Evaluation(params, None, schema.read(str, line["error"]))
        return Evaluation(params, schema.read(float, line["value"]))
    except (ValueError, LookupError, TypeError):
        raise RunError(f"{place.name} is damaged in line {number}: {checks.short(line)}.") from None


def _line(content: Any) -> str:
    return json.dumps(content, ensure_ascii=True)
