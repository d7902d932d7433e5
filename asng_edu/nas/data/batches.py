"""Batches that are a pure function of (seed, stream, epoch, step), made on the device that holds the images.

Taught in the chapter *The CIFAR-10 cell search*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from asng_edu._common import checks
from asng_edu.nas.data.augmentation import Augmentation, Draws, cut_out, draw, mirror, normalise, windows
from asng_edu.nas.data.datasets import Data, Images, check_stored

_KIND = 0xBA7C4E5  # sets these seeds apart from those that other parts of a search make of the same numbers


class _Epoch(NamedTuple):
    number: int
    order: Tensor  # (N,) the images of its batches
    draws: Draws  # of each of them


class Batches:
    """The images of a set in batches, shuffled afresh in every epoch, changed at random and normalised.

    The order and the changes are drawn for a whole epoch from a generator seeded with (seed, stream, epoch). So there
    is nothing to save in a checkpoint, and every process and every resumed run sees the same batches. The draws are
    made on the CPU, once an epoch: they are the same whatever the device.

    Parameters
    ----------
    images : Images
    size : int
        Images in a batch.
    data : Data
        Whose mean and standard deviation normalise the images.
    seed, stream : int
        From which order and changes follow; the streams of one seed are independent (one for D_x, one for D_θ).
    augmentation : Augmentation, optional
        None: the images as they are.
    device : torch.device or str
        Where the images lie and the batches are made.
    channels_last : bool
        Memory order of the batches; False: PyTorch's usual one.
    dtype : torch.dtype
        Precision of the batches.

    Attributes
    ----------
    steps : int
        Whole batches in an epoch; the images left over differ from epoch to epoch.
    size, seed, stream

    Raises
    ------
    ValueError
        If the batch is larger than the set, a number is negative, or the images are too small for the changes.

    Examples
    --------
    >>> from asng_edu.nas.data.datasets import load
    >>> digits = load("digits")
    >>> batches = Batches(digits.train, 64, data=digits, seed=0, augmentation=Augmentation(crop=1))
    >>> x, y = batches.take(epoch=0, step=3)
    >>> x.shape, x.dtype, y.shape, batches.steps
    (torch.Size([64, 1, 8, 8]), torch.float32, torch.Size([64]), 22)
    """

    def __init__(
        self,
        images: Images,
        size: int,
        *,
        data: Data,
        seed: int,
        stream: int = 0,
        augmentation: Augmentation | None = None,
        device: torch.device | str = "cpu",
        channels_last: bool = True,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        checks.instance("images", images, Images, "Images")
        check_stored("images", *images)
        if images.pixels.ndim != 4:
            given = tuple(images.pixels.shape)
            raise ValueError(f"images.pixels must have shape (N, C, H, W), but has {given}.")
        checks.instance("data", data, Data, "Data, as load() returns them")
        if augmentation is not None:
            checks.instance("augmentation", augmentation, Augmentation, "an Augmentation")
        if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
            raise ValueError(f"dtype must be one of real numbers of PyTorch, but is {checks.short(dtype)}.")
        try:
            device = torch.device(device)
        except (RuntimeError, TypeError):
            raise ValueError(f"device must be one of PyTorch, but is {checks.short(device)}.") from None
        checks.boolean("channels_last", channels_last)
        self.size = checks.integer("size", size, 1)
        self.seed = checks.integer("seed", seed, 0)
        self.stream = checks.integer("stream", stream, 0)
        count, _, self._height, self._width = images.pixels.shape
        if self.size > count:
            raise ValueError(
                f"A batch must be at most as large as its set of {count} images, but is {checks.short(size)}."
            )
        self._augmentation = augmentation or Augmentation()
        self._augmentation.fit(self._height, self._width)
        self.steps = count // self.size
        self._windows = windows(images.pixels.to(device), self._augmentation.crop)
        self._labels = images.labels.to(device)
        self._scale_shift = normalisation(data.mean, data.std, device, dtype)
        self._channels_last = channels_last
        self._epoch: _Epoch | None = None

    def __len__(self) -> int:
        return len(self._labels)

    def take(self, epoch: int, step: int) -> tuple[Tensor, Tensor]:
        """Return a batch and its labels.

        Parameters
        ----------
        epoch : int
            From 0 up.
        step : int
            0 … steps − 1.

        Returns
        -------
        x : float tensor, shape (size, C, H, W)
            Normalised.
        y : int64 tensor, shape (size,)

        Raises
        ------
        ValueError
            If the epoch or step does not exist.
        """
        epoch = checks.integer("epoch", epoch, 0)
        step = checks.integer("step", step, 0)
        if step >= self.steps:
            given = checks.short(step)
            raise ValueError(f"step must be less than the {self.steps} batches of an epoch, but is {given}.")
        if self._epoch is None or self._epoch.number != epoch:
            self._epoch = self._draw(epoch)
        place = slice(step * self.size, (step + 1) * self.size)
        index = self._epoch.order[place]
        top, left, flip, row, column = (drawn[place] for drawn in self._epoch.draws)
        cut = self._windows[index, top, left]
        if self._augmentation.flip:
            cut = mirror(cut, flip)
        x = normalise(cut, *self._scale_shift)
        if self._augmentation.cutout:
            x = cut_out(x, self._augmentation.cutout, row, column)
        return self._ordered(x), self._labels[index]

    def all(self, size: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Return every image once, in order and only normalised, in nearly equal batches of at most ``size``.

        Where that would leave an image by itself, whose statistics BN cannot take, two batches become one.
        """
        size = self.size if size is None else checks.integer("size", size, 1)
        count = -(-len(self) // size)
        if size > 1 and count > 1 and len(self) // count == 1:
            count = len(self) // 2
        middle = self._windows[:, self._augmentation.crop, self._augmentation.crop]
        return (
            (self._ordered(normalise(cut, *self._scale_shift)), labels)
            for cut, labels in zip(middle.tensor_split(count), self._labels.tensor_split(count), strict=True)
        )

    def _draw(self, epoch: int) -> _Epoch:
        rng = np.random.default_rng([self.seed, self.stream, epoch, _KIND])
        order = torch.from_numpy(rng.permutation(len(self)))
        draws = draw(self._augmentation, len(self), self._height, self._width, rng)
        device = self._labels.device
        return _Epoch(epoch, order.to(device), Draws(*(drawn.to(device) for drawn in draws)))

    def _ordered(self, x: Tensor) -> Tensor:
        return x.contiguous(memory_format=torch.channels_last if self._channels_last else torch.contiguous_format)


def normalisation(
    mean: Sequence[float], std: Sequence[float], device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor]:
    """Return scale and shift (C,) such that byte · scale + shift is a normalised pixel, (byte / 255 − mean) / std."""
    mean_, std_ = (torch.tensor(tuple(values), dtype=torch.float64) for values in (mean, std))
    return (1 / (255 * std_)).to(device, dtype), (-mean_ / std_).to(device, dtype)
