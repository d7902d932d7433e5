"""NAO: its rounds, what it never tries twice, what a swap of slots leaves as it is, and failed evaluations."""

import json

import numpy as np
import pytest

from asng_edu.nas import STRATEGIES, CellSpace, LayerSpace
from asng_edu.nas.strategies.base import NotFinite
from asng_edu.nas.strategies.nao import swaps

SPACE = LayerSpace(layers=5, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)


class Wrong:
    """The loss is the number of layers that are not a 3×3 convolution; of some codes there is none."""

    def __init__(self, space=SPACE, failed=lambda code: False):
        self.space, self.failed = space, failed

    def losses(self, codes):
        return np.array([np.nan if self.failed(code) else float((code != 2).sum()) for code in np.asarray(codes)])


def new(space=SPACE, seed=0, **changes):
    few = {"pool": 12, "lam": 4, "nao_epochs": 5, "width": 8, "predictor_units": 8}
    return STRATEGIES["nao"](**{**few, **changes}).make(space, seed)


def as_json(strategy):
    return json.dumps(strategy.state_dict(), default=lambda value: value.tolist())


def test_half_of_the_pool_is_replaced_in_each_round_the_worst_first():
    strategy, evaluator = new(), Wrong()
    for _ in range(3):
        strategy.learn(evaluator)
    assert sorted(strategy.pool) == list(range(12))
    assert strategy.waiting == []
    losses = [loss for loss, _ in strategy.tried]
    strategy.learn(evaluator)
    assert len(strategy.pool) == 10
    assert len(strategy.waiting) == 2
    kept = [losses[place] for place in strategy.pool[:6]]
    assert kept == sorted(losses)[:6]
    strategy.learn(evaluator)
    assert len(strategy.pool) == 12
    assert len(strategy.tried) == 18


def test_no_code_is_tried_twice_while_there_are_others():
    strategy, evaluator = new(), Wrong()
    for _ in range(40):
        strategy.learn(evaluator)
    codes = [tuple(code) for _, code in strategy.tried]
    assert len(set(codes)) == len(codes)


def test_a_space_that_is_used_up_is_gone_through_again():
    space = LayerSpace(layers=2, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)
    strategy, evaluator = new(space), Wrong(space)
    for _ in range(12):
        strategy.learn(evaluator)
    assert len({tuple(code) for _, code in strategy.tried}) == 9
    assert space.encode(strategy.result()).tolist() == [2, 2]


def test_the_result_is_the_best_that_was_evaluated():
    strategy = new()
    for _ in range(9):
        strategy.learn(Wrong())
    assert Wrong().losses(SPACE.encode(strategy.result())[None])[0] == min(loss for loss, _ in strategy.tried)


def test_a_failed_evaluation_is_tried_and_never_learned_from():
    strategy = new()
    evaluator = Wrong(failed=lambda code: code[0] == 1)
    for _ in range(12):
        try:
            strategy.learn(evaluator)
        except NotFinite:
            continue
    failed = [place for place, (loss, _) in enumerate(strategy.tried) if np.isinf(loss)]
    assert failed
    assert not set(failed) & set(strategy.pool)
    assert SPACE.encode(strategy.result())[0] != 1


def test_where_all_of_a_step_fail_others_are_tried_next():
    strategy = new(lam=1)
    bad = {tuple(code) for code in SPACE.random_codes(5, 40).tolist()}
    evaluator = Wrong(failed=lambda code: tuple(code) in bad)
    for _ in range(200):
        try:
            strategy.learn(evaluator)
        except NotFinite:
            continue
        if len(strategy.tried) == 8:
            break
    assert len(strategy.tried) == 8
    assert all(tuple(code) not in bad for _, code in strategy.tried)


@pytest.mark.parametrize("chain", [False, True])
def test_swapped_slots_are_the_same_cell(chain):
    space = CellSpace(nodes=3, kinds=("normal",), operations=("identity", "conv_1x1"), chain=chain)
    strategy = new(space)
    # In a chain the first slot of a node reads what the second does not, so nothing can be swapped.
    assert len(swaps(space)) == (0 if chain else 3)
    codes = space.random_codes(0, 50)
    swapped = strategy._swap(codes, np.random.default_rng(1))
    assert (swapped != codes).any() != chain
    for one, other in zip(codes, swapped, strict=True):
        cells = [space.decode(code).normal for code in (one, other)]
        assert [sorted(node) for node in cells[0]] == [sorted(node) for node in cells[1]]


@pytest.mark.parametrize(
    "damage",
    [
        {"tried": [[1.0]]}, {"tried": [[1.0, [9, 0, 0, 0, 0]]]}, {"tried": 3}, {"pool": [99]}, {"pool": ["a"]},
        {"waiting": [[0, 1]]}, {"rng": None}, {"paths": {}},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_state_is_refused_and_changes_nothing(damage):
    strategy = new()
    strategy.learn(Wrong())
    before = as_json(strategy)
    with pytest.raises(ValueError, match=r"\.$"):
        strategy.load_state_dict({**strategy.state_dict(), **damage})
    assert as_json(strategy) == before
