"""Put a script before all others that stands in for the browser's storage where the reader has blocked it."""


def add_script(app, page, template, context, doctree):
    """Add the script where the head of a page begins; the theme reads the storage further down in the head."""
    if app.builder.name == "html":
        script = context["pathto"]("_static/storage.js", resource=True)
        context["metatags"] = f'<script src="{script}"></script>\n' + context.get("metatags", "")


def setup(app):
    """Connect the function to the build."""
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
