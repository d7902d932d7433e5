"""The space of bits: their order, the formula of its network, and every strategy on it, resumed to the bit."""

import json

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d, relu

from asng_edu import ASNG, Bernoulli
from asng_edu.nas import STRATEGIES, BitSpace, Search, load
from asng_edu.nas.runs import checkpoint
from asng_edu.nas.supernet.size import count
from asng_edu.nas.training.settings import CLUTTER

SMALL = BitSpace(layers=3, layer_units=2)
FEW = {
    "random": {"candidates": 3},
    "nao": {"pool": 8, "candidates": 12, "nao_epochs": 1, "width": 8},
    "enas": {"units": 8},
    "nasnet": {"units": 8},
}


@pytest.fixture(scope="module")
def data():
    return load("digits", images=100)


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_there_is_a_bit_for_each_unit_and_for_each_layer_that_another_can_read(layers):
    space = BitSpace(layers=layers, layer_units=3)
    assert len(space.connections) == layers * (layers - 1) // 2
    assert len(space.decisions) == len(space.connections) + 3 * layers
    assert all(decision.size == 2 for decision in space.decisions)
    assert all(connection.source < connection.layer - 1 for connection in space.connections)
    assert space.size == 2 ** len(space.decisions)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"layers": 0}, "layers must be a whole number of at least 1"),
        ({"layer_units": 10**9}, "layer_units must be at most 1,000"),
        ({"activations": ("relu",)}, "activations must be two different ones of identity, relu, .* but are"),
        ({"activations": ("relu", "relu")}, "activations must be two different ones"),
        ({"activations": ("relu", "softmax")}, "activations must be two different ones"),
        ({"activations": "ab"}, "activations must be two different ones"),
        ({"activations": (1, None)}, "activations must be two different ones"),
    ],
)
def test_what_is_no_space(changes, says):
    with pytest.raises(ValueError, match=says):
        BitSpace(**changes)


def normalised(h):
    return (h - h.mean(dim=(0, 2, 3), keepdim=True)) / (
        h.var(dim=(0, 2, 3), unbiased=False, keepdim=True) + 1e-5
    ).sqrt()


@pytest.mark.parametrize("seed", range(3))
def test_the_network_computes_its_formula(seed):
    network = SMALL.make_network(channels=3, classes=4, image_channels=1).double()
    images = torch.rand(5, 1, 6, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    code = SMALL.random_codes(seed, 1)[0].tolist()
    reads = [connection for connection, bit in zip(SMALL.connections, code, strict=False) if bit]
    outputs = [relu(normalised(conv2d(images, network.stem[0][0].weight, padding=1)))]
    for layer in (1, 2, 3):
        sources = [source for reader, source in reads if reader == layer] + [layer - 1]
        weights = network.wires[layer - 1]
        h = normalised(sum(conv2d(outputs[s], weights[str(s)].weight, padding=1) for s in sources))
        bits = code[3 + 2 * (layer - 1) : 3 + 2 * layer]
        outputs.append(torch.stack([h[:, k].relu() if bit else h[:, k].tanh() for k, bit in enumerate(bits)], dim=1))
    logits = outputs[-1].mean(dim=(2, 3)) @ network.classifier.weight.T + network.classifier.bias
    torch.testing.assert_close(network(images, SMALL.decode(code)), logits)


def test_a_connection_that_is_off_costs_nothing_and_an_activation_never_does():
    sizes = [count(SMALL.decode(code), SMALL, 1, 4, 3, (1, 8, 8)) for code in ([0] * 9, [0] * 3 + [1] * 6, [1] * 9)]
    wires = 9 * (4 * 2 + 4 * 2 + 2 * 2)  # 3×3 weights: twice from the stem's four channels, once from layer 1's two
    assert sizes[0] == sizes[1]
    assert sizes[2].parameters - sizes[0].parameters == wires
    assert sizes[2].multiply_adds - sizes[0].multiply_adds == 64 * wires


def test_two_categories_are_a_bernoulli_variable():
    planted = SMALL.random_codes(5, 1)[0]
    bits = ASNG(Bernoulli(len(planted)), seed=3)
    categories = ASNG(SMALL.categorical(), seed=3)
    for _ in range(50):
        asked = [optimizer.ask() for optimizer in (bits, categories)]
        assert np.array_equal(*asked)
        for optimizer, codes in zip((bits, categories), asked, strict=True):
            optimizer.tell(codes, (codes != planted).sum(axis=1).astype(float))
    assert np.allclose(categories.theta[1::2], bits.theta, atol=1e-12)


def new(data, name):
    settings = CLUTTER.change(data="digits", space=SMALL, strategy=name, **FEW.get(name, {}))
    settings = settings.change(channels=2, epochs=3, warmup=1 / 3, batch=16, theta_batch=20, lam_x=2)
    return Search(settings, data=data, device="cpu")


def finish(search):
    while not search.done:
        search.advance()
    return search


def test_a_strategy_that_cannot_says_so(data):
    with pytest.raises(ValueError, match=r"a hypernetwork writes 1×1 kernels, but none .* has one\.$"):
        new(data, "smash")


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "smash"])
def test_every_strategy_searches_bits_and_goes_on_to_the_bit(data, name):
    whole, first, second = (new(data, name) for _ in range(3))
    before = whole.flat.values.clone()
    while first.step < 5:
        first.advance()
    second.load(*checkpoint.loads(checkpoint.dumps(*first.state())))
    for search in (whole, second):
        finish(search)
    assert not torch.equal(before, whole.flat.values)
    assert torch.equal(whole.flat.values, second.flat.values)
    assert json.dumps(whole.record()["theta"]) == json.dumps(second.record()["theta"])
    assert whole.genotype() == second.genotype() == SMALL.check(second.genotype())
