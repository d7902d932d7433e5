"""Whatever moves starts its clock at its first frame, and moves only for readers who like motion."""

from test_replay import compact, make_record
from test_supernet_figures import TRACE

from asng_book.pages import algorithm1

# A browser may give a frame a time stamp before the click that asked for the frame.
EARLY = """(() => {
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (step) => ask((now) => step(now - 80));
})();"""


def test_every_click_of_bend_or_flatten_does(moving_page):
    page = moving_page("simplex-sphere", ready=".asng-figure button")
    page.evaluate(EARLY)
    bend = page.get_by_label("bend", exact=False).first
    for click in range(4):
        end = "0" if bend.input_value() == "1" else "1"
        page.get_by_role("button", name="Bend or flatten").click()
        page.wait_for_function("([input, end]) => input.value === end", arg=[bend.element_handle(), end])
        assert bend.input_value() == end, click


def test_without_motion_a_record_and_a_step_go_to_their_end_at_once(page):
    replay = page("replay", **compact(make_record()), epoch=1)
    replay.get_by_role("button", name="Play").click()
    assert '"epoch":6' in replay.locator(".asng-figure").get_attribute("data-summary")
    step = page("search-step", trace=TRACE)
    step.get_by_role("button", name="Play").click()
    assert '"kind":"shift"' in step.locator(".asng-figure").get_attribute("data-summary")
    step.get_by_role("button", name="Play").wait_for()


def test_without_motion_the_debugger_goes_to_its_end_at_once(page):
    figure = page("algorithm1", lines=algorithm1.data())
    figure.get_by_role("button", name="Play").click()
    assert '"position":320' in figure.locator(".asng-figure").get_attribute("data-summary")
