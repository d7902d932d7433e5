"""Offer each chapter as a notebook: write it below notebooks/ in the built book and add a box that links to it.

Where the project is public, _config.yml says so in ``notebook_repository``, and the box also leads to Colab and Binder.
Colab opens the notebooks of the built book, in the branch ``notebook_built_branch``; Binder the chapters of the other.
"""

import re
from pathlib import Path
from urllib.parse import quote

import jupytext
import nbformat

BOX = """
<aside class="run-it admonition tip" aria-labelledby="run-it-title">
  <p class="admonition-title" id="run-it-title">Run it yourself</p>
  <p><a href="{link}" download="{name}.ipynb">Download this chapter as a notebook ({name}.ipynb)</a>, or type
  <code>python3 tasks.py lab</code> in the project’s folder: JupyterLab opens, with every chapter ready to
  run.{online}</p>
</aside>
"""
ONLINE = """ With a network it also runs on <a href="{colab}">Colab</a>, where its first cell says what to install, and
  on <a href="{binder}">Binder</a>, which first takes some minutes to install everything."""
NEEDS = (
    "To run this notebook, install the library {where}: `{command}`. Install it with `-e`, for the notebook reads the "
    "results that lie in that copy."
)


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


def needs(code, repository):
    """Return in one line of Markdown what a notebook with such code needs."""
    extras = "all,nas" if "asng_edu.nas" in code or "import torch" in code else "all"
    if not repository:
        return NEEDS.format(where="in a copy of the project", command=f"pip install -e '.[{extras}]'")
    clone = f"git clone https://github.com/{repository} && pip install -e './{repository.split('/')[-1]}[{extras}]'"
    return NEEDS.format(where="from a copy of the project", command=clone)


def plain(text, titles):
    """Return Markdown without the roles that only the book can resolve: pages by title, terms and works by name."""

    def page(match):
        return f"*{match['shown'] or titles.get(match['name'], match['name'])}*"

    def works(match):
        keys = re.findall(r"([a-z]+)(\d{4})", match[1])
        return "(" + "; ".join(f"{author.capitalize()} {year}" for author, year in keys) + ")"

    text = re.sub(r"\{cite(?::[a-z]+)?\}`([^`]*)`", works, text)
    for role, shown in (("doc", page), ("term", lambda match: match["shown"] or match["name"])):
        text = re.sub(rf"\{{{role}\}}`(?:(?P<shown>[^`<]*?)\s*<)?(?P<name>[^`<>]*)>?`", shown, text)
    return text


def notebook(path, repository, titles):
    """Return a chapter as a notebook without outputs, which says first what it needs."""
    chapter = jupytext.read(path, fmt="md:myst")
    chapter.metadata.pop("jupytext", None)  # the downloaded file stands alone
    code = "\n".join(cell.source for cell in chapter.cells if cell.cell_type == "code")
    for cell in chapter.cells:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, titles)
    chapter.cells.insert(0, nbformat.v4.new_markdown_cell(needs(code, repository)))
    for number, cell in enumerate(chapter.cells):
        cell["id"] = f"cell-{number}"  # not random, so that the same text gives the same file
    return chapter


def add_box(app, page, template, context, doctree):
    """Put the box at the end of a chapter."""
    if app.builder.name == "html" and doctree is not None and is_notebook(app, page):
        link = context["pathto"](f"notebooks/{page}.ipynb", resource=True)
        config = app.config
        where = (config.notebook_repository, config.notebook_branch, config.notebook_built_branch)
        context["body"] += box(page, link, links_online(page, *where))


def write_notebooks(app, error):
    """Write every chapter as a notebook without outputs."""
    if error or app.builder.name != "html":
        return
    titles = {page: title.astext() for page, title in app.env.titles.items()}
    for page in sorted(page for page in app.env.found_docs if is_notebook(app, page)):
        target = Path(app.outdir, "notebooks", f"{page}.ipynb")
        target.parent.mkdir(parents=True, exist_ok=True)
        jupytext.write(notebook(app.env.doc2path(page), app.config.notebook_repository, titles), target, fmt="ipynb")


def setup(app):
    """Connect the two functions to the build."""
    app.add_config_value("notebook_repository", "", "html", str)
    app.add_config_value("notebook_branch", "main", "html", str)
    app.add_config_value("notebook_built_branch", "gh-pages", "html", str)
    app.connect("html-page-context", add_box)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
