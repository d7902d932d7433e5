"""Evolution as a strategy: uniform paths for the weights, then a search by one-shot losses on all of D_θ."""

import json

import numpy as np
import pytest

from asng_edu.nas import STRATEGIES, LayerSpace, load
from asng_edu.nas.strategies.base import NotFinite
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import CLUTTER

SPACE = LayerSpace(layers=5, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)


class Wrong:
    """The loss is the number of layers that are not a 3×3 convolution; of some codes there is none."""

    space = SPACE

    def __init__(self, failed=lambda code: False):
        self.failed = failed

    def losses(self, codes):
        return np.array([np.nan if self.failed(code) else float((code != 2).sum()) for code in codes])


def new(seed=0, **changes):
    return STRATEGIES["evolution"](**changes).make(SPACE, seed)


@pytest.mark.parametrize("selection", ["ageing", "plus"])
def test_its_paths_stay_uniform_however_much_it_has_learned(selection):
    strategy = new(selection=selection)
    for _ in range(60):
        strategy.learn(Wrong())
    assert SPACE.encode(strategy.result()).tolist() == [2] * 5
    paths = np.array(strategy.propose(6000))
    for option in range(3):
        assert np.abs((paths == option).mean(axis=0) - 1 / 3).max() < 0.03  # five standard errors


def test_the_candidates_of_a_seed_do_not_depend_on_the_paths():
    one, other = new(), new()
    other.propose(7)
    for _ in range(9):
        codes = [np.array(strategy.learn(Wrong()).choices).tolist() for strategy in (one, other)]
        assert codes[0] == codes[1]


def test_its_final_steps_compare_as_many_as_it_is_told():
    assert new(candidates=48, lam=4).final_steps == 12
    assert new(candidates=49, lam=4).final_steps == 13
    assert not new().learns_while_training


def test_a_failed_evaluation_has_no_children():
    strategy = new(population=5)
    for _ in range(40):
        try:
            strategy.learn(Wrong(failed=lambda code: code[0] == 2))
        except NotFinite:
            continue
    assert SPACE.encode(strategy.result())[0] != 2
    assert (strategy.optimizer.state.members[:, 0] != 2).all()
    assert SPACE.encode(strategy.result())[1:].tolist() == [2] * 4


@pytest.mark.parametrize("damage", [{"rng": None}, {"optimizer": {}}, {"last": 3}])
def test_a_damaged_state_is_refused_and_changes_nothing(damage):
    strategy = new()
    strategy.learn(Wrong())
    before = json.dumps(strategy.state_dict(), default=lambda value: value.tolist())
    with pytest.raises(ValueError, match=r"\.$"):
        strategy.load_state_dict({**strategy.state_dict(), **damage})
    assert json.dumps(strategy.state_dict(), default=lambda value: value.tolist()) == before


def test_on_a_supernet_it_searches_after_the_last_epoch_on_all_of_the_other_half():
    settings = CLUTTER.change(
        channels=2, epochs=1, warmup=0.0, batch=32, theta_batch=40, strategy="evolution", candidates=12, population=4
    )
    search = Search(settings, data=load("clutter", images=200), device="cpu")
    while search.step < search.epoch_steps:
        search.advance()
    assert search.strategy.optimizer.state.t == 0
    while not search.done:
        search.advance()
    assert search.strategy.optimizer.state.t == 3
    assert search.one_shot["one_shot_loss"] == pytest.approx(search.strategy.optimizer.best_loss)


def test_a_final_step_whose_losses_all_fail_is_passed_over(monkeypatch):
    settings = CLUTTER.change(channels=2, epochs=1, batch=32, theta_batch=40, strategy="evolution", candidates=8)
    search = Search(settings, data=load("clutter", images=200), device="cpu")
    while search.step < search.epoch_steps:
        search.advance()
    measure, calls = type(search.evaluator()).measure, []

    def first_fails(self, codes):
        calls.append(len(codes))
        return measure(self, codes) * (np.nan if len(calls) == 1 else 1.0)

    monkeypatch.setattr("asng_edu.nas.evaluators.one_shot.OneShot.measure", first_fails)
    while not search.done:
        search.advance()
    assert calls == [4, 4, 1]
    assert search.strategy.optimizer.state.t == 1
    assert np.isfinite(search.one_shot["one_shot_loss"])
