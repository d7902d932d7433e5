"""No text in a figure is clipped, overprinted or smaller than 11 pixels, on a phone and on a wide screen."""

import itertools

import pytest
from figure_page import Page, write_page

from asng_book.live.files import figure_html
from asng_book.pages import results

FIGURES = {
    "welcome": ("welcome-race", {"outcomes": results.read("welcome.json")["outcomes"]}),
    "welcome at the right": ("welcome-race", {"outcomes": results.read("welcome.json")["outcomes"], "delta0": 10}),
    "footprints, far": ("footprints", {}),
    "footprints, near": ("footprints", {"goal": "near"}),
    "footprints, no goal": ("footprints", {"goal": "nowhere", "length": 3}),
    "one estimate": ("two-evaluations", {}),
    "one estimate in a corner": ("two-evaluations", {"theta": [0.02, 0.02, 0.96]}),
    "two hundred": ("two-evaluations", {"view": "many", "constant": 3, "baseline": False}),
    "noise": ("two-evaluations", {"view": "noise", "constant": 10}),
    "coins": ("kl-ruler", {}),
    "coins side by side": ("kl-ruler", {"p": [0.97, 0.98]}),
    "memory": ("memory-of-s", {}),
    "short memory": ("memory-of-s", {"beta": 0.9}),
    "long memory": ("memory-of-s", {"beta": 0.03, "m": 0.6}),
}
# Keeps, for each canvas, what its last drawing wrote: the corners of each text's box in CSS pixels, and its size.
WATCH = """
window.written = new Map();
const proto = CanvasRenderingContext2D.prototype, fill = proto.fillText, clear = proto.clearRect;
proto.clearRect = function (...box) { written.set(this.canvas, []); return clear.apply(this, box); };
proto.fillText = function (text, x, y) {
  const m = this.measureText(text), t = this.getTransform(), ratio = this.canvas.width / this.canvas.clientWidth;
  const xs = [x - m.actualBoundingBoxLeft, x + m.actualBoundingBoxRight];
  const ys = [y - m.actualBoundingBoxAscent, y + m.actualBoundingBoxDescent];
  const place = (a, b) => [(t.a * a + t.c * b + t.e) / ratio, (t.b * a + t.d * b + t.f) / ratio];
  const corners = xs.flatMap((a) => ys.map((b) => place(a, b)));
  if (!written.has(this.canvas)) written.set(this.canvas, []);
  written.get(this.canvas).push({ text, corners, turned: t.b !== 0,
    size: parseFloat(this.font.match(/([\\d.]+)px/)[1]) * Math.hypot(t.a, t.b) / ratio });
  return fill.call(this, text, x, y);
};
"""
READ = """() => [...written].filter(([canvas]) => canvas.isConnected && canvas.checkVisibility())
  .map(([canvas, texts]) => ({ width: canvas.clientWidth, height: canvas.clientHeight, texts }))"""
SMALL = """() => [...document.querySelectorAll(".asng-figure *")].filter((node) => node.checkVisibility() &&
  [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()) && !node.closest("sub, sup, svg") &&
  (parseFloat(getComputedStyle(node).fontSize) < 11 || node.scrollWidth > node.clientWidth + 1 &&
  getComputedStyle(node).display !== "inline" && !node.closest(".visually-hidden")))
  .map((node) => node.outerHTML.slice(0, 200))"""


def box(corners):
    """Return the left, top, right and bottom of a text."""
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("name", FIGURES)
def test_text_is_whole_apart_and_large_enough(browser, tmp_path, name, width):
    url = write_page(tmp_path, figure_html(FIGURES[name][0], FIGURES[name][1]))
    page = Page(browser, url, script=WATCH, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    if FIGURES[name][0] == "kl-ruler":
        page.figure.get_by_role("button", name="Toss").click()  # to its end, for nothing may move here
    page.page.wait_for_timeout(100)  # the figures draw in the next frame
    canvases = page.page.evaluate(READ)
    assert sum(len(canvas["texts"]) for canvas in canvases) > 0
    for canvas in canvases:
        boxes = [(one, box(one["corners"])) for one in canvas["texts"] if one["text"].strip()]
        for one, (left, top, right, bottom) in boxes:
            assert one["size"] >= 11, one
            assert left >= -1, one
            assert top >= -1, one
            assert right <= canvas["width"] + 1, one
            assert bottom <= canvas["height"] + 1, one
        straight = [(one["text"], edges) for one, edges in boxes if not one["turned"]]
        for (text, a), (other, b) in itertools.combinations(straight, 2):
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (text, other)
    assert page.page.evaluate(SMALL) == []
    page.context.close()
    assert page.wrong == []
