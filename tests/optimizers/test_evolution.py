"""Evolution: what a mutation changes, who survives, what it finds, and that it goes on to the bit."""

import copy
import json
import math
import pickle

import numpy as np
import pytest
from generators import FAMILIES, as_text, size_of

from asng_edu import Bernoulli, Categorical, Evolution, Integer, Product, RandomSearch, Real
from asng_edu.problems import onemax

FINITE = {
    **{name: FAMILIES[name] for name in ("bernoulli", "one coin", "categorical", "ragged", "one die", "no margin")},
    "product": Product(Categorical([3, 2]), Product(Bernoulli(2), Categorical(4))),
}
SELECTIONS = ["ageing", "plus"]
MILLION = Categorical(4, dim=10)


def flat(samples):
    """Return samples as one array, of a product with the variables of its parts side by side."""
    return np.hstack([flat(part) for part in samples]) if isinstance(samples, tuple) else samples


def sizes(family):
    if isinstance(family, Product):
        return [size for part in family.parts for size in sizes(part)]
    return family.categories.tolist() if isinstance(family, Categorical) else [2] * family.dim


# ------------------------------------------------------------------------------------------------ mutation


@pytest.mark.parametrize("name", FINITE)
def test_a_mutation_changes_one_variable_to_any_other_value(name):
    family, rng = FINITE[name], np.random.default_rng(0)
    parents = family.sample(family.initial_theta(), rng, 4000)
    variables = rng.integers(family.dim, size=4000)
    before, after = flat(parents), flat(family.mutate(parents, variables, rng))
    assert (before == flat(parents)).all()  # the parents live on as they were
    changed = before != after
    assert (changed.argmax(axis=1) == variables).all()
    assert (changed.sum(axis=1) == 1).all()
    seen = {
        (v, a, b)
        for v, a, b in zip(variables, before[range(4000), variables], after[range(4000), variables], strict=True)
    }
    every = {(v, a, b) for v, k in enumerate(sizes(family)) for a in range(k) for b in range(k) if a != b}
    assert seen == every


def test_other_values_are_equally_likely():
    rng = np.random.default_rng(1)
    mutated = Categorical(4).mutate(np.full((9000, 1), 2), np.zeros(9000, dtype=np.int64), rng)
    counts = np.bincount(mutated[:, 0], minlength=4)
    assert counts[2] == 0
    assert np.abs(counts[[0, 1, 3]] / 9000 - 1 / 3).max() < 0.02  # four standard errors


@pytest.mark.parametrize("log", [False, True])
def test_another_integer_is_drawn_whatever_the_scale(log):
    family = Integer(1, 4, log=log)
    parents = family.encode(np.full((9000, 1), 2))
    mutated = family.mutate(parents, np.zeros(9000, dtype=np.int64), np.random.default_rng(1))
    counts = np.bincount(np.concatenate(family.decode(mutated)), minlength=5)
    assert counts[2] == 0
    assert np.abs(counts[[1, 3, 4]] / 9000 - 1 / 3).max() < 0.02  # four standard errors


def test_a_real_number_is_drawn_anew_from_its_range():
    family = Real([1.0, 0.0], [100.0, 1.0], log=False)
    parents = np.tile([50.0, 0.5], (9000, 1))
    mutated = family.mutate(parents, np.zeros(9000, dtype=np.int64), np.random.default_rng(1))
    assert (mutated[:, 1] == 0.5).all()
    np.testing.assert_allclose(np.quantile(mutated[:, 0], [0.0, 0.25, 0.5, 1.0]), [1.0, 25.75, 50.5, 100.0], atol=2.5)


def test_evolution_meets_the_best_of_a_mixed_space():
    evolution = Evolution(Product(Categorical(4, dim=3), Integer(1, 30)), seed=2)
    for _ in range(1500):
        samples = evolution.ask()
        points = evolution.distribution.decode(samples)
        evolution.tell(samples, [np.sum(c != 1) + abs(int(i[0]) - 27) for c, i in points])
    assert repr(evolution.mode()) == repr((np.array([1, 1, 1]), np.array([27])))
    assert evolution.best_loss == 0.0


@pytest.mark.parametrize("name", ["gaussian", "nested"])
def test_a_family_without_mutation_is_refused(name):
    with pytest.raises(ValueError, match="only categories, bits and numbers between bounds can be mutated"):
        Evolution(FAMILIES[name])


# ------------------------------------------------------------------------------------------------ survival


def test_the_oldest_dies_however_good():
    evolution = Evolution(Categorical(5), population=3, seed=0)
    for category, loss in ((0, 0.0), (1, 1.0), (2, 2.0), (3, 3.0)):
        evolution.tell([[category]], [loss])
    assert evolution.state.members[:, 0].tolist() == [1, 2, 3]
    assert evolution.state.losses.tolist() == [1.0, 2.0, 3.0]
    assert evolution.mode().tolist() == [0]  # the answer is the best of the history
    np.testing.assert_allclose(evolution.theta, evolution.distribution.project(np.array([0, 1, 1, 1, 0]) / 3))


def test_with_plus_the_worst_dies_and_of_equal_ones_the_oldest():
    evolution = Evolution(Categorical(5), population=2, selection="plus", seed=0)
    for category, loss in ((0, 1.0), (1, 2.0), (2, 3.0)):
        evolution.tell([[category]], [loss])
    assert evolution.state.members[:, 0].tolist() == [0, 1]
    evolution.tell([[3]], [2.0])
    assert evolution.state.members[:, 0].tolist() == [0, 3]


def test_one_parent_drifts_to_a_child_as_good_and_never_to_a_worse_one():
    evolution = Evolution(Categorical(5), population=1, selection="plus", lam=3, seed=0)
    given = []
    for samples, losses in (([0, 1, 2], [2.0, 1.0, 1.0]), ([3, 3, 4], [4.0, 5.0, 1.0]), ([0, 1, 2], [9.0, 2.0, 1.5])):
        evolution.tell([[category] for category in samples], losses)
        given.append(evolution.mode().tolist())
    assert given == [[2], [4], [4]]
    assert evolution.best.tolist() == [1]  # the first that was as good


def test_parents_are_drawn_by_tournament():
    """A tournament as large as the population almost always has the best member for its winner; of one, any."""
    members = np.arange(20)[:, None]
    for tournament, share in ((200, 1.0), (1, 0.05)):
        evolution = Evolution(Categorical(20), population=20, tournament=tournament, seed=0)
        evolution.tell(members, np.abs(members[:, 0] - 7.0))
        children = evolution.ask(size=2000)[:, 0]
        # Of the parents other than 7, one in 19 children is a 7; of 7 itself, none.
        assert np.mean(children == 7) == pytest.approx((1.0 - share) / 19, abs=0.02)


def test_children_are_random_until_the_population_is_full():
    family = Categorical([2, 3], margin="none")
    theta = np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    evolution = Evolution(family, population=4, theta=theta, seed=0)
    assert evolution.mode().tolist() == [0, 2]
    for _ in range(4):
        samples = evolution.ask()
        assert samples.tolist() == [[0, 2]]
        evolution.tell(samples, [1.0])
    assert (evolution.ask(size=50) != [0, 2]).sum(axis=1).tolist() == [1] * 50


# ------------------------------------------------------------------------------------------------ what it finds


@pytest.mark.parametrize("options", [{}, {"lam": 4}, {"selection": "plus", "population": 1, "lam": 4}], ids=str)
def test_it_finds_one_sample_in_a_million_where_random_search_does_not(options):
    found = 0
    for seed in range(10):
        evolution, random = Evolution(MILLION, seed=seed, **options), RandomSearch(MILLION, seed=seed)
        for search in (evolution, random):
            told = 0
            while told < 600:
                samples = search.ask()
                search.tell(samples, onemax(samples))
                told += len(samples)
        assert random.best_loss > 0
        found += (evolution.mode() == 0).all()
    assert found >= 9


def test_it_says_when_its_answer_has_come_to_rest():
    evolution, told = Evolution(Categorical(3, dim=4), seed=0), 0
    while not evolution.should_stop() and told < 2000:
        samples = evolution.ask()
        evolution.tell(samples, onemax(samples))
        told += 1
    assert told < 2000
    assert evolution.best_loss == 0.0


# ------------------------------------------------------------------------------------------------ state and errors


def run(optimizer, updates):
    for _ in range(updates):
        samples = optimizer.ask()
        optimizer.tell(samples, optimizer.rng.normal(size=size_of(samples)))
    return as_text(optimizer.state_dict())


@pytest.mark.parametrize("updates", [0, 2, 9])
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("name", FINITE)
def test_it_goes_on_to_the_bit(name, selection, updates):
    options = {"population": 6, "tournament": 3, "selection": selection, "lam": 2}
    first = Evolution(FINITE[name], seed=1, **options)
    run(first, updates)
    second = Evolution(FINITE[name], **options)
    second.load_state_dict(json.loads(as_text(first.state_dict())))
    others = second, copy.deepcopy(first), pickle.loads(pickle.dumps(first))
    expected = run(first, 5)
    assert [run(other, 5) for other in others] == [expected] * 3
    assert all(repr(other.mode()) == repr(first.mode()) for other in others)


@pytest.mark.parametrize(
    "damage",
    [
        {"members": None}, {"members": []}, {"members": [[0, 0, 0]]}, {"members": [[9, 0, 0]] * 3}, {"members": "abc"},
        {"losses": [1.0, 2.0]}, {"losses": [1.0, 2.0, math.nan]}, {"losses": None}, {"losses": [[1.0, 2.0, 3.0]]},
        {"losses": [1.0] * 99, "members": [[0, 0, 0]] * 99}, {"theta": [1.0]}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_state_is_refused_and_changes_nothing(damage):
    evolution = Evolution(Categorical([2, 5, 3]), seed=4)
    run(evolution, 3)
    before = as_text(evolution.state_dict())
    saved = evolution.state_dict()
    saved["state"] |= damage
    with pytest.raises(ValueError, match=r"\.$"):
        evolution.load_state_dict(saved)
    assert as_text(evolution.state_dict()) == before


@pytest.mark.parametrize("name", ["population", "tournament", "lam"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "2", None, True, 2**62])
def test_counts(name, value):
    with pytest.raises(ValueError, match=name):
        Evolution(Categorical(3), **{name: value})


def test_there_are_two_ways_to_survive():
    with pytest.raises(ValueError, match="selection must be one of ageing, plus"):
        Evolution(Categorical(3), selection="fittest")


def test_a_failed_evaluation_makes_no_member():
    evolution = Evolution(Categorical(4), lam=3, seed=0)
    with pytest.raises(ValueError, match="losses must be finite"):
        evolution.tell([[0], [1], [2]], [1.0, math.nan, 3.0])
    assert evolution.state.members is None
    assert not evolution.tell([[0], [1]], [math.nan, math.inf], nan="worst").updated
    assert evolution.state.members is None
    assert evolution.tell([[0], [1], [2]], [1.0, math.nan, 3.0], nan="worst").updated
    assert evolution.state.members[:, 0].tolist() == [0, 2]
    assert evolution.best.tolist() == [0]
    assert "population=20" in repr(evolution)
