"""Pages with live figures on them, as the book has them."""

import json
import re
import shutil
from pathlib import Path

from asng_book.live.files import STATIC, operations_script, scripts, shown, styles

PROBE = Path(__file__).with_name("text_boxes.js").read_text(encoding="utf-8")  # a script that notes all text
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Live figures</title>
{styles}
{scripts}
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 0 auto; padding: 0 1rem; }}
html[data-theme=dark] body {{ background: #121212; color: #e6e6e6; }}
</style>
</head>
<body><main><h1>Live figures</h1>
{body}
</main></body>
</html>
"""


def write_page(folder, body, theme="light"):
    """Write a page with the scripts of its live figures, as the book has them, and return its file: address."""
    static = folder / "static"
    shutil.copytree(STATIC, static, dirs_exist_ok=True)
    relative = [path.relative_to(STATIC).as_posix() for path in scripts(shown(body))]
    page = folder / f"page-{theme}.html"
    loaded = [
        f"<script>{operations_script()}</script>",
        *(f'<script defer src="static/{name}"></script>' for name in relative),
    ]
    text = PAGE.format(
        theme=theme,
        body=body,
        styles="\n".join(f'<link rel="stylesheet" href="static/{path.name}">' for path in styles()),
        scripts="\n".join(loaded),
    )
    page.write_text(text, encoding="utf-8")
    return page.as_uri()


class Page:
    """An open page that notes what it should not do."""

    def __init__(self, browser, url, script="", **context):
        self.context = browser.new_context(offline=True, **{"viewport": {"width": 1280, "height": 900}, **context})
        self.page = self.context.new_page()
        self.page.add_init_script(script)
        self.wrong = []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda r: None if re.match("file:|blob:|data:", r.url) else self.wrong.append(r.url))
        self.page.goto(url)
        self.figure = self.page.locator(".asng-figure").first
        self.wait("figure.dataset.summary")

    def wait(self, condition, timeout=30_000):
        """Wait for a condition on the first figure, and return its value."""
        script = "() => { const figure = document.querySelector('.asng-figure'); return %s; }"
        return self.page.wait_for_function(script % condition, timeout=timeout).json_value()

    def after(self, action):
        """Do something, and return what the methods reached when it has been computed."""
        self.page.evaluate("document.querySelector('.asng-figure').removeAttribute('data-summary')")
        action()
        self.wait("figure.dataset.summary")
        return self.reached

    @property
    def reached(self):
        return json.loads(self.figure.get_attribute("data-summary"))

    def slider(self, label):
        return self.figure.get_by_label(label, exact=False).first

    def pixels(self):
        """What the loss chart shows, as a picture."""
        return self.figure.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")
