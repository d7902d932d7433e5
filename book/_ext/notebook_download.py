"""Offer each chapter as a notebook: write it below notebooks/ in the built book and add a box that links to it."""

from pathlib import Path

import jupytext

BOX = """
<aside class="run-it admonition tip" aria-labelledby="run-it-title">
  <p class="admonition-title" id="run-it-title">Run it yourself</p>
  <p><a href="{link}" download="{name}.ipynb">Download this chapter as a notebook ({name}.ipynb)</a>, or type
  <code>python3 tasks.py lab</code> in the project's folder: JupyterLab opens, with every chapter ready to run.</p>
</aside>
"""


def is_notebook(app, page):
    """Tell whether a page is a notebook, which is one with a kernel in its header."""
    return "kernelspec" in app.env.metadata.get(page, {})


def add_box(app, page, template, context, doctree):
    """Put the box at the end of a chapter."""
    if app.builder.name == "html" and doctree is not None and is_notebook(app, page):
        link = context["pathto"](f"notebooks/{page}.ipynb", resource=True)
        context["body"] += BOX.format(link=link, name=page)


def write_notebooks(app, error):
    """Write every chapter as a notebook without outputs."""
    if error or app.builder.name != "html":
        return
    for page in sorted(page for page in app.env.found_docs if is_notebook(app, page)):
        target = Path(app.outdir, "notebooks", f"{page}.ipynb")
        target.parent.mkdir(parents=True, exist_ok=True)
        notebook = jupytext.read(app.env.doc2path(page), fmt="md:myst")
        notebook.metadata.pop("jupytext", None)  # the downloaded file stands alone
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number}"  # not random, so that the same text gives the same file
        jupytext.write(notebook, target, fmt="ipynb")


def setup(app):
    """Connect the two functions to the build."""
    app.connect("html-page-context", add_box)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
