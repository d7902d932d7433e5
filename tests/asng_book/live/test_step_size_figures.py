"""The walker and the paper debugger of chapter "The step size that adapts", against the library and in a browser."""

import json
import math
import re

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
    files = ("engine.js", "trial.js", "figures/step_size/step_size.js", "figures/step_size/algorithm1_record.js")
    for file in files:
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


# ---- pure noise, and agreement from a tiny first step


@pytest.mark.parametrize("delta0", [0.1, 1.0, 8.0])
def test_in_noise_the_step_follows_the_law(call, delta0):
    setting = f"{{ n: 120, alpha: 1.5, delta0: {delta0}, snrs: new Float64Array(6000) }}"
    run = call(f"ASNG.stepSize.walk({{ ...{setting}, noise: ASNG.stepSize.noise(120, 6000, 1) }}).delta")
    law = call(f"ASNG.stepSize.noiseLaw({setting}, 5999)")
    assert law == pytest.approx(1 / (1 / delta0 + 5999 / (3 * math.sqrt(120))))
    assert run[-1] == pytest.approx(law, rel=0.35)


def test_only_the_guard_keeps_a_tiny_step_from_bursting(call):
    setting = "{ n: 120, alpha: 1.5, delta0: 0.001, snrs: new Float64Array(3000).fill(0.3), guard: GUARD }"
    script = f"ASNG.stepSize.walk({{ ...{setting}, noise: ASNG.stepSize.noise(120, 3000, 1) }})"
    free, held = (call(script.replace("GUARD", guard)) for guard in ("false", "true"))
    last = free["broken"] - 1
    assert held["broken"] is None
    assert max(held["delta"]) <= math.sqrt(120) * (1 + 1e-9)
    assert free["beta"][last] <= 2
    _, beta = trust_region(free["delta"][last], 1.0, math.inf, 120)
    assert beta == pytest.approx(free["beta"][last])
    first = next(t for t in range(3000) if free["delta"][t] != held["delta"][t])
    assert held["delta"][first] == pytest.approx(math.sqrt(120)), "they part where the guard holds"


def test_both_ends_answer_to_their_sliders(page):
    opened = page("two-ends")
    figure = opened.locator(".asng-figure")
    before = state(figure)
    assert before["broken"] > 100
    assert before["noise"][0] == pytest.approx(before["noise"][1], rel=0.35)
    figure.get_by_label("tiny first step").press("Home")
    assert state(figure)["broken"] != before["broken"]
    figure.get_by_role("slider", name="first step size", exact=False).first.press("End")
    assert state(figure)["noise"] != before["noise"]


# ---- the debugger

PROBLEM = "{ delta0: 1, eps_x: 0.05, dim: 4, categories: 3, margin: 'catcma' }"


@pytest.fixture(scope="module")
def record(call):
    return call(f"globalThis.recorded = ASNG.algorithm1.record({PROBLEM}, 4, 30)")


def test_a_recorded_update_is_that_of_the_library(record):
    root = math.sqrt(record["setting"]["n_theta"])
    for update in record["updates"]:
        before, after = update["before"], update["after"]
        delta, beta = trust_region(1.0, before["Delta"], root, record["setting"]["n_theta"])
        assert (update["delta"], update["beta"]) == pytest.approx((delta, beta))
        if not update["updated"]:
            assert after["theta"] == before["theta"]
            continue
        assert (after["gamma"], after["Delta"]) == pytest.approx(
            adapt(before["gamma"], before["Delta"], after["s2"], beta, 1.5, math.inf)
        )
        assert update["epsilon"] * update["norm"] == pytest.approx(delta)
    assert sum(update["updated"] for update in record["updates"]) > 15


def number(text):
    return float(re.sub(r"[^\d.eE-]", "", text.replace("−", "-")))


def test_the_numbers_of_a_line_give_its_result(record, call):
    for at, update in enumerate(record["updates"]):
        filled = call(
            f"[3, 5, 7, 8].map((line) => ASNG.algorithm1.substituted(recorded, line, {at}, (v) => String(v)))"
        )
        delta, beta = (number(one) for one in re.findall(r"\*([^*]+)\*", filled[0]))
        assert (delta, beta) == (update["delta"], update["beta"])
        if not update["updated"]:
            assert all("no step" in text for text in filled[1:])
            continue
        one, old, rest, new = re.fullmatch(r"γ ← (\S+)\^2 · (\S+) \+ (\S+) = \*(\S+)\*", filled[2]).groups()
        assert float(one) ** 2 * float(old) + float(rest) == pytest.approx(float(new))
        old, beta, gamma, square, alpha, new = re.fullmatch(
            r"Δ ← (\S+) · exp\((\S+) \((\S+) − (\S+)/(\S+)\)\) = \*(\S+)\*", filled[3]
        ).groups()
        drive = float(gamma) - float(square) / float(alpha)
        assert float(old) * math.exp(float(beta) * drive) == pytest.approx(float(new))


def test_what_a_line_sets_is_fresh_there_and_nowhere_else(record, call):
    for position in range(1, 60):
        line = 2 + (position - 1) % 8
        update = record["updates"][(position - 1) // 8]
        fresh = call(
            f"['t', 'delta', 'beta', 's', 'gamma', 'Delta', 'theta'].filter((name) => "
            f"ASNG.algorithm1.value(recorded, {position}, name).fresh)"
        )
        sets = {2: ["t"], 3: ["delta", "beta"], 5: ["theta"], 6: ["s"], 7: ["gamma"], 8: ["Delta"]}.get(line, [])
        assert fresh == (sets if update["updated"] or line < 5 else []), position


def state(figure):
    return json.loads(figure.get_attribute("data-summary"))


def test_the_debugger_goes_through_all_lines(page):
    opened = page("algorithm1", lines=algorithm1.data(), position=0)
    figure = opened.locator(".asng-figure")
    current = figure.locator("[aria-current=step]")
    seen = [current.locator(".asng-no").inner_text()]
    for _ in range(16):
        figure.get_by_role("button", name="Step").click()
        seen.append(current.locator(".asng-no").inner_text())
        code = figure.locator(".asng-codes").inner_text()
        for piece in algorithm1.LINES[int(seen[-1]) - 1].code():
            assert piece.code in code
        if seen[-1] not in "12":
            assert current.locator("b, .asng-filled").first.inner_text()
    assert "".join(seen) == "1" + 2 * "23456789"
    opened.wait_for_function("document.querySelector('.asng-summary').textContent.startsWith('Line 9')")


def test_a_thread_leads_from_a_line_to_what_it_changed(page):
    opened = page("algorithm1", lines=algorithm1.data(), position=0)
    opened.set_viewport_size({"width": 900, "height": 900})
    figure, reached = opened.locator(".asng-figure"), []
    for _ in range(8):
        figure.get_by_role("button", name="Step").click()
        if figure.locator(".asng-link path").get_attribute("d"):
            reached.append(state(figure)["line"])
    assert reached == [5, 6]


def test_the_debugger_scrubs_to_and_fro_and_plays(moving_page):
    opened = moving_page("algorithm1", lines=algorithm1.data())
    figure = opened.locator(".asng-figure")
    scrub = figure.get_by_role("slider", name="update")

    def seen():
        pictures = [picture.get_attribute("aria-label") for picture in figure.locator("canvas[role=img]").all()]
        return state(figure), figure.locator(".asng-steps").inner_text(), pictures

    scrub.focus()
    states = [seen()]
    for _ in range(12):
        scrub.press("ArrowRight")
        states.append(seen())
    assert len({json.dumps(one) for one in states}) == 13
    for before in reversed(states[:-1]):
        scrub.press("ArrowLeft")
        assert seen() == before

    strip = figure.get_by_label("Over 40 updates", exact=False)
    box = strip.bounding_box()
    strip.click(position={"x": box["width"] - 41, "y": 50})
    assert state(figure)["update"] >= 38
    scrub.press("Home")
    figure.get_by_role("button", name="Play").click()
    opened.wait_for_function("JSON.parse(document.querySelector('.asng-figure').dataset.summary).position >= 3")
    figure.get_by_role("button", name="Pause").click()
    stopped = seen()
    opened.wait_for_timeout(700)
    assert seen() == stopped
