"""Which codes describe the same network, and how many different networks a space holds.

A node adds what its slots read, so their order means nothing; and a node's number matters only in that it comes
after what it reads. So most networks have many codes. The codes of one network are counted by going through the
orders in which its nodes can be numbered, the networks by Burnside's lemma.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, permutations, product

from asng_edu._common import checks
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Cell, check_graph

Shape = tuple[tuple[int, ...], ...]  # for each node its inputs in order, the smallest first


def renumberings(cell: Cell, inputs: int = 2) -> set[Cell]:
    """Return the cells that differ from ``cell`` in the numbers of its nodes only, each node with sorted slots.

    Parameters
    ----------
    cell : tuple of nodes
        Of a genotype.
    inputs : int
        How many inputs a cell has beside its nodes.

    Raises
    ------
    ValueError
        If the cell has more than eight nodes: the time grows like their factorial.

    Notes
    -----
    Taught in chapter *The search space*.

    Examples
    --------
    Two nodes that do not read each other can change their numbers.

    >>> len(renumberings((((0, "identity"), (1, "identity")), ((0, "identity"), (0, "identity")))))
    2
    """
    cell = check_graph(cell, inputs)
    if len(cell) > 8:
        raise ValueError(
            f"a cell must have at most 8 nodes for its numberings to be gone through, but has {len(cell)}."
        )
    found = set()
    for order in permutations(range(len(cell))):
        place = {inputs + node: inputs + number for number, node in enumerate(order)}
        renamed = tuple(
            tuple(sorted((place.get(source, source), name) for source, name in cell[node])) for node in order
        )
        if all(source < inputs + number for number, node in enumerate(renamed) for source, _ in node):
            found.add(renamed)
    return found


def canonical(cell: Cell, inputs: int = 2) -> Cell:
    """Return the one of a cell's codes that stands for all: two cells are the same network if theirs are equal.

    Notes
    -----
    Taught in chapter *The search space*.

    Examples
    --------
    >>> canonical((((1, "identity"), (0, "identity")),))
    (((0, 'identity'), (1, 'identity')),)
    """
    return min(renumberings(cell, inputs))


def codes(cell: Cell, inputs: int = 2) -> int:
    """Return how many codes describe the same network as ``cell``, itself among them.

    Notes
    -----
    Taught in chapter *The search space*.

    Examples
    --------
    >>> codes((((0, "identity"), (1, "identity")), ((0, "identity"), (0, "identity"))))
    4
    """
    cell = check_graph(cell, inputs)
    return len(renumberings(cell, inputs)) * math.prod(_orders(node) for node in cell)


def networks(space: CellSpace, depth: int | None = None) -> int:
    """Return how many different networks a space holds, exactly.

    Networks are the same if their codes differ in the order of slots and in the numbers of nodes only. They compute
    the same then, with the same number of weights, except that a supernet holds different weights for them.

    Parameters
    ----------
    space : CellSpace
        With the output "unused" and no fixed slots: elsewhere numbers and slots do have a meaning.
    depth : int, optional
        Count only networks whose cells, of every kind, are so deep.

    Raises
    ------
    ValueError
        If the space is none of these, or has more than six nodes: the time grows like the square of their factorial.

    Notes
    -----
    A *shape* is a cell without its operations. For each shape that is different from the others, Burnside's lemma
    counts the choices of operations that are different: the mean, over the renumberings that leave the shape as it
    is, of how many choices each of them leaves as they are. Taught in chapter *The search space*.

    Examples
    --------
    >>> space = CellSpace(nodes=2, kinds=("normal",))
    >>> space.size, networks(space)
    (22500, 5115)
    >>> sum(networks(space, depth) for depth in (1, 2))
    5115
    """
    checks.instance("space", space, CellSpace, "a CellSpace")
    if space.fixed or space.output != "unused":
        raise ValueError("networks are counted in spaces without fixed slots and with the output 'unused' only.")
    if space.chain:
        raise ValueError("networks are counted in spaces without a chain, which gives the nodes' numbers a meaning.")
    if space.nodes > 6 or space.nodes * space.slots > 12:
        raise ValueError(
            "networks are counted in spaces of at most 6 nodes and 12 slots, but this one has "
            f"{space.nodes} and {space.nodes * space.slots}."
        )
    if depth is not None:
        depth = checks.integer("depth", depth, 0)
    by_depth = _count(space.nodes, space.slots, space.inputs, len(space.operations))
    found = sum(by_depth.values()) if depth is None else by_depth.get(depth, 0)
    return int(found ** len(space.kinds))


@cache
def _count(nodes: int, slots: int, inputs: int, operations: int) -> dict[int, int]:
    """Return for each depth how many different cells there are."""
    seen: set[Shape] = set()
    found: dict[int, int] = {}
    reads = [list(combinations_with_replacement(range(inputs + node), slots)) for node in range(nodes)]
    for shape in product(*reads):
        if shape in seen:
            continue
        same = list(_renamed_shapes(shape, inputs))
        seen.update(other for _, other in same)
        symmetries = [numbers for numbers, other in same if other == shape]
        fixed = sum(_fixed_choices(shape, numbers, inputs, operations) for numbers in symmetries)
        depth = _depth(shape, inputs)
        found[depth] = found.get(depth, 0) + fixed // len(symmetries)  # Burnside's lemma
    return found


def _renamed_shapes(shape: Shape, inputs: int) -> Iterator[tuple[tuple[int, ...], Shape]]:
    """Yield all ways to number a shape's nodes: the new number of each place, and the shape that results."""
    for order in permutations(range(len(shape))):
        numbers = list(range(inputs)) + [0] * len(order)
        for number, node in enumerate(order):
            numbers[inputs + node] = inputs + number
        renamed = []
        for number, node in enumerate(order):
            sources = tuple(sorted(numbers[source] for source in shape[node]))
            if sources[-1] >= inputs + number:
                break
            renamed.append(sources)
        else:
            yield tuple(numbers), tuple(renamed)


def _fixed_choices(shape: Shape, numbers: tuple[int, ...], inputs: int, operations: int) -> int:
    """Return how many choices of operations look the same after a renumbering that leaves the shape as it is.

    What a node reads from one input, through one slot or several that nothing tells apart, is a group: a choice for it
    is a multiset of operations. Groups that the renumbering takes round to one another must choose alike.
    """
    groups = {(node, source): count for node, sources in enumerate(shape) for source, count in Counter(sources).items()}
    choices = 1
    while groups:
        start, count = groups.popitem()
        choices *= math.comb(operations + count - 1, count)
        at = start
        while (at := (numbers[inputs + at[0]] - inputs, numbers[at[1]])) != start:
            del groups[at]
    return choices


def _depth(shape: Shape, inputs: int) -> int:
    depths = [0] * inputs
    for sources in shape:
        depths.append(1 + max(depths[source] for source in sources))
    return max(depths)


def _orders(node: tuple[tuple[int, str], ...]) -> int:
    """Return in how many orders a node's slots can stand."""
    return math.factorial(len(node)) // math.prod(math.factorial(count) for count in Counter(node).values())
