"""Figures that are legible in light and in dark, with an alternative text made from their data.

A figure is a function that draws; :func:`figure` calls it twice, once for each theme:

>>> from asng_edu.nas.drawing import plot
>>> def draw():
...     fig, ax = plot.subplots()
...     ax.plot([1, 2, 3], [2, 1, 3], color=plot.colour("asng"))
...     return fig
>>> shown = plot.figure(draw, alt="A line that falls from 2 to 1 and rises to 3.")
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

THEMES = ("light", "dark")
NAMES = {"asng": "ASNG", "sng": "SNG", "adam": "Adam"}
MARKERS = {"asng": "o", "sng": "s", "adam": "^"}

#: What each colour means, in drawings and in live figures: one thing, in the whole book. On light and on dark ground.
#: Operations have colours of their own (``asng_edu.nas.supernet.operations``). After Okabe and Ito.
PALETTE = {
    "asng": ("#0072B2", "#5CB8F0"),  # ASNG, and the natural gradient that it follows
    "sng": ("#C84E00", "#FF9A55"),  # SNG: the step that stays as it is
    "adam": ("#007A5A", "#3DD6A7"),  # Adam
    "mixture": ("#7A5C00", "#E0C14A"),  # all operations at once, mixed by weights
    "evolution": ("#43600A", "#B4D96B"),  # evolution, and the climber that is its simplest form
    "aim": ("#A3123F", "#FF8FA8"),  # where something is meant to come to: αγ, the place of rest, the truth
    "warn": ("#D90000", "#FF5050"),  # what points the wrong way
    "accent": ("#8A3F7C", "#E29AD2"),  # what the reader has chosen, or what is going on now
    "text": ("#1F2328", "#E6E6E6"),
    "muted": ("#5F6872", "#9AA4AE"),  # controls, chance, and whatever stands behind
    "grid": ("#DADFE4", "#3A4148"),
    "ground": ("#FFFFFF", "#121212"),
}
_COLOURS = {name: {key: pair[k] for key, pair in PALETTE.items()} for k, name in enumerate(THEMES)}

# Which of the two images is hidden: what is dark says so in the book, in JupyterLab, in VS Code and in Colab.
_DARK = ":is([data-theme=dark],[data-jp-theme-light=false],.vscode-dark,[theme=dark])"
_STYLE = f":root:not({_DARK},:has({_DARK})) .only-dark,{_DARK} .only-light{{display:none}}"

_current = "light"


def colour(name: str) -> str:
    """Return a colour of the theme being drawn, by its name in :data:`PALETTE`."""
    return _COLOURS[_current][name]


@contextmanager
def theme(name: str) -> Iterator[None]:
    """Draw in the light or the dark theme within a ``with`` block."""
    global _current
    if name not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, but is {name!r}.")
    before, _current = _current, name
    colours = _COLOURS[name]
    style = {
        **sns.axes_style("ticks"),
        "axes.edgecolor": colours["muted"], "axes.labelcolor": colours["text"], "text.color": colours["text"],
        "xtick.color": colours["muted"], "ytick.color": colours["muted"],
        "xtick.labelcolor": colours["text"], "ytick.labelcolor": colours["text"],
        "grid.color": colours["grid"], "axes.grid": True, "grid.linewidth": 0.6,
        "axes.spines.top": False, "axes.spines.right": False,
        "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none", "legend.frameon": False,
        "font.size": 11, "svg.hashsalt": "asng_edu", "svg.fonttype": "path", "figure.constrained_layout.use": True,
    }  # fmt: skip
    try:
        with mpl.rc_context(style):
            yield
    finally:
        _current = before


def subplots(*args: Any, width: float = 7.2, height: float = 3.6, **kwargs: Any) -> tuple[Figure, Any]:
    """Return a figure and its axes as :func:`matplotlib.pyplot.subplots` does; sizes in inches."""
    return plt.subplots(*args, figsize=(width, height), **kwargs)


@dataclass(frozen=True)
class ThemedFigure:
    """A drawn figure as two SVGs, with its alternative text. Notebooks and the book show the one for their theme."""

    light: bytes = field(repr=False)
    dark: bytes = field(repr=False)
    alt: str

    def _repr_html_(self) -> str:
        images = "".join(
            f'<img class="only-{name} asng-plot" alt="{html.escape(self.alt, quote=True)}" '
            f'src="data:image/svg+xml;base64,{base64.b64encode(getattr(self, name)).decode()}">'
            for name in THEMES
        )
        return f"<style>{_STYLE}</style>{images}"

    def save(self, path: str | Path) -> None:
        """Write PATH-light.svg and PATH-dark.svg."""
        for name in THEMES:
            Path(f"{path}-{name}.svg").write_bytes(getattr(self, name))


def figure(draw: Callable[[], Figure], *, alt: str) -> ThemedFigure:
    """Draw a figure in both themes.

    Parameters
    ----------
    draw : callable
        Returns a Matplotlib figure; takes its colours from :func:`colour`.
    alt : str
        What the figure shows, for those who do not see it. Make its numbers from the data that is drawn.

    Raises
    ------
    ValueError
        If the alternative text is empty.
    """
    if not alt.strip():
        raise ValueError("alt must say what the figure shows, but is empty.")
    drawn = {}
    for name in THEMES:
        with theme(name):
            drawing = draw()
            file = io.BytesIO()
            drawing.savefig(file, format="svg", metadata={"Date": None})
            plt.close(drawing)
        drawn[name] = file.getvalue()
    return ThemedFigure(**drawn, alt=" ".join(alt.split()))
