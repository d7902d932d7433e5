"""Every notebook that a page offers runs with the installed package, wherever it lies, and each solution is right."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from chapters import CHECK, NOTEBOOKS, code_of, exercises_of
from nbclient import NotebookClient

from asng_book.exercises import exercises

ROOT = Path(__file__).resolve().parents[2]
# One thread for each notebook, as in the build: the test processes already share the cores.
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def with_solutions(chapter, notebook):
    """Put after each cell that checks an answer the code of the solution, and a check that has to succeed."""
    found, cells, solved = exercises_of(chapter), [], []
    for cell in notebook.cells:
        cells.append(cell)
        match = cell.cell_type == "code" and CHECK.search(cell.source)
        if match:
            name, answer = match["name"], match["answer"]
            code = code_of(found[name].solution)
            assert code, f"the solution of {name} has no code"
            right = f"from asng_book.exercises import check\nassert check({name!r}, {answer}), {name!r}"
            test = f"del {answer}\n{code}\n{right}"
            cells.append(nbformat.v4.new_code_cell(test))
            solved.append(name)
    notebook.cells = cells
    return solved


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Return a folder with the files of the wheel, which is what pip installs."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "package")
    return folder / "package"


@pytest.mark.book
@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_a_notebook_runs_and_its_solutions_are_right(html, package, chapter, tmp_path):
    notebook = nbformat.read(html / "notebooks" / f"{chapter}.ipynb", as_version=4)
    solved = with_solutions(chapter, notebook)
    assert solved == [name for name in exercises_of(chapter) if name in exercises()]
    home = "import asng_book, asng_edu\nprint(asng_book.__file__)\nprint(asng_edu.__file__)"
    notebook.cells.append(nbformat.v4.new_code_cell(home))
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env={**os.environ, **THREADS, "PYTHONPATH": str(package)})
    said = "".join(output.text for output in notebook.cells[-1].outputs)  # which may come in pieces
    assert said.count(str(package)) == 2
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [each.text for each in outputs if each.output_type == "stream" and each.name == "stderr"] == []
    assert list(tmp_path.iterdir()) == []
