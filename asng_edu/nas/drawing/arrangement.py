"""Where the nodes and lines of a cell are drawn: in layers, with few crossings and little bending.

The way of Sugiyama et al. (1981, doi:10.1109/TSMC.1981.4308636): a node stands in the layer of its depth; a line that
passes a layer without stopping gets a place of its own there, a bend; the order within the layers is improved until no
swap of neighbours removes a crossing; and then all are moved as near to what they are joined to as the room allows.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from asng_edu.nas.spaces.genotype import Cell, node_depths

ATTEMPTS = 12  # orders to start from
ROUNDS = 16


class Line(NamedTuple):
    """A line from a place to a slot of a node, or to the output.

    Attributes
    ----------
    source : int
        Where it begins, numbered as the inputs of a genotype.
    node, slot : int or None
        Where it ends; None for the output.
    operation : str or None
        What the slot does.
    bends : tuple of float
        Its y in each layer that it passes between its ends; to the output also in the last layer.
    """

    source: int
    node: int | None
    slot: int | None
    operation: str | None
    bends: tuple[float, ...] = ()


class Arrangement(NamedTuple):
    """Layer and y of every place, inputs first and then nodes, and the lines. Larger y is further down."""

    layers: tuple[int, ...]
    y: tuple[float, ...]
    lines: tuple[Line, ...]


class Sizes(NamedTuple):
    """What has to keep apart, in points.

    Attributes
    ----------
    input, pill, circle : float
        Half heights of an input, of the pill that stands in a slot, and of the circle with a node's number.
    slot : float
        Half the distance between two neighbouring slots of a node.
    line, gap : float
        Room between two lines from one source, and between all else.
    """

    input: float
    pill: float
    circle: float
    slot: float
    line: float = 6.0
    gap: float = 13.0

    def offsets(self, slots: int) -> list[float]:
        """Return how far below the middle of a node each of its slots lies, the first one highest.

        >>> Sizes(input=24.0, pill=10.0, circle=12.0, slot=12.5).offsets(3)
        [-25.0, 0.0, 25.0]
        """
        return [(2 * slot - slots + 1) * self.slot for slot in range(slots)]

    def node(self, slots: int) -> float:
        """Return half the height of a node with so many slots."""
        return max(self.circle, self.offsets(slots)[-1] + self.pill)


class _Joint(NamedTuple):
    """A piece of a line, from an item of one layer to an item of the next."""

    start: int
    end: int
    offset: float  # of the line's end from the item's middle
    side: float  # the same, from −1 for the highest slot of a node to 1 for the lowest
    weight: float


def arrange(cell: Cell, inputs: int, outputs: Sequence[int], sizes: Sizes) -> Arrangement:
    """Return where to draw a cell whose output joins the nodes ``outputs``. The same cell gives the same answer."""
    layers = [0] * inputs + list(node_depths(cell, inputs))
    places = len(layers)
    last = max(layers)
    lines = [
        Line(source, node, slot, operation)
        for node, slots in enumerate(cell)
        for slot, (source, operation) in enumerate(slots)
    ]
    lines += [Line(inputs + node, None, None, None) for node in outputs]

    # Items are the places, and after them the bends; of each bend the line's source is kept.
    half = [sizes.input] * inputs + [sizes.node(len(slots)) for slots in cell]
    joints: dict[int, list[_Joint]] = defaultdict(list)  # by the layer in which they start
    sources: dict[int, int] = {}
    bends: list[list[int]] = []
    for line in lines:
        end = last + 1 if line.node is None else layers[inputs + line.node]
        passed = range(layers[line.source] + 1, end)
        bends.append(list(range(len(layers), len(layers) + len(passed))))
        layers += passed
        half += [0.0] * len(passed)
        sources.update(dict.fromkeys(bends[-1], line.source))
        way = [line.source, *bends[-1]]
        for start, stop in pairwise(way):
            joints[layers[start]].append(_Joint(start, stop, 0.0, 0.0, 10.0 if start in sources else 1.0))
        if line.node is not None and line.slot is not None:
            offsets = sizes.offsets(len(cell[line.node]))
            offset = offsets[line.slot]
            side = offset / offsets[-1] if offset else 0.0
            joints[layers[way[-1]]].append(_Joint(way[-1], inputs + line.node, offset, side, 1.0))

    def apart(upper: int, lower: int) -> float:
        together = upper in sources and sources.get(lower) == sources[upper]
        return half[upper] + half[lower] + (sizes.line if together else sizes.gap)

    best: tuple[tuple[int, float], list[float]] | None = None
    draw = random.Random(0)
    for attempt in range(ATTEMPTS if len(layers) < 100 else 1):
        order = [[item for item, layer in enumerate(layers) if layer == which] for which in range(last + 1)]
        for items in order[1:]:
            if attempt:
                draw.shuffle(items)
        crossings = _improve(order, joints)
        y = _settle(order, joints, apart)
        bending = sum(abs(y[j.end] + j.offset - y[j.start]) for some in joints.values() for j in some)
        if best is None or (crossings, bending) < best[0]:
            best = (crossings, bending), y
    assert best is not None  # there is at least one attempt
    y = best[1]
    return Arrangement(
        tuple(layers[:places]),
        tuple(y[:places]),
        tuple(line._replace(bends=tuple(y[item] for item in bend)) for line, bend in zip(lines, bends, strict=True)),
    )


def _crossings(joints: Sequence[_Joint], place: dict[int, float]) -> int:
    """Return how many of the joints between two layers cross."""
    ends = [(place[j.start], place[j.end] + 0.2 * j.side) for j in joints]
    return sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(ends) for c, d in ends[:i])


def _improve(order: list[list[int]], joints: dict[int, list[_Joint]]) -> int:
    """Reorder the items of all layers but the first, and return how many crossings are left."""
    place = {item: float(i) for items in order for i, item in enumerate(items)}
    before, after = defaultdict(list), defaultdict(list)
    for some in joints.values():
        for joint in some:
            before[joint.end].append(joint.start)
            after[joint.start].append(joint.end)

    def number(items: Sequence[int]) -> None:
        place.update((item, float(i)) for i, item in enumerate(items))

    for turn in range(6):  # to the mean place of what they are joined to, going right and left in turn
        neighbours = after if turn % 2 else before
        for items in reversed(order[1:]) if turn % 2 else order[1:]:
            means = {i: [place[n] for n in neighbours[i]] or [place[i]] for i in items}
            items.sort(key=lambda item: sum(means[item]) / len(means[item]))
            number(items)
    better = True
    while better:
        better = False
        for layer, items in enumerate(order[1:], start=1):
            around = [joints[layer - 1], joints[layer]]
            now = sum(_crossings(some, place) for some in around)
            for i in range(len(items) - 1):
                items[i], items[i + 1] = items[i + 1], items[i]
                number(items)
                then = sum(_crossings(some, place) for some in around)
                if then < now:
                    now, better = then, True
                else:
                    items[i], items[i + 1] = items[i + 1], items[i]
                    number(items)
    return sum(_crossings(some, place) for some in joints.values())


def _settle(order: list[list[int]], joints: dict[int, list[_Joint]], apart: Callable[[int, int], float]) -> list[float]:
    """Return the y of every item: in its order, kept apart, and as near to what it is joined to as that allows."""
    y = [0.0] * sum(map(len, order))
    pulls: dict[int, list[tuple[int, float, float]]] = defaultdict(list)  # item: (other item, offset, weight)
    for joint in (joint for some in joints.values() for joint in some):
        pulls[joint.end].append((joint.start, -joint.offset, joint.weight))
        pulls[joint.start].append((joint.end, joint.offset, joint.weight))
    gaps = [[apart(upper, lower) for upper, lower in pairwise(items)] for items in order]
    for items, between in zip(order, gaps, strict=True):
        middle = sum(between) / 2
        for item, above in zip(items, accumulate(between, initial=0.0), strict=True):
            y[item] = above - middle
    for turn in range(ROUNDS):
        for which in reversed(range(len(order))) if turn % 2 else range(len(order)):
            wanted, weights = [], []
            for item in order[which]:
                weight = sum(w for _, _, w in pulls[item])
                pulled = sum(w * (y[other] + offset) for other, offset, w in pulls[item])
                wanted.append(pulled / weight if weight else y[item])
                weights.append(weight or 0.01)
            for item, moved in zip(order[which], nearest(wanted, weights, gaps[which]), strict=True):
                y[item] = moved
    return y


def nearest(wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Return the y that minimise Σ weight·(y − wanted)² with y[i+1] − y[i] ≥ gaps[i] (by pooling adjacent violators).

    >>> nearest([0.0, 0.0, 9.0], [1.0, 1.0, 1.0], [2.0, 2.0])
    [-1.0, 1.0, 9.0]
    """
    above = list(accumulate(gaps, initial=0.0))
    pools: list[tuple[float, float, int]] = []  # mean of (wanted − above), weight, number of items
    for want, weight, shift in zip(wanted, weights, above, strict=True):
        mean, total, count = want - shift, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, items = pools.pop()
            mean, total, count = (mean * total + other * more) / (total + more), total + more, count + items
        pools.append((mean, total, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + shift for mean, shift in zip(means, above, strict=True)]
