"""A penalty in closed form: the natural gradient of a sum's expectation, and what it does to a step."""

import itertools
import json
import pickle

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from generators import ALGORITHMS, FAMILIES, all_samples, as_text, discrete, random_theta, seeds, size_of, tangent_basis
from hypothesis import given

from asng_edu import ASNG, SNG, Bernoulli, Categorical, Gaussian, Product
from asng_edu.optimizers.natural_gradient import estimate, expected_share
from asng_edu.optimizers.registry import Method

WITH_COSTS = ("bernoulli", "ragged", "last pole", "no margin")


def prices_of(family, seed=0):
    return np.random.default_rng(seed).normal(size=family.n_stats)


# ---- the closed form


@given(discrete, seeds)
def test_it_is_the_covariance_of_the_statistics(family, seed):
    rng = np.random.default_rng(seed)
    theta, v = random_theta(family, rng), rng.normal(size=family.n_stats)
    samples = all_samples(family)
    stats, p = family.statistics(samples), np.exp(family.log_likelihood(theta, samples))
    expected = (p * (stats @ v)) @ (stats - theta)  # Σ p(c) r(c) (T(c) − θ): the natural gradient of any r
    np.testing.assert_allclose(family.inverse_fisher(theta, v), expected, atol=1e-12)


@given(discrete, seeds)
def test_it_solves_the_equation_of_the_fisher_matrix(family, seed):
    rng = np.random.default_rng(seed)
    theta, v = random_theta(family, rng), rng.normal(size=family.n_stats)
    found = family.inverse_fisher(theta, v)
    slope = tangent_basis(family).T @ v  # of vᵀθ, in the coordinates of F
    np.testing.assert_allclose(family.fisher(theta) @ family.minimal(found), slope, rtol=1e-7, atol=1e-9)
    assert found @ v >= -1e-15  # it points uphill


@given(seeds)
def test_it_agrees_with_automatic_differentiation_of_the_expected_cost(seed):
    """Autograd's gradient of E[r] by the free probabilities, times the inverse of F."""
    family, rng = Categorical([3, 2]), np.random.default_rng(seed)
    theta, v = random_theta(family, rng, least=0.01), rng.normal(size=family.n_stats)
    samples = all_samples(family)
    costs = family.statistics(samples) @ v

    def expected_cost(free):
        rows = [anp.append(free[:2], 1 - anp.sum(free[:2])), anp.append(free[2:], 1 - free[2])]
        return sum(cost * rows[0][a] * rows[1][b] for cost, (a, b) in zip(costs, samples, strict=True))

    direction = np.linalg.solve(family.fisher(theta), grad(expected_cost)(family.minimal(theta)))
    np.testing.assert_allclose(family.minimal(family.inverse_fisher(theta, v)), direction, rtol=1e-7, atol=1e-9)


def test_it_is_what_samples_say_on_average():
    family, rng = Product(Categorical([3, 2]), Bernoulli(2)), np.random.default_rng(1)
    theta, v = random_theta(family, rng, least=0.05), rng.normal(size=family.n_stats)
    stats = family.statistics(family.sample(theta, rng, 200_000))
    each = (stats @ v)[:, None] * (stats - theta)
    error = np.abs(each.mean(axis=0) - family.inverse_fisher(theta, v))
    assert (error < 5 * each.std(axis=0) / len(each) ** 0.5).all()


@given(seeds)
def test_a_bit_is_a_choice_of_two(seed):
    bits, choices, rng = Bernoulli(3), Categorical(2, dim=3), np.random.default_rng(seed)
    theta, price = rng.uniform(0.01, 0.99, 3), rng.normal(size=3)
    rows = [np.stack(columns, axis=1).ravel() for columns in ((1 - theta, theta), (0 * price, price))]
    pairs = choices.inverse_fisher(*rows)
    np.testing.assert_allclose(pairs[1::2], bits.inverse_fisher(theta, price), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(pairs[::2], -pairs[1::2], rtol=1e-12, atol=1e-15)


def test_a_price_that_all_options_share_moves_nothing():
    family = Categorical([3, 4])
    theta = random_theta(family, np.random.default_rng(0))
    np.testing.assert_allclose(family.inverse_fisher(theta, np.repeat([2.0, -5.0], [3, 4])), 0.0, atol=1e-15)


def test_numbers_have_no_closed_form_unless_they_are_free():
    family = Product(Categorical(3), Gaussian(1))
    theta = family.initial_theta()
    free = np.array([1.0, 0.0, 2.0, 0.0, 0.0])
    assert family.inverse_fisher(theta, free)[3:].tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="only categories and bits have costs in closed form"):
        family.inverse_fisher(theta, np.ones(5))
    with pytest.raises(ValueError, match="only categories and bits have costs in closed form"):
        ASNG(family, penalty=np.ones(5))


# ---- the estimate


@pytest.mark.parametrize("lam", [2, 3])
def test_closed_form_and_sampled_penalty_have_one_expectation(lam):
    """By going through all draws of λ samples, (E5)."""
    family, rng = Product(Categorical([3]), Bernoulli(1)), np.random.default_rng(2)
    theta, price = random_theta(family, rng, least=0.05), rng.normal(size=family.n_stats)
    samples = all_samples(family)
    stats, p = family.statistics(samples), np.exp(family.log_likelihood(theta, samples))
    losses, costs = rng.normal(size=len(p)), stats @ price
    closed, sampled = np.zeros(len(theta)), np.zeros(len(theta))
    for drawn in map(list, itertools.product(range(len(p)), repeat=lam)):
        weight = p[drawn].prod()
        closed += weight * estimate(family, theta, stats[drawn], losses[drawn], "mean", price).G
        sampled += weight * estimate(family, theta, stats[drawn], (losses + costs)[drawn], "mean").G
    np.testing.assert_allclose(closed, sampled, atol=1e-12)
    assert np.abs(sampled).max() > 0.01
    assert expected_share("mean", lam) == 1 - 1 / lam
    assert expected_share("rank", lam) == 1.0


def test_norm_and_white_are_of_the_whole_estimate():
    family = Categorical([3, 2])
    theta, stats = family.initial_theta(), np.eye(5)[[0, 1]] + np.eye(5)[[3, 3]]
    found = estimate(family, theta, stats, np.array([1.0, 2.0]), "mean", prices_of(family))
    plain = estimate(family, theta, stats, np.array([1.0, 2.0]), "mean")
    np.testing.assert_allclose(found.white, family.fisher_sqrt(theta, found.G))
    assert found.norm == pytest.approx(family.fisher_norm(theta, found.G))
    assert found.norm != pytest.approx(plain.norm)
    np.testing.assert_allclose(found.G, plain.G - 0.5 * family.inverse_fisher(theta, prices_of(family)))


# ---- the optimisers


def trajectory(optimizer, updates=30):
    thetas = []
    for _ in range(updates):
        samples = optimizer.ask()
        optimizer.tell(samples, optimizer.rng.normal(size=size_of(samples)))
        thetas.append(optimizer.theta.copy())
    return np.array(thetas)


@pytest.mark.parametrize("name", WITH_COSTS)
@pytest.mark.parametrize("method", ALGORITHMS)
def test_a_price_of_zero_is_none_to_the_last_bit(method, name):
    make, family = ALGORITHMS[method], FAMILIES[name]
    free, none = make(family, rng=1, penalty=np.zeros(family.n_stats)), make(family, rng=1)
    np.testing.assert_array_equal(trajectory(free), trajectory(none))
    assert as_text(free.state_dict()) == as_text(none.state_dict())
    assert "penalty" not in none.state_dict()["settings"]


@pytest.mark.parametrize("name", WITH_COSTS)
@pytest.mark.parametrize("method", ALGORITHMS)
def test_it_goes_on_bit_for_bit(method, name):
    make, family = ALGORITHMS[method], FAMILIES[name]
    first = make(family, rng=1, penalty=prices_of(family))
    trajectory(first, 5)
    saved, pickled = json.loads(as_text(first.state_dict())), pickle.dumps(first)
    expected = trajectory(first)
    again = make(family, rng=2, penalty=prices_of(family))
    again.load_state_dict(saved)
    np.testing.assert_array_equal(trajectory(again), expected)
    np.testing.assert_array_equal(trajectory(pickle.loads(pickled)), expected)
    for other in (make(family, rng=1), make(family, rng=1, penalty=2 * prices_of(family))):
        with pytest.raises(ValueError, match="another settings"):
            other.load_state_dict(saved)


def test_the_price_decides_where_the_loss_does_not():
    """Only bit 0 matters to the loss; bit 1 costs something and is switched off."""
    family = Bernoulli(2, margin=0.05)
    sng = SNG(family, epsilon=0.5, lam=4, penalty=[0.1, 0.1], seed=0)
    for _ in range(600):
        samples = sng.ask()
        sng.tell(samples, 1.0 - samples[:, 0])
    assert sng.mode().tolist() == [1, 0]
    assert sng.best_loss == 0.0  # without the penalty


def test_equal_losses_leave_the_word_to_the_price_and_failures_to_nobody():
    family = Bernoulli(2)
    asng = ASNG(family, penalty=[1.0, 0.0], seed=0)
    samples = np.array([[0, 1], [1, 0]])
    info = asng.tell(samples, [0.3, 0.3])
    assert info.updated
    assert asng.theta[0] < 0.5
    assert asng.theta[1] == 0.5
    assert info.utility.tolist() == [0.0, 0.0]
    before = asng.theta.copy()
    failed = asng.tell(samples, [np.nan, np.inf], nan="worst")
    assert not failed.updated
    np.testing.assert_array_equal(asng.theta, before)
    stuck = SNG(Bernoulli(1, margin="none"), 0.1, penalty=[1.0], theta=[0.0])
    assert not stuck.tell([[0], [0]], [0.5, 0.5]).updated  # no way is cheaper


def test_with_one_bit_and_a_normalised_step_any_price_wins():
    """Two draws agree in at least half of all cases, and then the price has the whole step: (E6)."""
    theta, price, gain = np.array([0.5]), np.array([1e-3]), 1.0
    family, mean = Bernoulli(1), 0.0
    for pair in itertools.product([0, 1], repeat=2):
        drawn = np.array(pair)[:, None]
        found = estimate(family, theta, family.statistics(drawn), -gain * drawn[:, 0], "mean", price)
        mean += found.G[0] / found.norm / 4
    assert mean == pytest.approx(0.0, abs=1e-12)  # although the gain is a thousand times the price


@pytest.mark.parametrize("penalty", [[1.0], [np.nan, 0.0, 0.0], "dear", np.ones((3, 1))])
def test_bad_penalties_are_refused(penalty):
    with pytest.raises(ValueError, match="penalty must"):
        ASNG(Categorical(3), penalty=penalty)


def test_a_penalty_is_no_option_of_a_text():
    with pytest.raises(ValueError, match="an option of asng must be one of"):
        Method.parse("asng:penalty=1")
    shown = repr(ASNG(Categorical(3), penalty=[0.0, 1.0, 2.0]))
    assert "penalty=[0.0, 1.0, 2.0]" in shown


@given(seeds)
def test_permuted_bits_with_permuted_prices_give_permuted_steps(seed):
    family, rng = Bernoulli(5), np.random.default_rng(seed)
    order = rng.permutation(family.dim)
    theta, prices = random_theta(family, rng), rng.normal(size=family.dim)
    np.testing.assert_array_equal(
        family.inverse_fisher(theta, prices)[order], family.inverse_fisher(theta[order], prices[order])
    )
