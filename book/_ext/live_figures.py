"""Put the scripts and the styles of the live figures on the pages, in the order that asng_book.live gives.

A figure is drawn as soon as a browser has read its element, before what follows is on the page: nothing moves when the
figure gets its height. So its scripts are not deferred.
"""

import re

from asng_book.live import files

FIGURE = re.compile(r'<div class="asng-figure" data-figure="[^"]+" data-options="[^"]*"><p>[^<]*</p></div>')
MOUNT = "<script>ASNG.mount(document.currentScript.previousElementSibling)</script>"


def add_files(app, page, template, context, doctree):
    """Add the scripts and styles of a page's live figures; _config.yml has their folder as a static path."""
    figures = files.shown(context.get("body", ""))
    if app.builder.name != "html" or not figures:
        return
    for style in files.styles():
        app.add_css_file(style.relative_to(files.STATIC).as_posix())
    app.add_js_file(None, body=files.operations_script())
    for script in files.scripts(figures):
        app.add_js_file(script.relative_to(files.STATIC).as_posix(), **{"data-figures": "true"})
    context["body"], mounted = FIGURE.subn(lambda figure: figure[0] + MOUNT, context["body"])
    assert mounted == len(figures), f"{page} has {len(figures)} live figures, of which {mounted} are mounted"


def setup(app):
    """Connect the function to the build; files that are added while a page is written are for this page."""
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
