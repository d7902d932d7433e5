"""The only place that imports torchvision."""

from __future__ import annotations

import importlib
from types import ModuleType

import torch

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
