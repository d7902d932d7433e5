"""Write the built book as one PDF and as an EPUB into _build/export: `python3 tasks.py export`."""

import shutil
import sys
import tomllib
from pathlib import Path

import yaml

from asng_edu.browser import browser_path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "_build" / "export"
TOC = ROOT / "book" / "_toc.yml"
NO_BROWSER = (
    "The PDF was not written: it is printed by Chromium or Chrome, and neither was found. Install one, or give the "
    "path of its program in CHROMIUM, and run the same command again."
)


def about():
    """Return the title, the author and the version of the book."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return {"title": config["title"], "author": config["author"], "version": version}


def main():
    """Write both files; return 1 where there is no browser for the PDF."""
    from epub import write_epub
    from pdf import write_pdf

    unfinished = FOLDER.with_name("export-unfinished")  # beside html/, to which the page for the printer leads
    for old in (FOLDER, unfinished):
        if old.is_dir():
            shutil.rmtree(old)
    unfinished.mkdir(parents=True)
    printed = browser_path() is not None
    if printed:  # first, for this draws the stills of the live figures
        write_pdf(ROOT / "_build" / "html", TOC, about(), unfinished / "asng_edu.pdf")
    write_epub(ROOT, about(), unfinished / "asng_edu.epub")
    unfinished.rename(FOLDER)
    for path in (FOLDER / "asng_edu.pdf", FOLDER / "asng_edu.epub"):
        if path.is_file():
            print(f"{path.stat().st_size / 1e6:.1f} MB  {path}")
    if not printed:
        print(NO_BROWSER, file=sys.stderr)
    return 0 if printed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # tasks.py has heard it too, and says so
        sys.exit(130)
