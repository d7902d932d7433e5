"""The race of chapter "Nine systems, one bench": its mathematics against Python, and what a reader can do with it."""

import itertools
import json

import numpy as np
import pytest
from figure_page import write_page
from figure_script import Script

from asng_book.exercises.nine_systems import two_gates
from asng_book.live.files import figure_html

ERRORS = [[0.7, -0.7, 0.4], [-0.3, 0.6, 0.4], [0.5, 0.35, 0.2]]
U, V = [0.5, 0.3, 0.2], [0.1, 0.25, 0.65]


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/nine_systems/nine_systems.js")


# ---- the mathematics


def test_the_mixture_has_the_squared_mean_error_and_a_draw_the_mean_square(script):
    blend, expected = script(
        "const N = ASNG.nineSystems; return [N.blend(e, [u, v]), N.expected(e, [u, v])];", e=ERRORS, u=U, v=V
    )
    errors = np.array(ERRORS)
    assert blend == pytest.approx(U @ errors @ V)
    assert expected == pytest.approx(U @ errors**2 @ V)
    assert blend**2 <= expected  # (R4)


def test_slopes_of_the_mixture_are_those_of_finite_differences(script):
    def loss(z, y):
        u, v = (np.exp(row) / np.exp(row).sum() for row in (np.array(z), np.array(y)))
        return float(u @ np.array(ERRORS) @ v) ** 2

    z, y, h = [0.3, -0.2, 0.1], [-0.4, 0.0, 0.5], 1e-6
    first, second = script(
        "const N = ASNG.nineSystems, w = [N.softmax(z), N.softmax(y)];"
        "return N.mixtureSlope(e, w).map((slope, d) => N.throughSoftmax(slope, w[d]));",
        e=ERRORS, z=z, y=y,
    )  # fmt: skip
    for k, unit in enumerate(np.eye(3)):
        assert first[k] == pytest.approx((loss(z + h * unit, y) - loss(z - h * unit, y)) / (2 * h), abs=1e-6)
        assert second[k] == pytest.approx((loss(z, y + h * unit) - loss(z, y - h * unit)) / (2 * h), abs=1e-6)


def test_the_score_step_has_the_gradient_of_the_expected_loss_up_to_the_baseline(script):
    """Two draws and their own mean as the baseline keep the direction, and halve the length (λ = 2)."""
    steps = script(
        "const random = E.generator(5), found = [[0, 0, 0], [0, 0, 0]];"
        "for (let n = 0; n < count; n++) ASNG.nineSystems.scoreStep(e, [u, v], random).step"
        ".forEach((row, d) => row.forEach((value, k) => { found[d][k] += value / count; }));"
        "return found;",
        e=ERRORS, u=U, v=V, count=100_000,
    )  # fmt: skip
    losses = np.array(ERRORS) ** 2
    means = losses @ V, np.array(U) @ losses
    for found, p, mean in zip(steps, (np.array(U), np.array(V)), means, strict=True):
        np.testing.assert_allclose(found, -0.5 * p * (mean - p @ mean), atol=0.003)


def test_two_gates_are_the_pairs_formula_and_wish_for_the_mixture(script):
    """The slope of each pair is (B4); averaged over the open gates of one decision it is that of the pair's mixture."""
    z, other = [0.3, -0.1], 1
    p = np.exp(z) / np.exp(z).sum()
    column = np.array(ERRORS)[[0, 2], other]
    average = np.zeros(2)
    for n, opened in enumerate((0, 2)):
        slopes = script(
            "const second = { pair: [other, 0], odds: [0.5, 0.5], open: other };"
            "return ASNG.nineSystems.pairSlope(e, [{ pair: [0, 2], odds, open }, second]);",
            e=ERRORS, odds=p.tolist(), open=opened, other=other,
        )  # fmt: skip
        np.testing.assert_allclose(np.array(slopes[0])[[0, 2]], two_gates(z, 2 * column[n] * column))
        assert slopes[0][1] == 0
        average += p[n] * np.array(slopes[0])[[0, 2]]
    mixture = float(p @ column)
    np.testing.assert_allclose(average, p * (2 * mixture * column - p @ (2 * mixture * column)))


def test_the_pairs_share_of_the_probability_stays(script):
    """So a step leaves the option that did not run as probable as it was, and moves the other two."""
    rows = script(
        "const racer = ASNG.nineSystems.RACERS.find(({ name }) => name === 'two-gates').make(), found = [racer.rows()];"
        "const random = E.generator(2);"
        "for (let t = 0; t < 30; t++) { racer.step(e, 1, random, 0); found.push(racer.rows()); }"
        "return found;",
        e=ERRORS,
    )  # fmt: skip
    moved = np.abs(np.diff(np.array(rows), axis=0))
    assert moved.shape == (30, 2, 3)
    assert (moved.min(axis=2) < 1e-12).all()
    assert (moved.max(axis=2) > 1e-6).any()


def test_reinforce_and_sng_begin_with_the_same_vector(script):
    vectors = script(
        "const N = ASNG.nineSystems; return ['reinforce', 'sng'].map((name) =>"
        " N.RACERS.find((one) => one.name === name).make().step(e, 1, E.generator(7), 0).added);",
        e=ERRORS,
    )  # fmt: skip
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-15)


def races(script, preset):
    found = script(
        "const N = ASNG.nineSystems; return N.races(N.PRESETS[preset].errors, { rate: 1, steps: 150, count: 40 });",
        preset=preset,
    )
    return {name: each["right"] for name, each in found.items()}


def test_each_landscape_has_the_losers_that_the_chapter_names(script):
    plain = races(script, "plain")
    assert min(plain.values()) == 40
    cancel = races(script, "cancel")
    assert cancel["darts"] == 0
    assert min(cancel["reinforce"], cancel["sng"], cancel["two-gates"]) >= 38
    company = races(script, "company")
    assert company["darts"] == 40
    assert max(company["reinforce"], company["sng"], company["two-gates"]) < 24


def test_whom_a_landscape_deceives_can_be_computed(script):
    """By enumeration: at even odds the mixture of the first landscape has no slope, and the expected loss has."""
    errors = np.array(script("return ASNG.nineSystems.PRESETS.cancel.errors;"))
    four = errors[:2, :2]
    assert abs(four.mean()) < 1e-12
    rows, columns = (errors**2).mean(axis=1), (errors**2).mean(axis=0)
    assert (int(rows.argmin()), int(columns.argmin())) == np.unravel_index((errors**2).argmin(), (3, 3))


# ---- in a browser


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_a_race_is_run_and_told(page):
    page = page("bench-race")
    assert summary(page)["steps"] == 0
    page.get_by_role("button", name="One step").click()
    assert summary(page)["steps"] == 1
    page.wait_for_function("document.querySelector('.asng-summary').textContent.includes('add the same vector')")
    page.get_by_role("button", name="Race", exact=True).click()  # at once, for readers who want no motion
    done = summary(page)
    assert done["steps"] == 150
    assert done["best"] == "cz"
    assert done["named"]["darts"] != "cz"
    page.get_by_role("button", name="Race 100 times").click()
    assert summary(page)["races"]["darts"]["right"] == 0
    page.wait_for_function("document.querySelector('.asng-summary').textContent.includes('DARTS in 0')")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_landscape_is_bent_by_keys_and_by_dragging(page):
    page = page("bench-race", preset="plain")
    bars = page.get_by_label("Arrow keys choose and change.")
    bars.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowDown"):
        bars.press(key)
    errors = summary(page)["errors"]
    assert errors[0] == pytest.approx([0.9, 0.3, 0.8])
    assert "Chosen: ay" in bars.get_attribute("aria-label")
    box = bars.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 100)
    page.mouse.up()
    moved = summary(page)
    assert moved["errors"][2][2] < 0
    assert moved["steps"] == 0
    page.get_by_label("landscape").select_option(label="nearly level")
    assert summary(page)["best"] == "by"


def test_other_dice_are_another_race(page):
    page = page("bench-race", preset="company")
    courses = set()
    for _ in range(4):
        for _ in range(3):
            page.get_by_role("button", name="One step").click()
        courses.add(json.dumps(summary(page)["named"]))
        page.get_by_role("button", name="Other dice").click()
    assert len(courses) > 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_runs_pauses_and_follows_the_theme(browser, tmp_path, theme):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(write_page(tmp_path, figure_html("bench-race", {}), theme))
    page.wait_for_selector(".asng-figure[data-summary]")
    page.get_by_role("button", name="Race", exact=True).click()
    page.wait_for_function("JSON.parse(document.querySelector('.asng-figure').dataset.summary).steps > 2")
    page.get_by_role("button", name="Pause").click()
    stopped = summary(page)["steps"]
    page.wait_for_timeout(200)
    assert summary(page)["steps"] == stopped
    labels = page.locator("[role=img], canvas").evaluate_all(
        "all => all.map((node) => node.getAttribute('aria-label'))"
    )
    assert len(labels) == 6
    assert all(labels)
    page.close()


def test_every_pair_of_gates_runs_three_networks(script):
    seen = script(
        "const racer = ASNG.nineSystems.RACERS[4].make(), random = E.generator(1);"
        "return Array.from({ length: 20 }, () => racer.step(e, 1, random, 0).networks);",
        e=ERRORS,
    )  # fmt: skip
    for networks in seen:
        assert len(networks) == 3
        opened = networks[0]
        for one in networks[1:]:
            assert sum(a != b for a, b in zip(one, opened, strict=True)) == 1
    assert len({tuple(itertools.chain(*networks)) for networks in seen}) > 1
