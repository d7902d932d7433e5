"""A resolved page as Markdown for any notebook: numbers, citations and links as in the book, no directive or label."""

import html
import re

from docutils import nodes
from sphinx.errors import ExtensionError

FOLDED = {"dropdown", "toggle"}
SILENT = ("comment", "compound", "index", "pending", "substitution_definition", "target", "toctree")
BESIDE = ("container", "section", "compact_paragraph")  # hold blocks, and add nothing
WITHIN = ("inline", "PassthroughTextElement", "generated", "title_reference")  # hold text, and add nothing
BOXES = ("attention", "caution", "danger", "error", "hint", "important", "note", "seealso", "tip", "warning")
SPECIAL = re.compile(r"[\\`*\[\]$~<]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
OPENING = re.compile(r"^(\d*)(?=[#>+-]|(?<=\d)[.)]\s)")  # what would begin a heading, a quotation or a list


def escape(text):
    """Return text in which no character means anything in Markdown."""
    return SPECIAL.sub(r"\\\g<0>", text)


def quote(text):
    """Return Markdown as a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def fold(summary, text):
    """Return Markdown that is folded away; the summary is HTML."""
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


class Writer:
    """Writes the nodes of one page.

    Parameters
    ----------
    book : str
        The address of the folder that holds the book's pages; links lead there.
    page : str
        The page's name.
    exercise_number : callable
        Returns the number that an exercise's node has in the book.
    """

    def __init__(self, book, page, exercise_number=lambda node: ""):
        self.book, self.page, self.exercise_number = book, page, exercise_number

    def form(self, where, node, around):
        """Return what the method for this kind of node makes of it, or stop the build and show what it is in."""
        method = getattr(self, f"{where}_{node.tagname}", None)
        if method is None:
            raise ExtensionError(
                f"no Markdown for notebooks is known for <{node.tagname}>, in {around.astext()[:80]!r}."
            )
        return method(node)

    # ---- blocks

    def blocks(self, found):
        """Return some blocks, with an empty line between them."""
        return "\n\n".join(filter(None, map(self.block, found)))

    def block(self, node):
        """Return one block; empty for what a reader never sees."""
        kind = node.tagname
        if kind in SILENT:
            return ""
        if FOLDED & set(node.get("classes", [])) and isinstance(node[0], nodes.title):
            return fold(self.summary(node[0]), self.blocks(node[1:]))
        if kind in BOXES:
            return quote(f"**{kind.capitalize()}**\n\n{self.blocks(node)}")
        if kind in BESIDE:
            return self.blocks(node)
        return self.form("block", node, node)

    def block_paragraph(self, node):
        return OPENING.sub(r"\1\\", self.text(node).strip())

    def block_PassthroughTextElement(self, node):  # noqa: N802 - as sphinx-design names it
        return f"**{self.text(node)}**"

    block_rubric = block_PassthroughTextElement

    def heading(self, node, level):
        """Return a title as a heading."""
        return f"{'#' * level} {self.text(node)}"

    def block_math_block(self, node):
        tex = "\n".join(line for line in node.astext().strip().split("\n") if line.strip())
        number = rf" \tag{{{node['number']}}}" if node.get("number") else ""
        return f"$$\n{tex}{number}\n$$"

    def block_literal_block(self, node):
        code, language = node.astext().strip("\n"), node.get("language", "")
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        return f"{fence}{'' if language in ('default', 'none') else language}\n{code}\n{fence}"

    def block_bullet_list(self, node):
        return self.items(node, lambda number: "-")

    def block_enumerated_list(self, node):
        return self.items(node, lambda number: f"{node.get('start', 1) + number}.")

    def items(self, node, mark):
        """Return a list, close together where each item is one paragraph."""
        loose = any(len(item) > 1 for item in node)
        lines = []
        for number, item in enumerate(node):
            first = mark(number) + " "
            lines.append(first + self.blocks(item).replace("\n", "\n" + " " * len(first)))
        return re.sub(r"(?m)^\s+$", "", ("\n\n" if loose else "\n").join(lines))

    def block_definition_list(self, node):
        return "\n".join(
            f"- **{', '.join(self.text(term) for term in item if isinstance(term, nodes.term))}**: "
            + self.blocks(item[-1]).replace("\n", "\n  ")
            for item in node
        )

    def block_block_quote(self, node):
        return quote(self.blocks(node))

    def block_admonition(self, node):
        return quote(f"**{self.text(node[0])}**\n\n{self.blocks(node[1:])}")

    def block_exercise_enumerable_node(self, node):
        title = f"Exercise {self.exercise_number(node)}{self.text(node[0])}"
        return quote(f"**{title}**\n\n{self.blocks(node[1:])}")

    def block_solution_node(self, node):
        return fold(self.summary(node[0]), self.blocks(node[1:]))

    block_dropdown_main = block_solution_node

    def block_table(self, node):
        head, *body = list(node.findall(nodes.row))
        sides = {"text-right": "--:", "text-center": ":-:"}
        rules = [next((sides[name] for name in entry["classes"] if name in sides), "---") for entry in head]
        rows = [map(self.cell, head), rules, *(map(self.cell, row) for row in body)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def cell(self, entry):
        """Return an entry of a table, in which a bar would end it."""
        return self.blocks(entry).replace("\n\n", "<br>").replace("\n", " ").replace("|", r"\|")

    def block_figure(self, node):
        return self.blocks(node)

    def block_caption(self, node):
        return f"*{self.text(node)}*"

    def block_raw(self, node):
        return self.raw(node) if "html" in node["format"] else ""

    def block_transition(self, node):
        return "---"

    # ---- text

    def text(self, node):
        """Return what is in a block of text, in one line."""
        return re.sub(r"\s*\n\s*", " ", "".join(map(self.inline, node.children)))

    def inline(self, node):
        """Return a part of a line."""
        kind = node.tagname
        if isinstance(node, nodes.Text):
            return escape(str(node))
        if kind in SILENT:
            return ""
        if kind in WITHIN:
            return self.text(node)
        return self.form("inline", node, node.parent)

    def inline_emphasis(self, node):
        return f"*{self.text(node)}*"

    def inline_strong(self, node):
        return f"**{self.text(node)}**"

    def inline_literal(self, node):
        text = node.astext()
        fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
        return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"

    def inline_math(self, node):
        return f"${bars(node.astext()) if within_table(node) else node.astext().strip()}$"

    def inline_subscript(self, node):
        return f"<sub>{self.text(node)}</sub>"

    def inline_superscript(self, node):
        return f"<sup>{self.text(node)}</sup>"

    def inline_image(self, node):
        return f"![{escape(node.get('alt', ''))}]({self.link(node['uri'])})"

    block_image = inline_image

    def inline_reference(self, node):
        target = f"#{node['refid']}" if node.get("refid") else node.get("refuri", "")
        return f"[{self.text(node)}]({self.link(target)})"

    def inline_raw(self, node):
        return self.raw(node) if "html" in node["format"] else ""

    def raw(self, node):
        """Return HTML that the page has, with links to the book."""
        text = re.sub(r'href="([^"]*)"', lambda link: f'href="{self.link(html.unescape(link[1]))}"', node.astext())
        return text.strip()

    def link(self, target):
        """Return where a link of the page leads."""
        if re.match(r"[a-z]+:", target):
            return target
        return f"{self.book}/{self.page}.html{target}" if target.startswith("#") else f"{self.book}/{target}"

    def summary(self, title):
        """Return the title of what is folded, as HTML, with formulas in TeX."""
        parts = title.findall(
            lambda node: isinstance(node, (nodes.Text, nodes.math)) and node.parent.tagname not in ("math", "raw")
        )
        return "".join(f"${part.astext()}$" if part.tagname == "math" else html.escape(str(part)) for part in parts)


def within_table(node):
    """Tell whether a node is in a table."""
    while node is not None and node.tagname != "entry":
        node = node.parent
    return node is not None


def bars(tex):
    """Return a formula without the character that divides the columns of a table."""
    return tex.strip().replace(r"\|", r"\Vert ").replace("|", r"\vert ")
