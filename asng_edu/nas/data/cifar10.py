"""The only place that imports torchvision, and CIFAR-10, which comes through it."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from asng_edu.nas.data.folder import cache_folder

_library: torch.library.Library | None = None  # what it defines lasts as long as it is referenced


def torchvision() -> ModuleType:
    """Import torchvision, beside a torch without CUDA too.

    torchvision's compiled operators may be built for CUDA, and then fail to load where there is none. Its Python part
    nevertheless gives a meaning to two of them while it is imported, and stops: "operator torchvision::nms does not
    exist". Nothing here uses these operators; once they are declared, data sets and transforms work.

    Raises
    ------
    ValueError
        If torchvision is missing or does not fit the installed torch.
    """
    global _library
    try:
        return importlib.import_module("torchvision")
    except ImportError as error:
        raise ValueError(f"torchvision cannot be imported ({error}): pip install torchvision.") from None
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise ValueError(f"torchvision does not fit torch {torch.__version__}: {error}.") from None
    _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        _library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    return importlib.import_module("torchvision")


def cifar10(root: str | Path | None = None) -> tuple[list[tuple[NDArray[np.uint8], NDArray[np.int64]]], list[str]]:
    """Return CIFAR-10's training and test pictures, uint8 (N, 3, 32, 32), with labels (N,), and the classes' names.

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
    datasets: Any = torchvision().datasets
    known = [Path(root).expanduser()] if root is not None else [Path("data"), cache_folder()]
    there = [place for place in known if (place / datasets.CIFAR10.base_folder).is_dir()]
    place = (there or known[-1:])[0]
    try:
        sets = [datasets.CIFAR10(place, train=train, download=True) for train in (True, False)]
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"CIFAR-10 was not found whole below {' or '.join(map(str, known))} and could not be downloaded ({error}). "
            f"Put its folder {datasets.CIFAR10.base_folder} there, or unpack pictures as PATH/train/CLASS and "
            "PATH/test/CLASS and ask for folder:PATH."
        ) from None
    arrays = [(one.data.transpose(0, 3, 1, 2), np.array(one.targets, dtype=np.int64)) for one in sets]
    return arrays, list(sets[0].classes)
