import ast
import re
from pathlib import Path

import pytest

import asng_edu
from asng_book.pages import source
from asng_book.pages.source import show

ROOT = Path(asng_edu.__file__).parent.parent


def test_the_code_is_that_of_the_file():
    shown = show("asng_edu.optimizers.natural_gradient:natural_gradient", fold=False)
    lines = (ROOT / shown.file).read_text(encoding="utf-8").split("\n")
    code = shown.code.split("\n")
    assert shown.file == "asng_edu/optimizers/natural_gradient.py"
    assert lines[shown.line - 1 : shown.line - 1 + len(code)] == code
    assert code[:2] == [
        '@compiled(stats="λ n", theta="n", utility="λ", out="n")',
        "def natural_gradient(stats: Floats, theta: Floats, utility: Floats, out: Floats) -> None:",
    ]
    assert shown.docstring == ""


@pytest.mark.parametrize(
    "name",
    [
        "asng_edu.optimizers.natural_gradient:rank_utility",
        "asng_edu.optimizers.asng:ASNG",
        "asng_edu.optimizers.base:Optimizer._step",
        "asng_edu.optimizers.asng:ASNG.delta",
        "asng_edu.distributions.categorical:categorical_fisher_sqrt",
        "asng_edu.distributions:Categorical.fisher",
    ],
)
def test_folding_changes_nothing_but_the_docstring(name):
    whole, folded = (ast.parse(show(name, fold=fold).code).body[0] for fold in (False, True))
    before, after = ast.get_docstring(whole), ast.get_docstring(folded)
    assert after == before.partition("\n")[0]
    rest = show(name).docstring
    assert rest == before.partition("\n")[2].strip("\n")
    for definition in (whole, folded):
        del definition.body[0]
    assert ast.dump(whole) == ast.dump(folded)


def test_a_function_without_docstring_is_shown_as_it_is():
    name = "asng_edu.distributions.categorical:Categorical.statistics"
    assert show(name).code == show(name, fold=False).code
    assert show(name).code.startswith("def statistics(self")


def test_a_notebook_gets_highlighted_code_and_the_rest_folded():
    page = show("asng_edu.optimizers.natural_gradient:rank_utility")._repr_html_()
    assert '<div class="highlight-python notranslate">' in page
    assert "<details>" in page
    assert "asng_edu/optimizers/natural_gradient.py" in page
    assert "<details>" not in show("asng_edu.optimizers.natural_gradient:euclidean_norm")._repr_html_()


def test_markdown_holds_the_code_in_a_fence():
    shown = show("asng_edu.optimizers.natural_gradient:euclidean_norm")
    assert f"```python\n{shown.code}\n```" in shown._repr_markdown_()


@pytest.mark.parametrize(
    "name",
    [
        "asng_edu.optimizers.asng",
        "asng_edu.optimizers.asng:",
        ":f",
        "asng_edu.optimizers.asng:nothing",
        "asng_edu.nothing:f",
    ],
)
def test_a_wrong_name_is_refused_in_a_sentence(name):
    with pytest.raises(ValueError, match=r"name") as refused:
        show(name)
    assert repr(name) in str(refused.value)


def test_a_constant_has_no_source():
    with pytest.raises(ValueError, match="UTILITIES"):
        show("asng_edu.optimizers.natural_gradient:UTILITIES")


def test_the_module_itself_can_be_shown():
    assert show("asng_book.pages.source:show").file == f"asng_book/pages/{Path(source.__file__).name}"


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem)
def test_what_a_page_shows_and_imports_is_there(path):
    """Without running the page, which takes the build of the book: so a moved function is noticed soon."""
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r'\bshow\("([^"]+)"', text):
        assert show(name).code
    for line in re.findall(r"^from asng_\S+ import [\w, ]+$", text, flags=re.MULTILINE):
        exec(line, {})
