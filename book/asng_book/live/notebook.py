"""The δ⁰ explorer for a running kernel: sliders that drive the Python library itself, drawn by Matplotlib.

The figures of :func:`asng_book.live.figure.live` compute in the browser, with the library's formulas written again in
JavaScript. Here it is the library that runs, so that whoever edits it sees what becomes of the curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asng_book.live.explorer import CONTROLS
from asng_book.live.figure import NEEDS_KERNEL, without_widgets
from asng_edu._common import checks
from asng_edu.sweeps import trial


def python_explorer(methods: Sequence[str] = trial.METHODS) -> Any:
    """Return the explorer as ``ipywidgets``, each of whose moves runs the library's own loop.

    Its sliders are those of :func:`asng_book.live.explorer.Explorer`. What is missing are the guard, which the compiled
    loop never takes off, and the play bar, for a picture is drawn once the run is over. Its loss is the expected one
    under P_θ. Where there is no kernel to run it, as on a page of the book, a sentence stands in its place.

    Parameters
    ----------
    methods : sequence of {"asng", "sng", "adam"}
        Which run at first.

    Raises
    ------
    ValueError
        For an unknown method.
    """
    chosen = tuple(checks.one_of("a method", method, trial.METHODS) for method in methods)
    try:
        from asng_book.live.panel import Panel, slider
        from asng_book.live.tracks import following_trial
    except ModuleNotFoundError as error:
        return without_widgets(error)
    methods_on = {method: method in chosen for method in trial.METHODS}
    return Panel({name: slider(name) for name in CONTROLS}, methods_on, following_trial, NEEDS_KERNEL)
