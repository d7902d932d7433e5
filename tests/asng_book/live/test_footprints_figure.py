"""The walker in fog at the head of "The step size that adapts": its steps against the library, and in a browser."""

import json
import math

import numpy as np
import pytest
from figure_script import Script

from asng_edu.optimizers.asng import accumulate, adapt

GOALS = {"near": [0.3, 0.0], "far": [1000.0, 0.0], "none": None}


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/step_size/fog.js")


def walk(script, goal, steps, automatic=False, length=1.0, seed=1):
    """Return the constants of the walk, its normal numbers, and for each step where it led and what it left behind."""
    return script(
        """
        const { BETA, ALPHA, NOISE, SHORTEST, LONGEST } = ASNG.fog, walk = ASNG.fog.newWalk(seed, length), seen = [];
        for (let t = 0; t < steps; t++) {
          ASNG.fog.step(walk, goal, automatic);
          seen.push({ place: [...walk.place], s2: walk.s2, gamma: walk.gamma, length: walk.length,
            mean: ASNG.fog.meanSquare(walk), verdict: ASNG.fog.verdict(walk) });
        }
        const normal = [...E.generator(seed).fillNormal(new Float64Array(2 * steps))];
        return [{ BETA, ALPHA, NOISE, SHORTEST, LONGEST }, normal, seen];
        """,
        goal=goal, steps=steps, automatic=automatic, length=length, seed=seed,
    )  # fmt: skip


@pytest.mark.parametrize("automatic", [False, True])
@pytest.mark.parametrize("goal", GOALS.values(), ids=GOALS)
def test_a_walk_in_fog_is_that_of_the_library(script, goal, automatic):
    fixed, noise, seen = walk(script, goal, 200, automatic)
    place, s, gamma, length = np.zeros(2), np.zeros(2), 0.0, 1.0
    for call, now in zip(fixed["NOISE"] * np.reshape(noise, (-1, 2)), seen, strict=True):
        if goal is not None:
            way = goal - place
            call = call + way / np.linalg.norm(way)
        step = call / np.linalg.norm(call)
        place = place + length * step
        square = accumulate(s, step, 1.0, fixed["BETA"])
        gamma, Delta = adapt(gamma, 1.0, square, fixed["BETA"], fixed["ALPHA"], math.inf)
        if automatic:
            length = min(max(length / Delta, fixed["SHORTEST"]), fixed["LONGEST"])
        assert now["place"] == pytest.approx(place.tolist(), rel=1e-9)
        assert [now["s2"], now["gamma"], now["length"]] == pytest.approx([square, gamma, length], rel=1e-9)
    squares = [now["s2"] for now in seen]
    assert seen[-1]["mean"] == pytest.approx(np.mean(squares[-30:]))


@pytest.mark.parametrize(("goal", "says"), [("near", "long"), ("far", "short"), ("none", "noise")])
def test_what_is_said_is_nearly_always_right(script, goal, says):
    right = 0
    for seed in range(1, 21):
        *_, seen = walk(script, GOALS[goal], 130, seed=seed)
        right += sum(now["verdict"] == says for now in seen[30:])
    assert right / 2000 > 0.9


def test_the_automatic_step_runs_to_a_far_goal_and_settles_there(script):
    *_, seen = walk(script, [40.0, 0.0], 250, automatic=True, length=0.1)
    lengths = [now["length"] for now in seen]
    assert max(lengths) > 10 * lengths[0]
    assert lengths[-1] < 0.2
    assert math.dist(seen[-1]["place"], [40.0, 0.0]) < 0.5


# ---- in a browser


def summary(opened):
    return json.loads(opened.locator(".asng-figure").get_attribute("data-summary"))


def test_the_three_goals_have_three_verdicts(page):
    opened = page("footprints")
    assert summary(opened)["verdict"] == "short"
    opened.get_by_role("button", name="Goal near").click()
    assert summary(opened)["verdict"] == "long"
    assert "Too long" in opened.locator(".asng-verdict").inner_text()
    opened.get_by_role("button", name="No goal").click()
    assert (summary(opened)["verdict"], summary(opened)["far"]) == ("noise", None)
    opened.get_by_role("button", name="Goal far").click()
    assert summary(opened)["verdict"] == "short"
    assert opened.evaluate("document.documentElement.scrollWidth") == 390


def test_the_goal_is_moved_by_keys_and_by_dragging(page):
    opened = page("footprints", goal="nowhere")
    plane = opened.get_by_role("application")
    plane.focus()
    opened.keyboard.press("ArrowRight")
    assert summary(opened)["far"] is not None
    box = plane.bounding_box()
    opened.mouse.move(box["x"] + 5, box["y"] + 5)
    opened.mouse.down()
    before = summary(opened)
    opened.mouse.move(box["x"] + box["width"] - 5, box["y"] + 5)
    opened.mouse.up()
    assert summary(opened)["place"] != before["place"]


def test_the_length_is_the_readers_until_it_is_automatic(page):
    opened = page("footprints")
    slider = opened.get_by_label("step length", exact=True)
    slider.fill("40")
    chosen = summary(opened)["length"]
    assert chosen < 0.5
    opened.get_by_role("button", name="Walk").click()
    assert summary(opened)["length"] == chosen
    opened.get_by_label("automatic step length").check()
    assert summary(opened)["length"] > chosen


def test_it_stands_still_until_it_is_asked_to_walk_and_can_be_paused(moving_page):
    opened = moving_page("footprints")
    first = summary(opened)
    opened.wait_for_timeout(400)
    assert summary(opened) == first
    opened.get_by_role("button", name="Walk").click()
    opened.wait_for_function(
        "(before) => document.querySelector('.asng-figure').dataset.summary !== before", arg=json.dumps(first)
    )
    opened.get_by_role("button", name="Pause").click()
    stopped = summary(opened)
    opened.wait_for_timeout(400)
    assert summary(opened) == stopped
