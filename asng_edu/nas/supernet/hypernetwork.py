"""A supernet whose 1×1 kernels are written, for each architecture anew, by a second network that reads it."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from asng_edu._common import checks
from asng_edu.nas.supernet.base import SearchNetwork


class Hypernetwork(nn.Module):
    """Writes a kernel for each of several places, given the code of an architecture.

    Two layers turn the code, one-hot decision by decision, into a vector h of mean 0 and variance 1. Each place has an
    embedding e, and all kernels of one shape share a matrix W: the kernel is (h ⊙ e) W.

    Parameters
    ----------
    sizes : sequence of int
        How many options each decision has.
    shapes : mapping of str to (out, in)
        The places and the shapes of their kernels.
    width : int
        The length of h.
    generator : torch.Generator
        Draws the first parameters, such that kernels are of the size that PyTorch gives them.
    """

    def __init__(
        self, sizes: list[int], shapes: dict[str, tuple[int, int]], width: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.shapes = sorted(set(shapes.values()))
        self.places = [[name for name in shapes if shapes[name] == shape] for shape in self.shapes]

        def normal(rows: int, columns: int, variance: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(rows, columns, generator=generator) * math.sqrt(variance))

        self.options = normal(sum(sizes), width, 1 / len(sizes))
        self.hidden = normal(width, width, 2 / width)
        self.embeddings = nn.ParameterList(normal(len(names), width, 1.0) for names in self.places)
        self.writers = nn.ParameterList(normal(width, n * m, 1 / (3 * m * width)) for n, m in self.shapes)

    def forward(self, code: Any) -> dict[str, Tensor]:
        """Return the kernel of each place, (out, in, 1, 1), for a code of shape (D,)."""
        chosen = torch.from_numpy(self.starts + np.asarray(code)).to(self.options.device)
        h = self.options[chosen].sum(dim=0).relu() @ self.hidden
        h = nn.functional.layer_norm(h, h.shape)
        kernels: dict[str, Tensor] = {}
        for shape, names, e, writer in zip(self.shapes, self.places, self.embeddings, self.writers, strict=True):
            written = ((h * e) @ writer).reshape(len(names), *shape, 1, 1)
            kernels.update(zip(names, written, strict=True))
        return kernels


class WrittenNetwork(SearchNetwork):
    """A supernet with a hypernetwork that writes all of its 1×1 kernels; everything else it learns as ever.

    Parameters
    ----------
    supernet : SearchNetwork
        Of any space. Its own 1×1 kernels are taken out.
    width : int
        Of the hypernetwork.
    seed : int
        Of its first parameters.

    Raises
    ------
    ValueError
        If the network is that of one architecture, or has no 1×1 convolution.

    Examples
    --------
    >>> from asng_edu.nas import LayerSpace
    >>> space = LayerSpace(layers=2, operations=("identity", "conv_1x1"))
    >>> network = WrittenNetwork(space.make_network(channels=4), width=8, seed=0)
    >>> network(torch.zeros(2, 3, 8, 8), space.decode([1, 0])).shape
    torch.Size([2, 10])
    """

    def __init__(self, supernet: SearchNetwork, width: int, seed: int) -> None:
        nn.Module.__init__(self)  # the supernet has been checked when it was made
        checks.instance("supernet", supernet, SearchNetwork, "a network, as space.make_network() returns one")
        if supernet.genotype is not None:
            raise ValueError("a hypernetwork writes the kernels of a supernet, but this is one architecture's network.")
        self.space, self.genotype = supernet.space, None
        self.image_channels, self.drop_path = supernet.image_channels, 0.0
        pointwise = {f"{name}.weight": part for name, part in supernet.named_modules() if _is_pointwise(part)}
        if not pointwise:
            raise ValueError("a hypernetwork writes 1×1 kernels, but none of this space's operations has one.")
        shapes = {name: (conv.out_channels, conv.in_channels) for name, conv in pointwise.items()}
        sizes = [decision.size for decision in self.space.decisions]
        generator = torch.Generator().manual_seed(seed)
        self.hypernetwork = Hypernetwork(sizes, shapes, checks.integer("width", width, 1, 2**16), generator)
        for conv in pointwise.values():
            conv.weight = nn.Parameter(conv.weight.new_empty(0))  # holds the place of what will be written
        self.supernet = supernet

    def forward(self, x: Tensor, choice: Any = None, *, generator: torch.Generator | None = None) -> Any:
        """Return the logits of a batch along one path."""
        return functional_call(self.supernet, self._kernels(choice), (x, choice))

    def _kernels(self, choice: Any) -> dict[str, Tensor]:
        if not hasattr(choice, "to_json"):
            raise ValueError("a hypernetwork writes the kernels of one architecture: give it a path, not gates.")
        kernels: dict[str, Tensor] = self.hypernetwork(self.space.encode(choice))
        return kernels

    def with_weights_of(self, genotype: Any) -> SearchNetwork:
        network = copy.deepcopy(self.supernet)
        for name, kernel in self._kernels(genotype).items():
            network.get_submodule(name.rpartition(".")[0]).weight = nn.Parameter(kernel.detach().clone())
        return network


def _is_pointwise(module: nn.Module) -> bool:
    return isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1) and module.groups == 1
