"""The search: its step against a plain one, its resumption to the bit, its behaviour when losses are no numbers."""

import copy
import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional

from asng_edu.nas.data.datasets import load
from asng_edu.nas.runs import checkpoint
from asng_edu.nas.runs.runner import Diverged
from asng_edu.nas.supernet.network import Network
from asng_edu.nas.training.base import pick_device
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import CIFAR10, CLUTTER, PRESETS, SearchSettings, preset_for

TINY = dataclasses.replace(
    CLUTTER, channels=2, epochs=3, warmup_epochs=1, batch=32, theta_batch=40, lam_x=2, candidates=5
)


@pytest.fixture(scope="module")
def data():
    return load("clutter", images=200)


def new(data, **changes):
    return Search(dataclasses.replace(TINY, **changes), data=data, device="cpu")


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
    search = new(data, warmup_epochs=0, **changes)
    settings = dataclasses.replace(TINY, **changes)
    network = Network(search.space, cells=2, channels=2, image_channels=1)
    network.load_state_dict(search.network.state_dict())
    sgd = torch.optim.SGD(network.parameters(), lr=1.0, momentum=settings.momentum, weight_decay=settings.weight_decay)
    asng = copy.deepcopy(search.optimizer)
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
        assert np.allclose(search.optimizer.theta, asng.theta, atol=1e-5)
    for ours, plain in zip(search.network.parameters(), network.parameters(), strict=True):
        assert torch.allclose(ours, plain, atol=1e-5)


def test_theta_rests_in_the_warmup_and_the_paths_are_uniform(data):
    search = new(data)
    (line,) = run(search, search.epoch_steps)
    uniform = search.family.initial_theta()
    assert line["warmup"]
    assert np.allclose(search.optimizer.theta, uniform, atol=1e-15)
    assert np.isnan(line["theta_loss"])
    run(search, 2)
    assert not np.allclose(search.optimizer.theta, uniform, atol=1e-3)
    assert search.optimizer.state.t == 2


def test_the_weights_learn():
    search = Search(
        dataclasses.replace(
            TINY, data="digits", operations=("conv_1x1", "conv_3x3"), channels=8, epochs=4, warmup_epochs=4
        ),
        device="cpu",
    )
    history = run(search)
    assert history[-1]["train_loss"] < 0.9 * history[0]["train_loss"]
    assert all(line["skipped"] == 0 for line in history)


@pytest.mark.parametrize("method", ["asng", "sng", "random"])
@pytest.mark.parametrize("stop", [1, 5, 10])
def test_it_goes_on_to_the_bit(data, method, stop):
    whole, first = new(data, method=method), new(data, method=method)
    run(whole)
    run(first, stop)
    second = new(data, method=method)
    second.load(*saved(first))
    assert same(first, second)
    run(second)
    assert same(whole, second)
    assert whole.record()["theta"] == second.record()["theta"]
    assert whole.genotype() == second.genotype()


def test_random_search_gives_the_best_of_its_candidates(data):
    search = new(data, method="random")
    run(search)
    assert len(search.ranking) == 5
    assert np.allclose(search.optimizer.theta, search.family.initial_theta(), atol=1e-15)
    loss, code = min(search.ranking)
    assert search.genotype() == search.space.decode(code)
    sums = []
    for x, labels in search.theta_batches.all(34):  # three batches of nearly equal size, at most 40
        with torch.no_grad():
            logits = search.network(x, search.genotype())
        sums.append(float(functional.cross_entropy(logits, labels, reduction="sum")))
    assert len(sums) == 3
    assert loss == pytest.approx(sum(sums) / len(search.theta_batches), rel=1e-5)


@pytest.mark.parametrize("method", ["asng", "random"])
def test_what_is_done_does_not_advance(data, method):
    search = new(data, method=method)
    run(search)
    before = search.record()
    with pytest.raises(ValueError, match=f"all {search.steps} steps are done"):
        search.advance()
    assert str(search.record()) == str(before)  # as text, for NaN is not equal to itself


def test_a_loss_that_is_not_finite_is_the_worst_of_all(data, monkeypatch):
    search = new(data)
    codes = np.stack([search.space.encode(search.space.random(rng=i)) for i in range(3)])
    evaluate = search.evaluate
    broken = np.array([[1.0, 1.0], [np.nan, 1.0], [1.0, 1.0]])
    monkeypatch.setattr(search, "evaluate", lambda *given: evaluate(*given) * broken)
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
    search = new(data, warmup_epochs=0)
    run(search, 2)
    values, theta = search.flat.values.clone(), search.optimizer.theta.copy()
    forward = Network.forward
    monkeypatch.setattr(Network, "forward", lambda *args, **kwargs: forward(*args, **kwargs) * bad)
    search.advance()
    assert torch.equal(search.flat.values, values)
    assert np.array_equal(search.optimizer.theta, theta)
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
    values["optimizer"]["settings"]["delta0"] = 3.0
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
    assert record["Delta"] == search.optimizer.state.Delta
    assert [line["epoch"] for line in record["history"]] == [1, 2, 3]
    assert len(record["history"][0]["theta"]) == search.space.options
    assert record["data"]["training"] == 200


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
        ({"method": "darts"}, "method must be one of asng, sng, random"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"warmup_epochs": 4}, "warmup_epochs must be at most epochs = 3, but is 4"),
        ({"lam_theta": 1}, "lam_theta must be a whole number of at least 2"),
        ({"lam_x": 0}, "lam_x must be a whole number of at least 1"),
        ({"delta0": 0.0}, "delta0 must be a finite number above 0"),
        ({"fraction": 1.0}, "fraction must lie between 0 and 1"),
        ({"rate": float("nan")}, "rate must be a number"),
        ({"operations": ("identity", "identity")}, "operations must not name"),
        ({"kinds": ("normal", "odd")}, "kinds must be one of normal, reduction"),
        ({"output": "first"}, "output must be one of unused, last"),
        ({"margin": 0.9}, "margin must be one of"),
        ({"precision": "float8"}, "precision must be one of float32, bfloat16"),
        ({"data": ""}, "data must be clutter"),
        ({"chain": 1}, "chain must be True or False"),
        ({"batch": True}, "batch must be a whole number"),
        ({"utility": "median"}, "utility must be one of"),
        ({"momentum": 1.5}, "momentum must lie"),
    ],
)
def test_bad_settings_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        dataclasses.replace(TINY, **changes)


def test_a_batch_larger_than_the_data_is_refused(data):
    with pytest.raises(ValueError, match="at most as large as its set of 100 pictures, but is 101"):
        new(data, batch=101)


def test_devices():
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("auto").type in ("cpu", "cuda")
    for name in ("abacus", "cuda:99", "meta"):
        with pytest.raises(ValueError, match="device must be auto"):
            pick_device(name)


RANKS = """
import dataclasses, hashlib, json, sys
import torch
torch.set_num_threads(1)
from asng_edu.nas.data.datasets import load
from asng_edu.nas.runs.distributed import Ranks
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import CLUTTER

settings = dataclasses.replace(
    CLUTTER, channels=2, epochs=3, warmup_epochs=1, batch=32, theta_batch=40, lam_x=2, lam_theta=3, candidates=5,
    method=sys.argv[2],
)
with Ranks.from_environment() as ranks:
    search = Search(settings, data=load("clutter", images=200), device="cpu", ranks=ranks)
    while not search.done:
        search.advance()
    digest = hashlib.sha256(search.flat.values.numpy().tobytes()).hexdigest()
    found = {"theta": search.optimizer.theta.tolist(), "digest": digest, "ranking": search.ranking,
             "weights": search.flat.values[:50].tolist()}
    with open(f"{sys.argv[1]}/{ranks.size}-{ranks.rank}.json", "w") as file:
        json.dump(found, file)
"""


@pytest.mark.parametrize("method", ["asng", pytest.param("random", marks=pytest.mark.slow)])
def test_two_processes_share_the_paths(tmp_path, method):
    script = tmp_path / "search.py"
    script.write_text(RANKS, encoding="utf-8")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for command in ([sys.executable], launch):
        subprocess.run([*command, script, tmp_path, method], check=True, env=environment, timeout=300)
    one, first, second = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("1-0", "2-0", "2-1"))
    assert first == second  # to the bit, weights included
    assert np.allclose(one["theta"], first["theta"], atol=1e-3)
    assert np.allclose(one["weights"], first["weights"], atol=1e-3)
    assert np.allclose([loss for loss, _ in one["ranking"]], [loss for loss, _ in first["ranking"]], atol=1e-3)
