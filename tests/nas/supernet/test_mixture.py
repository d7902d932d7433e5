"""Mixtures: what of them runs, and where they are."""

import torch

from asng_edu.nas import CellSpace, LayerSpace

CELLS = CellSpace(nodes=2, kinds=("normal",), operations=("identity", "conv_1x1"), slots=1)
LAYERS = LayerSpace(layers=2, operations=("identity", "conv_1x1", "conv_3x3"))


def gates_of(space, make):
    return [make(decision.size) for decision in space.decisions]


def test_what_has_a_weight_elsewhere_runs_though_it_has_none_here():
    first = LAYERS.mixture(gates_of(LAYERS, lambda size: torch.eye(size)[0]))
    other = LAYERS.mixture([torch.tensor([1.0, 0.3, 0.01]), torch.tensor([0.0, 0.3, 0.5])])
    some = first.running(other, above=0.1)
    assert [runs.tolist() for runs in some.runs["layers"]] == [[[True, True, False]], [[False, True, True]]]
    assert some.weights == first.weights
    assert first.running(other).runs["layers"][0].tolist() == [[True, True, True]]
    assert [runs.sum() for runs in first.runs["layers"]] == [1, 1]


def test_so_does_a_node_that_is_no_part_of_the_output():
    read = CELLS.mixture(gates_of(CELLS, lambda size: torch.eye(size)[-1]))  # node 1 reads node 0
    even = CELLS.mixture(gates_of(CELLS, lambda size: torch.full((size,), 1 / size)))
    assert read.counted == {"normal": (False, True)}
    assert read.running(even).counted == {"normal": (True, True)}


def test_it_goes_to_another_device_with_what_is_known_of_it():
    mixture = CELLS.mixture(gates_of(CELLS, lambda size: torch.eye(size)[0]))
    assert mixture.to(torch.zeros(3)) is mixture
    moved = mixture.to(torch.zeros(3, device="meta"))  # which no gate could be read from
    assert {part.device.type for part in (*moved.weights["normal"], *moved.unused["normal"])} == {"meta"}
    assert [node.shape for node in moved.weights["normal"]] == [node.shape for node in mixture.weights["normal"]]
    assert (moved.runs, moved.counted) == (mixture.runs, mixture.counted)


def test_what_has_another_type_has_the_same_values_and_gradients():
    gates = [torch.rand(decision.size, requires_grad=True) for decision in CELLS.decisions]
    mixture = CELLS.mixture(gates)
    changed = mixture.to(torch.zeros(1, dtype=torch.float64))
    for mine, theirs in zip(mixture.weights["normal"], changed.weights["normal"], strict=True):
        assert theirs.dtype == torch.float64
        assert torch.equal(mine.double(), theirs)
    found, expected = (
        torch.autograd.grad(one.weights["normal"][1][2, 1], gates, materialize_grads=True, retain_graph=True)
        for one in (changed, mixture)
    )
    assert any(part.any() for part in expected)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
    detached = mixture.detach()
    assert not any(part.requires_grad for part in (*detached.weights["normal"], *detached.unused["normal"]))
    assert all(map(torch.equal, detached.weights["normal"], mixture.weights["normal"]))
