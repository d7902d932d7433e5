"""Write the built book as one PDF and as an EPUB into _build/export: `python3 tasks.py export`."""

import shutil
import sys
import tomllib
from pathlib import Path

import yaml

from asng_book.browser import browser_path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "_build" / "export"
TOC = ROOT / "book" / "_toc.yml"
NO_BROWSER = (
    "The PDF was not written: it is printed by Chromium or Chrome, and neither was found. Install one, or give the "
    "path of its program in CHROMIUM, and run the same command again."
)


def about():
    """Return the title, the author, the version and the description of the book."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {key: config[key] for key in ("title", "author")} | {key: project[key] for key in ("version", "description")}


def main():
    """Write both files; return 1 where there is no browser for the PDF, or where it failed."""
    from epub import write_epub
    from pdf import write_pdf

    unfinished = FOLDER.with_name("export-unfinished")  # beside html/, to which the page for the printer leads
    for old in (FOLDER, unfinished):
        if old.is_dir():
            shutil.rmtree(old)
    unfinished.mkdir(parents=True)
    problem = None if browser_path() else NO_BROWSER
    if not problem:
        try:  # first, for this draws the stills of the live figures
            write_pdf(ROOT / "_build" / "html", TOC, about(), unfinished / "asng_edu.pdf")
        except OSError as error:
            problem = f"The PDF was not written: {error}"
    write_epub(ROOT, about(), unfinished / "asng_edu.epub")
    unfinished.rename(FOLDER)
    for path in (FOLDER / "asng_edu.pdf", FOLDER / "asng_edu.epub"):
        if path.is_file():
            print(f"{path.stat().st_size / 1e6:.1f} MB  {path}")
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # tasks.py has heard it too, and says so
        sys.exit(130)
    except OSError as error:
        sys.exit(f"The book was not exported: {error}")
