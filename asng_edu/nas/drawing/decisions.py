"""An architecture of any space as a figure: cells as cells, and what is not made of cells decision by decision."""

from __future__ import annotations

import os
from typing import Any

from matplotlib.figure import Figure

from asng_edu.nas.drawing import draw, plot
from asng_edu.nas.drawing.styles import colour, ink
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.supernet.operations import style_of

LINE = 0.34  # inches


def draw_decisions(choice: Any, space: Space[Any]) -> Figure:
    """Draw an architecture in the current theme: a line for each decision, with the option that it takes.

    Raises
    ------
    ValueError
        If the architecture is none of the space.
    """
    code = space.encode(choice)
    figure, ax = plot.subplots(width=5.0, height=LINE * (len(code) + 0.5))
    ax.set_axis_off()
    ax.set(xlim=(0, 1), ylim=(len(code) - 0.3, -0.7))
    for row, (decision, taken) in enumerate(zip(space.decisions, code, strict=True)):
        option = decision.options[taken]
        style = style_of(option, decision.options)
        ax.text(0.46, row, str(decision), ha="right", va="center")
        box = {"boxstyle": "round,pad=0.25", "facecolor": colour(style), "edgecolor": "none"}
        ax.text(0.5, row, style.words, ha="left", va="center", color=ink(style), bbox=box)
    return figure


def save_svg(choice: Any, path: str | os.PathLike[str], space: Space[Any]) -> None:
    """Draw an architecture into an SVG file, in the light theme.

    Raises
    ------
    ValueError
        If the architecture is none of the space, or the file cannot be written.
    """
    if isinstance(space, CellSpace):
        draw.save_svg(choice, path, space=space)
    else:
        title = "; ".join(space.describe(choice))
        draw.write_svg(path, draw.figure_svg(lambda: draw_decisions(choice, space), title, "light"))
