"""One-shot search of a network's cells by stochastic natural gradient: the space, the supernet, the search.

>>> from asng_edu.nas import CellSpace

The public names stand in ``__init__.pyi``. Each is loaded on first use: the space and its drawing need no torch.
"""

from asng_edu._common import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__, lazy.EXTRAS)
