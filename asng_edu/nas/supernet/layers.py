"""The network of a space of layers: a stem, a chain of chosen operations, a linear classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from asng_edu.nas.spaces.layer_space import Layers, LayerSpace
from asng_edu.nas.supernet.base import SearchNetwork, add
from asng_edu.nas.supernet.convolutions import FactorisedReduction, conv_bn
from asng_edu.nas.supernet.mixture import Mixture
from asng_edu.nas.supernet.operations import make


class LayerNetwork(SearchNetwork):
    """A chain of layers, as the supernet of all choices or as the network of one.

    Parameters
    ----------
    space : LayerSpace
    channels : int
        Of the first layers; each halving of height and width doubles them.
    classes, image_channels, genotype, affine
        As for :class:`asng_edu.nas.Network`.
    auxiliary : bool
        Must be False: there is no auxiliary head.

    Raises
    ------
    ValueError
        For numbers out of range, or an architecture outside the space.

    Examples
    --------
    >>> space = LayerSpace(layers=3, operations=("identity", "conv_3x3"))
    >>> LayerNetwork(space, channels=4)(torch.zeros(2, 3, 8, 8), space.random(0)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        space: LayerSpace,
        *,
        channels: int = 16,
        classes: int = 10,
        image_channels: int = 3,
        genotype: Layers | None = None,
        affine: bool = False,
        auxiliary: bool = False,
    ) -> None:
        super().__init__(
            space, genotype, channels=channels, classes=classes, image_channels=image_channels, affine=affine,
            auxiliary=auxiliary,
        )  # fmt: skip
        self.space: LayerSpace
        self.genotype: Layers | None
        self.stem = conv_bn(image_channels, channels, 3, 1, affine)
        self.halve = nn.ModuleDict()
        self.layers = nn.ModuleList()
        for layer in range(space.layers):
            if space.halved(layer):
                reduction = FactorisedReduction(channels, 2 * channels, affine)
                self.halve[str(layer)] = nn.Sequential(nn.ReLU(), reduction)
                channels *= 2
            names = space.operations if self.genotype is None else (self.genotype.operations[layer],)
            self.layers.append(nn.ModuleDict({name: make(name, channels, 1, affine) for name in names}))
        self.classifier = nn.Linear(channels, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self,
        x: Tensor,
        choice: Layers | Mixture | Sequence[Tensor] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return the logits of a batch, (B, classes); see :meth:`asng_edu.nas.Network.forward`."""
        x = self.prepare(x)
        chosen = self.choose(choice)
        x = self.stem(x)
        for layer in range(self.space.layers):
            operations = cast(nn.ModuleDict, self.layers[layer])
            if str(layer) in self.halve:
                x = self.halve[str(layer)](x)
            if isinstance(chosen, Mixture):
                weights = chosen.weights["layers"][layer][0]
                runs = chosen.runs["layers"][layer][0]
                terms = [weights[k] * operations[self.space.operations[k]](x) for k in runs.nonzero()[0]]
                x = add(terms) if terms else torch.zeros_like(x)
            else:
                x = operations[chosen.operations[layer]](x)
        logits: Tensor = self.classifier(x.relu().mean(dim=(2, 3)))
        return logits
