"""The README's picture: the δ⁰ explorer as it stands in the built book.

``python3 tasks.py figures explorer`` photographs it from ``_build/html`` in light and in dark; it needs the book built
and a Chromium.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from asng_book.browser import browser_path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "_build" / "html" / "robustness_sweep.html"
STATE = "#explorer:delta0=0.00833&eps_x=0.0005&methods=asng,sng,adam&seed=1"


def main() -> int:
    """Take both pictures, or say what is missing."""
    browser = browser_path()
    if browser is None or not PAGE.is_file():
        print("left as they are: the pictures of the explorer need a Chromium and the built book.")
        return 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for theme in ("light", "dark"):
            page = chromium.new_page(viewport={"width": 900, "height": 1100}, device_scale_factor=2, color_scheme=theme)
            page.goto(PAGE.as_uri() + STATE)
            figure = page.locator('.asng-figure[data-figure="explorer"]')
            page.wait_for_timeout(2000)
            page.add_style_tag(content="#pst-back-to-top {display: none} .asng-figure {padding: 12px}")
            figure.locator("details[open] > summary").evaluate_all("all => all.forEach(one => one.click())")
            page.wait_for_timeout(500)
            figure.screenshot(path=HERE / f"explorer-{theme}.png")
            print(f"drawn: figures/explorer-{theme}.png")
        chromium.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
