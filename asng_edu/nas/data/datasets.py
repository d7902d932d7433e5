"""Images to search and to train on: what a data set is, and how one is loaded by name.

Taught in the chapters *The supernet and the search* (clutter) and *The CIFAR-10 cell search*.
"""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asng_edu._common import checks
from asng_edu.nas.data.registry import find_loader


class Images(NamedTuple):
    """Images and their labels.

    Attributes
    ----------
    pixels : uint8 tensor, shape (N, C, H, W)
    labels : int64 tensor, shape (N,)
    """

    pixels: Tensor
    labels: Tensor

    def take(self, index: Tensor) -> Images:
        """Return the images with these indices."""
        try:
            return Images(self.pixels[index], self.labels[index])
        except (IndexError, TypeError, ValueError, RuntimeError):
            raise ValueError(
                f"index must be whole numbers below {len(self.labels)} in a tensor, but is {checks.short(index)}."
            ) from None


def check_stored(name: str, *tensors: Tensor) -> None:
    """Raise a ValueError unless all are tensors that hold numbers, one beside the other."""
    for tensor in tensors:
        if not isinstance(tensor, Tensor) or tensor.is_meta or tensor.layout != torch.strided:
            raise ValueError(f"{name} must be Images of two dense tensors, but one is {checks.short(tensor)}.")


@dataclass(frozen=True, eq=False)
class Data:
    """A set of images to learn from and one to be tested on.

    Attributes
    ----------
    name : str
        What :func:`load` was asked for.
    classes : tuple of str
        Label i means ``classes[i]``.
    train, test : Images
    theta : Images, optional
        Where D_θ is given with the data: its images. ``train`` is then D_x alone.
    flip : bool
        Whether a mirrored image still shows the same (a mirrored digit does not).
    crop : int
        Padding for random crops that suits the images.

    Raises
    ------
    ValueError
        If images or labels have another type or shape, or a label has no class.

    Examples
    --------
    A set of one's own:

    >>> import torch
    >>> def noise(count):
    ...     pixels = torch.randint(256, (count, 3, 8, 8), dtype=torch.uint8)
    ...     return Images(pixels, torch.randint(2, (count,)))
    >>> data = Data("noise", ("cats", "dogs"), train=noise(40), test=noise(10))
    >>> data.channels, data.size, len(data.mean)
    (3, (8, 8), 3)
    """

    name: str
    classes: tuple[str, ...]
    train: Images
    test: Images
    theta: Images | None = None
    flip: bool = False
    crop: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.classes, list | tuple) or not all(isinstance(name, str) for name in self.classes):
            raise ValueError(f"classes must be a tuple of names, but is {checks.short(self.classes)}.")
        for part in ("train", "test", "theta"):
            images: Images | None = getattr(self, part)
            if images is not None:
                checks.instance(part, images, Images, "Images")
                self._check(part, *images)

    def _check(self, part: str, pixels: Tensor, labels: Tensor) -> None:
        check_stored(part, pixels, labels)
        shape = tuple(pixels.shape)
        if pixels.dtype != torch.uint8 or len(shape) != 4 or 0 in shape:
            raise ValueError(f"{part}.pixels must be uint8 of shape (N, C, H, W), but is {pixels.dtype}, {shape}.")
        if shape[1:] != self.train.pixels.shape[1:]:
            raise ValueError(
                f"{part} must have images of the same channels and size as train, "
                f"{tuple(self.train.pixels.shape[1:])}, but has {shape[1:]}."
            )
        if labels.dtype != torch.int64 or labels.shape != shape[:1]:
            raise ValueError(
                f"{part}.labels must be int64 of shape ({shape[0]},), but is {labels.dtype}, {tuple(labels.shape)}."
            )
        if labels.min() < 0 or labels.max() >= len(self.classes):
            raise ValueError(
                f"{part}.labels must be from 0 to {len(self.classes) - 1}, one for each class, "
                f"but are from {labels.min()} to {labels.max()}."
            )

    @property
    def channels(self) -> int:
        """Colours of an image."""
        return int(self.train.pixels.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of an image, in pixels."""
        height, width = self.train.pixels.shape[2:]
        return height, width

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        return (self.channels, *self.size)

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean of each channel over ``train``, black being 0 and white 1."""
        return self._moments[0]

    @property
    def std(self) -> tuple[float, ...]:
        """Standard deviation of each channel over ``train``; 1 where all pixels are equal."""
        return self._moments[1]

    @functools.cached_property
    def _moments(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        # From the histogram of the bytes, so that the sums are whole numbers, the same on every machine.
        channels = self.train.pixels.transpose(0, 1)
        histograms = np.stack([torch.bincount(channel.flatten(), minlength=256).cpu().numpy() for channel in channels])
        value = np.arange(256)
        count = histograms.sum(axis=1)
        mean = histograms @ value / count
        variance = histograms @ value**2 / count - mean**2
        std = np.sqrt(np.where(variance > 1e-9, variance, 255.0**2))
        return tuple((mean / 255).tolist()), tuple((std / 255).tolist())

    def halves(self, fraction: float = 0.5, seed: int = 0) -> tuple[Images, Images]:
        """Return D_x, on which the weights are trained, and D_θ, on which architectures are compared.

        Parameters
        ----------
        fraction : float
            Of the training images that go to D_x; not used where D_θ is given with the data.
        seed : int
            From which the split is drawn; not used where D_θ is given.

        Returns
        -------
        D_x, D_θ : Images
            Without a common image.

        Raises
        ------
        ValueError
            If a part would be empty.
        """
        if self.theta is not None:
            return self.train, self.theta
        seed = checks.integer("seed", seed, 0)
        count = len(self.train.labels)
        first = round(checks.positive("fraction", fraction) * count)
        if not 0 < first < count:
            raise ValueError(
                f"fraction must leave images on both sides, but {fraction!r} of {count} training images does not."
            )
        order = torch.from_numpy(np.random.default_rng([seed, count]).permutation(count))
        return self.train.take(order[:first].sort().values), self.train.take(order[first:].sort().values)

    def describe(self) -> dict[str, Any]:
        """Return name, classes and sizes, for a record."""
        return {
            "name": self.name,
            "classes": list(self.classes),
            "training": len(self.train.labels) + (0 if self.theta is None else len(self.theta.labels)),
            "test": len(self.test.labels),
            "shape": list(self.shape),
            "checksum": self.checksum,
        }

    @functools.cached_property
    def checksum(self) -> str:
        """CRC-32 of all images and labels: other data have another, but for accidents."""
        value = 0
        for images in (self.train, self.test, *([] if self.theta is None else [self.theta])):
            for tensor in images:
                value = zlib.crc32(tensor.cpu().contiguous().numpy().data, value)
        return f"{value:08x}"

    def training(self) -> Images:
        """Return all images that a found network may be trained on: ``train``, and ``theta`` where there is one."""
        if self.theta is None:
            return self.train
        return Images(*(torch.cat(pair) for pair in zip(self.train, self.theta, strict=True)))


def load(name: str, images: int | None = None, *, root: str | Path | None = None, progress: bool = True) -> Data:
    """Load a data set.

    Parameters
    ----------
    name : str
        One of :data:`asng_edu.nas.DATASETS`, with an argument behind a colon where it takes one:

        - ``clutter``: 16×16 images of a digit among fragments, made from scikit-learn's digits
          (:mod:`asng_edu.nas.data.sets.clutter`); D_θ is given with them.
        - ``digits``: scikit-learn's 8×8 digits; a fifth of every class is for testing.
        - ``signals``: rows of 32 values that hold one of ten motifs (:mod:`asng_edu.nas.data.sets.signals`); D_θ is
          given with them.
        - ``cifar10``: 32×32 photographs in 10 classes, through torchvision.
        - ``folder:PATH``: images PATH/train/CLASS/*.png and PATH/test/CLASS/*.png (or .jpg, …), all of one size.
    images : int, optional
        Use only so many training images: the first of every class, as equally many of each as can be. Test images
        are not left out.
    root : path, optional
        For cifar10: the folder to find it in, or to download it to. Default: ``data`` in the current folder if it is
        there, else the cache folder.
    progress : bool
        Show a progress bar while a large folder is read.

    Raises
    ------
    ValueError
        If the name is unknown, or the images cannot be found or read; the sentence says which.

    Examples
    --------
    >>> data = load("digits", images=100)
    >>> data.train.pixels.shape, data.test.pixels.shape, data.classes[3]
    (torch.Size([100, 1, 8, 8]), torch.Size([359, 1, 8, 8]), '3')
    """
    loader, argument = find_loader(name)
    if images is not None:
        images = checks.integer("images", images, 1)
    data = loader(argument, root=root, progress=progress)
    return data if images is None else _limited(data, images)


def _limited(data: Data, images: int) -> Data:
    available = len(data.train.labels) + (0 if data.theta is None else len(data.theta.labels))
    if images > available:
        raise ValueError(f"images must be at most the {available} training images of {data.name}, but is {images}.")
    if data.theta is None:
        return replace(data, train=_balanced(data.train, images))
    if images < 2:
        raise ValueError(f"images must be at least 2 for {data.name}, whose training images are D_x and D_θ.")
    return replace(data, train=_balanced(data.train, images - images // 2), theta=_balanced(data.theta, images // 2))


def _balanced(images: Images, count: int) -> Images:
    """Return the first ``count`` images in turns of one from every class, in their old order."""
    labels = images.labels.numpy()
    by_class = np.argsort(labels, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(labels))])
    turn = np.empty_like(labels)
    turn[by_class] = np.arange(len(labels)) - starts[labels[by_class]]
    first = np.lexsort((labels, turn))[:count]
    return images.take(torch.from_numpy(np.sort(first)))


def images_of(pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> Images:
    """Return images from NumPy's arrays: uint8 (N, C, H, W) and int64 (N,)."""
    for name, array, dtype in (("pixels", pixels, np.uint8), ("labels", labels, np.int64)):
        if not isinstance(array, np.ndarray) or array.dtype != dtype:
            raise ValueError(f"{name} must be an array of {np.dtype(dtype)}, but is {checks.short(array)}.")
    return Images(torch.from_numpy(np.ascontiguousarray(pixels)), torch.from_numpy(labels))
