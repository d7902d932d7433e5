"""Every registered strategy: finds a planted optimum, goes on to the bit, survives copies, refuses what is no state."""

import copy
import itertools
import json
import math
import pickle

import numpy as np
import pytest
from toy_supernet import ToySupernet

from asng_edu import ASNG, Bernoulli, Categorical
from asng_edu.nas import STRATEGIES, AskTell, LayerSpace, Table
from asng_edu.nas.strategies.base import NotFinite, strategy_from_json
from asng_edu.nas.supernet.mixture import Mixture

SPACE = LayerSpace(layers=7, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)
BEST = (2, 0, 1, 1, 2, 0, 2)
# The loss is the number of layers that are wrong: a random code is right in all of them once in 2,187.
CODES = list(itertools.product(range(3), repeat=len(BEST)))
TABLE = {code: float(sum(a != b for a, b in zip(code, BEST, strict=True))) for code in CODES}
BAD_STATES = [{}, {"optimizer": 3}, {"optimizer": {}, "last": {"t": 3}}, {"ranking": [5], "rng": 2}]
SETTINGS = {
    "adam": {"delta0": 0.1},
    "nao": {"pool": 100, "nao_epochs": 20},
    "smash": {"candidates": 100, "changes": 50},
    **{name: {"gate_rate": 0.1} for name in ("darts", "darts2", "snas", "proxyless")},
}
AT_THE_END = ("random", "smash")  # these compare candidates, in whose ranking a loss that is no number is the worst


def new(name, seed=0, **changes):
    return STRATEGIES[name](**{**SETTINGS.get(name, {}), **changes}).make(SPACE, seed)


def new_evaluator(name):
    if STRATEGIES[name].needs_supernet:
        toy = ToySupernet(SPACE, BEST)
        return toy, toy.evaluator()
    return (Table(SPACE, TABLE),) * 2


def plain(choice):
    return [gate.tolist() for gate in choice.weights["layers"]] if isinstance(choice, Mixture) else choice.tolist()


def as_json(strategy):
    return json.dumps(strategy.state_dict(), default=lambda value: value.tolist())


def times_found(name):
    """Return in how many of five runs a strategy finds the planted optimum within 300 evaluations."""
    found = 0
    for seed in range(5):
        counter, evaluator = new_evaluator(name)
        strategy = new(name, seed)
        while counter.evaluations < 300:
            strategy.learn(evaluator)
        found += tuple(SPACE.encode(strategy.result())) == BEST
    return found


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "random"])
def test_it_finds_the_planted_optimum_in_most_runs(name):
    assert times_found(name) >= 4


def test_random_search_rarely_finds_it():
    assert times_found("random") <= 1  # each of its 300 evaluations has a chance of 1 in 2,187


@pytest.mark.parametrize("name", STRATEGIES)
def test_it_goes_on_to_the_bit(name):
    _, evaluator = new_evaluator(name)
    whole, first = new(name), new(name)
    for strategy, steps in ((whole, 9), (first, 4)):
        for _ in range(steps):
            strategy.propose(3)
            strategy.learn(evaluator)
    second = new(name)
    second.load_state_dict(json.loads(as_json(first)))
    for other in (second, copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        for _ in range(5):
            other.propose(3)
            other.learn(evaluator)
        assert as_json(other) == as_json(whole)
        assert other.result() == whole.result()
        assert json.dumps(other.record()) == json.dumps(whole.record())


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_seed_decides(name):
    choices = [[plain(choice) for choice in new(name, seed).propose(8)] for seed in (0, 0, 1)]
    assert choices[0] == choices[1] != choices[2]


@pytest.mark.parametrize("name", STRATEGIES)
def test_settings_survive_json_and_copies(name):
    settings = STRATEGIES[name]()
    assert strategy_from_json(json.loads(json.dumps(settings.to_json()))) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert STRATEGIES[name].__doc__


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("saved", BAD_STATES)
def test_what_is_no_state_is_refused_and_changes_nothing(name, saved):
    strategy = new(name)
    before = as_json(strategy)
    with pytest.raises(ValueError, match=r"\.$"):
        strategy.load_state_dict(saved)
    assert as_json(strategy) == before


def without_generators(state):
    """Return a state without those of its random generators, which have moved."""
    if isinstance(state, dict):
        return {key: without_generators(value) for key, value in state.items() if "bit_generator" not in state}
    return [without_generators(value) for value in state] if isinstance(state, list) else state


class Broken:
    space = SPACE

    def losses(self, codes):
        return np.full(len(codes), np.nan)


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name not in AT_THE_END])
def test_from_losses_that_are_no_numbers_nothing_is_learned(name):
    strategy = new(name)
    before = strategy.result(), json.dumps(strategy.record())
    broken = ToySupernet(SPACE, BEST, math.nan).evaluator() if STRATEGIES[name].needs_supernet else Broken()
    states = [strategy.state_dict()]
    with pytest.raises(NotFinite):
        strategy.learn(broken)
    assert (strategy.result(), json.dumps(strategy.record())) == before
    states.append(strategy.state_dict())
    assert repr(without_generators(states[1])) == repr(without_generators(states[0]))


@pytest.mark.parametrize("name", [name for name, kind in STRATEGIES.items() if kind.needs_supernet])
def test_what_needs_a_supernet_says_so(name):
    strategy, table = new(name), Table(SPACE, TABLE)
    before = as_json(strategy)
    with pytest.raises(ValueError, match=rf"{name} learns on a supernet .* not a Table\.$"):
        strategy.learn(table)
    assert (as_json(strategy), table.evaluations) == (before, 0)


def test_random_search_takes_a_loss_that_is_no_number_for_the_worst():
    strategy = new("random")
    strategy.learn(Broken())
    assert strategy.ranking[0][0] == np.inf


def test_any_optimizer_of_the_spaces_distribution_is_a_strategy():
    strategy = AskTell(SPACE, ASNG(SPACE.categorical(), 1.0, lam=6, rng=3))
    table = Table(SPACE, TABLE)
    for _ in range(100):
        strategy.learn(table)
    assert tuple(SPACE.encode(strategy.result())) == BEST
    sizes = [decision.size for decision in SPACE.decisions]
    for other in (Categorical(2, dim=2), Categorical(sizes[:-1]), Bernoulli(sum(sizes))):
        with pytest.raises(ValueError, match=r"must have the space's distribution, .* but has (Categorical|Bernoulli)"):
            AskTell(SPACE, ASNG(other))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "must be a dictionary"),
        ({}, "strategy must be one of"),
        ({"name": "magic"}, "strategy must be one of"),
        ({"name": "asng", "beta": 1}, "asng has .*delta0.*, but this one has 'beta' too"),
        ({"name": "asng", "delta0": -1}, "delta0 must be"),
        ({"name": "sng", "lam": 1}, "lam .* at least 2"),
        ({"name": "random", "candidates": 0}, "candidates must be"),
    ],
)
def test_what_is_no_strategy_is_refused(value, says):
    with pytest.raises(ValueError, match=says):
        strategy_from_json(value)
