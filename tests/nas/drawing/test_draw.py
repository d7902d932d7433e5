"""Drawn cells: nothing overlaps, everything is told in words, and all is legible in light and dark, large and small."""

import errno
import itertools
import os
import re
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest
from generators import seeds, spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from asng_edu.nas import CellSpace, Genotype, cell_figure, chain, draw_cell
from asng_edu.nas.drawing import plot
from asng_edu.nas.drawing.arrangement import Sizes, arrange, nearest
from asng_edu.nas.drawing.draw import SMALL, WIDTH, alternative_text, save_svg, svg
from asng_edu.nas.drawing.styles import colour, contrast, ink
from asng_edu.nas.spaces.cell_space import ARTICLE_OPERATIONS
from asng_edu.nas.spaces.genotype import GenotypeError, loose_ends
from asng_edu.nas.supernet.operations import OPERATIONS, SPARE, Style, style_of

SIZES = Sizes(input=24.0, pill=10.0, circle=12.0, slot=12.5)
EVERY_STYLE = [*(each.style for each in OPERATIONS.values()), *(Style("a", "a", *pair) for pair in SPARE)]


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


# Where things stand.


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 10), st.floats(0, 30)), min_size=1, max_size=8),
    seeds,
)
def test_nearest_is_the_best_of_all_that_keep_apart(items, seed):
    wanted, weights, gaps = (list(column) for column in zip(*items, strict=True))
    gaps = gaps[1:]
    y = nearest(wanted, weights, gaps)
    assert all(b - a >= gap - 1e-9 for a, b, gap in zip(y, y[1:], gaps, strict=False))

    def cost(values):
        return sum(w * (v - want) ** 2 for v, w, want in zip(values, weights, wanted, strict=True))

    rng = np.random.default_rng(seed)
    for scale in (0.01, 1.0, 20.0):
        other = np.array(y) + rng.normal(0, scale, len(y))
        for i, gap in enumerate(gaps):
            other[i + 1] = max(other[i + 1], other[i] + gap)
        assert cost(y) <= cost(other) + 1e-6


@given(spaces(), seeds)
def test_nothing_stands_on_anything_else(space, seed):
    cell = space.random(seed).cell(space.kinds[0])
    plan = arrange(cell, space.inputs, space.outputs(cell), SIZES)
    assert plan == arrange(cell, space.inputs, space.outputs(cell), SIZES)
    halves = [SIZES.input] * space.inputs + [SIZES.node(len(slots)) for slots in cell]
    standing = list(zip(plan.layers, plan.y, halves, strict=True))
    for line in plan.lines:
        first = plan.layers[line.source]
        assert line.node is None or first < plan.layers[space.inputs + line.node]
        standing += [(layer, y, 0.0) for layer, y in enumerate(line.bends, start=first + 1)]
    for (layer, y, half), (other, z, room) in itertools.combinations(standing, 2):
        if layer == other:
            least = SIZES.gap if half or room else SIZES.line
            assert abs(y - z) >= half + room + least - 1e-6
    assert len(plan.lines) == 2 * len(cell) + len(space.outputs(cell))


def test_a_line_runs_from_where_its_slot_reads():
    space = CellSpace(kinds=("normal",))
    cell = space.random(4).normal
    plan = arrange(cell, 2, space.outputs(cell), SIZES)
    slots = {(line.node, line.slot): (line.source, line.operation) for line in plan.lines if line.node is not None}
    assert slots == {(n, s): cell[n][s] for n in range(5) for s in range(2)}
    assert {line.source - 2 for line in plan.lines if line.node is None} == set(space.outputs(cell))


def crossings(plan, inputs):
    """Count the pairs of lines that change sides between two layers."""
    slots = Counter(line.node for line in plan.lines)
    pieces = {}
    for line in plan.lines:
        if line.node is not None:
            end = plan.y[inputs + line.node] + SIZES.offsets(slots[line.node])[line.slot]
            ys = [plan.y[line.source], *line.bends, end]
        else:
            ys = [plan.y[line.source], *line.bends]
        for layer, pair in enumerate(itertools.pairwise(ys), start=plan.layers[line.source]):
            pieces.setdefault(layer, []).append(pair)
    return sum(
        (a - c) * (b - d) < -1e-9 for some in pieces.values() for (a, b), (c, d) in itertools.combinations(some, 2)
    )


def test_lines_do_not_cross_where_they_need_not():
    identity = "identity"
    ladder = tuple(((1 + node, identity), (0, identity)) for node in range(5))
    fan = tuple(((0, identity), (1, identity)) for _ in range(3))
    straight = tuple(
        ((0, identity), (0, identity)) if node % 2 else ((1, identity), (1, identity)) for node in range(5)
    )
    assert crossings(arrange(straight, 2, range(5), SIZES), 2) == 0
    assert crossings(arrange(fan, 2, range(3), SIZES), 2) == 3  # K(2, 3) with one side's order given
    assert crossings(arrange(ladder, 2, (4,), SIZES), 2) <= 5
    space = CellSpace(kinds=("normal",))
    cells = [space.random(seed).normal for seed in range(30)]
    assert np.mean([crossings(arrange(cell, 2, space.outputs(cell), SIZES), 2) for cell in cells]) < 3


@given(st.integers(1, 5), st.integers(1, 5), seeds)
def test_nodes_of_any_number_of_slots_keep_apart(nodes, most, seed):
    rng = np.random.default_rng(seed)
    cell = tuple(
        tuple((int(rng.integers(2 + node)), "identity") for _ in range(rng.integers(1, most + 1)))
        for node in range(nodes)
    )
    plan = arrange(cell, 2, loose_ends(cell, 2), SIZES)
    assert [(line.node, line.slot) for line in plan.lines if line.node is not None] == [
        (node, slot) for node, slots in enumerate(cell) for slot in range(len(slots))
    ]
    for (one, two), (other, three) in itertools.combinations(enumerate(cell), 2):
        if plan.layers[2 + one] == plan.layers[2 + other]:
            room = SIZES.node(len(two)) + SIZES.node(len(three)) + SIZES.gap
            assert abs(plan.y[2 + one] - plan.y[2 + other]) >= room - 1e-6


def test_the_slots_of_a_node_are_read_from_top_to_bottom_without_crossings():
    fan = (((0, "identity"), (1, "identity"), (2, "identity"), (3, "identity")),)
    assert crossings(arrange(fan, 4, (0,), SIZES), 4) == 0
    assert SIZES.offsets(1) == [0.0]
    assert SIZES.offsets(2) == [-12.5, 12.5]
    assert SIZES.node(1) == SIZES.circle


# What is seen.


def boxes_of_texts(figure):
    figure.draw_without_rendering()
    return [(text.get_text(), text.get_window_extent()) for text in figure.axes[0].texts]


@settings(max_examples=30)
@given(spaces(), seeds, st.booleans())
def test_no_text_lies_on_another_or_leaves_the_figure(space, seed, side_by_side):
    figure = draw_cell(space.random(seed), space, side_by_side=side_by_side)
    texts = boxes_of_texts(figure)
    for (text, box), (other, more) in itertools.combinations(texts, 2):
        apart = box.x1 <= more.x0 or more.x1 <= box.x0 or box.y1 <= more.y0 or more.y1 <= box.y0
        assert apart, (text, other)
    whole = figure.bbox
    for text, box in texts:
        assert whole.x0 <= box.x0, text
        assert box.x1 <= whole.x1, text
        assert whole.y0 <= box.y0, text
        assert box.y1 <= whole.y1, text
    plt.close(figure)


@pytest.mark.parametrize("slots", [1, 3, 5])
def test_cells_with_any_number_of_slots_are_drawn_and_told(slots):
    space = CellSpace(slots=slots, nodes=4, kinds=("normal",))
    genotype = space.random(slots)
    texts = boxes_of_texts(draw_cell(genotype, space))
    for (text, box), (other, more) in itertools.combinations(texts, 2):
        assert not box.overlaps(more), (text, other)
    used = [operation for node in genotype.normal for _, operation in node]
    drawn = [text for text, _ in texts]
    for operation in set(used):
        assert drawn.count(style_of(operation).short) >= used.count(operation)
    told = alternative_text(genotype, space)
    assert told.count(" of ") == 4 * slots


def test_all_slots_nodes_and_operations_are_named():
    space = CellSpace(operations=(*ARTICLE_OPERATIONS, "a_new_one"), nodes=4)
    genotype = space.random(11)
    drawn = [text for text, _ in boxes_of_texts(draw_cell(genotype, space))]
    used = [op for cell in genotype for node in cell for _, op in node]
    assert "a_new_one" in used
    for operation in set(used):
        shown = style_of(operation, space.operations)
        assert drawn.count(shown.short) == used.count(operation) + 1 + (shown.short == shown.words)
        assert shown.words in drawn
    assert sorted(text for text in drawn if text.isdigit()) == sorted([*"0123", *"0123"])
    assert {"Normal cell", "Reduction cell"} <= set(drawn)
    assert drawn.count("output") == 2


def test_it_is_legible_on_a_telephone():
    """350 pixels wide; the smallest text then has 7 pixels or more, as no cell of the article's is deeper than 5."""
    for space in (CellSpace(), CellSpace(fixed=chain(5))):
        for seed in range(5):
            width = draw_cell(space.random(seed), space).get_size_inches()[0] * 72
            assert WIDTH <= width <= 1.2 * WIDTH
            assert SMALL * 350 / width > 6.5
            plt.close("all")
    assert SMALL * 350 / WIDTH > 7.5


@pytest.mark.parametrize("theme", plot.THEMES)
def test_colours_stand_out(theme):
    with plot.theme(theme):
        ground = plot.colour("ground")
        for each in EVERY_STYLE:
            assert colour(each) == getattr(each, theme)
            assert contrast(colour(each), ground) >= 4.5  # hollow slots have text in it
            assert contrast(ink(each), colour(each)) >= 4.5
        assert contrast(plot.colour("muted"), ground) >= 4.5
        assert len({colour(each) for each in EVERY_STYLE}) == len(EVERY_STYLE)


def test_what_nobody_registered_is_shown_by_its_name_in_spare_colours():
    names = ("zeta", "alpha_beta_gamma", "identity")
    assert style_of("zeta", names).light == SPARE[1][0]
    assert style_of("alpha_beta_gamma", names) == Style("alpha …", "alpha beta gamma", *SPARE[0])
    assert len({style_of(f"op{i}", [f"op{i}" for i in range(4)]).light for i in range(4)}) == 4
    assert contrast("#FFFFFF", "#777777") == pytest.approx(4.48, abs=0.01)  # WCAG's well-known nearly legible grey


# What is told.


def test_the_alternative_text_tells_the_whole_cell():
    space = CellSpace(output="last")
    genotype = Genotype(
        normal=(
            ((0, "identity"), (0, "sep_conv_5x5")),
            ((0, "max_pool_3x3"), (2, "identity")),
            ((2, "avg_pool_3x3"), (0, "sep_conv_3x3")),
            ((4, "identity"), (4, "identity")),
            ((2, "identity"), (4, "max_pool_3x3")),
        ),
        reduction=space.random(0).reduction,
    )
    told = alternative_text(genotype, space)
    assert told.startswith(
        "Normal cell, 5 nodes, depth 3. Node 0 adds: identity of the cell before the previous; 5×5 separable "
        "convolution of the cell before the previous. Node 1 adds: 3×3 max pooling of the cell before the previous; "
        "identity of node 0. Node 2 adds: 3×3 average pooling of node 0; 3×3 separable convolution of the cell before "
        "the previous. Node 3 adds: identity of node 2; identity of node 2. Node 4 adds: identity of node 0; 3×3 max "
        "pooling of node 2. The output is node 4. Without effect: node 1, node 3, the previous cell. Reduction cell, "
    )
    assert "joins nodes 1, 3, 4." in alternative_text(genotype, CellSpace())


@settings(max_examples=30)
@given(spaces(), seeds)
def test_the_alternative_text_has_every_slot(space, seed):
    genotype = space.random(seed)
    told = alternative_text(genotype, space)
    slots = re.findall(
        r"Node (\d+) adds: (.+?) of (the [a-z0-9 ]+|node \d+); (.+?) of (the [a-z0-9 ]+|node \d+)\.", told
    )
    expected = [
        (str(place), *(word for source, op in node for word in (style_of(op).words, space.input_name(source))))
        for kind in genotype.kinds
        for place, node in enumerate(genotype.cell(kind))
    ]
    assert slots == expected


def test_figures_for_both_themes(tmp_path):
    genotype = CellSpace().random(2)
    shown = cell_figure(genotype)
    assert shown.alt == alternative_text(genotype)
    assert shown.light != shown.dark
    assert cell_figure(genotype).light == shown.light
    shown.save(tmp_path / "cell")
    for theme in plot.THEMES:
        assert ET.parse(tmp_path / f"cell-{theme}.svg").getroot().tag.endswith("svg")
    other = cell_figure(genotype, side_by_side=True)
    assert other.alt == shown.alt
    assert other.light != shown.light


def test_an_svg_stands_alone(tmp_path):
    genotype = CellSpace().random(2)
    for theme, ground in (("light", "#ffffff"), ("dark", "#121212")):
        root = ET.fromstring(svg(genotype, theme=theme))
        assert root.find("{*}title").text == alternative_text(genotype)
        assert ground in ET.tostring(root.find(".//{*}g[@id='patch_1']")).decode()
    save_svg(genotype, tmp_path / "cell.svg", space=CellSpace())
    assert (tmp_path / "cell.svg").read_bytes() == svg(genotype)
    with pytest.raises(ValueError, match=r"cannot be written: .*\.$"):
        save_svg(genotype, tmp_path / "nowhere" / "cell.svg")
    with pytest.raises(ValueError, match="theme must be one of light, dark"):
        svg(genotype, theme="blue")


def test_a_full_disk_leaves_the_drawing_that_was_there(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    save_svg(CellSpace().random(0), tmp_path / "cell.svg")
    before = (tmp_path / "cell.svg").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match=r"cell\.svg' cannot be written: No space left on device\.$"):
        save_svg(CellSpace().random(1), tmp_path / "cell.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["cell.svg"]
    assert (tmp_path / "cell.svg").read_bytes() == before


def test_one_cell_alone():
    space = CellSpace()
    cell = space.random(3).reduction
    alone = draw_cell(cell, space)
    assert [text for text, _ in boxes_of_texts(alone) if text.endswith(" cell")] == ["Normal cell"]
    both = draw_cell(Genotype(cell, cell), space)
    assert alone.get_size_inches()[1] < both.get_size_inches()[1]
    beside = draw_cell(Genotype(cell, cell), space, side_by_side=True)
    assert beside.get_size_inches()[0] == 2 * both.get_size_inches()[0]
    assert alternative_text(cell) == alternative_text(Genotype(cell))


def test_only_genotypes_of_the_space_are_drawn():
    genotype = CellSpace(nodes=3).random(0)
    for tell in (draw_cell, cell_figure, svg, alternative_text):
        with pytest.raises(GenotypeError, match="must have nodes: 5, but has 3"):
            tell(genotype, CellSpace())
        with pytest.raises(GenotypeError, match="must be a list"):
            tell(3)
    assert plt.get_fignums() == []
