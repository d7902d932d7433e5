"""What the book says becomes Markdown that any notebook shows, and what its cells show becomes outputs that stay."""

import base64
import sys
from pathlib import Path

import nbformat
import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document
from myst_parser.docutils_ import Parser

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

import cell_boxes  # noqa: E402
import notebook_cells  # noqa: E402
import notebook_download  # noqa: E402
from notebook_markdown import Writer, bars  # noqa: E402
from sphinx.errors import ExtensionError  # noqa: E402
from sphinx_exercise.nodes import exercise_enumerable_node, solution_node  # noqa: E402

BOOK = "https://someone.github.io/asng_edu"
WRITER = Writer(BOOK, "step_size", lambda node: "24")


def parse(text):
    """Return MyST Markdown as a document."""
    settings = get_default_settings(Parser)
    settings.myst_enable_extensions = {"amsmath", "colon_fence", "deflist", "dollarmath"}
    settings.report_level = 5
    document = new_document("page.md", settings)
    Parser().parse(text, document)
    for code in document.findall(nodes.literal_block):
        code["language"] = code["classes"][-1]  # as Sphinx has it
    return document


def again(text):
    """Return MyST Markdown as the notebook has it."""
    return "\n\n".join(
        WRITER.heading(node, level) if isinstance(node, nodes.title) else WRITER.block(node)
        for node, level in notebook_cells.pieces(parse(text))
        if isinstance(node, nodes.title) or WRITER.block(node)
    )


@pytest.mark.parametrize(
    "text",
    [
        "# A title\n\nA line with *emphasis*, **strength** and `code`.\n\n## Another",
        "Inline $\\theta_k|x|$ and on a line of its own:\n\n$$\na &= b \\\\\nc &= d \\tag{7}\n$$",
        "- one\n- two with $x$\n- three",
        "1. one\n2. two",
        "- one\n\n  in two paragraphs\n\n- two",
        "> A quotation\n>\n> of two paragraphs, with\n>\n> - a list",
        "```python\nx = 1\n\ny = 2\n```",
        "````console\n$ echo '```'\n````",
        "[out](https://example.org) and ![a picture](https://example.org/a.png)",
        "| a | b |\n| --- | --: |\n| $\\vert x$ | 2 |",
    ],
)
def test_plain_markdown_stays_as_it_is(text):
    assert again(text) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(eq-7)=\n$$\na = b \\tag{7}\n$$", "$$\na = b \\tag{7}\n$$"),
        ("A sentence\nin two lines.", "A sentence in two lines."),
        (r"A \* star, a \_bar\_, a snake_case", r"A \* star, a \_bar\_, a snake_case"),
        (r"\$5, 1 < 2, \[x\]", r"\$5, 1 \< 2, \[x\]"),
        (r"1\. is no list", r"1\. is no list"),
        (r"\- nor this, \#1", r"\- nor this, #1"),
        (r"\# and no heading", r"\# and no heading"),
        ("A term\n: what it means", "- **A term**: what it means"),
        ("```{admonition} Keep\n:class: tip\n\nThis.\n\n- that\n```", "> **Keep**\n>\n> This.\n>\n> - that"),
        ("```{note}\nThis.\n```", "> **Note**\n>\n> This."),
        ("```{admonition} A\n:class: dropdown\n\nB\n```", "<details>\n<summary>A</summary>\n\nB\n\n</details>"),
        ("$a\nb$", "$a b$"),
        ("% a comment\n\nand text", "and text"),
        ("H{sub}`2`O", "H<sub>2</sub>O"),
        ('<a href="#explorer:delta0=1">here</a>', f'<a href="{BOOK}/step_size.html#explorer:delta0=1">here</a>'),
    ],
)  # fmt: skip
def test_what_is_the_books_own_becomes_plain(text, wanted):
    assert again(text) == wanted


def test_a_formula_in_a_table_has_no_bar():
    assert bars(r"\|x\| \le |y|") == r"\Vert x\Vert  \le \vert y\vert "


@pytest.mark.parametrize(
    ("where", "address"),
    [
        ({"refid": "eq-10"}, f"{BOOK}/step_size.html#eq-10"),
        ({"refuri": "natural_gradient.html#eq-7"}, f"{BOOK}/natural_gradient.html#eq-7"),
        ({"refuri": "https://example.org/x"}, "https://example.org/x"),
    ],
)
def test_a_link_leads_to_the_book(where, address):
    citation = nodes.paragraph(
        "", "", nodes.Text("["), nodes.reference("", "Shirakawa, 2020", **where), nodes.Text("]")
    )
    assert WRITER.block(citation) == rf"\[[Shirakawa, 2020]({address})\]"


def test_exercises_are_quoted_with_their_numbers_and_solutions_are_folded():
    title = nodes.title("", " (A step of ", nodes.math("", "1/t"), nodes.Text(")"))
    exercise = exercise_enumerable_node("", title, nodes.section("", nodes.paragraph("", "How long?")))
    assert WRITER.block(exercise) == "> **Exercise 24 (A step of $1/t$)**\n>\n> How long?"
    link = nodes.reference("", "", nodes.Text("Exercise 24 (1 < 2)"), refuri="#x")
    solution = solution_node("", nodes.title("", "Solution to ", link), nodes.section("", nodes.paragraph("", "So.")))
    folded = "<details>\n<summary>Solution to Exercise 24 (1 &lt; 2)</summary>\n\nSo.\n\n</details>"
    assert WRITER.block(solution) == folded


@pytest.mark.parametrize(
    "node", [nodes.sidebar("", nodes.title("", "x")), nodes.paragraph("", "", nodes.problematic())]
)
def test_what_has_no_markdown_stops_the_build(node):
    with pytest.raises(ExtensionError, match="no Markdown for notebooks is known"):
        WRITER.block(node)


# ---- cells


def test_text_is_divided_among_the_cells_between_which_it_stands():
    def at(line, node):
        node.line = line
        return node

    def code(number, *children):
        return nodes.container("", *children, nb_element="cell_code", cell_index=number)

    said = notebook_cells.written("", nodes.paragraph("", "said"))
    text = [at(line, nodes.paragraph("", f"line {line}")) for line in (7, 12, 13, 30)]
    section = nodes.section("", at(5, nodes.title("", "Title")), text[0], code(1, said), text[1], text[2], text[3])
    document = new_document("page.md", get_default_settings(Parser))
    document += section
    found = notebook_cells.passages(document, WRITER, [4, 9, 11, 15, 28])  # cell 3 is one that the page leaves out
    assert found.between == {0: "# Title\n\nline 7", 2: "line 12\n\nline 13", 4: "line 30"}
    assert found.outputs == {1: ["said"]}


def test_the_first_cell_installs_what_is_missing_and_says_so(capsys):
    code = notebook_cells.first_cell("import asng_edu", "The book", "https://example.org/main.zip")
    assert '%pip install --quiet "asng-edu[all] @ https://example.org/main.zip"' in code
    python = code.replace("%pip", "pass  # %pip")
    exec(python.replace('"numba"', '"no_such_module"'), {})
    assert "Installing what is missing, which takes some minutes: no_such_module" in capsys.readouterr().out
    exec(python, {})
    assert capsys.readouterr().out == "Everything that this notebook needs is installed.\n"
    assert "asng-edu[all,nas]" in notebook_cells.first_cell("from asng_edu.nas import x", "", "https://example.org")


def test_without_an_address_the_first_cell_says_how_to_install():
    code = notebook_cells.first_cell("import torch", "The book", "")
    exec(code, {})
    with pytest.raises(ModuleNotFoundError, match=r"Missing: no_such_module\..*pip install '\.\[all,nas\]'"):
        exec(code.replace('"numba"', '"no_such_module"'), {})


def test_what_a_notebook_imports_is_what_the_project_installs():
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    renamed = {"sklearn": "scikit-learn"}
    for extra, names in notebook_cells.NEEDED.items():
        parts = {"all": ("sweep", "plot", "widgets"), "all,nas": ("nas",)}[extra]
        given = " ".join(line for part in parts for line in extras[part])
        assert all(renamed.get(name, name) in given for name in names if not name.startswith("asng_"))


def cell(source, *outputs, tags=()):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def display(**data):
    return nbformat.v4.new_output("display_data", {name.replace("_", "/"): value for name, value in data.items()})


def test_an_answer_that_nobody_has_given_has_no_verdict():
    asked = cell('answer = "?"\ncheck("one-1", answer, hint=0);', nbformat.v4.new_output("stream", text="Not yet"))
    assert notebook_cells.code_cell(asked, iter(()), {}).outputs == []


def test_the_book_keeps_its_own_cells_and_gives_away_the_rest():
    assert notebook_cells.code_cell(cell("x = 1", tags=["remove-cell"]), iter(()), {}) is None
    hidden = notebook_cells.code_cell(cell("x = 1", tags=["hide-input"]), iter(()), {})
    assert hidden.metadata.jupyter.source_hidden
    glued = "from myst_nb import glue\nx = 1\nglue(\n    'x', x)\nfor y in (1, 2):\n    glue('y', y)\nprint(x)"
    assert notebook_cells.code_cell(cell(glued), iter(()), {}).source == "x = 1\nprint(x)"


def test_a_stream_in_two_parts_is_stored_once():
    first, second = (nbformat.v4.new_output("stream", text=text) for text in ("one\ntwo\n", "two\n"))
    made = notebook_cells.code_cell(cell("x", first, second), iter(()), {})
    assert [output.text for output in made.outputs] == ["one\ntwo\n"]


def test_what_only_a_page_can_use_is_not_stored():
    glued = display(**{"application/papermill.record/text/plain": "5"})
    made = notebook_cells.code_cell(cell("x", glued, display(text_html="<style>p {}</style>")), iter(()), {})
    assert made.outputs == []


def test_markdown_that_a_cell_wrote_is_taken_from_the_page():
    raw, widget = display(text_markdown="{cite}`x`"), {"application/vnd.jupyter.widget-view+json": {}}
    made = notebook_cells.code_cell(cell("x", raw, display(text_html="<p>", **widget)), iter(["[X, 2020]"]), {})
    assert [dict(output.data) for output in made.outputs] == [{"text/markdown": "[X, 2020]"}, {"text/html": "<p>"}]


class Picture:
    png, says, size = b"png", "A line & a dot.", (3, 2)
    svg = "<svg>still</svg>"


def test_figures_are_stored_as_pictures_with_what_they_say():
    live = '<div class="asng-figure" data-figure="walker"></div>'
    drawing = '<?xml version="1.0"?>\n<svg width="9pt" height="9pt"><path/></svg>'
    plot = (
        '<style></style><img class="only-light asng-plot" alt="A line &amp; a dot." '
        f'src="data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}">'
    )
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    outputs = [display(text_html=live, text_plain="LiveFigure()", **widget), display(text_html=plot)]
    made = notebook_cells.code_cell(cell("x", *outputs), iter(()), {live: Picture, plot: Picture})
    for output in made.outputs:
        assert set(output.data) == {"image/svg+xml", "image/png", "text/plain"}
        assert base64.b64decode(output.data["image/png"]) == Picture.png
        assert output.data["text/plain"] == output.metadata["image/png"]["alt"] == Picture.says
    still, drawn = (output.data["image/svg+xml"] for output in made.outputs)
    assert still == Picture.svg
    assert drawn.startswith(
        '<svg style="background: #fff" width="9pt" height="9pt">\n <title>A line &amp; a dot.</title>'
    )
    assert drawn.endswith("<path/></svg>")


# ---- addresses


def test_one_setting_says_where_the_book_and_the_project_are():
    assert notebook_download.address_of_book("Some-One/asng_edu") == "https://some-one.github.io/asng_edu"
    archive = notebook_download.address_of_project("Some-One/asng_edu", "release/1")
    assert archive == "https://github.com/Some-One/asng_edu/archive/release/1.zip"
    assert notebook_download.address_of_book("") == ".."
    assert notebook_download.address_of_project("", "main") == ""


# ---- what cells write


def boxes(text):
    document = parse(text)
    output = nodes.container("", *document.children, mime_type="text/markdown")
    document.children = []
    document += output
    cell_boxes.make_boxes(None, document)
    return output


def test_a_quotation_with_a_title_that_a_cell_writes_is_a_box_of_the_book():
    first, second, third = boxes(
        "> **What to remember**\n>\n> This.\n\n> **Else** is no title.\n\n> **Measured**\n>\n> 5"
    ).children
    assert (first.tagname, first["classes"], first[0].astext()) == ("admonition", ["important"], "What to remember")
    assert [part.astext() for part in first[1:]] == ["This."]
    assert second.tagname == "block_quote"
    assert (third["classes"], third.astext()) == (["note"], "Measured\n\n5")


def test_what_a_cell_folds_is_folded_in_the_book():
    before, folded, after = boxes(
        "One\n\n<details><summary>More</summary>\n\nTwo\n\nThree\n\n</details>\n\nFour"
    ).children
    assert (before.astext(), after.astext()) == ("One", "Four")
    assert folded["classes"] == ["dropdown"]
    assert [part.astext() for part in folded] == ["More", "Two", "Three"]
