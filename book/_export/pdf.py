"""Print the whole book as a PDF with a headless Chromium, and keep a still of each live figure for the EPUB."""

import json

from one_page import chapters, one_page
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from asng_book.browser import launch
from asng_book.live.stills import MOUNTED, SAYS

WIDTH = 672  # of the text on A4 in CSS pixels; the live figures draw themselves for it


def open_page(browser, path):
    """Open the page as for paper and wait until figures and fonts are there."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 950}, device_scale_factor=2, reduced_motion="reduce")
    page.set_default_timeout(240_000)
    page.emulate_media(media="print", color_scheme="light")
    page.goto(path.as_uri())
    page.evaluate("() => document.fonts.ready")
    page.wait_for_function(MOUNTED)
    page.wait_for_timeout(1000)  # the figures draw in the next frames
    return page


def keep_stills(page, folder):
    """Write a picture of each live figure and, in stills.json, what it says about itself, chapter by chapter."""
    folder.mkdir()
    stills = {}
    for figure in page.locator(".asng-figure[data-figure]").all():
        chapter = figure.evaluate("figure => figure.closest('article').id")
        there = stills.setdefault(chapter, [])
        name = f"{chapter}-{len(there) + 1}.png"
        figure.screenshot(path=folder / name, animations="disabled")
        there.append({"file": name, "says": figure.evaluate(SAYS)})
    (folder / "stills.json").write_text(json.dumps(stills, ensure_ascii=False, indent=1), encoding="utf-8")


def page_numbers(path, names):
    """Return on which page of the PDF each chapter begins."""
    reader = PdfReader(path)
    places = {name.removeprefix("/"): place for name, place in reader.named_destinations.items()}
    return {name: reader.get_destination_page_number(places[name]) + 1 for name in names}


def name_outline(path, headings):
    """Give every entry of the outline the text of its heading, in order.

    Chromium's own is wrong where a heading is broken into lines: it loses the spaces there, or writes lines twice.
    """
    writer = PdfWriter(clone_from=path)

    def entries(entry):
        while entry:
            entry = entry.get_object()
            yield entry
            yield from entries(entry.get("/First"))
            entry = entry.get("/Next")

    for entry, heading in zip(entries(writer.root_object["/Outlines"].get("/First")), headings, strict=True):
        entry[NameObject("/Title")] = TextStringObject(" ".join(heading.split()))
    writer.write(path)


def write_pdf(html, toc, about, target):
    """Write the PDF until the contents have the number of the page on which each chapter begins."""
    source = target.with_suffix(".html")
    names = [name for _, name in chapters(toc)]
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            numbers = {}
            for _ in range(3):  # a page break may move once the numbers are in; a page printed twice breaks elsewhere
                source.write_text(one_page(html, toc, about, numbers), encoding="utf-8")
                page = open_page(browser, source)
                if not numbers:
                    keep_stills(page, target.parent / "stills")
                page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
                found = page_numbers(target, names)
                if found == numbers:
                    break
                numbers = found
            titles = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(title => title.innerText)"
            name_outline(target, page.evaluate(titles))
            browser.close()
    finally:
        source.unlink(missing_ok=True)
