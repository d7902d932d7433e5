"""Signals: one-dimensional data, small enough that every network of a space can be trained on them.

Each signal is a row of 32 values in which one of ten motifs, nine values long, lies at a random place among fragments
of other motifs and noise. It is an image of height 1, so the same supernet reads it. To tell a motif from fragments of
others a network must see most of it at once, and what it sees is decided by its cell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu.nas.data.registry import DATASETS

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.data.datasets import Data

LENGTH = 32  # of a signal
CLASSES = tuple(f"motif {number}" for number in range(10))
MOTIF = 9  # values
FRAGMENT = 5  # of the motif
FRAGMENTS = 2  # in each signal
LEVEL = 128  # where there is nothing
SWING = 96  # a motif's values lie within so much of the level
NOISE = 24  # each value gets the sum of two whole numbers from −NOISE … NOISE

Bytes = NDArray[np.uint8]


class Part(NamedTuple):
    """Signals of one part: uint8 (N, 1, 1, 32), and the motif that each holds whole, int64 (N,)."""

    values: Bytes
    labels: NDArray[np.int64]


@DATASETS.register("signals")
def load(argument: str | None, *, root: str | Path | None, progress: bool) -> Data:
    """Return the signals of seed 0; D_θ is given with them."""
    from asng_edu.nas.data.datasets import Data, images_of

    train, theta, test = (images_of(*part) for part in signals())
    return Data("signals", CLASSES, train, test, theta)


def motifs() -> NDArray[np.int64]:
    """Return the ten motifs, int64 (10, 9): differences from the level, always the same.

    Each sums to about zero, so that its mean says nothing of it.
    """
    rng = np.random.default_rng([MOTIF, len(CLASSES)])
    drawn = rng.integers(-SWING, SWING + 1, (len(CLASSES), MOTIF))
    balanced: NDArray[np.int64] = drawn - np.rint(drawn.mean(axis=1, keepdims=True)).astype(np.int64)
    return balanced.clip(-SWING, SWING)


def signals(seed: int = 0, train: int = 3000, theta: int = 3000, test: int = 6000) -> tuple[Part, Part, Part]:
    """Make the signals: D_x, D_θ and those for the test.

    Everything is whole numbers from one NumPy generator for each part, so a seed gives the same bytes everywhere.

    Parameters
    ----------
    seed : int
        Other seeds place and disturb differently; the motifs never change.
    train, theta, test : int
        How many signals each part has.

    Raises
    ------
    ValueError
        If the seed is negative or a part would be empty.

    Examples
    --------
    >>> train, theta, test = signals(train=30, theta=20, test=10)
    >>> train.values.shape, train.values.dtype, len(theta.labels), len(test.labels)
    ((30, 1, 1, 32), dtype('uint8'), 20, 10)
    """
    seed = checks.integer("seed", seed, 0)
    counts = [checks.integer(name, n, 1) for name, n in (("train", train), ("theta", theta), ("test", test))]
    x, y, z = (_compose(count, np.random.default_rng([seed, part])) for part, count in enumerate(counts))
    return x, y, z


def _compose(count: int, rng: np.random.Generator) -> Part:
    """Make signals; every motif is used equally often."""
    shapes = motifs()
    labels = rng.permutation(np.arange(count) % len(shapes))
    pieces = sliding_window_view(shapes, FRAGMENT, axis=1)  # (motifs, places, FRAGMENT)
    canvas = np.zeros((count, LENGTH), dtype=np.int64)
    for _ in range(FRAGMENTS):
        other = (labels + rng.integers(1, len(shapes), count)) % len(shapes)  # never the motif itself
        _lay(canvas, pieces[other, rng.integers(0, pieces.shape[1], count)], rng)
    _lay(canvas, shapes[labels], rng)
    noise = rng.integers(-NOISE, NOISE + 1, (2, *canvas.shape)).sum(axis=0)
    values = np.clip(LEVEL + canvas + noise, 0, 255).astype(np.uint8)
    return Part(values[:, None, None], labels)


def _lay(canvas: NDArray[np.int64], shapes: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Lay a shape on every signal, each at a random place wholly inside, over what was there."""
    count, length = shapes.shape
    left = rng.integers(0, canvas.shape[1] - length + 1, count)
    canvas[np.arange(count)[:, None], left[:, None] + np.arange(length)] = shapes
