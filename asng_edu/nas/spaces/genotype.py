"""A genotype: the cells of a network, written down as data.

A cell is a small graph. Each of its nodes reads a few earlier places, two in the article, applies an operation to each
reading and adds the results. So a node is a tuple of slots ``(input, operation)``, and a cell is the tuple of its
nodes. Inputs are numbered from the cell's own: of two, 0 is the output of the cell before the previous one, 1 that of
the previous cell, and 2 + j is node j of this cell.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from asng_edu._common import checks, files
from asng_edu._common.checks import short

Slot = tuple[int, str]
Node = tuple[Slot, ...]
Cell = tuple[Node, ...]

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def ordinal(place: int) -> str:
    """Return a place, counted from 0, as a word.

    >>> ordinal(0), ordinal(20)
    ('first', '21st')
    """
    place = checks.integer("place", place, 0, 10**9)
    if place < len(ORDINALS):
        return ORDINALS[place]
    number = place + 1
    return f"{number}{'th' if number // 10 % 10 == 1 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


class GenotypeError(ValueError):
    """A genotype that cannot be read, or is not one of the space; the message says why."""


class Genotype(NamedTuple):
    """The kinds of cell that a network is stacked from; ``()`` for a kind that it has none of.

    Attributes
    ----------
    normal : tuple of nodes
        The cell that keeps height and width; a node is ``((input, operation), …)``.
    reduction : tuple of nodes
        The cell that halves them.

    Notes
    -----
    Taught in chapter *The search space*. A named tuple with nothing else in it, as in DARTS (Liu et al. 2019,
    arXiv 1806.09055): it prints as what it is, compares, and can serve as a key.

    Examples
    --------
    >>> tiny = Genotype(normal=(((0, "identity"), (1, "max_pool_3x3")),))
    >>> tiny.to_json()
    {'normal': [[[0, 'identity'], [1, 'max_pool_3x3']]]}
    >>> Genotype.from_json(tiny.to_json()) == tiny
    True
    """

    normal: Cell = ()
    reduction: Cell = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of cell that are there, of "normal" and "reduction"."""
        return tuple(kind for kind in self._fields if not _is_empty(self.cell(kind)))

    def cell(self, kind: str) -> Cell:
        """Return the cell of a kind, "normal" or "reduction"."""
        found: Cell = getattr(self, checks.one_of("kind", kind, self._fields))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return dictionaries, lists, numbers and strings only; a kind without a cell is left out."""
        cells = {kind: parse_cell(kind, self.cell(kind)) for kind in self.kinds}
        return {kind: [[list(slot) for slot in node] for node in cell] for kind, cell in cells.items()}

    @classmethod
    def from_json(cls, value: Any) -> Genotype:
        """Return the genotype that :meth:`to_json` wrote.

        Whether its inputs exist and its operations are known, only a space can tell: ``space.check(genotype)``.

        Raises
        ------
        GenotypeError
            If ``value`` has not the form ``{"normal": [[[input, "operation"], …], …], …}``.
        """
        if not isinstance(value, dict):
            raise GenotypeError(f"a genotype must be a dictionary with the cells as lists, but is {short(value)}.")
        unknown = [kind for kind in value if kind not in cls._fields]
        if unknown:
            raise GenotypeError(
                f"a genotype has the kinds {', '.join(cls._fields)}, but this one names {short(unknown[0])}."
            )
        if not value:
            raise GenotypeError(f"a genotype must have a cell of a kind {' or '.join(cls._fields)}, but is empty.")
        return cls(**{kind: parse_cell(kind, cell) for kind, cell in value.items()})

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Genotype:
        """Return the genotype in a JSON file: one that :meth:`write` made, or the record of a search.

        Raises
        ------
        GenotypeError
            If the file cannot be read or holds no genotype.
        """
        value = read_json(path)
        try:
            return cls.from_json(value.get("genotype", value) if isinstance(value, dict) else value)
        except GenotypeError as error:
            raise GenotypeError(f"{str(path)!r} holds no genotype: {error}") from None

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the genotype as a JSON file, a node a line.

        Raises
        ------
        GenotypeError
            If the file cannot be written.
        """
        cells = [
            f"  {json.dumps(kind)}: [\n    " + ",\n    ".join(map(json.dumps, cell)) + "\n  ]"
            for kind, cell in self.to_json().items()
        ]
        try:
            files.replace(checks.path("the genotype", path), "{\n" + ",\n".join(cells) + "\n}\n")
        except OSError as error:
            raise GenotypeError(f"the genotype {str(path)!r} cannot be written: {error.strerror}.") from None


def _is_empty(cell: Any) -> bool:
    return isinstance(cell, tuple | list) and not cell


def parse_cell(kind: str, value: Any) -> Cell:
    """Return a cell as tuples, from tuples or lists."""
    if not isinstance(value, list | tuple) or not value:
        raise GenotypeError(f"the {kind} cell must be a list of one node or more, but is {short(value)}.")
    return tuple(_parse_node(kind, place, node) for place, node in enumerate(value))


def _parse_node(kind: str, place: int, node: Any) -> Node:
    where = f"node {place} of the {kind} cell"
    if not isinstance(node, list | tuple) or not node:
        raise GenotypeError(f"{where} must be pairs of an input and an operation, but is {short(node)}.")
    return tuple(_parse_slot(f"{ordinal(number)} ", where, slot) for number, slot in enumerate(node))


def _parse_slot(which: str, where: str, slot: Any) -> Slot:
    if not isinstance(slot, list | tuple) or len(slot) != 2:
        raise GenotypeError(f"the {which}of {where} must be a pair of an input and an operation, but is {short(slot)}.")
    source, operation = slot
    if type(source) is not int or source < 0:
        raise GenotypeError(f"the {which}input of {where} must be a whole number from 0 up, but is {short(source)}.")
    if not isinstance(operation, str):
        raise GenotypeError(f"the {which}operation of {where} must be a name, but is {short(operation)}.")
    return source, operation


def check_graph(cell: Any, inputs: int = 2) -> Cell:
    """Return a cell as tuples, if each of its nodes reads only what comes before it."""
    checks.integer("inputs", inputs, 1)
    parsed = parse_cell("given", cell)
    for place, node in enumerate(parsed):
        for source, _ in node:
            if source >= inputs + place:
                raise GenotypeError(
                    f"node {place} of a cell can read the inputs 0 to {inputs + place - 1}, but reads {short(source)}."
                )
    return parsed


def node_depths(cell: Cell, inputs: int = 2) -> tuple[int, ...]:
    """Return each node's depth: how many nodes the longest way from the cell's inputs to its sum passes, itself too.

    >>> node_depths((((0, "identity"), (1, "identity")), ((2, "identity"), (0, "identity"))))
    (1, 2)
    """
    depths: list[int] = []
    for node in check_graph(cell, inputs):
        depths.append(1 + max(depths[source - inputs] if source >= inputs else 0 for source, _ in node))
    return tuple(depths)


def loose_ends(cell: Cell, inputs: int = 2) -> tuple[int, ...]:
    """Return the nodes that no other node reads. The last node is always one.

    >>> loose_ends((((0, "identity"), (1, "identity")), ((0, "identity"), (1, "identity"))))
    (0, 1)
    """
    read = {source - inputs for node in check_graph(cell, inputs) for source, _ in node}
    return tuple(place for place in range(len(cell)) if place not in read)


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return what a JSON file holds: a genotype, or a record with one.

    Raises
    ------
    GenotypeError
        If the file cannot be read.
    """
    path = checks.path("the genotype", path)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise GenotypeError(f"the genotype {str(path)!r} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise GenotypeError(f"the genotype {str(path)!r} is not a JSON file, or is damaged.") from None


def search_record(path: str | os.PathLike[str]) -> Path:
    """Return the record of a search, given it or the folder of the run."""
    path = checks.path("the record", path)
    return path / "search.json" if path.is_dir() else path
