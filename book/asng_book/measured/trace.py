"""A trace of a few steps of a search: which paths ran, which weights had a gradient, which moved, where θ went."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from torch import Tensor

from asng_edu._common import checks
from asng_edu.jobs.errors import Diverged
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.strategies.ask_tell import AskTell
from asng_edu.nas.training.callbacks import Callback, Step
from asng_edu.nas.training.search import Search

DIGITS = 4  # that a trace keeps of each number

Parts = dict[tuple[int, str], list[slice]]


def trace_steps(search: Search, steps: int) -> dict[str, Any]:
    """Take ``steps`` steps of a search, the first of them after the warm-up, and return what they did, as JSON.

    The live figure ``search-step`` shows it. It is for spaces in which a node's inputs share an operation's weights and
    all operations have stride 1, so that each operation of a node has one set of weights in each cell.

    Parameters
    ----------
    search : Search
        It goes on from where it is; what it computes is not changed.
    steps : int
        At least 1.

    Returns
    -------
    dict
        The space: ``operations``, ``decisions`` and others. ``parts``: ``[node, operation, numbers]`` of each operation
        with weights, over all cells. ``theta``: before the first step. ``steps``, of each: its number ``step``;
        ``weights`` with ``codes`` and ``losses`` of the λ_x paths, the length of each path's share of the ``gradients``
        in each part, and how far each part ``moved``; ``theta`` with ``codes`` and ``losses`` of the λ_θ paths, their
        ``utility``, whether θ was ``updated``, δ and the new ``theta``.

    Raises
    ------
    ValueError
        For another space, for a search whose θ rests, for more than one process; if the search does not last so long,
        or a loss is not finite.

    Notes
    -----
    Taught in chapter *The supernet and the search*.
    """
    steps = checks.integer("steps", steps, 1)
    space, strategy = search.space, search.strategy
    if not isinstance(space, CellSpace) or not space.share_inputs or space.kinds != ("normal",):
        raise ValueError("a trace needs a space of normal cells whose inputs share weights.")
    if not isinstance(strategy, AskTell):
        raise ValueError("a trace shows how θ moves, but with this strategy it rests.")
    if search.distributed.size != 1:
        raise ValueError(f"a trace is of one process, but here are {search.distributed.size}.")
    while search.warming_up:
        search.advance()
    left = search.epochs_end - search.step
    if steps > left:
        raise ValueError(f"steps must be at most the {left} that are left, but is {steps}.")
    recorder = Recorder(search, find_parts(search, space))
    theta = _rounded(strategy.optimizer.theta)
    search.callbacks.append(recorder)
    try:
        for _ in range(steps):
            search.advance()
    finally:
        search.callbacks.remove(recorder)
    return {
        "operations": list(space.operations),
        "decisions": [
            {"node": d.node, "slot": d.slot, "what": d.what, "options": list(d.options)} for d in space.decisions
        ],
        "nodes": space.nodes,
        "inputs": space.inputs,
        "fixed": [[node, slot, *space.choices(node, slot)] for node, slot in _fixed(space)],
        "cells": len(list(search.network.get_submodule("cells").children())),
        "parts": [
            [node, name, sum(part.stop - part.start for part in slices)]
            for (node, name), slices in recorder.parts.items()
        ],
        "theta": theta,
        "steps": recorder.steps,
    }


def find_parts(search: Search, space: CellSpace) -> Parts:
    """Return where in the flat tensors the weights of each (node, operation) lie, those of all cells."""
    found: Parts = {}
    for cell in search.network.get_submodule("cells").children():
        for node in range(space.nodes):
            for name in space.operations:
                module = cell.get_submodule(f"operations.node{node}_stride1_{name}")
                slices = [slice(p.storage_offset(), p.storage_offset() + p.numel()) for p in module.parameters()]
                if slices:
                    found.setdefault((node, name), []).extend(slices)
    return found


class Recorder(Callback):
    """Writes down what the steps of a search do.

    Attributes
    ----------
    steps : list of dict
        What each step did.
    """

    def __init__(self, search: Search, parts: Parts) -> None:
        self.parts = parts
        self.steps: list[dict[str, Any]] = []
        self._values = search.flat.values.clone()
        self._gradients: list[Tensor] = []  # of this step, after each path

    def on_path(self, search: Search, loss: float) -> None:
        self._gradients.append(search.flat.gradients.clone())

    def on_step(self, search: Search, step: Step) -> None:
        if not step.finite:
            raise Diverged("a step of the trace had a loss that is not finite: try a smaller rate.")
        assert step.learned is not None
        first, info = self._gradients[0], step.learned.info
        later = zip(self._gradients[1:], self._gradients[:-1], strict=True)
        shares = [first, *(after - before for after, before in later)]
        self.steps.append(
            {
                "step": step.number,
                "weights": {
                    "codes": [code.tolist() for code in step.choices],
                    "losses": _rounded(step.losses),
                    "gradients": [self._lengths(share) for share in shares],
                    "moved": self._lengths(search.flat.values - self._values),
                },
                "theta": {
                    "codes": [code.tolist() for code in step.learned.choices],
                    "losses": _rounded(step.learned.losses),
                    "utility": _rounded(info.utility),
                    "updated": bool(info.updated),
                    "delta": _rounded([info.delta])[0],
                    "theta": _rounded(search.record()["theta"]),
                },
            }
        )
        self._values = search.flat.values.clone()
        self._gradients.clear()

    def _lengths(self, flat: Tensor) -> list[float]:
        """Return the Euclidean length of each part of a flat tensor."""
        return _rounded(
            math.sqrt(sum(float(flat[part].square().sum()) for part in slices)) for slices in self.parts.values()
        )


def _fixed(space: CellSpace) -> list[tuple[int, int]]:
    """Return the nodes and slots whose input is no decision."""
    places = [(node, slot) for node in range(space.nodes) for slot in range(space.slots)]
    return [place for place in places if len(space.choices(*place)) == 1]


def at_rest(trace: dict[str, Any]) -> tuple[float, float]:
    """Return how much moves without a gradient: of all weights the share that had none, and theirs of all movement.

    Both are means over the steps of a trace; movement is squared length, over the operations' weights.
    """
    numbers = np.array([count for _, _, count in trace["parts"]], dtype=float)
    shares = []
    for step in trace["steps"]:
        still = np.sum(step["weights"]["gradients"], axis=0) == 0
        moved = np.square(step["weights"]["moved"])
        shares.append((numbers[still].sum() / numbers.sum(), moved[still].sum() / moved.sum()))
    weights, movement = np.mean(shares, axis=0)
    return float(weights), float(movement)


def _rounded(values: Iterable[float]) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
