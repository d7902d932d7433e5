"""The exercises of chapter *The search space*: counting, telling networks apart, loose ends, depth, modes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Cell, Genotype
from asng_edu.nas.spaces.isomorphism import canonical, renumberings

PAIRS = np.array([0.5, 0.4, 0.1])  # of each slot of a node: the probabilities of what it reads and applies


def _four_nodes() -> float:
    operations = tuple(f"operation_{i}" for i in range(7))
    return float(CellSpace(nodes=4, operations=operations).size)


def pairs_of_cells(seed: int, nodes: int, operations: int, count: int) -> list[tuple[Cell, Cell, bool]]:
    """Return pairs of cells that are the same network in another code, or differ in one decision."""
    rng = np.random.default_rng(seed)
    space = CellSpace(nodes=nodes, operations=CellSpace().operations[:operations], kinds=("normal",))
    found: list[tuple[Cell, Cell, bool]] = []
    while len(found) < count:
        cell = space.random(rng).normal
        others = sorted(renumberings(cell))
        other = others[rng.integers(len(others))]
        same = len(found) % 2 == 0
        if not same:
            c = space.encode(Genotype(normal=other))
            at = rng.integers(len(c))
            c[at] = (c[at] + 1 + rng.integers(space.decisions[at].size - 1)) % space.decisions[at].size
            other = space.decode(c).normal
            if canonical(other) == canonical(cell):  # the change has made an equal cell after all
                continue
        swapped = tuple(node[::-1] if rng.random() < 0.5 else node for node in other)
        found.append((cell, swapped, same))
    return found


def _same(same: Callable[..., Any]) -> str | None:
    for nodes, operations in ((1, 5), (2, 2), (3, 3), (5, 2), (5, 5)):
        for one, other, expected in pairs_of_cells(nodes, nodes, operations, 20):
            given = same(one, other)
            if not isinstance(given, bool | np.bool_):
                return f"the function must return True or False, but returns {given!r:.60}."
            if given != expected:
                what = "are the same network" if expected else "are different networks"
                return f"these two {what}: {one} and {other}."
    return None


def expected_loose_ends(nodes: int) -> float:
    """Return the mean number of nodes that no later node reads, every code being equally likely."""
    unread = (math.prod((1 - 1 / (later + 2)) ** 2 for later in range(node + 1, nodes)) for node in range(nodes))
    return sum(unread)


def _loose_ends(formula: Callable[..., Any]) -> str | None:
    for nodes in (1, 2, 3, 5, 8, 40):
        given, expected = float(formula(nodes)), expected_loose_ends(nodes)
        if not math.isclose(given, expected, rel_tol=1e-9):
            wrong = "small" if given < expected else "large"
            return f"with {nodes} node{'s' if nodes > 1 else ''} it gives {given:.6g}, which is too {wrong}."
    return None


def deepest(nodes: int) -> float:
    """Return the probability that a random cell is as deep as it has nodes."""
    return math.prod(1 - (1 - 1 / (node + 2)) ** 2 for node in range(1, nodes))


def _most_probable_network() -> float:
    both = np.outer(PAIRS, PAIRS)
    return float(np.max(np.where(np.eye(len(PAIRS)) > 0, both, both + both.T)))


def enlarged() -> dict[str, float]:
    """Return the sizes of the article's space after each of the changes of the choice exercise."""
    article = CellSpace()
    return {
        "a": float(CellSpace(operations=(*article.operations, "another")).size),
        "b": float(CellSpace(nodes=article.nodes + 1).size),
        "c": float(CellSpace(kinds=("normal",)).size ** 3),
        "d": float(CellSpace(inputs=article.inputs + 1).size),
    }


def _largest() -> str:
    sizes = enlarged()
    return max(sizes, key=lambda letter: sizes[letter])


EXERCISES = {
    "search-space-1": Exercise(
        Number(_four_nodes),
        (
            "Count the settings of one slot, then of a node, of a cell, of two kinds of cell.",
            "A slot of node i has i + 2 places to read from, and 7 operations to apply.",
            "((N + 1)! · M^N) squared is one cell. There are two kinds of cell.",
        ),
    ),
    "search-space-2": Exercise(
        _same,
        (
            "Give each cell a code that does not depend on its slots' order or its nodes' numbers, and compare these.",
            "Go through all orders of the nodes that keep each after what it reads; sort the slots; take the least.",
        ),
    ),
    "search-space-3": Exercise(
        _loose_ends,
        (
            "Node i reads node j with one slot with probability 1/(i + 2). When does nobody read node j?",
            "The product of ((i + 1)/(i + 2))² over i = j + 1 … N − 1 shortens to one fraction.",
        ),
    ),
    "search-space-4": Exercise(
        Number(lambda: deepest(5), tolerance=5e-3),
        (
            "The deepest cell has one node at each depth. What must node i then read?",
            "Node i reads node i − 1 with at least one of its two slots: 1 − (1 − 1/(i + 2))².",
            "The nodes are independent: multiply over i = 1 … 4. Node 0 is always at depth one.",
        ),
    ),
    "search-space-5": Exercise(
        Number(_most_probable_network),
        (
            "There are three networks with two different pairs, and three with the same pair twice.",
            "Two different pairs come up in two orders.",
            "Compare 0.5² for A twice with 2 · 0.5 · 0.4 for A and B.",
        ),
    ),
    "search-space-6": Exercise(
        Choice(
            _largest,
            {
                "a": f"twenty decisions get a sixth option: a factor of (6/5)²⁰, which is {(6 / 5) ** 20:.0f}.",
                "b": "a node brings new decisions and new places to read, a factor of 35⁴. But one change brings more.",
                "c": "Ten slots more, each with all that a slot can choose: the count of one kind of cell, once more.",
                "d": "each input has one option more, and the options multiply to (7/2)⁴ times as many.",
            },
        ),
        (
            "What adds an option to a decision multiplies little. What adds decisions multiplies more.",
            "Write each change into (C1), or give it to CellSpace. What does the exponent 4 count?",
            "The two kinds are the square of one. A third makes it a cube: a factor of the root of 2.56 × 10²⁵.",
        ),
    ),
}
