"""What a long computation appends to as it goes, line by line, and goes on from after any end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asng_edu._common.checks import short
from asng_edu.jobs.schema import word


class Journal:
    r"""A file of lines for one process at a time, which holds the lock of what the file belongs to.

    A line counts once it has its line break: what a kill left behind the last one is cut off before the next is added.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> _ = path.write_text("one\ntw")
    >>> Journal(path).lines()
    ['one']
    >>> with Journal(path).appending() as append:
    ...     append("two")
    >>> path.read_text()
    'one\ntwo\n'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def lines(self) -> list[str]:
        """Return the complete lines, without their breaks.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it is no text.
        """
        return self._complete().decode().split("\n")[:-1]

    @contextmanager
    def appending(self) -> Iterator[Callable[[str], None]]:
        """Return a function that adds a line and passes it on to the system at once."""
        with self.path.open("ab") as file:
            if (end := len(self._complete())) < file.tell():
                file.truncate(end)

            def append(line: str) -> None:
                file.write(line.encode() + b"\n")
                file.flush()

            yield append

    def _complete(self) -> bytes:
        data = self.path.read_bytes()
        return data[: data.rfind(b"\n") + 1]


def other_settings(then: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return in words what differs between the settings that a computation began with and those of now; None: nothing.

    >>> other_settings({"seed": 0, "trials": 7}, {"seed": 1, "trials": 7})
    'was begun with another seed: seed was 0, now 1'
    """
    differing = [key for key in {**now, **then} if then.get(key) != now.get(key)]
    if not differing:
        return None
    names = {key: word(key) for key in differing}
    changes = "; ".join(f"{names[key]} was {short(then.get(key))}, now {short(now.get(key))}" for key in differing)
    return f"was begun with another {', '.join(names.values())}: {changes}"
