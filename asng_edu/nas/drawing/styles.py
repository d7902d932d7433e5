"""The colours of operations in the theme being drawn, and whether they can be told from what is beside them."""

from __future__ import annotations

from matplotlib.colors import to_rgb

from asng_edu.nas.drawing import plot
from asng_edu.nas.supernet.operations import Style


def colour(style: Style) -> str:
    """Return an operation's colour for the theme being drawn: the one that stands out more from its ground."""
    return max(style.light, style.dark, key=lambda colour: contrast(colour, plot.colour("ground")))


def ink(style: Style) -> str:
    """Return the colour for text on :func:`colour`."""
    return max("#FFFFFF", "#121212", key=lambda ink: contrast(ink, colour(style)))


def contrast(colour: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it. Text wants 4.5, lines want 3.

    >>> contrast("#000000", "#FFFFFF")
    21.0
    """

    def luminance(name: str) -> float:
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(name)]
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    dark, light = sorted((luminance(colour), luminance(other)))
    return round((light + 0.05) / (dark + 0.05), 2)
