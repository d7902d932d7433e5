"""The one place that says how formulas are compiled.

Every formula of the book is a small function over arrays, decorated with ``@compiled``. The classes call it on
their state; the sweep's loop, itself ``@compiled``, calls the very same function, so no fast twin can drift from the
readable one. To step through a formula with a debugger, or to run where Numba cannot, set ``NUMBA_DISABLE_JIT=1``.

``fastmath`` stays off: with it the order of summation, and so the last bit of a result, would depend on the
processor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}  # the lock is released; 1/0 is inf, as in NumPy


def _fingerprint() -> str:
    """Return a hash of the package's sources, as they are when it is imported."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parents[1].rglob("[!.]*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


_SOURCES = _fingerprint()


def compiled(function: Function) -> Function:
    """Compile ``function`` to machine code on its first call, and keep the result on disk if there is a place for it.

    The function keeps its meaning as plain Python.
    """
    try:
        dispatcher: Any = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no folder can be written to
        dispatcher = numba.njit(**_OPTIONS)(function)
    if hasattr(dispatcher, "_cache") and hasattr(dispatcher._cache, "_cache_file"):
        # Numba looks only at the file of the function itself, so that an edited formula would live on inside the loops
        # that call it. With this stamp, code compiled from other sources of the package is not used.
        dispatcher._cache._cache_file._source_stamp = _SOURCES
    return dispatcher  # type: ignore[no-any-return]


def together(*functions: Any) -> tuple[Any, ...]:
    """Return the formulas in a form that becomes part of the compiled loop that calls them.

    A formula that Numba loads from disk is called, not inlined; an update of the sweep then took 1.5 times as long.
    These are the same Python functions, compiled anew as a part of their caller.
    """
    return tuple(numba.njit(**_OPTIONS)(getattr(function, "py_func", function)) for function in functions)
