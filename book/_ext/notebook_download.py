"""Offer each chapter as a notebook: write it below notebooks/ in the built book and add a box that links to it.

Where the project is public, _config.yml says so in ``notebook_repository``: then the first cell of a notebook installs
the project from there, links lead to the book's pages on GitHub Pages, and the box also leads to Colab and Binder.
Colab opens the notebooks of the built book, in the branch ``notebook_built_branch``; Binder the chapters of the other.
"""

from pathlib import Path
from urllib.parse import quote

import nbformat
from jupyter_cache import get_cache
from notebook_cells import is_figure, mark, notebook, passages, written
from notebook_markdown import Writer
from sphinx.util import logging

from asng_book.live.stills import stills

logger = logging.getLogger(__name__)

BOX = """
<aside class="run-it admonition tip" aria-labelledby="run-it-title">
  <p class="admonition-title" id="run-it-title">Run it yourself</p>
  <p><a href="{link}" download="{name}.ipynb">Download this chapter as a notebook ({name}.ipynb)</a>, or type
  <code>python3 tasks.py lab</code> in the project’s folder: JupyterLab opens, with every chapter ready to
  run.{online}</p>
</aside>
"""
ONLINE = """ With a network it also runs on <a href="{colab}">Colab</a>, where its first cell installs what is
  missing, and on <a href="{binder}">Binder</a>, which first takes some minutes to install everything."""


def is_notebook(app, page):
    """Tell whether a page is a notebook, which is one with a kernel in its header."""
    return "kernelspec" in app.env.metadata.get(page, {})


def links_online(page, repository, branch, built_branch):
    """Return the addresses at which Colab and Binder open a page; none without a repository, "owner/name" on GitHub."""
    if not repository:
        return {}
    place = quote(repository)
    chapter = quote(f"lab/tree/book/{page}.md?factory=Jupytext Notebook", safe="")
    return {
        "colab": f"https://colab.research.google.com/github/{place}/blob/{quote(built_branch)}/notebooks/{quote(page)}.ipynb",
        "binder": f"https://mybinder.org/v2/gh/{place}/{quote(branch, safe='')}?urlpath={chapter}",
    }


def box(page, link, online):
    """Return the box for a page."""
    return BOX.format(link=link, name=page, online=ONLINE.format(**online) if online else "")


def address_of_book(repository):
    """Return where the pages of the book are: on GitHub Pages, or without a repository above the notebooks' folder."""
    owner, _, name = repository.partition("/")
    return f"https://{owner.lower()}.github.io/{name}" if repository else ".."


def address_of_project(repository, branch):
    """Return from where pip installs the project; empty without a repository."""
    return f"https://github.com/{repository}/archive/{quote(branch)}.zip" if repository else ""


def keep_passages(app, document, page):
    """Write a resolved page as Markdown for its notebook, before anything is added that only a page can show."""
    if app.builder.name == "html" and is_notebook(app, page):
        numbers = app.env.toc_fignumbers.get(page, {}).get("exercise", {})
        writer = Writer(
            address_of_book(app.config.notebook_repository),
            page,
            lambda node: ".".join(map(str, numbers[node["ids"][0]])),
        )
        source_map = app.env.metadata[page]["source_map"]
        app.notebook_passages[page] = passages(document, writer, source_map)


def add_box(app, page, template, context, doctree):
    """Put the box at the end of a chapter."""
    if app.builder.name == "html" and doctree is not None and is_notebook(app, page):
        link = context["pathto"](f"notebooks/{page}.ipynb", resource=True)
        config = app.config
        where = (config.notebook_repository, config.notebook_branch, config.notebook_built_branch)
        context["body"] += box(page, link, links_online(page, *where))


def draw(executed, folder):
    """Return pictures of the figures in some executed chapters; none where there is no browser to draw them."""
    outputs = [output for chapter in executed for cell in chapter.cells for output in cell.get("outputs", ())]
    shown = [output.get("data", {}).get("text/html", "") for output in outputs]
    try:
        return stills(filter(is_figure, shown), folder)
    except OSError as error:
        logger.info("The notebooks have no stills of the live figures: %s", error)
        return {}


def write_notebooks(app, error):
    """Write every chapter as a notebook, with its outputs."""
    if error or app.builder.name != "html":
        return
    build = Path(app.outdir).parent
    # MyST-NB leaves the cells there; their outputs are in the cache, where book/_make has put them.
    cache = get_cache(build / ".jupyter_cache")
    executed = {}
    for page in sorted(app.notebook_passages):
        cells = nbformat.read(build / "jupyter_execute" / f"{page}.ipynb", as_version=4)
        executed[page] = cache.merge_match_into_notebook(cells)[1]
    pictures = draw(executed.values(), build / "stills")
    archive = address_of_project(app.config.notebook_repository, app.config.notebook_branch)
    for page, chapter in executed.items():
        target = Path(app.outdir, "notebooks", f"{page}.ipynb")
        target.parent.mkdir(parents=True, exist_ok=True)
        made = notebook(chapter, app.notebook_passages[page], pictures, app.config.html_title, archive)
        nbformat.write(made, target)


def setup(app):
    """Connect the functions to the build."""
    app.notebook_passages = {}
    app.add_config_value("notebook_repository", "", "html", str)
    app.add_config_value("notebook_branch", "main", "html", str)
    app.add_config_value("notebook_built_branch", "gh-pages", "html", str)
    app.add_node(written, html=(lambda *_: None, lambda *_: None))
    app.connect("doctree-read", mark)
    app.connect("doctree-resolved", keep_passages, priority=100)
    app.connect("html-page-context", add_box)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
