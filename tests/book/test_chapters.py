"""Every chapter runs from top to bottom as a notebook, as a reader runs it in JupyterLab.

The build of the book does the same, so this is a slow test, which the continuous integration does not repeat.
"""

from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = sorted(path.stem for path in BOOK.glob("*.md") if "kernelspec:" in path.read_text(encoding="utf-8")[:1000])


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_runs(chapter):
    import jupytext
    from nbclient import NotebookClient

    notebook = jupytext.read(BOOK / f"{chapter}.md", fmt="md:myst")
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(BOOK)}})
    client.execute()
    warnings = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert warnings == []
