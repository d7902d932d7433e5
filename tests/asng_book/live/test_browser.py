"""The explorer on a page opened from a file with the network off, as a reader uses it."""

import pytest
from figure_page import PROBE, write_page

from asng_book.live.files import figure_html

ROWS = [
    {"method": method, "eps_x": 0.0005, "delta0": 120.0**-e, "successes": 3, "trials": 3,
     "median_updates": 5000.0, "q25": 4000.0, "q75": 6000.0}
    for method in ("asng", "sng") for e in (0, 0.5, 1)
]  # fmt: skip


def test_asng_solves_what_a_constant_rate_does_not_within_the_updates(open_page):
    reached = open_page().reached
    assert reached["asng"]["solved"] < reached["adam"]["solved"]
    assert (reached["sng"]["solved"], reached["sng"]["updates"], reached["sng"]["broken"]) == (None, 10000, None)


def test_the_figure_says_what_it_shows(open_page):
    page = open_page()
    status = page.figure.locator(".asng-summary").first
    page.wait("/ASNG draws a solution after [\\d,]+ updates/.test(figure.querySelector('[role=status]').textContent)")
    assert "SNG draws none within 10,000" in status.text_content()
    named = "[...document.querySelectorAll('input, select')].every(i => i.labels[0] && i.labels[0].textContent.trim())"
    described = "[...document.querySelectorAll('[role=img]')].every(picture => picture.getAttribute('aria-label'))"
    assert page.page.evaluate(named)
    assert page.page.evaluate(described)


def test_it_plays_pauses_and_steps(open_page):
    page = open_page()
    shown = "Number(figure.dataset.shown)"
    whole = page.wait(shown)
    page.figure.get_by_role("button", name="Play").click()
    page.wait(f"{shown} > 0 && {shown} < {whole} / 2")
    page.figure.get_by_role("button", name="Pause").click()
    paused = page.wait(shown)
    page.page.wait_for_timeout(200)
    assert page.wait(shown) == paused < whole
    page.figure.get_by_role("button", name="Step").click()
    assert page.wait(shown) == paused + 10000 / 400
    page.slider("shown up to update").fill("0")
    page.figure.get_by_role("button", name="Step").click()
    assert page.wait(shown) == 25


def test_with_reduced_motion_play_goes_to_the_end(open_page):
    page = open_page(reduced_motion="reduce")
    page.slider("shown up to update").fill("3")
    page.figure.get_by_role("button", name="Play").click()
    assert page.wait("figure.dataset.shown === '10000'")
    page.figure.get_by_role("button", name="Play").wait_for()


def test_a_small_fig_4_runs_in_a_worker_over_committed_rows(open_page):
    page = open_page(figure_html("explorer", {"fig4": ROWS, "methods": ["asng"]}))
    page.figure.get_by_text("Run Fig. 4 yourself").click()
    page.figure.get_by_label("updates at most").last.select_option("10,000")
    run = page.figure.get_by_role("button", name="Run the sweep")
    picture = page.figure.locator(".asng-fig4 canvas")
    before = picture.evaluate("canvas => canvas.toDataURL()")
    run.click()
    page.wait("[...figure.querySelectorAll('[role=status]')].pop().textContent.includes('of 6 settings')", 120_000)
    assert run.is_enabled()
    assert picture.evaluate("canvas => canvas.toDataURL()") != before
    assert "Your sweep has 6 settings" in picture.get_attribute("aria-label")
    page.page.evaluate("location.hash = '#explorer:seed=77'")  # then these are trials of other settings
    page.wait("![...figure.querySelectorAll('[role=status]')].pop().textContent.includes('of 6 settings')")
    assert "You have run no sweep" in picture.get_attribute("aria-label")


def test_a_sweep_can_be_cancelled(open_page):
    page = open_page()
    page.figure.get_by_text("Run Fig. 4 yourself").click()
    page.figure.get_by_label("updates at most").last.select_option("100,000")
    page.figure.get_by_role("button", name="Run the sweep").click()
    cancel = page.figure.get_by_role("button", name="Cancel")
    cancel.click()
    assert cancel.is_disabled()
    assert page.figure.get_by_role("button", name="Run the sweep").is_enabled()


AXES = """figure => [...figure.querySelectorAll("canvas")].slice(0, 2).map((canvas) => textBoxes.texts(figure)
  .filter((one) => one.canvas === canvas && !/SNG|Adam/.test(one.text))
  .map(({ text, box }) => [text, box.left, box.top]))"""


def test_no_axis_jumps_while_the_first_step_is_dragged(open_page):
    page = open_page(script=PROBE)
    before, box = page.figure.evaluate(AXES), page.figure.bounding_box()
    assert box["height"] < 900
    for position in ("0", "200", "120"):
        page.after(lambda position=position: page.slider("first step size").fill(position))
        assert page.figure.evaluate(AXES) == before
    assert page.figure.bounding_box()["y"] == box["y"]


def test_the_trials_behind_a_point_appear_under_the_mouse(open_page):
    trials = [{**dict(list(row.items())[:3]), "updates": [2000 + 40 * n for n in range(99)] + [None]} for row in ROWS]
    page = open_page(figure_html("explorer", {"fig4": ROWS, "trials": trials, "delta0": 1e-4, "updates": 1000}))
    track = page.figure.locator(".asng-fig4 canvas")
    picture = "canvas => canvas.toDataURL()"
    page.page.mouse.move(0, 0)
    page.page.wait_for_timeout(100)
    before = track.evaluate(picture)
    assert "Trials solved" not in track.get_attribute("aria-label")  # none of these rows is near
    track.hover(position={"x": track.bounding_box()["width"] * 0.72, "y": 60})
    page.page.wait_for_timeout(100)
    assert track.evaluate(picture) != before
    page.page.mouse.move(0, 0)
    page.page.wait_for_timeout(100)
    assert track.evaluate(picture) == before
    page.after(lambda: page.page.evaluate("location.hash = '#explorer:delta0=1'"))
    assert "Trials solved there: ASNG 99 of 100, SNG 99 of 100" in track.get_attribute("aria-label")


def test_the_curve_of_fig_4_is_the_slider(open_page):
    page = open_page(figure_html("explorer", {"fig4": ROWS, "updates": 1000}))
    track = page.figure.locator(".asng-fig4 canvas")
    box = track.bounding_box()
    for share, delta0 in ((0.0, 1e-5), (0.5, (1e-5 * 20) ** 0.5), (1.0, 20.0)):
        page.after(lambda share=share: track.click(position={"x": 46 + share * (box["width"] - 98), "y": 60}))
        assert float(page.figure.get_attribute("data-delta0")) == pytest.approx(delta0, rel=0.05)
    thumb = page.slider("first step size").bounding_box()
    assert thumb["x"] + 9 == pytest.approx(box["x"] + 46, abs=1)
    assert thumb["x"] + thumb["width"] - 9 == pytest.approx(box["x"] + box["width"] - 52, abs=1)


def test_a_setting_is_linked_and_followed(open_page):
    page = open_page()
    page.figure.get_by_text("Settings", exact=True).click()
    page.after(lambda: page.slider("learning rate").fill("150"))
    page.wait("location.hash.startsWith('#explorer:eps_x=')")
    page.after(lambda: page.page.evaluate("location.hash = '#explorer:delta0=0.5&lam=6&methods=asng,sng'"))
    assert list(page.reached) == ["asng", "sng"]
    assert page.slider("first step size").get_attribute("aria-valuetext").startswith("0.5 =")
    assert page.slider("samples λ").get_attribute("aria-valuetext") == "6"
    assert page.slider("learning rate").get_attribute("aria-valuetext") == "0.0005"
    page.after(lambda: page.figure.get_by_role("button", name="Reset").click())
    assert list(page.reached) == ["asng", "sng", "adam"]
    page.wait("location.hash === '#explorer:'")


def test_a_bad_link_is_clamped_with_a_sentence(open_page):
    page = open_page(fragment="#explorer:delta0=1e9&K=2&lam=abc")
    assert page.slider("first step size").get_attribute("aria-valuetext").startswith("20 =")
    alert = page.figure.get_by_role("alert").first.text_content()
    assert "delta0 = 1e9 is outside" in alert
    assert "no setting called “K”" in alert
    assert "lam must be a number" in alert


def test_two_explorers_on_a_page_do_not_fight(open_page):
    others = {"updates": 1000, "delta0": 1.0}
    page = open_page(figure_html("explorer", {"updates": 2000}), figure_html("explorer", others))
    second = page.page.locator(".asng-figure").nth(1)
    slider = second.get_by_label("first step size")
    slider.fill("100")
    page.wait("location.hash.startsWith('#explorer-2:delta0=')")
    assert page.slider("first step size").get_attribute("aria-valuetext").startswith("0.00833")
    page.after(lambda: page.slider("first step size").fill("150"))
    page.wait("/explorer-2:delta0=[\\d.]+;explorer:delta0=/.test(location.hash)")
    assert slider.input_value() == "100"


def test_what_breaks_is_said_and_never_blank(open_page):
    page = open_page(figure_html("explorer", {"delta0": 7e-5, "guard": False, "updates": 50000, "methods": ["asng"]}))
    assert "exceeds 2" in page.reached["asng"]["broken"]
    assert "exceeds 2" in page.figure.get_by_role("alert").first.text_content()
    page.figure.get_by_text("Settings", exact=True).click()
    page.after(lambda: page.figure.get_by_role("checkbox", name="guard").check())
    assert page.reached["asng"]["broken"] is None
    page.figure.get_by_role("alert").first.wait_for(state="hidden")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(open_page, theme):
    page = open_page(theme=theme, viewport={"width": 390, "height": 844}, has_touch=True)
    page.figure.get_by_text("Settings", exact=True).click()
    page.figure.get_by_text("Run Fig. 4 yourself").click()
    assert page.page.evaluate("document.documentElement.scrollWidth") == 390
    low = page.page.evaluate("getComputedStyle(document.querySelector('.asng-figure')).getPropertyValue('--asng-text')")
    assert low.strip() == {"light": "#1f2328", "dark": "#e6e6e6"}[theme]


def test_a_change_of_theme_redraws_the_charts(open_page):
    page = open_page()
    light = page.pixels()
    page.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait("figure.dataset.asngTheme === 'dark'")
    page.page.wait_for_timeout(100)
    assert page.pixels() != light


def test_a_figure_that_nobody_registered_says_so(browser, tmp_path):
    url = write_page(tmp_path, '<div class="asng-figure" data-figure="nothing"></div>')
    page = browser.new_page()
    page.goto(url)
    page.wait_for_selector("text=There is no live figure called “nothing”.")
    page.close()
