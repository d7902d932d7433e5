"""No number is typed by hand: each is computed on its page, is a setting of its code, or is on the ledger of claims.

A page that states another one does not build. The rule is about numbers in running text. Free are the names of things
(Fig. 4, line 6, CIFAR-10, 3×3), the counts 0, 1 and 2, and numbers of one or two digits inside formulas. All else must

- come out of a cell: outputs and glued text are not looked at here; or
- stand as a literal in the code of the same page, where it says what the page does; or
- be the answer of an exercise of the page, which is computed; or
- be inside a phrase that an entry of figures/claims.yml quotes from this page, and that ``asng-book claims`` checks.
"""

import math
import re

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

from asng_book.claims import ledger
from asng_book.claims.numbers import numbers
from asng_book.exercises import Number, exercises

logger = logging.getLogger(__name__)

ASIDE = (
    nodes.literal,
    nodes.literal_block,
    nodes.doctest_block,
    nodes.reference,
    nodes.raw,
    nodes.comment,
    nodes.Invisible,
)
OUTPUT = {"cell_output", "pasted-text", "pasted-inline"}
ONE = r"[(\[]?\d+(?:\.\d+)?[)\]]?"
NAMED = (
    r"Figs?\.|Tables?|Algorithm|Lines?|lines?|Eqs?\.|eqs?\.|[Ee]quations?|[Ss]ections?|[Ee]xercises?|[Cc]hapters?|[Nn]umber|"
    r"versions?|Python|CC BY|macOS"
)
NAMES = re.compile(
    rf"\b(?:{NAMED})\s{ONE}(?:\s?(?:,|and|or|to|–)\s?{ONE})*"
    r"|[A-Za-z]+-\d+|\b(?:19|20)\d\d\b"  # CIFAR-10, 2019
    r"|\[\d+\]|\(\d+\)"  # [7] of the article, equation (7)
    r"|\b\d\s?×\s?\d\b|\b1[0-9]×1[0-9]\b"  # 3×3, 16×16
)


def passages(doctree):
    """Yield the running text of a page and its formulas: (node, text in one line, whether it is a formula)."""
    for block in doctree.findall(nodes.TextElement):
        formula = isinstance(block, (nodes.math, nodes.math_block))
        if aside(block) or isinstance(block, (nodes.Inline, *ASIDE)) > formula:
            continue
        text = block.astext() if formula else "".join(plain(child) for child in block.children)
        yield block, " ".join(text.split()), formula


def plain(node):
    """Return a node's text, with a mark in place of what is not running text."""
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, (*ASIDE, nodes.math)) or has_class(node, OUTPUT):
        return " … "
    if node.tagname == "pending_xref" and node["reftype"] != "term":  # its text may be another page's title
        return " … "
    return "".join(plain(child) for child in node.children)


def lineage(node):
    """Yield a node and all that it is in."""
    while node is not None:
        yield node
        node = node.parent


def has_class(node, classes):
    """Tell whether a node has one of some classes."""
    return isinstance(node, nodes.Element) and not classes.isdisjoint(node.get("classes", []))


def aside(node):
    """Tell whether a node is inside code, an output or the description of a function."""
    return any(
        isinstance(one, ASIDE) or has_class(one, OUTPUT | {"cell_input"}) or one.tagname.startswith("desc")
        for one in lineage(node)
    )


def printed(node):
    """Tell whether a node is what a cell has printed."""
    return any(has_class(one, OUTPUT) for one in lineage(node))


def settings(doctree):
    """Return the numbers in the code of a page, and in what it hands to its live figures."""
    sources = [*doctree.findall(nodes.literal_block), *doctree.findall(nodes.raw)]
    code = " ".join(source.astext() for source in sources if not printed(source))
    return {number.value for number in numbers(code.replace("_", ""))}


def answers(page):
    """Return the right answers of the numeric exercises of a page."""
    prefix = page.replace("_", "-") + "-"
    found = {name: one.verdict for name, one in exercises().items() if name.startswith(prefix)}
    return [verdict.compute() for verdict in found.values() if isinstance(verdict, Number)]


def unaccounted(doctree, quotes, answers=()):
    """Yield (node, the number, the text around it) for each number that is typed and on no ledger."""
    known = settings(doctree)
    for node, text, formula in passages(doctree):
        free = [match.span() for match in NAMES.finditer(text)]
        free += [match.span() for quote in quotes for match in re.finditer(re.escape(quote), text)]
        for number in numbers(text):
            inside = any(start <= number.start and number.end <= end for start, end in free)
            count = number.value in (0, 1, 2) and number.text.isdigit()
            short = formula and number.digits < 3
            solved = any(number.rounds(answer) for answer in answers)
            if not (inside or count or short or solved or any(math.isclose(number.value, one) for one in known)):
                yield node, number.text, text[max(0, number.start - 40) : number.end + 30]


def missing(doctree, quotes):
    """Return the phrases that the ledger quotes and the page does not contain."""
    texts = [text for _, text, _ in passages(doctree)]
    return [quote for quote in quotes if not any(quote in text for text in texts)]


def check(app, doctree):
    """Warn of numbers of a page that are neither computed nor on the ledger, and of phrases that it lacks."""
    page = app.env.docname
    if page == "claims" or page.startswith("api"):  # from the ledger; from docstrings, whose examples the tests run
        return
    app.env.note_dependency(str(ledger.LEDGER))  # so that a page is checked again when only the ledger has changed
    quotes = ledger.quotes(app.env.asng_claims, page)
    for node, number, around in unaccounted(doctree, quotes, answers(page)):
        logger.warning(
            "the number %s is typed by hand, in '%s': compute it in a cell, or put it on figures/claims.yml.",
            number, around, location=node,
        )  # fmt: skip
    for quote in missing(doctree, quotes):
        logger.warning("figures/claims.yml quotes '%s' from here, but the page does not say so.", quote, location=page)


def load(app, env, names):
    """Read the ledger once for each build."""
    try:
        env.asng_claims = ledger.read()
    except (ValueError, OSError) as error:  # Sphinx shows this sentence alone
        raise ExtensionError(str(error)) from None


def setup(app):
    """Connect the functions to the build."""
    app.connect("env-before-read-docs", load)
    app.connect("doctree-read", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
