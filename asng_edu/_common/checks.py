"""Checks of arguments, each of which says what was wrong, what was given and what is accepted."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from numbers import Number, Real
from pathlib import Path
from reprlib import Repr
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

# The most numbers of one array that this library makes: half a gigabyte of them.
LARGEST = 2**26
LONGEST = 4096  # letters of a path

T = TypeVar("T")

_repr = Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 60
_repr.maxlevel = 3
_repr.maxlist = _repr.maxtuple = _repr.maxdict = 4


def short(value: Any) -> str:
    """Return ``repr(value)`` for a message, cut where it is long or deep."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    try:
        if hasattr(value, "is_meta"):
            return f"{value.dtype} of shape {tuple(value.shape)}"
        text = " ".join(_repr.repr(value).split("\n"))
        return text if " at 0x" not in text else f"something of type {type(value).__name__}"  # an address says nothing
    except ValueError:  # an integer with more digits than Python writes
        return f"a number of type {type(value).__name__} with too many digits"
    except Exception:  # somebody else's __repr__
        return f"something of type {type(value).__name__}"


def positive(name: str, value: Any) -> float:
    """Return ``value`` as a float if it is finite and above zero."""
    number = real(name, value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be a finite number above 0, but is {short(value)}.")
    return number


def real(name: str, value: Any) -> float:
    """Return ``value`` as a float if it is a number (infinity included, NaN not)."""
    if type(value) is float and not math.isnan(value):  # by far the most frequent kind
        return value
    try:
        number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        raise ValueError(f"{name} must fit into a float, but is too large.") from None
    if math.isnan(number):
        raise ValueError(f"{name} must be a number, but is {short(value)}.")
    return number


def integer(name: str, value: Any, minimum: int, maximum: int | None = None) -> int:
    """Return ``value`` as an int if it is a whole number from ``minimum`` to ``maximum``, both included."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, but is {short(value)}.")
    if maximum is not None and value > maximum:
        raise ValueError(f"{name} must be at most {maximum:,}, but is {short(value)}.")
    return int(value)


def boolean(name: str, value: Any) -> bool:
    """Return ``value`` if it is True or False."""
    return bool(instance(name, value, bool, "True or False"))


def one_of(name: str, value: Any, accepted: Iterable[str]) -> str:
    """Return ``value`` if it is one of the ``accepted`` names."""
    names = tuple(accepted)
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{name} must be one of {', '.join(names)}, but is {short(value)}.")
    return str(value)


def instance(name: str, value: T, kind: Any, such_as: str) -> T:
    """Return ``value`` if it is of the ``kind``; ``such_as`` names one in the message."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be {such_as}, but is {short(value)}.")
    return value


def entries(name: str, value: Any) -> tuple[Any, ...]:
    """Return the entries of ``value`` if it has some to go through; a text has none."""
    try:
        if isinstance(value, str | bytes):
            raise TypeError
        return tuple(value)
    except Exception:  # what cannot be gone through, or fails on the way
        raise ValueError(f"{name} must be a sequence, such as a tuple, but is {short(value)}.") from None


def text(name: str, value: Any) -> str | None:
    """Return ``value`` if it is a text or None."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} must be a text or None, but is {short(value)}.")
    return value


def path(name: str, value: Any) -> Path:
    """Return ``value`` as a path if a file or a folder can have that name."""
    try:
        given = os.fspath(value)
        if isinstance(given, bytes) or b"\0" in os.fsencode(given) or len(given) > LONGEST:
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be the name of a file or a folder, but is {short(value)}.") from None
    return Path(given)


def generator(name: str, value: Any) -> np.random.Generator:
    """Return ``value`` if it is a generator, or one that it seeds."""
    if isinstance(value, np.random.Generator):
        return value
    try:
        numbers = value if isinstance(value, list | tuple | np.ndarray) else [value]
        # NumPy takes nested lists too, and very deep ones end the interpreter.
        if not all(isinstance(number, int | np.integer | np.random.SeedSequence) for number in numbers):
            raise TypeError
        return np.random.default_rng(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a numpy Generator or a seed from 0 up, but is {short(value)}.") from None


def as_array(name: str, value: Any) -> NDArray[Any]:
    """Return ``value`` as an array if it is numbers, nested lists of them, or a tensor on whatever device.

    A tensor is known by its methods, for PyTorch may not be there; its gradient is left behind.
    """
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return value
    tensor = hasattr(value, "detach") and hasattr(value, "is_meta")
    if tensor and value.is_meta:
        raise ValueError(f"{name} must have values, but is a tensor on the device meta, which holds none.")
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"{name} must not be masked, but {np.ma.getmaskarray(value).sum()} of {value.size} entries are."
        )
    if isinstance(value, list | tuple) and any(isinstance(e, np.ma.MaskedArray) or hasattr(e, "detach") for e in value):
        value = [as_array(name, entry) for entry in value]
    try:
        if tensor:
            value = value.detach().cpu()
            value = value.double() if value.is_floating_point() else value  # NumPy knows no bfloat16
        array = np.asarray(value)
        if array.dtype.kind == "O" and any(not isinstance(e, Number) or isinstance(e, complex) for e in array.flat):
            raise TypeError
    except Exception:  # each kind of array has its own
        raise ValueError(f"{name} must be numbers, in rows of one length, but is {short(value)}.") from None
    return array


def shaped_array(name: str, value: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return ``value`` as a float64 array if it consists of numbers in the given shape."""
    if type(value) is np.ndarray and value.dtype == np.float64 and value.shape == shape:
        return value
    given = as_array(name, value)
    try:
        if given.dtype.kind not in "biufO":
            raise TypeError
        array: NDArray[np.float64] = given.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be numbers in an array of shape {shape}, but is {short(value)}.") from None
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, but has shape {array.shape}.")
    return array


def finite_array(name: str, value: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return ``value`` as a float64 array if it has the given shape and only finite entries."""
    array = shaped_array(name, value, shape)
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)].flat[0]
        raise ValueError(f"{name} must be finite, but {np.sum(~np.isfinite(array))} of {array.size} are not ({bad}).")
    return array


def per_dimension(name: str, value: Any, dim: int) -> NDArray[np.float64]:
    """Return ``value``, one number for all dimensions or one for each, as a float64 array of shape (dim,)."""
    single = isinstance(value, str) or not hasattr(value, "__len__")
    return np.full(dim, finite_array(name, value, ())) if single else finite_array(name, value, (dim,))


def whole_array(name: str, value: Any, columns: int, upper: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``value`` as an int64 array of shape (rows, columns) with 0 ≤ entry < upper, column by column."""
    array = as_array(name, value)
    if array.ndim != 2 or array.shape[1] != columns or array.shape[0] == 0:
        raise ValueError(f"{name} must have shape (samples, {columns}), but has shape {array.shape}.")
    if array.dtype.kind not in "iubf":
        raise ValueError(f"{name} must be whole numbers, but are of type {array.dtype}.")
    if array.dtype.kind == "f" and not np.array_equal(array, np.floor(array)):
        raise ValueError(f"{name} must be whole numbers, but one is {array[array != np.floor(array)][0]}.")
    outside = (array < 0) | (array >= upper)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise ValueError(
            f"{name} in dimension {column} must lie between 0 and {upper[column] - 1}, but one is {array[row, column]}."
        )
    return array.astype(np.int64)
