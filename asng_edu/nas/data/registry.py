"""The data sets by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from asng_edu._common.checks import short
from asng_edu.nas._common.registry import Registry

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.data.datasets import Data

L = TypeVar("L")


class Loader(Protocol):
    """Loads a data set.

    ``argument`` is what follows the name and a colon, as in ``folder:PATH``; None if nothing does. ``root`` is the
    folder to find files in, or to download them to; with ``progress`` a long loading shows a bar.
    """

    def __call__(self, argument: str | None, *, root: str | Path | None, progress: bool) -> Data:
        """Return the data, or raise a ValueError that says in a sentence why they cannot be had."""


#: What loads each data set; ``@DATASETS.register("mine")`` over a function adds one.
DATASETS: Registry[Loader] = Registry("data set", "asng_edu.nas.data.sets")


def takes(what: str) -> Callable[[L], L]:
    """Return a decorator for a loader whose name must be followed by a colon and an argument, called ``what``."""

    def mark(loader: L) -> L:
        loader.__dict__["takes"] = what
        return loader

    return mark


def dataset_names() -> tuple[str, ...]:
    """Return the names of all data sets, as ``folder:PATH`` where an argument follows.

    >>> dataset_names()
    ('cifar10', 'clutter', 'digits', 'folder:PATH', 'signals')
    """
    wanted = {name: getattr(loader, "takes", None) for name, loader in DATASETS.items()}
    return tuple(name if argument is None else f"{name}:{argument}" for name, argument in wanted.items())


def find_loader(name: object) -> tuple[Loader, str | None]:
    """Return the loader of a data set and its argument, or raise a ValueError with the names that there are."""
    known, colon, argument = name.partition(":") if isinstance(name, str) else ("", "", "")
    loader = DATASETS.get(known)
    if loader is None or bool(argument) != (getattr(loader, "takes", None) is not None) or (colon and not argument):
        raise ValueError(f"the data set must be one of {', '.join(dataset_names())}, but is {short(name)}.")
    return loader, argument or None
