"""Take out of the finished pages what is of no use on a page opened from a file, and make them light."""

import re
from pathlib import Path
from xml.etree import ElementTree

from image_files import as_file

UNWANTED = [
    # The theme's preloading of fonts, which a browser refuses with an error on such a page. The style sheets load the
    # same fonts when they are needed, which it allows.
    re.compile(r'<link rel="preload" as="font"[^>]*>\s*'),
    # The theme's icons as a script of 1.5 MB. Its style sheet draws the same icons from a font.
    re.compile(r'<script src="[^"]*/fontawesome/[^"]*/js/all\.min\.js[^"]*"></script>\s*'),
    re.compile(r'<link rel="preload" as="script" href="[^"]*/fontawesome/[^>]*>\s*'),
    # The state of notebook widgets, which nothing reads: live figures are drawn by their own scripts.
    re.compile(r'<script type="application/vnd\.jupyter\.widget-state\+json">.*?</script>\s*', re.DOTALL),
]
# Until the theme's scripts run, at the end of a page, it is in neither theme: it has no colours and no borders, and
# letters move when these come. So the page is in the theme of the reader's system from the start.
THEME = 'localStorage.getItem("theme") || "auto"'
SYSTEM = 'localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")'
# A formula and the punctuation that follows it, between which a browser would else begin a new line.
FORMULA = re.compile(r'(<span class="math[^>]*>[^<]*</span>)([.,;:!?)’]+)')
# The arrow that unfolds the pages below one in the table of contents, which the theme gives no name.
ARROW = '<summary><span class="toctree-toggle"'
PICTURE = re.compile(r'src="(data:image/svg\+xml;base64,[^"]*)"')
POINT = 4 / 3  # CSS pixels


def loaded_later(picture, folder):
    """Write a picture that stands in the page into a file; return the attributes that load it when it is looked at.

    The picture for the other theme is never looked at, so that it is not loaded. Width and height keep its place.
    """
    file = as_file(picture[1], folder)
    drawing = ElementTree.parse(file).getroot()
    sides = [round(POINT * float(drawing.get(side).removesuffix("pt"))) for side in ("width", "height")]
    return f'src="{folder.name}/{file.name}" loading="lazy" width="{sides[0]}" height="{sides[1]}"'


def tidy(app, error):
    """Rewrite every page: without the unwanted parts, with named arrows, whole formulas and pictures as files."""
    if error or app.builder.name != "html":
        return
    pictures = Path(app.outdir, "_images")
    for page in Path(app.outdir).glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for part in UNWANTED:
            text = part.sub("", text)
        text = text.replace(THEME, SYSTEM).replace(ARROW, ARROW.replace(">", ' aria-label="pages below">', 1))
        text = FORMULA.sub(r'<span class="unbroken">\1\2</span>', text)
        text = PICTURE.sub(lambda picture: loaded_later(picture, pictures), text)
        page.write_text(text, encoding="utf-8")


def setup(app):
    """Connect the function to the build."""
    app.connect("build-finished", tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
