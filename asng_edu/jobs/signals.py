"""The signals by which people and schedulers end a computation."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED, TERMINATED = 2, 3

# What a system lacks of these is left out. Schedulers send all but the first, some time before they kill.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGBREAK")
NUMBERS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))


class Terminated(KeyboardInterrupt):
    """One of these signals other than Ctrl-C, where nothing waits for the end of a step."""


class Signals:
    """Take these signals as wishes while in a ``with`` block: what runs ends its step first.

    Their handlers are restored after it. Only the main thread may do so; in another thread nothing is caught. A signal
    that the program was told to ignore, as by ``nohup``, stays ignored.

    Attributes
    ----------
    urgency : int
        0, or INTERRUPTED or TERMINATED, the larger of those that came. A second Ctrl-C raises KeyboardInterrupt, after
        what must not be cut short, see :meth:`held`; a second signal of another kind says nothing new.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self.urgency = 0
        self._say = say
        self._interrupts = 0
        self._holding = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        self._before = _handle_all(self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        _restore(self._before)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the block come to its end, such as the writing of a checkpoint, before a second Ctrl-C ends all."""
        self._holding, before = True, self._interrupts
        try:
            yield
        finally:
            self._holding = False
        if self._interrupts > max(before, 1):
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            self.urgency = TERMINATED
            return
        self.urgency = max(self.urgency, INTERRUPTED)
        self._interrupts += 1
        if self._interrupts == 1:
            self._say("Ctrl-C: this step is done and a checkpoint written first; once more to stop at once.")
        elif not self._holding:
            raise KeyboardInterrupt


@contextmanager
def raised(last: bool = False) -> Iterator[None]:
    """Raise :class:`Terminated` in the block for the first of these signals that is no Ctrl-C, which raises already.

    If the block is the ``last`` of a program, those that come after it are ignored: one would end the program before
    its exit code is out.
    """
    came = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal came
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        if not came:
            came = True
            raise Terminated

    before = _handle_all(handle)
    try:
        yield
    finally:
        if last:
            before = {number: was if number == signal.SIGINT else signal.SIG_IGN for number, was in before.items()}
        _restore(before)


def _handle_all(handle: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Install a handler, and return those that it replaces."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in NUMBERS:
            was = signal.getsignal(number)
            # One that is not Python's could not be restored.
            if was is not None and (was != signal.SIG_IGN or number == signal.SIGINT):
                before[number] = was
                signal.signal(number, handle)
    return before


def _restore(handlers: dict[int, Any]) -> None:
    for number, before in handlers.items():
        signal.signal(number, before)
