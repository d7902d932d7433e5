"""One-shot search of a network's cells by stochastic natural gradient: the space, the supernet, the search.

>>> from asng_edu.nas import CellSpace

Everything named below is loaded on first use: the space and its drawing need no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asng_edu.nas.draw import draw_cell as draw_cell
    from asng_edu.nas.draw import picture as picture
    from asng_edu.nas.genotype import Genotype as Genotype
    from asng_edu.nas.space import CellSpace as CellSpace
    from asng_edu.nas.space import chain as chain

_HOME = {
    "CellSpace": "asng_edu.nas.space",
    "Genotype": "asng_edu.nas.genotype",
    "chain": "asng_edu.nas.space",
    "draw_cell": "asng_edu.nas.draw",
    "picture": "asng_edu.nas.draw",
}

__all__ = list(_HOME)


if not TYPE_CHECKING:  # for a type checker, what is not imported above does not exist

    def __getattr__(name: str) -> Any:
        if name in _HOME:
            return getattr(importlib.import_module(_HOME[name]), name)
        try:
            return importlib.import_module(f"asng_edu.nas.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"asng_edu.nas.{name}":
                raise
        raise AttributeError(f"asng_edu.nas has no {name!r}; it has {', '.join(_HOME)}.")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
