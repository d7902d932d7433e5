"""The mixture of paths: what every node takes of everything that it could choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asng_edu._common import checks
from asng_edu.nas.spaces.cell_space import CellSpace

Gates = tuple[Tensor, Tensor]  # of a slot's input and of its operation


class Mixture:
    """How much a supernet takes of everything, instead of one path.

    A node's value is Σ_inputs Σ_operations w·operation(input). A weight of exactly zero runs nothing, and so has no
    gradient: one-hot weights cost what the path costs.

    Parameters
    ----------
    weights : mapping of str to sequence of Tensor
        For each kind of cell and each of its nodes, (inputs, operations): what the node takes of every pair. They need
        not be products of an input's and an operation's weight.
    unused : mapping of str to sequence of Tensor, optional
        For each kind and node a scalar: how much of the node goes into the cell's output, if that is made of the
        unused nodes. By default all of each.

    Notes
    -----
    ``space.mixture(gates)`` makes one of a weight for each option of each decision. Taught in chapter *The supernet and
    the search*.

    Examples
    --------
    >>> space = CellSpace(nodes=2, kinds=("normal",), operations=("identity", "conv_1x1"))
    >>> halves = [torch.full((decision.size,), 1 / decision.size) for decision in space.decisions]
    >>> space.mixture(halves).weights["normal"][0]
    tensor([[0.5000, 0.5000],
            [0.5000, 0.5000]])
    """

    def __init__(
        self, weights: Mapping[str, Sequence[Tensor]], unused: Mapping[str, Sequence[Tensor]] | None = None
    ) -> None:
        self.weights = _tensors("weights", weights)
        self.unused = {} if unused is None else _tensors("unused", unused)

    @cached_property
    def runs(self) -> dict[str, tuple[NDArray[np.bool_], ...]]:
        """For each kind and node, which pairs of input and operation have a weight that is not zero."""
        return {kind: tuple(_not_zero(nodes)) for kind, nodes in self.weights.items()}

    def running(self, other: Mixture, above: float = 0.0) -> Mixture:
        """Return this mixture, of which everything runs that has a weight ``above`` a number in the other.

        So a weight of zero has a gradient too. Both must be mixtures of one space.
        """
        parts = (other.weights, other.unused)
        large = Mixture(*({kind: [node > above for node in nodes] for kind, nodes in part.items()} for part in parts))
        mixture = Mixture(self.weights, self.unused)
        mixture.runs, mixture.counted = large.runs, large.counted
        return mixture

    def to(self, like: Tensor) -> Mixture:
        """Return the mixture on the device, and with the type, of a tensor; gradients go back to where it came from."""
        parts = (self.weights, self.unused)
        tensors = [node for part in parts for nodes in part.values() for node in nodes]
        if all((node.device, node.dtype) == (like.device, like.dtype) for node in tensors):
            return self
        flat = torch.cat([node.reshape(-1) for node in tensors]).to(like.dtype).to(like.device)  # one copy, not many
        pieces = iter(flat.split([node.numel() for node in tensors]))  # type: ignore[no-untyped-call]
        weights, unused = (
            {kind: [next(pieces).reshape(node.shape) for node in nodes] for kind, nodes in part.items()}
            for part in parts
        )
        mixture = Mixture(weights, unused)
        mixture.runs, mixture.counted = self.runs, self.counted  # known here without waiting for the device
        return mixture

    def detach(self) -> Mixture:
        """Return the mixture without gradients."""
        parts = (self.weights, self.unused)
        return Mixture(*({kind: [node.detach() for node in nodes] for kind, nodes in part.items()} for part in parts))

    @cached_property
    def counted(self) -> dict[str, tuple[bool, ...]]:
        """For each kind, which nodes go into the output of a cell that is made of the unused ones."""
        return {kind: tuple(bool(part) for part in _not_zero(nodes)) for kind, nodes in self.unused.items()}


def _tensors(name: str, value: Mapping[str, Sequence[Tensor]]) -> dict[str, tuple[Tensor, ...]]:
    """Return for each kind of cell the tensors of its nodes."""
    checks.instance(name, value, Mapping, "a mapping from kinds of cell to tensors, one for each node")
    for nodes in value.values():
        if not isinstance(nodes, list | tuple) or not all(isinstance(node, Tensor) for node in nodes):
            raise ValueError(f"{name} must be one tensor for each node of a kind, but are {checks.short(nodes)}.")
    return {kind: tuple(nodes) for kind, nodes in value.items()}


def _not_zero(tensors: Sequence[Tensor]) -> list[NDArray[np.bool_]]:
    """Return which entries of the tensors are not zero, having waited for the device once."""
    if not tensors:
        return []
    flat = torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).cpu().numpy() != 0
    ends = np.cumsum([tensor.numel() for tensor in tensors])[:-1]
    return [part.reshape(tensor.shape) for part, tensor in zip(np.split(flat, ends), tensors, strict=True)]


def mixture_of_cells(space: CellSpace, gates: Sequence[Tensor]) -> Mixture:
    """Return the mixture that gates of a cell space's decisions make.

    A pair's weight is the sum over the slots of gate of input times gate of operation; a slot whose input is fixed
    takes that input with weight 1. A node goes into the output as much as it is probable that no later node reads it,
    ∏(1 − gate of input).
    """
    checks.instance("space", space, CellSpace, "a CellSpace")
    decided = zip(space.decisions, space.check_gates(gates), strict=True)
    given = {(d.kind, d.node, d.slot, d.what): gate for d, gate in decided}

    def of(kind: str, node: int, slot: int) -> Gates:
        """Return the gates of a slot's input and operation, one-hot where there is no decision."""
        inputs, operations = space.inputs + node, len(space.operations)
        g_input = given.get((kind, node, slot, "input"))
        g_operation = given.get((kind, node, slot, "operation"))
        return (
            _one_hot(space.choices(node, slot)[0], inputs, like=gates[0]) if g_input is None else g_input,
            _one_hot(0, operations, like=gates[0]) if g_operation is None else g_operation,
        )

    weights: dict[str, list[Tensor]] = {}
    unused: dict[str, list[Tensor]] = {}
    for kind in space.kinds:
        nodes = [[of(kind, node, slot) for slot in range(space.slots)] for node in range(space.nodes)]
        weights[kind] = [torch.stack([torch.outer(*pair) for pair in slots]).sum(0) for slots in nodes]
        unused[kind] = [_unread(nodes, node, space.inputs) for node in range(space.nodes)]
    return Mixture(weights, unused)


def _unread(nodes: list[list[Gates]], node: int, inputs: int) -> Tensor:
    """Return the probability that no later node reads this one."""
    probability = torch.ones_like(nodes[node][0][0][0])
    for later in nodes[node + 1 :]:
        for g_input, _ in later:
            probability = probability * (1 - g_input[inputs + node])
    return probability


def _one_hot(place: int, size: int, like: Tensor) -> Tensor:
    return torch.eye(size, dtype=like.dtype, device=like.device)[place]
