"""Live figures: the δ⁰ explorer and the figures of the chapters, computed in the reader's browser.

The same scripts serve the built book, where they find their elements on the page, and a notebook, where anywidget
carries them. :func:`asng_book.live.notebook.python_explorer` is another explorer, which runs the Python library, and
:func:`asng_book.live.explore.explore` puts a problem of the reader's own under it.
"""

from asng_book.live.explore import explore
from asng_book.live.explorer import Explorer
from asng_book.live.figure import StaticFigure, live
from asng_book.live.sweep_rows import read_sweep, read_trials

__all__ = ["Explorer", "StaticFigure", "explore", "live", "read_sweep", "read_trials"]
