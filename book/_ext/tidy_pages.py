"""Take out of the finished pages what is of no use on a page opened from a file."""

import re
from pathlib import Path

UNWANTED = [
    # The theme's preloading of fonts, which a browser refuses with an error on such a page. The style sheets load the
    # same fonts when they are needed, which it allows.
    re.compile(r'<link rel="preload" as="font"[^>]*>\s*'),
    # The state of notebook widgets, which nothing reads: live figures are drawn by their own scripts.
    re.compile(r'<script type="application/vnd\.jupyter\.widget-state\+json">.*?</script>\s*', re.DOTALL),
]


def tidy(app, error):
    """Rewrite every page without the unwanted parts."""
    if error or app.builder.name != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for part in UNWANTED:
            text = part.sub("", text)
        page.write_text(text, encoding="utf-8")


def setup(app):
    """Connect the function to the build."""
    app.connect("build-finished", tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
