"""The network of a space of bits: convolutions that read earlier layers or not, and units of two activations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from asng_edu.nas.spaces.bit_space import BitSpace, Connection
from asng_edu.nas.spaces.option_space import Options
from asng_edu.nas.supernet.base import SearchNetwork, add
from asng_edu.nas.supernet.convolutions import batch_norm, conv_bn
from asng_edu.nas.supernet.mixture import Mixture

KERNEL = 3


class BitNetwork(SearchNetwork):
    """A stem, layers of units and a linear classifier of the last; as the supernet of all bits, or of given ones.

    Layer l computes h = BN(Σ W_ls * y_s), over the layer before it and those sources s whose bit is on, and of each
    unit one of the two activations a₀ and a₁, by its bit b: y_l = (1 − b)·a₀(h) + b·a₁(h). A unit is a channel.

    Parameters
    ----------
    space : BitSpace
    channels : int
        Of the stem.
    classes, image_channels, genotype, affine
        As for :class:`asng_edu.nas.Network`.
    auxiliary : bool
        Must be False: there is no auxiliary head.

    Raises
    ------
    ValueError
        For numbers out of range, or an architecture outside the space.

    Notes
    -----
    Connections that are off run nothing, and the network of given bits does not have them. Taught in chapter
    *Structures made of bits*.

    Examples
    --------
    >>> space = BitSpace(layers=3, layer_units=4)
    >>> BitNetwork(space, channels=4)(torch.zeros(2, 3, 8, 8), space.random(0)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        space: BitSpace,
        *,
        channels: int = 16,
        classes: int = 10,
        image_channels: int = 3,
        genotype: Options | None = None,
        affine: bool = False,
        auxiliary: bool = False,
    ) -> None:
        super().__init__(
            space, genotype, channels=channels, classes=classes, image_channels=image_channels, affine=affine,
            auxiliary=auxiliary,
        )  # fmt: skip
        self.space: BitSpace
        if self.genotype is None:
            wired: set[Connection] = set(space.connections)
        else:
            wired = {c for c, option in zip(space.connections, self.genotype.options, strict=False) if option == "on"}
        self.activations = [_activation(name) for name in space.activations]
        self.stem = nn.Sequential(conv_bn(image_channels, channels, KERNEL, 1, affine), nn.ReLU())
        self.norms = nn.ModuleList(batch_norm(space.layer_units, affine) for _ in range(space.layers))
        widths = [channels, *[space.layer_units] * space.layers]
        self.wires = nn.ModuleList(
            nn.ModuleDict(
                {
                    str(source): nn.Conv2d(widths[source], widths[layer], KERNEL, padding=KERNEL // 2, bias=False)
                    for source in range(layer)
                    if source == layer - 1 or (layer, source) in wired
                }
            )
            for layer in range(1, space.layers + 1)
        )
        self.classifier = nn.Linear(space.layer_units, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self,
        x: Tensor,
        choice: Options | Mixture | Sequence[Tensor] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return the logits of a batch, (B, classes); see :meth:`asng_edu.nas.Network.forward`."""
        x = self.prepare(x)
        chosen = self.choose(choice)
        shares = self._shares(chosen, x)
        on = {
            connection: taken["on"]
            for connection, taken in zip(self.space.connections, self.space.weights(chosen), strict=False)
            if "on" in taken
        }
        outputs = [self.stem(x)]
        for layer, norm in enumerate(self.norms, start=1):
            wires = cast(nn.ModuleDict, self.wires[layer - 1])
            terms = [wires[str(layer - 1)](outputs[layer - 1])]
            terms += [
                weight * wires[str(source)](outputs[source])
                for (reader, source), weight in on.items()
                if reader == layer
            ]
            h = norm(add(terms))
            outputs.append(add([share * a(h) for share, a in zip(shares[layer - 1], self.activations, strict=True)]))
        logits: Tensor = self.classifier(outputs[-1].mean(dim=(2, 3)))
        return logits

    def _shares(self, chosen: Options | Mixture, like: Tensor) -> Tensor:
        """Return how much each unit takes of both activations, (layers, 2, units, 1, 1): of a path 0 or 1."""
        first, space = len(self.space.connections), self.space
        if isinstance(chosen, Mixture):
            rows = torch.stack(list(chosen.weights["options"][first:]))
        else:
            rows = torch.eye(2, dtype=like.dtype)[space.encode(chosen)[first:]]
        return rows.to(like.device, like.dtype).reshape(space.layers, space.layer_units, 2, 1, 1).transpose(1, 2)


def _activation(name: str) -> Callable[[Tensor], Tensor]:
    """Return an activation by its name."""
    return nn.Identity() if name == "identity" else getattr(functional, name)
