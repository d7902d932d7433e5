"""Every page of the built book, opened from the file system with the network off."""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.book

PROBES = Path(__file__).with_name("probes.js").read_text(encoding="utf-8")
WINDOWS = ((1280, "light"), (1280, "dark"), (390, "light"), (320, "dark"))

# WCAG 2.1 AA: names of controls and pictures, contrast, valid attributes. Two rules are left out: Docutils makes the
# bibliography a list whose entries have a role of their own, which is deprecated but understood.
ACCESSIBLE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "rules": {"aria-deprecated-role": {"enabled": False}, "aria-required-children": {"enabled": False}},
    "resultTypes": ["violations"],
}
# What a theme changes is colours; comparing them takes longer than all other rules together.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
WITHOUT_COLOURS = {**ACCESSIBLE, "rules": {**ACCESSIBLE["rules"], "color-contrast": {"enabled": False}}}
ALIKE = re.compile(r"api_(?!pages\.)")  # entries in the colours of api_pages.html


@pytest.mark.parametrize(("width", "theme"), WINDOWS)
def test_a_page_is_complete_without_a_network(view, width, theme):
    window = view(width, theme)
    page = window.page
    assert window.elsewhere() == []
    assert window.said == []
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.evaluate(PROBES)
    for probe in ("rawTex", "unsetFormulas", "tooWide", "unnamedPictures"):
        assert page.evaluate(f"probes.{probe}()") == [], probe


BLOCKED = """for (const name of ["localStorage", "sessionStorage"]) {
  const get = () => { throw new DOMException("blocked by the reader", "SecurityError"); };
  Object.defineProperty(window, name, { configurable: true, get });
}"""


def test_a_page_works_where_the_reader_has_blocked_storage(offline, html, page_name):
    window = offline(1280, "light")
    window.context.add_init_script(BLOCKED)
    page = window.open(html / page_name)
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    assert window.errors == []


def broken_rules(page, options):
    """Return what axe finds on a page."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    result = page.evaluate("options => axe.run(document, options)", options)
    return [f"{rule['id']}: {node['html'][:160]}" for rule in result["violations"] for node in rule["nodes"]]


def test_a_page_is_accessible(view, page_name):
    assert broken_rules(view(1280, "light").page, WITHOUT_COLOURS if ALIKE.match(page_name) else ACCESSIBLE) == []


def test_a_page_has_enough_contrast_in_the_dark(view, page_name):
    if not ALIKE.match(page_name):
        assert broken_rules(view(1280, "dark").page, COLOURS) == []


def test_every_control_is_reached_by_tab(view):
    page = view().page
    page.evaluate(PROBES)
    controls = page.evaluate("probes.watchControls()")
    assert controls, "not even the theme's search button"
    for _ in range(100):
        for _ in range(10):
            page.keyboard.press("Tab")
        reached, round_trip = page.evaluate("probes.reached()")
        if round_trip:
            break
    assert [control for number, control in enumerate(controls) if number not in reached] == []


def test_the_first_page_leads_to_the_book(offline, html):
    page = offline().context.new_page()
    page.goto((html / "index.html").as_uri())
    page.wait_for_url("**/intro.html")


def test_the_theme_can_be_switched_by_hand(offline, html):
    page = offline(1280, "light").open(html / "api.html")
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").first.click()
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen.add((page.evaluate("document.documentElement.dataset.theme"), ground))
    assert {theme for theme, ground in seen} == {"light", "dark"}
    assert len({ground for theme, ground in seen}) == 2


def test_without_scripts_a_page_shows_the_pictures_of_one_theme(browser, html):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((html / "step_size.html").as_uri())
    assert page.locator("img.only-light:visible").count() == page.locator("img.only-light").count() > 0
    assert page.locator("img.only-dark:visible").count() == 0
    context.close()


def test_no_page_of_the_reference_is_endless(offline, html):
    window = offline(1280)
    heights = {path.name: window.open(path).evaluate("document.body.scrollHeight") for path in html.glob("api*.html")}
    assert len(heights) > 20
    assert {name: height for name, height in heights.items() if height > 16_000} == {}


def test_no_page_scrolls_sideways_on_the_narrowest_screen(view):
    page = view(320, "dark").page
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_moving_the_slider_of_the_explorer_changes_the_curve(offline, html):
    pages = sorted(html.glob("*.html"))
    with_explorer = [path for path in pages if 'data-figure="explorer"' in path.read_text(encoding="utf-8")]
    assert with_explorer
    for path in with_explorer:
        window = offline()
        page = window.open(path)
        figure = page.locator('[data-figure="explorer"]').first
        slider = figure.get_by_label("first step size").first
        curve = figure.locator("canvas").first
        page.wait_for_function("figure => figure.dataset.summary", arg=figure.element_handle())
        before = curve.evaluate("canvas => canvas.toDataURL()"), figure.get_attribute("data-summary")
        slider.focus()
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "([figure, before]) => figure.dataset.summary && figure.dataset.summary !== before",
            arg=[figure.element_handle(), before[1]],
        )
        page.wait_for_timeout(500)
        assert curve.evaluate("canvas => canvas.toDataURL()") != before[0], path.name
        assert window.errors == []
        assert window.elsewhere() == []


@cache
def links(page):
    """Return the targets of all links of a static page, and everything on it that can be one."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    targets = {tag.get("id") for tag in soup.find_all(id=True)} | {tag.get("name") for tag in soup.find_all("a")}
    return [tag["href"] for tag in soup.find_all("a", href=True)], targets


def leads_somewhere(page, link):
    """Tell whether a link to a file of the book finds the file, and in it the place that it names."""
    path, _, place = link.partition("#")
    target = page.parent / path if path else page
    if not target.is_file():
        return False
    is_setting = "=" in place  # of a live figure, kept in the address
    return not place or is_setting or target.suffix != ".html" or place in links(target.resolve())[1]


def test_links_inside_the_book_lead_somewhere(html, page_name):
    page = html / page_name
    inside = [link for link in links(page)[0] if not re.match(r"[a-z]+:", link)]
    assert inside
    assert [link for link in inside if not leads_somewhere(page, link)] == []


def test_a_page_names_no_other_place_to_load_from(html, page_name):
    soup = BeautifulSoup((html / page_name).read_text(encoding="utf-8"), "html.parser")
    loading = [tag.get("src") for tag in soup.find_all(["script", "img", "iframe", "source", "video"])]
    loading += [tag.get("href") for tag in soup.find_all("link")]
    assert loading
    assert [place for place in loading if place and re.match(r"(https?:)?//", place)] == []
    assert not soup.find_all("script", type="application/vnd.jupyter.widget-state+json")


def test_every_chapter_offers_itself_as_a_notebook(html):
    chapters = [path.stem for path in (html / "notebooks").glob("*.ipynb")]
    assert chapters
    for chapter in chapters:
        notebook = nbformat.read(html / "notebooks" / f"{chapter}.ipynb", as_version=4)
        nbformat.validate(notebook)
        assert [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert f"notebooks/{chapter}.ipynb" in links(html / f"{chapter}.html")[0]
