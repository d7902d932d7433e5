import os

import pytest
from figure_page import Page, write_page

from asng_book.browser import browser_path
from asng_book.live.files import figure_html


@pytest.fixture(scope="session")
def browser():
    path = browser_path()
    if path is None and not os.environ.get("CI"):
        pytest.skip("no Chromium was found, so the figures cannot be tried in a browser")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield program
        program.close()


@pytest.fixture
def page(browser, tmp_path):
    """Return a function that opens a page with one figure, where nothing moves by itself; no script may fail on it."""
    yield from pages(browser, tmp_path, "reduce")


@pytest.fixture
def moving_page(browser, tmp_path):
    """Return the same function for readers who like motion."""
    yield from pages(browser, tmp_path, "no-preference")


def pages(browser, tmp_path, motion):
    context = browser.new_context(reduced_motion=motion, viewport={"width": 390, "height": 800})
    errors = []

    def show(name, ready=".asng-figure[data-summary]", **options):
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.goto(write_page(tmp_path, figure_html(name, options)))
        page.wait_for_selector(ready)
        return page

    yield show
    context.close()
    assert errors == []


@pytest.fixture
def open_page(browser, tmp_path):
    pages = []

    def opening(*figures, theme="light", fragment="", **context):
        url = write_page(tmp_path, "\n".join(figures or (figure_html("explorer", {}),)), theme)
        pages.append(Page(browser, url + fragment, **context))
        return pages[-1]

    yield opening
    wrong = [text for page in pages for text in page.wrong]
    for page in pages:
        page.context.close()
    assert wrong == []


@pytest.fixture
def no_loop(monkeypatch):
    """Hide the event loop of the browser, which runs in the thread of the tests, from widgets."""
    monkeypatch.setattr(pytest.importorskip("asng_book.live.panel"), "running_loop", lambda: None)
