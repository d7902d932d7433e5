"""Every registered space: there and back, its network as path and as mixture, retrained and heir of its supernet."""

import copy
import json
import pickle

import numpy as np
import pytest
import torch

from asng_edu.nas import SPACES, OneOf, Options, OptionSpace
from asng_edu.nas.spaces.base import space_from_json
from asng_edu.nas.spaces.genotype import GenotypeError
from asng_edu.nas.supernet.size import count

SHAPE = {"cells": 3, "channels": 4, "classes": 3, "image_channels": 1}


@pytest.fixture
def images():
    return torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def one_hot(space, code):
    return [torch.eye(decision.size)[k] for decision, k in zip(space.decisions, code, strict=True)]


@pytest.mark.parametrize("name", SPACES)
def test_architectures_come_back_from_vectors_and_json(name):
    space = SPACES[name]()
    assert space.name == name
    assert space_from_json(json.loads(json.dumps(space.to_json()))) == space
    codes = space.random_codes(0, 20)
    assert codes.shape == (20, len(space.decisions))
    for code in codes:
        choice = space.decode(code)
        assert np.array_equal(space.encode(choice), code)
        assert space.choice_from_json(json.loads(json.dumps(choice.to_json()))) == choice == space.check(choice)
        assert len(space.describe(choice)) == len(space.decisions)
        for other in (copy.deepcopy(choice), pickle.loads(pickle.dumps(choice))):
            assert hash(other) == hash(choice)
            assert other == choice


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("value", [None, {}, [], 3, "on", {"options": 3}, {"layers": [3]}, {"normal": "x"}, [[[[]]]]])
def test_what_is_no_architecture_is_refused_in_a_sentence(name, value):
    space = SPACES[name]()
    with pytest.raises(GenotypeError, match=r"\.$"):
        space.choice_from_json(value)
    with pytest.raises(GenotypeError, match=r"\.$"):
        space.check(value)


@pytest.mark.parametrize("name", SPACES)
def test_one_hot_gates_give_what_the_path_gives(name, images):
    space = SPACES[name]()
    network = space.make_network(**SHAPE)
    for code in space.random_codes(1, 3):
        path = network(images, space.decode(code))
        assert path.shape == (4, 3)
        torch.testing.assert_close(network(images, one_hot(space, code)), path)


@pytest.mark.parametrize("name", SPACES)
def test_gates_have_gradients_and_those_of_zero_run_nothing(name, images):
    space = SPACES[name]()
    network = space.make_network(**SHAPE)
    gates = [torch.full((decision.size,), 1 / decision.size, requires_grad=True) for decision in space.decisions]
    moves = torch.autograd.grad(network(images, gates).square().sum(), gates)
    assert all(bool(move.any()) for move in moves)
    code = space.random_codes(2, 1)[0]
    ran = []
    for module in network.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, *_: ran.append(module))
    network(images, space.decode(code))
    path, ran[:] = set(ran), []
    network(images, one_hot(space, code))
    assert set(ran) == path


@pytest.mark.parametrize("name", SPACES)
def test_the_network_of_one_architecture_is_no_larger_and_inherits(name, images):
    space = SPACES[name]()
    choice = space.random(3)
    supernet = space.make_network(**SHAPE)
    network = space.make_network(**SHAPE, genotype=choice, affine=True)
    sizes = [sum(p.numel() for p in module.parameters()) for module in (network, supernet)]
    assert count(choice, space, 3, 4, 3, (1, 8, 8)).parameters == sizes[0]
    alone = space.make_network(**SHAPE, genotype=choice)
    alone.inherit(supernet)
    torch.testing.assert_close(alone(images), supernet(images, choice))
    with pytest.raises(ValueError, match=r"own genotype only"):
        alone(images, next(other for other in map(space.random, range(99)) if other != choice))


class Menu(OptionSpace):
    """Two decisions of two and three options."""

    decisions = (OneOf("starter", ("soup", "salad")), OneOf("main", ("fish", "pie", "rice")))
    make_network = None


def test_a_space_of_options_needs_no_more_than_its_decisions():
    menu = Menu()
    assert (menu.size, menu.describe([1, 2])) == (6, ("starter: salad", "main: rice"))
    assert menu.decode([0, 1]) == Options(("soup", "pie"))
    halves = menu.mixture([torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.0, 0.5])])
    assert menu.weights(halves) == [{"soup": 1.0}, {"fish": 0.5, "rice": 0.5}]
    assert menu.weights(Options(("soup", "pie"))) == [{"soup": 1.0}, {"pie": 1.0}]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["soup"], "options must be 2, one for each decision, but are 1"),
        (["soup", "cake"], "main must be one of fish, pie, rice, but is 'cake'"),
        ([3, "pie"], "starter must be one of soup, salad, but is 3"),
        ("soup", "an architecture of options must be"),
    ],
)
def test_options_that_the_menu_has_not(options, says):
    with pytest.raises(GenotypeError, match=says):
        Menu().choice_from_json({"options": options})
