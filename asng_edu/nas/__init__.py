"""One-shot search of a network's cells by stochastic natural gradient: the space, the supernet, the search.

>>> from asng_edu.nas import CellSpace

The public names stand in ``__init__.pyi``. Each is loaded on first use: the space and its drawing need no torch.
"""

from asng_edu._common import lazy

EXTRAS = {
    "torch": "nas",
    "torchvision": "nas",
    "sklearn": "nas",
    "matplotlib": "plot",
    "seaborn": "plot",
    "yaml": "claims",
}

__getattr__, __dir__, __all__ = lazy.attach(__name__, EXTRAS)
