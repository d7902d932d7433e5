"""Everything public can be compared, copied and pickled, and goes on with the same numbers."""

import copy
import json
import pickle

import numpy as np
import pytest
from generators import ALGORITHMS, FAMILIES, as_text, size_of

from asng_edu import Bernoulli, Categorical, Gaussian, Integer, Product, RandomSearch, SelectiveSquaredError
from asng_edu.optimizers.natural_gradient import natural_gradient
from asng_edu.sweeps.trial import make_setting, new_trial

WAYS = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda value: pickle.loads(pickle.dumps(value))}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
@pytest.mark.parametrize("name", FAMILIES)
def test_families(name, way):
    family = FAMILIES[name]
    again = way(family)
    assert again == family
    assert hash(again) == hash(family)
    assert repr(again) == repr(family)
    theta = family.initial_theta()
    assert repr(again.sample(theta, 1, 3)) == repr(family.sample(theta, 1, 3))


@ways
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("method", [*ALGORITHMS, "random"])
def test_optimisers(method, name, way):
    def run(optimizer):
        for t in range(5):
            samples = optimizer.ask()
            optimizer.tell(samples, np.cos(np.arange(size_of(samples)) + t))
        return as_text(optimizer.state_dict())

    first = {**ALGORITHMS, "random": RandomSearch}[method](FAMILIES[name], lam=3, seed=4)
    run(first)
    before = as_text(first.state_dict())
    expected = run(copy.deepcopy(first))
    assert as_text(first.state_dict()) == before
    again = way(first)
    assert repr(again) == repr(first)
    assert run(again) == expected
    now, before = (json.loads(text) for text in (as_text(first.state_dict()), before))
    assert {**now, "rng": None} == {**before, "rng": None}  # what the copy moves is its own


@ways
def test_the_rest(way):
    for value in (SelectiveSquaredError(3, 4), make_setting("asng", delta0=1.0, eps_x=0.1, dim=3)):
        assert repr(way(value)) == repr(value)
    trial = new_trial(make_setting("asng", delta0=1.0, eps_x=0.1, dim=3, categories=2), np.ones((3, 2)))
    assert repr(way(trial)) == repr(trial)
    assert way(natural_gradient) is natural_gradient
    optimizer = RandomSearch(Categorical(3), seed=1)
    info = optimizer.tell(optimizer.ask(), [0.0, 1.0])
    assert repr(way(info)) == repr(info)


DIFFERENT = [
    Categorical(3), Categorical(3, dim=2), Categorical([3, 2]), Categorical(3, margin="none"),
    Categorical(3, pole="last"),
    Bernoulli(1), Bernoulli(2), Bernoulli(2, margin=0.1), Gaussian(1), Gaussian(1, mean=1.0), Gaussian(1, sigma=2.0),
    Integer(1, 9), Integer(1, 8), Integer(1, 9, sigma_min=0.5), Product(Categorical(3)),
    Product(Categorical(3), Bernoulli(1)),
    Product(Bernoulli(1), Categorical(3)),
]  # fmt: skip


def test_families_are_equal_if_they_are_made_alike():
    assert Categorical(3) == Categorical(3)
    assert len(set(DIFFERENT) | {copy.deepcopy(family) for family in DIFFERENT}) == len(DIFFERENT)
    for i, one in enumerate(DIFFERENT):
        assert [j for j, other in enumerate(DIFFERENT) if one == other] == [i]
        assert one != repr(one)
