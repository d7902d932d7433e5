"""Put the scripts and the styles of the live figures on the pages, in the order that asng_edu.explorer gives."""

from asng_edu.explorer import files


def add_files(app):
    """Add every script and style sheet; _config.yml has their folder among the static paths."""
    if app.builder.name == "epub":
        return
    for style in files.styles():
        app.add_css_file(style.relative_to(files.STATIC).as_posix())
    for script in files.scripts():
        app.add_js_file(script.relative_to(files.STATIC).as_posix(), defer="defer")


def setup(app):
    """Connect the function to the build."""
    app.connect("builder-inited", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
