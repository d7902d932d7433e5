"""Differences, ranks and the best of a few against enumeration, scipy and cases whose answer is known."""

import itertools

import numpy as np
import pytest

from asng_book import comparisons

RNG = np.random.default_rng(0)


def test_two_tests_differ_as_often_as_simulated_ones():
    n, p, q = 200, 0.1, 0.17
    errors = RNG.binomial(n, [[p], [q]], (2, 20_000)) / n
    assert errors[0].std() == pytest.approx(comparisons.standard_error(p, n), rel=0.02)
    assert comparisons.apart(p, q, n) == pytest.approx((p - q) / (errors[0] - errors[1]).std(), rel=0.02)
    assert comparisons.apart(p, p, n) == 0


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_the_best_of_a_few_is_that_of_enumeration(count):
    errors = [0.3, 0.1, 0.4, 0.1, 0.5, 0.9, 0.2]
    least = [min(chosen) for chosen in itertools.combinations(errors, count)]
    assert comparisons.best_of(errors, count) == pytest.approx(np.mean(least))


@pytest.mark.parametrize("count", [0, 4])
def test_the_best_of_more_than_there_are(count):
    with pytest.raises(ValueError, match="from 1 to 3"):
        comparisons.best_of([1, 2, 3], count)


def test_ranks_and_their_correlation_are_scipys():
    stats = pytest.importorskip("scipy.stats")
    for _ in range(20):
        a, b = RNG.integers(0, 6, (2, 15))
        np.testing.assert_array_equal(comparisons.ranks(a), stats.rankdata(a))
        assert comparisons.spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert np.isnan(comparisons.spearman([1, 1, 1], [1, 2, 3]))


def test_nan_ranks_last():
    assert comparisons.ranks([[1, np.nan, 2], [np.inf, np.nan, 0]]).tolist() == [[1, 3, 2], [2.5, 2.5, 1]]
    assert comparisons.spearman([1, 2, np.nan], [1, 2, 3]) == 1


def test_large_numbers_of_cells():
    assert comparisons.best_of(np.arange(2000.0), 1000) == pytest.approx(1 / (1001) * 2001 - 1)


def test_pairs_need_partners():
    with pytest.raises(ValueError, match="there are 3 and 1"):
        comparisons.difference([1, 2, 3], [1], paired=True)


def test_a_supernet_that_cannot_tell_cells_apart_counts_for_nothing():
    errors = np.arange(12.0)
    found = comparisons.rank(np.vstack([*[errors] * 9, np.zeros(12)]), errors)
    assert np.isnan(found.rho).tolist() == [False] * 9 + [True]
    assert found.mean == (1, 1, 1)


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    a, b = RNG.normal(1, 1, 200), RNG.normal(0, 2, 300)
    found = comparisons.difference(a, b)
    error = np.sqrt(a.var() / len(a) + b.var() / len(b))
    assert found.value == pytest.approx(a.mean() - b.mean())
    assert (found.high - found.low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.08)
    assert found == comparisons.difference(a, b)
    assert found.sign == 1
    assert comparisons.difference(b, a).sign == -1
    assert comparisons.difference(a, a[::-1]).sign == 0


def test_pairs_are_resampled_as_pairs():
    common = RNG.normal(0, 10, 20)
    a, b = common + RNG.normal(0.5, 0.1, 20), common
    assert comparisons.difference(a, b).sign == 0
    assert comparisons.difference(a, b, paired=True).sign == 1


def test_rankings():
    errors = RNG.random(30)
    good = comparisons.rank(errors + RNG.normal(0, 0.05, (6, 30)), errors)
    poor = comparisons.rank(RNG.random((6, 30)), errors)
    assert good.mean.low > 0.8
    assert good.mean.value == pytest.approx(good.rho.mean())
    assert poor.mean.low < 0 < poor.mean.high
    assert comparisons.rank_difference(good, poor).sign == 1
    assert comparisons.rank_difference(poor, poor) == (0, 0, 0)


def test_a_score_that_sees_only_size_has_nothing_left():
    size = RNG.random(3000)
    errors, blind = size + RNG.normal(0, 0.5, 3000), size + RNG.normal(0, 0.5, 3000)
    assert comparisons.spearman(blind, errors) > 0.15
    assert comparisons.partial(blind, errors, size) == pytest.approx(0, abs=0.06)
    assert comparisons.partial(errors + RNG.normal(0, 0.1, 3000), errors, size) > 0.9
