"""Every button of every live figure does something that a reader can see."""

import pytest

from asng_book.live.files import families, shown

pytestmark = pytest.mark.book

# Clicks all buttons of a figure, in three rounds: one that resets, or chooses what is chosen already, changes nothing
# before another has changed something. Returns the names of those that changed nothing in any round; one that waits
# for a computation, and so could not be pressed, is not among them.
CLICK = """async (figure) => {
  figure.querySelectorAll("details").forEach((more) => { more.open = true; });
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const seen = () => [
    figure.outerHTML, location.hash, [...document.querySelectorAll("*")].indexOf(document.activeElement),
    ...[...figure.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()),
  ].join();
  const name = (button) => button.getAttribute("aria-label") || button.textContent.trim();
  const buttons = () => [...figure.querySelectorAll("button")].filter((button) => button.checkVisibility());
  const known = new Set(), silent = new Set(), clicked = new Set();
  const meet = () => buttons().map(name).filter((which) => !known.has(which)).forEach((which) => {
    known.add(which);
    silent.add(which);
  });
  meet();
  for (let round = 0; round < 3 && silent.size; round++) {
    for (const button of round % 2 ? buttons().reverse() : buttons()) {
      if (button.disabled) continue;
      const before = seen(), which = name(button);
      button.click();
      clicked.add(which);
      for (let waited = 0; waited < (silent.has(which) ? 30 : 1) && seen() === before; waited++) await pause(50);
      if (seen() !== before) silent.delete(which);
      meet(); // a button may bring others
    }
  }
  return [known.size, [...silent].filter((which) => clicked.has(which))];
}"""


def test_every_button_of_every_figure_changes_something(offline, html, page_name):
    if page_name is None or 'class="asng-figure"' not in (html / page_name).read_text(encoding="utf-8"):
        pytest.skip("this page has no live figure")
    page = offline(1280, "light").open(html / page_name)
    tried = 0
    for figure in page.locator(".asng-figure").all():
        figure.scroll_into_view_if_needed()
        buttons, silent = figure.evaluate(CLICK)
        tried += buttons
        assert silent == [], figure.get_attribute("data-figure")
    assert tried > 0


def test_every_figure_that_a_script_registers_is_on_a_page(html):
    on_pages = {name for path in html.glob("*.html") for name in shown(path.read_text(encoding="utf-8"))}
    assert sorted(on_pages) == sorted(families()), "the buttons of a figure on no page are never tried"
