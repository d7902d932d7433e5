"""CIFAR-10, through torchvision: 60,000 photographs of 32×32 pixels in ten classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asng_edu.nas.data.registry import DATASETS
from asng_edu.nas.data.sets.folder import cache_folder

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.data.datasets import Data


@DATASETS.register("cifar10")
def load(argument: str | None, *, root: str | Path | None, progress: bool) -> Data:
    """Return the images, which are downloaded where they are not found."""
    from asng_edu.nas.data.datasets import Data, images_of

    (train, test), classes = cifar10(root)
    return Data("cifar10", tuple(classes), images_of(*train), images_of(*test), flip=True, crop=4)


def cifar10(root: str | Path | None = None) -> tuple[list[tuple[NDArray[np.uint8], NDArray[np.int64]]], list[str]]:
    """Return CIFAR-10's training and test images, uint8 (N, 3, 32, 32), with labels (N,), and the classes' names.

    Parameters
    ----------
    root : path, optional
        The folder that holds ``cifar-10-batches-py``, or that it is downloaded to. Default: ``data`` in the current
        folder if it holds it, else the cache folder.

    Raises
    ------
    ValueError
        If it is neither found nor can be downloaded.
    """
    from asng_edu.nas.data.vision import torchvision

    datasets: Any = torchvision().datasets
    known = [Path(root).expanduser()] if root is not None else [Path("data"), cache_folder()]
    there = [place for place in known if (place / datasets.CIFAR10.base_folder).is_dir()]
    place = (there or known[-1:])[0]
    try:
        sets = [datasets.CIFAR10(place, train=train, download=True) for train in (True, False)]
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"CIFAR-10 was not found whole below {' or '.join(map(str, known))} and could not be downloaded ({error}). "
            f"Put its folder {datasets.CIFAR10.base_folder} there, or unpack images as PATH/train/CLASS and "
            "PATH/test/CLASS and ask for folder:PATH."
        ) from None
    arrays = [(one.data.transpose(0, 3, 1, 2), np.array(one.targets, dtype=np.int64)) for one in sets]
    return arrays, list(sets[0].classes)
