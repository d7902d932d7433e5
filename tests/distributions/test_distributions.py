"""Each family against scipy.stats, its own samples, and what the projection promises."""

import numpy as np
import pytest
from generators import (
    FAMILIES,
    all_samples,
    categoricals,
    discrete,
    families,
    margins,
    parts_of,
    random_theta,
    seeds,
    size_of,
    take,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from asng_edu import Bernoulli, Categorical, Gaussian, Integer, Product, Real
from asng_edu.distributions.margins import smallest_probability


@pytest.fixture(params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


# ------------------------------------------------------------------------------------------------ the interface


@given(families, seeds)
def test_shapes_and_types(family, seed):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng)
    samples = family.sample(theta, rng, 5)
    assert size_of(samples) == 5
    assert size_of(family.check_samples(samples)) == 5
    assert len(family.decode(samples)) == 5
    assert family.statistics(samples).shape == (5, family.n_stats)
    assert family.log_likelihood(theta, samples).shape == (5,)
    assert family.fisher(theta).shape == (family.n_theta, family.n_theta)
    assert family.minimal(theta).shape == (family.n_theta,)
    assert family.minimal(family.statistics(samples)).shape == (5, family.n_theta)
    assert family.fisher_sqrt(theta, theta - theta).tolist() == [0.0] * family.n_stats
    np.testing.assert_array_equal(family.natural_gradient(theta, samples), family.statistics(samples) - theta)
    np.testing.assert_array_equal(family.check_theta(theta.tolist()), theta)
    family.check_theta(family.initial_theta())


@given(families)
def test_repr_makes_the_same_family_again(family):
    again = eval(repr(family), {k.__name__: k for k in (Bernoulli, Categorical, Gaussian, Integer, Product, Real)})
    assert repr(again) == repr(family)
    np.testing.assert_array_equal(again.initial_theta(), family.initial_theta())
    theta = random_theta(family, np.random.default_rng(0), least=1e-9)
    np.testing.assert_array_equal(again.project(theta), family.project(theta))


def test_margins_of_numpy_numbers_print_like_numbers():
    assert repr(Categorical(np.int64(3), np.int64(2), margin=np.float64(0.1))) == repr(
        Categorical(3, dim=2, margin=0.1)
    )
    assert repr(Bernoulli(np.int32(2), margin=np.float64(0.1))) == repr(Bernoulli(2, margin=0.1))


@given(discrete, seeds)
def test_probabilities_add_up_and_the_mode_is_the_most_probable(family, seed):
    theta = random_theta(family, np.random.default_rng(seed))
    samples = all_samples(family)
    ln_p = family.log_likelihood(theta, samples)
    assert np.exp(ln_p).sum() == pytest.approx(1.0, abs=1e-12)
    assert family.entropy(theta) == pytest.approx(-np.sum(np.exp(ln_p) * ln_p), rel=1e-10)
    mode = family.mode(theta)
    one = tuple(m[None] for m in mode) if isinstance(mode, tuple) else mode[None]
    assert family.log_likelihood(theta, one)[0] == pytest.approx(ln_p.max(), abs=1e-12)


@given(discrete, seeds)
def test_kl_of_discrete_families(family, seed):
    rng = np.random.default_rng(seed)
    p, q = random_theta(family, rng), random_theta(family, rng)
    ln_p, ln_q = (family.log_likelihood(t, all_samples(family)) for t in (p, q))
    assert family.kl(p, q) == pytest.approx(stats.entropy(np.exp(ln_p), np.exp(ln_q)), rel=1e-8, abs=1e-12)
    assert family.kl(p, p) == pytest.approx(0.0, abs=1e-12)


@given(families, seeds)
def test_kl_is_positive(family, seed):
    rng = np.random.default_rng(seed)
    p, q = random_theta(family, rng), random_theta(family, rng)
    assert family.kl(p, q) > 0


def test_probability_zero_is_no_accident():
    for family, p, q in [
        (Categorical(3), [0.5, 0.5, 0.0], [1 / 3] * 3),
        (Bernoulli(2), [1.0, 0.0], [0.5, 0.5]),
    ]:
        p, q = np.array(p), np.array(q)
        assert np.isfinite(family.entropy(p))
        assert np.isfinite(family.kl(p, q))
        assert family.kl(q, p) == np.inf
        assert family.log_likelihood(p, all_samples(family)).min() == -np.inf


# ------------------------------------------------------------------------------------------------ each family


@given(st.integers(1, 6), seeds)
def test_bernoulli_against_scipy(dim, seed):
    rng = np.random.default_rng(seed)
    family = Bernoulli(dim)
    theta = random_theta(family, rng)
    samples = family.sample(theta, rng, 4)
    np.testing.assert_allclose(
        family.log_likelihood(theta, samples), stats.bernoulli.logpmf(samples, theta).sum(axis=1), rtol=1e-10
    )
    assert family.entropy(theta) == pytest.approx(stats.bernoulli.entropy(theta).sum(), rel=1e-10)


@given(categoricals, seeds)
def test_categorical_against_scipy(family, seed):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng)
    samples = family.sample(theta, rng, 4)
    expected = np.zeros(4)
    for i, row in enumerate(family.rows(theta)):
        row = row / row.sum()
        one_hot = np.eye(len(row), dtype=int)[samples[:, i]]
        expected += stats.multinomial.logpmf(one_hot, 1, row)
    np.testing.assert_allclose(family.log_likelihood(theta, samples), expected, rtol=1e-8)
    assert family.entropy(theta) == pytest.approx(sum(stats.entropy(row) for row in family.rows(theta)), rel=1e-10)
    for i, t in enumerate(family.rows(family.statistics(samples)[0])):
        assert t.tolist() == [float(k == samples[0, i]) for k in range(family.categories[i])]


@settings(max_examples=8)
@given(st.integers(1, 4), seeds)
def test_gaussian_against_scipy(dim, seed):
    rng = np.random.default_rng(seed)
    family = Gaussian(dim)
    theta, other = random_theta(family, rng), random_theta(family, rng)
    mu, sigma = theta[:dim], np.sqrt(theta[dim:] - theta[:dim] ** 2)
    samples = family.sample(theta, rng, 4)
    np.testing.assert_allclose(
        family.log_likelihood(theta, samples), stats.norm.logpdf(samples, mu, sigma).sum(axis=1), rtol=1e-9
    )
    assert family.entropy(theta) == pytest.approx(stats.norm.entropy(mu, sigma).sum(), rel=1e-9)
    mu2, sigma2 = other[:dim], np.sqrt(other[dim:] - other[:dim] ** 2)
    kl = sum(
        stats.norm.expect(
            lambda x, i=i: stats.norm.logpdf(x, mu[i], sigma[i]) - stats.norm.logpdf(x, mu2[i], sigma2[i]),
            loc=mu[i],
            scale=sigma[i],
        )
        for i in range(dim)
    )
    assert family.kl(theta, other) == pytest.approx(kl, rel=1e-6)


@given(families, families, seeds)
def test_a_product_is_its_parts(first, second, seed):
    rng = np.random.default_rng(seed)
    family = Product(first, second)
    a, b = random_theta(first, rng), random_theta(second, rng)
    a2, b2 = random_theta(first, rng), random_theta(second, rng)
    v, w = rng.normal(size=first.n_stats), rng.normal(size=second.n_stats)
    theta, other = np.concatenate([a, b]), np.concatenate([a2, b2])
    samples = family.sample(theta, rng, 3)
    assert family.n_theta == first.n_theta + second.n_theta
    np.testing.assert_array_equal(
        family.statistics(samples), np.hstack([first.statistics(samples[0]), second.statistics(samples[1])])
    )
    np.testing.assert_array_equal(
        family.fisher_sqrt(theta, np.concatenate([v, w])),
        np.concatenate([first.fisher_sqrt(a, v), second.fisher_sqrt(b, w)]),
    )
    np.testing.assert_array_equal(family.project(theta), np.concatenate([first.project(a), second.project(b)]))
    assert family.entropy(theta) == pytest.approx(first.entropy(a) + second.entropy(b), rel=1e-12)
    assert family.kl(theta, other) == pytest.approx(first.kl(a, a2) + second.kl(b, b2), rel=1e-12)
    np.testing.assert_allclose(
        family.log_likelihood(theta, samples),
        first.log_likelihood(a, samples[0]) + second.log_likelihood(b, samples[1]),
        rtol=1e-12,
    )
    parts = zip(first.decode(samples[0]), second.decode(samples[1]), strict=True)
    assert repr(family.decode(samples)) == repr(list(parts))


@given(st.integers(1, 5), margins, seeds)
def test_two_categories_are_a_coin(dim, margin, seed):
    coin, die = Bernoulli(dim, margin=margin), Categorical(2, dim=dim, margin=margin)
    rng = np.random.default_rng(seed)
    heads, other = rng.uniform(0.01, 0.99, dim), rng.uniform(0.01, 0.99, dim)
    both, both2 = (np.column_stack([1.0 - p, p]).ravel() for p in (heads, other))
    c = coin.sample(heads, np.random.default_rng(seed), 50)
    np.testing.assert_array_equal(c, die.sample(both, np.random.default_rng(seed), 50))
    np.testing.assert_allclose(coin.log_likelihood(heads, c), die.log_likelihood(both, c), rtol=1e-12)
    assert coin.entropy(heads) == pytest.approx(die.entropy(both), rel=1e-12)
    assert coin.kl(heads, other) == pytest.approx(die.kl(both, both2), rel=1e-10)
    step = rng.normal(size=dim)
    pair = np.column_stack([-step, step]).ravel()
    assert coin.fisher_norm(heads, step) == pytest.approx(die.fisher_norm(both, pair), rel=1e-10)
    np.testing.assert_allclose(coin.fisher(heads), die.fisher(both), rtol=1e-12)
    np.testing.assert_array_equal(coin.smallest, die.smallest)
    np.testing.assert_allclose(coin.project(heads + step), die.project(both + pair)[1::2], atol=1e-14)


@given(st.integers(1, 6), st.integers(2, 6), seeds)
def test_draws_and_steps_of_bits_are_those_of_two_categories_to_the_last_bit(dim, lam, seed):
    rng = np.random.default_rng(seed)
    heads = rng.uniform(0.05, 0.95, dim)
    coin, die = Bernoulli(dim), Categorical(2, dim=dim)
    both = np.column_stack([1.0 - heads, heads]).ravel()
    c = coin.sample(heads, np.random.default_rng(seed), lam)
    np.testing.assert_array_equal(c, die.sample(both, np.random.default_rng(seed), lam))
    np.testing.assert_array_equal(coin.statistics(c), die.statistics(c)[:, 1::2])
    np.testing.assert_array_equal(coin.natural_gradient(heads, c), die.natural_gradient(both, c)[:, 1::2])
    np.testing.assert_array_equal(coin.mode(heads), die.mode(both))
    np.testing.assert_array_equal(coin.log_likelihood(heads, c), die.log_likelihood(both, c))


def test_integers_are_rounded_and_clipped_where_they_are_decoded():
    family = Integer([1, -2], [9, 3])
    decoded = family.decode(np.array([[0.2, -7.0], [9.4, 2.51], [4.5, 2.49]]))
    assert [d.tolist() for d in decoded] == [[1, -2], [9, 3], [4, 2]]
    assert all(d.dtype == np.int64 for d in decoded)
    assert family.mode(np.array([6.6, 40.0, 6.6**2 + 1, 1601.0])).tolist() == [7, 3]
    np.testing.assert_array_equal(family.initial_theta(), [5.0, 0.5, 25.0 + 4.0, 0.25 + 1.25**2])


def test_the_least_sigma_of_an_integer_still_draws_neighbours():
    family = Integer(0, 10)
    theta = family.project(np.array([4.0, 16.0]))  # σ² = 0
    sigma = np.sqrt(theta[1] - theta[0] ** 2)
    assert 2 * stats.norm.sf(0.5 / sigma) == pytest.approx(0.0455, abs=1e-4)


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=4), seeds)
def test_integer_projection_stays_within_the_bounds(low, seed):
    rng = np.random.default_rng(seed)
    family = Integer(low, np.add(low, rng.integers(1, 30, len(low))))
    theta = family.project(np.concatenate([rng.normal(0, 100, len(low)), rng.normal(0, 10_000, len(low))]))
    mu, variance = family.moments(theta)
    assert (mu >= family.low).all()
    assert (mu <= family.high).all()
    assert (variance >= 0.25**2 * (1 - 1e-6)).all()
    assert (variance <= family.width**2 * (1 + 1e-6)).all()


@pytest.mark.parametrize("mu", [0.0, 1.0, -1e4, 1e6, 1e9, -1e15])
@pytest.mark.parametrize("variance", [-1.0, 0.0, 1e-300, 1e-6, 1.0])
def test_gaussian_projection_leaves_a_variance_that_floats_resolve(mu, variance):
    family = Gaussian(1)
    theta = family.project(np.array([mu, mu**2 + variance]))
    sigma = np.sqrt(theta[1] - theta[0] ** 2)
    assert theta[0] == mu
    assert 0.99 * max(1e-4, 2.0**-22 * abs(mu)) <= sigma
    assert sigma <= 1.01 * max(1e-4, 2.0**-22 * abs(mu), np.sqrt(max(variance, 0.0)))
    np.testing.assert_allclose(family.project(theta), theta, rtol=1e-12)
    assert np.isfinite(family.fisher_sqrt(theta, np.ones(2))).all()


# ------------------------------------------------------------------------------------------------ sampling


def test_categorical_frequencies():
    """Each dimension against its row of θ, and two dimensions against each other; χ², fixed seed."""
    family = Categorical([2, 5, 3])
    theta = random_theta(family, np.random.default_rng(4), least=0.02)
    c = family.sample(theta, np.random.default_rng(5), 100_000)
    for i, row in enumerate(family.rows(theta)):
        counts = np.bincount(c[:, i], minlength=len(row))
        assert stats.chisquare(counts, row / row.sum() * len(c)).pvalue > 1e-3
    table = np.zeros((5, 3))
    np.add.at(table, (c[:, 1], c[:, 2]), 1)
    assert stats.chi2_contingency(table).pvalue > 1e-3


def test_bernoulli_frequencies():
    theta = np.array([0.03, 0.5, 0.91])
    c = Bernoulli(3).sample(theta, np.random.default_rng(6), 50_000)
    for i in range(3):
        assert stats.binomtest(int(c[:, i].sum()), len(c), theta[i]).pvalue > 1e-3


def test_gaussian_samples():
    theta = np.array([1.0, -3.0, 1.0 + 0.25, 9.0 + 4.0])
    c = Gaussian(2).sample(theta, np.random.default_rng(7), 20_000)
    assert stats.kstest(c[:, 0], stats.norm(1.0, 0.5).cdf).pvalue > 1e-3
    assert stats.kstest(c[:, 1], stats.norm(-3.0, 2.0).cdf).pvalue > 1e-3
    assert abs(stats.pearsonr(c[:, 0], c[:, 1]).statistic) < 0.03


def test_the_samples_are_what_inversion_gives():
    family = Categorical([2, 5, 3])
    theta = random_theta(family, np.random.default_rng(8))
    c = family.sample(theta, np.random.default_rng(9), 200)
    u = np.random.default_rng(9).random((200, 3))
    for i, row in enumerate(family.rows(theta)):
        np.testing.assert_array_equal(c[:, i], np.searchsorted(np.cumsum(row[:-1]), u[:, i], side="right"))


def test_a_number_on_the_border_belongs_to_the_next_category():
    """Category k is drawn for u from θ_1 + … + θ_{k−1}, included, to θ_1 + … + θ_k: so u = 0 draws no dead one."""

    class Uniforms(np.random.Generator):
        def random(self, shape):
            return np.reshape([0.0, 0.25, 0.5, np.nextafter(0.5, 0.0), np.nextafter(1.0, 0.0)], shape)

    die = Categorical(4, margin="none").sample(np.array([0.0, 0.25, 0.25, 0.5]), Uniforms(np.random.PCG64()), 5)
    assert die[:, 0].tolist() == [1, 2, 3, 2, 3]
    assert Bernoulli(1).sample(np.array([0.5]), Uniforms(np.random.PCG64()), 5)[:, 0].tolist() == [0, 0, 1, 0, 1]


def test_of_equals_the_mode_is_the_first():
    assert Bernoulli(2).mode(np.array([0.5, 0.5])).tolist() == [0, 0]
    assert Categorical([2, 3]).mode(np.array([0.5, 0.5, 0.2, 0.4, 0.4])).tolist() == [0, 1]


def test_dead_categories_are_never_drawn():
    family = Categorical([3, 4], margin="none")
    theta = np.array([0.0, 1.0, 0.0, 0.5, 0.0, 0.5, 0.0])
    c = family.sample(theta, np.random.default_rng(10), 10_000)
    assert set(c[:, 0]) == {1}
    assert set(c[:, 1]) == {0, 2}
    d = Bernoulli(2).sample(np.array([0.0, 1.0]), np.random.default_rng(10), 10_000)
    assert set(d[:, 0]) == {0}
    assert set(d[:, 1]) == {1}


# ------------------------------------------------------------------------------------------------ projection


@given(st.lists(st.integers(2, 40), min_size=1, max_size=60), st.sampled_from(["asng", "catcma", "none"]))
@example([2], "asng")
@example([2, 2], "asng")
@example([2, 2, 2], "asng")
@example([3], "asng")
@example([1000], "asng")
def test_named_margins_leave_room_for_every_dimension_and_number_of_categories(categories, margin):
    k = np.array(categories, dtype=np.int64)
    name, smallest = smallest_probability(margin, k)
    assert name == margin
    assert (smallest >= 0).all()
    assert (smallest * k < 1.0 - 1e-9).all()
    if margin == "asng" and len(k) > 2:
        np.testing.assert_allclose(smallest, 1.0 / (len(k) * (k - 1)))


@pytest.mark.parametrize("dim", [1, 2, 30])
@pytest.mark.parametrize("categories", [2, 3, 10])
def test_the_catcma_margin_keeps_the_mode_likely(dim, categories):
    family = Categorical(categories, dim=dim, margin="catcma")
    theta = family.project(np.tile(np.eye(categories)[0], dim))
    p = np.exp(family.log_likelihood(theta, np.zeros((1, dim), dtype=int)))
    assert p == pytest.approx(0.73, rel=1e-9)


@given(categoricals, seeds, st.sampled_from([0.01, 1.0, 100.0]))
def test_categorical_projection(family, seed, far):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng)
    before = theta + far * rng.normal(size=family.n_stats)
    after = family.project(before)
    assert (after >= np.repeat(family.smallest, family.categories)).all()
    np.testing.assert_allclose([row.sum() for row in family.rows(after)], 1.0, rtol=0, atol=1e-14)
    np.testing.assert_allclose(family.project(after), after, rtol=0, atol=1e-14)
    for row, old in zip(family.rows(after), family.rows(before), strict=True):
        order = np.argsort(old)
        assert (np.diff(row[order]) >= -1e-15).all()  # never changes which category is likelier


@given(categoricals, seeds)
def test_projection_leaves_what_is_allowed(family, seed):
    rng = np.random.default_rng(seed)
    share = np.concatenate([rng.dirichlet(np.ones(k)) for k in family.categories])
    m, k = (np.repeat(a, family.categories) for a in (family.smallest, family.categories))
    theta = m + (1.0 - k * m) * share
    np.testing.assert_allclose(family.project(theta), theta, rtol=0, atol=1e-14)


@given(categoricals)
def test_a_whole_row_at_or_below_its_margin_becomes_uniform(family):
    for value in (np.repeat(family.smallest, family.categories), np.full(family.n_stats, -3.0)):
        np.testing.assert_allclose(family.project(value), family.initial_theta(), atol=1e-14)


@given(families, seeds)
def test_projection_is_idempotent_and_valid_for_every_family(family, seed):
    rng = np.random.default_rng(seed)
    wild = random_theta(family, rng) + rng.normal(size=family.n_stats) * rng.choice([0.1, 10.0])
    theta = family.project(wild)
    family.check_theta(theta)
    np.testing.assert_allclose(family.project(theta), theta, rtol=1e-9, atol=1e-12)


def test_projection_returns_a_new_array_of_floats(family):
    theta = family.initial_theta()
    before = theta.copy()
    family.project(theta)[:] = -1.0
    np.testing.assert_array_equal(theta, before)
    if all(isinstance(part, Bernoulli | Categorical) for part in parts_of(family)):
        whole = np.zeros(family.n_stats, dtype=int)
        np.testing.assert_allclose(family.project(whole), family.project(whole.astype(float)))


# ------------------------------------------------------------------------------------------------ bad input


def test_lengths_are_checked_before_compiled_code_runs(family):
    theta = family.initial_theta()
    for wrong in (theta[:-1], np.append(theta, 0.5), theta[None], 0.5):
        for call in (
            lambda t=wrong: family.fisher_sqrt(t, theta),
            lambda t=wrong: family.fisher_sqrt(theta, t),
            lambda t=wrong: family.project(t),
            lambda t=wrong: family.check_theta(t),
        ):
            with pytest.raises(ValueError, match=r"must (have|be)"):
                call()


@pytest.mark.parametrize("bad", [3, -1, 10**9, 0.5, np.nan, np.inf, "a"])
@pytest.mark.parametrize("call", ["statistics", "check_samples", "natural_gradient", "log_likelihood"])
def test_samples_outside_the_categories_reach_no_compiled_code(bad, call):
    family = Categorical(3, dim=2)
    theta = () if call in ("statistics", "check_samples") else (family.initial_theta(),)
    with pytest.raises(ValueError, match="samples"):
        getattr(family, call)(*theta, [[0, bad]])


def test_samples_may_be_lists_or_whole_floats():
    assert Categorical(3, dim=2).statistics([[2.0, 0]]).tolist() == [[0, 0, 1, 1, 0, 0]]
    assert Bernoulli(2).log_likelihood(np.array([0.5, 0.25]), [[1, 0]])[0] == pytest.approx(np.log(0.375))
    assert Gaussian(1).statistics([[3]]).tolist() == [[3.0, 9.0]]


def test_taking_rows_of_samples_takes_rows_of_statistics(family):
    rng = np.random.default_rng(11)
    samples = family.sample(family.initial_theta(), rng, 4)
    order = [2, 0, 3]
    np.testing.assert_array_equal(family.statistics(take(samples, order)), family.statistics(samples)[order])
