"""Links to a chapter have the part of its title that stands before the colon, so that they read well in a sentence."""

from docutils import nodes


def shorten(app, doctree, docname):
    """Shorten the text of each link that has a page's whole title."""
    short = {title.astext(): title.astext().partition(":")[0] for title in app.env.titles.values()}
    for link in doctree.findall(nodes.inline):
        if "doc" in link["classes"] and link.astext() in short:
            link.children = [nodes.Text(short[link.astext()])]


def setup(app):
    """Connect the function to the build, before others read the links."""
    app.connect("doctree-resolved", shorten, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
