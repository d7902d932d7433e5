"""A number that a page types by hand is found, and nothing else is."""

import sys
from pathlib import Path

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser

from asng_book.claims import ledger

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))
import stated_numbers  # noqa: E402


def read(text):
    """Return the doctree of a Markdown text."""
    settings = {"report_level": 5, "myst_enable_extensions": ["dollarmath"]}
    return publish_doctree(text, parser=Parser(), settings_overrides=settings)


def found(text, quotes=(), answers=()):
    return [number for _, number, _ in stated_numbers.unaccounted(read(text), quotes, answers)]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("It took 37 minutes.", ["37"]),
        ("An error of 2.83 % of 10,000.", ["2.83 %", "10,000"]),
        ("| a |\n|---|\n| 12 |", ["12"]),
        ("# About 40 seeds", ["40"]),
        ("*33* and **44** and [55 links](https://x.org)", ["33", "44"]),
        ("Between 3 × 10²⁰ and $x = 0.646$, but $y = 3.2$", ["3 × 10²⁰", "0.646"]),
        ("In 1951, Fig. 4 and Figs. 2 and 3, lines 6 to 8, [7], equation (10), CIFAR-10, 3×3 of 16×16", []),
        ("Set one gate to 1, the others to 0: 2 of them", []),
        ("`37` is code", []),
        ("It is 37.\n\n```python\nx = 37\n```", []),
        ("It is 10,000.\n\n```python\nx = 10_000\n```", []),
        ('<a href="#explorer:delta0=0.25">δ⁰ = 0.25</a>', []),
    ],
)
def test_which_numbers_are_typed(text, typed):
    assert found(text) == typed


def test_a_phrase_of_the_ledger_covers_its_numbers_only():
    text = "It took 37\nminutes, then 37 more."
    assert found(text, ["took 37 minutes"]) == ["37"]
    assert stated_numbers.missing(read(text), ["took 37 minutes", "took 38"]) == ["took 38"]


def test_the_answer_of_an_exercise_covers_what_is_rounded_to_it():
    assert found("It is 0.35 or 0.36.", answers=[0.3536]) == ["0.36"]


def test_outputs_of_cells_are_not_looked_at():
    page = read("Before.")
    page += nodes.container("", nodes.paragraph("", "It took 37 minutes."), classes=["cell_output"])
    page += nodes.paragraph("", "", nodes.inline("", "37", classes=["pasted-text"]), nodes.Text(" minutes"))
    assert list(stated_numbers.unaccounted(page, [])) == []
    page += nodes.paragraph("", "It took 37 minutes.")
    assert len(list(stated_numbers.unaccounted(page, []))) == 1


def test_the_readme_types_no_number():
    claims = ledger.quotes(ledger.read(), "README")
    page = read((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [number for _, number, _ in stated_numbers.unaccounted(page, claims)] == []
    assert stated_numbers.missing(page, claims) == []


def test_the_ledger_quotes_from_pages_of_the_book():
    pages = {path.stem for path in (ROOT / "book").glob("*.md")} | {"README"}
    for claim in ledger.read():
        assert set(claim.stated) | {claim.shown or "README"} <= pages


def test_a_broken_ledger_stops_the_build_in_one_sentence(monkeypatch):
    def read():
        raise ValueError("'claims.yml' is not YAML")

    monkeypatch.setattr(ledger, "read", read)
    with pytest.raises(stated_numbers.ExtensionError, match="is not YAML"):
        stated_numbers.load(None, None, [])
