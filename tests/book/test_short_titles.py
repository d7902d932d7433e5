"""A link to a chapter reads well in a sentence: it has the part of the title that stands before the colon."""

import pytest

pytestmark = pytest.mark.book


def test_links_in_sentences_have_short_titles(view):
    links = view(1280).page.locator("article a.reference span.doc").all_inner_texts()
    assert [text for text in links if ":" in text] == []


def test_the_page_itself_keeps_its_title(offline, html):
    page = offline().open(html / "natural_gradient.html")
    assert page.locator("article h1").inner_text().startswith("Natural gradient: how far is far?")
    link = page.locator("article a span.doc", has_text="Stochastic relaxation").first
    assert link.inner_text() == "Stochastic relaxation"
