r"""Set the formulas of the finished pages with MathJax, which QuickJS runs here.

A page that is opened holds its formulas as they are drawn, with MathML for readers who listen, so that no line moves
under the eyes of a reader and none of this needs a script. Sphinx writes \(…\) and \[…\], as for a MathJax in the page.
"""

import hashlib
import html
import json
import re
from contextlib import suppress
from pathlib import Path

import quickjs
from sphinx.ext.mathjax import html_visit_displaymath, html_visit_math

MATHJAX = Path(__file__).with_name("mathjax")
STYLE = "formulas.css"  # in html_css_files, beside the folder of the fonts
OPENING = r'<(?:span|div) class="math [^>]*>\s*(?:<span class="eqno">.*?</span>)?'
TEX = re.compile(rf"({OPENING})\\([(\[])(.*?)\\[)\]]", re.DOTALL)

START = """
globalThis.console = { log() {}, warn() {}, error() {} };
globalThis.MathJax = {
  loader: {
    load: ["adaptors/liteDOM", "core", "input/tex", "output/chtml", "a11y/assistive-mml"],
    paths: { mathjax: "" },
    require: (path) => (0, eval)(read(path)),
  },
  startup: { typeset: false },
  tex: { packages: { "[-]": ["noundefined"] } }, // which prints an unknown name in red
  chtml: { fontURL: "mathjax", matchFontHeight: false },
};
(0, eval)(read("startup.js"));
"""
# As JSON, for QuickJS hands no string over that it still keeps in pieces.
PARTS = """({
  set: (tex, display) => JSON.stringify(MathJax.startup.adaptor.outerHTML(MathJax.tex2chtml(tex, { display }))),
  style: () => JSON.stringify(MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet())),
})"""


class Typesetter:
    """MathJax, with the glyphs of all that it has set so far."""

    def __init__(self):
        self.context = quickjs.Context()
        self.context.set_max_stack_size(8 * 2**20)
        self.context.add_callable("read", lambda path: (MATHJAX / path.lstrip("/")).read_text(encoding="utf-8"))
        self.context.eval(START)
        while self.context.execute_pending_job():
            pass
        self.context.eval(f"globalThis.parts = {PARTS}")

    def set(self, tex, display=False):
        """Return a formula as HTML.

        Raises
        ------
        ValueError
            If MathJax does not understand it.
        """
        answer = json.loads(self.context.eval(f"parts.set({json.dumps(tex)}, {json.dumps(display)})"))
        error = re.search(r'data-mjx-error="([^"]*)"', answer)
        if error:
            raise ValueError(f"MathJax does not understand the formula {tex!r}: {html.unescape(error[1])}")
        return answer

    def style(self):
        """Return the style sheet that all formulas set so far need."""
        return json.loads(self.context.eval("parts.style()"))


def place(found):
    """Return a formula of a page as MathJax reads it, and whether it stands on a line of its own."""
    tex = html.unescape(found[3]).strip()
    if r"\tag" in tex:  # which MathJax refuses within the environment that Sphinx puts round more than one line
        tex = tex.removeprefix(r"\begin{split}").removesuffix(r"\end{split}").strip()
    return tex, found[2] == "["


def page(text, set_formula):
    r"""Return a page with the \(…\) and \[…\] of its elements of class ``math`` set."""
    return TEX.sub(lambda found: found[1] + set_formula(*place(found)), text)


def set_all(wanted, kept):
    """Return some formulas as HTML, in their order, and the style sheet that they need.

    The file ``kept`` has what was made last. It serves as long as the formulas are the same, for the style sheet is
    that of them all.
    """
    sources = [Path(__file__), *sorted(MATHJAX.rglob("*.js"))]
    key = hashlib.sha256(b"".join([repr(wanted).encode(), *(source.read_bytes() for source in sources)])).hexdigest()
    with suppress(OSError, ValueError):
        made = json.loads(kept.read_text(encoding="utf-8"))
        if made["key"] == key:
            return made["formulas"], made["style"]
    typesetter = Typesetter()
    made = {"key": key, "formulas": [typesetter.set(*one) for one in wanted], "style": typesetter.style()}
    kept.write_text(json.dumps(made), encoding="utf-8")
    return made["formulas"], made["style"]


def typeset(app, error):
    """Set the formulas of all pages, and write the style sheet with the glyphs that they use."""
    if error or app.builder.name != "html":
        return
    pages = {file: file.read_text(encoding="utf-8") for file in Path(app.outdir).glob("*.html")}
    wanted = sorted({place(found) for text in pages.values() for found in TEX.finditer(text)})
    formulas, style = set_all(wanted, Path(app.outdir).parent / "formulas.json")
    known = dict(zip(wanted, formulas, strict=True))
    for file, text in pages.items():
        file.write_text(page(text, lambda *one: known[one]), encoding="utf-8")
    Path(app.outdir, "_static", STYLE).write_text(style, encoding="utf-8")


def setup(app):
    """Connect the function to the build, after tidy_pages has tied formulas to their punctuation."""
    app.add_html_math_renderer("typeset", (html_visit_math, None), (html_visit_displaymath, None))
    app.connect("build-finished", typeset, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
