"""The one place that says how formulas are compiled.

Every formula of the book is a small function over arrays, decorated with ``@compiled``. The classes call it on
their state; the sweep's loop, itself ``@compiled``, calls the very same function, so no fast twin can drift from the
readable one. To step through a formula with a debugger, or to run where Numba cannot, set ``NUMBA_DISABLE_JIT=1``.

``fastmath`` stays off: with it the order of summation, and so the last bit of a result, would depend on the
processor.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}  # the lock is released; 1/0 is inf, as in NumPy
_checked: set[Path] = set()


def compiled(function: Function) -> Function:
    """Compile ``function`` to machine code on its first call, and keep the result on disk.

    The function keeps its meaning as plain Python.
    """
    dispatcher: Any = numba.njit(cache=True, **_OPTIONS)(function)
    if hasattr(dispatcher, "stats"):
        _forget_outdated(Path(dispatcher.stats.cache_path))
    return dispatcher  # type: ignore[no-any-return]


def together(*functions: Any) -> tuple[Any, ...]:
    """Return the formulas in a form that becomes part of the compiled loop that calls them.

    A formula that Numba loads from disk is called, not inlined, which makes the sweep half as fast again as need be.
    These are the same Python functions, compiled anew as a part of their caller.
    """
    return tuple(numba.njit(**_OPTIONS)(getattr(function, "py_func", function)) for function in functions)


def _forget_outdated(cache: Path) -> None:
    """Delete what was compiled before the package was last edited.

    Numba checks only the file of the function itself: an edited formula would live on inside the loops that call it.
    """
    if cache in _checked:
        return
    _checked.add(cache)
    edited = max(source.stat().st_mtime for source in Path(__file__).parent.rglob("*.py"))
    for index in cache.glob("*.nbi"):
        if index.stat().st_mtime < edited:
            index.unlink(missing_ok=True)
