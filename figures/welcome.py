"""The strip of the welcome figure: where on its slider ASNG and SNG succeed, figures/data/welcome.json.

``python3 tasks.py figures welcome`` says what the data hold; with ``--recompute`` it runs all races first, in a
Chromium, with the scripts and the random numbers of the page. That takes a minute or two.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from asng_book.browser import launch
from asng_book.live.files import STATIC
from asng_edu._common import files
from asng_edu.jobs.provenance import provenance

DATA = Path(__file__).resolve().parent / "data" / "welcome.json"
SCRIPTS = ("engine.js", "trial.js", "runs.js", "figures/welcome/all_races.js")
SEED = 1
START = 0.002  # where the slider of the book stands at first
FIRST = """(seed) => {
  const { METHODS, SETTING, POSITIONS, EVERY, place } = ASNG.WelcomeRaces, at = place(%s);
  const short = (values) => Array.from(values, (value) => Number(value.toPrecision(4)));
  const list = METHODS.map((method) => ({ ...SETTING, method, delta0: POSITIONS[at] }));
  const runs = ASNG.runNow("race", list, seed, SETTING.updates, EVERY, false).map((run) => [run.method, {
    method: run.method, dim: run.dim, categories: run.categories, updates: run.updates, every: run.every,
    thetas: false, length: run.length, solved: run.solved, broken: run.broken, done: run.done, theta: short(run.theta),
    right: short(run.right.slice(0, run.length)), best: [null, ...short(run.best.slice(1, run.length))],
  }]);
  return { at, ...Object.fromEntries(runs) };
}"""
RACE = """([at, seed]) => {
  const { METHODS, SETTING, POSITIONS } = ASNG.WelcomeRaces;
  const list = METHODS.map((method) => ({ ...SETTING, method, delta0: POSITIONS[at] }));
  return ASNG.runNow("race", list, seed, SETTING.updates, SETTING.updates, false).map(({ solved }) => solved);
}"""


def recompute() -> None:
    """Run all races of the slider."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        for name in SCRIPTS:
            page.add_script_tag(content=(STATIC / name).read_text(encoding="utf-8"))
        setting, positions = page.evaluate("[ASNG.WelcomeRaces.SETTING, ASNG.WelcomeRaces.POSITIONS]")
        solved = []
        for at in range(len(positions)):
            solved.append(page.evaluate(RACE, [at, SEED]))
            print(f"\r{at + 1} of {len(positions)} positions", end="", flush=True)
        print()
        record = {
            "provenance": provenance("python3 tasks.py figures welcome --recompute") | {"browser": browser.version},
            "setting": setting,
            "delta0": positions,
            "first": page.evaluate(FIRST % START, SEED),
            "outcomes": {"seed": SEED, "asng": [asng for asng, _ in solved], "sng": [sng for _, sng in solved]},
        }
        browser.close()
    files.replace(DATA, json.dumps(record, ensure_ascii=False) + "\n")


def main() -> int:
    """Say what the data hold, after computing again if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="compute the data again")
    if parser.parse_args().recompute:
        recompute()
    found: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    for method in ("asng", "sng"):
        solved = [value for value in found["outcomes"][method] if value is not None]
        print(
            f"figures/data/welcome.json: {method} succeeds at {len(solved)} of {len(found['delta0'])} first step sizes"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
