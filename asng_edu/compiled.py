"""The one place that says how formulas are compiled.

Every formula of the book is a small function over arrays, decorated with ``@compiled``. The classes call it on
their state; the sweep's loop, itself ``@compiled``, calls the very same function, so no fast twin can drift from the
readable one. To step through a formula with a debugger, or to run where Numba cannot, set ``NUMBA_DISABLE_JIT=1``.

``fastmath`` stays off: with it the order of summation, and so the last bit of a result, would depend on the
processor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile ``function`` to machine code on its first call, and keep the result on disk.

    The function keeps its meaning as plain Python. Division by zero follows NumPy (``inf`` or ``nan``, no exception),
    and the interpreter lock is released while it runs.
    """
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)  # type: ignore[no-any-return]
