"""The mathematics of the figure of "More samples at once" against Python, and the figure in a browser."""

import json

import numpy as np
import pytest
from figure_script import MATHEMATICS, Script

from asng_book.live import sample_sizes
from asng_book.measured import lambda_law
from asng_edu import ASNG

FOLDER = "figures/more_samples"
LAMBDAS = [2, 4, 8, 16, 32, 64]


@pytest.fixture(scope="module")
def script():
    return Script("numbers.js", *MATHEMATICS, f"{FOLDER}/law.js")


# ---- the law


def test_the_formulas_are_those_of_python(script):
    kappa, deltas, bends, seconds = script(
        """
        const L = ASNG.lambdaLaw, cost = { updates: 7, workers: 4, evaluation: 2, overhead: 0.5, phases: 2 };
        return [[2, 3, ...L.LAMBDAS, 129].map(L.agreeing), L.LAMBDAS.map((lam) => L.restingDelta(lam, 0.3, 50, 1.2)),
          [1, 0.25].map((share) => L.bend(share)),
          [1, 4, 5].map((lam) => L.wallClock({ lam, ...cost }))];
        """
    )
    np.testing.assert_allclose(kappa, [lambda_law.agreeing(lam) for lam in (2, 3, *LAMBDAS, 129)], rtol=1e-12)
    np.testing.assert_allclose(deltas, [lambda_law.resting_delta(lam, 0.3, 50, 1.2) for lam in LAMBDAS], rtol=1e-12)
    np.testing.assert_allclose(bends, [lambda_law.bend(share, 120) for share in (1, 0.25)])
    # With two phases an evaluation counts twice.
    np.testing.assert_allclose(seconds, [lambda_law.wall_clock(lam, 7, 4, 4.0, 0.5) for lam in (1, 4, 5)])


class Replay(np.random.Generator):
    """A generator that gives stored numbers."""

    def __init__(self, uniforms, normals):
        super().__init__(np.random.PCG64(0))
        self.uniforms, self.normals = iter(uniforms), iter(normals)

    def random(self, size):
        return np.array([next(self.uniforms) for _ in range(int(np.prod(size)))]).reshape(size)

    def standard_normal(self, size):
        return np.array([next(self.normals) for _ in range(size)])


@pytest.mark.parametrize(("lam", "noise"), [(2, 0.0), (6, 0.0), (4, 1.0)])
def test_a_search_takes_the_steps_of_the_library(script, lam, noise):
    rounds, rng = 60, np.random.default_rng(8)
    uniforms, normals = rng.random(rounds * lam * 30), rng.standard_normal(rounds * lam)
    box, replay = lambda_law.additive(noise), Replay(uniforms, normals)
    asng, deltas = ASNG(box.family, lam=lam, rng=replay), []
    for _ in range(rounds):
        codes = asng.ask()
        deltas.append(asng.tell(codes, box.losses(codes, replay)).delta)
    solved, found, theta = script(
        """
        const take = (list) => (n) => list.splice(0, n);
        const { trial, update } = ASNG.lambdaLaw.startSum({ lam, noise }, take(uniforms), take(normals));
        const solved = [], deltas = [];
        for (let n = 0; n < rounds; n++) { solved.push(update()); deltas.push(trial.info.delta); }
        return [solved, deltas, [...trial.theta]];
        """,
        lam=lam, noise=noise, rounds=rounds, uniforms=uniforms.tolist(), normals=normals.tolist(),
    )  # fmt: skip
    assert not any(solved)
    np.testing.assert_allclose(found, deltas, rtol=1e-9)
    np.testing.assert_allclose(theta, asng.theta, rtol=1e-8, atol=1e-12)


def test_a_search_ends_where_the_optimum_is_drawn(script):
    body = """
        const low = (n) => new Array(n).fill(0);
        const { trial, update } = ASNG.lambdaLaw.startSum({ lam: 3, noise: 1 }, low, low);
        return [update(), trial.counts[1]];
    """
    assert script(body) == [True, 0]


def test_searches_come_by_lambda_and_the_fastest_is_found(script):
    body = """
        const rows = [];
        let state;
        for (const { take } of ASNG.lambdaLaw.searches("sum", 1)) rows.push(...(take() || []));
        const cost = { evaluation: 10, overhead: 1 };
        const fastest = (workers) => ASNG.lambdaLaw.fastest(rows, { ...cost, workers });
        return [rows, fastest(1), fastest(1000)];
    """
    rows, alone, many = script(body)
    assert [row["lam"] for row in rows] == LAMBDAS
    updates = {row["lam"]: row["updates"] for row in rows}
    assert updates[2] > updates[8] > updates[64]
    deltas = {row["lam"]: row["delta"] for row in rows}
    assert deltas[2] == pytest.approx(lambda_law.resting_delta(2, 1, 120), rel=0.3)
    for workers, found in ((1, alone), (1000, many)):
        seconds = {lam: lambda_law.wall_clock(lam, count, workers, 10.0, 1.0) for lam, count in updates.items()}
        assert found == {"lam": min(seconds, key=seconds.get), "seconds": pytest.approx(min(seconds.values()))}


# ---- what the page hands over


def rows(updates=(5, None, 9)):
    return [
        {"problem": problem, "lam": lam, "trial": n, "updates": one, "delta": 0.1 * lam}
        for problem in sample_sizes.PROBLEMS.values()
        for lam in LAMBDAS
        for n, one in enumerate(updates)
    ]


def test_medians_count_what_failed_as_the_longest():
    found = sample_sizes.medians(rows(), "sum")
    assert found[4] == {"updates": 9, "delta": pytest.approx(0.4), "searches": 3}
    assert sample_sizes.medians(rows((5, None, None)), "sum")[4]["updates"] == np.inf
    with pytest.raises(ValueError, match="no searches of 'nothing'"):
        sample_sizes.medians(rows(), "nothing")


# ---- the figure


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


@pytest.fixture
def figure(page):
    measured = [
        {"problem": name, "lam": lam, "updates": 2000 / lam, "delta": 0.1 * lam}
        for name in sample_sizes.PROBLEMS
        for lam in LAMBDAS
    ]
    return page("more-samples", measured=measured)


def run(page):
    page.get_by_role("button", name="Run the searches").click()
    page.wait_for_function(
        "() => { const s = JSON.parse(document.querySelector('.asng-figure').dataset.summary);"
        " return !s.running && s.rows.length === 6; }",
        timeout=120_000,
    )
    return summary(page)


def test_nothing_runs_before_it_is_asked_for(figure):
    found = summary(figure)
    assert (found["rows"], found["running"], found["speedup"]) == ([], False, None)
    assert "Set your guess" in figure.locator(".asng-summary").text_content()
    assert figure.get_by_role("button", name="Take the fastest λ").is_disabled()


def test_the_reader_guesses_runs_and_compares(figure):
    figure.get_by_label("your guess").press("ArrowRight")
    found = run(figure)
    assert found["guess"] == 12
    assert found["speedup"] == pytest.approx(found["one"]["seconds"] / found["many"]["seconds"])
    assert 1 < found["speedup"] <= 10
    text = figure.locator(".asng-summary").text_content()
    assert "times as fast. Your guess was 12." in text
    figure.get_by_role("button", name="Take the fastest λ").click()
    assert summary(figure)["lam"] == found["many"]["lam"]
    figure.get_by_label("workers", exact=True).press("Home")
    alone = summary(figure)
    assert alone["workers"] == 1
    assert alone["speedup"] == 1
    labels = figure.locator("canvas").evaluate_all("all => all.map((node) => node.getAttribute('aria-label'))")
    assert all(labels)
    assert "λ = 64, δ ×" in labels[0]
    assert figure.evaluate("document.documentElement.scrollWidth") == 390


def test_the_same_seed_finds_the_same_and_another_does_not(figure):
    first = run(figure)["rows"]
    assert run(figure)["rows"] == first
    figure.get_by_role("button", name="Other random numbers").click()
    figure.wait_for_function("() => !JSON.parse(document.querySelector('.asng-figure').dataset.summary).running")
    assert summary(figure)["rows"] != first


def test_another_problem_begins_empty_and_ends_what_runs(figure):
    figure.get_by_label("what is searched").select_option(index=2)
    figure.get_by_role("button", name="Run the searches").click()
    figure.get_by_label("what is searched").select_option(index=0)
    found = summary(figure)
    assert (found["problem"], found["rows"], found["running"]) == ("sum", [], False)
    assert len(run(figure)["rows"]) == 6
