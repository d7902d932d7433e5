"""The plain loop that the benchmark compares with computes the library's step; and the benchmark runs to its end."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from asng_edu.nas import Callback
from asng_edu.nas.supernet.network import Network
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD
from asng_edu.nas.training.settings import CIFAR10

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import _naive_supernet as naive  # noqa: E402
import _supernet_loops as loops  # noqa: E402
import _supernet_measures as measures  # noqa: E402
import supernet  # noqa: E402

SETTINGS = CIFAR10.change(nodes=3, cells=4, channels=4, batch=6, theta_batch=6, cutout=4)


@pytest.fixture
def setup():
    return loops.Setup(SETTINGS, loops.noise(40, seed=0), torch.device("cpu"), steps=1, threads=1)


@pytest.fixture
def in_float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_losses_gradients_and_steps_are_the_librarys_in_float64(setup, order):
    s, space = SETTINGS, SETTINGS.space
    network = Network(space, cells=s.cells, channels=s.channels, classes=10).double()
    plain = naive.PlainNetwork(nodes=s.space.nodes, cells=s.cells, channels=s.channels, classes=10).double()
    plain.copy(network)
    plain.to(memory_format=order)
    common = {"momentum": s.momentum, "weight_decay": s.weight_decay, "clip": 0.05}
    loop = naive.PlainLoop(plain, rate=0.1, **common)
    flat = FlatParameters(network)
    sgd = MomentumSGD(flat, **common)
    codes = setup.codes(stream=0)
    rng = np.random.default_rng(0)
    for _ in range(4):
        x, y = torch.from_numpy(rng.standard_normal((6, 3, 16, 16))), torch.from_numpy(rng.integers(0, 10, 6))
        paths = [space.decode(next(codes)) for _ in range(2)]
        losses = [cross_entropy(network(x, path), y) for path in paths]
        for loss in losses:
            (loss / len(paths)).backward()
        assert loop.backward(x.to(memory_format=order), y, paths) == pytest.approx(
            sum(loss.item() for loss in losses) / 2, rel=1e-10
        )
        assert loop.evaluate(x, y, paths) == pytest.approx([loss.item() for loss in losses], rel=1e-10)
        assert flat.gradients.norm() > 0.05  # so that clipping is part of it
        for mine, other in zip(network.parameters(), plain.parameters(), strict=True):
            assert torch.allclose(mine.grad, other.grad, rtol=1e-8, atol=1e-11)
        sgd.step(0.1)
        loop.move()
        for mine, other in zip(network.parameters(), plain.parameters(), strict=True):
            assert torch.allclose(mine, other, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("ours", [{}, {"channels_last": False}])
@pytest.mark.usefixtures("in_float64")
def test_what_is_timed_is_the_same_step(setup, ours):
    """Both loops as they are measured, on the same batches, move the weights alike and find the same losses for θ.

    The networks compute in float64; the library takes the loss itself in float32.
    """
    mine = loops.Ours(setup, **ours)
    other = loops.Plain(setup, mine.search.network)
    seen = {"mine": [], "other": []}
    tell = other.asng.tell

    class Losses(Callback):
        def on_step(self, search, step):
            seen["mine"].append(step.learned.losses)

    mine.search.callbacks.append(Losses())
    other.asng.tell = lambda codes, losses: seen["other"].append(losses) or tell(codes, losses)
    rng = np.random.default_rng(1)
    batches = [
        (torch.from_numpy(rng.standard_normal((6, 3, 32, 32))), torch.from_numpy(rng.integers(0, 10, 6)))
        for _ in range(4)
    ]
    given = iter(batches), iter(batches)
    mine.search.train_batches.take = mine.search.theta_batches.take = lambda *_: next(given[0])
    other.train = other.theta = given[1]
    codes = setup.codes(stream=0)
    before = mine.search.flat.values.clone()
    for _ in range(2):
        drawn = np.stack([next(codes) for _ in range(4)])
        for loop in (mine, other):
            loop.step(drawn[:2], drawn[2:])
    np.testing.assert_allclose(seen["mine"], seen["other"], rtol=1e-5)
    moved = (mine.search.flat.values - before).abs().max()
    for parameter, own in zip(mine.search.network.parameters(), other.loop.network.parameters(), strict=True):
        assert torch.allclose(parameter, own, rtol=0, atol=1e-5 * float(moved))


def test_the_parts_add_up_to_the_step(setup):
    mine = loops.Ours(setup)
    codes = setup.codes(stream=0)
    drawn = np.stack([next(codes) for _ in range(2)])
    for loop in (mine, loops.Plain(setup, mine.search.network)):
        parts = loop.step(drawn, drawn)
        assert set(parts) == set(loops.PARTS)
        assert parts["step"] == pytest.approx(sum(parts[part] for part in loops.PARTS[1:]))
        assert min(parts.values()) > 0


def test_saved_bytes_are_counted_once_and_without_the_weights(setup):
    passes = measures.Passes(setup)
    x = torch.ones(5, 7, requires_grad=True)
    w = passes.flat.values[:7].detach()
    passes.loss = lambda _: ((x * w).exp() * x).sum()  # keeps x twice, its exponential twice, and the weights
    assert passes.saved_bytes(None) == 2 * 4 * 5 * 7


def test_goals_are_judged_by_the_median_of_ratios():
    steps = {measures.PLAIN: [4.0, 9.0, 10.0], measures.PLAIN_CL: [1.0], measures.OURS: [2.0, 3.0, 2.0]}
    measured = {"step": {name: dict.fromkeys(loops.PARTS, series) for name, series in steps.items()}}
    first, second = supernet.goals(measured)
    assert (first["ratio"], first["reached"]) == (3.0, True)
    assert (second["ratio"], second["reached"]) == (0.5, False)
    said = supernet.report(measured)
    assert "NOT reached  step, against the plain loop with channels_last: 0.50× (at least 1.2×)" in said
    assert supernet.report({}) == "Nothing has been measured."


def run(*options, **settings):
    command = [sys.executable, str(BENCHMARKS / "supernet.py"), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings)


TINY = ("--cells", "3", "--channels", "4", "--batch", "4", "--images", "16")


@pytest.mark.slow
def test_a_tiny_run_measures_everything(tmp_path):
    file = tmp_path / "bench.json"
    process = run(*TINY, "--steps", "1", "--variants", "--json", str(file))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    record = json.loads(file.read_text(encoding="utf-8"))
    assert [goal["goal"] for goal in record["goals"]] == [goal[0] for goal in supernet.GOALS]
    assert len(record["step"]) == 6
    assert all(len(way["step"]) == 1 and way["step"][0] > 0 for way in record["step"].values())
    assert record["setting"]["cells"] == 3
    assert {"command", "versions", "machine"} <= set(record["provenance"])
    for table in (measures.PLAIN, measures.MIXTURE, measures.LOADER, measures.SGD):
        assert table in out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
def test_ctrl_c_prints_what_has_been_measured(tmp_path):
    file = tmp_path / "bench.json"
    process = run(*TINY, "--steps", "10000", "--only", "optimiser", "step", "--json", str(file))
    for line in process.stderr:
        if "turn 2" in line:
            break
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert time.monotonic() - started < 10
    assert measures.PLAIN in out
    assert "Stopped before the end" in out
    assert not file.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--batch", "20", "--images", "16"], "at most as large as its set"),
        (["--cells", "2"], "cells"),
        (["--steps", "0"], "whole number from 1 up"),
        (["--data", "folder:nowhere"], "nowhere"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_a_sentence(options, sentence, capsys):
    with pytest.raises(SystemExit) as stop:
        supernet.main([*options, "--channels", "2"])
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err
