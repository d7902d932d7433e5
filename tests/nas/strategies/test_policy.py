"""ENAS and NASNet: what their controllers are told, what they remember, and that a failed step leaves no trace."""

import copy
import json

import numpy as np
import pytest
import torch

from asng_edu.nas import STRATEGIES, CellSpace, LayerSpace
from asng_edu.nas.strategies.base import NotFinite
from asng_edu.nas.strategies.controllers.adam import ModuleAdam

SPACE = LayerSpace(layers=4, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)
BOTH = pytest.mark.parametrize("name", ["enas", "nasnet"])


class Wrong:
    """The loss is the number of layers that are not a 3×3 convolution, plus a constant."""

    def __init__(self, space=SPACE, constant=0.0):
        self.space, self.constant = space, constant

    def losses(self, codes):
        return (np.asarray(codes) != 2).sum(axis=1) + self.constant


def new(name, seed=0, space=SPACE, **changes):
    return STRATEGIES[name](units=8, embedding=4, **changes).make(space, seed)


def as_json(strategy):
    return json.dumps(strategy.state_dict(), default=lambda value: value.tolist())


@BOTH
def test_the_baseline_starts_at_the_first_batch_and_follows_slowly(name):
    strategy = new(name, lam=6, entropy_weight=0.0, baseline_decay=0.9)
    first = strategy.learn(Wrong(constant=5.0))
    mean = -np.mean(first.losses)
    assert first.info.baseline == pytest.approx(mean)
    assert first.info.advantages.sum() == pytest.approx(0.0, abs=1e-12)
    second = strategy.learn(Wrong(constant=105.0))
    assert second.info.baseline == pytest.approx(mean)
    assert (second.info.advantages < -90.0).all()
    assert strategy.baseline == pytest.approx(0.9 * mean - 0.1 * np.mean(second.losses))


def test_enas_adds_the_entropy_to_the_reward():
    plain, rewarded = new("enas", lam=6, entropy_weight=0.0), new("enas", lam=6, entropy_weight=2.0)
    one, other = plain.learn(Wrong()), rewarded.learn(Wrong())
    assert [code.tolist() for code in one.choices] == [code.tolist() for code in other.choices]
    assert other.info.baseline - one.info.baseline == pytest.approx(2.0 * one.info.entropy)
    assert one.info.entropy == pytest.approx(4 * np.log(3), rel=0.01)  # nearly uniform at the start


def test_the_entropy_weight_of_nasnet_holds_its_policy_open():
    entropies = {}
    for weight in (0.0, 5.0):
        strategy = new("nasnet", lam=10, controller_rate=0.02, entropy_weight=weight)
        for _ in range(30):
            info = strategy.learn(Wrong()).info
        entropies[weight] = info.entropy
    assert entropies[0.0] < 1.0 < 4.0 < entropies[5.0]


def test_the_operations_of_a_cell_have_a_narrower_bound():
    space = CellSpace(nodes=1, kinds=("normal",), operations=("identity", "conv_1x1"))
    strategy = new("enas", space=space)
    assert strategy.controller.bounds[:, 0].tolist() == [1.1, 0.44, 1.1, 0.44]
    assert new("nasnet", space=space).controller.bounds is None


def test_nasnet_gives_the_best_that_it_has_tried_and_enas_its_most_probable_one():
    nasnet, enas = new("nasnet", lam=5), new("enas", lam=5)
    seen = []
    for _ in range(3):
        learned = nasnet.learn(Wrong())
        seen += zip(learned.losses, (code.tolist() for code in learned.choices), strict=True)
        enas.learn(Wrong())
    least = min(loss for loss, _ in seen)
    assert SPACE.encode(nasnet.result()).tolist() == next(code for loss, code in seen if loss == least)
    assert SPACE.encode(enas.result()).tolist() == enas.controller.write(1, None)[0].tolist()


@BOTH
def test_a_gradient_that_fails_in_any_epoch_leaves_no_trace(name, monkeypatch):
    strategy = new(name)
    strategy.learn(Wrong())
    before, step, calls = strategy.state_dict(), ModuleAdam.step, []

    def third_fails(self, loss):
        calls.append(loss)
        step(self, loss * torch.nan if len(calls) == (3 if name == "nasnet" else 1) else loss)

    monkeypatch.setattr(ModuleAdam, "step", third_fails)
    with pytest.raises(NotFinite):
        strategy.learn(Wrong())
    after = strategy.state_dict()
    assert after["rng"] != before["rng"]
    for state in (before, after):
        del state["rng"]
    np.testing.assert_equal(after, before)


@BOTH
@pytest.mark.parametrize(
    "damage",
    [
        {"baseline": float("nan")}, {"baseline": "1"}, {"best": [1.0]}, {"best": [1.0, [0, 0, 9, 0]]}, {"best": 3},
        {"rng": 4}, {"controller": None}, {"controller": {"weights": [1.0]}},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_state_is_refused_and_changes_nothing(name, damage):
    strategy = new(name)
    strategy.learn(Wrong())
    before = as_json(strategy)
    with pytest.raises(ValueError, match=r"\.$"):
        strategy.load_state_dict({**strategy.state_dict(), **damage})
    assert as_json(strategy) == before
    for part, value in (("v", -1.0), ("m", np.inf), ("steps", -1)):
        saved = copy.deepcopy(strategy.state_dict())
        saved["controller"][part] = value if part == "steps" else saved["controller"][part] * 0 + value
        with pytest.raises(ValueError, match=part):
            strategy.load_state_dict(saved)
    assert as_json(strategy) == before


@BOTH
def test_the_line_of_an_epoch_moves_no_generator(name):
    strategy = new(name)
    strategy.learn(Wrong())
    before = as_json(strategy)
    line, record = strategy.epoch_metrics(), strategy.record()
    assert as_json(strategy) == before
    assert np.allclose(np.reshape(record["theta"], (4, 3)).sum(axis=1), 1.0)
    assert 0.0 < line["entropy"] <= 4 * np.log(3)
    assert 1 / 3 <= line["mean_max_theta"] <= 1.0
