"""The exercises of chapter *The supernet and the search*: accumulating gradients, how often, the best of a few."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np

from asng_book.comparisons import best_of
from asng_book.exercises import Choice, Exercise, Number
from asng_book.measured import clutter
from asng_book.pages import results
from asng_edu.nas import ASNGSettings
from asng_edu.nas.spaces.cell_space import CellSpace

LAM_X, LAST = 2, 4  # λ_x and the last node of the article's cell


def _accumulate(accumulate: Callable[..., Any]) -> str | None:
    import torch

    from asng_edu.nas.supernet.network import Network

    space = CellSpace(nodes=2, operations=("conv_1x1", "conv_3x3", "max_pool_3x3"), kinds=("normal",))
    rng = np.random.default_rng(0)
    paths = [space.random(rng) for _ in range(4)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Network(space, cells=2, channels=2, image_channels=1).double()
        x, labels = torch.randn(8, 1, 6, 6, dtype=torch.float64), torch.randint(10, (8,))
    one = max(_most_held(partial(_loss, network, path, x, labels)) for path in paths)
    loss = torch.stack([_loss(network, path, x, labels) for path in paths]).mean()
    expected = torch.autograd.grad(loss, list(network.parameters()), materialize_grads=True)

    held = _most_held(lambda: accumulate(network, paths, x, labels))
    found = [torch.zeros_like(p) if p.grad is None else p.grad for p in network.parameters()]
    sums = float(torch.stack([(a * b).sum() for a, b in zip(found, expected, strict=True)]).sum())
    square = float(torch.stack([b.square().sum() for b in expected]).sum())
    off = float(torch.stack([(a - b).square().sum() for a, b in zip(found, expected, strict=True)]).sum())
    if off > 1e-16 * square:
        if not any(part.any() for part in found):
            return "after it, no parameter has a gradient in .grad: did you call backward?"
        if abs(sums / square - 1) > 1e-6 and off - (sums / square - 1) ** 2 * square < 1e-9 * square:
            return f"the gradient in .grad has the right direction, but {sums / square:.3g} times the length."
        return "the gradient in .grad is not that of the mean loss of the paths."
    if held > 1.2 * one:
        return (
            f"the gradient is right, but it holds {held / one:.1f} times as much for the backward pass as the largest "
            "path: more than one graph at a time."
        )
    return None


def _loss(network: Any, path: Any, x: Any, labels: Any) -> Any:
    from torch.nn import functional

    return functional.cross_entropy(network(x, path), labels)


def _most_held(run: Callable[[], Any]) -> float:
    """Return how many numbers at most are kept at one time for a backward pass while ``run`` runs."""
    import torch

    now = most = 0

    class Held:
        def __init__(self, tensor: torch.Tensor) -> None:
            nonlocal now, most
            self.tensor = tensor
            now += tensor.numel()
            most = max(most, now)

        def __del__(self) -> None:
            nonlocal now
            now -= self.tensor.numel()

    with torch.autograd.graph.saved_tensors_hooks(Held, lambda held: held.tensor):
        run()
    return float(most)


def touched(node: int, lam: int) -> float:
    """Return the share of steps in which one operation on one input of a node gets a gradient, for a uniform θ."""
    space = CellSpace()
    options = len(space.choices(node, 0)) * len(space.operations)
    return 1.0 - (1.0 - 1.0 / options) ** (2 * lam)


def _best(best: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(3)
    for errors in ([0.3], [0.2, 0.4], [0.5, 0.1, 0.3], rng.random(8).round(2).tolist(), rng.random(24).tolist()):
        for count in sorted({1, 2, len(errors) // 2, len(errors)} & set(range(1, len(errors) + 1))):
            given, expected = float(best(list(errors), count)), best_of(errors, count)
            if not math.isclose(given, expected, rel_tol=1e-9):
                wrong = "small" if given < expected else "large"
                return f"for {count} of {np.round(errors, 2).tolist()} it gives {given:.4g}, which is too {wrong}."
    return None


def gains() -> dict[str, float]:
    """Return by how much the mean error of ASNG's cells is below that of each control of the choice exercise."""
    found = clutter.read(results.path("clutter.jsonl"))
    search, training = found.settings, found.head["settings"]["training"]
    forward = cast(ASNGSettings, search.strategy).lam / 3  # a pass forward and backward is like three forward
    passes = search.epochs * search.lam_x + (search.epochs - search.warmup_epochs) * forward
    tries = max(1, round(passes / (2 * training["epochs"])))  # cells are trained on both halves of the pictures
    random = found.errors("random")
    controls = {
        "a": random.mean(),
        "b": found.errors("matched").mean(),
        "c": best_of(random, min(tries, len(random))),
        "d": found.errors("sng").mean(),
    }
    return {letter: float(control - found.errors("asng").mean()) for letter, control in controls.items()}


def _flatters() -> str:
    found = gains()
    return max(found, key=lambda letter: found[letter])


EXERCISES = {
    "supernet-1": Exercise(
        _accumulate,
        (
            "backward() adds to .grad and frees the graph. So call it once for each path, before the next one runs.",
            "The mean loss is a sum of terms L/λ: what is it that you call backward() on?",
        ),
    ),
    "supernet-2": Exercise(
        Number(lambda: touched(LAST, LAM_X), tolerance=5e-3),
        (
            "What is the probability that one slot of one path takes this operation on this input?",
            "The last node has 6 places to read from and 5 operations: 30 sets of weights, of which a slot takes one.",
            "Two slots in each of two paths are four draws. What is the probability that all four miss it?",
        ),
    ),
    "supernet-3": Exercise(
        _best,
        (
            "Sort the errors. What is the probability that the i-th smallest is the least of those drawn?",
            "It must be drawn, and the other k − 1 come from those above it: C(n − 1 − i, k − 1) ways of C(n, k).",
        ),
    ),
    "supernet-4": Exercise(
        Choice(
            _flatters,
            {
                "a": "It credits the search with every way in which cells can differ, size among them.",
                "b": "cells of equal size take away what mere size explains, so less of the gain is left.",
                "c": "a few trainings without any search find a good cell too, so less of the gain is left.",
                "d": "it shares all with ASNG except that δ moves. That is the smallest difference of the four.",
            },
        ),
        (
            "A control takes away part of the explanation. Which one takes away least?",
            "The more a control has in common with the search, the less of the gain it leaves.",
            "Which one lets even the size of the cells count for the search?",
        ),
    ),
}
