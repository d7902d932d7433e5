"""Every line of Algorithm 1 has code, found in the library by its mark."""

import re

import pytest

from asng_book.pages import algorithm1
from asng_book.pages.algorithm1 import LINES, Listing
from asng_book.pages.source import show


def test_there_are_nine_lines():
    assert [line.number for line in LINES] == list(range(1, 10))


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"line {line.number}")
def test_a_line_has_code_where_it_says(line):
    assert line.places
    found = line.code()
    assert {piece.function for piece in found} == {function for function, _ in line.places}
    for piece in found:
        source = show(piece.function, fold=False)
        lines = [text.strip() for text in source.code.split("\n")]
        first = piece.line - source.line
        size = piece.code.count("\n") + 1
        assert "\n".join(lines[first : first + size]) == piece.code


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"line {line.number}")
def test_a_line_shows_the_code_of_each_of_its_equations(line):
    code = "\n".join(piece.code for piece in line.code())
    for equation in line.equations:
        assert f"# {equation}" in code


def test_every_line_that_a_comment_claims_is_shown():
    """A formula that is marked as a line of Algorithm 1 in these modules must be among the code of that line."""
    import asng_edu.optimizers.asng
    import asng_edu.sweeps.trial

    shown = {line.number: "\n".join(piece.code for piece in line.code()) for line in LINES}
    for module in (asng_edu.optimizers.asng, asng_edu.sweeps.trial):
        with open(module.__file__, encoding="utf-8") as file:
            marks = [(int(m[1]), text.strip()) for text in file if (m := re.search(r"# Alg\. 1, line (\d)", text))]
        assert marks
        for number, text in marks:
            if number != 1:  # the state begins in two places: the class's is shown
                assert text in shown[number]


@pytest.mark.parametrize(
    ("function", "mark"),
    [("asng_edu.optimizers.asng:adapt", "# Alg. 1, line 99"), ("asng_edu.optimizers.asng:nothing", "# Alg. 1, line 8")],
)
def test_a_mark_that_vanished_is_an_error(function, mark):
    with pytest.raises(ValueError, match=function):
        algorithm1.find(function, mark)


def test_the_listing_has_all_lines_and_all_code():
    page = Listing()._repr_html_()
    text = re.sub(r"<[^>]*>", "", page)
    assert page.count('role="listitem"') == len(LINES)
    assert page.count("<pre") == sum(len(line.code()) for line in LINES)
    assert "n<sub>θ</sub><sup>1/2</sup>" in page
    assert "Algorithm 1" in page
    assert "gamma = (1.0 - beta) ** 2 * gamma" in text


def test_the_live_figure_gets_the_same():
    data = algorithm1.data()
    assert [entry["text"] for entry in data] == [line.text for line in LINES]
    assert [entry["equations"] for entry in data] == [list(line.equations) for line in LINES]
    assert all(entry["code"] and entry["says"] for entry in data)
