"""No text of a live figure overprints another, is cut off, or is smaller than 11 px, from a phone to a wide screen."""

import pytest
from figure_examples import options
from figure_page import PROBE, write_page

from asng_book.live.files import families, figure_html

COLUMNS = {390: 358, 1280: 688, 1920: 790}  # px that the book gives a figure in a window of such a width
TALL = 4000  # px of a window in which nothing has to stick
VIEWS = {  # what a figure shows only after its reader has done something
    "welcome-race at its right": ("welcome-race", {"delta0": 10}),
    "footprints near the goal": ("footprints", {"goal": "near"}),
    "footprints without a goal": ("footprints", {"goal": "nowhere", "length": 3}),
    "two-evaluations in a corner": ("two-evaluations", {"theta": [0.02, 0.02, 0.96]}),
    "two-evaluations, two hundred": ("two-evaluations", {"view": "many", "constant": 3, "baseline": False}),
    "two-evaluations, noise": ("two-evaluations", {"view": "noise", "constant": 10}),
    "kl-ruler, side by side": ("kl-ruler", {"p": [0.97, 0.98]}),
    "memory-of-s, short": ("memory-of-s", {"beta": 0.9}),
    "memory-of-s, long": ("memory-of-s", {"beta": 0.03, "m": 0.6}),
}
SHOWN = {name: (name, {}) for name in families()} | VIEWS


@pytest.fixture(scope="module")
def window(browser):
    """Return a window whose pages note what they write."""
    context = browser.new_context(viewport={"width": 390, "height": TALL}, reduced_motion="reduce")
    context.add_init_script(PROBE)
    yield context
    context.close()


@pytest.mark.parametrize("shown", SHOWN)
def test_all_text_can_be_read(window, tmp_path, shown):
    name, view = SHOWN[shown]
    page = window.new_page()
    page.goto(write_page(tmp_path, figure_html(name, options(name) | view)))
    page.wait_for_selector(".asng-figure[data-mounted]")
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    figure, wrong = page.locator(".asng-figure"), []
    for width, room in COLUMNS.items():
        page.set_viewport_size({"width": width, "height": TALL})
        page.evaluate(f"document.body.style.cssText = 'width: {room}px; max-width: none; padding: 0'")
        page.wait_for_timeout(400)  # what is computed aside has come
        for tab in [tab for tab in figure.get_by_role("tab").all() if tab.is_visible()] or [None]:
            if tab:
                tab.click()
                page.wait_for_timeout(100)  # drawn anew
            found = figure.evaluate("textBoxes.everywhere" if width == min(COLUMNS) else "textBoxes.faults")
            wrong += [f"{width} px wide, {fault}" for fault in found]
    texts = figure.evaluate("figure => textBoxes.texts(figure).length")
    page.close()
    assert texts > 3, "a figure without text has not started; does it need options in figure_examples.py?"
    assert not wrong, "\n".join(wrong)


DOCUMENTS = {
    "overprint": "<span style='position:absolute'>one label</span><span>another one</span>",
    "cut off": "<div style='width:4em;overflow:hidden;white-space:nowrap'>a label that is too long</div>",
    "9.0 px": "<span style='font-size:9px'>small print</span>",
}
DRAWINGS = {
    "overprint": "g.fillText('one label', 10, 20); g.fillText('another', 30, 24);",
    "cut off": "g.fillText('a label', 80, 20);",
    "8.0 px": "g.font = '8px sans-serif'; g.fillText('small', 10, 20);",
}
SOUND = {
    "a halo": "g.strokeText('haloed', 10, 20); g.fillText('haloed', 10, 20);",
    "what was wiped": "g.fillText('old', 10, 20); g.clearRect(0, 0, 100, 50); g.fillText('new', 12, 20);",
}


def faults(window, body, script=""):
    page = window.new_page()
    page.goto("about:blank")
    page.set_content(f"<div id='figure'>{body}</div>")
    page.evaluate(f"const g = document.querySelector('canvas')?.getContext('2d'); {script}")
    found = page.evaluate("textBoxes.faults(document.querySelector('#figure'))")
    page.close()
    return found


@pytest.mark.parametrize("fault", DOCUMENTS)
def test_the_probe_sees_faults_in_the_document(window, fault):
    (found,) = faults(window, DOCUMENTS[fault])
    assert fault in found


@pytest.mark.parametrize("fault", DRAWINGS)
def test_the_probe_sees_faults_on_a_canvas(window, fault):
    (found,) = faults(window, "<canvas width=100 height=50></canvas>", f"g.font = '12px sans-serif'; {DRAWINGS[fault]}")
    assert fault in found


@pytest.mark.parametrize("sound", SOUND)
def test_the_probe_takes_no_offence_at(window, sound):
    assert faults(window, "<canvas width=100 height=50></canvas>", f"g.font = '12px sans-serif'; {SOUND[sound]}") == []
