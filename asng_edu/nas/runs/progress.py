"""How far a long computation is: a line for each epoch, and on a terminal the step it is at."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from typing import Any

from asng_edu.jobs.streams import SafeStream

# How an epoch's line writes what has a symbol; other keys stand as they are, with spaces.
LABELS = {
    "mean_max_theta": "mean max θ",
    "delta": "δ",
    "Delta": "Δ",
    "gamma": "γ",
    "s_norm2": "‖s‖²",
    "s_norm2_over_alpha": "‖s‖²/α",
    "snr": "SNR",
    "steps_per_second": "steps/s",
}
REDRAW = 0.2  # seconds between two changes of the step on a terminal


def format_line(line: Mapping[str, Any]) -> str:
    """Return an epoch's line in words: its numbers with four digits, its true flags, no lists and no NaN.

    >>> format_line({"epoch": 3, "warmup": True, "train_loss": 1.23456, "delta": 0.5, "snr": float("nan")})
    'epoch 3, warmup, train loss 1.235, δ 0.5'
    """
    parts = []
    for key, value in line.items():
        name = LABELS.get(key, key.replace("_", " "))
        if isinstance(value, bool):
            parts += [name] if value else []
        elif isinstance(value, int):
            parts.append(f"{name} {value}")
        elif isinstance(value, float) and not math.isnan(value):
            parts.append(f"{name} {value:.4g}")
        elif isinstance(value, str):
            parts.append(f"{name} {value}")
    return ", ".join(parts)


def format_time(seconds: float) -> str:
    """Return a time left in words.

    >>> format_time(42), format_time(754), format_time(7500)
    ('42 s', '13 min', '2 h 5 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


class Progress:
    """Lines on standard error; without ``shown`` nothing but warnings."""

    def __init__(self, shown: bool = True) -> None:
        self.shown = shown
        self._open = ""  # what stands in the terminal's last line

    def begin(self, step: int, steps: int) -> None:
        """Start the clock at a step."""
        self._steps, self._first = steps, step
        self._began = self._drawn = time.monotonic()

    def step(self, step: int) -> None:
        """Tell that a step is done, where the line can be overwritten."""
        if self.shown and SafeStream(sys.stderr).isatty() and time.monotonic() - self._drawn >= REDRAW:
            self._drawn = time.monotonic()
            self._put(f"step {step} of {self._steps}, {self._left(step)}")

    def epoch(self, line: Mapping[str, Any], step: int) -> None:
        """Tell that an epoch is done."""
        left = self._left(step) if step < self._steps else ""
        self.say(", ".join(part for part in (format_line(line), left) if part))
        self._first, self._began = step, time.monotonic()  # the next epoch may be of another speed

    def say(self, sentence: str) -> None:
        """Tell a sentence."""
        if self.shown:
            self.warn(sentence)

    def warn(self, sentence: str) -> None:
        """Tell a sentence even where no progress is shown."""
        self.end()
        self._write(sentence + "\n")

    def end(self) -> None:
        """Clear the step from the terminal."""
        if self._open:
            self._put("")

    def _left(self, step: int) -> str:
        """Return the time left at the speed since the last epoch."""
        seconds = (time.monotonic() - self._began) / max(step - self._first, 1) * (self._steps - step)
        return f"{format_time(seconds)} left"

    def _put(self, text: str) -> None:
        self._write("\r" + text.ljust(len(self._open)) + ("" if text else "\r"))
        self._open = text

    @staticmethod
    def _write(text: str) -> None:
        stream = SafeStream(sys.stderr)
        stream.write(text)
        stream.flush()
