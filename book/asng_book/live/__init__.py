"""Live figures: the δ⁰ explorer and the figures of the chapters, computed in the reader's browser.

The same scripts serve the built book, where they find their elements on the page, and a notebook, where anywidget
carries them. :func:`asng_book.live.notebook.python_explorer` is another explorer, which runs the Python library.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asng_book.live.files import figure_html, figure_names
from asng_edu._common import checks

__all__ = ["RANGES", "Explorer", "StaticFigure", "live", "read_sweep"]

METHODS = ("asng", "sng", "adam")

# What the explorer's sliders reach; the same as in static/figures/explorer_settings.js.
RANGES: dict[str, tuple[float, float]] = {
    "delta0": (1e-5, 20.0),
    "eps_x": (1e-5, 0.2),
    "lam": (2, 32),
    "alpha": (1.05, 4.0),
    "dim": (1, 60),
    "categories": (2, 10),
    "seed": (1, 1_000_000),
    "updates": (100, 100_000),
}
WHOLE = ("lam", "dim", "categories", "seed", "updates")


@dataclass(frozen=True)
class StaticFigure:
    """A live figure as HTML, which is alive on a page that has the scripts."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


def live(name: str, **options: Any) -> Any:
    """Return a live figure to show at the end of a notebook's cell.

    In a notebook it is an ``anywidget.AnyWidget``. Its HTML, which the book shows instead, is the figure's element,
    alive there through the scripts of the page. Where anywidget is missing there is only the HTML.

    Parameters
    ----------
    name : str
        Under which a script registers the figure.
    **options
        Of the figure; what JSON can hold.

    Raises
    ------
    ValueError
        If no script registers such a name, or the options are not JSON.

    Examples
    --------
    >>> figure = live("explorer", delta0=0.1)
    """
    checks.one_of("name", name, figure_names())
    html = figure_html(name, options)
    try:
        from asng_book.live.widget import LiveFigure
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        return StaticFigure(html)
    return LiveFigure(name, options, html)


def Explorer(  # noqa: N802
    *,
    methods: Sequence[str] = METHODS,
    fig4: str | Path | Sequence[Mapping[str, Any]] | None = None,
    guard: bool = True,
    **settings: float,
) -> Any:
    """Return the δ⁰ explorer: ASNG, SNG and Adam on the problem of Fig. 4, from one δ⁰ and on the same random numbers.

    Parameters
    ----------
    methods : sequence of {"asng", "sng", "adam"}
        Which run at first.
    fig4 : path or rows, optional
        A sweep to compare with; see :func:`read_sweep`.
    guard : bool
        Whether δ stays at or below √n_θ; without it a tiny δ⁰ breaks Algorithm 1.
    **settings
        Where the sliders start: ``delta0``, ``eps_x``, ``lam``, ``alpha``, ``dim``, ``categories``, ``seed`` and
        ``updates``, each within :data:`RANGES`.

    Raises
    ------
    ValueError
        For an unknown method or setting, or a value outside its range.

    Notes
    -----
    Taught in chapter *The robustness sweep*.

    Examples
    --------
    >>> explorer = Explorer(delta0=1.0, eps_x=0.0005, methods=["asng", "sng"])
    """
    options: dict[str, Any] = {}
    if isinstance(methods, str) or len(methods) == 0:
        raise ValueError(f"methods must be a list of one or more of {', '.join(METHODS)}, but is {methods!r}.")
    options["methods"] = [checks.one_of("a method", method, METHODS) for method in methods]
    if not isinstance(guard, bool):
        raise ValueError(f"guard must be True or False, but is {guard!r}.")
    options["guard"] = guard
    for name, value in settings.items():
        checks.one_of("a setting", name, RANGES)
        low, high = RANGES[name]
        number = checks.integer(name, value, int(low)) if name in WHOLE else checks.real(name, value)
        if not low <= number <= high:
            raise ValueError(f"{name} must lie between {low:g} and {high:g}, but is {value!r}.")
        options[name] = number
    if fig4 is not None:
        options["fig4"] = read_sweep(fig4)
    return live("explorer", **options)


def read_sweep(rows: str | Path | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the explorer draws of a sweep's rows, from a CSV of ``asng-edu sweep`` or from the rows themselves.

    Raises
    ------
    ValueError
        If a column is missing, or holds what is no number.
    """
    if isinstance(rows, str | Path):
        import csv

        with Path(rows).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return [_sweep_row(row) for row in rows]


def _sweep_row(row: Mapping[str, Any]) -> dict[str, Any]:
    numbers = ("eps_x", "delta0", "successes", "trials", "median_updates", "q25", "q75")
    missing = [column for column in ("method", *numbers) if column not in row]
    if missing:
        raise ValueError(f"a row of the sweep must have the column {missing[0]}, but has {', '.join(map(str, row))}.")
    kept: dict[str, Any] = {"method": checks.one_of("method", row["method"], METHODS)}
    for column in numbers:
        value = row[column]
        if value is None or value == "":
            kept[column] = None
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"{column} in a row of the sweep must be a number, but is {value!r}.")
        kept[column] = int(number) if number == int(number) else number
    return kept
