"""Cells as figures: what reads what, and which operation it applies.

The inputs stand at the left and the output at the right. In between, each node stands as far right as the longest way
to it is long. At its left are its slots, the first one highest, with the operation that each applies.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from asng_edu._common import checks, files
from asng_edu.nas.drawing import plot
from asng_edu.nas.drawing.arrangement import Line, Sizes, arrange
from asng_edu.nas.drawing.styles import colour, ink
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Cell, Genotype, GenotypeError
from asng_edu.nas.supernet.operations import OPERATIONS, Style, style_of

# In points. A browser shows the 518 as 691 pixels; on a telephone all is half as large, and still to be read.
WIDTH = 518.0
BETWEEN = 20.0  # the least room for the lines between two layers; a deep cell is wider
MARGIN = 8.0
PILL = 20.0  # height of a slot
SLOT = 12.5  # half the distance between two slots of a node
RADIUS = 12.0
INPUT = (70.0, 48.0)
SIZES = Sizes(input=INPUT[1] / 2, pill=PILL / 2, circle=RADIUS, slot=SLOT)
OUTPUT = 26.0
TITLE = 30.0
LEGEND = 8.0  # above it
FONT = 13.0
SMALL = 11.5


def draw_cell(genotype: Genotype | Cell, space: CellSpace | None = None, *, side_by_side: bool = False) -> Figure:
    """Draw the cells of a genotype, or one cell, in the current theme of :mod:`asng_edu.nas.drawing.plot`.

    Parameters
    ----------
    genotype : Genotype or cell
        What to draw.
    space : CellSpace, optional
        The space that it belongs to. By default one of the article's form.
    side_by_side : bool
        Whether two cells stand beside each other, or one below the other, which a narrow page can show.

    Raises
    ------
    ValueError
        If the genotype is none of the space.

    Notes
    -----
    Taught in chapter *The search space*. What the output does not depend on is hollow and dashed.

    Examples
    --------
    >>> draw_cell(CellSpace().random(rng=0)).get_size_inches()[0].item() > 7
    True
    """
    checks.boolean("side_by_side", side_by_side)
    genotype, space = _checked(genotype, space)
    used = {operation for kind in genotype.kinds for node in genotype.cell(kind) for _, operation in node}
    ordered = dict.fromkeys([*OPERATIONS, *space.operations])
    styles = {name: style_of(name, space.operations) for name in ordered if name in used}
    pill = max([44.0, *(text_width(each.short) + 10.0 for each in styles.values())])
    drawings = [_Drawing(space, kind, genotype.cell(kind), styles, pill) for kind in genotype.kinds]
    width = max(drawing.least_width for drawing in drawings)
    columns = len(drawings) if side_by_side else 1
    rows = [drawings[i : i + columns] for i in range(0, len(drawings), columns)]
    heights = [max(drawing.height for drawing in row) for row in rows]
    legend = _legend_places(styles, pill, width * columns)
    height = sum(heights) + max(y for _, y in legend) + PILL + MARGIN

    figure = plt.figure(figsize=(width * columns / 72, height / 72), layout="none")
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set(xlim=(0.0, width * columns), ylim=(height, 0.0))
    ax.set_axis_off()
    top = 0.0
    for row, high in zip(rows, heights, strict=True):
        for column, drawing in enumerate(row):
            drawing.draw(ax, column * width, top, width, high)
        top += high
    for (x, y), each in zip(legend, styles.values(), strict=True):
        _pill(ax, x, top + y + PILL / 2, pill, each)
        ax.text(x + pill + 7, top + y + PILL / 2, each.words, va="center_baseline", fontsize=FONT - 1)
    return figure


def cell_figure(
    genotype: Genotype | Cell, space: CellSpace | None = None, *, side_by_side: bool = False
) -> plot.ThemedFigure:
    """Draw cells in both themes, with an alternative text; see :func:`draw_cell`."""
    alt = alternative_text(genotype, space)
    return plot.figure(lambda: draw_cell(genotype, space, side_by_side=side_by_side), alt=alt)


def svg(
    genotype: Genotype | Cell, space: CellSpace | None = None, *, side_by_side: bool = False, theme: str = "light"
) -> bytes:
    """Return the drawing as an SVG file with a ground and a title of its own, to stand anywhere."""
    checks.one_of("theme", theme, plot.THEMES)
    draw = partial(draw_cell, genotype, space, side_by_side=side_by_side)
    return figure_svg(draw, alternative_text(genotype, space), theme)


def figure_svg(draw: Callable[[], Figure], title: str, theme: str) -> bytes:
    """Return what a function draws in a theme, as an SVG file with that theme's ground."""
    file = io.BytesIO()
    with plot.theme(theme):
        figure = draw()
        figure.savefig(file, format="svg", facecolor=plot.colour("ground"), metadata={"Date": None, "Title": title})
        plt.close(figure)
    return file.getvalue()


def save_svg(
    genotype: Genotype | Cell,
    path: str | os.PathLike[str],
    *,
    space: CellSpace | None = None,
    side_by_side: bool = False,
    theme: str = "light",
) -> None:
    """Write the drawing of :func:`svg` into a file.

    Raises
    ------
    ValueError
        If the genotype is none of the space, or the file cannot be written.
    """
    write_svg(path, svg(genotype, space, side_by_side=side_by_side, theme=theme))


def write_svg(path: str | os.PathLike[str], drawn: bytes) -> None:
    """Write an SVG into a file, or raise a ValueError that says why not."""
    try:
        files.replace(path, drawn)
    except OSError as error:
        raise ValueError(f"the drawing {str(path)!r} cannot be written: {error.strerror}.") from None


def alternative_text(genotype: Genotype | Cell, space: CellSpace | None = None) -> str:
    """Say in words what :func:`draw_cell` shows.

    >>> print(alternative_text(CellSpace(nodes=1, kinds=("normal",)).decode([1, 0, 0, 4])))
    Normal cell, 1 node, depth 1. Node 0 adds: identity of the previous cell; 3×3 max pooling of the cell before the
    previous. The output is node 0.
    """
    genotype, space = _checked(genotype, space)
    sentences = []
    for kind in genotype.kinds:
        cell = genotype.cell(kind)
        sentences.append(f"{_heading(kind)}, {_facts(space, cell)}.")
        for node, slots in enumerate(cell):
            read = [f"{style_of(operation).words} of {space.input_name(source)}" for source, operation in slots]
            sentences.append(f"Node {node} adds: {'; '.join(read)}.")
        outputs = space.outputs(cell)
        joined = f"joins nodes {', '.join(map(str, outputs))}" if len(outputs) > 1 else f"is node {outputs[0]}"
        sentences.append(f"The output {joined}.")
        dead = [f"node {node}" for node in range(len(cell)) if node not in space.live(cell)]
        dead += [space.input_name(source) for source in space.unread(cell)]
        if dead:
            sentences.append(f"Without effect: {', '.join(dead)}.")
    return " ".join(sentences)


@cache
def text_width(text: str, size: float = FONT, weight: str = "normal") -> float:
    """Return the width of a text, in points."""
    return float(TextPath((0, 0), text, size=size, prop=FontProperties(weight=weight)).get_extents().width)


class _Drawing:
    """One cell, arranged when it is made, and then drawn into a rectangle of a figure."""

    def __init__(self, space: CellSpace, kind: str, cell: Cell, styles: dict[str, Style], pill: float) -> None:
        self.space, self.kind, self.cell, self.styles, self.pill = space, kind, cell, styles, pill
        self.live = set(space.live(cell))
        self.plan = arrange(cell, space.inputs, space.outputs(cell), SIZES)
        self.columns = max(self.plan.layers)
        self.node_width = pill + 6 + 2 * RADIUS
        self.taken = INPUT[0] + self.columns * self.node_width + OUTPUT + 2 * MARGIN
        self.least_width = max(WIDTH, self.taken + BETWEEN * (self.columns + 1))
        halves = [SIZES.input] * space.inputs + [SIZES.node(len(slots)) for slots in cell]
        bends = [bend for line in self.plan.lines for bend in line.bends]
        self.highest = min([y - half for y, half in zip(self.plan.y, halves, strict=True)] + bends)
        self.lowest = max([y + half for y, half in zip(self.plan.y, halves, strict=True)] + bends)
        self.height = TITLE + self.lowest - self.highest + 2 * MARGIN

    def draw(self, ax: Axes, left: float, top: float, width: float, height: float) -> None:
        self.ax, self.left = ax, left + MARGIN
        self.between = (width - self.taken) / (self.columns + 1)
        shift = top + (TITLE + height - self.lowest - self.highest) / 2
        self.y = [y + shift for y in self.plan.y]
        self.lines = [line._replace(bends=tuple(y + shift for y in line.bends)) for line in self.plan.lines]
        self._title(top + MARGIN + 8)
        for source in range(len(self.y)):
            lines = [line for line in self.lines if line.source == source]
            for line in lines:  # the ground parts them from the lines of other sources, which they cross
                self._line(line, lw=6.0, edgecolor=plot.colour("ground"))
            for line in lines:
                if line.operation is None:
                    self._line(line, lw=1.6, edgecolor=plot.colour("muted"))
                else:
                    self._line(line, edgecolor=colour(self.styles[line.operation]), **self._stroke(line.node))
        for source in range(self.space.inputs):
            self._input(source)
        for node in range(len(self.cell)):
            self._node(node)
        self._output()

    def _begin(self, layer: int) -> float:
        """Return where a layer begins: the inputs' at 0, then the nodes', then the output's."""
        return self.left + (INPUT[0] + self.between + (layer - 1) * (self.node_width + self.between) if layer else 0)

    def _end(self, layer: int) -> float:
        return self._begin(layer) + (self.node_width if layer else INPUT[0])

    def _stroke(self, node: int | None) -> dict[str, Any]:
        return {"lw": 2.4} if node in self.live else {"lw": 1.4, "ls": (0, (3, 2))}

    def _title(self, y: float) -> None:
        heading, facts = _heading(self.kind), _facts(self.space, self.cell)
        if len(self.live) < len(self.cell) or self.space.unread(self.cell):
            facts += ", dashed: without effect"
        self.ax.text(self.left, y, heading, fontsize=14, weight="bold", va="center_baseline")
        after = self.left + text_width(heading, 14, "bold") + 12
        self.ax.text(after, y, facts, fontsize=FONT - 1, color=plot.colour("muted"), va="center_baseline")

    def _line(self, line: Line, **style: Any) -> None:
        layer = self.plan.layers[line.source]
        points = [(self._end(layer), self.y[line.source])]
        for passed, y in enumerate(line.bends, start=layer + 1):
            points += [(self._begin(passed), y), (self._end(passed), y)]
        if line.node is None or line.slot is None:
            points.append((self._begin(self.columns + 1), points[-1][1]))
        else:
            place, below = self.space.inputs + line.node, SIZES.offsets(len(self.cell[line.node]))[line.slot]
            points.append((self._begin(self.plan.layers[place]), self.y[place] + below))
        (x, y), *others = points
        vertices, codes = [(x - 6, y), (x, y)], [Path.MOVETO, Path.LINETO]  # from below what it leaves
        for i, (next_x, next_y) in enumerate(others):
            if i % 2:  # straight through a layer
                vertices.append((next_x, next_y))
                codes.append(Path.LINETO)
            else:
                middle = (x + next_x) / 2
                vertices += [(middle, y), (middle, next_y), (next_x, next_y)]
                codes += [Path.CURVE4] * 3
            x, y = next_x, next_y
        self.ax.add_patch(PathPatch(Path(vertices, codes), facecolor="none", capstyle="butt", **style))

    def _input(self, source: int) -> None:
        back = self.space.inputs - source
        name = {1: "previous\ncell", 2: "cell\nbefore the\nprevious"}.get(back, f"cell\n{back} back")
        unread = source in self.space.unread(self.cell)
        muted, y = plot.colour("muted"), self.y[source]
        style: dict[str, Any] = {"edgecolor": muted, "lw": 1.4, "ls": (0, (3, 2)) if unread else "solid"}
        _box(self.ax, self.left, y - INPUT[1] / 2, *INPUT, 6.0, facecolor=plot.colour("ground"), **style)
        ink = muted if unread else plot.colour("text")
        self.ax.text(
            self.left + INPUT[0] / 2, y, name, color=ink, fontsize=SMALL, linespacing=1.05, ha="center", va="center"
        )

    def _node(self, node: int) -> None:
        place = self.space.inputs + node
        x, y = self._begin(self.plan.layers[place]), self.y[place]
        middle = x + self.node_width - RADIUS
        live = node in self.live
        slots = self.cell[node]
        for (_, operation), dy in zip(slots, SIZES.offsets(len(slots)), strict=True):
            stub = Path([(x + self.pill - 4, y + dy), (middle - 4, y)])
            self.ax.add_patch(PathPatch(stub, edgecolor=colour(self.styles[operation]), **self._stroke(node)))
            _pill(self.ax, x, y + dy, self.pill, self.styles[operation], live)
        ink, face = plot.colour("text"), plot.colour("ground")
        self.ax.add_patch(Circle((middle, y), RADIUS, facecolor=ink if live else face, edgecolor=ink, lw=1.0))
        _centred(self.ax, middle, y, str(node), face if live else ink, weight="bold")

    def _output(self) -> None:
        ends = [line.bends[-1] if line.bends else self.y[line.source] for line in self.lines if line.node is None]
        middle = (min(ends) + max(ends)) / 2
        height = max(66.0, max(ends) - min(ends) + 24)
        x, face, edge = self._begin(self.columns + 1), plot.colour("ground"), plot.colour("muted")
        _box(self.ax, x, middle - height / 2, OUTPUT, height, 6.0, facecolor=face, edgecolor=edge, lw=1.4)
        self.ax.text(x + OUTPUT / 2, middle, "output", fontsize=FONT - 1, ha="center", va="center", rotation=90)


def _checked(genotype: Genotype | Cell, space: CellSpace | None) -> tuple[Genotype, CellSpace]:
    """Return a genotype, made from a bare cell if need be, and its space."""
    if space is not None:
        checks.instance("space", space, CellSpace, "a CellSpace")
    if not isinstance(genotype, Genotype):
        genotype = Genotype.from_json({"normal": genotype})
        space = None if space is None else replace(space, kinds=("normal",))
    space = CellSpace.holding(genotype) if space is None else space
    if not genotype.kinds:
        raise GenotypeError("a drawing needs a cell, but this genotype has none.")
    return space.check(genotype), space


def _heading(kind: str) -> str:
    return f"{kind.capitalize()} cell"


def _facts(space: CellSpace, cell: Cell) -> str:
    return f"{len(cell)} node{'s' if len(cell) > 1 else ''}, depth {space.depth(cell)}"


def _legend_places(styles: dict[str, Style], pill: float, width: float) -> list[tuple[float, float]]:
    """Return where each entry of the legend begins: downwards, in columns as wide as the widest."""
    widest = max(pill + 7 + text_width(each.words, FONT - 1) + 20 for each in styles.values())
    columns = max(1, int((width - 2 * MARGIN + 20) / widest))
    rows = -(-len(styles) // columns)
    return [(MARGIN + i // rows * widest, LEGEND + i % rows * (PILL + 6)) for i in range(len(styles))]


def _pill(ax: Axes, x: float, y: float, width: float, style: Style, live: bool = True) -> None:
    edge = colour(style)
    face, text = (edge, ink(style)) if live else (plot.colour("ground"), edge)
    _box(ax, x, y - PILL / 2, width, PILL, PILL / 2, facecolor=face, edgecolor=edge, lw=1.0)
    _centred(ax, x + width / 2, y, style.short, text)


def _centred(ax: Axes, x: float, y: float, text: str, colour: str, weight: str = "normal") -> None:
    ax.text(x, y, text, color=colour, fontsize=FONT, weight=weight, ha="center", va="center_baseline")


def _box(ax: Axes, x: float, y: float, width: float, height: float, corner: float, **style: Any) -> None:
    ax.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=f"round,pad=0,rounding_size={corner}", **style))
