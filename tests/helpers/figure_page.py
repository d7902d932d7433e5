"""Pages with live figures on them, as the book has them."""

import shutil

from asng_book.live.files import STATIC, operations_script, scripts, styles

PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Live figures</title>
{styles}
{scripts}
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 0 auto; padding: 0 1rem; }}
html[data-theme=dark] body {{ background: #121212; color: #e6e6e6; }}
</style>
</head>
<body><main><h1>Live figures</h1>
{body}
</main></body>
</html>
"""


def write_page(folder, body, theme="light"):
    """Write a page with all scripts of the live figures, as the book has them, and return its file: address."""
    static = folder / "static"
    shutil.copytree(STATIC, static, dirs_exist_ok=True)
    relative = [path.relative_to(STATIC).as_posix() for path in scripts()]
    page = folder / f"page-{theme}.html"
    loaded = [
        f"<script>{operations_script()}</script>",
        *(f'<script defer src="static/{name}"></script>' for name in relative),
    ]
    text = PAGE.format(
        theme=theme,
        body=body,
        styles="\n".join(f'<link rel="stylesheet" href="static/{path.name}">' for path in styles()),
        scripts="\n".join(loaded),
    )
    page.write_text(text, encoding="utf-8")
    return page.as_uri()
