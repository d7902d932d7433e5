"""One-shot neural architecture search by stochastic natural gradient: the library of the book.

>>> from asng_edu import ASNG, Categorical

Everything named below is loaded on first use, so that ``import asng_edu`` itself takes no time and compiles nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asng_edu.adam import Adam as Adam
    from asng_edu.asng import ASNG as ASNG
    from asng_edu.distributions import Bernoulli as Bernoulli
    from asng_edu.distributions import Categorical as Categorical
    from asng_edu.distributions import Gaussian as Gaussian
    from asng_edu.distributions import Integer as Integer
    from asng_edu.distributions import Product as Product
    from asng_edu.exercises import check as check
    from asng_edu.problems import SelectiveSquaredError as SelectiveSquaredError
    from asng_edu.sng import SNG as SNG

__version__ = "0.1.0"

_HOME = {
    "ASNG": "asng_edu.asng",
    "SNG": "asng_edu.sng",
    "Adam": "asng_edu.adam",
    "Bernoulli": "asng_edu.distributions",
    "Categorical": "asng_edu.distributions",
    "Gaussian": "asng_edu.distributions",
    "Integer": "asng_edu.distributions",
    "Product": "asng_edu.distributions",
    "SelectiveSquaredError": "asng_edu.problems",
    "check": "asng_edu.exercises",
}

__all__ = list(_HOME)


if not TYPE_CHECKING:  # for a type checker, what is not imported above does not exist

    def __getattr__(name: str) -> Any:
        if name in _HOME:
            return getattr(importlib.import_module(_HOME[name]), name)
        try:
            return importlib.import_module(f"asng_edu.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"asng_edu.{name}":
                raise
        raise AttributeError(f"asng_edu has no {name!r}; it has {', '.join(_HOME)}.")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
