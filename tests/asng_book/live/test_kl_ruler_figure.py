"""The coins that are tossed until a claim about them is exposed: against the library, and in a browser."""

import json

import numpy as np
import pytest
from figure_script import Script

from asng_edu.distributions import Bernoulli

COINS = [(0.5, 0.51), (0.98, 0.99), (0.02, 0.035), (0.3, 0.305)]


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/natural_gradient/coin_evidence.js")


@pytest.mark.parametrize(("p", "q"), COINS)
def test_the_expected_tosses_are_those_of_the_library(script, p, q):
    kl = Bernoulli(1).kl(np.array([p]), np.array([q]))
    found = script("return [ASNG.coinEvidence.kl(p, q), ASNG.coinEvidence.expectedTosses(p, q)];", p=p, q=q)
    assert found == pytest.approx([kl, np.log(20) / kl], rel=1e-9)


def test_each_toss_adds_the_logarithm_of_a_ratio(script):
    p, q, count = 0.7, 0.75, 500
    uniforms, coin = script(
        """
        const coin = ASNG.coinEvidence.newCoin(p, q, 3, 50), random = E.generator(3);
        ASNG.coinEvidence.toss(coin, count);
        return [Array.from({ length: count }, () => random.uniform()), coin];
        """,
        p=p, q=q, count=count,
    )  # fmt: skip
    family, heads = Bernoulli(1), np.array(uniforms) < p
    ratio = np.where(heads, np.log(p / q), np.log((1 - p) / (1 - q)))
    evidence = np.cumsum(ratio)
    reached = np.flatnonzero(evidence >= np.log(20))
    end = reached[0] + 1 if len(reached) else count
    assert coin["exposed"] == (end if len(reached) else None)
    assert coin["tosses"] == end
    assert coin["evidence"] == pytest.approx(evidence[end - 1])
    assert coin["points"] == pytest.approx([0, *evidence[49:end:50]])
    assert coin["recent"] == heads[max(0, end - 24) : end].tolist()
    assert p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)) == pytest.approx(
        family.kl(np.array([p]), np.array([q]))
    )


def test_a_coin_is_exposed_about_when_it_is_expected(script):
    p, q = 0.98, 0.99
    found = script(
        """
        return Array.from({ length: 200 }, (_, seed) => {
          const coin = ASNG.coinEvidence.newCoin(p, q, seed, 1e9);
          ASNG.coinEvidence.toss(coin, 1e6);
          return coin.exposed;
        });
        """,
        p=p, q=q,
    )  # fmt: skip
    mean, error = np.mean(found), np.std(found) / np.sqrt(len(found))
    expected = script("return ASNG.coinEvidence.expectedTosses(p, q);", p=p, q=q)
    assert expected - 4 * error < mean < 1.25 * expected + 4 * error  # the last toss leads a little beyond the bar


# ---- in a browser


def summary(opened):
    return json.loads(opened.locator(".asng-figure").get_attribute("data-summary"))


def test_the_coin_at_the_edge_is_exposed_first(page):
    opened = page("kl-ruler")
    assert [coin["exposed"] for coin in summary(opened)] == [None, None]
    assert "expected" not in opened.locator(".asng-summary").inner_text()  # that is for the reader to guess
    opened.get_by_role("button", name="Toss").click()
    middle, edge = summary(opened)
    assert edge["exposed"] < 0.5 * (middle["exposed"] or middle["tosses"])
    assert "765 expected" in opened.locator(".asng-summary").inner_text()
    assert opened.evaluate("document.documentElement.scrollWidth") == 390


def test_other_coins_begin_again(page):
    opened = page("kl-ruler")
    opened.get_by_role("button", name="Toss").click()
    opened.get_by_label("first coin, p").fill("0.9")
    first, second = summary(opened)
    assert (first["p"], first["tosses"], second["tosses"]) == (0.9, 150, 150)
    assert first["q"] == pytest.approx(0.91)
    before = [coin["evidence"] for coin in summary(opened)]
    opened.get_by_role("button", name="Begin again").click()
    assert [coin["evidence"] for coin in summary(opened)] != before


def test_the_tosses_can_be_watched_and_paused(moving_page):
    opened = moving_page("kl-ruler")
    opened.wait_for_timeout(300)
    assert summary(opened)[0]["tosses"] == 150
    opened.get_by_role("button", name="Toss").click()
    opened.wait_for_function("JSON.parse(document.querySelector('.asng-figure').dataset.summary)[0].tosses > 200")
    opened.get_by_role("button", name="Pause").click()
    stopped = summary(opened)
    opened.wait_for_timeout(300)
    assert summary(opened) == stopped
