"""A small reader of JSON-like values: what a record, a checkpoint or a row of a CSV file must be, at every depth.

A shape is said by types: ``int``, ``float``, ``str``, ``bool``, ``None``, ``list[…]``, ``dict[str, …]``, unions, a
:class:`typing.TypedDict`, which may hold more keys than it names, and ``Any`` for what JSON can hold.
``Annotated[int, Range(1, 9)]`` and ``Annotated[list[int], Length(3, 3)]`` set bounds.
"""

from __future__ import annotations

import json
import os
import sys
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, cast

from asng_edu._common.checks import short

T = TypeVar("T")
Path_ = tuple[str | int, ...]  # the keys and places that lead to a value

DEEPEST = 32  # lists and objects within one another
LARGEST = 2**128 - 1  # of a whole number, as seeds may be
LARGEST_FILE = 2**28  # bytes
WORDS: dict[Any, str] = {
    int: "a whole number", float: "a finite number", str: "text", bool: "true or false", type(None): "null",
    list: "a list", dict: "an object",
}  # fmt: skip


class SchemaError(ValueError):
    """A value that has not the shape that it should have; the sentence says where."""

    def __init__(self, where: str, path: Path_, must: str) -> None:
        self.path, self.must = path, must
        keys = [f"[{key}]" if isinstance(key, int) else f".{word(key)}" for key in path]
        super().__init__(f"{''.join(keys).lstrip('.') or where} {must}")


@dataclass(frozen=True)
class Range:
    """The bounds of a number, both included."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"from {self.least:,} to {self.most:,}"


@dataclass(frozen=True)
class Length:
    """The bounds of a list's length, both included."""

    least: int
    most: int

    def __str__(self) -> str:
        return f"{self.least:,}" if self.least == self.most else f"from {self.least:,} to {self.most:,}"


def load(path: str | os.PathLike[str]) -> Any:
    """Return the JSON in a file, which may begin with a byte order mark.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no JSON, or too large; the sentence goes on after the name of the file.
    """
    with Path(path).open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ValueError(f"is larger than {LARGEST_FILE:,} bytes.")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # no text, no JSON, too deep, or a number with too many digits
        raise ValueError("is no JSON, or is damaged.") from None


def read(shape: type[T], value: Any, name: str = "the value") -> T:
    """Return a value if it has a shape; whole numbers are floats where it says so.

    Parameters
    ----------
    shape : type
    value : Any
        As :func:`json.loads` returns it.
    name : str
        What the whole is called in messages.

    Raises
    ------
    SchemaError
        In one sentence, with the path to what is wrong.

    Examples
    --------
    >>> class Record(typing.TypedDict):
    ...     sizes: list[Annotated[int, Range(1, 9)]]
    >>> read(Record, {"sizes": [3, 10]})
    Traceback (most recent call last):
    asng_edu.jobs.schema.SchemaError: sizes[1] must be a whole number from 1 to 9, but is 10.
    """
    return cast(T, _read(shape, value, (), name))


def _read(shape: Any, value: Any, path: Path_, name: str) -> Any:
    """Return the value at one place, checked with all below it."""
    shape, bounds = _bounds(shape)
    arguments, kind = typing.get_args(shape), typing.get_origin(shape) or shape
    if kind in (Union, types.UnionType):
        return _read_any_of(arguments, value, path, name)
    if kind is Any:
        kind = type(value) if type(value) in WORDS else str
        if kind is float:
            return value  # NaN and infinity included
        arguments = (str, Any) if kind is dict else (Any,)
    named = typing.get_type_hints(shape, include_extras=True) if typing.is_typeddict(shape) else {}
    kind = dict if typing.is_typeddict(shape) else kind
    if kind is float and type(value) is int and abs(value) <= LARGEST:
        value = float(value)
    largest = LARGEST if kind is int else sys.float_info.max
    number = bounds if isinstance(bounds, Range) else Range(-largest, largest)
    if type(value) is not kind or (kind in (int, float) and not number.least <= value <= number.most):
        limits = f" {number}" if number is bounds or type(value) is kind is int else ""
        raise SchemaError(name, path, f"must be {WORDS[kind]}{limits}, but is {short(value)}.")
    if kind is list and isinstance(bounds, Length) and not bounds.least <= len(value) <= bounds.most:
        raise SchemaError(name, path, f"must have {bounds} entries, but has {len(value):,}.")
    if kind in (list, dict) and len(path) == DEEPEST:
        raise SchemaError(name, path[:3], f"must have at most {DEEPEST} levels, but is deeper.")
    if kind is list:
        return [_read(arguments[0], item, (*path, place), name) for place, item in enumerate(value)]
    if kind is dict:
        needed = {key for key, one in named.items() if typing.get_origin(one) is not typing.NotRequired}
        if missing := needed - value.keys():
            raise SchemaError(name, path, f"must have {min(missing)}, but has not.")
        other = Any if named else arguments[1]
        return {key: _read(named.get(key, other), item, (*path, key), name) for key, item in value.items()}
    return value


def _read_any_of(shapes: tuple[Any, ...], value: Any, path: Path_, name: str) -> Any:
    """Return a value by the first shape that it has; if it has none, the error that came furthest says most."""
    errors = []
    for shape in shapes:
        try:
            return _read(shape, value, path, name)
        except SchemaError as error:
            errors.append(error)
    furthest = max(errors, key=lambda error: len(error.path))
    if len(furthest.path) > len(path):
        raise furthest
    words = [error.must.removeprefix("must be ").partition(", but ")[0] for error in errors]
    raise SchemaError(name, path, f"must be {' or '.join(words)}, but is {short(value)}.")


def _bounds(shape: Any) -> tuple[Any, Range | Length | None]:
    """Return a shape without ``NotRequired`` and ``Annotated``, and its bounds."""
    bounds = None
    while (origin := typing.get_origin(shape)) in (Annotated, typing.Required, typing.NotRequired):
        if origin is Annotated:
            bounds = next(one for one in shape.__metadata__ if isinstance(one, Range | Length))
        shape = typing.get_args(shape)[0]
    return shape, bounds


def word(key: str) -> str:
    """Return a key as it stands in a message."""
    return key if key.isidentifier() and len(key) <= 60 else short(key)
