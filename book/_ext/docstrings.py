"""Let a reference use the short public name, such as asng_edu.ASNG, of what is documented under its own module."""

from sphinx.util.nodes import make_refnode

import asng_edu


def resolve(app, env, node, contnode):
    """Point a reference to ``asng_edu.NAME`` or ``asng_edu.NAME.member`` at the place that documents it."""
    package, _, ending = node.get("reftarget", "").partition(".")
    if package != "asng_edu" or ending.partition(".")[0] not in asng_edu.__all__:
        return None
    objects = env.get_domain("py").objects
    places = {(entry.docname, entry.node_id) for name, entry in objects.items() if name.endswith(f".{ending}")}
    if len(places) != 1:
        return None
    page, anchor = places.pop()
    return make_refnode(app.builder, node["refdoc"], page, anchor, contnode, anchor)


def setup(app):
    """Connect the resolver to the build."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
