"""Ctrl-C and SIGTERM as wishes: what runs ends its step first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

INTERRUPTED, TERMINATED = 2, 3


class Signals:
    """Catch SIGINT and SIGTERM while in a ``with`` block, and restore their handlers after it.

    Only the main thread may do so; in another thread nothing is caught.

    Attributes
    ----------
    urgency : int
        0, or INTERRUPTED or TERMINATED, the larger of those that came. A second SIGINT raises KeyboardInterrupt.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self.urgency = 0
        self._say = say
        self._interrupted = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.getsignal(number)
                if before is not None:  # a handler that is not Python's could not be restored
                    self._before[number] = before
                    signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            self.urgency = TERMINATED
            return
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True
        self.urgency = max(self.urgency, INTERRUPTED)
        try:
            self._say("Ctrl-C: this step is done and a checkpoint written first; once more to stop at once.")
        except RuntimeError:  # the signal came in the middle of another line
            return
