"""A space of bits: which of two activations each unit has, and which earlier layers each layer reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from asng_edu._common import checks
from asng_edu._common.options import names, option
from asng_edu.nas.spaces.base import MOST, SPACES
from asng_edu.nas.spaces.option_space import OneOf, OptionSpace

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.supernet.bits import BitNetwork

ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid", "elu", "gelu", "silu")
MOST_UNITS = 1000  # of a layer


class Connection(NamedTuple):
    """A connection that a bit decides: ``layer`` reads ``source``. Layers are counted from 1; 0 is the stem.

    >>> print(Connection(3, 0), Connection(3, 1), sep="; ")
    layer 3 from the stem; layer 3 from layer 1
    """

    layer: int
    source: int

    def __str__(self) -> str:
        return f"layer {self.layer} from {f'layer {self.source}' if self.source else 'the stem'}"


@SPACES.register("bits")
@dataclass(frozen=True)
class BitSpace(OptionSpace):
    """A space in which every decision is a bit, a category of two: θ is a vector of Bernoulli probabilities.

    A layer always reads the layer before it. From each earlier one, the stem among them, a bit says whether it reads
    that too, over weights of its own. After these sums another bit says for each unit, a channel, which of two
    activations it has.

    Attributes
    ----------
    layers : int
        L, how many, from 1 to 100; so L(L − 1)/2 bits are connections.
    layer_units : int
        U, how many each layer has, from 1 to 1000; so LU bits are activations.
    activations : tuple of str
        The two that a unit chooses from, first that of bit 0: of identity, relu, tanh, sigmoid, elu, gelu and silu.

    Raises
    ------
    ValueError
        In a sentence, for anything else.

    Notes
    -----
    After Shirakawa, Iwata and Akimoto (AAAI 2018). Taught in chapter *Structures made of bits*. Bits come in this
    order: connections, layer by layer; then units, layer by layer.

    Examples
    --------
    >>> space = BitSpace(layers=3, layer_units=2)
    >>> len(space.decisions), space.connections
    (9, (Connection(layer=2, source=0), Connection(layer=3, source=0), Connection(layer=3, source=1)))
    >>> space.describe([1, 0, 0] + 6 * [1])[0], space.describe([1, 0, 0] + 6 * [1])[-1]
    ('layer 2 from the stem: on', 'layer 3, unit 2: relu')
    """

    layers: int = option(4, "layers of the network", least=1, most=MOST)
    layer_units: int = option(16, "units of each layer", least=1, most=MOST_UNITS)
    activations: tuple[str, ...] = option(("tanh", "relu"), "the two activations of a unit, bit 0 and bit 1", names)

    def __post_init__(self) -> None:
        super().__post_init__()
        given: Any = self.activations
        pair = isinstance(given, list | tuple) and len(given) == 2 and all(type(name) is str for name in given)
        if not pair or given[0] == given[1] or not set(given) <= set(ACTIVATIONS):
            raise ValueError(
                f"activations must be two different ones of {', '.join(ACTIVATIONS)}, but are {checks.short(given)}."
            )
        object.__setattr__(self, "activations", tuple(given))

    @cached_property
    def connections(self) -> tuple[Connection, ...]:
        """The connections that bits decide, in their order."""
        return tuple(Connection(layer, source) for layer in range(1, self.layers + 1) for source in range(layer - 1))

    @cached_property
    def decisions(self) -> tuple[OneOf, ...]:
        """All D = L(L − 1)/2 + LU bits."""
        places = [(layer, unit) for layer in range(1, self.layers + 1) for unit in range(1, self.layer_units + 1)]
        return (
            *(OneOf(str(connection), ("off", "on")) for connection in self.connections),
            *(OneOf(f"layer {layer}, unit {unit}", self.activations) for layer, unit in places),
        )

    def make_network(self, *, cells: int = 1, **options: Any) -> BitNetwork:
        """Return the network; it has the space's layers and units: ``channels`` are those of the stem."""
        from asng_edu.nas.supernet.bits import BitNetwork

        return BitNetwork(self, **options)
