"""Nothing moves under the eyes of a reader while a page opens, and a figure does not run off the screen."""

import pytest

pytestmark = pytest.mark.book

MOST = 0.05  # of the cumulative layout shift; from 0.1 on it is said to disturb


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_keeps_its_layout_while_it_opens(view, width):
    shifts = view(width).shifts
    assert sum(shift["value"] for shift in shifts) < MOST, shifts


@pytest.mark.parametrize(("width", "most"), [(1280, 900), (390, 1.5 * 844)])  # a screen; one and a half of a phone's
def test_a_live_figure_fits_the_screen(view, width, most):
    heights = view(width).page.locator("article .asng-figure").evaluate_all(
        "figures => figures.map(figure => [figure.dataset.figure, figure.getBoundingClientRect().height])"
    )
    assert [(name, height) for name, height in heights if height > most] == []


def test_a_move_of_the_layout_is_seen(offline, html):
    page = offline().open(html / "glossary.html")
    page.evaluate("document.querySelector('article h1').style.marginTop = '300px'")
    page.wait_for_function("shifts.some(({ value }) => value > 0.05)")


def test_formulas_are_there_without_scripts(browser, html):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((html / "step_size.html").as_uri())
    assert page.locator("mjx-container:visible").count() > 50
    assert page.locator("mjx-container math").count() == page.locator("mjx-container").count()
    context.close()
