"""One-shot losses: what an architecture is worth with the weights that the supernet has now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asng_edu._common import checks
from asng_edu.nas.evaluators.base import Codes, Losses, keys_of
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.spaces.base import Space

Batch = tuple[Tensor, Tensor]  # images and labels
Run = Callable[[Any, Tensor, Tensor], tuple[Tensor, Tensor]]


class OneShot:
    """Losses of paths through a supernet, on given batches. Each batch is normalised by its own statistics.

    Parameters
    ----------
    space : Space
    run : callable
        ``run(choice, images, labels)`` returns the loss and the accuracy of a path or a mixture, two scalars.
    batches : iterable of (images, labels)
        Over which the losses are averaged, image by image.
    distributed : Distributed, optional
        The processes that share the paths.

    Attributes
    ----------
    measured : list of array
        Of each call so far the losses and accuracies, shape (n, 2).
    """

    def __init__(
        self, space: Space[Any], run: Run, batches: Iterable[Batch], distributed: Distributed | None = None
    ) -> None:
        self.space = checks.instance("space", space, Space, "a space, such as CellSpace()")
        if not callable(run):
            raise ValueError(f"run must be a function of a choice, images and labels, but is {checks.short(run)}.")
        checks.instance("batches", batches, Iterable, "pairs of images and labels")
        self.batches = [_check_batch(batch) for batch in batches]
        if not self.batches:
            raise ValueError("batches must hold at least one, but are empty.")
        self.measured: list[NDArray[np.float64]] = []
        if distributed is None:
            distributed = Distributed.single()
        self._distributed = checks.instance("distributed", distributed, Distributed, "a Distributed, or None")
        self._run = run

    def losses(self, codes: Codes) -> Losses:
        """Return the one-shot loss of each path, shape (n,), given the codes, shape (n, D)."""
        losses: Losses = self.measure(codes)[:, 0]
        return losses

    @torch.inference_mode()
    def measure(self, codes: Codes) -> NDArray[np.float64]:
        """Return the one-shot loss and accuracy of each path, shape (n, 2)."""
        if not keys_of(codes):
            raise ValueError("codes must hold at least one, but are empty.")
        results = [self._measure_batch(codes, *batch) for batch in self.batches]
        if len(results) == 1:
            (means,) = results
        else:
            means = np.average(results, axis=0, weights=[len(labels) for _, labels in self.batches])
        self.measured.append(means)
        return means

    def loss(self, mixture: Any) -> Tensor:
        """Return the loss of a mixture, a scalar that carries the gradient of its weights and of the supernet's."""
        total = sum(len(labels) for _, labels in self.batches)
        parts = [self._run(mixture, x, labels)[0] * (len(labels) / total) for x, labels in self.batches]
        return torch.stack(parts).sum()

    def _measure_batch(self, codes: Codes, x: Tensor, labels: Tensor) -> NDArray[np.float64]:
        share = self._distributed.share(len(codes))
        mine = [torch.stack(self._run(self.space.decode(codes[i]), x, labels)) for i in share]
        return self._distributed.gather(mine, len(codes))


def _check_batch(batch: Any) -> Batch:
    """Return images and labels, if they are equally many."""
    tensors = isinstance(batch, tuple | list) and len(batch) == 2 and all(isinstance(part, Tensor) for part in batch)
    if not tensors or not all(part.ndim for part in batch) or len(batch[0]) != len(batch[1]) or not len(batch[0]):
        raise ValueError(f"a batch must be images and as many labels, two tensors, but is {checks.short(batch)}.")
    return batch[0], batch[1]
