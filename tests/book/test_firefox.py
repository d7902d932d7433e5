"""Every built page in Firefox, from the file system with the network off: it draws, moves and complains of nothing."""

import os

import pytest
from firefox import Firefox, firefox_path

pytestmark = pytest.mark.book
RIGHT = "\ue014"  # the arrow key, as WebDriver numbers it
MALFORMED = """() => [...document.querySelectorAll("mfrac, mroot, msub, msup, mover, munder, msubsup, munderover")]
  .filter((part) => part.children.length !== (/^(msubsup|munderover)$/.test(part.localName) ? 3 : 2))
  .map((part) => part.outerHTML)"""
DRAWN = """async () => {
  const idle = (figure) => !figure.dataset.mounted || !figure.querySelector("canvas, svg");
  const figures = [...document.querySelectorAll(".asng-figure")];
  for (let wait = 0; wait < 300 && figures.some(idle); wait++) await new Promise((next) => setTimeout(next, 20));
  return figures.filter(idle).map((figure) => figure.dataset.figure);
}"""
FOCUS = """() => {
  for (const slider of document.querySelectorAll(".asng-figure input[type=range]")) {
    if (!slider.disabled && slider.offsetParent && Number(slider.value) < Number(slider.max)) {
      slider.focus();
      return slider.value;
    }
  }
  return null;
}"""


@pytest.fixture(scope="session")  # other tests of a page come between those of this file
def start(tmp_path_factory):
    """Return a function that starts Firefox with some settings."""
    path, started = firefox_path(), []
    if path is None:
        unattended = os.environ.get("CI", "").lower() not in ("", "0", "false")  # where a skip would go unnoticed
        (pytest.fail if unattended else pytest.skip)("there is no Firefox: install firefox-esr or firefox")

    def begin(**settings):
        started.append(Firefox(path, tmp_path_factory.mktemp("firefox"), settings))
        return started[-1]

    yield begin
    for browser in started:
        browser.close()


@pytest.fixture(scope="session")
def firefox(start):
    return start()


def test_a_page_draws_its_live_figures_and_complains_of_nothing(firefox, html, page_name):
    firefox.errors.clear()
    firefox.open((html / page_name).as_uri())
    assert firefox.run("() => document.querySelectorAll('mjx-merror, .MathJax_Error').length") == 0
    assert firefox.run(MALFORMED) == []
    assert firefox.run(DRAWN) == []
    before = firefox.run(FOCUS)
    if before is not None:
        firefox.press(RIGHT, times=3)
        assert firefox.run("() => document.activeElement.value") != before
        assert firefox.run(DRAWN) == []
    assert firefox.errors == []


def test_with_storage_blocked_a_page_works_and_the_theme_can_be_switched(start, html):
    """As for a reader who has forbidden all cookies and site data."""
    firefox = start(**{"network.cookie.cookieBehavior": 2, "dom.storage.enabled": False})
    firefox.open((html / "step_size.html").as_uri())
    switch = """() => {
      [...document.querySelectorAll("button.theme-switch-button")].find((button) => button.offsetParent).click();
      return document.documentElement.dataset.theme;
    }"""
    assert {firefox.run(switch) for _ in range(3)} == {"light", "dark"}
    assert firefox.run(DRAWN) == []
    assert firefox.errors == []
