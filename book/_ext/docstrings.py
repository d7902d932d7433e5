"""Liberties that the library's docstrings take, so that they read well in the source too.

A reference may use the short public name, such as asng_edu.ASNG or asng_edu.nas.CellSpace, of what is documented under
its own module; a bare name that both packages have means that of the package in which it is written; |x| is an absolute
value, not a substitution of reStructuredText; a named tuple tells of its fields itself; and no sentence of a summary
ends with "eq." or "Fig.".
"""

import re

from sphinx.addnodes import pending_xref
from sphinx.ext import autosummary
from sphinx.util.nodes import make_refnode

import asng_edu
import asng_edu.nas

PACKAGES = {"asng_edu.nas": asng_edu.nas, "asng_edu": asng_edu}
IN_BOTH = set(asng_edu.__all__) & set(asng_edu.nas.__all__)
ABSOLUTE_VALUE = re.compile(r"(?<!`)\|(?![\s|])([^|`]*)\|(?!`)")


def resolve(app, env, node, contnode):
    """Point a reference to ``PACKAGE.NAME`` or ``PACKAGE.NAME.member`` at the place that documents it."""
    target = node.get("reftarget", "")
    package = next((name for name in PACKAGES if target.startswith(f"{name}.")), None)
    name, *members = target.removeprefix(f"{package}.").split(".")
    if package is None or name not in PACKAGES[package].__all__:
        return None
    others = tuple(f"{one}." for one in PACKAGES if one.startswith(f"{package}."))
    known, ending = env.get_domain("py").objects, "." + ".".join([name, *members])
    ours = [one for one in known if one.startswith("asng_edu.") and one.endswith(ending) and not one.startswith(others)]
    if not ours:
        return None
    entry = known[min(ours, key=lambda one: not one.startswith(f"{package}."))]  # nas has names from outside it
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, entry.node_id)


def qualify(app, doctree):
    """Write out which package a bare name that both have is of."""
    for node in doctree.findall(pending_xref):
        if node.get("reftarget") in IN_BOTH:
            in_nas = (node.get("py:module") or "").startswith("asng_edu.nas")
            node["reftarget"] = f"{'asng_edu.nas' if in_nas else 'asng_edu'}.{node['reftarget']}"


def keep_bars(app, what, name, thing, options, lines):
    """Escape the bars of absolute values."""
    lines[:] = [ABSOLUTE_VALUE.sub(r"\\|\1\\|", line) for line in lines]


def leave_out_aliases(app, what, name, thing, skip, options):
    """Leave out "Alias for field number 0", which Python writes about each field of a named tuple."""
    return True if (getattr(thing, "__doc__", None) or "").startswith("Alias for field number") else None


def setup(app):
    """Connect the functions to the build."""
    autosummary.WELL_KNOWN_ABBREVIATIONS = ("e.g.", "i.e.", "et al.", "eq.", "Fig.", "Alg.")
    app.connect("doctree-read", qualify)
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", keep_bars)
    app.connect("autodoc-skip-member", leave_out_aliases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
