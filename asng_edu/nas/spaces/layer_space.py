"""A space of layers: a chain in which each layer chooses one operation."""

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
from asng_edu.nas.spaces.cell_checks import check_operations
from asng_edu.nas.spaces.genotype import GenotypeError, ordinal

if TYPE_CHECKING:  # they need torch
    from torch import Tensor

    from asng_edu.nas.supernet.layers import LayerNetwork
    from asng_edu.nas.supernet.mixture import Mixture

LAYER_OPERATIONS = ("identity", "conv_1x1", "conv_3x3", "sep_conv_5x5")


class Layers(NamedTuple):
    """The operations of a network's layers, first to last.

    >>> Layers(("conv_3x3", "identity")).to_json()
    {'layers': ['conv_3x3', 'identity']}
    """

    operations: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the operations as a list."""
        return {"layers": list(self.operations)}


class LayerDecision(NamedTuple):
    """Which operation a layer applies; layers are counted from 0."""

    layer: int
    options: tuple[str, ...]

    @property
    def size(self) -> int:
        """K, the number of operations."""
        return len(self.options)

    def __str__(self) -> str:
        return f"{ordinal(self.layer)} layer"


@SPACES.register("layers")
@dataclass(frozen=True)
class LayerSpace(Space[Layers]):
    """A space of chains: every layer applies one of the same few operations to the output of the layer before.

    Attributes
    ----------
    layers : int
        How many, from 1 to 100.
    operations : tuple of str
        Their names; each layer chooses one.
    halvings : int
        How often height and width are halved and the channels doubled: before layers at equal distances.

    Raises
    ------
    ValueError
        In a sentence, for anything else.

    Examples
    --------
    >>> space = LayerSpace(layers=3, operations=("identity", "conv_3x3"))
    >>> space.size, space.describe(Layers(("conv_3x3", "identity", "conv_3x3")))[0]
    (8, 'first layer: conv_3x3')
    """

    layers: int = option(6, "layers of the network")
    operations: tuple[str, ...] = option(LAYER_OPERATIONS, "operations to choose from", names)
    halvings: int = option(1, "times that height and width are halved and the channels doubled")

    keys: ClassVar[tuple[str, ...]] = ("layers",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", checks.integer("layers", self.layers, 1, MOST))
        object.__setattr__(self, "operations", check_operations(self.operations))
        object.__setattr__(self, "halvings", checks.integer("halvings", self.halvings, 0, min(8, self.layers)))

    @cached_property
    def decisions(self) -> tuple[LayerDecision, ...]:
        """One decision for each layer; none if there is a single operation."""
        several = len(self.operations) > 1
        return tuple(LayerDecision(layer, self.operations) for layer in range(self.layers) if several)

    def halved(self, layer: int) -> bool:
        """Return whether height and width are halved before a layer.

        >>> [layer for layer in range(6) if LayerSpace(layers=6, halvings=2).halved(layer)]
        [2, 4]
        """
        checks.integer("layer", layer, 0, self.layers - 1)
        return layer in {part * self.layers // (self.halvings + 1) for part in range(1, self.halvings + 1)}

    def check(self, choice: Layers) -> Layers:
        if not isinstance(choice, Layers):
            raise GenotypeError(f"an architecture of this space must be Layers, but is {short(choice)}.")
        return self._parse(choice.operations)

    def choice_from_json(self, value: Any) -> Layers:
        return self._parse(_operations(value))

    def _parse(self, operations: Any) -> Layers:
        if not isinstance(operations, list | tuple):
            raise GenotypeError(f"layers must be names of operations, but are {short(operations)}.")
        if len(operations) != self.layers:
            raise GenotypeError(f"layers must name {self.layers} operations, but name {len(operations)}.")
        for place, name in enumerate(operations):
            if not isinstance(name, str) or name not in self.operations:
                raise GenotypeError(
                    f"the operation of the {ordinal(place)} layer must be one of {', '.join(self.operations)}, "
                    f"but is {short(name)}."
                )
        return Layers(tuple(operations))

    def encode(self, choice: Layers) -> NDArray[np.int64]:
        operations = self.check(choice).operations if self.decisions else ()
        return np.array([self.operations.index(name) for name in operations], dtype=np.int64)

    def decode(self, c: ArrayLike) -> Layers:
        numbers = self.check_code(c).tolist() if self.decisions else [0] * self.layers
        return Layers(tuple(self.operations[number] for number in numbers))

    @classmethod
    def holding_json(cls, value: Any) -> tuple[LayerSpace, Layers]:
        operations = _operations(value)
        space = cls(layers=len(operations), operations=tuple(dict.fromkeys([*LAYER_OPERATIONS, *operations])))
        return space, space._parse(operations)

    def make_network(self, *, cells: int = 1, **options: Any) -> LayerNetwork:
        """Return the network; it has the space's own number of layers, whatever ``cells`` says."""
        from asng_edu.nas.supernet.layers import LayerNetwork

        return LayerNetwork(self, **options)

    def mixture(self, gates: Sequence[Tensor]) -> Mixture:
        from asng_edu.nas.supernet.mixture import Mixture

        return Mixture({"layers": [gate[None] for gate in self.check_gates(gates)]})


def _operations(value: Any) -> list[str]:
    """Return the names in the JSON of an architecture."""
    found = value.get("layers") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(found, list) or not found or not all(isinstance(name, str) for name in found):
        raise GenotypeError(f'an architecture of layers must be {{"layers": ["operation", …]}}, but is {short(value)}.')
    return found
