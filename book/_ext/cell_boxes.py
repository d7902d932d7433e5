"""Boxes and folded text that cells write in Markdown for any notebook, shown as the book's own.

A box is a block quote whose first line is its title in bold; folded text stands between ``<details>`` and
``</details>``.
"""

import re

from docutils import nodes

KINDS = {"What to remember": "important"}  # all others are notes
FOLD = re.compile(r"<details>\s*<summary>(.*)</summary>")


def box(title, content, kind):
    """Return a box of the book."""
    return nodes.admonition("", nodes.title("", "", *title), *content, classes=[kind])


def titled(quote):
    """Return the title of a block quote, if it has one."""
    bold = next(quote[0].findall(nodes.strong), None)
    return bold if bold is not None and bold.astext() == quote[0].astext() else None


def make_boxes(app, document):
    """Replace what stands for a box in the Markdown of outputs."""
    for output in document.findall(nodes.container):
        if output.get("mime_type") == "text/markdown":
            for quote in list(output.findall(nodes.block_quote)):
                title = titled(quote)
                if title is not None:
                    kind = KINDS.get(title.astext(), "note")
                    quote.replace_self(box(title.children, quote[1:], kind))
            fold(output)


def fold(output):
    """Replace folded text by a box that is folded."""
    children, folded = output.children, []
    output.children = []
    for child in children:
        html = child.astext().strip() if isinstance(child, nodes.raw) else ""
        opening = FOLD.fullmatch(html)
        if opening:
            folded = [box([nodes.Text(opening[1])], [], "dropdown")]
            output += folded
        elif html == "</details>":
            folded = []
        else:
            (folded[0] if folded else output).append(child)


def setup(app):
    """Connect the function to the build, before anything looks at the boxes."""
    app.connect("doctree-read", make_boxes, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
