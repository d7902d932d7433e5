"""A downloaded notebook: its Markdown from the resolved page, its code and outputs from the executed chapter."""

import ast
import base64
import re
import textwrap
from bisect import bisect_right
from html import escape
from typing import NamedTuple

import nbformat
from docutils import nodes
from exercise_forms import CHECK

FOLDED = {"hide-input", "remove-input"}
LEFT_OUT = ("jupytext", "source_map", "widgets")
PLOT = re.compile(r'<img class="only-light asng-plot" alt="[^"]*" src="data:image/svg\+xml;base64,([^"]*)">')
STYLE = re.compile(r"\s*<style>.*</style>\s*", re.DOTALL)
LIVE = '<div class="asng-figure"'
NEEDED = {  # what is imported of an extra, as pyproject.toml has them
    "all": ("asng_edu", "asng_book", "numba", "joblib", "tqdm", "matplotlib", "seaborn", "anywidget", "ipywidgets"),
    "all,nas": ("torch", "torchvision", "sklearn"),
}
FIRST = """\
# A chapter of "{title}".
# Its outputs are stored; live figures are stills until you run their cells.
# This cell installs what the chapter needs and is missing.
from importlib.util import find_spec

needed = [{needed}]
missing = [name for name in needed if find_spec(name) is None]
if missing:
    {install}
else:
    print("Everything that this notebook needs is installed.")"""
FROM_REPOSITORY = """\
print("Installing what is missing, which takes some minutes:", *missing)
    %pip install --quiet "asng-edu[{extras}] @ {archive}\""""
FROM_A_COPY = """\
raise ModuleNotFoundError(
        f"Missing: {{', '.join(missing)}}. In the folder of your copy of the project, "
        "type  pip install '.[{extras}]'  and restart the kernel."
    )"""


class written(nodes.General, nodes.Element):  # noqa: N801 - as docutils names its nodes
    """Holds what one output says in Markdown; a page shows what is in it."""


def mark(app, document):
    """Mark the Markdown of outputs, before one form of each output is chosen for the page."""
    for form in document.findall(nodes.container):
        if form.get("mime_type") == "text/markdown":
            form.children = [written("", *form.children)]
            form.setup_child(form[0])


class Passages(NamedTuple):
    """What a page says between its cells, and in Markdown that its cells have written, by the cell's number."""

    between: dict[int, str]
    outputs: dict[int, list[str]]


def passages(document, writer, source_map):
    """Divide a resolved page among the cells of its notebook; ``source_map`` has the first line of each cell."""
    between, outputs, cell = {}, {}, 0
    for node, level in pieces(document):
        if node.get("nb_element") == "cell_code":
            cell = node["cell_index"]
            outputs[cell] = [writer.blocks(output) for output in node.findall(written)]
            continue
        if node.line:
            cell = max(cell, bisect_right(source_map, node.line - 1) - 1)
        text = writer.heading(node, level) if isinstance(node, nodes.title) else writer.block(node)
        if text:
            between.setdefault(cell, []).append(text)
    return Passages({cell: "\n\n".join(texts) for cell, texts in between.items()}, outputs)


def pieces(node, level=0):
    """Yield all that stands in the sections of a page, with the level of its heading."""
    for child in node.children:
        if isinstance(child, nodes.section):
            yield from pieces(child, level + 1)
        else:
            yield child, level


def first_cell(code, title, archive):
    """Return the code that installs what some code needs from an address, or says how, where there is none."""
    searches = "asng_edu.nas" in code or "import torch" in code
    extras = "all,nas" if searches else "all"
    needed = NEEDED["all"] + NEEDED["all,nas"] * searches
    install = (FROM_REPOSITORY if archive else FROM_A_COPY).format(extras=extras, archive=archive)
    names = textwrap.wrap(", ".join(f'"{name}"' for name in needed), 66)
    return FIRST.format(title=title, needed="\n          ".join(names), install=install)


def without_glue(source):
    """Return code without the statements that hand values to the prose of the page."""
    lines = source.split("\n")
    for statement in reversed(ast.parse(re.sub(r"(?m)^[%!].*$", "pass", source)).body):
        words = {word.id for word in ast.walk(statement) if isinstance(word, ast.Name)}
        if "glue" in words or getattr(statement, "module", None) == "myst_nb":
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n".join(lines)


def shown(outputs):
    """Yield outputs but for glued values, styles of the page, and what MyST-NB has added to a stream's first part."""
    seen = set()
    for output in outputs:
        name, data = output.get("name"), output.get("data", {})
        unseen = any("papermill" in kind for kind in data) or STYLE.fullmatch(data.get("text/html", ""))
        if not unseen and (name is None or name not in seen):
            yield output
        seen.add(name)


def stored(output, texts, stills):
    """Return an output as any notebook shows it, without what only a running kernel or a page of the book can show.

    ``texts`` has the next Markdown of the page, ``stills`` the pictures of the figures.
    """
    if "data" not in output:
        return output
    data, metadata = dict(output["data"]), {}
    data.pop("application/vnd.jupyter.widget-view+json", None)
    page_html = data.get("text/html", "")
    plot = PLOT.search(page_html)
    if page_html in stills:
        still = stills[page_html]
        png = base64.b64encode(still.png).decode()
        svg = with_title(plot, still.says) if plot else still.svg
        data = {"image/svg+xml": svg, "image/png": png, "text/plain": still.says}
        width, height = still.size
        metadata = {"image/png": {"alt": still.says, "width": width, "height": height}}
    elif not page_html and "text/markdown" in data:
        data["text/markdown"] = next(texts)
    return nbformat.from_dict({**output, "data": data, "metadata": metadata})


def with_title(plot, says):
    """Return the drawing for the light theme on a white ground, with a title that says what it shows."""
    drawing = base64.b64decode(plot[1]).decode()
    head, rest = drawing[drawing.index("<svg ") + 5 :].split(">", 1)
    return f'<svg style="background: #fff" {head}>\n <title>{escape(says)}</title>{rest}'


def is_figure(shown):
    """Tell whether some HTML is a live figure, or a drawing for two themes."""
    return shown.startswith(LIVE) or PLOT.search(shown) is not None


def notebook(executed, said, stills, title, archive):
    """Return the notebook of a page.

    Parameters
    ----------
    executed : NotebookNode
        The chapter, executed.
    said : Passages
    stills : mapping
        Pictures of the figures, by their HTML.
    title : str
        Of the book.
    archive : str
        The address from which to install the project; empty if there is none.
    """
    code = "\n".join(cell.source for cell in executed.cells if cell.cell_type == "code")
    cells = [nbformat.v4.new_code_cell(first_cell(code, title, archive))]
    for number, cell in enumerate(executed.cells):
        if cell.cell_type == "markdown":
            if number in said.between:
                cells.append(nbformat.v4.new_markdown_cell(said.between[number]))
            continue
        made = code_cell(cell, iter(said.outputs.get(number, ())), stills)
        if made:
            cells.append(made)
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # not random, so that the same text gives the same file
    metadata = {name: value for name, value in executed.metadata.items() if name not in LEFT_OUT}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def code_cell(cell, texts, stills):
    """Return a cell with its outputs; None for one that only the book needs."""
    tags = set(cell.metadata.get("tags", ()))
    asks = CHECK.search(cell.source)
    if "remove-cell" in tags and not asks:
        return None
    made = nbformat.v4.new_code_cell(without_glue(cell.source), execution_count=None)
    if tags & FOLDED:
        made.metadata["jupyter"] = {"source_hidden": True}
    if not asks:  # the reader has not answered yet
        made.outputs = [stored(output, texts, stills) for output in shown(cell.get("outputs", ()))]
    for output in made.outputs:
        if output.output_type == "execute_result":
            output.execution_count = None
    return made
