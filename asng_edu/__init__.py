"""One-shot neural architecture search by stochastic natural gradient: the library of the book.

>>> from asng_edu import ASNG, Categorical

The public names stand in ``__init__.pyi``. Each is loaded on first use, so that ``import asng_edu`` itself takes no
time and compiles nothing.
"""

from asng_edu._common import lazy

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy.attach(__name__)
