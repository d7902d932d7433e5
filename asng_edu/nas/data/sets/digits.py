"""Scikit-learn's handwritten digits: 1,797 images of 8×8 pixels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asng_edu.nas.data.registry import DATASETS

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.data.datasets import Data

CLASSES = tuple("0123456789")
_SPLIT_SEED = 1797

Bytes = NDArray[np.uint8]


@DATASETS.register("digits")
def load(argument: str | None, *, root: str | Path | None, progress: bool) -> Data:
    """Return the digits; a fifth of every class is for testing."""
    from asng_edu.nas.data.datasets import Data, images_of

    pixels, labels = digits()
    train, test = (images_of(pixels[part, None], labels[part]) for part in split(labels, shares=(0.8, 0.2)))
    return Data("digits", CLASSES, train, test, crop=1)


def digits() -> tuple[Bytes, NDArray[np.int64]]:
    """Return scikit-learn's 1,797 digits, uint8 (1797, 8, 8) from 0 to 255, and their labels, int64 (1797,).

    Raises
    ------
    ValueError
        If scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ValueError(
            "The data sets digits and clutter are made from scikit-learn's digits, but scikit-learn is not installed: "
            "pip install scikit-learn."
        ) from None
    given: Any = load_digits()
    return (given.images.astype(np.int64) * 255 // 16).astype(np.uint8), given.target.astype(np.int64)


def split(labels: NDArray[np.int64], shares: tuple[float, ...]) -> list[NDArray[np.int64]]:
    """Split the base digits into parts, the same share of every class in each, always in the same way.

    Parameters
    ----------
    labels : array of int, shape (N,)
    shares : tuple of float
        Of each part; they sum to 1.

    Returns
    -------
    list of arrays of int
        The indices of each part; together, every index once.
    """
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(labels))
    parts: list[list[NDArray[np.int64]]] = [[] for _ in shares]
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        cuts = np.rint(np.cumsum(shares)[:-1] * len(mine)).astype(np.int64)
        for part, piece in zip(parts, np.split(mine, cuts), strict=True):
            part.append(piece)
    return [np.sort(np.concatenate(part)) for part in parts]
