"""The landscape of a known space, against what can be counted by hand or by going through all pairs."""

import itertools

import numpy as np
import pytest

from asng_book.measured import landscape
from asng_edu.problems.tabular import Tabular


def make_table(sizes=(3, 2, 4), seed=0):
    return Tabular(sizes, np.random.default_rng(seed).normal(size=int(np.prod(sizes))))


def test_variances_are_found_again():
    rng = np.random.default_rng(0)
    errors = rng.normal(0, 3, size=(4000, 1)) + rng.normal(0, 2, size=(4000, 3))
    found = landscape.variances(errors)
    assert found.between == pytest.approx(9, rel=0.08)
    assert found.within == pytest.approx(4, rel=0.05)
    one, other = errors[:, 0], errors[:, 1]
    assert found.reliability(1) == pytest.approx(np.corrcoef(one, other)[0, 1], abs=0.03)
    assert found.reliability(3) == pytest.approx(9 / (9 + 4 / 3), abs=0.02)


def test_a_second_training_ranks_all_networks_better_than_the_best_tenth():
    rng = np.random.default_rng(1)
    own = rng.normal(0, 3, size=(3000, 1))
    found = landscape.second_training(own + rng.normal(0, 1, size=(3000, 3)))
    pearson = 9 / np.sqrt((9 + 1) * (9 + 1 / 2))  # of a training and the mean of two others
    assert found["all"] == pytest.approx(6 / np.pi * np.arcsin(pearson / 2), abs=0.01)
    assert 0.2 < found["best"] < found["all"] - 0.2
    agreeing = np.repeat(own, 3, axis=1)
    assert landscape.second_training(agreeing) == {"all": pytest.approx(1), "best": pytest.approx(1)}


def test_networks_that_differ_by_noise_alone_have_no_variance_of_their_own():
    found = landscape.variances([[0.0, 2.0], [2.0, 0.0]])
    assert (found.between, found.within, found.reliability(5)) == (0.0, 2.0, 0.0)
    assert np.isnan(landscape.variances([[1.0, 1.0], [1.0, 1.0]]).reliability(1))


@pytest.mark.parametrize("errors", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]]])
def test_one_training_or_one_network_says_nothing(errors):
    with pytest.raises(ValueError, match="at least two rows and two columns"):
        landscape.variances(errors)


def test_neighbours_differ_in_one_decision():
    table = make_table()
    near = landscape.neighbours(table)
    codes = table.codes(np.arange(table.size))
    for network, found in enumerate(near):
        apart = (codes != codes[network]).sum(axis=1)
        assert found.tolist() == np.flatnonzero(apart == 1).tolist()


def test_a_network_with_two_codes_has_the_neighbours_of_both():
    table = Tabular(
        [3, 3], [4.0, 1.0, 2.0, 3.0, 0.0, 5.0], networks=[0, 1, 2, 1, 3, 4, 2, 4, 5]
    )  # order does not count
    near = landscape.neighbours(table)
    assert near[1].tolist() == [0, 2, 3, 4]
    assert near[0].tolist() == [1, 2]


def test_local_optima_and_where_descents_end():
    losses = np.array([[0.0, 9.0, 9.0], [9.0, 1.0, 2.0], [9.0, 2.0, 3.0]])  # the trap of "Two relaxations"
    table = Tabular([3, 3], losses)
    near = landscape.neighbours(table)
    assert landscape.local_optima(losses.ravel(), near).tolist() == [0, 4]
    ends = landscape.descend(losses.ravel(), near).reshape(3, 3)
    assert set(ends.ravel().tolist()) == {0, 4}
    assert ends[0, 0] == 0
    assert (ends[1:, 1:] == 4).all()


def test_descents_end_at_local_optima_and_never_go_up():
    table = make_table((4, 3, 3, 2), seed=2)
    losses = landscape.grid(table).ravel()
    near = landscape.neighbours(table)
    ends = landscape.descend(losses, near)
    assert set(ends.tolist()) == set(landscape.local_optima(losses, near).tolist())
    assert (losses[ends] <= losses).all()


def test_correlations_are_those_of_all_pairs():
    losses = np.random.default_rng(1).normal(size=(3, 2, 3))
    found = landscape.correlations(losses)
    codes = list(itertools.product(*map(range, losses.shape)))
    for distance in range(4):
        pairs = [(a, b) for a in codes for b in codes if sum(map(int.__ne__, a, b)) == distance]
        covariance = np.mean([(losses[a] - losses.mean()) * (losses[b] - losses.mean()) for a, b in pairs])
        assert found[distance] == pytest.approx(covariance / losses.var())
    assert found[0] == pytest.approx(1)


def test_a_sum_of_single_decisions_correlates_as_the_exercise_says():
    rng = np.random.default_rng(4)
    losses = np.add.outer(np.add.outer(rng.normal(size=3), rng.normal(size=3)), rng.normal(size=3))
    K, D = 3, 3
    assert landscape.correlations(losses)[1] == pytest.approx(1 - K / (D * (K - 1)))
    np.testing.assert_allclose(landscape.shares(losses), [1, 0, 0], atol=1e-12)


def test_shares_add_up_and_name_the_order():
    losses = np.random.default_rng(5).normal(size=(2, 3, 2, 2))
    found = landscape.shares(losses)
    assert found.sum() == pytest.approx(1)
    assert (found > 0).all()
    signs = [np.array([1.0, -1.0])] * 3
    third = np.einsum("i,j,k->ijk", *signs)
    np.testing.assert_allclose(landscape.shares(third), [0, 0, 1], atol=1e-12)
    assert np.isnan(landscape.shares(np.ones((2, 2)))).all()
    fit = losses.mean() + sum(
        losses.mean(axis=tuple(set(range(4)) - {i}), keepdims=True) - losses.mean() for i in range(4)
    )
    assert found[0] == pytest.approx(1 - (losses - fit).var() / losses.var())
