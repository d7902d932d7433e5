"""What a page writes to stderr is a defect of the page: the build says which page, and shows the text."""

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)


def warn(app, doctree):
    """Warn of every output of a cell that went to stderr."""
    for output in doctree.findall(nodes.literal_block):
        if "stderr" in output["classes"]:
            text = output.astext().strip()
            logger.warning("a cell wrote to stderr:\n%s", text, location=output, type="stderr")


def setup(app):
    """Connect the function to the build."""
    app.connect("doctree-read", warn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
