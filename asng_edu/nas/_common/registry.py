"""Things known by a name, each registered where it is defined."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from asng_edu._common import checks

T = TypeVar("T")
NAME = re.compile(r"\w[\w-]*")


class Registry(Mapping[str, T], Generic[T]):
    """A mapping from names to what was registered under them, in the order of the alphabet.

    The modules of a package are imported when somebody first asks, so that a new file there is all that a new name
    needs. Code outside the library registers in the same way.

    Parameters
    ----------
    what : str
        What is registered, in words, for messages.
    package : str
        Whose modules register.

    Examples
    --------
    >>> shapes = Registry("shape", "asng_edu._common")
    >>> @shapes.register("square")
    ... def area(side):
    ...     return side**2
    >>> shapes["square"](3), list(shapes)
    (9, ['square'])
    """

    def __init__(self, what: str, package: str) -> None:
        self.what, self._package = what, package
        self._known: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that makes something known by ``name``, which a class then has as its attribute.

        Raises
        ------
        ValueError
            If the name does not consist of letters, digits, _ and -, or is that of something else already.
        """
        if not isinstance(name, str) or not NAME.fullmatch(name):
            text = checks.short(name)
            raise ValueError(f"the name of a {self.what} must consist of letters, digits, _ and -, but is {text}.")

        def add(thing: T) -> T:
            known = self._known.get(name)
            if known is not None and _origin(known) != _origin(thing):  # a cell that is run again defines it anew
                raise ValueError(f"there is a {self.what} {name!r} already: choose another name.")
            self._known[name] = thing
            if isinstance(thing, type):
                type.__setattr__(thing, "name", name)
            return thing

        return add

    def remove(self, name: str) -> None:
        """Forget a name."""
        if isinstance(name, str):
            self._known.pop(name, None)

    def check(self, name: object) -> str:
        """Return the name if something is registered under it, else raise a ValueError with those that are."""
        return checks.one_of(self.what, name, self)

    def __getitem__(self, name: str) -> T:
        self._load()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._known))

    def __len__(self) -> int:
        self._load()
        return len(self._known)

    def _load(self) -> None:
        if not self._loaded:
            self._loaded = True
            for module in pkgutil.iter_modules(importlib.import_module(self._package).__path__, f"{self._package}."):
                importlib.import_module(module.name)


def _origin(thing: object) -> tuple[str, str]:
    return getattr(thing, "__module__", ""), getattr(thing, "__qualname__", repr(thing))
