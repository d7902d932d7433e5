"""Tells how far a build has come: with a bar on a terminal, elsewhere with a line for each step."""

import shutil
import sys
import time

BAR = 24


class Progress:
    """How many of some pages are done.

    Parameters
    ----------
    doing : str
        What is done to them, as the bar says it: "Running cells".
    total : int
        How many there are.
    out : file, optional
        Where to tell it.
    """

    def __init__(self, doing, total, out=None):
        self.doing, self.total, self.done = doing, total, 0
        self.out = out or sys.stdout
        self.live = self.out.isatty()
        self.under_way = []
        self.begun = time.monotonic()

    def start(self, page):
        """Say that a page is under way."""
        self.under_way.append(page)
        self._draw()

    def finish(self, page, line=None):
        """Say that a page is done; ``line`` stands for it where there is no bar."""
        self.under_way = [one for one in self.under_way if one != page]
        self.done += 1
        if self.live:
            self._draw()
        elif line:
            print(f"  {self.done:2} of {self.total}: {line}", file=self.out, flush=True)

    def end(self, sentence=""):
        """Take the bar away, and say a sentence in its place."""
        if self.live:
            print("\r\x1b[K", end="", file=self.out)
        if sentence:
            print(sentence, file=self.out)
        self.out.flush()

    def elapsed(self):
        """Return the seconds since the beginning, in words."""
        return f"{time.monotonic() - self.begun:.0f} s"

    def _draw(self):
        if not self.live:
            return
        full = BAR * self.done // max(1, self.total)
        bar = "█" * full + "░" * (BAR - full)
        text = f"{self.doing} {bar} {self.done}/{self.total}  {self.elapsed()}  {', '.join(self.under_way)}"
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{text[:width]}", end="", file=self.out, flush=True)
