"""Jobs: stopped, interrupted or killed at any moment and resumed, a task ends as the uninterrupted one, to the bit."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import killing  # noqa: E402
from forked import Forked  # noqa: E402
from toy_task import Toy  # noqa: E402

from asng_edu._common import checks, files  # noqa: E402
from asng_edu.jobs.errors import Diverged, RunError  # noqa: E402
from asng_edu.nas.runs import checkpoint, records, runner  # noqa: E402
from asng_edu.nas.runs.checkpoint import CheckpointError  # noqa: E402
from asng_edu.nas.runs.run_folder import dated_folder  # noqa: E402
from asng_edu.nas.runs.task import Task  # noqa: E402

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
SENT = ("SIGTERM", "SIGUSR1", "SIGHUP", "SIGUSR2", "SIGXCPU")  # by schedulers, some time before they kill
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def result(folder: Path) -> dict[str, Any]:
    """The record without what may differ between two runs of the same task."""
    record: dict[str, Any] = json.loads((folder / "toy.json").read_text())
    return {key: value for key, value in record.items() if key not in ("seconds", "provenance", "resumed")}


def final(folder: Path) -> tuple[dict[str, Any], Any]:
    """The last checkpoint: the tensors, and the task's values."""
    tensors, values = checkpoint.load(folder / "checkpoint.pt")
    return tensors, values["task"]


def assert_equal_to_the_bit(one: Path, other: Path) -> None:
    assert result(one) == result(other)
    (tensors, values), (others, other_values) = final(one), final(other)
    assert json.dumps(values) == json.dumps(other_values)
    assert tensors.keys() == others.keys()
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """The folder of an uninterrupted run."""
    folder = tmp_path / "whole"
    assert runner.run(Toy(), folder, progress=False).status == "finished"
    return folder


def test_a_run_leaves_a_record_and_a_checkpoint(whole: Path) -> None:
    record = json.loads((whole / "toy.json").read_text())
    assert set(contents(whole)) == {"toy.json", "checkpoint.pt"}
    assert record["settings"] == {"seed": 0, "steps": 20, "rates": [0.1, 0.9]}
    assert record["provenance"]["versions"]["torch"]
    assert record["provenance"]["device"] == "cpu"
    assert record["provenance"]["processes"] == 1
    assert (record["step"], record["steps"], record["finished"], record["resumed"]) == (20, 20, True, [])
    assert record["seconds"] >= 0
    assert [line["epoch"] for line in record["history"]] == [1, 2, 3, 4, 5]
    assert record["history"][0]["ratio"] is None  # JSON has no NaN
    assert "NaN" not in (whole / "toy.json").read_text()
    toy = Toy()
    while not toy.done:
        toy.advance()
    assert record["theta"] == toy.weights.double().tolist()


class Clocked(Toy):
    """A toy whose steps take an eighth of a second each by a clock of its own."""

    def advance(self) -> dict[str, Any] | None:
        self.clock[0] += 0.125
        return super().advance()


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Clocked]:
    """Make such toys; their clock is the process's for the test."""
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def make(**arguments: Any) -> Clocked:
        toy = Clocked(**arguments)
        toy.clock = clock
        return toy

    return make


def test_the_seconds_and_where_they_came_from_add_up(tmp_path: Path, clocked: Callable[..., Clocked]) -> None:
    seconds = []
    for slices in range(1, 5):
        outcome = runner.run(clocked(steps=10), tmp_path, resume=True, stop_after=0.375, command=f"{slices}")
        record = json.loads((tmp_path / "toy.json").read_text())
        seconds.append(record["seconds"])
    assert outcome.finished
    assert seconds == [0.4, 0.8, 1.1, 1.2]  # of 0.375, 0.75, 1.125, 1.25
    assert record["provenance"]["command"] == "1"
    assert [(part["from_step"], part["command"]) for part in record["resumed"]] == [(3, "2"), (6, "3"), (9, "4")]


def test_a_command_that_is_no_text(tmp_path: Path) -> None:
    """A file's name on Linux is any bytes; Python passes those that are no text on as lone surrogates."""
    words = os.fsdecode(b"asng-edu search --data folder:caf\xe9 \xce\xb4")
    runner.run(Toy(), tmp_path, progress=False, command=words)
    assert json.loads((tmp_path / "toy.json").read_text(encoding="utf-8"))["provenance"]["command"] == words


def test_slices_of_one_step_each(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sliced"
    outcomes = []
    for _ in range(20):
        outcome = runner.run(Toy(), folder, resume=True, stop_after=1e-9, progress=False)
        outcomes.append((outcome.status, outcome.code))
        assert json.loads((folder / "toy.json").read_text())["step"] == len(outcomes)
    assert outcomes == [("stopped", 0)] * 19 + [("finished", 0)]
    assert_equal_to_the_bit(folder, whole)


@posix
@pytest.mark.parametrize(("kills", "every"), [(8, "0"), pytest.param(100, "0.01", marks=pytest.mark.slow)])
def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path, kills: int, every: str) -> None:
    whole, folder, size = tmp_path / "whole", tmp_path / "killed", {"steps": 150 * kills, "epoch_steps": 100}
    runner.run(Toy(**size), whole, progress=False)
    words = ["--steps", str(size["steps"]), "--epoch-steps", "100", "--pause", "0.001", "--checkpoint-every", every]
    watched = [folder / "toy.json", folder / "checkpoint.pt"]
    said = killing.kill("toy_task", [str(folder), "--resume", *words], kills, watched, environment=ENVIRONMENT)
    assert "Traceback" not in said
    assert runner.run(Toy(**size), folder, resume=True, progress=False).status == "finished"
    assert_equal_to_the_bit(folder, whole)
    places = [part["from_step"] for part in json.loads((folder / "toy.json").read_text())["resumed"]]
    assert places == sorted(places)
    assert len(set(places)) > kills // 2
    assert {"toy.json", "checkpoint.pt", "previous.pt"} == set(contents(folder))


def start(folder: Path, *more: str) -> Forked:
    return Forked("toy_task", [str(folder), *more], ENVIRONMENT)


@posix
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        *(
            pytest.param(number, 143, marks=() if name in SENT[:2] else pytest.mark.slow)
            for name in SENT
            if (number := getattr(signal, name, None)) is not None
        ),
    ],
)
def test_a_signal_lets_the_step_end(whole: Path, tmp_path: Path, number: int, code: int) -> None:
    folder = tmp_path / "stopped"
    process = start(folder, "--pause", "0.05")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("epoch 1, loss")
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait(timeout=300) == code
    assert "go on with --resume --out" in said.splitlines()[-1]
    assert "Traceback" not in said
    step = json.loads((folder / "toy.json").read_text())["step"]
    assert 4 <= step < 20
    assert final(folder)[1]["step"] == step
    assert runner.run(Toy(), folder, resume=True, progress=False).status == "finished"
    assert_equal_to_the_bit(folder, whole)


@posix
def test_a_signal_that_the_program_was_told_to_ignore_stays_ignored(tmp_path: Path) -> None:
    """As ``nohup`` has it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        toy = Signalling()
        toy.number = signal.SIGHUP
        assert runner.run(toy, tmp_path, progress=False).finished
    finally:
        signal.signal(signal.SIGHUP, before)


@posix
@pytest.mark.parametrize(
    ("numbers", "status"),
    [
        ([signal.SIGUSR1, signal.SIGTERM], "terminated"),
        ([signal.SIGTERM] * 5, "terminated"),
        ([signal.SIGINT, signal.SIGTERM], "interrupted"),
        ([signal.SIGINT] * 3, None),
    ],
)
def test_signals_while_the_checkpoint_is_written_do_not_lose_it(
    tmp_path: Path, whole: Path, numbers: list[int], status: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, toy, save = tmp_path / "signals", Signalling(), checkpoint.save
    toy.number = numbers[0]

    def saving(*arguments: Any) -> None:
        for number in numbers[1:]:
            os.kill(os.getpid(), number)
        save(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", saving)
        try:
            assert runner.run(toy, folder, progress=False).status == status
        except KeyboardInterrupt:
            assert status is None
    assert final(folder)[1]["step"] == json.loads((folder / "toy.json").read_text())["step"] == 3
    assert runner.run(Toy(), folder, resume=True, progress=False).finished
    assert_equal_to_the_bit(folder, whole)


@posix
def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    process = start(tmp_path, "--steps", "9", "--pause", "1.5", "--checkpoint-every", "0")
    assert process.stderr is not None
    while not (tmp_path / "checkpoint.pt").exists():
        assert process.poll() is None
        time.sleep(0.02)
    before = contents(tmp_path)["checkpoint.pt"]
    process.send_signal(signal.SIGINT)
    assert "once more to stop at once" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    assert process.wait(timeout=300) == 130
    assert said.splitlines()[-1] == "toy: stopped at once"
    assert contents(tmp_path)["checkpoint.pt"] == before


class Signalling(Toy):
    """A toy that is sent a signal in its third step."""

    number = signal.SIGINT

    def advance(self) -> dict[str, Any] | None:
        if self.step == 2:
            os.kill(os.getpid(), self.number)
        return super().advance()


@posix
@pytest.mark.parametrize(
    ("number", "status", "code"), [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143)]
)
def test_the_handlers_of_signals_come_back(tmp_path: Path, number: signal.Signals, status: str, code: int) -> None:
    def mine(*_: Any) -> None:
        raise AssertionError

    before = signal.signal(number, mine)
    try:
        toy = Signalling()
        toy.number = number
        outcome = runner.run(toy, tmp_path, progress=False)
        assert signal.getsignal(number) is mine
    finally:
        signal.signal(number, before)
    assert (outcome.status, outcome.code, outcome.finished) == (status, code, False)
    assert final(tmp_path)[1]["step"] == toy.step == 3


def test_in_another_thread_no_signals_are_caught(tmp_path: Path, whole: Path) -> None:
    folder, outcomes = tmp_path / "thread", []
    thread = threading.Thread(target=lambda: outcomes.append(runner.run(Toy(), folder, progress=False)))
    thread.start()
    thread.join()
    assert [outcome.status for outcome in outcomes] == ["finished"]
    assert_equal_to_the_bit(folder, whole)


def test_a_finished_run_stays_as_it_is(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(whole), {path.name: path.stat().st_mtime_ns for path in whole.iterdir()}
    toy = Toy()
    outcome = runner.run(toy, whole, resume=True)
    assert outcome.finished
    assert "toy.json is finished: nothing is left to do." in capsys.readouterr().err
    assert (contents(whole), {path.name: path.stat().st_mtime_ns for path in whole.iterdir()}) == before
    assert toy.done  # its result can be used
    assert len(toy.history) == 5


def test_a_kill_between_the_last_checkpoint_and_the_record(whole: Path) -> None:
    record = json.loads((whole / "toy.json").read_text())
    (whole / "toy.json").write_text(records.dumps({**record, "step": 16, "finished": False}))
    runner.run(Toy(), whole, resume=True, progress=False)
    again = json.loads((whole / "toy.json").read_text())
    assert {**again, "seconds": None} == {**record, "seconds": None}


def test_a_finished_record_without_checkpoints_is_not_overwritten(whole: Path) -> None:
    (whole / "checkpoint.pt").unlink()
    before = contents(whole)
    with pytest.raises(RunError, match="is finished, and its checkpoints are gone"):
        runner.run(Toy(), whole, resume=True, progress=False)
    assert contents(whole) == before


@pytest.mark.parametrize("names", [["toy.json"], ["checkpoint.pt"], ["previous.pt"], ["toy.json", "checkpoint.pt"]])
def test_a_folder_with_a_run_is_refused(whole: Path, tmp_path: Path, names: list[str]) -> None:
    folder = tmp_path / "used"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes((whole / name.replace("previous", "checkpoint")).read_bytes())
    before = contents(folder)
    with pytest.raises(RunError, match=r"holds a run already and is left as it is.*--resume"):
        runner.run(Toy(), folder, progress=False)
    assert contents(folder) == before


@pytest.mark.parametrize("exists", [True, False])
def test_a_resume_with_nothing_to_resume_begins(
    whole: Path, tmp_path: Path, exists: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    if exists:
        folder.mkdir()
    assert runner.run(Toy(), folder, resume=True).finished
    assert "There is no checkpoint in" in capsys.readouterr().err
    assert_equal_to_the_bit(folder, whole)


def test_a_resume_after_a_kill_before_the_first_checkpoint_begins(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "early"
    with pytest.raises(ZeroDivisionError):
        runner.run(Toy(), folder, progress=False, on_epoch=lambda task, line: 1 / 0)
    assert set(contents(folder)) == {"toy.json"}
    with pytest.raises(RunError, match="seed was 0, now 1"):
        runner.run(Toy(seed=1), folder, resume=True, progress=False)
    assert runner.run(Toy(), folder, resume=True, progress=False).finished
    assert_equal_to_the_bit(folder, whole)


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    runner.run(Toy(), tmp_path, stop_after=1e-9, progress=False)
    before = contents(tmp_path)
    toy = Toy(seed=3, steps=21)
    with pytest.raises(RunError, match="begun with another seed, steps: seed was 0, now 3; steps was 20, now 21"):
        runner.run(toy, tmp_path, resume=True, progress=False)
    assert contents(tmp_path) == before
    assert toy.step == 0


class Moved(Toy):
    """A toy whose data lie somewhere, and are known by a checksum."""

    def __init__(self, path: str = "here", checksum: str = "d89de81d", **options: Any) -> None:
        super().__init__(**options)
        self.path, self.checksum = path, checksum

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "data": self.path}

    def state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        tensors, values = super().state()
        return tensors, {**values, "data": {"checksum": self.checksum}}

    def record(self) -> dict[str, Any]:
        return {**super().record(), "data": {"checksum": self.checksum}}

    def means_the_same(self, setting: str, told: Any) -> bool:
        return setting == "data" and told["data"]["checksum"] == self.checksum


@pytest.mark.parametrize("has_checkpoint", [True, False])
def test_what_means_the_same_may_have_another_name(tmp_path: Path, has_checkpoint: bool) -> None:
    runner.run(Moved(), tmp_path, stop_after=1e-9, progress=False)
    if not has_checkpoint:
        (tmp_path / "checkpoint.pt").unlink()
    with pytest.raises(RunError, match="another data: data was 'here', now 'there'"):
        runner.run(Moved("there", "00000000"), tmp_path, resume=True, progress=False)
    with pytest.raises(RunError, match=r"another seed: seed was 0, now 1\. Give"):
        runner.run(Moved("there", seed=1), tmp_path, resume=True, progress=False)
    assert runner.run(Moved("there"), tmp_path, resume=True, progress=False).finished
    assert json.loads((tmp_path / "toy.json").read_text())["settings"]["data"] == "there"


FORGED: list[dict[str, Any]] = [
    {"resumed": 5}, {"resumed": [5]}, {"provenance": []}, {"provenance": {"command": 5}}, {"seconds": "1"},
    {"seconds": -1}, {"settings": 5}, {"kind": []}, {"task": [1]}, {"settings": {"a": 10**60}},
]  # fmt: skip


@pytest.mark.parametrize("change", FORGED)
def test_a_forged_checkpoint_gives_way_to_the_one_before(
    tmp_path: Path, whole: Path, change: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "forged"
    for _ in range(2):
        runner.run(Toy(), folder, resume=True, stop_after=1e-9, progress=False)
    tensors, values = checkpoint.load(folder / "checkpoint.pt")
    checkpoint.save(folder / "checkpoint.pt", tensors, {**values, **change})
    assert runner.run(Toy(), folder, resume=True, progress=False).finished
    assert "checkpoint.pt is not the checkpoint of a run: " in capsys.readouterr().err
    assert_equal_to_the_bit(folder, whole)


@pytest.mark.parametrize("broken", [{"rng": 5}, {"history": None, "step": "x"}, {}])
def test_a_checkpoint_that_does_not_fit_gives_way_to_the_one_before(
    tmp_path: Path, whole: Path, broken: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    class Careful(Toy):
        def load(self, tensors: Any, values: Any) -> None:
            super().load(tensors, values)
            self.step = checks.integer("step", self.step, 0)

    folder = tmp_path / "broken"
    for _ in range(2):
        runner.run(Toy(), folder, resume=True, stop_after=1e-9, progress=False)
    tensors, values = checkpoint.load(folder / "checkpoint.pt")
    task = {**values["task"], **broken} if broken else {}
    checkpoint.save(folder / "checkpoint.pt", tensors, {**values, "task": task})
    assert runner.run(Careful(), folder, resume=True, progress=False).finished
    assert "The one before it, " in capsys.readouterr().err
    assert_equal_to_the_bit(folder, whole)


def test_a_run_of_another_kind_is_refused(whole: Path) -> None:
    class Other(Toy):
        kind = "other"

    with pytest.raises(RunError, match="holds no other but a 'toy'"):
        runner.run(Other(), whole, resume=True, progress=False)
    with pytest.raises(RunError, match="holds a run already"):
        runner.run(Other(), whole, progress=False)
    assert set(contents(whole)) == {"toy.json", "checkpoint.pt"}


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\udcff"])
def test_a_damaged_record_matters_only_without_a_checkpoint(tmp_path: Path, whole: Path, text: str) -> None:
    folder = tmp_path / "damaged"
    runner.run(Toy(), folder, stop_after=1e-9, progress=False)
    (folder / "toy.json").write_bytes(text.encode(errors="surrogateescape"))
    saved = (folder / "checkpoint.pt").read_bytes()
    (folder / "checkpoint.pt").unlink()
    with pytest.raises(RunError, match="There is no checkpoint beside it"):
        runner.run(Toy(), folder, resume=True, progress=False)
    (folder / "checkpoint.pt").write_bytes(saved)
    assert runner.run(Toy(), folder, resume=True, progress=False).finished
    assert_equal_to_the_bit(folder, whole)


def test_the_checkpoint_before_is_used(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "damaged"
    for _ in range(7):
        runner.run(Toy(), folder, resume=True, stop_after=1e-9, progress=False)
    (folder / "checkpoint.pt").write_bytes((folder / "checkpoint.pt").read_bytes()[:-100])
    runner.run(Toy(), folder, resume=True, progress=False)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "checkpoint.pt is truncated, damaged" in said
    assert "previous.pt, is used." in said
    assert json.loads((folder / "toy.json").read_text())["resumed"][-1]["from_step"] == 6
    assert_equal_to_the_bit(folder, whole)


def test_two_damaged_checkpoints_are_refused(tmp_path: Path) -> None:
    for _ in range(2):
        runner.run(Toy(), tmp_path, resume=True, stop_after=1e-9, progress=False)
    for name in ("checkpoint.pt", "previous.pt"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 no more")
    before = contents(tmp_path)
    with pytest.raises(CheckpointError, match="Nor can the one before it be used"):
        runner.run(Toy(), tmp_path, resume=True, progress=False)
    assert contents(tmp_path) == before


def test_a_checkpoint_that_does_not_fit_and_has_none_before_it(tmp_path: Path) -> None:
    runner.run(Toy(), tmp_path, stop_after=1e-9, progress=False)
    tensors, values = checkpoint.load(tmp_path / "checkpoint.pt")
    del values["task"]["rng"]
    checkpoint.save(tmp_path / "checkpoint.pt", tensors, values)
    (tmp_path / checkpoint.PREVIOUS).unlink()
    with pytest.raises(CheckpointError, match="does not fit this toy: 'rng'"):
        runner.run(Toy(), tmp_path, resume=True, progress=False)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    refused = []

    def second(task: Task, line: dict[str, Any]) -> None:
        for resume in (False, True):
            with pytest.raises(RunError, match="another process is working in") as error:
                runner.run(Toy(), tmp_path, resume=resume, progress=False)
            refused.append(error)

    assert runner.run(Toy(), tmp_path, progress=False, on_epoch=second).finished
    assert len(refused) == 10
    assert json.loads((tmp_path / "toy.json").read_text())["resumed"] == []


@posix
@pytest.mark.slow
def test_of_several_that_begin_at_once_one_wins(tmp_path: Path) -> None:
    processes = [start(tmp_path, "--pause", "0.1") for _ in range(3)]
    said = [process.communicate()[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 2, 2], said
    assert sum("another process" in text or "holds a run already" in text for text in said) == 2
    assert json.loads((tmp_path / "toy.json").read_text())["finished"]
    assert not (tmp_path / ".lock").exists()


class Diverging(Toy):
    def advance(self) -> dict[str, Any] | None:
        if self.step == 6:
            raise Diverged("the loss was not finite in 10 steps, one after another.")
        return super().advance()


def test_a_task_that_diverges_keeps_its_checkpoint(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "diverged"
    with pytest.raises(Diverged, match="was not finite"):
        runner.run(Diverging(), folder, checkpoint_every=0, progress=False)
    assert final(folder)[1]["step"] == 6
    assert runner.run(Toy(), folder, resume=True, progress=False).finished
    assert_equal_to_the_bit(folder, whole)


@pytest.mark.parametrize(("which", "error"), [("checkpoint.pt", CheckpointError), ("toy.json", RunError)])
def test_a_full_disk_ends_the_job_and_loses_nothing(
    tmp_path: Path, whole: Path, which: str, error: type[ValueError], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, toy = tmp_path / "full", Toy()
    write = files.write

    def full(path: Path, data: bytes) -> None:
        write(path, data[: len(data) // 2] if toy.step > 6 else data)
        if toy.step > 6 and path.name.startswith(which):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", full)
        with pytest.raises(error, match="No space left on device"):
            runner.run(toy, folder, checkpoint_every=0, progress=False)
    assert set(contents(folder)) == {"toy.json", "checkpoint.pt", "previous.pt"}
    assert final(folder)[1]["step"] >= 6
    assert runner.run(Toy(), folder, resume=True, progress=False).finished
    assert_equal_to_the_bit(folder, whole)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="cannot be written or read: "):
        runner.run(Toy(), tmp_path / "file" / "run", progress=False)
    with pytest.raises(RunError, match="cannot be written or read: "):
        runner.run(Toy(), tmp_path / "file", progress=False)
    assert contents(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"checkpoint_every": -1}, "checkpoint_every must be 0 or more"),
        ({"checkpoint_every": float("nan")}, "checkpoint_every must be a number"),
        ({"stop_after": 0}, "stop_after must be a finite number above 0"),
        ({"stop_after": "1"}, "stop_after"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        runner.run(Toy(), tmp_path / "run", **options)
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_come_as_often_as_asked(
    tmp_path: Path, clocked: Callable[..., Clocked], monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    save = checkpoint.save

    def counting(path: Any, tensors: Any, values: Any) -> None:
        saved.append(values["task"]["step"])
        save(path, tensors, values)

    monkeypatch.setattr(checkpoint, "save", counting)
    runner.run(Toy(), tmp_path / "each", checkpoint_every=0, progress=False)
    assert saved == list(range(1, 21))
    saved.clear()
    runner.run(Toy(), tmp_path / "last", checkpoint_every=float("inf"), progress=False)
    assert saved == [20]
    saved.clear()
    runner.run(clocked(), tmp_path / "some", checkpoint_every=0.75, progress=False)
    assert saved == [6, 12, 18, 20]


def test_every_epoch_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []

    def on_epoch(task: Task, line: dict[str, Any]) -> None:
        record = json.loads((tmp_path / "toy.json").read_text())
        told.append((task.step, line["epoch"], len(record["history"])))

    runner.run(Toy(), tmp_path, on_epoch=on_epoch)
    assert told == [(4 * epoch, epoch, epoch) for epoch in range(1, 6)]
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines[:5]] == [f"epoch {epoch}" for epoch in range(1, 6)]
    assert all(line.endswith("s left") for line in lines[:4])
    assert "ratio" not in lines[0]  # NaN is not told of
    assert lines[5] == f"Finished: {tmp_path / 'toy.json'}."
    assert len(lines) == 6


@pytest.mark.parametrize("terminal", [True, False])
def test_the_step_is_shown_only_on_a_terminal(
    tmp_path: Path, terminal: bool, clocked: Callable[..., Clocked], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    runner.run(clocked(steps=60, epoch_steps=30), tmp_path)
    drawn = [part.rstrip() for part in stream.getvalue().split("\r")]
    assert ("step 2 of 60, 7 s left" in drawn) == terminal
    assert ("step 31 of 60, 4 s left" in drawn) == terminal
    lines = [line.rpartition("\r")[2] for line in stream.getvalue().split("\n")]
    assert [line[:8] for line in lines] == ["epoch 1,", "epoch 2,", "Finished", ""]
    assert lines[0].endswith(", 4 s left")
    assert "left" not in lines[1]


def test_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runner.run(Toy(), tmp_path, stop_after=1e-9, progress=False)
    runner.run(Toy(), tmp_path, resume=True, progress=False)
    assert capsys.readouterr() == ("", "")


def test_dated_folders_are_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = dated_folder("search", tmp_path / "runs")
    assert first.parent == tmp_path / "runs"
    assert first.is_dir()
    assert first.name == time.strftime("search-%Y-%m-%d-%H%M%S") or first.name[:12] == "search-" + time.strftime("%Y-")
    names = set()
    for _ in range(4):
        names.add(dated_folder("search", tmp_path).name)
    assert len(names) == 4
    monkeypatch.chdir(tmp_path)
    assert dated_folder("retrain").parts[0] == "runs"
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="cannot be made"):
        dated_folder("search", tmp_path / "file")


def test_the_seconds_of_a_record_go_on_between_checkpoints(tmp_path: Path) -> None:
    told: list[float] = []

    def tell(*_: Any) -> None:
        told.append(json.loads((tmp_path / "toy.json").read_text(encoding="utf-8"))["seconds"])

    runner.run(Toy(pause=0.05), tmp_path, checkpoint_every=1000, progress=False, on_epoch=tell)
    assert told == sorted(told)
    assert 0 < told[0] < told[-1]


def test_a_record_is_compact_and_true() -> None:
    value = {
        "theta": np.array([[0.1, np.nan], [np.inf, 2.0]]),
        "words": ["a [ b", "c\n]", "{"],
        "empty": [],
        "one": [1],
        "tensor": torch.tensor([1, 2]),
        "deep": [[[0, "identity"], [1, "x"]]],
        4: None,
    }
    text = records.dumps(value)
    assert json.loads(text) == {
        "theta": [[0.1, None], [None, 2.0]],
        "words": ["a [ b", "c\n]", "{"],
        "empty": [],
        "one": [1],
        "tensor": [1, 2],
        "deep": [[[0, "identity"], [1, "x"]]],
        "4": None,
    }
    assert "    [0.1, null],\n" in text
    assert '"one": [1],\n' in text
