"""A trace of a few steps of a search: which paths ran, which weights had a gradient, which moved, where θ went."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asng_edu._common import checks
from asng_edu.nas.runs.runner import Diverged
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD
from asng_edu.nas.training.search import Search

DIGITS = 4  # that a trace keeps of each number


class TracedSearch(Search):
    """A search that writes down what its steps do.

    It computes what :class:`asng_edu.nas.Search` computes, and takes the same arguments. The live figure
    ``search-step`` shows what :meth:`trace` returns. For spaces in which a node's inputs share an operation's weights
    and all operations have stride 1, so that each operation of a node has one set of weights in each cell.

    Raises
    ------
    ValueError
        For another space, for a search whose θ rests, and for more than one process.

    Notes
    -----
    Taught in chapter *The supernet and the search*.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.space.share_inputs or self.space.kinds != ("normal",):
            raise ValueError("a trace needs a space of normal cells whose inputs share weights.")
        if self._settings.method == "random":
            raise ValueError("a trace shows how θ moves, but with the method random it rests.")
        if self.ranks.size != 1:
            raise ValueError(f"a trace is of one process, but here are {self.ranks.size}.")
        self.sgd = _Watched(
            self.flat, momentum=self.sgd.momentum, weight_decay=self.sgd.weight_decay, clip=self.sgd.clip
        )
        self.parts = self._find_parts()
        self._ran: list[tuple[list[int], float, Tensor]] = []  # of each path: code, loss, the gradients before it

    def _find_parts(self) -> dict[tuple[int, str], list[slice]]:
        """Return where in the flat tensors the weights of each (node, operation) lie, those of all cells."""
        found: dict[tuple[int, str], list[slice]] = {}
        for cell in self.network.cells:
            for node in range(self.space.nodes):
                for name in self.space.operations:
                    module = cell.get_submodule(f"operations.node{node}_stride1_{name}")
                    slices = [slice(p.storage_offset(), p.storage_offset() + p.numel()) for p in module.parameters()]
                    if slices:
                        found.setdefault((node, name), []).extend(slices)
        return found

    def _run(self, code: NDArray[np.int64], x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        before = self.flat.gradients.clone()
        loss, correct = super()._run(code, x, labels)
        self._ran.append((code.tolist(), float(loss.detach()), before))
        return loss, correct

    def trace(self, steps: int) -> dict[str, Any]:
        """Take ``steps`` steps, the first of them after the warm-up, and return what they did, as JSON.

        Parameters
        ----------
        steps : int
            At least 1.

        Returns
        -------
        dict
            The space: ``operations``, ``decisions`` and others. ``parts``: ``[node, operation, numbers]`` of each
            operation with weights, over all cells. ``theta``: before the first step. ``steps``, of each: its number
            ``step``; ``weights`` with ``codes`` and ``losses`` of the λ_x paths, the length of each path's share of the
            ``gradients`` in each part, and how far each part ``moved``; ``theta`` with ``codes`` and ``losses`` of the
            λ_θ paths, their ``utility``, whether θ was ``updated``, δ and the new ``theta``.

        Raises
        ------
        ValueError
            If the search does not last so long, or a loss is not finite.
        """
        steps = checks.integer("steps", steps, 1)
        while self.warming_up:
            self.advance()
        if self.step + steps > self.steps:
            raise ValueError(f"steps must be at most the {self.steps - self.step} that are left, but is {steps}.")
        theta = _rounded(self.optimizer.theta)
        taken = [self._trace_step() for _ in range(steps)]
        return {
            "operations": list(self.space.operations),
            "decisions": [
                {"node": d.node, "slot": d.slot, "what": d.what, "options": list(d.options)}
                for d in self.space.decisions
            ],
            "nodes": self.space.nodes,
            "inputs": self.space.inputs,
            "fixed": [list(entry) for entry in self.space.fixed],
            "cells": len(self.network.cells),
            "parts": [
                [node, name, sum(part.stop - part.start for part in slices)]
                for (node, name), slices in self.parts.items()
            ],
            "theta": theta,
            "steps": taken,
        }

    def _trace_step(self) -> dict[str, Any]:
        before = self.flat.values.clone()
        self._ran.clear()
        self.advance()
        if self._in_a_row:
            raise Diverged("a step of the trace had a loss that is not finite: try a smaller rate.")
        assert isinstance(self.sgd, _Watched)
        for_weights, for_theta = self._ran[: self._settings.lam_x], self._ran[self._settings.lam_x :]
        sums = [gradients for _, _, gradients in for_weights[1:]] + [self.sgd.seen]
        shares = [after - first for after, (_, _, first) in zip(sums, for_weights, strict=True)]
        info = self._last
        assert info is not None
        return {
            "step": self.step,
            "weights": {
                "codes": [code for code, _, _ in for_weights],
                "losses": _rounded(loss for _, loss, _ in for_weights),
                "gradients": [self._lengths(share) for share in shares],
                "moved": self._lengths(self.flat.values - before),
            },
            "theta": {
                "codes": [code for code, _, _ in for_theta],
                "losses": _rounded(loss for _, loss, _ in for_theta),
                "utility": _rounded(info.utility),
                "updated": bool(info.updated),
                "delta": _rounded([info.delta])[0],
                "theta": _rounded(self.optimizer.theta),
            },
        }

    def _lengths(self, flat: Tensor) -> list[float]:
        """Return the Euclidean length of each part of a flat tensor."""
        return _rounded(
            math.sqrt(sum(float(flat[part].square().sum()) for part in slices)) for slices in self.parts.values()
        )


class _Watched(MomentumSGD):
    """Keeps the gradients of its last step."""

    def __init__(self, flat: FlatParameters, **options: Any) -> None:
        super().__init__(flat, **options)
        self.seen = torch.zeros_like(flat.gradients)

    def step(self, rate: float, norm: Tensor | None = None) -> None:
        self.seen = self.flat.gradients.clone()
        super().step(rate, norm)


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


def _rounded(values: Any) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
