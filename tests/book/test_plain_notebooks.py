"""The notebooks that the pages offer: they say and show what the page does, in words that any notebook knows."""

import json
import os
import re
import shutil
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from chapters import NOTEBOOKS
from jupyterlab import TOKEN, serving

ROLE = re.compile(r"\{[a-z][\w:-]*\}`")
DIRECTIVE = re.compile(r"^[\s>]*(:::|`{3,}\{)", re.MULTILINE)
LABEL = re.compile(r"^[\s>]*\([\w-]+\)=\s*$", re.MULTILINE)
OWN = (ROLE, DIRECTIVE, LABEL)  # of MyST
WRITES = re.compile(r"myst_nb|:::|\{\{?(cite|doc|glue|ref|term)[\w:]*\}\}?`")  # MyST, in code
WITHIN = re.compile(r"\]\((#|[\w/]+\.md)")  # a link that leads nowhere outside the book
FORMULA = re.compile(r"\$\$(.*?)\$\$", re.DOTALL)
FOLDED = re.compile(r"<details>\n<summary>.*?</summary>.*?</details>", re.DOTALL)


@pytest.fixture
def notebook(html, chapter):
    return nbformat.read(html / "notebooks" / f"{chapter}.ipynb", as_version=4)


@pytest.fixture
def page(html, chapter):
    return BeautifulSoup((html / f"{chapter}.html").read_text(encoding="utf-8"), "html.parser")


def texts(notebook):
    """Return all Markdown of a notebook, that of its outputs included."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    written = [output.data["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {})]
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"] + written


def pictures(notebook):
    """Return the stills of the live figures."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    drawn = [output.data["image/svg+xml"] for output in outputs if "image/svg+xml" in output.get("data", {})]
    return [svg for svg in drawn if 'role="img"><title>' in svg]


@pytest.mark.book
@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_nothing_is_left_that_only_the_book_knows(notebook):
    for text in texts(notebook):
        assert [pattern.findall(text) for pattern in (*OWN, WITHIN)] == [[]] * 4
        assert all(formula.count(r"\tag") <= 1 and r"\label" not in formula for formula in FORMULA.findall(text))
        assert "Solution to" not in FOLDED.sub("", text)
    assert [cell.source for cell in notebook.cells if WRITES.search(cell.source)] == []


@pytest.mark.book
@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_outputs_are_those_of_the_page(notebook, page):
    for style in page.select(".cell_output style"):
        style.decompose()  # which is an output of a cell, but nothing to see
    shown = [cell for cell in page.select("div.cell") if cell.select_one(".cell_output > :not(:empty)")]
    stored = [cell for cell in notebook.cells if cell.get("outputs")]
    assert len(stored) == len(shown)
    assert len(pictures(notebook)) == len(page.select(".asng-figure[data-figure]"))
    assert all("<title></title>" not in svg for svg in pictures(notebook))
    kinds = {kind for cell in stored for output in cell.outputs for kind in output.get("data", {})}
    assert kinds <= {"text/plain", "text/html", "text/markdown", "image/svg+xml", "image/png"}


@pytest.mark.book
@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_exercises_and_formulas_bear_the_numbers_of_the_book(notebook, page):
    text = "\n".join(texts(notebook))
    numbers = [one.get_text().strip() for one in page.select("div.exercise > .admonition-title > .caption-number")]
    assert re.findall(r"^> \*\*(Exercise \d+)", text, re.MULTILINE) == numbers
    tags = [tag.get_text().strip("()") for tag in page.select("article div.math mlabeledtr > mtd:first-child")]
    written = [tag.strip("$").replace("'", "′") for tag in re.findall(r"\\tag\{([^}]+)\}", text)]
    assert written == tags


@pytest.mark.book
@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_links_lead_to_places_of_the_book(html, notebook):
    targets = re.findall(r"\]\(\.\./([\w.]+)(?:#([^)]*))?\)", "\n".join(texts(notebook)))
    assert targets
    for file, place in targets:
        assert not place or f'id="{place}"' in (html / file).read_text(encoding="utf-8"), f"{file}#{place}"


@pytest.mark.book
def test_no_page_answers_for_its_reader(html):
    for path in html.glob("*.html"):
        assert "Not yet:" not in path.read_text(encoding="utf-8"), path.name


# ---- in a JupyterLab that knows nothing of the book


@pytest.fixture(scope="module")
def plain_lab(tmp_path_factory):
    """Start JupyterLab without the project's settings and extensions; return its address and its folder."""
    folder = tmp_path_factory.mktemp("lab")
    notebooks, config = folder / "notebooks", folder / "config"
    notebooks.mkdir()
    (config / "labconfig").mkdir(parents=True)
    without = {"disabledExtensions": {"jupyterlab-myst": True, "jupyterlab-jupytext": True}}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(without))
    env = dict(os.environ, JUPYTER_CONFIG_DIR=str(config), JUPYTERLAB_SETTINGS_DIR=str(folder / "settings"))
    env.pop("JUPYTER_CONFIG_PATH", None)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--notebook-dir", str(notebooks)]
    with serving([*command, f"--LabApp.workspaces_dir={folder}"], folder / "log", env) as address:
        yield address, notebooks


@pytest.mark.book
@pytest.mark.slow
@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_a_plain_jupyterlab_shows_every_cell_in_plain_words(html, plain_lab, browser, chapter, notebook):
    address, folder = plain_lab
    shutil.copy(html / "notebooks" / f"{chapter}.ipynb", folder)
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{address}/lab/tree/{chapter}.ipynb?token={TOKEN}&reset")
    cells = page.locator(".jp-NotebookPanel:visible .jp-Cell")
    cells.first.wait_for(timeout=60_000)
    page.wait_for_function("count => document.querySelectorAll('.jp-Cell').length === count", arg=len(notebook.cells))
    page.wait_for_function("!document.querySelector('.jp-MarkdownCell:not(.jp-mod-rendered)')")
    page.wait_for_timeout(2000)  # formulas are set
    dump = cells.evaluate_all("all => all.map(cell => cell.textContent)")
    for text in dump:
        assert [pattern.findall(text) for pattern in OWN] == [[]] * 3
    outside_code = """all => all.map(one => {
      const prose = one.cloneNode(true);
      for (const code of prose.querySelectorAll("pre, code")) code.remove();
      return prose.textContent;
    })"""
    said = page.locator(".jp-MarkdownOutput").evaluate_all(outside_code)
    assert not [text for text in said if re.search(r"\$\$|\\tag|\*\*|<details>|^> ", text, re.MULTILINE)]
    empty = "all => all.filter(one => !one.textContent.trim() && !one.querySelector('img')).length"
    assert page.locator(".jp-OutputArea-output").evaluate_all(empty) == 0
    images = page.locator(".jp-OutputArea-output img:not(.only-dark)")
    assert images.evaluate_all("all => all.filter(one => !one.naturalWidth).length") == 0
    assert images.count() >= len(pictures(notebook))
    assert page.locator(".jp-MarkdownOutput details[open]").count() == 0
    page.close()
