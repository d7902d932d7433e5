"""Live figures outside the book: alone among foreign styles, and as pictures."""

import json
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest

from asng_book.live import stills
from asng_book.live.files import figure_html, operations

FOREIGN = """
body, body * { font-size: 40px !important; line-height: 3; } p, label, output { color: red; } dl dt { float: left; }
pre { white-space: pre-wrap; }
button, input { display: none !important; } .asng-figure { color: red; } svg { width: 10px; }
"""
PAGE = """<!doctype html><html><body data-jp-theme-light="true"><style>{styles}</style><div id="place"></div>
<script type="module">{module}
globalThis.start = (figure, options, operations) => {{
  const model = {{ get: (name) => ({{ figure, options, operations }})[name] }};
  return exported.render({{ model, el: document.querySelector("#place") }});
}};</script></body></html>"""
STYLES = """figure => [figure, ...figure.querySelectorAll("*")].map(part => {
  const style = getComputedStyle(part), box = part.getBoundingClientRect();
  const looks = [style.fontSize, style.color, style.display, style.float, style.whiteSpace];
  return [part.tagName, ...looks, box.width, box.height];
})"""


@pytest.fixture
def notebook(browser):
    """Return a function that mounts a figure as a notebook does, on a page with some styles."""
    widget = pytest.importorskip("asng_book.live.widget")
    module = widget.module().replace("export default {", "const exported = {")
    context = browser.new_context(viewport={"width": 800, "height": 900}, reduced_motion="reduce")

    def mount(name, styles="", **options):
        page = context.new_page()
        page.set_content(PAGE.format(styles=styles, module=module))
        page.wait_for_function("!!globalThis.start")
        start = "([figure, options, operations]) => { globalThis.stop = start(figure, options, operations); }"
        page.evaluate(start, [name, options, operations()])
        page.locator(".asng-figure[data-mounted]").wait_for()
        page.wait_for_timeout(300)  # it draws in the next frames
        return page

    yield mount
    context.close()


@pytest.mark.parametrize("name", ["explorer", "one-hot", "walker"])
def test_no_style_of_the_notebook_reaches_a_figure(notebook, name):
    alone, among = (notebook(name, styles).locator(".asng-figure[data-summary]") for styles in ("", FOREIGN))
    alone, among = alone.evaluate(STYLES), among.evaluate(STYLES)
    assert len(alone) > 20
    assert among == alone


def test_no_style_of_a_figure_reaches_the_notebook(notebook):
    page = notebook("walker")
    assert page.evaluate("document.querySelectorAll('head style, #place > style').length") == 0
    assert page.evaluate("getComputedStyle(document.querySelector('#place')).fontFamily") != page.locator(
        ".asng-figure"
    ).evaluate("figure => getComputedStyle(figure).fontFamily")


def test_a_figure_follows_the_theme_of_the_notebook_until_it_is_taken_away(notebook):
    page = notebook("walker")
    figure = page.locator(".asng-figure")
    theme = "theme => { document.body.dataset.jpThemeLight = theme; }"
    page.evaluate(theme, "false")
    page.locator(".asng-figure[data-asng-theme=dark]").wait_for()
    page.evaluate("stop()")
    page.evaluate(theme, "true")
    page.wait_for_timeout(100)
    assert figure.get_attribute("data-asng-theme") == "dark"


def test_keys_belong_to_the_figure(notebook):
    page = notebook("walker")
    page.evaluate("() => { addEventListener('keydown', ({ target }) => { globalThis.from = target; }); }")
    slider = page.locator("input[type=range]").first
    before = slider.input_value()
    slider.press("ArrowRight")
    assert slider.input_value() != before
    assert page.evaluate("globalThis.from.dataset.lmSuppressShortcuts") == "true"


# ---- pictures


def draw(figures, folder):
    """Draw stills in a thread of their own, for this one may have a browser open already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(stills.stills, figures, folder).result()


def test_a_still_is_drawn_once_and_says_what_it_shows(browser, tmp_path, monkeypatch):
    live = figure_html("one-hot", {"choices": [2, None, None]})
    plot = '<img class="only-light" alt="A dot." src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22'
    plot += ' width=%2230%22 height=%2220%22/%3E"><img class="only-dark" alt="A dot." src="">'
    drawn = draw([live, plot], tmp_path)
    assert list(drawn) == [live, plot]
    assert drawn[live].size[0] == stills.WIDTH
    assert "25 of 125 sub-graphs are still possible" in drawn[live].says
    assert (drawn[plot].size, drawn[plot].says) == ((30, 20), "A dot.")
    svg = ElementTree.fromstring(drawn[live].svg)
    assert svg.find("{*}title").text == drawn[live].says
    assert svg.find("{*}image").get("width") == str(stills.WIDTH)
    monkeypatch.setattr("asng_book.browser.browser_path", lambda: None)
    assert draw([live], tmp_path) == {live: drawn[live]}
    assert len(list(tmp_path.iterdir())) == 2  # what is no longer shown is gone


def test_without_a_browser_the_sentence_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("asng_book.browser.browser_path", lambda: None)
    assert draw([], tmp_path) == {}
    with pytest.raises(OSError, match="there is no Chromium or Chrome"):
        draw([figure_html("walker", {})], tmp_path)


def test_another_option_is_another_picture():
    names = {stills.key(figure_html("walker", json.loads(options))) for options in ("{}", '{"snr": 1}')}
    assert len(names) == 2
