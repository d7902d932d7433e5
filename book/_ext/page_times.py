"""Say below the title of each chapter how long it takes to read and how long its cells ran; both are computed.

Reading is reckoned as 110 words a minute, a measured pace for mathematics, 20 seconds for each formula on a line of
its own and 4 seconds for each line of code that stands open. Solutions and all that is folded away are left out.
Running is what the last execution took.
"""

import math

from docutils import nodes

WORDS_A_MINUTE, SECONDS_A_FORMULA, SECONDS_A_LINE = 110, 20, 4
FOLDED = {"cell_output", "solution", "dropdown", "tag_hide-input", "tag_remove-input"}
SILENT = nodes.raw | nodes.comment | nodes.system_message


def reading_seconds(doctree):
    """Return how long the open part of a page takes to read, by the rule above."""
    words = formulas = lines = 0

    def count(node):
        nonlocal words, formulas, lines
        if isinstance(node, nodes.Text):
            words += len(node.astext().split())
        elif isinstance(node, nodes.math_block):
            formulas += 1
        elif isinstance(node, nodes.math):
            words += 1
        elif isinstance(node, nodes.literal_block):
            lines += len(node.astext().splitlines())
        elif not isinstance(node, SILENT) and not FOLDED & set(node.get("classes", [])):
            for child in node.children:
                count(child)

    count(doctree)
    return 60 * words / WORDS_A_MINUTE + SECONDS_A_FORMULA * formulas + SECONDS_A_LINE * lines


def spoken(seconds):
    """Return a running time in words, rounded up."""
    whole = math.ceil(seconds)
    if whole >= 90:
        return f"{math.ceil(whole / 60)} minutes"
    return f"{whole} second{'s' * (whole != 1)}"


def times(doctree, runtime):
    """Return the sentence about a chapter; ``runtime`` is None where the chapter was not executed."""
    minutes = max(5, 5 * round(reading_seconds(doctree) / 300))
    ran = f"; the code ran in {spoken(runtime)} when this copy was built" if runtime is not None else ""
    return f"Reading time: about {minutes} minutes{ran}."


def add_times(app, doctree, page):
    """Put the sentence below the title of a chapter."""
    if "kernelspec" not in app.env.metadata.get(page, {}):
        return
    title = next(doctree.findall(nodes.title), None)
    if title is not None:
        executed = getattr(app.env, "nb_metadata", {}).get(page, {}).get("exec_data") or {}
        line = nodes.paragraph("", times(doctree, executed.get("runtime")), classes=["page-times"])
        title.parent.insert(title.parent.index(title) + 1, line)


def setup(app):
    """Connect the function to the build, before outputs and figures are put in."""
    app.connect("doctree-resolved", add_times)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
