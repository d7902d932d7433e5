"""The whole book as a PDF and as an EPUB, which `tasks.py export` writes."""

import os
import posixpath
import re
import sys
import unicodedata
import zipfile
from functools import cache
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from chapters import ROOT
from pypdf import PdfReader

sys.path.insert(0, str(ROOT / "book" / "_export"))
from one_page import chapters

pytestmark = pytest.mark.book

FOLDER = ROOT / "_build" / "export"
PAGES = [page for _, page in chapters(ROOT / "book" / "_toc.yml")]
XHTML = "{http://www.w3.org/1999/xhtml}"
MATH = "{http://www.w3.org/1998/Math/MathML}math"
RAW_TEX = re.compile(r"\\(?:frac|mathbb|mathrm|theta|delta|sum|sqrt|begin|tag|operatorname)\b|\$\\")


def written(name):
    """Return the path of a written file; skip where nobody has exported the book that is built, but not in CI."""
    path, index = FOLDER / name, ROOT / "_build" / "html" / "index.html"
    if not path.is_file() or path.stat().st_mtime < index.stat().st_mtime:
        unattended = os.environ.get("CI", "").lower() not in ("", "0", "false")
        (pytest.fail if unattended else pytest.skip)(f"there is no {name} of this book: run `python3 tasks.py export`")
    return path


def words(text):
    """Return the letters and digits of a text, which survive the printing; spaces may not, and fi may be one letter."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text))


@cache
def title(page):
    """Return the title of a page of the built book."""
    soup = BeautifulSoup((ROOT / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    for link in soup.select("a.headerlink"):
        link.decompose()
    return soup.h1.get_text().strip()


# ---------------------------------------------------------------- the PDF


@cache
def pdf():
    """Return the PDF."""
    return PdfReader(written("asng_edu.pdf"))


@cache
def printed(number):
    """Return the text of a page of the PDF, counted from 0; that takes a tenth of a second."""
    return pdf().pages[number].extract_text()


@cache
def begins():
    """Return the number of the page, from 0, on which each chapter begins."""
    places = {name.removeprefix("/"): place for name, place in pdf().named_destinations.items()}
    return {page: pdf().get_destination_page_number(places[page]) for page in PAGES}


def test_the_pdf_has_every_chapter_in_order():
    assert sorted(begins().values()) == list(begins().values())
    for page, first in begins().items():
        assert words(title(page)) in words(printed(first))


def test_the_contents_say_on_which_page_a_chapter_begins():
    contents = words(printed(1) + printed(2))
    for page, first in begins().items():
        assert words(title(page)) + str(first + 1) in contents


def test_the_pdf_has_a_plausible_length_and_no_empty_page():
    assert 8 * len(PAGES) < len(pdf().pages) < 60 * len(PAGES)
    running = max(len(title(page)) for page in PAGES) + 10  # what stands at the top and the foot of each page
    for number, page in enumerate(pdf().pages):
        drawn = page.get_contents().get_data()
        assert len(drawn) > 5_000 or len(printed(number)) > running, f"page {number + 1} is empty"


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_the_pdf_shows_no_raw_tex(step):
    """Of the pages that it is printed from all have been searched, as has the EPUB: the PDF has every seventh."""
    for number in range(0, len(pdf().pages), step):
        assert not RAW_TEX.findall(printed(number)), f"page {number + 1}"


def test_links_of_the_pdf_lead_into_it_or_to_the_web():
    named = pdf().named_destinations
    inside = 0
    for page in pdf().pages:
        for link in (reference.get_object() for reference in page.get("/Annots", [])):
            if "/Dest" in link:
                assert str(link["/Dest"]) in named
                inside += 1
            elif "/A" in link and "/URI" in link["/A"]:
                assert re.match(r"https?://|mailto:", str(link["/A"]["/URI"])), link["/A"]["/URI"]
    assert inside > 100


def test_the_outline_of_the_pdf_has_the_titles_of_the_chapters():
    entries = [entry.title for entry in pdf().outline if not isinstance(entry, list)]
    assert entries[2:] == [title(page) for page in PAGES]


def test_the_stills_of_the_live_figures_are_not_blank():
    from PIL import Image

    stills = sorted((written("asng_edu.pdf").parent / "stills").glob("*.png"))
    assert stills
    for path in stills:
        with Image.open(path) as picture:
            assert picture.width > 1000, path.name
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 50, f"{path.name} is blank"


# ---------------------------------------------------------------- the EPUB


@cache
def book():
    """Return the files of the EPUB by name."""
    with zipfile.ZipFile(written("asng_edu.epub")) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "mimetype"
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def parsed(name):
    """Return an XHTML file of the EPUB as a tree."""
    return ElementTree.fromstring(book()[name])


@cache
def places(name):
    """Return the names of the places in an XHTML file of the EPUB."""
    return {tag.get("id") for tag in parsed(name).iter()}


def page_file(page):
    """Return the name of a chapter's file in the EPUB."""
    (name,) = [name for name in book() if posixpath.basename(name) == f"{page}.xhtml"]
    return name


def xhtml():
    """Return the names of all XHTML files of the EPUB."""
    return [name for name in book() if name.endswith(".xhtml")]


def test_the_epub_has_every_chapter_in_the_order_of_the_book():
    (package,) = [ElementTree.fromstring(data) for name, data in book().items() if name.endswith(".opf")]
    space = {"opf": "http://www.idpf.org/2007/opf"}
    files = {item.get("id"): item.get("href") for item in package.findall("opf:manifest/opf:item", space)}
    order = [files[item.get("idref")] for item in package.findall("opf:spine/opf:itemref", space)]
    assert [page for page in order if page.removesuffix(".xhtml") in PAGES] == [f"{page}.xhtml" for page in PAGES]
    assert package.get("version") == "3.0"
    assert "unknown" not in [text.strip() for text in package.itertext()]


def test_the_contents_of_the_epub_lead_to_every_chapter():
    (name,) = [name for name in book() if name.endswith("nav.xhtml")]
    links = [link.get("href") for link in parsed(name).iter(f"{XHTML}a")]
    assert [link.removesuffix(".xhtml") for link in links if "#" not in link] == PAGES


def test_no_two_places_of_a_page_of_the_epub_have_one_name():
    for name in xhtml():
        names = [tag.get("id") for tag in parsed(name).iter() if tag.get("id")]
        assert len(names) == len(set(names)), name


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_of_the_epub_is_whole(page):
    tree = parsed(page_file(page))
    text = words("".join(tree.itertext()))
    assert words(title(page)) in text
    soup = BeautifulSoup((ROOT / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    formulas = len(soup.select("article .math"))
    assert len(list(tree.iter(MATH))) == formulas
    pictures = len(soup.select("article img:not(.only-dark)")) + len(soup.select("article .asng-figure[data-figure]"))
    assert len(list(tree.iter(f"{XHTML}img"))) == pictures


def test_the_epub_has_no_script_and_no_raw_tex():
    for name in xhtml():
        tree = parsed(name)
        assert not list(tree.iter(f"{XHTML}script")), name
        assert not [tag for tag in tree.iter() if any(attribute.startswith("on") for attribute in tag.attrib)], name
        for code in [*tree.iter(f"{XHTML}pre"), *tree.iter(f"{XHTML}code")]:
            code.clear()
        assert not RAW_TEX.findall("".join(tree.itertext())), name
    parsed.cache_clear()


def test_every_picture_of_the_epub_says_what_it_shows():
    for name in xhtml():
        pictures = list(parsed(name).iter(f"{XHTML}img"))
        assert [picture.get("src") for picture in pictures if not picture.get("alt", "").strip()] == []


def test_a_still_of_the_epub_is_described_in_a_sentence():
    pictures = [picture for page in PAGES for picture in parsed(page_file(page)).iter(f"{XHTML}img")]
    stills = [picture.get("alt") for picture in pictures if picture.get("src").endswith(".png")]
    assert stills
    assert [alt for alt in stills if not re.fullmatch(r"[^{}]{20,}[.!?]", alt)] == []


def test_the_epub_refers_to_nothing_that_is_not_in_it():
    for name in xhtml():
        for tag in parsed(name).iter():
            for link in filter(None, (tag.get("href"), tag.get("src"))):
                if re.match(r"https?://|mailto:", link) and tag.tag == f"{XHTML}a":
                    continue
                path, _, place = link.partition("#")
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path))) if path else name
                assert target in book(), f"{name}: {link}"
                if place and target.endswith(".xhtml"):
                    assert place in places(target), f"{name}: {link}"
