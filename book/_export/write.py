"""Write the built book as one PDF and as an EPUB into _build/export: `python3 tasks.py export`."""

import sys
import tomllib
from pathlib import Path

import yaml

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
    """Write both files; return 1 where one could not be written."""
    from epub import write_epub
    from pdf import browser_path, write_pdf

    FOLDER.mkdir(parents=True, exist_ok=True)
    pdf, epub = FOLDER / "asng_edu.pdf", FOLDER / "asng_edu.epub"
    for old in (pdf, epub):
        old.unlink(missing_ok=True)
    problem = None if browser_path() else NO_BROWSER
    if not problem:
        try:
            write_pdf(ROOT / "_build" / "html", TOC, about(), pdf)  # first, for it draws the stills of the live figures
        except OSError as error:
            problem = f"The PDF was not written: {error}"
    write_epub(ROOT, about(), epub)
    for path in (pdf, epub):
        if path.is_file():
            print(f"{path.stat().st_size / 1e6:.1f} MB  {path}")
    if problem:
        print(problem, file=sys.stderr)
    return 0 if not problem and epub.is_file() else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # tasks.py, which was stopped too, says what to do
    except OSError as error:
        sys.exit(f"The book was not exported: {error}")
