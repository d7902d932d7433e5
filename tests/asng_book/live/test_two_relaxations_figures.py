"""The mathematics of the two relaxations' figures against NumPy, and both figures in a browser."""

import json

import numpy as np
import pytest
from figure_page import write_page
from figure_script import Script

from asng_book.live.files import figure_html

BLENDS = [
    {"a": 0.9, "b": 1.05, "depth": 0.5, "lean": 0.0},
    {"a": 1.2, "b": 0.8, "depth": -0.2, "lean": 0.6},
    {"a": 0.7, "b": 1.3, "depth": 0.6, "lean": -1.0},
    {"a": 1.0, "b": 1.0, "depth": 0.3, "lean": 1.0},
]
THETA = [[0.5, 0.3, 0.2], [0.15, 0.25, 0.6]]


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/two_relaxations/two_relaxations.js")


# ---- two operations, one decision


@pytest.mark.parametrize("blend", BLENDS)
def test_the_mixture_bends_and_the_bet_does_not(script, blend):
    w = np.linspace(0, 1, 41)
    mixture, slope, line = script(
        "const R = ASNG.twoRelaxations;"
        "return [R.mixture, R.mixtureSlope, R.expected].map((f) => w.map((v) => f(blend, v)));",
        blend=blend, w=w.tolist(),
    )  # fmt: skip
    np.testing.assert_allclose(line, blend["a"] + (blend["b"] - blend["a"]) * w)
    bend = 4 * blend["depth"] * w * (1 - w) * (1 + blend["lean"] * (2 * w - 1))
    np.testing.assert_allclose(mixture, line - bend)
    assert [mixture[0], mixture[-1]] == pytest.approx([blend["a"], blend["b"]])
    step = 1e-6
    ahead, behind = script(
        "return [1, -1].map((s) => w.map((v) => ASNG.twoRelaxations.mixture(blend, v + s * h)));",
        blend=blend, w=w.tolist(), h=step,
    )  # fmt: skip
    np.testing.assert_allclose(slope, (np.array(ahead) - behind) / (2 * step), atol=1e-6)


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("start", [0.02, 0.5, 0.9])
def test_what_rolls_comes_to_rest_lower_and_the_bet_at_the_better_end(script, blend, start):
    at, loss, before, bet = script(
        "const R = ASNG.twoRelaxations, at = R.rest((w) => R.mixtureSlope(blend, w), start);"
        "return [at, R.mixture(blend, at), R.mixture(blend, start), R.rest(() => R.expectedSlope(blend), start)];",
        blend=blend, start=start,
    )  # fmt: skip
    assert 0 <= at <= 1
    assert loss <= before + 1e-9
    if 0 < at < 1:
        assert abs(script("return ASNG.twoRelaxations.mixtureSlope(blend, at);", blend=blend, at=at)) < 0.01
    if blend["a"] != blend["b"]:
        assert bet == (1 if blend["b"] < blend["a"] else 0)
    else:
        assert bet == start


def test_the_gap_is_what_the_bound_promised(script):
    blend = BLENDS[0]
    w = np.linspace(0, 1, 100_001)
    loss = (1 - w) * 0.9 + w * 1.05 - 2 * w * (1 - w)
    at, gap = script(
        "const R = ASNG.twoRelaxations, at = R.rest((w) => R.mixtureSlope(blend, w), 0.5);"
        "return [at, R.gap(blend, at)];",
        blend=blend,
    )  # fmt: skip
    assert at == pytest.approx(w[loss.argmin()], abs=2e-3)
    assert gap == pytest.approx(0.9 - loss.min(), abs=1e-4)


# ---- a graph of layers


def test_paths_are_drawn_as_often_as_theta_says(script):
    steps = 20_000
    found = script(
        "const s = ASNG.twoRelaxations.sampler(theta, 3); let last; for (let i = 0; i < n; i++) last = s.draw();"
        "return [s.counts, last, ASNG.twoRelaxations.run(theta, n), ASNG.twoRelaxations.furthest(theta, s)];",
        theta=THETA, n=steps,
    )  # fmt: skip
    counts, last, run, furthest = found
    frequency, theta = np.array(counts) / steps, np.array(THETA)
    assert np.abs(frequency - theta).max() < 4 * np.sqrt(0.25 / steps)
    assert run == {"mixture": 6 * steps, "paths": 2 * steps}
    assert all(0 <= k < 3 for k in last)
    assert abs(furthest["off"]) == pytest.approx(np.abs(frequency - theta).max())
    p = theta[furthest["layer"], furthest["k"]]
    assert furthest["error"] == pytest.approx(np.sqrt(p * (1 - p) / steps))


@pytest.mark.parametrize(("k", "at"), [(0, 0.7), (0, 0.0), (1, 1.0), (1, 0.55), (0, 0.95)])
def test_a_border_moves_between_its_neighbours(script, k, at):
    row = script("return ASNG.twoRelaxations.moveBorder(row, k, at, 0.02);", row=THETA[0], k=k, at=at)
    assert sum(row) == pytest.approx(1)
    assert min(row) >= 0.02 - 1e-12
    assert row[2 if k == 0 else 0] == THETA[0][2 if k == 0 else 0]


# ---- in a browser


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_one_path_at_a_time_runs(page):
    page = page("mixture-or-path", theta=THETA)
    once = summary(page)
    assert (once["steps"], once["mixture"], once["paths"]) == (1, 6, 2)
    graphs = page.locator(".asng-graph")
    assert graphs.nth(1).locator(".asng-flowing").count() == 0  # nothing moves before a path is asked for
    page.get_by_role("button", name="Draw a path").click()
    assert summary(page)["steps"] == 2
    assert graphs.nth(0).locator(".asng-idle").count() == 0
    assert graphs.nth(1).locator(".asng-idle").count() == 4
    assert graphs.nth(1).locator(".asng-flowing").count() == 4  # into and out of two operations
    page.get_by_role("button", name="Draw 100").click()
    many = summary(page)
    assert many["steps"] == 102
    assert [sum(row) for row in many["counts"]] == [102, 102]
    page.wait_for_function("document.querySelector('.asng-summary').textContent.includes('the paths 204')")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_wires_are_as_thick_as_their_weight(page):
    theta = [[0.8, 0.12, 0.08], [0.1, 0.1, 0.8]]
    page = page("mixture-or-path", theta=theta)
    wires = page.locator(".asng-graph").nth(0).locator(".asng-wire")
    widths = wires.evaluate_all("all => all.map((wire) => Number(wire.getAttribute('stroke-width')))")
    assert widths == pytest.approx([1 + 13 * p for row in theta for p in row for _ in range(2)])  # in and out


def test_theta_is_moved_by_keys_and_by_dragging(page):
    page = page("mixture-or-path", theta=THETA)
    page.get_by_role("button", name="Draw 100").click()
    border = page.get_by_role("slider", name="choice 1: border between conv 3×3 and sep conv 5×5")
    border.focus()
    border.press("ArrowRight")
    border.press("PageUp")
    now = summary(page)
    assert now["theta"][0] == pytest.approx([0.61, 0.19, 0.2])
    assert now["theta"][1] == THETA[1]
    assert now["steps"] == 1  # the draws before were from another θ
    assert border.get_attribute("aria-valuenow") == "61"
    assert border.get_attribute("aria-valuetext") == "conv 3×3 61 %, sep conv 5×5 19 %"
    border.press("End")
    assert summary(page)["theta"][0] == pytest.approx([0.75, 0.05, 0.2])
    box = border.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] - 120, box["y"] + 9)
    page.mouse.up()
    assert summary(page)["theta"][0][0] < 0.5


def test_rolling_and_keeping_one_show_the_gap(page):
    page = page("relaxation-gap", a=0.9, b=1.05, depth=0.5)
    page.get_by_role("button", name="Roll downhill").click()
    rolled = summary(page)
    assert rolled["mixture"] < 0.9
    assert rolled["theta"] == 0
    page.get_by_role("button", name="Keep only one operation").click()
    kept = summary(page)
    assert kept["gap"] == pytest.approx(0.9 - rolled["mixture"])
    assert kept["bet"] == 0
    assert kept["kept"] == ["a", "a"]
    page.wait_for_function("document.querySelector('.asng-summary').textContent.includes('jumps by +0.43: the gap')")
    page.get_by_role("button", name="Back to the middle").click()
    assert summary(page)["gap"] is None
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_mixture_can_keep_the_worse_operation(page):
    page = page("relaxation-gap", a=0.9, b=1.1, depth=0.5, lean=1)
    page.get_by_role("button", name="Roll downhill").click()
    page.get_by_role("button", name="Keep only one operation").click()
    assert summary(page)["kept"] == ["b", "a"]
    page.wait_for_function("document.querySelector('.asng-summary').textContent.includes('a would have been better')")


def test_a_bump_hides_the_better_operation(page):
    page = page("relaxation-gap", a=0.9, b=1.05, depth=-0.25)
    picture = page.get_by_label("weight of b in the mixture")
    picture.focus()
    for _ in range(4):
        picture.press("Shift+ArrowRight")
    assert summary(page)["w"] == pytest.approx(0.9)
    page.get_by_role("button", name="Roll downhill").click()
    page.get_by_role("button", name="Keep only one operation").click()
    assert summary(page)["kept"] == ["b", "a"]


@pytest.mark.parametrize("name", ["mixture-or-path", "relaxation-gap"])
def test_it_moves_stops_and_follows_the_theme(browser, tmp_path, name):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(write_page(tmp_path, figure_html(name, {})))
    page.wait_for_selector(".asng-figure[data-summary]")
    before = page.locator(".asng-figure").get_attribute("data-summary")
    start, stop = ("Play", "Pause") if name == "mixture-or-path" else ("Roll downhill", "Stop")
    page.get_by_role("button", name=start).click()
    page.wait_for_function("(old) => document.querySelector('.asng-figure').dataset.summary !== old", arg=before)
    page.get_by_role("button", name=stop).click()
    stopped = page.locator(".asng-figure").get_attribute("data-summary")
    page.wait_for_timeout(200)
    assert page.locator(".asng-figure").get_attribute("data-summary") == stopped
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_selector(".asng-figure[data-asng-theme=dark]")
    drawn = page.locator("[role=img], canvas, [role=slider]").evaluate_all(
        "all => all.map((node) => node.getAttribute('aria-label'))"
    )
    assert drawn
    assert all(drawn)
    page.close()
