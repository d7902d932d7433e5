"""The mathematics of the figures of "Every network known" against the library, and the three figures in a browser."""

import json

import numpy as np
import pytest
from figure_script import MATHEMATICS, Script
from known_table import make_known

from asng_book import comparisons
from asng_book.live import known_space
from asng_edu import Categorical
from asng_edu.optimizers.registry import Method

FOLDER = "figures/every_network_known"
KNOWN = make_known()
SIZES = [decision.size for decision in KNOWN.space.decisions]
truth = KNOWN.test_errors.mean(axis=1)


@pytest.fixture(scope="module")
def script():
    return Script("numbers.js", *MATHEMATICS, "cells.js", f"{FOLDER}/known.js", f"{FOLDER}/black_box.js")


# ---- methods


class Replay(np.random.Generator):
    """A generator that gives stored uniforms, and whole numbers made of them as the script makes them."""

    def __init__(self, uniforms):
        super().__init__(np.random.PCG64(0))
        self.stored = iter(uniforms)

    def random(self, size):
        return np.array([next(self.stored) for _ in range(int(np.prod(size)))]).reshape(size)

    def integers(self, low, high=None, size=None):
        low, high = (0, low) if high is None else (low, high)
        size = np.shape(high) if size is None else size
        return low + np.floor((np.broadcast_to(high, size) - low) * self.random(size)).astype(np.int64)


LIBRARY = {"climb": "evolution:population=1:selection=plus"}  # how the library calls it, where it is another name


@pytest.mark.parametrize("name", ["asng", "sng", "reinforce", "evolution", "climb", "random"])
def test_a_method_asks_for_the_same_networks_as_the_library(script, name):
    uniforms = np.random.default_rng(3).random(20_000)
    table, rounds = KNOWN.tabular(), 300
    optimizer = Method.parse(LIBRARY.get(name, name)).make(Categorical(SIZES), Replay(uniforms))
    asked, losses = [], []
    for _ in range(rounds):
        codes = optimizer.ask()
        seen = table.observed(codes)
        optimizer.tell(codes, seen)
        asked += codes.tolist()
        losses += seen.tolist()
    found = script(
        """
        let at = 0;
        const method = ASNG.blackBox.start(name, sizes, () => uniforms[at++]), all = ASNG.known.networks(space);
        const asked = [];
        for (let i = 0; i < rounds; i++) {
          const codes = method.ask();
          method.tell(codes, codes.map((code) => observed[networks[all.index(code)]]));
          asked.push(...codes);
        }
        return [asked, method.theta ? [...method.theta] : null];
        """,
        name=name, sizes=SIZES, uniforms=uniforms.tolist(), rounds=rounds, space=known_space.space_of(KNOWN),
        networks=KNOWN.networks.tolist(), observed=KNOWN.validation_errors[:, 0].tolist(),
    )  # fmt: skip
    assert found[0] == asked
    assert len(np.unique(asked, axis=0)) > 15
    assert len(set(losses)) > 15
    if found[1] is not None:
        np.testing.assert_allclose(found[1], optimizer.theta, rtol=1e-9, atol=1e-12)


def test_a_method_meets_each_network_once_and_stops(script):
    values = {
        "space": known_space.space_of(KNOWN), "networks": KNOWN.networks.tolist(),
        "observed": KNOWN.validation_errors[:, 0].tolist(),
    }  # fmt: skip
    body = """
        const all = ASNG.known.networks(space), networkOf = (code) => networks[all.index(code)];
        const meet = (more) => ASNG.blackBox.meet("asng", all.sizes, { networkOf, observed, seed: 1, ...more });
        return [meet({ budget: 40 }), meet({ budget: 2000, patience: 50 }).length];
    """
    met, few = script(body, **values)
    assert len(set(met)) == len(met) == 40
    assert 2 <= few < 1092
    picks = script("return ASNG.blackBox.picks(met, observed, 45);", met=met, observed=values["observed"])
    seen = KNOWN.validation_errors[met, 0]
    assert [KNOWN.validation_errors[p, 0] for p in picks[:40]] == np.minimum.accumulate(seen).tolist()
    assert picks[40:] == [picks[39]] * 5
    assert script("return ASNG.blackBox.picks([], [], 3);") == []


# ---- the space


def test_a_network_is_decoded_as_by_the_library(script):
    space = known_space.space_of(KNOWN)
    cells, index, sizes = script(
        "const all = ASNG.known.networks(space); return [Array.from({ length: all.count }, (_, i) => all.cell(i)),"
        "Array.from({ length: all.count }, (_, i) => all.index(all.code(i))), all.sizes];",
        space=space,
    )
    assert sizes == SIZES
    assert len(cells) == 1092
    for cell, code in zip(cells, KNOWN.codes, strict=True):
        assert tuple(tuple(map(tuple, node)) for node in cell) == KNOWN.space.decode(code).normal
    assert KNOWN.networks[index].tolist() == list(range(1092))


def test_ranks_frontier_and_uses(script):
    sizes, errors = KNOWN.parameters.tolist(), truth.tolist()
    edge, rank, least, uses = script(
        "const K = ASNG.known, all = K.networks(space);"
        'return [K.frontier(sizes, errors), K.rankOf(errors, errors[7]), K.least(errors, 5), K.uses(all, "conv_1x1")];',
        sizes=sizes, errors=errors, space=known_space.space_of(KNOWN),
    )  # fmt: skip
    best = {size: truth[KNOWN.parameters == size].min() for size in sorted(set(sizes))}
    expected = [(size, error) for size, error in best.items() if all(error < best[s] for s in best if s < size)]
    assert [tuple(point) for point in edge] == expected
    assert rank == 1 + (truth < truth[7]).sum()
    assert least == np.argsort(truth, kind="stable")[:5].tolist()
    used = [
        sum(name == "conv_1x1" for node in KNOWN.space.decode(code).normal for _, name in node) for code in KNOWN.codes
    ]
    assert uses == used


def test_losses_that_are_not_those_of_all_networks_are_refused():
    with pytest.raises(ValueError, match="losses must have shape"):
        known_space.one_shot_truth(KNOWN, {"asng": {60: [1.0, 2.0]}})
    with pytest.raises(ValueError, match="losses must be finite"):
        known_space.one_shot_truth(KNOWN, {"asng": {60: np.full(1092, np.nan)}})
    with pytest.raises(ValueError, match=r"losses must have shape \(2, 1092\)"):
        known_space.one_shot_truth(KNOWN, {"asng": {5: np.zeros((2, 1092)), 60: np.zeros(1092)}})


# ---- in a browser


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def shown(page, name, make, *arguments, **options):
    """Open the page of a figure with the options that its Python function would give it."""
    given = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_space, "live", lambda name, **found: given.update(found))
        make(KNOWN, *arguments, **options)
    return page(name, **given)


def test_the_map_shows_what_a_network_is(page):
    page = shown(page, "network-map", known_space.network_map)
    found = summary(page)
    best = int(truth.argmin())
    assert found["selected"] == {"network": best, "error": pytest.approx(truth[best], abs=1e-5), "rank": 1}
    assert found["correlation"] == pytest.approx(float(comparisons.spearman(KNOWN.parameters, truth)), abs=1e-3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    plot = page.get_by_role("application")
    plot.press("ArrowUp")
    second = summary(page)["selected"]
    assert second["network"] == np.argsort(truth, kind="stable")[1]
    plot.press("ArrowRight")
    other = summary(page)["selected"]["network"]
    assert other != second["network"]
    assert KNOWN.parameters[other] >= KNOWN.parameters[second["network"]]
    assert "node 1 adds" in plot.get_attribute("aria-label")
    page.get_by_role("button", name="Largest").click()
    assert KNOWN.parameters[summary(page)["selected"]["network"]] == KNOWN.parameters.max()


def test_the_noise_of_one_training_and_the_lit_operation(page):
    page = shown(page, "network-map", known_space.network_map)
    page.get_by_label("with the noise of a single training").check()
    one = KNOWN.test_errors[:, 0]
    assert summary(page)["correlation"] == pytest.approx(float(comparisons.spearman(KNOWN.parameters, one)), abs=1e-3)
    page.get_by_label("highlight").select_option(label="max pool 1×3")
    cells = [KNOWN.space.decode(code).normal for code in KNOWN.codes]
    used = np.array([sum(name == "max_pool_1x3" for node in cell for _, name in node) for cell in cells])
    assert summary(page)["means"] == pytest.approx([one[used == times].mean() for times in range(5)], abs=1e-5)
    assert page.locator(".asng-counts span").count() == 5
    page.get_by_label("with the noise of a single training").uncheck()
    page.get_by_label("horizontal axis").select_option(label="error of training 3")
    others = KNOWN.test_errors[:, :2].mean(axis=1)
    expected = float(comparisons.spearman(others, KNOWN.test_errors[:, 2]))
    assert summary(page)["correlation"] == pytest.approx(expected, abs=1e-3)


def test_a_tap_chooses_the_nearest_network(page):
    page = shown(page, "network-map", known_space.network_map)
    before = summary(page)["selected"]["network"]
    box = page.get_by_role("application").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert summary(page)["selected"]["network"] != before


def test_the_reader_trains_networks_against_asng(page):
    page = shown(page, "beat-asng", known_space.beat_asng, runs=5)
    assert summary(page) == {"trainings": 0, "you": None, "methods": {}, "beaten": None, "runs": 5}
    page.get_by_label("node 1, operation 2").select_option(label="dil conv 1×5")
    page.get_by_role("button", name="Train it").click()
    network = int(KNOWN.networks[KNOWN.tabular().index([[0, 0, 0, 0, 0, 2]])[0]])
    found = summary(page)
    assert found["you"]["network"] == network
    assert found["you"]["regret"] == pytest.approx(100 * (truth[network] - truth.min()), abs=2e-3)
    assert found["you"]["rank"] == 1 + (truth < truth[network]).sum()
    assert set(found["methods"]) == {"asng", "random"}
    assert page.get_by_role("button", name="Train it").is_disabled()
    page.get_by_role("button", name="Train 10 random ones").click()
    assert summary(page)["trainings"] == 11
    page.get_by_role("tab", name="The race").click()  # the window is a phone's
    page.get_by_label("evolution").check()
    page.get_by_role("button", name="Let the machines train 100").click()
    ended = summary(page)
    assert set(ended["methods"]) == {"asng", "evolution", "random"}
    assert ended["methods"]["evolution"] < found["methods"]["asng"]
    page.locator(".asng-tried button").first.click()
    assert page.get_by_text("your least so far").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Start over").click()
    assert summary(page)["trainings"] == 0


def test_the_budget_ends(page):
    page = shown(page, "beat-asng", known_space.beat_asng, runs=3, budget=20)
    for _ in range(2):
        page.get_by_role("button", name="Train 10 random ones").click()
    assert summary(page)["trainings"] == 20
    assert page.get_by_role("button", name="Train 10 random ones").is_disabled()
    assert page.get_by_role("button", name="Train", exact=False).first.is_disabled()


def test_one_shot_losses_beside_the_truth(page):
    rng = np.random.default_rng(0)
    late, early = 2 * truth + 0.01 * rng.normal(size=1092), 2 * truth + rng.normal(size=1092)
    losses = {"asng": {60: late, 5: early}, "random": {30: early}}
    page = shown(page, "one-shot-truth", known_space.one_shot_truth, losses, labels={"asng": "ASNG"})
    found = summary(page)
    best = np.argsort(truth, kind="stable")[:109]
    assert (found["supernet"], found["epoch"]) == ("asng", 60)
    assert found["correlation"] == pytest.approx(float(comparisons.spearman(late, truth)), abs=1e-3)
    assert found["best"] == pytest.approx(float(comparisons.spearman(late[best], truth[best])), abs=5e-3)
    assert found["pick"] == {"network": int(late.argmin()), "rank": int(1 + (truth < truth[late.argmin()]).sum())}
    assert found["kept"] == len(set(np.argsort(late)[:109]) & set(best))
    page.get_by_label("epochs of the supernet").press("ArrowLeft")
    found = summary(page)
    assert found["epoch"] == 5
    assert found["correlation"] == pytest.approx(float(comparisons.spearman(early, truth)), abs=1e-3)
    page.get_by_role("button", name="The supernet’s choice").click()
    assert summary(page)["selected"] == int(early.round(3).argmin())
    page.get_by_label("supernet trained by").select_option(label="random")
    assert (summary(page)["supernet"], summary(page)["epoch"]) == ("random", 30)
    page.get_by_label("only the best tenth").check()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_track_shows_every_length_and_every_seed(page):
    rng = np.random.default_rng(1)
    losses = {
        epochs: 2 * truth + noise * rng.normal(size=(2, 1092)) for epochs, noise in ((0, 9), (5, 0.2), (40, 0.05))
    }
    again = {"all": 0.9, "best": 0.4}
    page = shown(page, "one-shot-truth", known_space.one_shot_truth, {"random": losses}, again, usual=40)
    best = np.argsort(truth, kind="stable")[:109]
    for seed in (0, 1):
        found = summary(page)
        assert (found["seed"], found["epoch"]) == (seed, 40)
        for name, those in (("all", slice(None)), ("best", best)):
            expected = [float(comparisons.spearman(of[seed][those], truth[those])) for of in losses.values()]
            assert found["curves"][name] == pytest.approx(expected, abs=0.01)
        page.get_by_role("button", name="Another seed").click()
    assert summary(page)["seed"] == 0
    track = page.get_by_role("img", name="Rank correlations with the truth")
    assert "after 40 epochs" in track.get_attribute("aria-label")
    box = track.bounding_box()
    page.mouse.click(box["x"] + 36, box["y"] + 60)
    assert summary(page)["epoch"] == 0
    slider = page.get_by_label("epochs of the supernet")
    assert slider.get_attribute("aria-valuetext") == "0"
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == "40, as in a search"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_dots_move_and_come_to_rest(moving_page):
    page = shown(moving_page, "network-map", known_space.network_map)
    picture = page.locator("canvas").first
    page.wait_for_timeout(150)
    still = picture.evaluate("canvas => canvas.toDataURL()")
    page.wait_for_timeout(300)
    assert picture.evaluate("canvas => canvas.toDataURL()") == still  # nothing moves by itself
    page.get_by_label("with the noise of a single training").check()
    page.wait_for_function("(old) => document.querySelector('canvas').toDataURL() !== old", arg=still)
    page.wait_for_timeout(1200)
    rest = picture.evaluate("canvas => canvas.toDataURL()")
    page.wait_for_timeout(200)
    assert picture.evaluate("canvas => canvas.toDataURL()") == rest != still


def test_the_curves_appear_as_the_reader_comes_to_them(page):
    rng = np.random.default_rng(1)
    losses = {epochs: truth + noise * rng.normal(size=1092) for epochs, noise in ((0, 9), (5, 0.2), (40, 0.05))}
    page = shown(page, "one-shot-truth", known_space.one_shot_truth, {"random": losses}, begin=0)
    picture = page.get_by_role("img", name="Rank correlations with the truth")
    looks = [picture.evaluate("canvas => canvas.toDataURL()")]
    assert summary(page)["epoch"] == 0
    slider = page.get_by_label("epochs of the supernet")
    for key in ("End", "Home"):
        slider.press(key)
        page.wait_for_function("old => document.querySelector('canvas').toDataURL() !== old", arg=looks[-1])
        looks.append(picture.evaluate("canvas => canvas.toDataURL()"))
    assert len(set(looks)) == 3  # back at the beginning, the curves stay
