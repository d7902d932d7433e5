"""How operations look in figures: short names that fit into a slot, colours for light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.colors import to_rgb

from asng_edu import plot


class Look(NamedTuple):
    """What stands in an operation's slot, its name in words, and its colour on light and on dark ground."""

    short: str
    words: str
    light: str
    dark: str

    @property
    def colour(self) -> str:
        """The colour for the theme being drawn: the one that stands out more from its ground."""
        return max(self.light, self.dark, key=lambda colour: contrast(colour, plot.colour("ground")))

    @property
    def ink(self) -> str:
        """The colour for text on that colour."""
        return max("#FFFFFF", "#121212", key=lambda ink: contrast(ink, self.colour))


# Separable convolutions are blue, dense ones purple, pools green and orange.
LOOKS = {
    "identity": Look("id", "identity", "#5F6770", "#A3ADB7"),
    "sep_conv_3x3": Look("sep 3", "3×3 separable convolution", "#0072B2", "#74C4F5"),
    "sep_conv_5x5": Look("sep 5", "5×5 separable convolution", "#0A3F73", "#3E95E5"),
    "avg_pool_3x3": Look("avg", "3×3 average pooling", "#007A5A", "#3DD6A7"),
    "max_pool_3x3": Look("max", "3×3 max pooling", "#B84700", "#FF9A55"),
    "conv_1x1": Look("1×1", "1×1 convolution", "#A3509A", "#EBA9DD"),
    "conv_3x3": Look("3×3", "3×3 convolution", "#6B2C8F", "#BE8DF2"),
}
# For operations that a reader adds, in the order of their names.
SPARE = (("#7A5C00", "#E0C14A"), ("#A3123F", "#FF8FA8"), ("#43600A", "#B4D96B"), ("#00626B", "#5FD3DC"))


def look(operation: str, operations: Sequence[str] = ()) -> Look:
    """Return how an operation is shown, among ``operations``; one that is not in :data:`LOOKS` gets a spare colour.

    >>> look("sep_conv_3x3").short, look("dil_conv_3x3").short
    ('sep 3', 'dil co…')
    """
    if operation in LOOKS:
        return LOOKS[operation]
    others = sorted({operation, *operations} - set(LOOKS))
    words = operation.replace("_", " ")
    return Look(words if len(words) < 8 else words[:6] + "…", words, *SPARE[others.index(operation) % len(SPARE)])


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
