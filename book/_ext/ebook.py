"""What an EPUB needs in place of scripts: formulas as MathML, pictures as files, stills of the live figures."""

import html
import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from docutils import nodes
from image_files import DATA, as_file
from latex2mathml.converter import convert

TAG = re.compile(r"\\tag\{([^}]*)\}")
LEFT_OUT = "style, script, .only-dark"
LIVE = "A live figure, as it stands at first; it moves in {page}.html of the HTML book."
NO_STILL = "Here the HTML book has a live figure, which needs a browser: see {page}.html."


def mathml(tex, display="inline"):
    r"""Return a formula as MathML; a number given by ``\tag`` stands at its right.

    Raises
    ------
    ValueError
        If something of it is left in TeX.
    """
    number = TAG.search(tex)
    known = TAG.sub("", tex).replace("{aligned}", "{align*}").strip()  # which latex2mathml knows by this name only
    formula = convert(known, display=display)
    try:
        left = re.search(r"\\[a-zA-Z]+", "".join(ElementTree.fromstring(formula).itertext()))
    except ElementTree.ParseError as error:
        raise ValueError(f"no MathML could be made of the formula {tex!r}: {error}") from None
    if left:
        raise ValueError(f"no MathML is known for {left[0]} in the formula {tex!r}")
    return formula + (f'<span class="eqno">({html.escape(number[1])})</span>' if number else "")


def visit_math(self, node):
    """Write a formula in a line."""
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def visit_displaymath(self, node):
    """Write a formula on a line of its own."""
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    place = f' id="{node["ids"][0]}"' if node["ids"] else ""
    self.body.append(f'<div class="math"{place}>{mathml(node.astext(), "block")}{number}</div>\n')
    raise nodes.SkipNode


def still(figures, page, folder, soup):
    """Return the next still of a page, or where there is none a sentence that says where the live figure is."""
    found = next(figures, None)
    box = soup.new_tag("div", attrs={"class": "still"})
    if found:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(found["path"], folder / found["file"])
        box.append(soup.new_tag("img", src=f"_images/{found['file']}", alt=found["says"] or "A live figure."))
    note = soup.new_tag("p")
    note.string = (LIVE if found else NO_STILL).format(page=page)
    box.append(note)
    return box


def without_scripts(text, page, figures, folder):
    """Return raw HTML as XHTML: pictures in files, one theme, stills for live figures."""
    soup = BeautifulSoup(text, "html.parser")
    for tag in soup.select(LEFT_OUT):
        tag.decompose()
    for figure in soup.select(".asng-figure[data-figure]"):
        figure.replace_with(still(figures, page, folder, soup))
    for link in soup.find_all("a", href=re.compile("#.*=")):  # a setting of a live figure, which a still has not
        link.unwrap()
    for image in soup.find_all("img", src=DATA):
        image["src"] = f"_images/{as_file(image['src'], folder).name}"
    return soup.decode(formatter="minimal")


def stills(app, page):
    """Return those pictures of the page's live figures that the printing of the PDF has left, in order."""
    folder = Path(app.config.ebook_stills)
    index = folder / "stills.json"
    listed = json.loads(index.read_text(encoding="utf-8")) if app.config.ebook_stills and index.is_file() else {}
    return iter([{**one, "path": folder / one["file"]} for one in listed.get(page, [])])


def prepare(app, doctree, page):
    """Make every part of a page fit for a reader without scripts."""
    if app.builder.name != "epub":
        return
    for cell in list(doctree.findall(nodes.container)):
        if "tag_hide-input" in cell["classes"]:  # folded away on a page, for it only draws; the notebooks hold it
            cell.children = [part for part in cell.children if "cell_output" in part.get("classes", [])]
    figures = stills(app, page)
    for raw in list(doctree.findall(nodes.raw)):
        if "html" in raw.get("format", ""):
            plain = without_scripts(raw.astext(), page, figures, Path(app.outdir, "_images"))
            raw.parent.replace(raw, nodes.raw("", plain, format="html"))


def only_own_files(app):
    """Leave the scripts and styles of the pages out of an EPUB."""
    if app.builder.name == "epub":
        app.config.html_static_path = [str(Path(__file__).parents[1] / "_export" / "style")]


def only_own_style(app, page, template, context, doctree):
    """Load no script, and no style but those of the EPUB."""
    if app.builder.name == "epub":
        context["script_files"] = []
        context["css_files"] = [css for css in context["css_files"] if re.search(r"pygments|ebook", str(css.filename))]


def setup(app):
    """Connect the functions to the build; all but the renderer act only when an EPUB is written."""
    app.add_config_value("ebook_stills", "", "")
    app.add_config_value("epub_math_renderer", "mathml", "")
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    app.connect("builder-inited", only_own_files, priority=900)
    app.connect("doctree-resolved", prepare, priority=900)
    app.connect("html-page-context", only_own_style, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
