"""Write the book as an EPUB 3: the pages of the last build again, through Sphinx's builder for e-readers."""

import os
import shutil
from pathlib import Path

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils


def write_epub(root, about, target):
    """Build the EPUB from what the build of the pages has read and computed, warnings as errors."""
    os.chdir(root)  # as for the build of the pages: relative places in _config.yml are meant from here
    build = root / "_build"
    asked = {"external_toc_path": str(root / "book" / "_toc.yml"), "latex_individualpages": False}
    settings, _ = get_final_config(user_yaml=Path("_config.yml"), cli_config=asked, sourcedir=root / "book")
    settings |= {
        "nitpicky": True,
        "project": about["title"],
        "release": about["version"],
        "version": about["version"],
        "ebook_stills": str(target.parent / "stills"),
        "epub_basename": target.stem,
        "epub_title": about["title"],
        "epub_author": about["author"],
        "epub_contributor": about["author"],
        "epub_publisher": about["author"],
        "epub_description": about["description"],
        "epub_copyright": "text and pictures: CC BY 4.0; code: MIT",
        "epub_identifier": f"asng-edu-{about['version']}",
        "epub_scheme": "URN",
        "epub_uid": "asng-edu",
        "epub_tocdup": False,
        "epub_tocscope": "includehidden",  # the table of contents stands on no page
        "epub_show_urls": "no",
        "epub_use_index": False,
        "epub_css_files": ["ebook.css"],
    }
    out = build / "epub"  # beside html/: MyST-NB looks for the stored outputs of the notebooks in the folder above
    shutil.rmtree(out, ignore_errors=True)
    with patch_docutils(None), docutils_namespace():
        app = Sphinx(
            srcdir=root / "book",
            confdir=None,
            outdir=out,
            doctreedir=build / ".doctrees",
            buildername="epub",
            confoverrides=settings,
            warningiserror=True,
            keep_going=True,
        )
        app.build()
    if app.statuscode:
        raise SystemExit("The EPUB was not written: the messages above say which page and why.")
    shutil.move(out / target.name, target)
    shutil.rmtree(out)
