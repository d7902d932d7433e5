"""A live figure by its name: as a widget in a notebook, as HTML on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asng_book.live.files import families, figure_html
from asng_edu._common import checks


@dataclass(frozen=True)
class StaticFigure:
    """A live figure as HTML, which is alive on a page that has the scripts."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


NEEDS_KERNEL = (
    "<p>This explorer runs the Python library, so it needs a running kernel: open the page as a notebook in "
    "JupyterLab, with ipywidgets and matplotlib installed, and run this cell.</p>"
)


def without_widgets(error: ModuleNotFoundError) -> StaticFigure:
    """Return what stands for an explorer that runs Python where its packages are missing, or raise another error."""
    if error.name not in ("ipywidgets", "matplotlib", "seaborn"):
        raise error
    return StaticFigure(NEEDS_KERNEL)


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
    checks.one_of("name", name, families())
    html = figure_html(name, options)
    try:
        from asng_book.live.widget import LiveFigure
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        return StaticFigure(html)
    return LiveFigure(name, options, html)
