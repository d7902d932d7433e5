"""The book shows the library's own code, read from its files: what a chapter explains is what runs.

>>> from asng_book.pages.source import show
>>> print(show("asng_edu.optimizers.natural_gradient:euclidean_norm").code)
@compiled(v="n")
def euclidean_norm(v: Floats) -> float:
    ...
"""

from __future__ import annotations

import ast
import html
import importlib
import inspect
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# In the book the theme colours the code. Elsewhere it takes the colours of JupyterLab's editor, where there are any.
_STYLE = """<style>
.asng-source{margin:0 0 1em}
.asng-source>p{font-size:.85em;margin:0 0 .3em;overflow-wrap:anywhere}
.asng-source pre{overflow-x:auto;max-width:100%;margin:0}
.asng-source summary{cursor:pointer;font-size:.85em}
.asng-source .k,.asng-source .kn,.asng-source .ow{color:var(--jp-mirror-editor-keyword-color)}
.asng-source .kc,.asng-source .mi,.asng-source .mf{color:var(--jp-mirror-editor-number-color)}
.asng-source .s1,.asng-source .s2,.asng-source .sd{color:var(--jp-mirror-editor-string-color)}
.asng-source .c1{color:var(--jp-mirror-editor-comment-color);font-style:italic}
.asng-source .nf,.asng-source .nc{color:var(--jp-mirror-editor-def-color)}
.asng-source .nd{color:var(--jp-mirror-editor-meta-color)}
</style>"""


@dataclass(frozen=True)
class Source:
    """The source of one function, class or method; a notebook shows it highlighted, under its name.

    Attributes
    ----------
    name : str
        As given to :func:`show`.
    file : str
        Path of the file, from the folder that holds the package.
    line : int
        The line on which it starts.
    code : str
        As it stands in the file, without the indentation of what it is in. If folded, only the first line is left
        of its docstring.
    docstring : str
        What was folded away; empty if nothing was.
    """

    name: str
    file: str
    line: int
    code: str
    docstring: str = ""

    def __str__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"`{self.name}` in `{self.file}`, line {self.line}:\n\n```python\n{self.code}\n```"

    def _repr_html_(self) -> str:
        # Pygments comes with every notebook, and only a notebook asks for this.
        from pygments import highlight  # type: ignore[import-untyped]
        from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
        from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

        rest = ""
        if self.docstring:
            rest = (
                "<details><summary>The rest of its docstring</summary>"
                f"<pre>{html.escape(self.docstring)}</pre></details>"
            )
        code = f'<pre tabindex="0">{highlight(self.code, PythonLexer(), HtmlFormatter(nowrap=True))}</pre>'
        return (
            f'{_STYLE}<div class="asng-source">'
            f"<p><code>{html.escape(self.name)}</code> in <code>{html.escape(self.file)}</code>, line {self.line}</p>"
            f'<div class="highlight-python notranslate"><div class="highlight">{code}</div></div>'
            f"{rest}</div>"
        )


def show(name: str, *, fold: bool = True) -> Source:
    """Return the source of a function, class or method, for a notebook to display.

    Parameters
    ----------
    name : str
        ``"module:function"``, ``"module:Class"`` or ``"module:Class.method"``.
    fold : bool
        Keep only the first line of its docstring in sight. The docstrings inside a class stay as they are.

    Raises
    ------
    ValueError
        If the name has another form, or nothing of that name has a source.
    """
    module_name, colon, path = name.partition(":")
    if not (module_name and colon and path):
        raise ValueError(f"name must have the form module:function or module:Class.method, but is {name!r}.")
    try:
        found: Any = importlib.import_module(module_name)
        for part in path.split("."):
            found = getattr(found, part)
        if isinstance(found, property):
            found = found.fget
        found = inspect.unwrap(found)  # a compiled function, as it was written
        lines, line = inspect.getsourcelines(found)
        file = Path(inspect.getfile(found))
    except (ImportError, AttributeError, TypeError, OSError) as error:
        raise ValueError(f"{name!r} names no function, class or method whose source can be shown: {error}.") from None
    code, docstring = textwrap.dedent("".join(lines)).rstrip(), ""
    if fold:
        code, docstring = _fold(code)
    home = Path(importlib.import_module(module_name.partition(".")[0]).__file__ or "").parent.parent
    return Source(name, file.relative_to(home).as_posix(), line, code, docstring)


def _fold(code: str) -> tuple[str, str]:
    """Return the code with the first line of its docstring, and the rest of the docstring."""
    definition = ast.parse(code).body[0]
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    docstring = ast.get_docstring(definition)
    if docstring is None or "\n" not in docstring:
        return code, ""
    summary, _, rest = docstring.partition("\n")
    statement = definition.body[0]
    lines = code.split("\n")
    opening = lines[statement.lineno - 1].partition('"""')[0]  # the indentation, and r if it is a raw string
    lines[statement.lineno - 1 : statement.end_lineno] = [f'{opening}"""{summary}"""']
    return "\n".join(lines), rest.strip("\n")
