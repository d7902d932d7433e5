"""`tasks.py lab` opens JupyterLab, and in it a double click opens a chapter as a notebook that runs."""

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


@pytest.mark.book
@pytest.mark.slow
def test_a_double_click_opens_a_chapter_as_a_notebook_that_runs(lab, browser):
    source = BOOK / "stochastic_relaxation.md"
    before = source.read_bytes()
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{lab}/lab?token={TOKEN}&reset")
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
    assert not re.search(r"```|\bTraceback\b", text), "a directive is shown as source, or the cell failed"
    assert source.read_bytes() == before, "opening a chapter changed its file"
