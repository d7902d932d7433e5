"""Messages and progress bars that end no computation: a stream may be closed, full, or its reader gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any


class SafeStream:
    """A text stream, or None, to which writing never fails: what cannot be written is lost.

    Attributes
    ----------
    failed : Exception or None
        Why the first loss was.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.failed: Exception | None = None

    def write(self, text: str) -> int:
        """Write what can be written."""
        self._try("write", text)
        return len(text)

    def flush(self) -> None:
        """Pass on what is buffered, if that can be."""
        self._try("flush")

    def isatty(self) -> bool:
        """Tell whether somebody may be looking."""
        return bool(self._try("isatty"))

    def _try(self, method: str, *arguments: Any) -> Any:
        try:
            return None if self.stream is None else getattr(self.stream, method)(*arguments)
        except (OSError, ValueError, RuntimeError) as error:  # no room, no reader; closed; in the middle of a write
            self.failed = self.failed or error
            return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _NoBar:
    """What has the methods of a progress bar and shows nothing."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def update(self, n: int = 1) -> None:
        """Show nothing."""

    def __enter__(self) -> _NoBar:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def bar(items: Iterable[Any] = (), *, shown: bool = True, **options: Any) -> Any:
    """Return a progress bar of tqdm's on standard error, around ``items`` or to be moved by ``update``.

    Where tqdm is not installed, nothing is shown.
    """
    if shown:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            pass
        else:
            return tqdm(items or None, file=SafeStream(sys.stderr), **options)
    return _NoBar(items)


def say(sentence: str) -> None:
    """Print a sentence on standard error, if that can be."""
    print(sentence, file=SafeStream(sys.stderr), flush=True)


def open_all() -> None:
    """Lead standard streams that are closed to nowhere, so that no file that is opened later takes their numbers."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:
        descriptor = os.dup(descriptor)
    os.close(descriptor)


def settle(stream: SafeStream) -> None:
    """Flush a stream at the end of a program; what it does not take must not change the exit code."""
    stream.flush()
    if stream.failed is not None:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except (AttributeError, OSError, ValueError):
            return
