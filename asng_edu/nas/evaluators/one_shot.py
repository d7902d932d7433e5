"""One-shot losses: what an architecture is worth with the weights that the supernet has now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asng_edu._common import checks
from asng_edu.nas.evaluators.base import Codes, Losses, keys_of
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.training.flat_parameters import MomentumSGD

Batch = tuple[Tensor, Tensor]  # images and labels
Run = Callable[[Any, Tensor, Tensor], tuple[Tensor, Tensor]]


class WeightStep(NamedTuple):
    """The next step of a supernet's weights, along which a strategy may look ahead, as second-order DARTS does.

    Attributes
    ----------
    sgd : MomentumSGD
        With the weights and their gradients as flat tensors, the velocity, momentum and weight decay.
    rate : float
        The current learning rate.
    batch : (images, labels)
        Of D_x.
    """

    sgd: MomentumSGD
    rate: float
    batch: Batch


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
    progress : float
        What share of the strategy's steps is done, from 0 to 1.
    weight_step : callable, optional
        Returns the :class:`WeightStep` that follows; called when a strategy first asks.

    Attributes
    ----------
    progress : float
    measured : list of array
        Of each call so far the losses and accuracies, shape (n, 2); of a mixture n is 1.
    """

    def __init__(
        self,
        space: Space[Any],
        run: Run,
        batches: Iterable[Batch],
        distributed: Distributed | None = None,
        *,
        progress: float = 0.0,
        weight_step: Callable[[], WeightStep] | None = None,
    ) -> None:
        self.space = checks.instance("space", space, Space, "a space, such as CellSpace()")
        if not callable(run):
            raise ValueError(f"run must be a function of a choice, images and labels, but is {checks.short(run)}.")
        checks.instance("batches", batches, Iterable, "pairs of images and labels")
        if getattr(batches, "ndim", 1) == 0:  # what an array calls iterable though it is none
            raise ValueError(f"batches must be pairs of images and labels, but is {checks.short(batches)}.")
        self.batches = [_check_batch(batch) for batch in batches]
        if not self.batches:
            raise ValueError("batches must hold at least one, but are empty.")
        self.progress = checks.real("progress", progress)
        if not 0 <= self.progress <= 1:
            raise ValueError(f"progress must be a share from 0 to 1, but is {checks.short(progress)}.")
        if weight_step is not None and not callable(weight_step):
            raise ValueError(f"weight_step must be a function or None, but is {checks.short(weight_step)}.")
        self._weight_step = weight_step
        self._measured: list[NDArray[np.float64] | Tensor] = []
        if distributed is None:
            distributed = Distributed.single()
        self._distributed = checks.instance("distributed", distributed, Distributed, "a Distributed, or None")
        self._run = run

    @property
    def measured(self) -> list[NDArray[np.float64]]:
        return [one.cpu().double().numpy() if isinstance(one, Tensor) else one for one in self._measured]

    @cached_property
    def weight_step(self) -> WeightStep:
        """The next step of the weights; a ValueError if nobody trains them."""
        if self._weight_step is None:
            raise ValueError("this evaluator does not know how the weights are trained: take that of a Search.")
        return self._weight_step()

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
        self._measured.append(means)
        return means

    def loss(self, mixture: Any) -> Tensor:
        """Return the loss of a mixture, a scalar that carries the gradient of its weights and of the supernet's."""
        total = sum(len(labels) for _, labels in self.batches)
        parts = [torch.stack(self._run(mixture, *batch)) * (len(batch[1]) / total) for batch in self.batches]
        means = torch.stack(parts).sum(dim=0)
        self._measured.append(means.detach()[None])
        return means[0]

    def training_loss(self, mixture: Any) -> Tensor:
        """Return the same on the batch of D_x from which the weights learn next."""
        return self._run(mixture, *self.weight_step.batch)[0]

    def agreed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of an array over the processes, the same to the bit on each.

        Each computes a mixture's gradient for itself, and on a GPU not to the same bits.
        """
        mean: NDArray[np.float64] = self._distributed.gather([values], self._distributed.size).mean(axis=0)
        return mean

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
