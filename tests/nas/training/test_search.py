"""The search: its step against a plain one, its resumption to the bit, its behaviour when losses are no numbers."""

import copy
import json
import pickle
from contextlib import nullcontext

import numpy as np
import pytest
import shared_search
import torch
from jobs import finish, start
from torch.nn import functional

from asng_edu._common.options import options_of
from asng_edu.jobs.errors import Diverged
from asng_edu.nas import SPACES, STRATEGIES, Callback, OneShot, Strategy
from asng_edu.nas.data.datasets import load
from asng_edu.nas.runs import checkpoint
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.strategies.base import Learned
from asng_edu.nas.supernet.network import Network
from asng_edu.nas.training.base import pick_device
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import CIFAR10, CLUTTER, PRESETS, SearchSettings, preset_for

TINY = CLUTTER.change(channels=2, epochs=3, warmup=1 / 3, batch=32, theta_batch=40, lam_x=2)
SMALL = {"nodes": 2, "operations": ("identity", "max_pool_3x3", "conv_3x3")}  # a space of cells
FEW = {  # candidates, and steps of what learns beside the supernet
    "random": {"candidates": 5},
    "smash": {"candidates": 5},
    "nao": {"candidates": 12, "pool": 8, "nao_epochs": 2},
    "nasnet": {"ppo_epochs": 2},
}


@pytest.fixture(scope="module")
def data():
    return load("clutter", images=200)


def new(data, strategy="asng", **changes):
    return Search(TINY.change(strategy=strategy, **FEW.get(strategy, {}), **changes), data=data, device="cpu")


def run(search, steps=None):
    lines = []
    while not search.done and steps != 0:
        line = search.advance()
        lines += [line] if line else []
        steps = None if steps is None else steps - 1
    return lines


def saved(search):
    """Return what a checkpoint gives back."""
    return checkpoint.loads(checkpoint.dumps(*search.state()))


def same(a, b):
    """Whether two searches are in the same state, to the bit, but for the clock."""
    (tensors, values), (others, their_values) = saved(a), saved(b)
    for one in (values, their_values):
        one.pop("seconds")
        one["history"] = [{k: v for k, v in line.items() if k != "steps_per_second"} for line in one["history"]]
    return all(torch.equal(tensors[name], others[name]) for name in tensors) and json.dumps(values) == json.dumps(
        their_values
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"clip": 0.5},
        {"lam_x": 1},
        {"chain": False, "output": "unused", "share_inputs": False, "augment_theta": True, "crop": 2},
    ],
)
def test_a_step_is_the_plain_step(data, changes):
    """All paths in one graph, torch's own SGD with zero gradients, its own clipping; then ASNG told the losses."""
    changes = {"clip": 100.0, "weight_decay": 0.1, **changes}
    search = new(data, warmup=0.0, **changes)
    settings = TINY.change(**changes)
    network = Network(search.space, cells=2, channels=2, image_channels=1)
    network.load_state_dict(search.network.state_dict())
    sgd = torch.optim.SGD(network.parameters(), lr=1.0, momentum=settings.momentum, weight_decay=settings.weight_decay)
    asng = copy.deepcopy(search.strategy.optimizer)
    for step in range(2 * search.epoch_steps):
        x, labels = search.train_batches.take(*divmod(step, search.epoch_steps))
        codes = asng.ask(size=settings.lam_x)
        losses = [functional.cross_entropy(network(x, search.space.decode(code)), labels) for code in codes]
        sgd.zero_grad()
        torch.stack(losses).mean().backward()
        for parameter in network.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
        sgd.param_groups[0]["lr"] = search.rate
        sgd.step()
        x, labels = search.theta_batches.take(*divmod(step, search.theta_batches.steps))
        codes = asng.ask()
        with torch.no_grad():
            losses = [float(functional.cross_entropy(network(x, search.space.decode(code)), labels)) for code in codes]
        asng.tell(codes, losses)
        search.advance()
        assert np.allclose(search.strategy.optimizer.theta, asng.theta, atol=1e-5)
    for ours, plain in zip(search.network.parameters(), network.parameters(), strict=True):
        assert torch.allclose(ours, plain, atol=1e-5)


def test_theta_rests_in_the_warmup_and_the_paths_are_uniform(data):
    search = new(data)
    (line,) = run(search, search.epoch_steps)
    uniform = search.space.categorical().initial_theta()
    assert line["warmup"]
    assert np.allclose(search.strategy.optimizer.theta, uniform, atol=1e-15)
    assert np.isnan(line["theta_loss"])
    run(search, 2)
    assert not np.allclose(search.strategy.optimizer.theta, uniform, atol=1e-3)
    assert search.strategy.optimizer.state.t == 2


def test_the_weights_learn():
    search = Search(
        TINY.change(data="digits", operations=("conv_1x1", "conv_3x3"), channels=8, epochs=4, warmup=1.0),
        device="cpu",
    )
    history = run(search)
    assert history[-1]["train_loss"] < 0.9 * history[0]["train_loss"]
    assert all(line["skipped"] == 0 for line in history)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("stop", [5, *(pytest.param(at, marks=pytest.mark.slow) for at in (1, 10))])
def test_it_goes_on_to_the_bit(data, strategy, stop):
    first, second = new(data, strategy, **SMALL), new(data, strategy, **SMALL)
    run(first, stop)
    second.load(*saved(first))
    assert same(first, second)
    run(first)  # which nothing has interrupted
    run(second)
    assert same(first, second)
    assert first.record()["theta"] == second.record()["theta"]
    assert first.genotype() == second.genotype()


def test_random_search_gives_the_best_of_its_candidates(data):
    search = new(data, "random")
    run(search)
    ranking = search.strategy.ranking
    assert len(ranking) == 5
    loss, code = min(ranking)
    assert search.genotype() == search.space.decode(code)
    sums = []
    for x, labels in search.theta_batches.all(34):  # three batches of nearly equal size, at most 40
        with torch.no_grad():
            logits = search.network(x, search.genotype())
        sums.append(float(functional.cross_entropy(logits, labels, reduction="sum")))
    assert len(sums) == 3
    assert loss == pytest.approx(sum(sums) / len(search.theta_batches), rel=1e-5)


@pytest.mark.parametrize("strategy", ["asng", "random"])
def test_what_is_done_does_not_advance(data, strategy):
    search = new(data, strategy)
    run(search)
    before = search.record()
    with pytest.raises(ValueError, match=f"all {search.steps} steps are done"):
        search.advance()
    assert str(search.record()) == str(before)  # as text, for NaN is not equal to itself


def test_a_loss_that_is_not_finite_is_the_worst_of_all(data, monkeypatch):
    search = new(data)
    codes = np.stack([search.space.encode(search.space.random(rng=i)) for i in range(3)])
    measure = OneShot.measure
    broken = np.array([[1.0, 1.0], [np.nan, 1.0], [1.0, 1.0]])
    monkeypatch.setattr(OneShot, "measure", lambda *given: measure(*given) * broken)
    losses = search.evaluate_all(codes)[:, 0]
    assert np.isfinite(losses).tolist() == [True, False, True]
    assert losses[1] == np.inf


def test_the_seed_decides(data):
    one, again, other = new(data), new(data), new(data, seed=1)
    for search in (one, again, other):
        run(search)
    assert same(one, again)
    assert one.record()["theta"] != other.record()["theta"]


def test_the_global_generator_is_left_alone(data):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    run(new(data), 2)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_step_without_a_finite_loss_is_skipped_and_counted(data, monkeypatch, bad):
    search = new(data, warmup=0.0)
    run(search, 2)
    values, theta = search.flat.values.clone(), search.strategy.optimizer.theta.copy()
    forward = Network.forward
    monkeypatch.setattr(Network, "forward", lambda *args, **kwargs: forward(*args, **kwargs) * bad)
    search.advance()
    assert torch.equal(search.flat.values, values)
    assert np.array_equal(search.strategy.optimizer.theta, theta)
    assert not search.flat.gradients.any()
    monkeypatch.undo()
    run(search)
    assert [line["skipped"] for line in search.history] == [1, 0, 0]
    assert all(np.isfinite(line["train_loss"]) for line in search.history)


def test_after_so_many_bad_steps_in_a_row_it_stops(data, monkeypatch):
    search = new(data, patience=3)
    forward = Network.forward
    monkeypatch.setattr(Network, "forward", lambda *args, **kwargs: forward(*args, **kwargs) * float("nan"))
    search.advance()
    search.advance()
    with pytest.raises(Diverged, match=r"not finite in 3 steps, one after another: try a smaller rate than 0\.2"):
        search.advance()


def test_states_of_other_searches_are_refused(data):
    search, other = new(data), new(data, channels=4)
    before = saved(search)
    with pytest.raises(ValueError, match="of another network"):
        search.load(*saved(other))
    tensors, values = saved(search)
    with pytest.raises(ValueError, match="not of a search"):
        search.load(tensors, {})
    values["strategy"]["optimizer"]["settings"]["delta0"] = 3.0
    with pytest.raises(ValueError, match="another settings"):
        search.load(tensors, values)
    tensors, values = saved(search)
    values["data"]["checksum"] = "0"
    with pytest.raises(ValueError, match="not those that the search began with: another checksum"):
        search.load(tensors, values)
    assert json.dumps(saved(search)[1]) == json.dumps(before[1])


def test_the_record_is_json_and_describes_the_cell(data):
    search = new(data)
    run(search)
    record = json.loads(json.dumps(search.record()))
    assert record["genotype"] == search.genotype().to_json()
    assert len(record["theta"]) == search.space.options
    assert record["parameters"] > 0
    assert record["Delta"] == search.strategy.optimizer.state.Delta
    assert [line["epoch"] for line in record["history"]] == [1, 2, 3]
    assert len(record["history"][0]["theta"]) == search.space.options
    assert record["data"]["training"] == 200
    (found,) = search.evaluate_all(search.space.encode(search.genotype())[None])
    assert [record["one_shot_loss"], record["one_shot_accuracy"]] == found.tolist()


def test_the_record_tells_of_the_final_cell_only_at_the_end(data):
    search = new(data)
    run(search, search.steps - 1)
    assert search.record()["one_shot_loss"] is None


def test_the_article_has_its_own_preset():
    space = CIFAR10.space
    assert (len(space.decisions), space.options, space.n_theta) == (40, 180, 140)
    assert f"{space.size:.2e}" == "2.56e+25"
    assert (CIFAR10.cells, CIFAR10.channels, CIFAR10.batch, CIFAR10.epochs) == (8, 16, 64, 100)
    assert preset_for("folder:somewhere") == "cifar10"
    assert preset_for("clutter") == "clutter"


@pytest.mark.parametrize("name", PRESETS)
def test_settings_survive_json(name):
    settings = PRESETS[name]
    assert SearchSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"strategy": "nothing"}, "strategy must be one of .*asng"),
        ({"space": "nothing"}, "space must be one of .*cells"),
        ({"candidates": 4}, "no setting 'candidates' .* strategy asng; there are "),
        ({"layers": 4}, "no setting 'layers' of this search, of the space cells"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"epochs": 10**30}, "epochs must be at most"),
        ({"channels": 2**62}, "channels must be at most"),
        ({"warmup": 1.5}, "warmup must be a share from 0 to 1, but is 1.5"),
        ({"lam": 1}, "lam .* must be a whole number of at least 2"),
        ({"flip": 1}, "flip must be True or False"),
        ({"lam_x": 0}, "lam_x must be a whole number of at least 1"),
        ({"delta0": 0.0}, "delta0 must be a finite number above 0"),
        ({"fraction": 1.0}, "fraction must lie between 0 and 1"),
        ({"rate": float("nan")}, "rate must be a number"),
        ({"operations": ("identity", "identity")}, "operations must not name"),
        ({"kinds": ("normal", "odd")}, "kinds must be one of normal, reduction"),
        ({"output": "first"}, "output must be one of unused, last"),
        ({"margin": 0.9}, "margin must be one of"),
        ({"precision": "float8"}, "precision must be one of float32, bfloat16"),
        ({"data": ""}, "data must be the name of a data set"),
        ({"chain": 1}, "chain must be True or False"),
        ({"batch": True}, "batch must be a whole number"),
        ({"utility": "median"}, "utility must be one of"),
        ({"momentum": 1.5}, "momentum must lie"),
    ],
)
def test_bad_settings_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        TINY.change(**changes)


def test_a_batch_larger_than_the_data_is_refused(data):
    with pytest.raises(ValueError, match="at most as large as its set of 100 images, but is 101"):
        new(data, batch=101)


def test_devices():
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("auto").type in ("cpu", "cuda")
    for name in ("abacus", "cuda:99", "meta"):
        with pytest.raises(ValueError, match="device must be auto"):
            pick_device(name)


METHODS = ("asng", "darts2")
OTHERS = ("random", "darts", "snas", "proxyless", "smash")


@pytest.mark.parametrize("methods", [METHODS, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=",".join)
def test_two_processes_share_the_paths(tmp_path, methods):
    for process in start(2, shared_search.__file__, str(tmp_path), *methods):
        finish(process)
    for method in methods:
        first, second = (json.loads((tmp_path / f"{method}-{rank}.json").read_text()) for rank in range(2))
        assert first == second  # to the bit, weights included
        one = shared_search.found(method, Distributed.single())
        assert np.allclose(one["theta"], first["theta"], atol=1e-3)
        assert np.allclose(one["weights"], first["weights"], atol=1e-3)
        assert np.allclose([loss for loss, _ in one["ranking"]], [loss for loss, _ in first["ranking"]], atol=1e-3)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda search: pickle.loads(pickle.dumps(search))])
@pytest.mark.parametrize(("strategy", "space"), [("asng", "cells"), ("random", "layers"), ("sng", "bits")])
def test_a_copy_goes_on_alike_and_moves_a_network_of_its_own(data, strategy, space, copied):
    search = new(data, strategy, space=space)
    run(search, 4)
    other = copied(search)
    run(search)
    assert other.step == 4
    run(other)
    assert same(search, other)
    for one, same_one in zip(search.network.parameters(), other.network.parameters(), strict=True):
        assert torch.equal(one, same_one)
        assert one.data_ptr() != same_one.data_ptr()


class Watcher(Callback):
    def __init__(self):
        self.paths, self.steps, self.lines, self.regions = [], [], [], []

    def on_path(self, search, loss):
        self.paths.append(loss)

    def on_step(self, search, step):
        self.steps.append(step)

    def on_epoch(self, search, line):
        self.lines.append(line)

    def region(self, name):
        self.regions.append(name)
        return nullcontext()


def test_a_callback_sees_paths_steps_and_epochs_and_changes_nothing(data):
    watcher = Watcher()
    search, alone = Search(TINY, data=data, device="cpu", callbacks=[watcher]), new(data)
    run(search)
    run(alone)
    assert same(search, alone)
    assert watcher.lines == search.history
    count = TINY.epochs * search.epoch_steps
    assert [step.number for step in watcher.steps] == list(range(1, count + 1))
    assert watcher.paths == pytest.approx([loss for step in watcher.steps for loss in step.losses])
    learned = [step.learned for step in watcher.steps]
    assert [one is None for one in learned] == [n < search.epoch_steps for n in range(count)]
    assert len(learned[-1].choices) == len(learned[-1].losses) == TINY.strategy.lam
    assert learned[-1].info.t == count - search.epoch_steps - 1
    assert watcher.regions[-5:] == ["data", "weights", "optimiser", "data", "theta"]


class Gates(Strategy):
    """Moves one vector of gates by its gradient, as DARTS does."""

    def __init__(self, space):
        self.space = space
        self.logits = [torch.zeros(decision.size, requires_grad=True) for decision in space.decisions]

    def propose(self, n):
        return [self.space.mixture([a.detach().softmax(0) for a in self.logits])] * n

    def learn(self, evaluator):
        mixture = self.space.mixture([a.softmax(0) for a in self.logits])
        loss = evaluator.loss(mixture)
        moves = torch.autograd.grad(loss, self.logits)
        with torch.no_grad():
            for logits, move in zip(self.logits, moves, strict=True):
                logits -= 10.0 * move
        return Learned([mixture], [float(loss.detach())])

    def result(self):
        return self.space.decode([int(a.argmax()) for a in self.logits])

    def state_dict(self):
        return {"logits": [a.tolist() for a in self.logits]}

    def load_state_dict(self, saved):
        self.logits = [torch.tensor(a, requires_grad=True) for a in saved["logits"]]


@pytest.mark.parametrize("space", SPACES)
def test_a_strategy_can_learn_by_gradients_through_gates(data, space):
    settings = TINY.change(space=space, warmup=0.0, **(SMALL if space == "cells" else {}))
    search = Search(settings, data=data, device="cpu", strategy=Gates(settings.space))
    run(search, 4)
    assert all(bool(logits.any()) for logits in search.strategy.logits)
    again = Search(settings, data=data, device="cpu", strategy=Gates(settings.space))
    again.load(*saved(search))
    run(search)
    run(again)
    assert same(search, again)
    assert len(search.history) == 3


class Asking(Strategy):
    """Notes when it is asked to learn, and what it is told of the search."""

    learns_every = 2

    def __init__(self, space):
        self.space, self.told = space, []

    def propose(self, n):
        return list(self.space.random_codes(0, n))

    def learn(self, evaluator):
        step = evaluator.weight_step
        self.told.append((evaluator.progress, step.rate, step.batch, step.sgd))
        return Learned([], [])

    def result(self):
        return self.space.random(0)


def test_a_strategy_is_told_how_far_the_search_is_and_how_the_weights_move_next(data):
    settings = TINY.change(epochs=4, warmup=0.25)
    search = Search(settings, data=data, device="cpu", strategy=Asking(settings.space))
    steps = []
    while search.step < search.epochs_end:
        before = len(search.strategy.told)
        search.advance()
        steps += [search.step] * (len(search.strategy.told) - before)
    assert (search.epoch_steps, steps) == (3, [5, 7, 9, 11])  # the second of every two after three of warm-up
    progress, rates, batches, sgds = zip(*search.strategy.told, strict=True)
    assert progress == pytest.approx([1 / 9, 3 / 9, 5 / 9, 7 / 9])
    assert rates == pytest.approx([0.1 * (1 + np.cos(np.pi * epoch / 4)) for epoch in (1, 2, 2, 3)])
    for step, (x, labels) in zip(steps, batches, strict=True):
        expected = search.train_batches.take(*divmod(step, 3))
        assert torch.equal(x, expected[0])
        assert torch.equal(labels, expected[1])
    assert all(sgd is search.sgd for sgd in sgds)


def test_the_loss_of_a_mixture_is_told_of_in_the_line_of_an_epoch(data):
    search = new(data, "darts", warmup=0.0)
    (line,) = run(search, search.epoch_steps)
    assert 1 < line["theta_loss"] < 4
    assert 0 <= line["theta_accuracy"] <= 1


FLAT = {  # as records have them from before version 0.2
    "data": "clutter", "images": None, "epochs": 48, "batch": 64, "rate": 0.2, "momentum": 0.9, "weight_decay": 3e-4,
    "clip": 0.3, "crop": None, "cutout": 0, "precision": "float32", "patience": 10, "seed": 0, "method": "asng",
    "kinds": ["normal"], "nodes": 3, "chain": True, "output": "last", "share_inputs": True, "cells": 2, "channels": 4,
    "operations": ["identity", "max_pool_3x3", "avg_pool_3x3", "conv_1x1", "conv_3x3", "sep_conv_5x5"],
    "warmup_epochs": 32, "theta_batch": 128, "fraction": 0.5, "lam_x": 1, "lam_theta": 4, "delta0": 1.0, "alpha": 1.5,
    "utility": "mean", "margin": "asng", "candidates": 48, "augment_theta": False,
}  # fmt: skip


def test_records_of_older_versions_are_read():
    assert SearchSettings.from_json(FLAT) == CLUTTER
    changed = SearchSettings.from_json({**FLAT, "method": "random", "candidates": 7, "warmup_epochs": 7})
    assert changed == CLUTTER.change(strategy="random", candidates=7, warmup=7 / 48)
    assert changed.warmup_epochs == 7


def test_another_kind_keeps_what_both_have():
    settings = CLUTTER.change(lam=6, delta0=0.5, strategy="sng", space="layers")
    assert (settings.strategy.lam, settings.strategy.delta0) == (6, 0.5)
    assert settings.space.operations == CLUTTER.space.operations
    assert CLUTTER.change(strategy="asng") == CLUTTER


def test_names_of_settings_are_of_one_place_each():
    own = {field.name for field in options_of(CLUTTER)}
    spaces = {field.name for kind in SPACES.values() for field in options_of(kind)}
    strategies = {field.name for kind in STRATEGIES.values() for field in options_of(kind)}
    assert not own & spaces
    assert not own & strategies
    assert not spaces & strategies
