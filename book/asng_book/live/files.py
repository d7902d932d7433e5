"""Which scripts and styles the live figures are made of, and what a page needs around them."""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from asng_edu.nas.supernet.operations import OPERATIONS, SPARE

STATIC = Path(__file__).parent / "static"

# In the order in which they build on each other. After them come the figures: a folder for each family, which has the
# figures that share a part.
SCRIPTS = (
    "uplot.min.js",
    "numbers.js",
    "engine.js",
    "trial.js",
    "runs.js",
    "jobs.js",
    "ui.js",
    "controls.js",
    "transport.js",
    "charts.js",
    "line_labels.js",
    "cells.js",
    "cell_drawing.js",
)
STYLES = ("uplot.min.css", "explorer.css")

FALLBACK = (
    "This is a live figure. It needs JavaScript in a browser, and in a notebook the package anywidget: "
    "pip install anywidget, then restart the kernel."
)


def scripts(names: Iterable[str] | None = None) -> list[Path]:
    """Return the scripts of some live figures, by default of all, in the order in which to load them."""
    known = families()
    chosen = set(known.values() if names is None else (known[name] for name in names if name in known))
    parts = [path for family in sorted(chosen) for path in sorted((STATIC / "figures" / family).glob("*.js"))]
    return [STATIC / name for name in SCRIPTS] + parts


def styles() -> list[Path]:
    """Return the style sheets of all live figures."""
    return [STATIC / name for name in STYLES]


def operations() -> dict[str, Any]:
    """Return what the scripts know of operations, ``ASNG.operations``: the styles and costs that the library states."""
    return {
        "known": {
            name: {
                "light": style.light,
                "dark": style.dark,
                "dash": list(style.dash),
                "thick": style.thick,
                "costs": costs and [list(cost) for cost in costs],
            }
            for name, (_, style, costs) in OPERATIONS.items()
        },
        "spare": [list(pair) for pair in SPARE],
    }


def operations_script() -> str:
    """Return the script that a page runs before all others: it hands :func:`operations` over."""
    table = json.dumps(operations(), ensure_ascii=False, separators=(",", ":"))
    return f"globalThis.ASNG = globalThis.ASNG || {{}};\nASNG.operations = {table};"


@functools.cache
def families() -> dict[str, str]:
    """Return the names under which the scripts register figures, each with the folder that it lies in."""
    register = re.compile(r'^\s*ASNG\.register\(\s*"([^"]+)"', flags=re.MULTILINE)
    found = {
        name: path.parent.name
        for path in (STATIC / "figures").glob("*/*.js")
        for name in register.findall(path.read_text(encoding="utf-8"))
    }
    return dict(sorted(found.items()))


def shown(text: str) -> list[str]:
    """Return the names of the figures in the HTML of a page."""
    return re.findall(r'class="asng-figure" data-figure="([^"]+)"', text)


def figure_html(name: str, options: dict[str, Any]) -> str:
    """Return the element in which the scripts of a page draw the figure, with a sentence for where there are none.

    Raises
    ------
    ValueError
        If the options cannot be written as JSON.
    """
    try:
        data = json.dumps(options, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"the options of a live figure must be what JSON can hold, but {error}.") from None
    return (
        f'<div class="asng-figure" data-figure="{html.escape(name)}" data-options="{html.escape(data)}">'
        f"<p>{FALLBACK}</p></div>"
    )
