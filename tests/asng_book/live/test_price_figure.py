"""The searches of "Small is beautiful" against the library, and their figure in a browser."""

import itertools
import json

import numpy as np
import pytest
from figure_script import MATHEMATICS, Script
from known_table import make_known

from asng_book.live import known_space
from asng_book.measured import pareto
from asng_edu import ASNG, SNG
from asng_edu.nas import price_list

FOLDER = "figures/every_network_known"
KNOWN = make_known()
SIZES = [decision.size for decision in KNOWN.space.decisions]
PRICES = {"conv_1x1": 160.0, "dil_conv_1x5": 240.0}
truth, parameters = KNOWN.test_errors.mean(axis=1), KNOWN.parameters


@pytest.fixture(scope="module")
def script():
    return Script("numbers.js", *MATHEMATICS, "cells.js", f"{FOLDER}/known.js", f"{FOLDER}/priced.js")


class Uniforms(np.random.Generator):
    """A generator that gives stored uniforms."""

    def __init__(self, uniforms):
        super().__init__(np.random.PCG64(0))
        self.stored = iter(uniforms)

    def random(self, size):
        return np.array([next(self.stored) for _ in range(int(np.prod(size)))]).reshape(size)


@pytest.mark.parametrize("price", [0.0, 2e-4])
@pytest.mark.parametrize("step", ["asng", "plain"])
def test_a_search_asks_for_the_same_networks_as_the_library(script, step, price):
    uniforms, rounds = np.random.default_rng(5).random(20_000), 150
    family, table, penalty = KNOWN.space.categorical(), KNOWN.tabular(), price * price_list(KNOWN.space, PRICES)
    rng = Uniforms(uniforms)
    optimizer = (
        ASNG(family, penalty=penalty, rng=rng) if step == "asng" else SNG(family, epsilon=4.0, penalty=penalty, rng=rng)
    )
    asked = []
    for _ in range(rounds):
        codes = optimizer.ask()
        optimizer.tell(codes, table.observed(codes))
        asked += codes.tolist()
    found = script(
        """
        let at = 0;
        const search = ASNG.priced.start({ sizes, step, penalty, uniform: () => uniforms[at++] });
        const all = ASNG.known.networks(space);
        const asked = [];
        for (let i = 0; i < rounds; i++) {
          const codes = search.ask();
          search.tell(codes, codes.map((code) => observed[networks[all.index(code)]]));
          asked.push(...codes);
        }
        return [asked, [...search.theta], search.mode()];
        """,
        sizes=SIZES, step=step, penalty=penalty.tolist(), uniforms=uniforms.tolist(), rounds=rounds,
        space=known_space.space_of(KNOWN), networks=KNOWN.networks.tolist(),
        observed=KNOWN.validation_errors[:, 0].tolist(),
    )  # fmt: skip
    assert found[0] == asked
    np.testing.assert_allclose(found[1], optimizer.theta, rtol=1e-9, atol=1e-12)
    assert found[2] == optimizer.mode().tolist()


def test_the_front_and_what_a_price_reaches(script):
    found = script("return ASNG.priced.front(sizes, errors);", sizes=parameters.tolist(), errors=truth.tolist())
    front = pareto.front(parameters, truth)
    assert [one["network"] for one in found] == front.networks.tolist()
    assert [one["reached"] for one in found] == front.supported.tolist()


# ---- in a browser


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def shown(page, **options):
    given = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_space, "live", lambda name, **found: given.update(found))
        known_space.price_of_size(KNOWN, PRICES, **options)
    return page("price-of-size", **given)


def cheapest(price, errors=truth):
    return int(pareto.total(parameters, errors, price).argmin())


def test_the_price_chooses_the_cheapest_and_searches_start_when_asked(page):
    page = shown(page, runs=5, updates=60, price=2)
    before = summary(page)
    assert before["found"] is None
    assert before["cheapest"] == before["selected"] == cheapest(2)
    page.get_by_role("button", name="Search 5 times").click()
    found = summary(page)
    assert sum(found["found"].values()) == 5
    networks = np.repeat([int(n) for n in found["found"]], list(found["found"].values()))
    charged = pareto.total(parameters, truth, 2)
    assert found["excess"] == pytest.approx((charged[networks] - charged.min()).mean(), abs=0.01)
    assert found["hits"] == found["found"].get(str(cheapest(2)), 0)
    page.get_by_role("button", name="Search 5 times").click()
    assert summary(page)["found"] != found["found"]  # other random numbers
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Forget what was found").click()
    assert summary(page) == before


def test_slider_and_choices_change_what_is_found(page):
    page = shown(page, runs=5, updates=60)
    page.get_by_role("button", name="Search 5 times").click()
    seen = [summary(page)["found"]]
    page.get_by_label("the price of 100 parameters").press("End")
    dearest = summary(page)
    assert dearest["price"] == 15
    assert dearest["cheapest"] == cheapest(15)
    assert parameters[dearest["cheapest"]] < parameters[cheapest(0)]
    page.get_by_label("the price of 100 parameters").press("Home")
    seen.append(summary(page)["found"])
    page.get_by_label("step").select_option(label="plain: as long as the estimate")
    seen.append(summary(page)["found"])
    page.get_by_label("the price of 100 parameters").press("End")
    seen.append(summary(page)["found"])
    page.get_by_label("penalty").select_option(label="sampled, with the loss")
    seen.append(summary(page)["found"])
    page.get_by_label("the search sees a single training").check()
    seen.append(summary(page)["found"])
    assert all(a != b for a, b in itertools.pairwise(seen))
    plot = page.get_by_role("application")
    plot.press("ArrowUp")
    assert summary(page)["selected"] != dearest["selected"]
    assert "node 1 adds" in plot.get_attribute("aria-label")


def test_nothing_moves_by_itself(moving_page):
    page = shown(moving_page, runs=3, updates=30)
    picture = page.locator("canvas").first
    page.wait_for_timeout(150)
    still = picture.evaluate("canvas => canvas.toDataURL()")
    page.wait_for_timeout(300)
    assert picture.evaluate("canvas => canvas.toDataURL()") == still
