"""The space of layers: vectors and JSON there and back, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asng_edu.nas import Layers, LayerSpace
from asng_edu.nas.spaces.base import read_choice, space_from_json
from asng_edu.nas.spaces.genotype import GenotypeError


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 2**32))
def test_there_and_back(layers, operations, seed):
    space = LayerSpace(layers=layers, operations=tuple(f"op{k}" for k in range(operations)), halvings=0)
    choice = space.random(seed)
    assert space.decode(space.encode(choice)) == choice
    assert space.choice_from_json(json.loads(json.dumps(choice.to_json()))) == choice
    assert space_from_json(json.loads(json.dumps(space.to_json()))) == space
    assert space.size == operations**layers
    assert len(space.describe(choice)) == len(space.decisions) == (layers if operations > 1 else 0)
    holding, again = read_choice(choice.to_json())
    assert again == choice == holding.check(choice)


def test_halvings_stand_at_equal_distances():
    space = LayerSpace(layers=9, halvings=2)
    assert [layer for layer in range(9) if space.halved(layer)] == [3, 6]
    assert not any(LayerSpace(halvings=0).halved(layer) for layer in range(6))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"layers": 0}, "layers must be a whole number of at least 1"),
        ({"layers": 2**62}, "layers must be at most 100"),
        ({"operations": ()}, "operations must be"),
        ({"operations": ("a b",)}, "operations must be named by letters"),
        ({"halvings": 7}, "halvings must be at most 6"),
    ],
)
def test_what_is_no_space(changes, says):
    with pytest.raises(ValueError, match=says):
        LayerSpace(**changes)


@pytest.mark.parametrize(
    "value", [None, {}, {"layers": []}, {"layers": "ab"}, {"layers": [1]}, {"layers": ["conv_3x3"], "x": 1}, [[[]]]]
)
def test_what_is_no_architecture(value):
    with pytest.raises(GenotypeError, match=r"^an architecture of layers must be .*\.$"):
        LayerSpace().choice_from_json(value)


def test_architectures_and_vectors_of_another_space():
    space = LayerSpace(layers=2)
    with pytest.raises(GenotypeError, match=r"second layer must be one of identity, .* but is 'magic'"):
        space.check(Layers(("identity", "magic")))
    with pytest.raises(GenotypeError, match="must be Layers, but is"):
        space.encode(("identity", "identity"))
    with pytest.raises(ValueError, match="between 0 and 3, but one is 4"):
        space.decode([0, 4])
    with pytest.raises(ValueError, match="shape"):
        space.decode(np.zeros(3))
