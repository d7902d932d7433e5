"""The compiled trial against the classes, number by number, and the pieces that only the trial has."""

import itertools
import math

import numpy as np
import pytest
from generators import seeds, short
from hypothesis import given, settings
from hypothesis import strategies as st

from asng_edu import ASNG, SNG, Adam, Categorical, SelectiveSquaredError
from asng_edu.distributions.categorical import categorical_cumulate, categorical_sample
from asng_edu.sweeps import trial
from asng_edu.sweeps.trial import (
    METHODS,
    cosine,
    differing_rows,
    make_setting,
    momentum_step,
    new_trial,
    run_trial,
    run_updates,
    streams,
)

CLASSES = {"asng": ASNG, "sng": SNG, "adam": Adam}


def stream(seed, updates, lam, dim):
    rng = np.random.default_rng(seed)
    return rng.random((updates, 2 * lam, dim)), rng.normal(size=(updates, 2, dim))


def replay(method, setting, family, x, uniforms, normals, **options):
    """Run the trial with ask-and-tell's other half, ``tell``; return the optimiser, x, v, and whether it was solved."""
    dim, k = x.shape
    problem = SelectiveSquaredError(dim, k)
    optimizer = CLASSES[method](family, setting.delta0, lam=setting.lam, **options)
    velocity, cumulative = np.zeros_like(x), np.empty((k - 1, dim))
    for t, (u, normal) in enumerate(zip(uniforms, normals, strict=True)):
        z_x, z_theta = problem.noise * normal
        c = np.empty((2 * setting.lam, dim), dtype=np.int64)
        categorical_cumulate(optimizer.theta, family.offsets, np.arange(dim), cumulative)
        categorical_sample(cumulative, u, c)
        solved = problem.solved(x, c[: setting.lam])
        gradient = problem.gradient(x, c[: setting.lam], z_x)
        momentum_step(x.ravel(), velocity.ravel(), gradient.ravel(), cosine(setting.eps_x, t, setting.max_updates))
        optimizer.tell(c[setting.lam :], problem.loss(x, c[setting.lam :], z_theta))
        if solved or problem.solved(x, c[setting.lam :]):
            return optimizer, x, velocity, True
    return optimizer, x, velocity, False


@pytest.mark.parametrize("utility", ["mean", "rank"])
@pytest.mark.parametrize("lam", [2, 4])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("delta0", "eps_x", "margin"), [(1.0, 0.05, "asng"), (0.05, 0.0005, "catcma"), (0.3, 0.01, 0.0)]
)
def test_the_compiled_trial_is_the_classes(method, lam, utility, delta0, eps_x, margin):
    dim, k = 6, 4
    options = {"dim": dim, "categories": k, "lam": lam, "utility": utility, "margin": margin, "max_updates": 400}
    setting = make_setting(method, delta0=delta0, eps_x=eps_x, **options)
    uniforms, normals = stream(47, 400, lam, dim)
    x = np.random.default_rng(48).normal(size=(dim, k)) + 1.0
    compiled = new_trial(setting, x)
    solved = run_updates(setting, compiled, uniforms, normals)
    family = Categorical(k, dim=dim, margin=margin)
    optimizer, x, velocity, solved_too = replay(method, setting, family, x.copy(), uniforms, normals, utility=utility)
    assert solved == solved_too
    assert compiled.counts[0] == optimizer.state.t
    exact = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(compiled.x, x, **exact)
    np.testing.assert_allclose(compiled.velocity, velocity, **exact)
    np.testing.assert_allclose(compiled.theta, optimizer.theta, **exact)
    if method == "asng":
        np.testing.assert_allclose(compiled.s, optimizer.state.s, **exact)
        np.testing.assert_allclose(compiled.adaptation, [optimizer.state.gamma, optimizer.state.Delta], **exact)
    if method == "adam":
        np.testing.assert_allclose(compiled.m, optimizer.state.m, **exact)
        np.testing.assert_allclose(compiled.v, optimizer.state.v, **exact)
        assert compiled.counts[1] == optimizer.state.updates


@pytest.mark.parametrize("method", METHODS)
def test_in_pieces_or_at_once(method):
    setting = make_setting(method, delta0=0.3, eps_x=0.0005, dim=5, categories=3, max_updates=200)
    uniforms, normals = stream(49, 120, 2, 5)
    x = 3.0 + np.random.default_rng(50).normal(size=(5, 3))
    whole, pieces = new_trial(setting, x), new_trial(setting, x)
    run_updates(setting, whole, uniforms, normals)
    for first, end in itertools.pairwise([0, 1, 8, 50, 120]):
        run_updates(setting, pieces, uniforms[first:end], normals[first:end])
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.counts[0] == 120


def test_a_trial_does_not_depend_on_how_many_numbers_are_drawn_at_once(monkeypatch):
    setting = make_setting("asng", delta0=1.0, eps_x=0.05, dim=6, categories=3, max_updates=3000)
    expected = [run_trial(setting, np.random.SeedSequence(i)) for i in range(8)]
    assert None not in expected
    for chunk in (1, 7, 3000):
        monkeypatch.setattr(trial, "CHUNK", chunk)
        assert [run_trial(setting, np.random.SeedSequence(i)) for i in range(8)] == expected


def test_a_trial_that_finds_nothing_ends_after_its_updates():
    setting = make_setting("sng", delta0=1e-6, eps_x=1e-9, dim=30, max_updates=300)
    assert run_trial(setting, np.random.SeedSequence(1)) is None


def test_no_solution_is_found_after_the_last_update():
    """Though random numbers are drawn for more updates than are left."""
    setting = make_setting("asng", delta0=1.0, eps_x=0.05, dim=6, categories=3, max_updates=30)
    found = [run_trial(setting, np.random.SeedSequence(i)) for i in range(60)]
    assert 10 < found.count(None) < 50
    assert max(updates for updates in found if updates is not None) <= 30


def test_a_solution_is_counted_in_the_update_that_draws_it():
    """With x = 0 and a θ that draws only category 0, the first update succeeds; with c = 0 improbable, none does."""
    setting = make_setting("sng", delta0=1e-9, eps_x=1e-9, dim=4, categories=3, margin=0.0, max_updates=100)
    start = new_trial(setting, np.zeros((4, 3)))
    uniforms, normals = stream(51, 10, 2, 4)
    assert run_updates(setting, start, 0.0 * uniforms, normals)
    assert start.counts.tolist() == [1, 0]  # all samples alike: nothing to learn
    start = new_trial(setting, np.zeros((4, 3)))
    assert not run_updates(setting, start, 0.99 + 0.0 * uniforms, normals)
    assert start.counts.tolist() == [10, 0]


@pytest.mark.parametrize("which", ["before", "after"])
def test_both_steps_samples_can_be_the_solution(which):
    setting = make_setting("sng", delta0=1e-9, eps_x=1e-9, dim=4, categories=3, max_updates=100)
    uniforms, normals = np.full((1, 4, 4), 0.99), np.zeros((1, 2, 4))
    uniforms[0, 1 if which == "before" else 3] = 0.0
    assert run_updates(setting, new_trial(setting, np.zeros((4, 3))), uniforms, normals)


def test_easy_trials_succeed_and_asng_does_so_at_every_rate():
    def success(method, delta0):
        setting = make_setting(method, delta0=delta0, eps_x=0.05, dim=8, categories=3, max_updates=5000)
        return sum(run_trial(setting, np.random.SeedSequence(i)) is not None for i in range(10))

    assert success("sng", 0.1) == 10
    assert [success("asng", d) for d in (4.0, 1.0, 1e-2, 16.0**-2)] == [10] * 4


def test_start():
    setting = make_setting("asng", delta0=1.0, eps_x=0.05)
    assert (setting.n_theta, setting.delta_max, setting.noise) == (120, math.sqrt(120), 0.2)
    x = np.ones((30, 5))
    start = new_trial(setting, x)
    assert start.x is not x
    np.testing.assert_array_equal(start.theta, 0.2)
    assert start.adaptation.tolist() == [0.0, 1.0]
    for zero in (start.velocity, start.s, start.m, start.v, start.counts):
        assert not zero.any()


@given(st.floats(1e-6, 10.0), st.integers(1, 10**6))
def test_cosine(rate, updates):
    assert cosine(rate, 0, updates) == rate
    assert cosine(rate, updates, updates) == pytest.approx(0.0, abs=1e-12 * rate)
    assert cosine(rate, 1, 2) == pytest.approx(rate / 2)
    values = [cosine(rate, t, updates) for t in range(0, updates, max(1, updates // 20))]
    assert all(a >= b for a, b in itertools.pairwise(values))


@given(seeds)
@settings(max_examples=20)
def test_momentum_step(seed):
    rng = np.random.default_rng(seed)
    x, velocity, gradient = rng.normal(size=(3, 8))
    expected = 0.9 * velocity + gradient
    moved = x - 0.03 * expected
    momentum_step(x, velocity, gradient, 0.03)
    np.testing.assert_allclose(velocity, expected, rtol=1e-14)
    np.testing.assert_allclose(x, moved, rtol=1e-14)


@given(seeds, st.integers(2, 4), st.integers(1, 9))
@settings(max_examples=50)
def test_differing_rows_are_those_on_which_not_all_samples_agree(seed, lam, dim):
    c = np.random.default_rng(seed).integers(0, 3, size=(lam, dim))
    rows = np.empty(dim, dtype=np.int64)
    count = differing_rows(c, rows)
    assert rows[:count].tolist() == np.flatnonzero((c != c[0]).any(axis=0)).tolist()


def test_rows_that_are_not_alike_are_refused():
    setting = make_setting("asng", delta0=1.0, eps_x=0.05, dim=4, categories=3)
    uniforms, normals = stream(53, 1, 2, 4)
    for field in ("pole", "margin"):
        array = getattr(setting, field).copy()
        array[-1] += 0.1
        with pytest.raises(ValueError, match=f"{field} must be the same in every row"):
            run_updates(setting._replace(**{field: array}), new_trial(setting, np.zeros((4, 3))), uniforms, normals)


def test_streams_are_apart_and_repeatable():
    one, two = streams(np.random.SeedSequence(52)), streams(np.random.SeedSequence(52))
    first = [g.random(3).tolist() for g in one]
    assert first == [g.random(3).tolist() for g in two]
    assert first[0] != first[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "asgn"}, {"method": None}, {"delta0": 0.0}, {"delta0": -1.0}, {"delta0": math.inf},
        {"delta0": math.nan}, {"delta0": "1"}, {"eps_x": 0.0}, {"eps_x": math.nan}, {"dim": 0}, {"dim": 2.0},
        {"categories": 1}, {"categories": True}, {"lam": 1}, {"lam": 2.0}, {"alpha": 0.0}, {"alpha": -1.0},
        {"margin": 0.2}, {"margin": -0.1}, {"margin": "wide"}, {"utility": "ranks"}, {"max_updates": 0},
    ],
    ids=short,
)  # fmt: skip
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must.*\.$"):
        make_setting(**{"method": "asng", "delta0": 1.0, "eps_x": 0.05, **wrong})
