"""Liberties that the library's docstrings take, so that they read well in the source too.

A reference may use the short public name, such as asng_edu.ASNG or asng_edu.nas.CellSpace, of what is documented under
its own module; |x| is an absolute value, not a substitution of reStructuredText; and a named tuple tells of its fields
itself.
"""

import re

from sphinx.util.nodes import make_refnode

import asng_edu
import asng_edu.nas

PACKAGES = {"asng_edu.nas": asng_edu.nas, "asng_edu": asng_edu}
ABSOLUTE_VALUE = re.compile(r"(?<!`)\|(?![\s|])([^|`]*)\|(?!`)")


def resolve(app, env, node, contnode):
    """Point a reference to ``PACKAGE.NAME`` or ``PACKAGE.NAME.member`` at the place that documents it."""
    target = node.get("reftarget", "")
    package = next((name for name in PACKAGES if target.startswith(f"{name}.")), None)
    name, *members = target.removeprefix(f"{package}.").split(".")
    if package is None or name not in PACKAGES[package].__all__:
        return None
    known, ending = env.get_domain("py").objects, "." + ".".join([name, *members])
    entry = next((known[one] for one in known if one.startswith(f"{package}.") and one.endswith(ending)), None)
    return entry and make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, entry.node_id)


def keep_bars(app, what, name, thing, options, lines):
    """Escape the bars of absolute values."""
    lines[:] = [ABSOLUTE_VALUE.sub(r"\\|\1\\|", line) for line in lines]


def leave_out_aliases(app, what, name, thing, skip, options):
    """Leave out "Alias for field number 0", which Python writes about each field of a named tuple."""
    return True if (getattr(thing, "__doc__", None) or "").startswith("Alias for field number") else None


def setup(app):
    """Connect the functions to the build."""
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", keep_bars)
    app.connect("autodoc-skip-member", leave_out_aliases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
