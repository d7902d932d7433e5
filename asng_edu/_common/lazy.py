"""Public names that are loaded on first use, from the one list of them: the package's stub, ``__init__.pyi``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Module = tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]

# Which extra of this project brings a package.
EXTRAS = {
    "torch": "nas",
    "torchvision": "nas",
    "sklearn": "nas",
    "matplotlib": "plot",
    "seaborn": "plot",
    "yaml": "claims",
}


def attach(package: str, extras: Mapping[str, str] | None = None) -> Module:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package, made from its stub.

    Each line ``from MODULE import NAME as NAME`` of the stub makes a name public; a type checker reads the same lines.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    extras : mapping of str to str, optional
        Which extra of ``pip install`` brings a library that a name may need.
    """
    stub = Path(sys.modules[package].__file__ or "").with_suffix(".pyi").read_text(encoding="utf-8")
    lines = [line.split() for line in stub.splitlines() if line.startswith("from ")]
    home = {words[-1]: words[1] for words in lines}

    def __getattr__(name: str) -> Any:
        where = home.get(name, f"{package}.{name}")
        try:
            module = importlib.import_module(where)
            return getattr(module, name) if name in home else module
        except ModuleNotFoundError as error:
            if extras and error.name and error.name in extras:
                needs = f"{error.name}: pip install 'asng_edu[{extras[error.name]}]'"
                raise ModuleNotFoundError(f"{name} needs {needs}.", name=error.name) from None
            if error.name != where:
                raise
        raise AttributeError(f"{package} has no {name!r}; it has {', '.join(home)}.")

    def __dir__() -> list[str]:
        return sorted([*vars(sys.modules[package]), *home])

    return __getattr__, __dir__, list(home)
