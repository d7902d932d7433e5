"""How soon each built page answers, opened from its file, and what it weighs.

    python3 tasks.py bench pages [--json FILE] [--rounds N]

Seconds count from the navigation to the first text on the screen and to the frame after the first live figure was
drawn; the table gives the median over the rounds, each in a new window with empty caches. Weights are of files as they
lie on the disk: `own` is the page and its images, `shared` what all pages load, which is the theme, the live figures'
scripts, and fonts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import sync_playwright

from asng_book.browser import browser_path
from asng_edu.jobs.provenance import provenance

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"

WATCH = """
window.figureReady = null;
(function look() {
  if (document.querySelector(".asng-figure[data-mounted]")) {
    requestAnimationFrame(() => { window.figureReady = performance.now(); });
  } else requestAnimationFrame(look);
})();
"""


def loaded(urls: list[str]) -> dict[str, int]:
    """Return the bytes of the files that a page has asked for: its own, and those that it shares."""
    weight = {"own": 0, "shared": 0}
    for url in set(urls):
        if url.startswith("file:"):
            path = Path(unquote(urlsplit(url).path))
            weight["shared" if "_static" in path.parts else "own"] += path.stat().st_size
    return weight


def measure(browser: Any, path: Path) -> dict[str, float | None]:
    """Open a page once in a new window and return its times in seconds and its weights in bytes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.add_init_script(WATCH)
    page.goto(path.as_uri())
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    text = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    figures = page.locator(".asng-figure[data-figure]").count()
    if figures:
        page.wait_for_function("window.figureReady !== null")
    ready = page.evaluate("window.figureReady")
    page.wait_for_timeout(300)
    context.close()
    return {"figure": ready and ready / 1000, "text": text / 1000, **loaded(urls)}


def middle(values: list[float | None]) -> float | None:
    """Return the median of measurements; None where a page has no such thing to measure."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def main() -> int:
    """Measure every page and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    program = browser_path()
    pages = sorted(path for path in HTML.glob("*.html") if path.name != "index.html")
    if not program or not pages:
        print("This needs Chromium or Chrome, and the built book: python3 tasks.py book --no-open", file=sys.stderr)
        return 2
    found: dict[str, dict[str, float | None]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        for path in pages:
            rounds = [measure(browser, path) for _ in range(options.rounds)]
            found[path.stem] = {key: middle([one[key] for one in rounds]) for key in rounds[0]}
        browser.close()
    print(f"{'page':24}{'text, s':>9}{'figure, s':>11}{'own, MB':>10}{'shared, MB':>12}")
    for name, one in found.items():
        figure = "" if one["figure"] is None else f"{one['figure']:.2f}"
        print(f"{name:24}{one['text']:9.2f}{figure:>11}{one['own'] / 1e6:10.2f}{one['shared'] / 1e6:12.2f}")
    if options.json:
        record = {"pages": found, "provenance": provenance()}
        Path(options.json).write_text(json.dumps(record, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
