"""Cells as pictures in JavaScript: the graph is the library's, nothing overlaps, and a picture moves to the next."""

import json

import numpy as np
import pytest
from figure_page import write_page
from figure_script import Script

from asng_edu.nas import CellSpace
from asng_edu.nas.spaces.genotype import loose_ends, node_depths
from asng_edu.nas.supernet.operations import OPERATIONS, Cost, Operation, Style

SPACE = CellSpace()


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "cells.js")


def random_cells(count, nodes=5):
    space, rng = CellSpace(nodes=nodes), np.random.default_rng(nodes)
    return [space.random(rng).to_json()["normal"] for _ in range(count)]


FLAT = [[[0, "identity"], [1, "sep_conv_3x3"]]] * 5
LINE = [[[1 + i, "identity"], [0, "max_pool_3x3"]] for i in range(5)]
TWICE = [[[1 + i, "identity"], [1 + i, "identity"]] for i in range(5)]


@pytest.mark.parametrize("nodes", [1, 3, 5, 7])
def test_depths_and_loose_ends_are_the_library_s(script, nodes):
    for cell in random_cells(20, nodes):
        given = tuple(tuple(map(tuple, node)) for node in cell)
        found = script("return [ASNG.cells.depths(cell), ASNG.cells.looseEnds(cell)];", cell=cell)
        assert found == [list(node_depths(given)), list(loose_ends(given))]


@pytest.mark.parametrize("width", [300, 340, 460])
@pytest.mark.parametrize("cell", [FLAT, LINE, TWICE, *random_cells(25)])
def test_nothing_overlaps_and_lines_go_from_what_is_read_to_the_slot(script, cell, width):
    plan = script("return ASNG.cells.layout(cell, { width });", cell=cell, width=width)
    sizes = script("return ASNG.cells.SIZES;")
    boxes = plan["boxes"][2:-1]
    assert plan["node"] > 36
    for i, (x, y) in enumerate(boxes):
        assert plan["node"] / 2 - 1e-9 <= x <= width - plan["node"] / 2 + 1e-9
        for other, above in boxes[:i]:
            assert y != above or abs(x - other) > plan["node"] + 1
            assert y == above or abs(y - above) > sizes["NODE"] + 10
    for node, slots in enumerate(cell):
        assert sorted(plan["sides"][node]) == [-1, 1]
        for slot, (source, _) in enumerate(slots):
            start, *_, end = plan["lines"][node][slot]
            x, y = plan["boxes"][source]
            assert start[1] == pytest.approx(y + (sizes["BAR"] if source < 2 else sizes["NODE"]))
            assert abs(start[0] - x) < (80 if source < 2 else plan["node"] / 2)
            assert end == pytest.approx([boxes[node][0] + plan["node"] / 4 * plan["sides"][node][slot], boxes[node][1]])
            crossed = [  # no line runs through a node
                (x, y)
                for x, y in boxes
                for px, py in plan["lines"][node][slot][1:-1]
                if y + 1 < py < y + sizes["NODE"] - 1 and abs(px - x) < plan["node"] / 2 - 1
            ]
            assert crossed == []


def test_a_cell_is_told_in_words(script):
    words = script("return ASNG.cells.describe(cell, { title: 'Normal cell' });", cell=FLAT[:1] + LINE[1:2])
    assert words == (
        "Normal cell: node 0 adds identity of the cell before the previous and sep_conv_3x3 of the previous cell; "
        "node 1 adds identity of node 0 and max_pool_3x3 of the cell before the previous. Its output is made of node 1."
    )
    assert script("return ASNG.cells.describe(cell, { output: 'last' });", cell=FLAT).endswith("made of node 4.")


def test_short_names(script):
    names = ["identity", "sep_conv_5x5", "max_pool_3x3", "conv_1x1", "squeeze"]
    found = script("return names.map(ASNG.cells.shortName);", names=names)
    assert found == [["id"], ["sep", "5×5"], ["max", "3×3"], ["conv", "1×1"], ["squee"]]


SETUP = """
(cell) => {
  const holder = document.createElement("div");
  holder.style.width = "340px";
  document.querySelector("#here").append(holder);
  window.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  holder.append(svg);
  ASNG.cells.draw(svg, cell, { title: "Normal cell" });
}
"""
PLACES = "() => [...svg.querySelectorAll('.asng-node')].map((node) => node.getAttribute('transform'))"


@pytest.fixture
def page(browser, tmp_path, request):
    context = browser.new_context(reduced_motion=getattr(request, "param", "no-preference"))
    opened = context.new_page()
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.goto(write_page(tmp_path, '<div class="asng-figure" data-asng-theme="light" id="here"></div>'))
    yield opened
    assert opened.problems == []
    context.close()


FRAMES = """
async (cell) => {
  const places = () => [...svg.querySelectorAll('.asng-node')].map((node) => node.getAttribute('transform')).join();
  ASNG.cells.draw(svg, cell, { seconds: 0.4 });
  const seen = [places()], end = performance.now() + 1500;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    if (places() !== seen[seen.length - 1]) seen.push(places());
  }
  return seen;
}
"""


def test_a_picture_moves_to_the_next(page):
    page.evaluate(SETUP, LINE)
    goal = ",".join(page.evaluate(PLACES))
    page.evaluate(SETUP, FLAT)
    start = ",".join(page.evaluate(PLACES))
    frames = page.evaluate(FRAMES, LINE)
    assert len(frames) >= 3
    assert (frames[0], frames[-1]) == (start, goal)
    page.evaluate("(cell) => ASNG.cells.draw(svg, cell, { moving: false })", FLAT)
    assert ",".join(page.evaluate(PLACES)) == start


@pytest.mark.parametrize("page", ["reduce"], indirect=True)
def test_it_jumps_for_those_who_prefer_no_motion(page):
    page.evaluate(SETUP, FLAT)
    page.evaluate("(cell) => ASNG.cells.draw(svg, cell)", LINE)
    jumped = page.evaluate(PLACES)
    page.wait_for_timeout(700)
    assert page.evaluate(PLACES) == jumped


def test_another_number_of_nodes_and_strange_opacities_are_drawn(page):
    page.evaluate(SETUP, FLAT)
    page.evaluate("(cell) => ASNG.cells.draw(svg, cell, { opacity: [[0, 7], [-1, 0.5]] })", LINE[:2])
    assert page.locator(".asng-node").count() == 2
    page.evaluate("(cell) => ASNG.cells.draw(svg, cell, { output: 'last' })", FLAT)
    assert page.locator(".asng-node").count() == 5
    shown = page.evaluate("[...svg.querySelectorAll('.asng-exit')].map((exit) => Number(exit.style.opacity) > 0)")
    assert shown == [False] * 4 + [True]


def test_nodes_are_buttons_where_they_can_be_selected(page):
    page.evaluate(SETUP, LINE)
    assert page.locator("svg[role=img]").count() == 1
    page.evaluate(
        "(cell) => ASNG.cells.draw(svg, cell, { selected: 1, select: (node) => { window.chosen = node; } })", LINE
    )
    assert page.locator("svg[role=img]").count() == 0
    page.get_by_role("button", name="node 3:").press("Enter")
    assert page.evaluate("chosen") == 3
    page.get_by_role("button", name="node 0:").click()
    assert page.evaluate("chosen") == 0
    assert page.get_by_role("button", pressed=True).get_attribute("aria-label").startswith("node 1: identity of node 0")


def test_an_operation_of_the_readers_own_has_its_colour_and_no_cost_unless_it_says_so(monkeypatch):
    style = Style("mine", "my own", "#123456", "#abcdef", dash=(1, 2))
    monkeypatch.setitem(OPERATIONS, "mine", Operation(lambda *_: None, style))
    monkeypatch.setitem(OPERATIONS, "counted", Operation(lambda *_: None, style, (Cost(3, 2, 1), Cost())))
    script = Script("engine.js", "cells.js", "figures/search_space/search_space.js")
    assert script("return ASNG.operations.known.mine.light;") == "#123456"
    cell = "{ normal: [[[0, name], [1, 'identity']]] }"
    count = f"return ASNG.searchSpace.count({{ kinds: ['normal'] }}, {cell}, {{ cells: 1 }});"
    assert "cost of the operation mine is not known" in script.error(count, name="mine")
    more = script(count, name="counted")["parameters"] - script(count, name="max_pool_3x3")["parameters"]
    assert more == 3 * 36**2 + 2 * 36 + 36


def test_colours_are_those_of_the_printed_figures(page):
    page.evaluate(SETUP, FLAT)
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.querySelector('#here').dataset.asngTheme = theme; }", theme)
        for name, (_, style, _) in OPERATIONS.items():
            colour = page.evaluate(
                """(name) => {
                  const span = document.createElement("span");
                  span.className = ASNG.cells.styleClass(name);
                  document.querySelector("#here").append(span);
                  return getComputedStyle(span).getPropertyValue("--op").trim();
                }""",
                name,
            )
            assert colour == getattr(style, theme), json.dumps([name, theme])
