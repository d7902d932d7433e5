"""Two searches on one budget: their steps against Python, and the race in a browser."""

import itertools
import json

import numpy as np
import pytest
from figure_script import MATHEMATICS, Script

from asng_book.live import two_lanes
from asng_book.measured import lanes
from asng_book.measured.lanes import Toy

TOY = Toy.draw(0)


@pytest.fixture(scope="module")
def script():
    return Script("numbers.js", *MATHEMATICS, "figures/why_one_shot/lanes.js")


def numbers(toy):
    return {name: getattr(toy, name).tolist() for name in ("suits", "price", "pull")}


class Replay(np.random.Generator):
    """A generator that gives stored uniforms."""

    def __init__(self, uniforms):
        super().__init__(np.random.PCG64(0))
        self.stored = iter(uniforms)

    def random(self, size=None):
        if size is None:
            return next(self.stored)
        return np.array([next(self.stored) for _ in range(int(np.prod(size)))]).reshape(size)


# ---- the toy


@pytest.mark.parametrize("conflict", [0.0, 1.5])
def test_a_step_leads_down_the_loss(conflict):
    toy, code, rng = Toy.draw(1, conflict), (3, 0, 4, 1), np.random.default_rng(2)
    x = rng.normal(size=toy.suits.shape)
    moved, slope = x.copy(), np.zeros_like(x)
    toy.step(moved, code)
    for place in np.ndindex(x.shape):
        apart = np.zeros_like(x)
        apart[place] = 1e-6
        slope[place] = (toy.loss(x + apart, code) - toy.loss(x - apart, code)) / 2e-6
    np.testing.assert_allclose(moved, x - lanes.RATE * slope, atol=1e-8)


@pytest.mark.parametrize("conflict", [0.0, 1.5])
def test_trained_alone_to_the_end_a_network_costs_its_prices(conflict):
    toy, code = Toy.draw(1, conflict), (3, 0, 4, 1)
    x = np.zeros(toy.suits.shape)
    for _ in range(200):
        toy.step(x, code)
    assert toy.loss(x, code) == pytest.approx(toy.truth(code)) == toy.price[range(4), code].sum()


def test_the_toy_of_the_script_is_that_of_python(script):
    toy = Toy.draw(3, 0.7)
    codes = toy.codes()
    x = np.random.default_rng(4).normal(size=toy.suits.shape)
    found = script(
        """
        const toy = ASNG.lanes.makeToy(numbers, conflict);
        const weights = Float64Array.from(x.flat()), moved = weights.slice();
        const code = toy.code(123);
        toy.step(moved, code);
        return { truth: [...toy.truth], codes: [...toy.truth.keys()].map(toy.code), loss: toy.loss(weights, code),
          moved: [...moved], index: toy.index(code),
          ranks: [0, 123, 624].map((network) => ASNG.lanes.rankOf(toy, network)) };
        """,
        numbers=numbers(toy), conflict=toy.conflict, x=x.tolist(),
    )  # fmt: skip
    moved = x.copy()
    toy.step(moved, codes[123])
    assert [tuple(code) for code in found["codes"]] == codes
    assert found["index"] == 123
    assert found["loss"] == pytest.approx(toy.loss(x, codes[123]))
    assert found["truth"] == pytest.approx([toy.truth(code) for code in codes])
    assert found["moved"] == pytest.approx(moved.ravel().tolist())
    assert found["ranks"] == [toy.rank(codes[n]) for n in (0, 123, 624)]


# ---- the lanes


@pytest.mark.parametrize(("training", "conflict"), [(1, 0.0), (7, 0.5), (40, 2.0)])
def test_networks_are_trained_alone_as_in_python(script, training, conflict):
    toy, uniforms, count = Toy.draw(0, conflict), np.random.default_rng(5).random(700), 60
    expected = list(itertools.islice(lanes.two_levels(toy, training, Replay(uniforms)), count))
    believed, judged, favourite = script(
        """
        let at = 0;
        const toy = ASNG.lanes.makeToy(numbers, conflict);
        const lane = ASNG.lanes.twoLevels(toy, training, () => uniforms[at++]);
        for (let i = 0; i < (count * training) / ASNG.lanes.STEPS; i++) lane.advance();
        return [[...lane.finds.believed], lane.finds.judged, toy.code(lane.finds.favourite)];
        """,
        numbers=numbers(toy), conflict=conflict, uniforms=uniforms.tolist(), training=training, count=count,
    )  # fmt: skip
    places = {code: place for place, code in enumerate(toy.codes())}
    assert judged == len(expected) == count
    for code, loss in expected:
        assert believed[places[code]] == pytest.approx(loss)
    assert sum(value is not None for value in believed) == count
    assert tuple(favourite) == min(expected, key=lambda found: found[1])[0]


@pytest.mark.parametrize("conflict", [0.0, 1.5])
def test_shared_weights_and_theta_take_the_steps_of_the_library(script, conflict):
    toy, turns = Toy.draw(0, conflict), 120
    uniforms = np.random.default_rng(6).random(turns * 4 * 4)
    expected = list(itertools.islice(lanes.one_shot(toy, Replay(uniforms)), turns))
    theta, believed, favourite = script(
        """
        let at = 0;
        const toy = ASNG.lanes.makeToy(numbers, conflict), lane = ASNG.lanes.oneShot(toy, () => uniforms[at++]);
        for (let i = 0; i < turns; i++) lane.advance();
        return [[...lane.theta], [...lane.finds.believed], toy.code(lane.finds.favourite)];
        """,
        numbers=numbers(toy), conflict=conflict, uniforms=uniforms.tolist(), turns=turns,
    )  # fmt: skip
    asng = expected[-1][0]
    heard = {code: loss for _, judged in expected for code, loss in judged}
    np.testing.assert_allclose(theta, asng.theta, rtol=1e-9, atol=1e-12)
    assert favourite == asng.mode().tolist()
    for code, value in zip(toy.codes(), believed, strict=True):
        assert value == (pytest.approx(heard[code]) if code in heard else None)
    assert 50 < len(heard) < 240


def test_both_lanes_stop_at_the_budget():
    counts = {}
    for training, steps in ((60, 600), (200, 100)):
        two, one = lanes.favourites(TOY, training, steps, seed=1)
        counts[training] = TOY.rank(two), TOY.rank(one)
    rng = np.random.default_rng([1, 1])
    ten = list(itertools.islice(lanes.two_levels(TOY, 60, rng), 10))
    assert counts[60][0] == TOY.rank(min(ten, key=lambda found: found[1])[0])


def test_the_ranks_of_a_race_are_those_of_its_favourites(script):
    two, one = script(
        """
        const options = { training: 10, conflict: 0.5, seed: 3 }, found = ASNG.lanes.ranks(numbers, options, 40);
        const race = ASNG.lanes.start(numbers, options), stepped = { two: [], one: [] };
        const rank = (lane) => ASNG.lanes.rankOf(race.toy, race.lanes[lane].finds.favourite);
        for (let i = 0; i < 40; i++) {
          race.advance();
          for (const lane of ["two", "one"]) stepped[lane].push(rank(lane));
        }
        return ["two", "one"].map((lane) => [found[lane], [null, ...stepped[lane]]]);
        """,
        numbers=numbers(TOY),
    )  # fmt: skip
    assert two[0] == two[1]
    assert one[0] == one[1]
    assert two[0].index(next(filter(None, two[0]))) == 10 / 2  # steps of a training, of a position


def test_a_map_has_the_best_network_in_its_corner(script):
    rows, columns = script(
        "const { rows, columns } = ASNG.lanes.byTruth(numbers); return [rows, columns];", numbers=numbers(TOY)
    )
    truth = np.array([TOY.truth(code) for code in TOY.codes()]).reshape(25, 25)
    placed = np.empty_like(truth)
    placed[np.ix_(rows, columns)] = truth
    assert (np.diff(placed, axis=0) >= 0).all()
    assert (np.diff(placed, axis=1) >= 0).all()


# ---- in a browser


def summary(opened):
    return json.loads(opened.locator(".asng-figure").get_attribute("data-summary"))


@pytest.fixture
def race(page):
    """Return a function that opens the figure with the options that its Python function would give it."""

    def show(open_page=page, **options):
        given = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(two_lanes, "live", lambda name, **found: given.update(found))
            two_lanes.two_lanes(TOY, **options)
        return open_page("two-lanes", **given)

    return show


def test_the_budget_buys_few_trainings_or_many_looks(race):
    opened = race()
    found = summary(opened)
    assert (found["steps"], found["training"], found["two"]["judged"]) == (600, 60, 10)
    assert found["one"]["judged"] > 10 * found["two"]["judged"]
    assert found["one"]["rank"] < found["two"]["rank"]
    assert opened.evaluate("document.documentElement.scrollWidth") == 390
    opened.get_by_label("steps of each training").press("Home")
    short = summary(opened)
    assert (short["training"], short["two"]["judged"]) == (1, 600)
    assert short["one"] == found["one"]


def test_where_networks_disagree_shared_weights_see_other_losses(race):
    opened = race()
    agreed = summary(opened)
    opened.get_by_label("disagreement").press("End")
    found = summary(opened)
    assert found["conflict"] == 2
    assert found["two"] == {**agreed["two"], "believed": pytest.approx(agreed["two"]["believed"], abs=1e-3)}
    truth = sorted(TOY.truth(code) for code in TOY.codes())
    assert agreed["one"]["believed"] == pytest.approx(truth[agreed["one"]["rank"] - 1], abs=0.05)
    assert found["one"]["believed"] > truth[found["one"]["rank"] - 1] + 0.3


def test_a_race_is_stepped_through_and_begun_anew(race):
    opened = race()
    ended = summary(opened)
    scrub = opened.get_by_label("steps so far")
    scrub.press("Home")
    assert summary(opened)["two"] == {"judged": 0, "favourite": None, "rank": None, "believed": None}
    opened.get_by_role("button", name="Step").click()
    first = summary(opened)
    assert (first["steps"], first["two"]["judged"], first["one"]["judged"]) == (2, 0, 2)
    opened.get_by_role("button", name="Play").click()  # nothing may move here, so it goes to the end
    assert summary(opened) == ended
    opened.get_by_role("button", name="Other random numbers").click()
    other = summary(opened)
    assert other["seed"] == ended["seed"] + 1
    assert other["two"]["favourite"] != ended["two"]["favourite"]
    before = opened.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")
    opened.get_by_label("show the networks as they are in truth").check()
    opened.wait_for_function("(old) => document.querySelector('canvas').toDataURL() !== old", arg=before)


def test_a_race_can_be_watched_and_paused(race, moving_page):
    opened = race(moving_page)
    opened.wait_for_timeout(300)
    assert summary(opened)["steps"] == 600
    opened.get_by_role("button", name="Play").click()
    opened.wait_for_function("JSON.parse(document.querySelector('.asng-figure').dataset.summary).steps < 500")
    opened.get_by_role("button", name="Pause").click()
    stopped = summary(opened)
    opened.wait_for_timeout(200)
    assert summary(opened) == stopped
