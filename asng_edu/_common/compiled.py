"""The one place that says how formulas are compiled, and what they are safe with.

A formula is a small function over arrays, decorated with ``@compiled(…)``, which names the axes of each array. Where
Numba is installed (the extra ``sweep`` brings it) it is compiled on its first call; elsewhere, and to step through it
with a debugger (``NUMBA_DISABLE_JIT=1``), the very same function runs as plain Python.

Compiled code writes wherever an index leads. So a formula compares shapes and types first, and its code checks bounds;
the loop of a sweep, made of the same functions without either (:func:`together`), looks at its arrays once.

``fastmath`` stays off: with it the order of summation, and so the last bit of a result, would depend on the processor.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import files
from asng_edu._common.checks import short

Function = TypeVar("Function", bound=Callable[..., Any])

MOST_KINDS = 1000  # combinations of types and shapes that a formula remembers to have fitted

_DTYPES = {NDArray[np.float64]: np.dtype(np.float64), NDArray[np.int64]: np.dtype(np.int64)}
_NUMBERS = {float: (float, int, np.floating, np.integer), int: (int, np.integer)}


def _fingerprint() -> bytes:
    """Return a hash of the sources that hold formulas, as they are when the package is imported."""
    digest = hashlib.sha256(sys.version.encode())
    for source in sorted(Path(__file__).parents[1].rglob("[!.]*.py")):
        text = source.read_bytes()
        if b"@compiled" in text:
            digest.update(text)
    return digest.digest()


_SOURCES = _fingerprint()


def compiled(check: Callable[..., None] | None = None, /, **axes: str) -> Callable[[Function], Function]:
    """Compile a function to machine code on its first call, and keep the result on disk if there is a place for it.

    Parameters
    ----------
    check : callable, optional
        What raises a ValueError for arguments that do not fit, in place of the comparison below; then bounds are not
        checked any more.
    **axes : str
        The names of each array's axes, such as ``stats="λ n"``. Axes of one name must have one length, above 0.

    Notes
    -----
    The function raises a ValueError for arrays of other shapes or types, and for entries that lead out of an array.
    """

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        count = len(signature.parameters)
        hints = [(name, hint) for name, hint in get_type_hints(function).items() if name != "return"]
        expected = [(name, hint, axes.get(name, "").split()) for name, hint in hints]
        fits = check or functools.partial(_compare, expected)
        fitted: set[Any] = set()
        run: Any = None
        array = np.ndarray  # looked up once: this runs for every argument of every call

        @functools.wraps(function)
        def face(*arguments: Any, **named: Any) -> Any:
            nonlocal run
            if named or len(arguments) != count:
                arguments = signature.bind(*arguments, **named).args
            if run is None:
                run = _compile(function, boundscheck=check is None)
            kinds = tuple([(v.dtype, v.shape) if type(v) is array else _kind(v) for v in arguments])
            if kinds not in fitted:
                try:
                    fits(*arguments)
                except ValueError as error:
                    raise ValueError(f"{function.__name__}: {error}") from None
                if check is None and len(fitted) < MOST_KINDS:  # types and shapes are all that _compare looks at
                    fitted.add(kinds)
            try:
                return run(*arguments)
            except Exception as error:
                given = ", ".join(map(short, arguments))
                raise ValueError(f"{function.__name__} cannot be computed from {given}.") from error

        return face  # type: ignore[return-value]

    return decorate


def _kind(value: Any) -> Any:
    """Return what of an argument that is no plain array decides whether it fits."""
    return (type(value), value.dtype, value.shape) if isinstance(value, np.ndarray) else type(value)


def _compare(expected: list[tuple[str, Any, list[str]]], *arguments: Any) -> None:
    """Raise a ValueError for arguments of other types or shapes than a function's annotations and axes say."""
    sizes: dict[str, int] = {}
    for (name, hint, axes), value in zip(expected, arguments, strict=True):
        if not axes:
            if not isinstance(value, _NUMBERS[hint]):
                raise ValueError(f"{name} must be a number of type {hint.__name__}, but is {short(value)}.")
        elif not isinstance(value, np.ndarray) or value.dtype != _DTYPES[hint] or value.ndim != len(axes):
            wanted = f"{_DTYPES[hint]} numbers in an array of shape ({', '.join(axes)})"
            raise ValueError(f"{name} must be {wanted}, but is {short(value)}.")
        else:
            for axis, size in zip(axes, value.shape, strict=True):
                if sizes.setdefault(axis, size) != size or size == 0:
                    raise ValueError(f"{name} must have {sizes[axis] or 'some'} entries along {axis}, but has {size}.")


def together(*functions: Any) -> tuple[Any, ...]:
    """Return the formulas in a form that becomes part of the compiled loop that calls them.

    A formula that Numba loads from disk is called, not inlined; an update of the sweep then took 1.5 times as long.
    These are the same Python functions, compiled anew as a part of their caller.
    """
    return tuple(_compile(inspect.unwrap(function), keep=False) for function in functions)


@functools.cache
def _numba() -> Any:
    """Return Numba, or None where it cannot be imported."""
    try:
        import numba
    except ImportError:
        return None
    return numba


def _compile(function: Callable[..., Any], *, keep: bool = True, boundscheck: bool = False) -> Any:
    """Return the function compiled, or as it is where there is no Numba."""
    if _numba() is None:
        return function
    make = functools.partial(_numba().njit, nogil=True, error_model="numpy", boundscheck=boundscheck)  # 1/0 is inf
    try:
        dispatcher = make(cache=keep)(function)
    except (RuntimeError, OSError):  # no folder can be written to
        return make()(function)
    cache: Any = getattr(dispatcher, "_cache", None)
    if hasattr(cache, "_cache_file"):
        cache._cache_file = _CodeOnDisk(Path(cache.cache_path) / cache._impl.filename_base)
        cache._guard_against_spurious_io_errors = functools.partial(suppress, Exception)
    return dispatcher


class _CodeOnDisk:
    """What Numba keeps on disk, one file for each function and signature: an option, never a need.

    Numba's own class looks only at the file of the function itself, so that an edited formula would live on inside the
    loops that call it, and it raises where a file is truncated or the disk is full. There is no public way to change
    either, so this stands in the place of a private attribute: here, and nowhere else. A file begins with the hash of
    the formulas' sources and of what follows; if that is not right, the formula is compiled again.
    """

    def __init__(self, stem: Path) -> None:
        self.stem = stem

    def load(self, key: Any) -> Any:
        content = self._path(key).read_bytes()
        return pickle.loads(content[32:]) if content[:32] == self._hash(content[32:]) else None

    def save(self, key: Any, data: Any) -> None:
        content = _numba().core.serialize.dumps(data)
        files.replace(self._path(key), self._hash(content) + content)

    def _path(self, key: Any) -> Path:
        name = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        return self.stem.with_name(f"{self.stem.name}-{name}.nbc")

    def _hash(self, content: bytes) -> bytes:
        return hashlib.sha256(_SOURCES + _numba().__version__.encode() + content).digest()
