"""The welcome figure: its committed outcomes against the library; strip, maps and buttons in a browser."""

import numpy as np
import pytest
from figure_page import Page, write_page
from figure_script import MATHEMATICS, Script

from asng_book.live.files import figure_html
from asng_book.pages import results
from asng_edu.sweeps import trial

RECORD = results.read("welcome.json")
OUTCOMES = RECORD["outcomes"]
COUNT = """
window.made = 0;
window.Worker = class extends Worker { constructor(address) { super(address); window.made += 1; } };
"""
NO_WORK_AHEAD = """document.addEventListener("DOMContentLoaded", () => {
  ASNG.WelcomeRaces.prototype.foresee = () => {};
}, { once: true });"""  # runs before the figures mount, which wait for the same event

ASKED = """
window.asked = 0;
document.addEventListener("DOMContentLoaded", () => {
  const aside = ASNG.runAside;
  ASNG.runAside = Object.assign((...all) => { asked += 1; return aside(...all); }, aside);
}, { once: true });"""


@pytest.fixture(scope="module")
def script():
    return Script(*MATHEMATICS, "figures/welcome/all_races.js")


def test_the_record_is_of_the_race_that_the_page_runs(script):
    setting, positions = script("return [ASNG.WelcomeRaces.SETTING, ASNG.WelcomeRaces.POSITIONS];")
    assert RECORD["setting"] == setting
    assert RECORD["delta0"] == positions
    assert RECORD["provenance"]["command"] == "python3 tasks.py figures welcome --recompute"
    assert len(OUTCOMES["asng"]) == len(OUTCOMES["sng"]) == len(positions)


def test_every_position_of_the_slider_has_its_place(script):
    assert script("return ASNG.WelcomeRaces.POSITIONS.map(ASNG.WelcomeRaces.place);") == list(range(201))


def test_the_committed_outcomes_are_those_of_the_library(script):
    updates, (dim, categories) = 1600, (RECORD["setting"][name] for name in ("dim", "categories"))
    numbers = script(
        """
        const uniform = E.generator(seed, 1), normal = E.generator(seed, 2);
        const x = normal.fillNormal(new Float64Array(150)), z = normal.fillNormal(new Float64Array(updates * 60));
        return [x, uniform.fillUniform(new Float64Array(updates * 120)), z].map((list) => [...list]);
        """,
        updates=updates, seed=OUTCOMES["seed"],
    )  # fmt: skip
    x, u, z = (
        np.reshape(values, shape)
        for values, shape in zip(
            numbers, [(dim, categories), (updates, 4, dim), (updates, 2, dim)], strict=True
        )
    )  # fmt: skip
    solved = []
    for method in ("asng", "sng"):
        for at in range(0, 201, 10):
            eps_x, delta0 = RECORD["setting"]["eps_x"], RECORD["delta0"][at]
            setting = trial.make_setting(method=method, delta0=delta0, eps_x=eps_x, dim=dim, categories=categories)
            run = trial.new_trial(setting, x)
            found = trial.run_updates(setting, run, u, z)
            expected = OUTCOMES[method][at]
            assert found == (expected is not None and expected <= updates), (method, delta0)
            if found:
                assert run.counts[0] == expected
                solved.append(expected)
    assert len(solved) > 3


# ---- in a browser


@pytest.fixture
def welcome(open_page):
    """Return a page of the figure as the book has it."""
    return open_page(figure_html("welcome-race", {"outcomes": OUTCOMES}), reduced_motion="reduce")


def outcomes_at(page):
    """What the record says of the position of the thumb."""
    at = RECORD["delta0"].index(float(page.figure.get_attribute("data-delta0")))
    return [OUTCOMES[method][at] for method in ("asng", "sng")]


def test_the_strip_is_coloured_before_anything_is_computed(open_page):
    page = open_page(figure_html("welcome-race", {"outcomes": OUTCOMES}), script=NO_WORK_AHEAD, reduced_motion="reduce")
    strip = page.figure.locator(".asng-strip canvas")
    for method in ("asng", "sng"):
        count = sum(solved is not None for solved in OUTCOMES[method])
        assert f"{method.upper()} succeeds at {count} of 201" in strip.get_attribute("aria-label")
    rows = strip.evaluate("""(canvas) => {
      const ratio = canvas.width / canvas.clientWidth, tall = Math.round(30 * ratio);
      const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, tall + Math.round(4 * ratio)).data;
      const pixel = (x, y) => all.slice(4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 3).join();
      return [Math.round(6 * ratio), tall + 2].map((y) => Array.from({ length: canvas.width }, (_, x) => pixel(x, y)));
    }""")
    colours = [len([one for one in set(row) if row.count(one) > 5]) for row in rows]  # apart from blended edges
    assert colours == [1, 2]  # ASNG's band is unbroken, SNG's is not
    assert page.figure.get_attribute("data-known") is None


def test_the_first_race_is_there_at_once_and_is_the_one_that_the_page_computes(open_page):
    options = {"delta0": 0.002, "outcomes": OUTCOMES, "first": RECORD["first"]}
    page = open_page(figure_html("welcome-race", options), script=NO_WORK_AHEAD + ASKED, reduced_motion="reduce")
    assert page.page.evaluate("asked") == 0
    given = page.reached
    computed = page.after(lambda: page.figure.get_by_role("button", name="Play").click())
    for method in ("asng", "sng"):
        assert given[method]["solved"] == computed[method]["solved"] == OUTCOMES[method][RECORD["first"]["at"]]
        for name in ("updates", "right", "loss"):
            assert given[method][name] == pytest.approx(computed[method][name], rel=1e-3)


def test_what_the_maps_show_is_what_the_strip_says(welcome):
    for key in ("End", "Home", "PageUp", "PageUp"):
        welcome.slider("first step size").focus()
        reached = welcome.after(lambda key=key: welcome.page.keyboard.press(key))
        assert [reached[method]["solved"] for method in ("asng", "sng")] == outcomes_at(welcome)
    scores = welcome.figure.locator(".asng-score b").all_inner_texts()
    assert scores == [f"{reached[method]['right']:.1f}" for method in ("asng", "sng")]


def test_the_winner_has_the_larger_number(welcome):
    for key in ("Home", "End"):
        welcome.slider("first step size").focus()
        reached = welcome.after(lambda key=key: welcome.page.keyboard.press(key))
        assert reached["sng"]["solved"] is None
        assert reached["asng"]["right"] > reached["sng"]["right"] + 1


def test_nothing_is_said_of_another_position_while_one_is_computed(open_page):
    page = open_page(figure_html("welcome-race", {"outcomes": OUTCOMES}), script=NO_WORK_AHEAD, reduced_motion="reduce")
    page.figure.locator("input").evaluate(
        """(input) => { input.value = 10; input.dispatchEvent(new Event("input")); }"""
    )
    assert page.figure.locator(".asng-summary").inner_text().startswith("Computing δ⁰ = 0.00018")
    assert page.figure.locator(".asng-contender.asng-ghost").count() == 2
    assert page.figure.get_attribute("data-summary") is None
    page.wait("figure.dataset.summary")
    assert page.figure.locator(".asng-ghost").count() == 0


def test_a_position_that_was_computed_ahead_is_shown_at_once(welcome):
    welcome.wait("Number(figure.dataset.known) >= 8")
    welcome.figure.locator("input").evaluate(
        "(input) => { input.value = Number(input.value) + 2; input.dispatchEvent(new Event('input')); }"
    )
    ahead = welcome.reached
    assert ahead
    again = welcome.after(lambda: welcome.figure.get_by_role("button", name="Play").click())  # computed for itself
    assert again == ahead


def test_other_random_numbers_are_another_race_with_a_strip_of_its_own(welcome):
    before = welcome.reached
    after = welcome.after(lambda: welcome.figure.get_by_role("button", name="Other random numbers").click())
    assert after != before
    strip = welcome.figure.locator(".asng-strip canvas")
    assert "not all positions are computed yet" in strip.get_attribute("aria-label")
    welcome.wait("Number(figure.dataset.known) >= 6")


def test_play_shows_the_race_on_its_way(open_page):
    page = open_page(figure_html("welcome-race", {"delta0": 0.02, "outcomes": OUTCOMES}))
    end, score = page.reached, page.figure.locator(".asng-score b").first
    score.evaluate(
        """(node) => { window.shown = []; new MutationObserver(() => window.shown.push(Number(node.textContent)))
          .observe(node, { childList: true, characterData: true, subtree: true }); }"""
    )
    page.figure.get_by_role("button", name="Play").click()
    page.wait("figure.dataset.summary")
    assert min(page.page.evaluate("window.shown")) < end["asng"]["right"] - 1
    assert page.reached == end


def test_moves_make_no_more_workers_than_leave_a_core_to_the_page(open_page):
    page = open_page(figure_html("welcome-race", {}), script=COUNT, reduced_motion="reduce")
    page.slider("first step size").focus()
    for _ in range(20):
        page.page.keyboard.press("ArrowRight")
        page.page.wait_for_timeout(25)
    page.wait("figure.dataset.summary")
    assert 1 <= page.page.evaluate("made") <= page.page.evaluate("Math.max(1, navigator.hardwareConcurrency - 1)")


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_its_page_and_a_screen(browser, tmp_path, width):
    url = write_page(tmp_path, figure_html("welcome-race", {"outcomes": OUTCOMES}))
    page = Page(browser, url, viewport={"width": width, "height": 900})
    assert page.page.evaluate("document.documentElement.scrollWidth") == width
    assert page.figure.bounding_box()["height"] < 560
    page.context.close()
