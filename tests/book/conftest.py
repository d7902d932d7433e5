"""A browser without a network, and the pages of the built book."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from asng_book.browser import browser_path

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"

# Notes what moves in a page while nobody touches it.
WATCH = """
window.shifts = [];
const named = (node) => (node && (node.outerHTML || node.textContent || "").slice(0, 120)) || "an element that is gone";
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    shifts.push({ value, moved: sources.map(({ node }) => named(node)) });
}).observe({ type: "layout-shift", buffered: true });
"""


def built_pages():
    """Return the names of the built pages, index.html aside, which only leads on; none before the first build."""
    pages = [path.relative_to(HTML) for path in HTML.rglob("*.html")]
    return sorted(page.as_posix() for page in pages if "_static" not in page.parts and page.as_posix() != "index.html")


def pytest_generate_tests(metafunc):
    """Run a test that takes a page name once for each built page, and once with none where there is no book.

    All tests of a page follow each other, so that they can share its windows.
    """
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", built_pages() or [None], scope="session")


@pytest.fixture(scope="session")
def html():
    """Return the folder of the built book."""
    if not built_pages():
        pytest.fail("there is no built book: run `python3 tasks.py book` first")
    return HTML


@pytest.fixture(scope="session")
def browser():
    """Start one headless browser for all tests of this process."""
    found = browser_path()
    if not found:
        unattended = os.environ.get("CI", "").lower() not in ("", "0", "false")  # where a skip would go unnoticed
        (pytest.fail if unattended else pytest.skip)(
            "there is no Chromium or Chrome: install one, or give its path in CHROMIUM"
        )
    with sync_playwright() as playwright:
        this_machine_only = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        started = playwright.chromium.launch(executable_path=found, args=[this_machine_only])
        yield started
        started.close()


class Offline:
    """Opens pages with the network off, and records whatever they try to load and whatever they complain about.

    The network is off in two ways: the browser finds no host but this machine, and the window is offline. Requests are
    recorded, and none is intercepted, so that a page loads as it does for a reader.
    """

    def __init__(self, browser, width, theme):
        height = 844 if width < 600 else 900
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, offline=True, reduced_motion="reduce"
        )
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(WATCH)
        self.requests, self.errors = [], []

    def open(self, path, fragment=""):
        """Open a file and wait until its fonts are there."""
        page = self.context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", lambda request: self.errors.append(f"could not load {request.url}"))
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(path.as_uri() + fragment)
        page.wait_for_load_state("load")
        page.evaluate("() => document.fonts.ready")
        page.wait_for_timeout(100)  # the figures draw in the next frames
        return page

    def view(self, path):
        """Open a file for several tests, which find what happened until it had come to rest."""
        self.page = self.open(path)
        self.page.wait_for_timeout(500)  # for what comes late
        self.shifts, self.loaded, self.said = self.page.evaluate("shifts"), [*self.requests], [*self.errors]
        return self

    def elsewhere(self):
        """Return what was asked of the network."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def offline(browser, html):
    """Return a function that makes a browser window of a given width and theme."""
    windows = []

    def make(width=1280, theme="light"):
        windows.append(Offline(browser, width, theme))
        return windows[-1]

    yield make
    for window in windows:
        window.context.close()


@pytest.fixture(scope="session")
def view(browser, html, page_name):
    """Return a function that gives a window with the page of the test: one of each width and theme for all tests.

    A test may move the focus, but neither what the page shows nor its size.
    """
    windows = {}

    def at(width=1280, theme="light"):
        if (width, theme) not in windows:
            windows[width, theme] = Offline(browser, width, theme).view(html / page_name)
        return windows[width, theme]

    yield at
    for window in windows.values():
        window.context.close()
