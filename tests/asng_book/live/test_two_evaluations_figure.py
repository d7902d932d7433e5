"""The three views of "How can two evaluations point uphill?": pull and push of one estimate, and the browser."""

import itertools
import json

import numpy as np
import pytest
from figure_script import Script

from asng_edu.distributions import Categorical
from asng_edu.optimizers.natural_gradient import mean_utility, natural_gradient

THETA = np.array([0.15, 0.6, 0.25])
F = np.array([1.0, 0.7, -0.4])


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/stochastic_relaxation/stochastic_relaxation.js")


@pytest.mark.parametrize("lam", [2, 3])
@pytest.mark.parametrize("baseline", [True, False])
def test_pulls_and_pushes_add_up_to_the_estimate_of_the_library(script, lam, baseline):
    for c in itertools.product(range(3), repeat=lam):
        weights, G, rise = script(
            """
            const M = ASNG.stochasticRelaxation, w = M.weights(f, c, baseline);
            const { G, rise } = M.fromWeights(theta, f, w);
            return [[...w], [...G], rise];
            """,
            f=F.tolist(), theta=THETA.tolist(), c=c, baseline=baseline,
        )  # fmt: skip
        samples, expected = np.array(c), np.empty(3)
        utility = F[samples].copy()
        if baseline:
            mean_utility(-F[samples], utility)
        natural_gradient(Categorical(3).statistics(samples[:, None]), THETA, utility, expected)
        np.testing.assert_allclose(G, expected, atol=1e-12)
        parts = [weight * (np.eye(3)[k] - THETA) for k, weight in enumerate(weights)]
        np.testing.assert_allclose(np.sum(parts, axis=0), expected, atol=1e-12)
        assert rise == pytest.approx(F @ expected, abs=1e-12)
        if baseline:
            assert rise >= -1e-12
        if baseline and lam == 2 and c[0] != c[1]:
            better, worse = sorted(c, key=lambda k: -F[k])
            assert weights[better] > 0 > weights[worse]


def summary(opened):
    return json.loads(opened.locator(".asng-figure").get_attribute("data-summary"))


def test_it_opens_with_one_estimate_and_draws_others(page):
    opened = page("two-evaluations")
    assert summary(opened)["estimates"] == 1
    for _ in range(9):
        opened.get_by_role("button", name="Draw two others").click()
    seen = summary(opened)
    assert (seen["estimates"], seen["down"]) == (10, 0)
    assert opened.get_by_role("button", name="Draw 200 others").count() == 0
    opened.get_by_role("application").press("ArrowUp")  # another θ: what was drawn belongs to the old one
    assert summary(opened)["estimates"] == 0
    assert opened.evaluate("document.documentElement.scrollWidth") == 390


def test_two_equal_samples_leave_no_arrow(page):
    opened = page("two-evaluations", f=[1, 1, 1])
    assert "no arrow" in opened.locator(".asng-summary").inner_text()


def test_each_view_shows_its_own(page):
    opened = page("two-evaluations")
    many, noise = (opened.get_by_role("tab", name=name) for name in ("200 estimates", "Noise"))
    many.click()
    assert many.get_attribute("aria-selected") == "true"
    first = summary(opened)
    assert sum(first["tally"]) == 200
    assert first["tally"][1] == 0
    opened.get_by_role("button", name="Draw 200 others").click()
    assert summary(opened)["tally"] != first["tally"]
    opened.get_by_label("subtract the samples’ mean").uncheck()
    opened.get_by_label("constant added to f").fill("3")
    assert summary(opened)["tally"][1] > 0
    opened.locator(".asng-chart").wait_for(state="hidden")
    noise.click()
    opened.locator(".asng-chart canvas").wait_for()
    assert opened.locator(".asng-chart canvas").bounding_box()["width"] > 300
    opened.get_by_role("application").wait_for(state="hidden")


def test_pull_push_and_sum_unfold_only_when_asked(moving_page):
    opened = moving_page("two-evaluations")
    drawn = "() => document.querySelector('.asng-drag').toDataURL()"
    opened.wait_for_timeout(200)
    first = opened.evaluate(drawn)
    opened.wait_for_timeout(300)
    assert opened.evaluate(drawn) == first
    opened.get_by_role("button", name="Draw two others").click()
    opened.wait_for_function(f"(before) => ({drawn})() !== before", arg=first)
