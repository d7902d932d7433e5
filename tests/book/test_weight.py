"""What a page weighs when it opens.

A page's own weight is that of its HTML and of the pictures that it loads on opening, as they lie on the disk: at most
1.5 MB. What all pages share is counted apart, for a browser reads it once: the theme's styles, scripts and icons,
the fonts of formulas, and the scripts of the live figures, at most 2.5 MB together.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.book

OWN, SHARED = 1.5e6, 2.5e6  # bytes


def test_a_page_is_light(view, html, page_name):
    files = {Path(unquote(urlsplit(url).path)) for url in view().loaded if url.startswith("file:")}
    shared = {file for file in files if (html / "_static") in file.parents}
    assert html / page_name in files - shared
    assert sum(file.stat().st_size for file in files - shared) <= OWN
    assert sum(file.stat().st_size for file in shared) <= SHARED


def test_pictures_come_when_they_are_looked_at_and_in_one_theme_only(offline, html):
    page = offline(1280, "light").open(html / "search_space.html")
    # The browser fetches what is near before it knows the theme; these pictures are not near.
    page.evaluate("""() => { for (const picture of document.querySelectorAll("img.only-light"))
      if (picture.getBoundingClientRect().top > 5000) picture.nextElementSibling.classList.add("far"); }""")
    assert page.locator("img.far").count() > 0
    page.evaluate("document.querySelectorAll('img').forEach(picture => picture.scrollIntoView())")
    page.wait_for_function("[...document.querySelectorAll('img.only-light')].every(one => one.naturalWidth > 0)")
    assert page.evaluate("[...document.querySelectorAll('img.far')].filter(picture => picture.naturalWidth)") == []


def test_every_icon_of_the_theme_is_drawn(offline, html):
    page = offline(390).open(html / "intro.html")
    icons = page.locator("i.fa-solid:visible")
    assert icons.count() > 2
    for icon in icons.all():
        assert icon.bounding_box()["width"] > 5
        assert "Font Awesome" in icon.evaluate("icon => getComputedStyle(icon).fontFamily")
    assert page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"', '\\uf002')")
