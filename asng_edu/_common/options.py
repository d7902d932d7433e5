"""Settings whose fields are also options of the command line: name, default, meaning and form stand once."""

from __future__ import annotations

import argparse
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
        if value is None and one.default is None:
            continue
        if parse is int:
            whole = checks.integer(one.name, value, math.ceil(least), math.floor(most))
            object.__setattr__(settings, one.name, whole)  # NumPy's integers are no JSON
        elif parse is float and not least <= checks.real(one.name, value) <= most:
            raise ValueError(f"{one.name} must be a number from {least:g} to {most:g}, but is {checks.short(value)}.")
        elif parse in (bool, str) and not isinstance(value, parse):
            kind = "True or False" if parse is bool else "a text"
            raise ValueError(f"{one.name} must be {kind}, but is {checks.short(value)}.")


def add_option(group: Any, one: Field[Any], told: str) -> None:
    """Add an option to a group of argparse's; ``told`` says its default, which argparse is not given."""
    parse = one.metadata["parse"]
    options: dict[str, Any] = {"dest": one.name, "help": (one.metadata["meaning"] + told).replace("%", "%%")}
    name = "--" + one.name.replace("_", "-")
    if parse is bool:
        group.add_argument(name, action=argparse.BooleanOptionalAction, default=None, **options)
    else:
        group.add_argument(name, type=parse, metavar={int: "N", float: "X"}.get(parse, one.name.upper()), **options)


def given_options(arguments: argparse.Namespace, *kinds: Any) -> dict[str, Any]:
    """Return the options of these kinds of settings that a command line names."""
    every = dict.fromkeys(one.name for kind in kinds for one in options_of(kind))
    return {name: value for name in every if (value := getattr(arguments, name, None)) is not None}


def given_kind(arguments: argparse.Namespace, what: str, registry: Any) -> dict[str, Any]:
    """Return the space or the strategy that the command line names, with its settings."""
    chosen = getattr(arguments, what)
    named = {} if chosen is None else {what: registry.check(chosen)}
    return named | given_options(arguments, *registry.values())


def in_words(value: Any) -> str:
    """Return a value as one would type it."""
    if isinstance(value, tuple):
        return ",".join(map(in_words, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def names(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list."""
    return tuple(part.strip() for part in text.split(","))


def numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of a comma-separated list."""
    try:
        return tuple(map(float, names(text)))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be numbers with commas between them, but is {text!r}") from None


def number_or_name(text: str) -> str | float:
    """Return a number if the text is one, else the text."""
    try:
        return float(text)
    except ValueError:
        return text


def as_json(value: Any) -> Any:
    """Return tuples as lists, at every level, as JSON gives them back."""
    if isinstance(value, dict):
        return {name: as_json(entry) for name, entry in value.items()}
    return [as_json(entry) for entry in value] if isinstance(value, list | tuple) else value
