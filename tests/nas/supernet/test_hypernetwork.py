"""The hypernetwork: what it writes depends on the genotype, carries gradients, and is what the supernet then runs."""

import copy

import pytest
import torch

from asng_edu.nas import CellSpace, LayerSpace
from asng_edu.nas.supernet.hypernetwork import WrittenNetwork

SPACES = {
    "cells": CellSpace(nodes=2, operations=("identity", "conv_1x1", "sep_conv_3x3", "max_pool_3x3")),
    "layers": LayerSpace(layers=3, operations=("identity", "conv_1x1", "sep_conv_3x3")),
}


def new(name, seed=0):
    torch.manual_seed(0)
    supernet = SPACES[name].make_network(cells=3, channels=4, image_channels=1)
    return WrittenNetwork(supernet, 16, seed).double()


@pytest.fixture
def x():
    return torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("name", SPACES)
def test_every_decision_changes_every_kernel(name):
    network, space = new(name), SPACES[name]
    code = space.encode(space.random(0))
    kernels = network.hypernetwork(code)
    for place, decision in enumerate(space.decisions):
        other = code.copy()
        other[place] = (other[place] + 1) % decision.size
        changed = network.hypernetwork(other)
        assert all(not torch.allclose(kernels[key], changed[key], rtol=0.01) for key in kernels)


@pytest.mark.parametrize("name", SPACES)
def test_gradients_reach_all_that_writes_and_all_that_is_learned_beside(name, x):
    network, space = new(name), SPACES[name]
    for seed in range(20):
        network(x, space.random(seed)).square().sum().backward()
    for part in network.hypernetwork.parameters():
        assert part.grad.any()
    assert all(part.grad is not None and part.grad.any() for part in network.supernet.stem.parameters())


@pytest.mark.parametrize("name", SPACES)
def test_the_path_runs_with_the_kernels_that_are_written_for_it(name, x):
    network, space = new(name), SPACES[name]
    for seed in range(5):
        path = space.random(seed)
        assert torch.allclose(network(x, path), network.with_weights_of(path)(x, path), rtol=1e-12)


def test_kernels_have_the_size_that_pytorch_gives_them():
    network = new("cells")
    supernet = SPACES["cells"].make_network(cells=3, channels=4, image_channels=1)
    kernels = [network.hypernetwork(SPACES["cells"].encode(SPACES["cells"].random(seed))) for seed in range(50)]
    squares = [
        torch.stack([written[key] for written in kernels]).square().mean() / supernet.get_parameter(key).square().mean()
        for key in kernels[0]
    ]
    assert float(torch.stack(squares).mean().detach()) == pytest.approx(1, rel=0.3)


def test_no_parameter_is_left_that_nothing_uses():
    network = new("cells")
    kernels = network.hypernetwork(SPACES["cells"].encode(SPACES["cells"].random(0)))
    empty = {name for name, part in network.supernet.named_parameters() if not part.numel()}
    assert empty == set(kernels)
    assert all(part.shape[2:] == (1, 1) for part in kernels.values())


def test_a_copy_writes_alike(x):
    network, path = new("cells"), SPACES["cells"].random(0)
    assert torch.equal(copy.deepcopy(network)(x, path), network(x, path))


def test_what_cannot_be_written_is_refused(x):
    network = new("layers")
    gates = [torch.ones(decision.size) for decision in SPACES["layers"].decisions]
    for choice in (gates, SPACES["layers"].mixture(gates), None):
        with pytest.raises(ValueError, match="give it a path, not gates"):
            network(x, choice)
    alone = LayerSpace(layers=2, operations=("max_pool_3x3", "conv_3x3"), halvings=0)
    with pytest.raises(ValueError, match="none of this space's operations has one"):
        WrittenNetwork(alone.make_network(channels=4), 8, 0)
    with pytest.raises(ValueError, match="one architecture's network"):
        WrittenNetwork(alone.make_network(channels=4, genotype=alone.random(0)), 8, 0)
