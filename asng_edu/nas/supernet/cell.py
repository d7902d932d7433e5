"""A cell: a few nodes, each of which adds what its slots chose, between the cell's inputs and its one output.

The same modules serve one sampled path, which runs its own operations only, and the weighted mixture of all paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Cell as Path
from asng_edu.nas.supernet.base import add, copy_weights
from asng_edu.nas.supernet.convolutions import FactorisedReduction, batch_norm, conv_bn
from asng_edu.nas.supernet.mixture import Mixture
from asng_edu.nas.supernet.operations import make


class SlicedMix(nn.Conv2d):
    """ReLU and a 1×1 convolution of whichever nodes are given: its weight has a slice for each node."""

    def __init__(self, nodes: Iterable[int], channels: int) -> None:
        self.place = {node: place for place, node in enumerate(nodes)}
        super().__init__(len(self.place) * channels, channels, 1, bias=False)

    def slice_of(self, node: int) -> Tensor:
        """Return the part of the weight that reads a node."""
        return self.weight.chunk(len(self.place), dim=1)[self.place[node]]

    def forward(self, nodes: dict[int, Tensor], scale: Sequence[Tensor] | None = None) -> Tensor:  # type: ignore[override]
        """Return the mix of the ``nodes``, the slice of node i multiplied by ``scale[i]``."""
        slices = self.weight.chunk(len(self.place), dim=1)
        used = [slices[self.place[node]] for node in nodes]
        if scale is not None:
            used = [part * scale[node] for part, node in zip(used, nodes, strict=True)]
        return nn.functional.conv2d(torch.cat(list(nodes.values()), dim=1).relu(), torch.cat(used, dim=1))


class Cell(nn.Module):
    """One cell of a network.

    Parameters
    ----------
    space : CellSpace
        What there is to choose.
    kind : str
        "normal", or "reduction": then operations that read an input of the cell have stride 2.
    before : sequence of (channels, halvings)
        Of each input: how many channels it has, and how often its height and width are to be halved to become those
        of the last input.
    channels : int
        Of every node and of the output.
    affine : bool
        See :func:`asng_edu.nas.supernet.convolutions.batch_norm`.
    path : tuple of nodes, optional
        Build the operations of this path only, not all.

    Notes
    -----
    Taught in chapter *The supernet and the search*.
    """

    def __init__(
        self,
        space: CellSpace,
        kind: str,
        before: Sequence[tuple[int, int]],
        channels: int,
        *,
        affine: bool,
        path: Path | None = None,
    ) -> None:
        super().__init__()
        self.space, self.kind, self.channels = space, kind, channels
        # A network of its own has weights and statistics for each input: sharing them is for the search alone.
        self.share_inputs = space.share_inputs and path is None
        self.inputs = nn.ModuleList(_adapt(width, channels, halvings, affine) for width, halvings in before)
        self.operations = nn.ModuleDict()
        nodes = range(space.nodes) if path is None else space.live(path)
        #: Which node applies which operation to which input.
        self.applied = [(n, *pair) for n in nodes for pair in (self._options(n) if path is None else path[n])]
        for node, source, name in self.applied:
            place = self._place(node, source, name)
            if place not in self.operations:
                self.operations[place] = make(name, channels, self._stride(source), affine)
        if space.output == "unused":
            self.mix = SlicedMix(range(space.nodes) if path is None else space.outputs(path), channels)
            self.norm = batch_norm(channels, affine)

    def inherit(self, other: Cell) -> None:
        """Take over the weights that a supernet's cell has for this cell's path."""
        copy_weights(self.inputs, other.inputs)
        for node, source, name in self.applied:
            theirs = other.operations[other._place(node, source, name)]
            copy_weights(self.operations[self._place(node, source, name)], theirs)
        if self.space.output == "unused":
            for node in self.mix.place:
                self.mix.slice_of(node).copy_(other.mix.slice_of(node))

    def _options(self, node: int) -> list[tuple[int, str]]:
        """Return every input and operation that one of the node's slots can choose."""
        sources = {source for slot in range(self.space.slots) for source in self.space.choices(node, slot)}
        return [(source, name) for source in sorted(sources) for name in self.space.operations]

    def _stride(self, source: int) -> int:
        return 2 if self.kind == "reduction" and source < self.space.inputs else 1

    def _place(self, node: int, source: int, name: str) -> str:
        """Return under which name the module stands that a node applies to one of its inputs.

        With shared weights it is the same for all inputs that need the same stride.
        """
        whose = f"stride{self._stride(source)}" if self.share_inputs else f"input{source}"
        return f"node{node}_{whose}_{name}"

    def forward(self, inputs: Sequence[Tensor], choice: Path | Mixture, kept: Tensor | None = None) -> Tensor:
        """Return the cell's output, (B, channels, H, W), given its inputs after ReLU.

        ``kept`` holds the factors of drop-path, (nodes, slots, B, 1, 1, 1).
        """
        states = {place: adapt(x) for place, (adapt, x) in enumerate(zip(self.inputs, inputs, strict=True))}
        scale = None
        if isinstance(choice, Mixture):
            out = self._mixed_outputs(choice)
            self._run_mixture(states, choice, out)
            scale = choice.unused.get(self.kind)
        else:
            self._run_path(states, choice, kept)
            out = self.space.outputs(choice)
        nodes = {node: states[self.space.inputs + node] for node in out}
        output: Tensor = nodes[out[-1]] if self.space.output == "last" else self.norm(self.mix(nodes, scale))
        return output

    def _run_path(self, states: dict[int, Tensor], path: Path, kept: Tensor | None) -> None:
        """Add the nodes' values to ``states``, running only the operations of the path."""
        apply = self._once_each(states)
        for node in self.space.live(path):
            terms = []
            for slot, (source, name) in enumerate(path[node]):
                value = apply(node, source, name)
                handed_on = value is states[source]
                terms.append(value if kept is None or handed_on else value * kept[node, slot])
            states[self.space.inputs + node] = add(terms)

    def _mixed_outputs(self, mixture: Mixture) -> tuple[int, ...]:
        """Return the nodes that the cell's output is made of."""
        if self.space.output == "last":
            return (self.space.nodes - 1,)
        counted = mixture.counted.get(self.kind, (True,) * self.space.nodes)
        if not any(counted):
            raise ValueError("a mixture must take at least one node into the output, but takes none.")
        return tuple(node for node, counts in enumerate(counted) if counts)

    def _run_mixture(self, states: dict[int, Tensor], mixture: Mixture, out: Sequence[int]) -> None:
        """Add to ``states`` the nodes that the output depends on, running only what has a weight that is not zero."""
        apply = self._once_each(states)
        inputs, names = self.space.inputs, self.space.operations
        weights, runs = mixture.weights[self.kind], mixture.runs[self.kind]
        needed = set(out)
        for node in reversed(range(self.space.nodes)):
            if node in needed:
                needed.update(source - inputs for source in range(inputs, inputs + node) if runs[node][source].any())
        for node in sorted(needed):
            pairs = zip(*runs[node].nonzero(), strict=True)
            terms = [weights[node][source, k] * apply(node, source, names[k]) for source, k in pairs]
            states[inputs + node] = add(terms) if terms else self._nothing(states[0])

    def _nothing(self, state: Tensor) -> Tensor:
        """Return the value of a node that reads nothing, given an input of the cell."""
        height, width = state.shape[-2:]
        if self.kind == "reduction":
            height, width = (height + 1) // 2, (width + 1) // 2
        return state.new_zeros(len(state), self.channels, height, width)

    def _once_each(self, states: dict[int, Tensor]) -> Callable[[int, int, str], Tensor]:
        """Return a function that applies a node's operation to a state; what has been computed is not run again.

        An operation without weights, such as pooling, gives all nodes the same, so one of them runs it for all.
        """
        done: dict[tuple[str, int], Tensor] = {}

        def apply(node: int, source: int, name: str) -> Tensor:
            place = self._place(node, source, name)
            module = self.operations[place]
            key = (name if next(module.parameters(), None) is None else place, source)
            if key not in done:
                done[key] = module(states[source])
            return done[key]

        return apply


def _adapt(before: int, channels: int, halvings: int, affine: bool) -> nn.Module:
    """Return what brings an input of the cell, after ReLU, to its number of channels and to its height and width."""
    if halvings == 0:
        return conv_bn(before, channels, 1, 1, affine)
    layers: list[nn.Module] = [FactorisedReduction(before, channels, affine)]
    for _ in range(halvings - 1):
        layers += [nn.ReLU(), FactorisedReduction(channels, channels, affine)]
    return nn.Sequential(*layers)
