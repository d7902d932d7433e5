"""Cluttered digits: a small set of images on which the cell's architecture matters.

Each of scikit-learn's handwritten digits (8×8 pixels) lies at a random place of a 16×16 image, among fragments of
other digits and noise. The plain digits are so easy that nearly every cell reads them equally well; to find a
digit among clutter a cell must compare places, and cells differ. Taught in the chapter *The supernet and the search*.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu.nas.data.registry import DATASETS
from asng_edu.nas.data.sets.digits import CLASSES, Bytes, digits, split

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.data.datasets import Data

SIDE = 16  # of an image, in pixels
DIGIT = 8  # of scikit-learn's digits
FRAGMENT = 4  # of a fragment
FRAGMENTS = 2  # in each image
NOISE = 48  # each pixel gets the sum of two whole numbers from −NOISE … NOISE: about 40 of 255 standard deviation
SHARES = (0.4, 0.3, 0.3)  # of the base digits of every class that D_x, D_θ and the test images are made from


class Part(NamedTuple):
    """Images of one part: uint8 (N, 1, 16, 16), their labels and the base digits they show, both int64 (N,)."""

    pixels: Bytes
    labels: NDArray[np.int64]
    base: NDArray[np.int64]


@DATASETS.register("clutter")
def load(argument: str | None, *, root: str | Path | None, progress: bool) -> Data:
    """Return the images of seed 0; D_θ is given with them."""
    from asng_edu.nas.data.datasets import Data, images_of

    train, theta, test = (images_of(part.pixels, part.labels) for part in clutter())
    # No crops: the digit's place is drawn at random already, and a shift could push it out of the image.
    return Data("clutter", CLASSES, train, test, theta)


def clutter(seed: int = 0, training: int = 8000, test: int = 2000) -> tuple[Part, Part, Part]:
    """Make the images: D_x, D_θ and the test images, each from base digits of its own.

    Everything is whole numbers from one numpy Generator for each part, so a seed gives the same bytes everywhere.

    Parameters
    ----------
    seed : int
        Other seeds place, clutter and disturb differently; which base digits a part uses never changes.
    training : int
        Images in D_x and D_θ together; half are in each (D_x has the odd one).
    test : int
        Test images.

    Raises
    ------
    ValueError
        If scikit-learn is missing, the seed is negative or a part would be empty.

    Examples
    --------
    >>> train, theta, test = clutter(seed=0, training=60, test=20)
    >>> train.pixels.shape, train.pixels.dtype, len(theta.labels), len(test.labels)
    ((30, 1, 16, 16), dtype('uint8'), 30, 20)
    """
    seed = checks.integer("seed", seed, 0)
    training = checks.integer("training", training, 2)
    test = checks.integer("test", test, 1)
    images, labels = digits()
    counts = (training - training // 2, training // 2, test)
    x, theta, last = (
        _compose(images, labels, base, count, np.random.default_rng([seed, part]))
        for part, (base, count) in enumerate(zip(split(labels, SHARES), counts, strict=True))
    )
    return x, theta, last


def _compose(
    images: Bytes, labels: NDArray[np.int64], base: NDArray[np.int64], count: int, rng: np.random.Generator
) -> Part:
    """Make ``count`` images from the ``base`` digits; each of these is used equally often."""
    turn = rng.permutation(np.arange(count) % len(base))
    canvas = np.zeros((count, SIDE, SIDE), dtype=np.uint8)
    pieces = sliding_window_view(images, (FRAGMENT, FRAGMENT), axis=(1, 2))  # (1797, 5, 5, 4, 4)
    for _ in range(FRAGMENTS):
        other = base[(turn + rng.integers(1, len(base), count)) % len(base)]  # never the digit itself
        top, left = rng.integers(0, pieces.shape[1], (2, count))
        _lay(canvas, pieces[other, top, left], rng)
    chosen = base[turn]
    _lay(canvas, images[chosen], rng)
    noise = rng.integers(-NOISE, NOISE + 1, (2, *canvas.shape)).sum(axis=0)
    pixels = np.clip(canvas + noise, 0, 255).astype(np.uint8)
    return Part(pixels[:, None], labels[chosen], chosen)


def _lay(canvas: Bytes, patches: Bytes, rng: np.random.Generator) -> None:
    """Lay a patch on every canvas, each at a random place wholly inside; where they overlap the lighter pixel stays."""
    count, height, width = patches.shape
    top = rng.integers(0, canvas.shape[1] - height + 1, count)
    left = rng.integers(0, canvas.shape[2] - width + 1, count)
    at = (
        np.arange(count)[:, None, None],
        (top[:, None] + np.arange(height))[:, :, None],
        (left[:, None] + np.arange(width))[:, None, :],
    )
    canvas[at] = np.maximum(canvas[at], patches)
