"""A live figure in JupyterLab or Notebook, carried by anywidget: the book's scripts with one export at their end."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from asng_book.live.files import operations, scripts, styles

EXPORT = """
export default {
  render({ model, el }) {
    const figure = document.createElement("div");
    figure.className = "asng-figure";
    // Keys are for the control that has the focus, not for JupyterLab, which looks for this mark from there upwards.
    figure.addEventListener("focusin", ({ target }) => { target.dataset.lmSuppressShortcuts = "true"; });
    el.append(figure);
    ASNG.operations = model.get("operations");
    ASNG.mount(figure, model.get("figure"), { ...model.get("options"), host: "notebook" });
    return () => ASNG.unmount(figure);
  },
};
"""


def module() -> str:
    """Return all scripts as one ECMAScript module."""
    return "\n".join(path.read_text(encoding="utf-8") for path in scripts()) + EXPORT


def style() -> str:
    """Return all style sheets as one."""
    return "\n".join(path.read_text(encoding="utf-8") for path in styles())


class LiveFigure(anywidget.AnyWidget):
    """A live figure by its registered name, with its options and the operations that are known when it is made."""

    _esm = module()
    _css = style()
    figure = traitlets.Unicode().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)
    operations = traitlets.Dict().tag(sync=True)

    def __init__(self, figure: str, options: dict[str, Any], html: str) -> None:
        self._html = html
        super().__init__(figure=figure, options=options, operations=operations())

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/html": self._html}, metadata
