"""What s remembers: the weights of past steps against the library's own sum, and in a browser."""

import json

import numpy as np
import pytest
from figure_script import Script

from asng_edu.optimizers.asng import accumulate


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/step_size/step_size.js", "figures/step_size/memory.js")


@pytest.mark.parametrize("beta", [0.03, 0.1, 0.5, 0.9])
def test_the_weighted_steps_add_up_to_the_sum_of_the_library(script, beta):
    steps, found, weights, length = script(
        """
        const all = ASNG.memory.steps(0.4, 3), { s, s2, gamma } = ASNG.memory.sum(all, beta);
        const weights = Array.from({ length: ASNG.memory.STEPS }, (_, k) => ASNG.memory.weight(beta, k));
        return [[...all], { s: [...s], s2, gamma }, weights, ASNG.memory.STEPS];
        """,
        beta=beta,
    )  # fmt: skip
    rows, s = np.reshape(steps, (length, 2)), np.zeros(2)
    for row in rows:
        square = accumulate(s, row, 1.0, beta)
    assert found["s"] == pytest.approx(s.tolist(), abs=1e-12)
    assert found["s2"] == pytest.approx(square)
    assert (np.array(weights) @ rows[::-1]).tolist() == pytest.approx(s.tolist(), abs=1e-9)
    assert found["gamma"] == pytest.approx(np.sum(np.square(weights)))
    assert found["gamma"] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("m", "beta"), [(0.0, 0.1), (0.4, 0.1), (0.4, 0.04), (0.6, 0.5)])
def test_the_mean_of_many_is_what_is_expected(script, m, beta):
    squares = script(
        "return Array.from({ length: 1000 }, (_, i) => ASNG.memory.sum(ASNG.memory.steps(m, i + 1), beta).s2);",
        m=m, beta=beta,
    )  # fmt: skip
    expected = script("return ASNG.memory.expected(m, beta);", m=m, beta=beta)
    assert abs(np.mean(squares) - expected) < 4 * np.std(squares) / np.sqrt(len(squares))


def summary(opened):
    return json.loads(opened.locator(".asng-figure").get_attribute("data-summary"))


def test_beta_is_dragged_and_moved_by_keys(page):
    opened = page("memory-of-s")
    strip = opened.get_by_role("application")
    strip.focus()
    opened.keyboard.press("ArrowLeft")
    assert 1 / summary(opened)["beta"] == pytest.approx(11)
    box = strip.bounding_box()
    opened.mouse.move(box["x"] + box["width"] - 60, box["y"] + 40)
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] - 180, box["y"] + 40)
    opened.mouse.up()
    assert 1 / summary(opened)["beta"] == pytest.approx(20, rel=0.1)
    opened.get_by_label("β, what is forgotten").press("End")
    assert summary(opened)["beta"] == pytest.approx(0.9)
    assert opened.evaluate("document.documentElement.scrollWidth") == 390


def test_without_a_signal_the_memory_gains_nothing(page):
    opened = page("memory-of-s")
    assert summary(opened)["expected"] > 2
    opened.get_by_label("m, what the steps have").press("Home")
    for key in ("Home", "End"):
        opened.get_by_label("β, what is forgotten").press(key)
        assert summary(opened)["expected"] == 1
    before = summary(opened)["s2"]
    opened.get_by_role("button", name="Other steps").click()
    assert summary(opened)["s2"] != before
