"""What the engine does beyond the library: its own random numbers, recorded runs, small sweeps, and refusals."""

import numpy as np
import pytest
from figure_script import MATHEMATICS, Script

from asng_book.live import explorer, sweep_rows


@pytest.fixture(scope="module")
def script():
    return Script(*MATHEMATICS)


def draw(script, which, seed=1, stream=0, size=60_000):
    body = "return [...E.generator(seed, stream)[which](new Float64Array(size))];"
    return np.array(script(body, which=which, seed=seed, stream=stream, size=size))


def test_uniforms_are_uniform_and_independent(script):
    u = draw(script, "fillUniform")
    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert np.abs(np.histogram(u, 20, (0, 1))[0] / 3000 - 1).max() < 5 / np.sqrt(3000)
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 5 / np.sqrt(len(u))
    assert len(np.unique(u)) == len(u)  # 53 bits, not 32


def test_normals_are_normal(script):
    z = draw(script, "fillNormal")
    n = len(z)
    assert abs(z.mean()) < 5 / np.sqrt(n)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / n)
    assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / n)
    assert np.mean(np.abs(z) > 1.959964) == pytest.approx(0.05, abs=5 * np.sqrt(0.05 * 0.95 / n))


def test_a_seed_gives_the_same_numbers_and_another_one_others(script):
    first = draw(script, "fillUniform", size=1000)
    np.testing.assert_array_equal(first, draw(script, "fillUniform", size=1000))
    for other in ({"seed": 2}, {"stream": 1}):
        assert abs(np.corrcoef(first, draw(script, "fillUniform", size=1000, **other))[0, 1]) < 0.2


def test_one_by_one_and_by_the_array_are_the_same_numbers(script):
    one, many = script(
        """
        const a = E.generator(3), b = E.generator(3);
        return [Array.from({ length: 300 }, a.uniform), [...b.fillUniform(new Float64Array(300))]];
        """
    )
    assert one == many


OPTIONS = {"method": "asng", "delta0": 0.1, "eps_x": 0.05, "dim": 5, "categories": 3}


def test_a_recorded_run_is_the_run_that_is_stepped(script):
    found = script(
        """
        const run = ASNG.runNow("race", [options], 4, 300, 7)[0];
        const { trial, step } = E.startTrial(E.makeSetting(options), 4);
        let n = 0;
        while (n < run.done) { n += 1; step(); }
        const width = trial.theta.length, last = run.length - 1;
        return { run: [...run.theta.subarray(last * width, (last + 1) * width)], stepped: [...trial.theta],
          first: [...run.theta.subarray(0, width)], length: run.length, done: run.done, solved: run.solved };
        """,
        options=OPTIONS,
    )
    np.testing.assert_allclose(found["run"], found["stepped"], rtol=1e-6)
    np.testing.assert_allclose(found["first"], 1 / 3, rtol=1e-6)
    assert found["solved"] == found["done"] < 300
    assert found["length"] == -(-found["done"] // 7) + 1


def test_a_run_that_breaks_says_why_and_keeps_what_came_before(script):
    found = script(
        """
        const free = ASNG.runNow("race", [{ ...options, alpha: 0.5, delta_max: Infinity }], 1, 20000, 100)[0];
        const wild = ASNG.runNow("race", [{ ...options, eps_x: 1e9 }], 1, 20000, 100)[0];
        const finite = (theta) => [...theta].every(Number.isFinite);
        return [free, wild].map(({ broken, done, theta }) => ({ broken, done, finite: finite(theta) }));
        """,
        options={**OPTIONS, "dim": 30, "categories": 5, "eps_x": 1e-5},
    )
    assert "exceeds 2" in found[0]["broken"]
    assert "ε_x is too large" in found[1]["broken"]
    assert all(run["finite"] and run["done"] < 20000 for run in found)


def test_the_guard_keeps_the_same_run_going(script):
    body = 'return ASNG.runNow("race", [{ ...options, alpha: 0.5 }], 1, 3000, 100)[0].broken;'
    assert script(body, options=OPTIONS) is None


def test_a_sweep_counts_successes_and_quartiles(script):
    rows, single = script(
        """
        const list = ["asng", "sng"].map((method) => ({ ...options, method, give_up: 400 }));
        const rows = ASNG.runNow("sweep", list, 5, 2), updates = [];
        for (let seed = 2000; seed < 2005; seed++) updates.push(ASNG.runNow("race", [list[0]], seed, 400, 1)[0].solved);
        return [rows, updates];
        """,
        options=OPTIONS,
    )
    assert [row["method"] for row in rows] == ["asng", "sng"]
    found = [n for n in single if n is not None]
    assert rows[0]["trials"] == 5
    assert rows[0]["successes"] == len(found) > 0
    quartiles = [rows[0][name] for name in ("q25", "median_updates", "q75")]
    np.testing.assert_allclose(quartiles, np.quantile(found, [0.25, 0.5, 0.75]))


def test_a_sweep_without_success_has_no_median(script):
    row = script('return ASNG.runNow("sweep", [{ ...options, give_up: 2 }], 3, 1)[0];', options=OPTIONS | {"dim": 30})
    assert (row["successes"], row["median_updates"]) == (0, None)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"method": "sgd"}, "one of asng, sng, adam"),
        ({"delta0": 0}, "delta0"),
        ({"delta0": "1"}, "delta0"),
        ({"eps_x": -1}, "eps_x"),
        ({"alpha": 0}, "alpha"),
        ({"lam": 1}, "at least 2"),
        ({"lam": 2.5}, "whole number"),
        ({"categories": 1}, "at least 2"),
        ({"dim": 0}, "at least 1"),
        ({"margin": 0.5}, "1/K"),
        ({"margin": "wide"}, "asng, catcma, none"),
        ({"utility": "max"}, "mean, rank"),
    ],
)
def test_a_wrong_setting_is_refused_in_a_sentence(script, wrong, says):
    message = script.error("E.makeSetting(options);", options=OPTIONS | wrong)
    assert says in message
    assert message.endswith(".")


@pytest.fixture(scope="module")
def settings():
    return Script(*MATHEMATICS, "figures/explorer/settings.js")


def test_python_and_the_page_have_the_same_ranges(settings):
    found = settings("return ASNG.settings.RANGES;")
    assert {name: tuple(limits) for name, limits in found.items()} == explorer.RANGES
    defaults = settings("return ASNG.settings.DEFAULTS;")
    assert {name: defaults[name] for name in explorer.CONTROLS} == {
        name: control.default for name, control in explorer.CONTROLS.items()
    }
    assert defaults["methods"] == list(sweep_rows.METHODS)


@pytest.mark.parametrize(
    ("given", "shown", "says"),
    [
        ("delta0=0.5&lam=6", {"delta0": 0.5, "lam": 6}, None),
        ("delta0=99", {"delta0": 20}, "outside"),
        ("dim=-3", {"dim": 1}, "outside"),
        ("lam=2.6", {"lam": 3}, None),
        ("eps_x=nan", {"eps_x": 0.0005}, "must be a number"),
        ("eps_x=", {"eps_x": 0.0005}, "must be a number"),
        ("methods=asng,sgd", {"methods": ["asng"]}, "no method called sgd"),
        ("methods=", {"methods": ["asng", "sng", "adam"]}, "no method"),
        ("guard=false", {"guard": False}, None),
        ("colour=red", {"delta0": 1 / 120}, "no setting called"),
        ("constructor=1", {"delta0": 1 / 120}, "no setting called"),
    ],
)
def test_settings_of_an_address_are_brought_into_range_with_a_sentence(settings, given, shown, says):
    found = settings("return ASNG.settings.lay(ASNG.settings.DEFAULTS, ASNG.settings.read(given));", given=given)
    for name, value in shown.items():
        assert found["state"][name] == value
    assert len(found["complaints"]) == (says is not None)
    assert says is None or says in found["complaints"][0]


def test_a_written_setting_is_read_back(settings):
    back, empty = settings(
        """
        const { lay, read, write, DEFAULTS } = ASNG.settings;
        const state = { ...DEFAULTS, delta0: 0.037, methods: ["asng", "adam"], guard: false, dim: 7 };
        return [lay(DEFAULTS, read(write(state, DEFAULTS))).state, write(DEFAULTS, DEFAULTS)];
        """
    )
    assert (back["delta0"], back["methods"], back["guard"], back["dim"]) == (0.037, ["asng", "adam"], False, 7)
    assert empty == ""
