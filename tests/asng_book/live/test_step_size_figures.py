"""The walker and the paper debugger of chapter "The step size that adapts", against the library and in a browser."""

import json
import math

import numpy as np
import pytest

from asng_book.exercises.step_size import expected_ratio
from asng_book.live.files import STATIC
from asng_book.pages import algorithm1
from asng_edu.optimizers.asng import accumulate, adapt, trust_region

quickjs = pytest.importorskip("quickjs")


@pytest.fixture(scope="module")
def call():
    context = quickjs.Context()
    for file in ("engine.js", "figures/step_size/step_size.js"):
        context.eval((STATIC / file).read_text(encoding="utf-8"))

    def call(expression):
        plain = "(_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v"
        return json.loads(context.eval(f"JSON.stringify(({expression}), {plain})"))

    return call


@pytest.mark.parametrize("n", [2, 30])
def test_a_walk_is_that_of_the_library(call, n):
    steps, alpha, delta0 = 400, 1.5, 0.3
    snrs = [0.1] * 200 + [0.0] * (steps - 200)
    setting = f"{{ n: {n}, alpha: {alpha}, delta0: {delta0}, snrs: {snrs} }}"
    noise = np.array(call(f"ASNG.stepSize.noise({n}, {steps}, 4)")).reshape(steps, n)
    run = call(f"ASNG.stepSize.walk({{ ...{setting}, noise: ASNG.stepSize.noise({n}, {steps}, 4) }})")
    np.testing.assert_allclose(np.linalg.norm(noise, axis=1), 1.0)
    s, place, gamma, Delta = np.zeros(n), np.zeros(n), 0.0, 1.0
    for t in range(steps):
        m = math.sqrt(snrs[t] / (1.0 + snrs[t]))
        delta, beta = trust_region(delta0, Delta, math.sqrt(n), n)
        u = math.sqrt(1.0 - m * m) * noise[t]
        u[0] += m
        place += delta * u
        square = accumulate(s, u, 1.0, beta)
        gamma, Delta = adapt(gamma, Delta, square, beta, alpha, math.inf)
        expected = {"delta": delta, "beta": beta, "s2": square, "gamma": gamma, "along": s[0], "ahead": place[0]}
        for name, value in expected.items():
            assert run[name][t] == pytest.approx(value, rel=1e-9, abs=1e-12), (name, t)
        assert run["across"][t] == pytest.approx(np.linalg.norm(s[1:]), rel=1e-6)
        assert run["beside"][t] == pytest.approx(np.linalg.norm(place[1:]), rel=1e-9)


def test_noise_has_no_direction(call):
    noise = np.array(call("ASNG.stepSize.noise(5, 4000, 1)")).reshape(-1, 5)
    assert np.abs(noise.mean(axis=0)).max() < 4 / math.sqrt(5 * 4000)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(5) / 5, atol=0.02)


@pytest.mark.parametrize("alpha", [1.2, 1.5, 3.0])
@pytest.mark.parametrize("snr", [0.003, 0.1, 2.0])
def test_the_resting_point_rests(call, snr, alpha):
    beta = call(f"ASNG.stepSize.restBeta({snr}, {alpha})")
    assert 0.0 < beta < 1.0
    assert expected_ratio(snr, beta) == pytest.approx(alpha, rel=1e-6)
    n = 120
    delta0 = beta * math.sqrt(n)
    snrs = f"new Float64Array(30000).fill({snr})"
    course = call(f"ASNG.stepSize.expected({{ n: {n}, alpha: {alpha}, delta0: {delta0}, snrs: {snrs} }})")
    assert course["delta"][-1] == pytest.approx(delta0, rel=0.02)
    assert course["s2"][-1] == pytest.approx(alpha, rel=0.02)


def test_the_walker_answers_to_its_controls(page):
    opened = page("walker")
    figure = opened.locator(".asng-figure")
    summary = figure.locator(".asng-summary")
    opened.wait_for_function("document.querySelector('.asng-summary').textContent.includes('SNR')")
    before = summary.inner_text()
    result = json.loads(figure.get_attribute("data-summary"))
    assert result["half"] == pytest.approx(result["rest"], rel=0.5)
    assert result["end"] < 0.1 * result["half"]
    slider = figure.get_by_label("SNR of a step")
    slider.focus()
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0: pure noise"
    opened.wait_for_function("!document.querySelector('.asng-summary').textContent.includes('SNR')")
    assert summary.inner_text() != before
    assert json.loads(figure.get_attribute("data-summary"))["rest"] is None
    figure.get_by_role("button", name="Play").click()


def test_the_debugger_goes_through_all_lines(page):
    opened = page("algorithm1", ready="[aria-current=step]", lines=algorithm1.data())
    figure = opened.locator(".asng-figure")
    current = figure.locator("[aria-current=step]")
    following = figure.get_by_role("button", name="Next line")
    seen = [current.locator(".asng-no").inner_text()]
    for _ in range(16):
        following.click()
        seen.append(current.locator(".asng-no").inner_text())
        code = figure.locator(".asng-codes").inner_text()
        for piece in algorithm1.LINES[int(seen[-1]) - 1].code():
            assert piece.code in code
    assert "".join(seen) == "1" + 2 * "23456789"
    opened.wait_for_function("document.querySelector('.asng-summary').textContent.startsWith('Line 9')")
    figure.get_by_role("button", name="20 updates").click()
    assert figure.locator("dd").first.inner_text() == "22"
    figure.get_by_role("button", name="Next line").click()


def test_the_debugger_goes_back_and_plays(moving_page):
    opened = moving_page("algorithm1", ready="[aria-current=step]", lines=algorithm1.data())
    figure = opened.locator(".asng-figure")
    following, back = (figure.get_by_role("button", name=name) for name in ("Next line", "Line back"))

    def seen():
        pictures = [
            picture.get_attribute("aria-label")
            for picture in figure.locator("[aria-label^='θ'], [aria-label^='s ']").all()
        ]
        assert len(pictures) == 2
        current = figure.locator("[aria-current=step]").inner_text()
        return current, [figure.locator(part).inner_text() for part in ("dl", ".asng-codes")], pictures

    assert back.is_disabled()
    states = [seen()]
    for _ in range(20):
        following.click()
        states.append(seen())
    assert states[4] != states[5] != states[6]
    for state in reversed(states[:-1]):
        back.click()
        assert seen() == state
    assert back.is_disabled()

    figure.get_by_label("lines a second").press("End")
    figure.get_by_role("button", name="Play").click()
    opened.wait_for_function("Number(document.querySelector('.asng-figure dd').textContent) >= 3")
    figure.get_by_role("button", name="Pause").click()
    stopped = seen()
    opened.wait_for_timeout(300)
    assert seen() == stopped
