"""The full-text search, from the file system with the network off."""

import pytest

pytestmark = pytest.mark.book

FOUND = "#search-results li a"


def results(page):
    """Return the addresses that a search has found, once it is over."""
    page.locator(FOUND).first.wait_for()
    page.wait_for_function("/found|finished/i.test(document.querySelector('#search-results').innerText)")
    return page.locator(FOUND).evaluate_all("links => links.map(link => link.href)")


def names(links):
    """Return the file names of links."""
    return {link.rpartition("/")[2].partition("#")[0].partition("?")[0] for link in links}


@pytest.mark.parametrize(
    ("word", "chapter"),
    [
        ("natural", "natural_gradient.html"),
        ("footprints", "step_size.html"),  # of the text
        ("Pareto", "why_one_shot.html"),
        ("ASNG", "api_asng.html"),
        ("multimodal", None),  # of nothing: the search says so
        ("__proto__", None),  # of every object of JavaScript, and of no page
    ],
)
def test_a_word_is_found_and_leads_to_its_chapter(offline, html, word, chapter):
    window = offline()
    page = window.open(html / "search.html", f"?q={word}")
    if chapter is None:
        page.get_by_text("did not match any documents").wait_for()
        return
    links = results(page)
    assert chapter in names(links)
    page.locator(FOUND, has=page.locator(f"xpath=self::*[contains(@href, '{chapter}')]")).first.click()
    page.wait_for_url(f"**/{chapter}*")
    assert word.lower() in page.locator("article").inner_text().lower()
    assert window.elsewhere() == []
    assert window.errors == []


def test_a_name_that_every_object_has_does_not_end_the_search(offline, html):
    window = offline()
    page = window.open(html / "search.html", "?q=constructor")
    page.wait_for_function("/found|match/i.test(document.querySelector('#search-results').innerText)")
    assert window.errors == []


def test_a_word_of_an_exercise_is_found(offline, html):
    page = offline().open(html / "why_one_shot.html")
    title = page.locator(".exercise .caption-text, .exercise .admonition-title").first.inner_text()
    word = title.split("(")[-1].strip(" )").split()[-1]
    found = offline().open(html / "search.html", f"?q={word}")
    assert "why_one_shot.html" in names(results(found))


def test_the_search_of_a_page_leads_to_the_results(offline, html):
    window = offline()
    page = window.open(html / "step_size.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("natural")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=natural*")
    assert "natural_gradient.html" in names(results(page))
    assert window.elsewhere() == []
