"""One-shot search of a network's cells by stochastic natural gradient: the space, the supernet, the search.

>>> from asng_edu.nas import CellSpace

Everything named below is loaded on first use: the space and its drawing need no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asng_edu.nas.augment import Augmentation as Augmentation
    from asng_edu.nas.batches import Batches as Batches
    from asng_edu.nas.data import Data as Data
    from asng_edu.nas.data import Images as Images
    from asng_edu.nas.data import load as load
    from asng_edu.nas.draw import draw_cell as draw_cell
    from asng_edu.nas.draw import picture as picture
    from asng_edu.nas.genotype import Genotype as Genotype
    from asng_edu.nas.job import run as run
    from asng_edu.nas.network import Network as Network
    from asng_edu.nas.operations import add_operation as add_operation
    from asng_edu.nas.retrain import Retrain as Retrain
    from asng_edu.nas.retrain import evaluate as evaluate
    from asng_edu.nas.retrain_settings import RetrainSettings as RetrainSettings
    from asng_edu.nas.search import Search as Search
    from asng_edu.nas.settings import SearchSettings as SearchSettings
    from asng_edu.nas.size import count as count
    from asng_edu.nas.size import widest as widest
    from asng_edu.nas.space import CellSpace as CellSpace
    from asng_edu.nas.space import chain as chain

_HOME = {
    "Augmentation": "asng_edu.nas.augment",
    "Batches": "asng_edu.nas.batches",
    "CellSpace": "asng_edu.nas.space",
    "Data": "asng_edu.nas.data",
    "Genotype": "asng_edu.nas.genotype",
    "Images": "asng_edu.nas.data",
    "Network": "asng_edu.nas.network",
    "Retrain": "asng_edu.nas.retrain",
    "RetrainSettings": "asng_edu.nas.retrain_settings",
    "Search": "asng_edu.nas.search",
    "SearchSettings": "asng_edu.nas.settings",
    "add_operation": "asng_edu.nas.operations",
    "chain": "asng_edu.nas.space",
    "count": "asng_edu.nas.size",
    "draw_cell": "asng_edu.nas.draw",
    "evaluate": "asng_edu.nas.retrain",
    "load": "asng_edu.nas.data",
    "picture": "asng_edu.nas.draw",
    "run": "asng_edu.nas.job",
    "widest": "asng_edu.nas.size",
}
EXTRAS = {
    "torch": "nas",
    "torchvision": "nas",
    "sklearn": "nas",
    "matplotlib": "plot",
    "seaborn": "plot",
    "yaml": "claims",
}

__all__ = list(_HOME)


if not TYPE_CHECKING:  # for a type checker, what is not imported above does not exist

    def __getattr__(name: str) -> Any:
        home = _HOME.get(name, f"asng_edu.nas.{name}")
        try:
            module = importlib.import_module(home)
            return getattr(module, name) if name in _HOME else module
        except ModuleNotFoundError as error:
            if error.name in EXTRAS:
                needs = f"{error.name}: pip install 'asng_edu[{EXTRAS[error.name]}]'"
                raise ModuleNotFoundError(f"{name} needs {needs}.", name=error.name) from None
            if error.name != home:
                raise
        raise AttributeError(f"asng_edu.nas has no {name!r}; it has {', '.join(_HOME)}.")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
