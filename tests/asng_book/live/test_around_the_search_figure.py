"""The mathematics of the figure of "Around the search" against the library, and the figure in a browser."""

import json

import numpy as np
import pytest
from figure_script import Script

from asng_book.live import tuning
from asng_book.measured import tuning_rows
from asng_book.measured.tuning import LINEAR, RANGES


def made(count, seed):
    """Return rows in which the learning rate matters, in the middle of its range most, and nothing else does."""
    rng = np.random.default_rng(seed)
    found = []
    for share in rng.random((count, len(RANGES))):
        values = {
            name: low + (high - low) * u if name in LINEAR else low * (high / low) ** u
            for (name, (low, high)), u in zip(RANGES.items(), share, strict=True)
        }
        loss = 1.2 + 3 * (share[0] - 0.5) ** 2 + 0.02 * rng.normal()
        found.append(
            {**values, "loss": loss, "test_error": 0.2 + 0.1 * rng.random(), "rank": int(rng.integers(1, 1093))}
        )
    return found


TRIALS, DEFAULTS = made(30, 0), made(30, 1)


@pytest.fixture(scope="module")
def script():
    return Script("numbers.js", "figures/around_the_search/tuning.js")


@pytest.mark.parametrize("count", [5, 6, 30])
@pytest.mark.parametrize("seed", range(4))
def test_correlation_and_share_are_those_of_the_library(script, count, seed):
    rng = np.random.default_rng(seed)
    x = rng.random(count)
    y = (x - 0.5) ** 2 + 0.05 * rng.normal(size=count)
    found = script("return [ASNG.tuning.correlation(x, y), ASNG.tuning.explained(x, y)];", x=x.tolist(), y=y.tolist())
    expected = tuning_rows.correlation(x, y)
    given = [np.nan if value is None else value for value in (*found[0].values(), found[1])]
    np.testing.assert_allclose(given, [*expected, tuning_rows.explained(x, y)], rtol=1e-8)


def test_settings_are_scaled_as_by_the_library(script):
    for name, (low, high) in RANGES.items():
        values = [row[name] for row in TRIALS]
        found = script(
            "const T = ASNG.tuning, there = values.map((v) => T.scaled(v, one));"
            "return there.map((share) => [share, T.unscaled(share, one)]);",
            values=values,
            one={"low": low, "high": high, "log": name not in LINEAR},
        )
        np.testing.assert_allclose([pair[0] for pair in found], tuning_rows.scaled(name, values), rtol=1e-12)
        np.testing.assert_allclose([pair[1] for pair in found], values, rtol=1e-12)


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


@pytest.fixture
def shown(page, monkeypatch):
    given = {}
    monkeypatch.setattr(tuning, "live", lambda name, **found: given.update(found))
    tuning.study_history(TRIALS, DEFAULTS, networks=1092)
    return page("study-history", **given)


def test_the_study_runs_to_its_end_and_says_what_mattered(shown):
    assert summary(shown)["shown"] == 5
    assert "Place your bet" in shown.locator(".asng-summary").inner_text()
    shown.get_by_label("your bet").select_option(label="δ⁰")
    shown.get_by_role("button", name="One more trial").click()
    assert summary(shown)["shown"] == 6
    shown.get_by_role("button", name="Run the study").click()
    found = summary(shown)
    losses = [row["loss"] for row in TRIALS]
    assert (found["shown"], found["best"], found["bet"]) == (30, int(np.argmin(losses)), "delta0")
    expected = [
        tuning_rows.explained(tuning_rows.scaled(name, [row[name] for row in TRIALS]), losses) for name in RANGES
    ]
    assert found["explained"] == pytest.approx(expected, abs=0.02)
    assert np.argmax(found["explained"]) == 0
    assert "explained by the learning rate" in shown.locator(".asng-summary").inner_text()
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_trials_are_reached_by_keys_and_by_a_tap(shown):
    shown.get_by_role("button", name="Run the study").click()
    shown.get_by_role("button", name="Least loss so far").click()
    best = summary(shown)["best"]
    assert summary(shown)["chosen"] == best
    plot = shown.get_by_role("application")
    plot.press("ArrowLeft")
    assert summary(shown)["chosen"] == max(0, best - 1)
    assert f"Trial {max(0, best - 1) + 1}:" in plot.get_attribute("aria-label")
    shown.get_by_label("trials so far").press("ArrowLeft")
    assert summary(shown)["shown"] == 29
    shown.get_by_role("button", name="Start again").click()
    assert summary(shown)["shown"] == 5


def test_axes_and_default_searches_change_what_is_drawn(shown):
    canvas = shown.locator("canvas").first

    def drawn():
        shown.wait_for_timeout(60)
        return canvas.evaluate("canvas => canvas.toDataURL()")

    seen = {drawn()}
    shown.get_by_role("button", name="Run the study").click()
    seen.add(drawn())
    shown.get_by_label("searches with default settings").check()
    seen.add(drawn())
    shown.get_by_label("horizontal axis").select_option(label="δ⁰")
    seen.add(drawn())
    shown.get_by_label("vertical axis").select_option(label="true error")
    seen.add(drawn())
    assert len(seen) == 5
    assert (summary(shown)["across"], summary(shown)["up"]) == ("delta0", "error")
