"""Several processes: the same result as one, the same bits on all, and a lost one ends the job in a sentence."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import toy_task  # noqa: E402
from jobs import ENVIRONMENT, NAMES, finish, fork, start  # noqa: E402
from toy_task import Toy  # noqa: E402

from asng_edu.nas.runs import checkpoint, runner  # noqa: E402
from asng_edu.nas.runs.distributed import Distributed  # noqa: E402

PROGRAM = str(Path(toy_task.__file__))
LOST = "toy: another process of this job has ended or does not answer, so this one ends too; go on from the last"

pytestmark = pytest.mark.skipif(
    os.name == "nt" or not torch.distributed.is_available() or not torch.distributed.is_gloo_available(),
    reason="needs gloo and POSIX signals",
)


def torchrun(size: int, folder: Path, *more: str) -> subprocess.Popen[str]:
    words = ["--standalone", "--nproc-per-node", str(size), PROGRAM, str(folder), *more]
    command = [sys.executable, "-m", "torch.distributed.run", *words]
    return subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def weights(folder: Path, rank: int = 0) -> Any:
    return torch.load(folder / f"weights-{rank}.pt", weights_only=True)


def alone(steps: int = 20) -> Toy:
    toy = Toy(steps=steps)
    while not toy.done:
        toy.advance()
    return toy


def test_alone() -> None:
    distributed = Distributed.single()
    flat = torch.ones(3)
    assert (distributed.rank, distributed.size, distributed.main, distributed.device.type) == (0, 1, True, "cpu")
    assert list(distributed.share(3)) == [0, 1, 2]
    assert distributed.sum_(flat) is flat
    assert flat.tolist() == [1, 1, 1]
    assert distributed.gather([torch.tensor(0.1), torch.tensor(2.0)], 2).tolist() == [float(np.float32(0.1)), 2.0]
    assert distributed.gather([torch.ones(2, dtype=torch.bfloat16)] * 3, 3).shape == (3, 2)
    assert (distributed.largest(0), distributed.largest(7)) == (0, 7)
    assert distributed.from_main(lambda: "made") == "made"
    distributed.close()
    with pytest.raises(ValueError, match="of this process's share, 3, but are 2"):
        distributed.gather([1.0, 2.0], 3)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [0, 1, 4, 5, 11])
def test_everything_is_somebodys_share(n: int, size: int) -> None:
    shares = [list(Distributed(rank, size).share(n)) for rank in range(size)]
    assert sorted(i for share in shares for i in share) == list(range(n))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize(
    ("environment", "part"),
    [
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE in the environment must be a whole number from 0 up, but is 'two'"),
        ({"WORLD_SIZE": "2"}, "has 2 processes, but the environment has RANK, MASTER_ADDR, MASTER_PORT missing"),
        ({"WORLD_SIZE": "2", "RANK": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}, "RANK 2 of WORLD_SIZE 2"),
        ({"WORLD_SIZE": "2", "RANK": "-1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}, "RANK in the environment"),
    ],
)
def test_a_bad_environment(environment: dict[str, str], part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    assert Distributed.from_environment().size == 1
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=part):
        Distributed.from_environment()
    with pytest.raises(ValueError, match="timeout"):
        Distributed.from_environment(timeout=0)


@pytest.mark.parametrize(
    ("gpus", "place", "others", "sums"),
    [
        (1, 0, ("here", 0), "gloo"),  # the other process has the only GPU too
        (1, 0, ("elsewhere", 0), "nccl"),
        (2, 1, ("here", 0), "nccl"),
    ],
)
def test_processes_are_dealt_out_over_the_gpus(
    gpus: int, place: int, others: tuple[str, int], sums: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []

    def gather(places: list[Any], mine: Any) -> None:
        places[:] = [others, mine]

    environment = {"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(socket, "gethostname", lambda: "here")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "set_device", begun.append)
    monkeypatch.setattr(torch.distributed, "init_process_group", lambda name, **_: begun.append(name))
    monkeypatch.setattr(torch.distributed, "all_gather_object", gather)
    monkeypatch.setattr(torch.distributed, "new_group", lambda backend, **_: begun.append(backend))
    distributed = Distributed.from_environment("cuda")
    assert begun == [distributed.device, "gloo", "nccl"][: 2 + (sums == "nccl")]
    assert distributed.device == torch.device("cuda", place)
    monkeypatch.delenv("LOCAL_RANK")
    with pytest.raises(ValueError, match="the environment has LOCAL_RANK missing"):
        Distributed.from_environment("cuda")


def test_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ValueError, match="there is no GPU on this machine"):
        Distributed.from_environment("cuda")


PROBE = """
import json, pathlib, sys
import numpy as np, torch
from asng_edu.nas.runs.distributed import Distributed
torch.set_num_threads(1)
with Distributed.from_environment(timeout=200) as distributed:
    answers = {}
    for n in range(9):
        whole = np.arange(n) / 3 - 1
        answers[f"numbers {n}"] = distributed.gather([whole[i] for i in distributed.share(n)], n).tolist()
        pairs = [torch.tensor([whole[i], -0.0], dtype=torch.float32) for i in distributed.share(n)]
        answers[f"pairs {n}"] = distributed.gather(pairs, n).tolist() if n else distributed.gather(pairs, n).shape[0]
    losses = torch.randn(10_001, generator=torch.Generator().manual_seed(distributed.rank))
    answers["sum"] = distributed.sum_(losses).tolist()
    answers["nan"] = str(distributed.gather([float("nan")] * len(distributed.share(4)), 4).tolist())
    answers["any"] = [bool(distributed.largest(int(distributed.rank == who))) for who in range(distributed.size + 1)]
    answers["largest"] = distributed.largest(distributed.rank * 5)
    answers["made"] = distributed.from_main(lambda: {"rank": distributed.rank, "tensor": torch.ones(2)})["rank"]
    def fails():
        raise ValueError("a sentence")
    try:
        distributed.from_main(fails)
    except ValueError as error:
        answers["failed"] = str(error)
pathlib.Path(sys.argv[1], f"{distributed.rank}.json").write_text(json.dumps(answers))
"""


@pytest.mark.slow
def test_three_processes_know_the_same(tmp_path: Path) -> None:
    for process in start(3, "-c", PROBE, str(tmp_path)):
        finish(process)
    said = [(tmp_path / f"{rank}.json").read_text() for rank in range(3)]
    assert said[0] == said[1] == said[2]
    answers = json.loads(said[0])
    for n in range(9):
        expected = (np.arange(n) / 3 - 1).tolist()
        assert answers[f"numbers {n}"] == expected
        if n:
            assert answers[f"pairs {n}"] == [[float(np.float32(x)), 0.0] for x in expected]
            assert str(answers[f"pairs {n}"][0][1]) == "-0.0"
    drawn = [torch.randn(10_001, generator=torch.Generator().manual_seed(rank)) for rank in range(3)]
    assert answers["sum"] == pytest.approx(sum(drawn).tolist(), abs=1e-6)
    assert answers["nan"] == "[nan, nan, nan, nan]"
    assert answers["any"] == [True, True, True, False]
    assert (answers["largest"], answers["made"], answers["failed"]) == (10, 0, "a sentence")


def test_two_processes_do_what_one_does(tmp_path: Path) -> None:
    finish(torchrun(2, tmp_path))
    assert torch.equal(weights(tmp_path, 0), weights(tmp_path, 1))
    one = alone()
    torch.testing.assert_close(weights(tmp_path), one.weights, rtol=0, atol=1e-5)
    record = json.loads((tmp_path / "toy.json").read_text())
    assert record["provenance"]["processes"] == 2
    losses = [line["loss"] for line in record["history"]]
    assert losses == pytest.approx([line["loss"] for line in one.history], rel=1e-5)


@pytest.mark.parametrize(
    ("launcher", "lost"),
    [
        ("bare", 1),
        pytest.param("bare", 0, marks=pytest.mark.slow),
        pytest.param("torchrun", 0, marks=pytest.mark.slow),
        pytest.param("torchrun", 1, marks=pytest.mark.slow),
    ],
)
def test_a_killed_process_ends_the_job_which_goes_on_with_any_number(tmp_path: Path, launcher: str, lost: int) -> None:
    words = ("--checkpoint-every", "0", "--die", str(lost), "7")
    if launcher == "torchrun":
        process = torchrun(2, tmp_path, *words)
        said = process.communicate(timeout=300)[1]
        assert process.returncode != 0
    else:
        processes = fork(2, "toy_task", str(tmp_path), *words)
        said = "".join(process.communicate(timeout=300)[1] for process in processes)
        codes = [process.returncode for process in processes]
        assert codes[lost] == -signal.SIGKILL
        assert codes[1 - lost] == 2
    assert said.count(LOST) == 1
    step = checkpoint.load(tmp_path / "checkpoint.pt")[1]["task"]["step"]
    assert step in (6, 7)
    if lost:
        assert runner.run(Toy(), tmp_path, resume=True, progress=False).finished
    else:
        finish(torchrun(2, tmp_path, "--resume"))
        assert torch.equal(weights(tmp_path, 0), weights(tmp_path, 1))
    record = json.loads((tmp_path / "toy.json").read_text())
    assert [(part["from_step"], part["processes"]) for part in record["resumed"]] == [(step, 1 if lost else 2)]
    assert np.allclose(record["theta"], alone().weights.double().numpy(), rtol=0, atol=1e-5)


def test_without_a_network_the_cause_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENVIRONMENT, "GLOO_SOCKET_IFNAME", "nonesuch")
    said = [process.communicate(timeout=300)[1] for process in fork(2, "toy_task", str(tmp_path), "--timeout", "5")]
    assert all("toy: the processes of this job do not find one another" in text for text in said), said
    assert any("nonesuch" in text for text in said), said
    assert "Traceback" not in "".join(said)


@pytest.mark.slow
def test_a_process_that_does_not_answer_is_lost(tmp_path: Path) -> None:
    processes = fork(2, "toy_task", str(tmp_path), "--steps", "400", "--pause", "0.05", "--timeout", "10")
    assert processes[0].stderr is not None
    assert processes[0].stderr.readline().startswith("epoch 1, loss")
    processes[1].send_signal(signal.SIGSTOP)
    try:
        said = processes[0].communicate(timeout=300)[1]
        assert processes[0].returncode == 2
        assert LOST in said
        assert "Traceback" not in said
    finally:
        processes[1].kill()
        processes[1].communicate()


@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_a_signal_to_one_process_stops_all_at_the_same_step(tmp_path: Path, number: signal.Signals, code: int) -> None:
    processes = fork(2, "toy_task", str(tmp_path), "--steps", "400", "--pause", "0.02")
    assert processes[0].stderr is not None
    assert processes[0].stderr.readline().startswith("epoch 1, loss")
    processes[1].send_signal(number)
    said = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [code, code], said
    assert "Stopped after step" in said[0]
    assert "Stopped" not in said[1]  # one of them speaks
    assert torch.equal(weights(tmp_path, 0), weights(tmp_path, 1))
    step = json.loads((tmp_path / "toy.json").read_text())["step"]
    assert 4 <= step < 400
    torch.testing.assert_close(weights(tmp_path), alone(step).weights, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_ctrl_c_of_torchrun(tmp_path: Path) -> None:
    process = torchrun(2, tmp_path, "--steps", "400", "--pause", "0.02")
    assert process.stderr is not None
    while not process.stderr.readline().startswith("epoch 1, loss"):
        assert process.poll() is None
    threading.Timer(0.1, process.send_signal, [signal.SIGINT]).start()
    said = process.communicate(timeout=300)[1]
    assert process.returncode != 0
    assert "Stopped after step" in said
    step = json.loads((tmp_path / "toy.json").read_text())["step"]
    assert checkpoint.load(tmp_path / "checkpoint.pt")[1]["task"]["step"] == step > 4


@pytest.mark.slow
def test_slices_of_two_processes(tmp_path: Path) -> None:
    """Every process has a clock of its own, yet all stop at the same step."""
    for part in range(3):
        finish(torchrun(2, tmp_path / "sliced", "--resume", "--stop-after", "1e-9" if part < 2 else "100"))
    finish(torchrun(2, tmp_path / "whole"))
    assert torch.equal(weights(tmp_path / "sliced"), weights(tmp_path / "whole"))
    record = json.loads((tmp_path / "sliced" / "toy.json").read_text())
    assert [part["from_step"] for part in record["resumed"]] == [1, 2]


def test_a_refusal_is_everybodys(tmp_path: Path) -> None:
    (tmp_path / "toy.json").write_text("{}")
    processes = fork(2, "toy_task", str(tmp_path), "--timeout", "1000")  # nobody waits for the others in vain
    said = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [2, 2]
    assert all(text.startswith("toy: ") and "holds a run already" in text for text in said)
    assert (tmp_path / "toy.json").read_text() == "{}"
