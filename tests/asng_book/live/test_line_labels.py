"""Labels at the ends of lines: none on another, none outside of its frame."""

from itertools import combinations

import numpy as np
import pytest
from figure_script import Script

from asng_book.live.files import STATIC

FRAME = {"left": 40, "top": 10, "width": 300, "height": 120}
LAY_OUT = "return ASNG.ui.layOutLabels(labels, frame, (text) => 7 * text.length, taken);"


@pytest.fixture(scope="module")
def lay_out():
    script = Script("numbers.js")
    script.context.eval("ASNG.ui = {}; ASNG.engine = {};")
    script.context.eval((STATIC / "line_labels.js").read_text(encoding="utf-8"))

    def lay_out(points, taken=()):
        labels = [{"x": x, "y": y, "text": text} for x, y, text in points]
        return script(LAY_OUT, labels=labels, frame=FRAME, taken=list(taken))

    return lay_out


def apart(one, other):
    return (
        one["right"] <= other["left"]
        or other["right"] <= one["left"]
        or one["bottom"] <= other["top"]
        or other["bottom"] <= one["top"]
    )


@pytest.mark.parametrize("seed", range(20))
def test_labels_keep_apart_and_inside(lay_out, seed):
    rng = np.random.default_rng(seed)
    points = [
        (40 + 300 * rng.random(), 10 + 120 * rng.random(), "ASNG solved"[: rng.integers(3, 12)]) for _ in range(6)
    ]
    taken = [{"left": 44, "right": 120, "top": 80, "bottom": 96}]
    found = [box for box in lay_out(points, taken) if box]
    assert len(found) >= 4
    for one, other in combinations(found + taken, 2):
        assert apart(one, other), (one, other)
    for box in found:
        assert box["left"] >= 40
        assert box["right"] <= 340
        assert box["top"] >= 10
        assert box["bottom"] <= 130


def test_a_label_stands_after_its_point_where_there_is_room(lay_out):
    (box,) = lay_out([(100, 60, "SNG")])
    assert box["left"] == 108
    assert (box["top"] + box["bottom"]) / 2 == 60


def test_a_label_that_finds_no_room_is_left_out(lay_out):
    everywhere = [{"left": 0, "right": 500, "top": 0, "bottom": 500}]
    assert lay_out([(100, 60, "SNG")], everywhere) == [None]
