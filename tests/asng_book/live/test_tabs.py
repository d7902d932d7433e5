"""Views of a figure that take turns: by mouse, by keys, only where there is no room for all, and never on paper."""

import pytest
from figure_examples import options


def canvases(page):
    return page.locator(".asng-figure canvas:visible").count()


def test_views_take_turns_where_the_window_is_narrow(page):
    page = page("more-samples", **options("more-samples"))
    first, second = page.get_by_role("tab").all()
    assert (first.get_attribute("aria-selected"), second.get_attribute("aria-selected")) == ("true", "false")
    page.get_by_text("What λ changes, relative to").wait_for()
    assert canvases(page) == 2  # this view's, and that of the update below
    first.press("ArrowRight")
    page.get_by_text("How long the search takes").wait_for()
    page.get_by_text("What λ changes, relative to").wait_for(state="hidden")
    assert second.evaluate("tab => tab === document.activeElement")
    second.press("ArrowRight")  # round to the first
    assert first.get_attribute("aria-selected") == "true"


def test_all_views_are_shown_where_there_is_room(page):
    page = page("more-samples", **options("more-samples"))
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.get_by_role("tab").count() == 0
    assert canvases(page) == 3


@pytest.mark.parametrize("name", ["replay", "more-samples"])
def test_paper_shows_every_view(page, name):
    page = page(name, **options(name))
    shown = canvases(page)
    page.emulate_media(media="print")
    page.wait_for_function(
        "[...document.querySelectorAll('.asng-figure canvas')].every((canvas) => canvas.getClientRects().length)"
    )
    assert canvases(page) > shown
    assert page.get_by_role("tab").count() == 0
