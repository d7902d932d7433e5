"""A live figure in JupyterLab or Notebook, carried by anywidget: the book's scripts with one export at their end."""

from __future__ import annotations

import json
from typing import Any

import anywidget
import traitlets

from asng_book.live.files import operations, scripts, styles

# The figure is in a shadow tree of its own: no style of JupyterLab enters it, and none of the figure leaves it.
EXPORT = """
const style = %s;

export default {
  render({ model, el }) {
    const host = document.createElement("div");
    host.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves keys alone below this mark
    const figure = document.createElement("div");
    figure.className = "asng-figure";
    const sheet = document.createElement("style");
    sheet.textContent = style;
    host.attachShadow({ mode: "open" }).append(sheet, figure);
    el.append(host);
    ASNG.operations = model.get("operations");
    ASNG.mount(figure, model.get("figure"), { ...model.get("options"), host: "notebook" });
    return () => ASNG.unmount(figure);
  },
};
"""
HOST = ":host { all: initial; display: block; font: 16px/1.5 var(--jp-ui-font-family, system-ui), sans-serif; }\n"


def module() -> str:
    """Return all scripts and styles as one ECMAScript module."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in scripts())
    style = HOST + "\n".join(path.read_text(encoding="utf-8") for path in styles())
    return code + EXPORT % json.dumps(style)


class LiveFigure(anywidget.AnyWidget):
    """A live figure by its registered name, with its options and the operations that are known when it is made."""

    _esm = module()
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
