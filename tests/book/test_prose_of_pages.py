"""A chapter reads as Markdown: values enter by name, no sentence is written by a cell, and claims are checked."""

import ast
import re

import pytest
from chapters import BOOK, NOTEBOOKS

from asng_book.pages.prose import claim

CELL = re.compile(r"^```\{code-cell\} ipython3\n((?::.*\n)*)((?s:.*?))^```$", re.MULTILINE)
SHOWN = re.compile(r"\{glue:text\}`([\w-]+)`")
WORDS_OF_A_PARAGRAPH = 25


def cells_of(page):
    """Yield the tags and the code of each cell of a page."""
    for head, code in CELL.findall((BOOK / f"{page}.md").read_text(encoding="utf-8")):
        yield head, ast.parse(re.sub(r"(?m)^[%!].*$", "pass", code))


def is_removed(head, tree):
    """Tell whether a notebook leaves a cell out: one that only the book needs, and that asks for no answer."""
    return "remove-cell" in head and not any(name == "check" for name in names(tree, ast.Load))


def names(tree, context):
    """Yield the names that some code reads, or those that it makes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            yield node.id
        elif context is ast.Store and isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif context is ast.Store and isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif context is ast.Store and isinstance(node, ast.arg):
            yield node.arg


def is_call(node, name):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def pattern(name):
    """Return what the name of a value may be: a part that is computed is any text."""
    if isinstance(name, ast.Constant):
        return re.escape(name.value)
    if isinstance(name, ast.JoinedStr):
        return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w-]+" for part in name.values)
    return r"[\w-]+"  # a variable


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_every_value_of_the_text_is_handed_to_it_and_every_value_handed_is_shown(page):
    made = {
        pattern(node.args[0])
        for _, tree in cells_of(page)
        for node in ast.walk(tree)
        if is_call(node, "say") or is_call(node, "glue")
    }
    shown = set(SHOWN.findall(CELL.sub("", (BOOK / f"{page}.md").read_text(encoding="utf-8"))))
    assert [name for name in shown if not any(re.fullmatch(each, name) for each in made)] == []
    assert [each for each in made if not any(re.fullmatch(each, name) for name in shown)] == []


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_no_cell_of_the_notebook_needs_one_that_is_left_out(page):
    kept, removed = set(), set()
    for head, tree in cells_of(page):
        if is_removed(head, tree):
            removed |= set(names(tree, ast.Store))
            continue
        kept |= set(names(tree, ast.Store))
        assert not {"say", "claim"} & kept  # they need MyST-NB, which a reader of the notebook may not have
        assert set(names(tree, ast.Load)) & removed - kept == set()


def paragraphs(tree):
    """Yield the lines of f-strings with as many words as a paragraph, those that describe a plot aside."""
    spared = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "alt"
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in spared:
            text = " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            if len(re.findall(r"[^\W\d]{2,}", text)) > WORDS_OF_A_PARAGRAPH:
                yield node.lineno


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_no_paragraph_is_written_by_a_cell(page):
    assert [line for _, tree in cells_of(page) for line in paragraphs(tree)] == []


def test_a_paragraph_is_found_and_a_description_of_a_plot_is_none():
    text = "f'" + "word " * 30 + "{x}'"
    assert list(paragraphs(ast.parse(text)))
    assert not list(paragraphs(ast.parse(f"plot(alt={text})")))
    assert not list(paragraphs(ast.parse("f'a b {x}'")))


def test_a_claim_that_no_longer_holds_names_the_sentence():
    claim(2 > 1, "two is more than one")
    with pytest.raises(AssertionError, match="'one is more than two'"):
        claim(1 > 2, "one is more than two")


SAYS_SOMETHING = {"print", "display", "check"}  # calls that show what they have to show wherever they stand
CHANGES_SOMETHING = {"append", "add_operation", "search", "set_num_threads"}


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_what_a_cell_draws_is_its_last_value_or_displayed(page):
    lost = [
        ast.unparse(step)
        for head, tree in cells_of(page)
        if "remove-cell" not in head
        for step in tree.body[:-1]
        if isinstance(step, ast.Expr)
        and ast.unparse(getattr(step.value, "func", step.value)).rpartition(".")[2]
        not in SAYS_SOMETHING | CHANGES_SOMETHING
    ]
    assert lost == [], "a cell shows its last value only"


@pytest.mark.book
def test_no_chapter_takes_more_than_35_minutes_to_read(view):
    for line in view(1280).page.locator("p.page-times").all_inner_texts():
        assert int(re.search(r"about (\d+) minutes", line)[1]) <= 35
