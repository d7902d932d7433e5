"""Permutation tests against enumeration, against their promise, and against cases whose answer is known."""

import itertools
import math

import numpy as np
import pytest

from asng_book import permutations


def test_the_permutation_test_counts_every_division():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=4), rng.normal(1, 1, size=5)
    both, seen = np.concatenate([a, b]), abs(a.mean() - b.mean())
    far = []
    for chosen in itertools.combinations(range(9), 4):
        left = np.delete(both, chosen)
        far.append(abs(both[list(chosen)].mean() - left.mean()) >= seen - 1e-12)
    assert permutations.permutation(a, b) == pytest.approx(np.mean(far))
    assert permutations.permutation(a, b) == pytest.approx(permutations.permutation(b, a))


def test_no_difference_has_the_largest_p_and_a_large_one_the_smallest():
    assert permutations.permutation([1, 2, 3], [1, 2, 3]) == 1
    assert permutations.permutation(np.arange(10), np.arange(10) + 100) == pytest.approx(2 / math.comb(20, 10))


def test_an_exact_test_of_too_many_values_is_refused():
    with pytest.raises(ValueError, match="more than a million divisions"):
        permutations.permutation(range(20), range(20))


def test_the_permutation_test_is_as_often_wrong_as_it_says():
    rng = np.random.default_rng(0)
    wrong = np.mean([permutations.permutation(rng.normal(size=5), rng.normal(size=5)) <= 0.1 for _ in range(2000)])
    assert wrong == pytest.approx(0.1, abs=0.025)


def test_holm_rejects_as_the_step_down_procedure_does():
    rng = np.random.default_rng(1)
    for _ in range(50):
        p = rng.random(6) ** 3
        rejected = set()
        for k, i in enumerate(np.argsort(p)):
            if p[i] * (6 - k) >= 0.05:
                break
            rejected.add(int(i))
        assert rejected == set(np.flatnonzero(permutations.holm(p) < 0.05).tolist())
    assert permutations.holm([0.9, 0.8]).tolist() == [1.0, 1.0]


def test_pairs_that_change_places_are_counted_one_by_one():
    rng = np.random.default_rng(4)
    gaps = rng.normal(0.5, 1, size=6)
    far = [abs(sum(s * g for s, g in zip(signs, gaps, strict=True))) >= abs(gaps.sum()) - 1e-12
           for signs in itertools.product((1, -1), repeat=6)]  # fmt: skip
    assert permutations.permutation_of_pairs(gaps, np.zeros(6)) == pytest.approx(np.mean(far))


def test_what_both_of_a_pair_share_hides_a_difference_from_the_other_test_only():
    common = np.arange(8.0) * 10
    assert permutations.permutation_of_pairs(common + 1, common) == 2 / 2**8
    assert permutations.permutation(common + 1, common) > 0.5


@pytest.mark.parametrize("counts", [(3, 2), (17, 17)])
def test_pairs_need_partners_and_must_be_few(counts):
    with pytest.raises(ValueError, match="16 at most, but there are"):
        permutations.permutation_of_pairs(*map(np.ones, counts))


def test_the_spread_of_two_groups_has_the_p_of_the_exact_test():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=6), rng.normal(1, 1, size=6)
    found = permutations.spread_by_luck([a, b])
    assert found.spread == pytest.approx(abs(a.mean() - b.mean()))
    assert found.p == pytest.approx(permutations.permutation(a, b), abs=0.03)


def test_luck_spreads_the_means_of_normal_groups_by_the_mean_range_of_normals():
    values = np.random.default_rng(6).normal(size=(3, 200))
    found = permutations.spread_by_luck(values)
    assert found.by_luck == pytest.approx(1.693 * values.std() / math.sqrt(200), rel=0.05)  # of three normals
    assert permutations.spread_by_luck(values + 10 * np.arange(3)[:, None]).p == 0


@pytest.mark.parametrize("groups", [[[1, 2]], [[1, 2], [1]]])
def test_groups_are_several_and_of_one_size(groups):
    with pytest.raises(ValueError, match="two or more of one size"):
        permutations.spread_by_luck(groups)
