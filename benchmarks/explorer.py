"""From a move of δ⁰ to the painted frame, in the welcome figure and in the explorer, beside a frame with nothing to do.

    python3 tasks.py bench explorer [--json FILE] [--moves N] [--pause MS]

In headless Chromium an arrow key moves the slider, N times a page. Milliseconds count from the time that the browser
gave the input event to the task after the frame in which

    idle    nothing was drawn: the same key on a slider with no figure behind it;
    first   the curves of the new δ⁰ stood on the page, whole or beginning over the ghosts of the old ones;
    whole   all methods had all their updates on it.

A painted frame is the callback of requestAnimationFrame with the message that it sends itself, which arrives once the
frame has been drawn. The explorer runs all three methods over 10,000 updates, and computes positions round its thumb
ahead while it waits; more moves or a shorter pause show what it does where it has not got so far. The welcome figure is
measured twice, after all positions of its slider have been computed ahead (`welcome`), and while they are (`welcome at
once`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from asng_book.browser import browser_path
from asng_book.live import files
from asng_edu.jobs.provenance import provenance

COMMAND = "python3 tasks.py bench explorer"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>moves</title><style>{styles}</style></head>
<body><main style="max-width: 48rem; margin: auto"><label>idle <input id="idle" type="range" max="200"></label>
{figure}</main><script>{scripts}</script></body></html>"""

WATCH = """
window.moves = [];
const channel = new MessageChannel();
let painted = null;
channel.port1.onmessage = () => painted();
addEventListener("input", ({ target, timeStamp }) => {
  const move = { first: null, whole: null }, figure = target.closest(".asng-figure");
  window.moves.push(move);
  function look() {
    if (move !== window.moves[window.moves.length - 1]) return; // a newer one has come
    const now = performance.now() - timeStamp;
    if (!figure) return void (move.first = move.whole = now);
    if (move.first === null && figure.dataset.drawn === figure.dataset.delta0) move.first = now;
    if (move.first !== null && figure.dataset.summary) return void (move.whole = now);
    next();
  }
  const next = () => requestAnimationFrame(() => { painted = look; channel.port2.postMessage(null); });
  next();
}, { capture: true });
"""

PAGES: dict[str, dict[str, Any]] = {
    "welcome": {"name": "welcome-race", "options": {"delta0": 0.002}, "ready": "figure.dataset.known === '201'"},
    "welcome at once": {"name": "welcome-race", "options": {"delta0": 0.002}, "ready": "figure.dataset.summary"},
    "explorer": {"name": "explorer", "options": {"updates": 10_000}, "ready": "figure.dataset.summary"},
}


def page(folder: Path, name: str, options: dict[str, Any]) -> str:
    """Write a page with one figure and return its address."""
    path = folder / f"{name}.html"
    scripts = [files.operations_script(), *(file.read_text(encoding="utf-8") for file in files.scripts([name]))]
    styles = "\n".join(file.read_text(encoding="utf-8") for file in files.styles())
    figure = files.figure_html(name, options)
    path.write_text(PAGE.format(figure=figure, styles=styles, scripts="\n".join(scripts)), encoding="utf-8")
    return path.as_uri()


def measure(browser: Any, address: str, ready: str, moves: int, pause: float) -> dict[str, list[dict[str, float]]]:
    """Open a page and return what each move took: those of the figure's slider and those of the idle one."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True, reduced_motion="reduce")
    tab = context.new_page()
    tab.add_init_script(WATCH)
    tab.goto(address)
    condition = f"() => {{ const figure = document.querySelector('.asng-figure'); return {ready}; }}"
    tab.wait_for_function(condition, timeout=600_000)
    found = {}
    for name, place in (("idle", "#idle"), ("figure", ".asng-figure input[type=range]")):
        slider = tab.locator(place).first
        slider.focus()
        tab.evaluate("window.moves = []")
        for _ in range(moves):
            tab.keyboard.press("ArrowRight")
            tab.wait_for_function("() => window.moves.length && window.moves[window.moves.length - 1].whole !== null")
            tab.wait_for_timeout(pause)
        found[name] = tab.evaluate("window.moves")
    context.close()
    return found


def summary(values: list[float]) -> dict[str, float]:
    """Return the median and the nine deciles' last of some measurements."""
    return {"median": statistics.median(values), "p90": statistics.quantiles(values, n=10, method="inclusive")[-1]}


def main() -> int:
    """Measure every page, print a table, and write the measurements if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--pause", type=float, default=50.0, help="milliseconds between two moves")
    options = parser.parse_args()
    program = browser_path()
    if not program:
        print("This needs Chromium or Chrome.", file=sys.stderr)
        return 2
    rows: dict[str, dict[str, Any]] = {}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for title, one in PAGES.items():
            address = page(Path(folder), one["name"], one["options"])
            found = measure(browser, address, one["ready"], options.moves, options.pause)
            moved = found["figure"]
            rows[title] = {
                "idle": [move["first"] for move in found["idle"]],
                "first": [move["first"] for move in moved],
                "whole": [move["whole"] for move in moved],
            }
        version = browser.version
        browser.close()
    print(f"{'ms, median and p90':18}" + "".join(f"{name:>16}" for name in ("idle", "first", "whole")))
    for title, row in rows.items():
        cells = [summary(values) for values in row.values()]
        print(f"{title:18}" + "".join(f"{cell['median']:9.1f}{cell['p90']:7.1f}" for cell in cells))
    print(f"load of the last minute, before and after: {load:.2f}, {os.getloadavg()[0]:.2f}")
    if options.json:
        record = {
            "provenance": provenance(COMMAND),
            "browser": f"Chromium {version}, headless, without a GPU",
            "cores": os.cpu_count(),
            "load": [load, os.getloadavg()[0]],
            "unit": "milliseconds",
            "pages": {
                title: {name: {**summary(values), "moves": values} for name, values in row.items()}
                for title, row in rows.items()
            },
        }
        Path(options.json).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
