"""`tasks.py lab` opens JupyterLab on the notebooks of the book; a chapter's Markdown opens there as one too."""

import re
import sys
from pathlib import Path

import pytest
from jupyterlab import TOKEN, serving

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"


@pytest.fixture
def lab(tmp_path):
    """Start JupyterLab as a reader does, and return its address."""
    command = [sys.executable, str(ROOT / "tasks.py"), "--here", "lab", "--no-open"]
    with serving([*command, f"--LabApp.workspaces_dir={tmp_path}"], tmp_path / "log") as address:
        yield address


def dump(page):
    """Return the text of every cell, once all Markdown is rendered."""
    page.locator(".jp-NotebookPanel:visible .jp-Cell").first.wait_for(timeout=60_000)
    page.wait_for_function("!document.querySelector('.jp-MarkdownCell:not(.jp-mod-rendered)')")
    page.wait_for_timeout(3000)  # formulas are set
    return page.locator(".jp-NotebookPanel:visible .jp-Cell").evaluate_all("all => all.map(cell => cell.textContent)")


@pytest.mark.book
@pytest.mark.slow
def test_a_double_click_opens_a_notebook_with_the_numbers_of_the_book(html, lab, browser):
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{lab}/lab/tree/notebooks?token={TOKEN}&reset")
    page.locator(".jp-DirListing-item[title*='step_size.ipynb']").dblclick(timeout=60_000)
    text = "\n".join(dump(page))
    own = r"^[\s>]*(:::|`{3,}\{)|\{[a-z:]+\}`|^\(\S+\)=$"
    assert not re.search(own, text, re.MULTILINE), "a directive, a role or a label is shown"
    built = (html / "step_size.html").read_text(encoding="utf-8")
    numbers = re.findall(r'<span class="caption-number">(Exercise \d+)', built)
    assert numbers
    assert re.findall(r"^\s*(Exercise \d+) \(", text, re.MULTILINE) == numbers
    twice = r"\(\w+\)\s*\(\d+\)\s*$"
    assert not re.search(twice, "\n".join(page.locator(".jp-MarkdownOutput p").all_text_contents()), re.MULTILINE)


@pytest.mark.book
@pytest.mark.slow
def test_a_double_click_opens_a_chapter_as_a_notebook_that_runs(lab, browser):
    source = BOOK / "stochastic_relaxation.md"
    before = source.read_bytes()
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{lab}/lab/tree/book?token={TOKEN}&reset")
    page.locator(f".jp-DirListing-item[title*='{source.name}']").dblclick(timeout=60_000)
    notebook = page.locator(".jp-NotebookPanel:visible")
    notebook.locator(".jp-CodeCell").first.wait_for(timeout=60_000)
    page.get_by_text(re.compile(r"Python 3 .*\| Idle")).wait_for(timeout=60_000)  # the kernel is there
    notebook.locator(".jp-CodeCell").first.click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        r"[...document.querySelectorAll('.jp-InputArea-prompt')].some(e => /^\[1\]:$/.test(e.textContent.trim()))",
        timeout=120_000,
    )
    text = notebook.inner_text()
    assert "Traceback" not in text
    assert source.read_bytes() == before, "opening a chapter changed its file"
