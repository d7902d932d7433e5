"""Pictures of figures for where no script can run: live ones as they stand before anyone has touched them.

Chromium draws them. They are kept until the scripts, the styles or a figure's own options change.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import struct
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asng_book.live.files import operations_script, scripts, shown, styles

WIDTH = 672  # CSS pixels, as the text of a page
SCALE = 2
COLOURS = 128  # a picture of lines and text needs no more, and has a third of the bytes
# What a figure says about itself in words: the sentences below a live one, and the descriptions of drawings.
SAYS = """figure => figure.alt || [...figure.querySelectorAll(".asng-summary, [role=img][aria-label]")]
  .filter(part => part.checkVisibility())
  .map(part => (part.getAttribute("aria-label") || part.textContent).trim())
  .filter(text => text).map(text => /[.!?]$/.test(text) ? text : text + ".").join(" ")"""
MOUNTED = "!document.querySelector('.asng-figure:not([data-mounted])')"
PAGE = """<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Live figures</title>
{styles}<style>body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; }} .asng-figure {{ padding: 4px; }}</style>
<script>{operations}</script>{scripts}</head><body>{figures}</body></html>"""


@dataclass(frozen=True)
class Still:
    """What a figure looks like, and what it says about itself."""

    png: bytes
    says: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        width, height = struct.unpack(">II", self.png[16:24])
        return round(width / SCALE), round(height / SCALE)

    @property
    def svg(self) -> str:
        """The picture as an SVG that says in words what it shows."""
        width, height = self.size
        data = base64.b64encode(self.png).decode()
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img"><title>{html.escape(self.says)}</title>'
            f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
        )


def key(figure: str) -> str:
    """Return a hash of a figure's element and of all that draws it."""
    digest = hashlib.sha256(f"{PAGE}{WIDTH}{SCALE}{COLOURS}{operations_script()}{figure}".encode())
    for path in [*scripts(shown(figure)), *styles()]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def stills(figures: Iterable[str], folder: Path) -> dict[str, Still]:
    """Return a still of each figure by its HTML: a live one's element, or the images of one drawn for two themes.

    Those in the folder are taken from there, new ones are kept in it, and what none of the figures needs is removed.

    Raises
    ------
    OSError
        If there are figures to draw, and no Chromium that draws them.
    """
    keys = {figure: key(figure) for figure in figures}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.stem not in keys.values():
            old.unlink()
    _draw({figure: folder / name for figure, name in keys.items() if not (folder / f"{name}.txt").is_file()})
    return {
        figure: Still((folder / f"{name}.png").read_bytes(), (folder / f"{name}.txt").read_text(encoding="utf-8"))
        for figure, name in keys.items()
    }


def _draw(figures: dict[str, Path]) -> None:
    """Write PATH.png, a picture of the figure, and PATH.txt, what it says about itself."""
    if not figures:
        return
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from asng_book.browser import launch

    page_text = PAGE.format(
        styles="".join(f'<link rel="stylesheet" href="{path.as_uri()}">' for path in styles()),
        operations=operations_script(),
        scripts="".join(f'<script defer src="{path.as_uri()}"></script>' for path in scripts()),
        figures="".join(f"<div>{figure}</div>" for figure in figures),
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "figures.html")
        file.write_text(page_text, encoding="utf-8")
        browser = launch(playwright)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": 950}, device_scale_factor=SCALE, reduced_motion="reduce"
        )
        page.set_default_timeout(240_000)
        page.goto(file.as_uri())
        page.wait_for_function(MOUNTED)
        page.wait_for_timeout(1000)  # the figures draw in the next frames
        for path, figure in zip(
            figures.values(), page.locator(".asng-figure[data-figure], img.only-light").all(), strict=True
        ):
            picture = Image.open(io.BytesIO(figure.screenshot(animations="disabled")))
            picture.convert("RGB").quantize(COLOURS).save(path.with_suffix(".png"), optimize=True)
            path.with_suffix(".txt").write_text(figure.evaluate(SAYS), encoding="utf-8")
        browser.close()
