"""Settings whose fields are also options of the command line: name, default, meaning and form stand once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, field, fields
from typing import Any


def option(default: Any, meaning: str, parse: Callable[[str], Any] | None = None) -> Any:
    """Return a dataclass field that is also an option; ``parse`` makes its value of text, by default its own type."""
    return field(default=default, metadata={"meaning": meaning, "parse": parse or type(default)})


def options_of(kind: Any) -> tuple[Field[Any], ...]:
    """Return the fields of a dataclass, or of an instance, that are options."""
    return tuple(one for one in fields(kind) if "meaning" in one.metadata)


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
