"""What the book's own Sphinx extensions compute: links, times, formulas."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from docutils import nodes

from asng_book import browser

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

import ebook  # noqa: E402
import formulas  # noqa: E402
import notebook_download  # noqa: E402
import page_times  # noqa: E402
import stderr_text  # noqa: E402


def test_without_a_public_repository_nothing_leads_to_one():
    online = notebook_download.links_online("step_size", "", "main", "gh-pages")
    assert online == {}
    shown = notebook_download.box("step_size", "notebooks/step_size.ipynb", online)
    assert 'href="notebooks/step_size.ipynb"' in shown
    assert "http" not in shown


def test_with_a_public_repository_colab_and_binder_open_the_chapter():
    online = notebook_download.links_online("step_size", "someone/asng_edu", "release/1", "gh-pages")
    colab = "https://colab.research.google.com/github/someone/asng_edu/blob/gh-pages/notebooks/step_size.ipynb"
    binder = "https://mybinder.org/v2/gh/someone/asng_edu/release%2F1"
    binder += "?urlpath=lab%2Ftree%2Fbook%2Fstep_size.md%3Ffactory%3DJupytext%20Notebook"
    assert online == {"colab": colab, "binder": binder}
    shown = notebook_download.box("step_size", "notebooks/step_size.ipynb", online)
    assert f'href="{colab}"' in shown
    assert f'href="{binder}"' in shown


def page(*parts):
    return nodes.section("", *parts)


def test_reading_time_counts_words_formulas_and_open_code():
    words = nodes.paragraph("", "word " * 220)
    assert page_times.reading_seconds(page(words)) == 120
    assert page_times.reading_seconds(page(nodes.math_block("", "x", number=None))) == 20
    assert page_times.reading_seconds(page(nodes.literal_block("", "a = 1\nb = 2"))) == 8


@pytest.mark.parametrize("name", ["solution", "dropdown", "tag_hide-input", "cell_output"])
def test_what_is_folded_or_computed_takes_no_time_to_read(name):
    folded = nodes.container("", nodes.paragraph("", "word " * 240), classes=[name])
    assert page_times.reading_seconds(page(folded)) == 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 second"), (12.3, "13 seconds"), (89, "89 seconds"), (100, "2 minutes")]
)
def test_a_running_time_is_said_rounded_up(seconds, words):
    assert words in page_times.times(page(), seconds)


def test_a_chapter_that_did_not_run_has_no_running_time():
    assert page_times.times(page(), None) == "Reading time: about 5 minutes."


@pytest.mark.parametrize("tex", [r"\frac12", r"\begin{aligned} a &= b \\ &= c \end{aligned}", r"\operatorname{Tr} F"])
def test_a_formula_becomes_mathml(tex):
    tree = ElementTree.fromstring(ebook.mathml(tex, "block"))
    assert tree.tag == "{http://www.w3.org/1998/Math/MathML}math"
    assert "\\" not in "".join(tree.itertext())
    assert "&" not in "".join(tree.itertext())


def test_the_number_of_a_formula_stands_beside_it():
    written = ebook.mathml(r"a = b \tag{7}", "block")
    assert written.endswith('</math><span class="eqno">(7)</span>')
    assert written.count("7") == 1


@pytest.mark.parametrize("tex", [r"\nosuchthing x", r"\begin{gather*} a & b \end{gather*}"])
def test_a_formula_that_stays_tex_stops_the_build(tex):
    with pytest.raises(ValueError, match="formula"):
        ebook.mathml(tex)


@pytest.fixture(scope="module")
def typesetter():
    return formulas.Typesetter()


def test_a_page_has_its_formulas_drawn_and_in_mathml(typesetter):
    inline = r'<p>so <span class="math notranslate">\(a &lt; b\)</span></p>'
    block = '<div class="math notranslate" id="eq">\n\\[\nE = mc^2 \\tag{7}\n\\]</div>'
    page = formulas.page(inline + block, typesetter.set)
    assert page.count("<mjx-container") == page.count("<math ") == 2
    assert page.startswith('<p>so <span class="math notranslate"><mjx-container')
    assert "<mo>&lt;</mo>" in page
    assert "\\" not in page
    assert 'id="eq"' in page
    assert 'display="true"' in page


def test_the_style_sheet_has_the_glyphs_of_all_formulas_and_names_fonts_that_are_there(typesetter):
    typesetter.set(r"\mathbb{Q}")
    style = typesetter.style()
    assert "TEX-A::before" in style  # the letters of the rationals, of the reals and so on
    fonts = set(re.findall(r'url\("([^"]+)"\)', style))
    assert fonts
    assert {name for name in fonts if not (ROOT / "book" / "_assets" / name).is_file()} == set()


def test_formulas_are_set_anew_only_where_one_of_them_is_another(tmp_path, monkeypatch):
    kept, made = tmp_path / "formulas.json", []

    def typesetter():
        made.append(SimpleNamespace(set=lambda tex, display: tex, style=lambda: f"style {len(made)}"))
        return made[-1]

    monkeypatch.setattr(formulas, "Typesetter", typesetter)
    two, three = [("x", False), ("y", True)], [("x", False), ("y", True), ("z", False)]
    first = formulas.set_all(two, kept)
    assert formulas.set_all(two, kept) == first
    assert len(made) == 1
    assert formulas.set_all(three, kept) == (["x", "y", "z"], "style 2")
    kept.write_text("{")
    assert formulas.set_all(three, kept) == (["x", "y", "z"], "style 3")


@pytest.mark.parametrize("tex", [r"\nosuchthing x", r"\frac{1"])
def test_a_formula_that_mathjax_does_not_understand_stops_the_build(typesetter, tex):
    with pytest.raises(ValueError, match="MathJax does not understand"):
        typesetter.set(tex)


@pytest.fixture
def write(monkeypatch, tmp_path):
    """Load the export with nothing to print on, and an EPUB of one letter."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_export"))
    import epub
    import write

    monkeypatch.setattr(write, "FOLDER", tmp_path / "export")
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "asng_edu.pdf").write_text("of an earlier version")
    monkeypatch.setattr(write, "browser_path", lambda: None)
    monkeypatch.setattr(epub, "write_epub", lambda root, about, target: target.write_text("e"))
    return write


def test_without_chromium_the_epub_is_made_and_a_sentence_says_what_is_missing(write, tmp_path, capsys):
    assert write.main() == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["export", "asng_edu.epub"]
    assert "neither was found" in capsys.readouterr().err


def test_a_program_that_is_no_browser_is_named_and_the_epub_is_made(write, tmp_path, monkeypatch, capsys):
    for module in (write, browser):
        monkeypatch.setattr(module, "browser_path", lambda: sys.executable)
    with ThreadPoolExecutor(1) as pool:  # other tests may have a browser open in this thread
        assert pool.submit(write.main).result() == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["export", "asng_edu.epub"]
    assert f"{sys.executable} did not start as a browser" in capsys.readouterr().err


def test_an_export_that_is_stopped_leaves_nothing_that_looks_finished(write, tmp_path, monkeypatch):
    import pdf

    def stopped(html, toc, about, target):
        target.write_text("without its page numbers")
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "browser_path", lambda: "chromium")
    monkeypatch.setattr(pdf, "write_pdf", stopped)
    with pytest.raises(KeyboardInterrupt):
        write.main()
    assert not (tmp_path / "export").exists()
    monkeypatch.setattr(pdf, "write_pdf", lambda html, toc, about, target: target.write_text("p"))
    assert write.main() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_a_wrong_path_in_chromium_is_not_taken_for_a_browser(monkeypatch):
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setenv("CHROMIUM", "/no/such/program")
    monkeypatch.setenv("PATH", "")
    assert browser.browser_path() is None
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert browser.browser_path() == sys.executable


def test_what_a_cell_writes_to_stderr_is_a_warning_with_its_text(monkeypatch):
    told = []
    monkeypatch.setattr(stderr_text.logger, "warning", lambda text, *values, **_: told.append(text % values))
    tree = page(
        nodes.literal_block("", "to stdout", classes=["output", "stream"]),
        nodes.literal_block("", "UserWarning: the driver is old", classes=["output", "stderr"]),
    )
    stderr_text.warn(None, tree)
    assert told == ["a cell wrote to stderr:\nUserWarning: the driver is old"]
