"""One meaning a colour: the style sheet, the drawings and the operations agree, and no two meanings look alike."""

import itertools
import re

import pytest

from asng_book.live.files import STATIC
from asng_edu.nas.drawing.plot import PALETTE, THEMES
from asng_edu.nas.supernet.operations import OPERATIONS, SPARE

CSS = (STATIC / "explorer.css").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^\.asng-figure(?:\[data-asng-theme=\"dark\"\])? \{(.*?)\}", CSS, flags=re.DOTALL | re.MULTILINE)
NEUTRAL = ("text", "muted", "grid", "ground")


def distance(one, other):
    """Return how far two colours lie apart, by the weighted distance known as "redmean"."""
    (r, g, b), (s, h, c) = ([int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (one, other))
    mean = (r + s) / 2
    return ((2 + mean / 256) * (r - s) ** 2 + 4 * (g - h) ** 2 + (2 + (255 - mean) / 256) * (b - c) ** 2) ** 0.5


@pytest.mark.parametrize("place", range(2), ids=THEMES)
def test_the_style_sheet_has_the_palette(place):
    found = dict(re.findall(r"--asng-(\w+): (#[0-9a-f]{6});", BLOCKS[place]))
    assert {name: colour.upper() for name, colour in found.items() if name in PALETTE} == {
        name: pair[place] for name, pair in PALETTE.items()
    }


@pytest.mark.parametrize("place", range(2), ids=THEMES)
def test_no_two_meanings_look_alike(place):
    hues = {name: pair[place] for name, pair in PALETTE.items() if name not in NEUTRAL}
    for (one, first), (other, second) in itertools.combinations(hues.items(), 2):
        assert distance(first, second) > 70, (one, other)


@pytest.mark.parametrize("place", range(2), ids=THEMES)
def test_no_operation_wears_a_colour_that_means_something_else(place):
    operations = {name: (style.light, style.dark)[place] for name, (_, style, _) in OPERATIONS.items()}
    operations |= {f"spare {i}": pair[place] for i, pair in enumerate(SPARE)}
    hues = {name: pair[place] for name, pair in PALETTE.items() if name not in NEUTRAL}
    for (operation, worn), (meaning, colour) in itertools.product(operations.items(), hues.items()):
        assert distance(worn, colour) > 45, (operation, meaning)


def test_every_colour_that_a_figure_names_is_in_the_style_sheet():
    known = set(re.findall(r"--asng-(\w+):", CSS))
    for path in (STATIC / "figures").glob("*/*.js"):
        text = path.read_text(encoding="utf-8")
        own = set(re.findall(r"--asng-(\w+)\"?[:,]", text))  # variables that it sets itself
        assert set(re.findall(r"var\(--asng-(\w+)", text)) <= known | own, path.name
