"""Checks of arguments, each of which says what was wrong, what was given and what is accepted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def positive(name: str, value: Any) -> float:
    """Return ``value`` as a float if it is finite and above zero."""
    number = real(name, value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be a finite number above 0, but is {value!r}.")
    return number


def real(name: str, value: Any) -> float:
    """Return ``value`` as a float if it is a number (infinity included, NaN not)."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool | str) or math.isnan(number):
        raise ValueError(f"{name} must be a number, but is {value!r}.")
    return number


def integer(name: str, value: Any, minimum: int) -> int:
    """Return ``value`` as an int if it is a whole number not below ``minimum``."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, but is {value!r}.")
    return int(value)


def one_of(name: str, value: Any, accepted: Iterable[str]) -> str:
    """Return ``value`` if it is one of the ``accepted`` names."""
    names = tuple(accepted)
    if value not in names:
        raise ValueError(f"{name} must be one of {', '.join(names)}, but is {value!r}.")
    return str(value)


def finite_array(name: str, value: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return ``value`` as a float64 array if it has the given shape and only finite entries."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers in an array of shape {shape}, but is {value!r}.") from None
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, but has shape {array.shape}.")
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)].flat[0]
        raise ValueError(f"{name} must be finite, but {np.sum(~np.isfinite(array))} of {array.size} are not ({bad}).")
    return array


def whole_array(name: str, value: ArrayLike, columns: int, upper: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``value`` as an int64 array of shape (rows, columns) with 0 ≤ entry < upper, column by column."""
    array = np.asarray(value)
    if array.ndim != 2 or array.shape[1] != columns or array.shape[0] == 0:
        raise ValueError(f"{name} must have shape (samples, {columns}), but has shape {array.shape}.")
    if array.dtype.kind not in "iub" and not (array.dtype.kind == "f" and np.array_equal(array, np.floor(array))):
        raise ValueError(f"{name} must be whole numbers, but are of type {array.dtype}.")
    whole = array.astype(np.int64)
    outside = (whole < 0) | (whole >= upper)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise ValueError(
            f"{name} in dimension {column} must lie between 0 and {upper[column] - 1}, but one is {whole[row, column]}."
        )
    return whole
