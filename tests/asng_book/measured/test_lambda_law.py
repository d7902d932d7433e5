"""The law of λ: its formulas against simulation, and the searches against the library that they run."""

import math

import numpy as np
import pytest

from asng_book.measured import lambda_law
from asng_edu.problems.tabular import Tabular
from asng_edu.sweeps.trial import make_setting, run_trial


@pytest.mark.parametrize("lam", [2, 3, 4, 8, 64])
def test_agreeing_is_the_squared_mean_length_of_normal_losses_about_their_mean(lam):
    losses = np.random.default_rng(0).standard_normal((40_000, lam))
    roots = np.sqrt(((losses - losses.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    assert lambda_law.agreeing(lam) == pytest.approx(roots.mean() ** 2, rel=0.02)


def test_agreeing_is_nearly_three_halves_less_than_lambda():
    assert lambda_law.agreeing(2) == pytest.approx(2 / math.pi)
    for lam in (4, 16, 64, 1000):
        assert lambda_law.agreeing(lam) == pytest.approx(lam - 1.5, abs=0.1)
    with pytest.raises(ValueError, match="λ"):
        lambda_law.agreeing(1)


@pytest.mark.parametrize("alpha", [1.2, 1.5, 3.0])
def test_the_resting_delta_has_the_signal_that_the_adaptation_asks_for(alpha):
    """(S2) of chapter *The step size that adapts*, put back in."""
    for lam in (2, 8, 64):
        rho, beta = lambda_law.signal(lam, 0.7, 50), lambda_law.resting_delta(lam, 0.7, 50, alpha) / math.sqrt(50)
        assert rho / (1 + rho) == pytest.approx((alpha - 1) * beta / (2 * (1 - beta)))


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_delta_is_half_of_its_greatest_at_the_bend(share):
    n_theta = 400
    lam = round(lambda_law.bend(share, n_theta))
    greatest = lambda_law.resting_delta(100_000_000, share, n_theta)
    assert greatest == pytest.approx(0.8 * math.sqrt(n_theta), rel=1e-4)
    assert lambda_law.resting_delta(lam, share, n_theta) == pytest.approx(greatest / 2, rel=0.01)


@pytest.mark.parametrize(("noise", "lam"), [(0.0, 8), (1.0, 32)])
def test_delta_rests_where_the_formula_says(noise, lam):
    box = lambda_law.additive(noise)
    expected = lambda_law.resting_delta(lam, 1 / (1 + noise**2), box.family.n_theta)
    assert lambda_law.rest(box, lam, seed=1, updates=1500) == pytest.approx(expected, rel=0.12)


def test_noise_is_as_large_as_it_says():
    rng = np.random.default_rng(0)
    codes = rng.integers(5, size=(40_000, 30))
    spread = {noise: lambda_law.additive(noise).losses(codes, rng).std() for noise in (0.0, 1.0)}
    assert spread[1.0] / spread[0.0] == pytest.approx(math.sqrt(2), rel=0.02)


def test_a_search_ends_with_the_batch_that_has_the_optimum():
    box = lambda_law.additive(dim=4, categories=3)
    found = lambda_law.search(box, 4, 0, 4000)
    assert 1 <= found.updates <= 1000
    assert found.largest >= found.delta > 0
    assert lambda_law.search(box, 4, 0, 4 * found.updates).updates == found.updates
    assert lambda_law.search(box, 4, 0, 4 * found.updates - 1).updates is None


def test_a_table_is_searched_by_what_was_observed_and_judged_by_the_truth():
    table = Tabular([2, 2], [0.0, 1.0, 2.0, 3.0], observed=[3.0, 2.0, 1.0, 0.0])
    box = lambda_law.tabulated(table)
    codes = table.codes(np.arange(4))
    assert box.losses(codes, None).tolist() == [3.0, 2.0, 1.0, 0.0]
    assert box.is_best(codes).tolist() == [True, False, False, False]


@pytest.mark.parametrize("lam", [2, 5])
def test_a_trial_of_the_toy_is_that_of_the_sweep(lam):
    setting = make_setting("asng", delta0=1.0, eps_x=0.05, lam=lam, max_updates=1500)
    for trial in range(4):
        expected = run_trial(setting, np.random.SeedSequence([3, trial]))
        found = lambda_law.toy(lam, 0.05, np.random.SeedSequence([3, trial]), max_updates=1500)
        assert found.updates == expected
        assert 0 < found.delta <= found.largest <= math.sqrt(120)


def test_an_update_waits_for_its_last_round():
    last = [lambda_law.wall_clock(lam, 10, workers=4, evaluation=2.0, overhead=0.5) for lam in (1, 4, 5, 8)]
    assert last == [25.0, 25.0, 45.0, 45.0]
