"""The search space as data: which cells there are, and how a cell becomes a vector of categories and back.

A space is a few numbers and names; its decisions, its size and its distribution follow from them. Nothing here computes
with images, so an operation is only a name: what it does stands in :mod:`asng_edu.nas.supernet.operations`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu._common.checks import short
from asng_edu._common.options import names, option
from asng_edu.nas.spaces.base import MOST, SPACES, Space
from asng_edu.nas.spaces.cell_checks import Fixed, check_fixed, check_names, check_operations
from asng_edu.nas.spaces.genotype import (
    Cell,
    GenotypeError,
    Slot,
    check_graph,
    loose_ends,
    node_depths,
    ordinal,
    parse_cell,
)
from asng_edu.nas.spaces.genotype import Genotype as Genotype

if TYPE_CHECKING:  # they need torch
    from torch import Tensor

    from asng_edu.nas.supernet.mixture import Mixture
    from asng_edu.nas.supernet.network import Network

ARTICLE_OPERATIONS = ("identity", "sep_conv_3x3", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3")
OUTPUTS = ("unused", "last")


class Decision(NamedTuple):
    """One thing that a search decides, one categorical variable.

    Attributes
    ----------
    kind : str
        Of which cell: "normal" or "reduction".
    node, slot : int
        Where in it; slot 0 is the node's first input and its operation.
    what : str
        "input" or "operation".
    options : tuple of str
        The K choices in words.
    """

    kind: str
    node: int
    slot: int
    what: str
    options: tuple[str, ...]

    @property
    def size(self) -> int:
        """K, the number of choices."""
        return len(self.options)

    def __str__(self) -> str:
        return f"{self.kind} cell, node {self.node}, {ordinal(self.slot)} {self.what}"


def chain(nodes: int, inputs: int = 2) -> Fixed:
    """Return fixed slots that make the first slot of every node read the node before, and of node 0 the previous cell.

    So no cell is less deep than it has nodes.

    >>> chain(3)
    ((0, 0, 1), (1, 0, 2), (2, 0, 3))
    """
    nodes, inputs = checks.integer("nodes", nodes, 1, MOST), checks.integer("inputs", inputs, 1, MOST)
    return tuple((node, 0, inputs - 1 + node) for node in range(nodes))


@SPACES.register("cells")
@dataclass(frozen=True)
class CellSpace(Space[Genotype]):
    """A space of cells. The defaults are the article's (section 3.2, after ENAS).

    Attributes
    ----------
    nodes : int
        How many nodes a cell has.
    operations : tuple of str
        Their names; each slot of a node chooses one.
    kinds : tuple of str
        Which kinds of cell are decided: "normal", "reduction" or both.
    inputs : int
        How many earlier cells a cell reads. The last of its inputs is the previous cell.
    fixed : tuple of (node, slot, input)
        Slots that always read that input, in cells of every kind; only their operation is decided. See :func:`chain`.
    output : {"unused", "last"}
        What a cell puts out: all nodes that no other node reads, concatenated and mixed, or its last node.
    share_inputs : bool
        Whether an operation of a node has, in the supernet, the same weights whichever input it reads.
    slots : int
        How many inputs a node reads, each through an operation; their values are added.
    chain : bool
        Whether the first slot of every node reads the node before, as in :func:`chain`.

    Raises
    ------
    ValueError
        In a sentence, for anything else.

    Notes
    -----
    Taught in chapter *The search space*. The categorical variables are ordered by kind, node and slot; of a slot the
    input comes before the operation. What has one option only is not a variable.

    Examples
    --------
    >>> space = CellSpace()
    >>> len(space.decisions), space.options, space.n_theta
    (40, 180, 140)
    >>> f"{space.size:.2e}"
    '2.56e+25'

    Another operation, another number of nodes: one line.

    >>> CellSpace(nodes=3, operations=(*ARTICLE_OPERATIONS, "conv_1x1"), kinds=("normal",)).size
    26873856
    """

    nodes: int = option(5, "intermediate nodes of a cell")
    operations: tuple[str, ...] = option(ARTICLE_OPERATIONS, "operations to choose from", names)
    kinds: tuple[str, ...] = option(Genotype._fields, "kinds of cell: normal, reduction or both", names)
    inputs: int = option(2, "earlier cells that a cell reads")
    fixed: Fixed = ()
    output: str = option("unused", "what a cell puts out: its last node, or all its unused ones")
    share_inputs: bool = option(False, "the inputs of a node share an operation's weights")
    slots: int = option(2, "inputs that a node reads")
    chain: bool = option(False, "the first input of each node is the node before it")

    keys: ClassVar[tuple[str, ...]] = Genotype._fields

    def __post_init__(self) -> None:
        for name in ("nodes", "inputs", "slots"):
            object.__setattr__(self, name, checks.integer(name, getattr(self, name), 1, MOST))
        object.__setattr__(self, "operations", check_operations(self.operations))
        object.__setattr__(self, "kinds", check_names("kinds", self.kinds))
        for kind in self.kinds:
            checks.one_of("kinds", kind, Genotype._fields)
        object.__setattr__(self, "fixed", check_fixed(self.fixed, self.nodes, self.slots, self.inputs))
        checks.one_of("output", self.output, OUTPUTS)
        for name in ("share_inputs", "chain"):
            checks.boolean(name, getattr(self, name))

    # The decisions.

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """All D decisions, in the order of the categorical variables."""
        return tuple(
            Decision(kind, node, slot, what, options)
            for kind in self.kinds
            for node in range(self.nodes)
            for slot in range(self.slots)
            for what, options in (
                ("input", tuple(map(self.input_name, self.choices(node, slot)))),
                ("operation", self.operations),
            )
            if len(options) > 1
        )

    def choices(self, node: int, slot: int) -> tuple[int, ...]:
        """Return the inputs that a slot of a node can read: all earlier ones, or the fixed one."""
        checks.integer("node", node, 0, self.nodes - 1)
        checks.integer("slot", slot, 0, self.slots - 1)
        fixed = tuple(source for where, which, source in self.fixed if (where, which) == (node, slot))
        if not fixed and self.chain and slot == 0:
            fixed = (self.inputs - 1 + node,)
        return fixed or tuple(range(self.inputs + node))

    def input_name(self, source: int) -> str:
        """Return in words what an input is."""
        if checks.integer("source", source, 0, self.inputs + self.nodes - 1) >= self.inputs:
            return f"node {source - self.inputs}"
        back = self.inputs - source
        return {1: "the previous cell", 2: "the cell before the previous"}.get(back, f"the cell {back} back")

    # Genotypes.

    def check(self, genotype: Genotype) -> Genotype:
        """Return a genotype, as tuples, if it is one of this space.

        Raises
        ------
        GenotypeError
            If not; the message says where it leaves the space.
        """
        if not isinstance(genotype, Genotype):
            raise GenotypeError(f"genotype must be a Genotype, but is {short(genotype)}.")
        if genotype.kinds != tuple(kind for kind in Genotype._fields if kind in self.kinds):
            raise GenotypeError(
                f"a genotype of this space has the cells {', '.join(self.kinds)}, "
                f"but this one has {', '.join(genotype.kinds) or 'none'}."
            )
        return Genotype(**{kind: self._check_cell(kind, genotype.cell(kind)) for kind in genotype.kinds})

    def _check_cell(self, kind: str, value: Any) -> Cell:
        cell = parse_cell(kind, value)
        if len(cell) != self.nodes:
            raise GenotypeError(f"the {kind} cell must have nodes: {self.nodes}, but has {len(cell)}.")
        for place, node in enumerate(cell):
            if len(node) != self.slots:
                raise GenotypeError(
                    f"node {place} of the {kind} cell must have slots: {self.slots}, but has {len(node)}."
                )
            for slot, (source, operation) in enumerate(node):
                where = f"of node {place} of the {kind} cell"
                choices = self.choices(place, slot)
                if source not in choices:
                    accepted = f"{choices[0]} to {choices[-1]}" if len(choices) > 1 else f"{choices[0]}, which is fixed"
                    raise GenotypeError(
                        f"the {ordinal(slot)} input {where} must be one that exists, {accepted}, "
                        f"but is {short(source)}."
                    )
                if operation not in self.operations:
                    raise GenotypeError(
                        f"the {ordinal(slot)} operation {where} must be one of {', '.join(self.operations)}, "
                        f"but is {short(operation)}."
                    )
        return cell

    def encode(self, genotype: Genotype) -> NDArray[np.int64]:
        """Return c, shape (D,): for each decision the number of the option that the genotype takes.

        Raises
        ------
        GenotypeError
            If the genotype is none of this space.
        """
        genotype = self.check(genotype)
        c = np.empty(len(self.decisions), dtype=np.int64)
        for i, (kind, node, slot, what, _) in enumerate(self.decisions):
            source, operation = genotype.cell(kind)[node][slot]
            c[i] = source if what == "input" else self.operations.index(operation)
        return c

    def decode(self, c: ArrayLike) -> Genotype:
        """Return the genotype of a vector c, shape (D,), such as a sample or the mode of :meth:`categorical`.

        Raises
        ------
        ValueError
            If c has another shape or an entry outside its options.

        Examples
        --------
        >>> CellSpace(nodes=1, kinds=("normal",)).decode([1, 0, 0, 4])
        Genotype(normal=(((1, 'identity'), (0, 'max_pool_3x3')),), reduction=())
        """
        numbers = iter(self.check_code(c).tolist())

        def slot(node: int, which: int) -> Slot:
            choices = self.choices(node, which)
            source = choices[next(numbers) if len(choices) > 1 else 0]
            return source, self.operations[next(numbers) if len(self.operations) > 1 else 0]

        def cell() -> Cell:
            return tuple(tuple(slot(node, s) for s in range(self.slots)) for node in range(self.nodes))

        return Genotype(**{kind: cell() for kind in self.kinds})

    def choice_from_json(self, value: Any) -> Genotype:
        return self.check(Genotype.from_json(value))

    # The graph of a cell.

    def outputs(self, cell: Cell) -> tuple[int, ...]:
        """Return the nodes that the cell's output is made of."""
        return loose_ends(cell, self.inputs) if self.output == "unused" else (len(check_graph(cell, self.inputs)) - 1,)

    def live(self, cell: Cell) -> tuple[int, ...]:
        """Return the nodes that the cell's output depends on. With the output "unused", those are all."""
        seen = set(self.outputs(cell))
        for place in reversed(range(len(cell))):
            if place in seen:
                seen.update(source - self.inputs for source, _ in cell[place] if source >= self.inputs)
        return tuple(sorted(seen))

    def unread(self, cell: Cell) -> tuple[int, ...]:
        """Return the inputs of the cell that its output does not depend on."""
        cell = check_graph(cell, self.inputs)
        read = {source for place in self.live(cell) for source, _ in cell[place]}
        return tuple(source for source in range(self.inputs) if source not in read)

    def depth(self, cell: Cell) -> int:
        """Return how many nodes the longest way through the cell passes, from its inputs to its output."""
        depths = node_depths(cell, self.inputs)
        return max(depths[place] for place in self.outputs(cell))

    # The network.

    def make_network(self, **options: Any) -> Network:
        from asng_edu.nas.supernet.network import Network

        return Network(self, **options)

    def mixture(self, gates: Sequence[Tensor]) -> Mixture:
        from asng_edu.nas.supernet.mixture import mixture_of_cells

        return mixture_of_cells(self, gates)

    @classmethod
    def holding_json(cls, value: Any) -> tuple[CellSpace, Genotype]:
        genotype = Genotype.from_json(value)
        return cls.holding(genotype), genotype

    @classmethod
    def holding(cls, genotype: Genotype) -> CellSpace:
        """Return a space of the article's form that the genotype belongs to, with its kinds, nodes and slots.

        Raises
        ------
        GenotypeError
            If there is none: cells differ in the number of nodes, nodes in that of slots, or one reads what is not.
        """
        if not isinstance(genotype, Genotype):
            raise GenotypeError(f"genotype must be a Genotype, but is {short(genotype)}.")
        if not genotype.kinds:
            raise GenotypeError("genotype must have a cell, but has none.")
        cells = [parse_cell(kind, genotype.cell(kind)) for kind in genotype.kinds]
        used = dict.fromkeys(operation for cell in cells for node in cell for _, operation in node)
        space = cls(
            nodes=max(map(len, cells)),
            operations=tuple(dict.fromkeys([*ARTICLE_OPERATIONS, *used])),
            kinds=genotype.kinds,
            slots=max(len(node) for cell in cells for node in cell),
        )
        space.check(genotype)
        return space
