"""The mixture of all paths: what every node takes of everything it could choose, given gates of all decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import SLOTS


class Mixture(NamedTuple):
    """How much a mixed cell takes of everything.

    Attributes
    ----------
    weights : list of Tensor
        For each node (inputs, operations): the sum over its slots of gate of input times gate of operation.
    unused : list of Tensor
        For each node the probability that no later node reads it, ∏(1 − gate of input).
    """

    weights: list[Tensor]
    unused: list[Tensor]


def mixtures(space: CellSpace, gates: Sequence[Tensor]) -> dict[str, Mixture]:
    """Return the mixture for every kind of cell.

    Parameters
    ----------
    space : CellSpace
        What there is to decide.
    gates : sequence of Tensor
        For each of ``space.decisions``, in this order, one weight for each option: (K,). They need not sum to 1.

    Raises
    ------
    ValueError
        If there are more or fewer gates than decisions, or one has another shape.

    Notes
    -----
    A slot whose input is fixed takes that input with weight 1. Taught in chapter *The supernet and the search*.

    Examples
    --------
    >>> space = CellSpace(nodes=2, kinds=("normal",), operations=("identity", "conv_1x1"))
    >>> halves = [torch.full((decision.size,), 1 / decision.size) for decision in space.decisions]
    >>> mixtures(space, halves)["normal"].weights[0]
    tensor([[0.5000, 0.5000],
            [0.5000, 0.5000]])
    """
    decisions = space.decisions
    if len(gates) != len(decisions):
        raise ValueError(f"gates must be {len(decisions)} tensors, one for each decision, but are {len(gates)}.")
    if not decisions:
        raise ValueError("gates weigh decisions, but this space holds a single cell: give its genotype.")
    given: dict[tuple[str, int, int, str], Tensor] = {}
    for place, (decision, gate) in enumerate(zip(decisions, gates, strict=True)):
        if gate.shape != (decision.size,):
            raise ValueError(f"gate {place} must have shape ({decision.size},), but has {tuple(gate.shape)}.")
        given[decision.kind, decision.node, decision.slot, decision.what] = gate

    def of(kind: str, node: int, slot: int) -> tuple[Tensor, Tensor]:
        """Return the gates of a slot's input and operation, one-hot where there is no decision."""
        inputs, operations = space.inputs + node, len(space.operations)
        g_input = given.get((kind, node, slot, "input"))
        g_operation = given.get((kind, node, slot, "operation"))
        return (
            _one_hot(space.choices(node, slot)[0], inputs, like=gates[0]) if g_input is None else g_input,
            _one_hot(0, operations, like=gates[0]) if g_operation is None else g_operation,
        )

    return {
        kind: _mix([[of(kind, node, slot) for slot in range(len(SLOTS))] for node in range(space.nodes)], space.inputs)
        for kind in space.kinds
    }


def _mix(nodes: list[list[tuple[Tensor, Tensor]]], inputs: int) -> Mixture:
    """Return the mixture from (gate of input, gate of operation) of every slot of every node."""
    weights = [torch.stack([torch.outer(*gates) for gates in slots]).sum(0) for slots in nodes]
    unused = []
    for node in range(len(nodes)):
        probability = torch.ones_like(weights[node][0, 0])
        for later in nodes[node + 1 :]:
            for g_input, _ in later:
                probability = probability * (1 - g_input[inputs + node])
        unused.append(probability)
    return Mixture(weights, unused)


def _one_hot(place: int, size: int, like: Tensor) -> Tensor:
    return torch.eye(size, dtype=like.dtype, device=like.device)[place]
