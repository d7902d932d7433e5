"""Names beside lines and points, so that a plot needs no legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

Named = tuple[float, float, str, str]  # x, y, what to write, its colour


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Return ascending values moved as little as need be for neighbours to lie ``gap`` apart, by least squares.

    >>> spread([0, 3, 3, 9], 2)
    [0.0, 2.0, 4.0, 9.0]
    """
    blocks: list[tuple[float, int]] = []  # mean and number of those that move together
    for i, value in enumerate(values):
        mean, count = float(value) - i * gap, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    level = [mean for mean, count in blocks for _ in range(count)]
    return [value + i * gap for i, value in enumerate(level)]


def name_column(fig: Figure, ax: Any, points: Sequence[Named], at: float = 1.05, size: float = 9.5) -> None:
    """Write names below each other, each as near to the height of its point as there is room, with a line to it.

    ``at`` is where the names begin, as a share of the width of the axes; by default that is on their right, for lines
    that end there.
    """
    fig.draw_without_rendering()  # sets the scales
    box, ordered = ax.get_window_extent(), sorted(points, key=lambda point: point[1])
    places = [ax.transData.transform((x, y)) for x, y, _, _ in ordered]
    heights = spread([height for _, height in places], 1.3 * size * fig.dpi / 72)
    for (x, y, text, colour), place, height in zip(ordered, places, heights, strict=True):
        beyond = box.x0 + at * box.width > place[0]
        line = {"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 1, "shrinkB": 3, "relpos": (1 - beyond, 0.5)}
        ax.annotate(
            text, (x, y), (at, (height - box.y0) / box.height), textcoords="axes fraction", va="center",
            fontsize=size, color=colour, arrowprops=line, annotation_clip=False,
        )  # fmt: skip
