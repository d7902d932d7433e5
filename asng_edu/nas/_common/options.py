"""Settings whose fields are also options of the command line: name, default, meaning and form stand once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import Field, field, fields
from typing import Any

from asng_edu._common import checks

MOST = 10**9


def option(
    default: Any, meaning: str, parse: Callable[[str], Any] | None = None, *, least: float = 0, most: float = MOST
) -> Any:
    """Return a dataclass field that is also an option.

    Parameters
    ----------
    default
        Its value where none is given.
    meaning : str
        In a few words, for ``--help``.
    parse : callable, optional
        Makes its value of text; by default the type of the default.
    least, most : float
        Its range, if it is a number; :func:`check_options` looks.
    """
    metadata = {"meaning": meaning, "parse": parse or type(default), "range": (least, most)}
    return field(default=default, metadata=metadata)


def options_of(kind: Any) -> tuple[Field[Any], ...]:
    """Return the fields of a dataclass, or of an instance, that are options."""
    return tuple(one for one in fields(kind) if "meaning" in one.metadata)


def check_options(settings: Any) -> None:
    """Raise a ValueError unless each option is of the kind of its default, and each number in its range."""
    for one in options_of(settings):
        value, parse = getattr(settings, one.name), one.metadata["parse"]
        least, most = one.metadata["range"]
        if parse is int:
            checks.integer(one.name, value, math.ceil(least), math.floor(most))
        elif parse is float and not least <= checks.real(one.name, value) <= most:
            raise ValueError(f"{one.name} must be a number from {least:g} to {most:g}, but is {checks.short(value)}.")
        elif parse in (bool, str) and not isinstance(value, parse):
            kind = "True or False" if parse is bool else "a text"
            raise ValueError(f"{one.name} must be {kind}, but is {checks.short(value)}.")


def names(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list."""
    return tuple(part.strip() for part in text.split(","))


def number_or_name(text: str) -> str | float:
    """Return a number if the text is one, else the text."""
    try:
        return float(text)
    except ValueError:
        return text


def as_json(value: Any) -> Any:
    """Return tuples as lists, at every level, as JSON gives them back."""
    return [as_json(entry) for entry in value] if isinstance(value, list | tuple) else value
