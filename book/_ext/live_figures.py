"""Put the script of every live figure on the pages, after the scripts that _config.yml lists."""

from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "asng_edu" / "explorer" / "static"


def add_scripts(app):
    """Add figures/*.js; a figure registers itself by name, so that their order does not matter."""
    for script in sorted((STATIC / "figures").glob("*.js")):
        app.add_js_file(f"figures/{script.name}", priority=900, defer="defer")


def setup(app):
    """Connect the function to the build."""
    app.connect("builder-inited", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
