"""A long computation in a folder: progress, checkpoints, stopping, going on, and the record it leaves.

A search or a retraining is a :class:`Task`: something that advances by steps and can put its whole state into tensors
and JSON. :func:`run` does the rest. The folder holds ``KIND.json``, the record, and ``checkpoint.pt`` with
``previous.pt``; what a resumed task does is what the uninterrupted one would have done: on a CPU, with the same number
of threads and processes, to the bit.
"""

from __future__ import annotations

import datetime
import functools
import json
import math
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch

from asng_edu._common import checks, files
from asng_edu._common.checks import short
from asng_edu.nas.runs import checkpoint, records, schema
from asng_edu.nas.runs.checkpoint import CheckpointError, Tensors, Values
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.runs.errors import RunError
from asng_edu.nas.runs.journal import other_settings
from asng_edu.nas.runs.lock import InUse, locked
from asng_edu.nas.runs.progress import Progress
from asng_edu.nas.runs.provenance import provenance
from asng_edu.nas.runs.records import RecordError
from asng_edu.nas.runs.signals import Signals

STATUS = ("running", "stopped", "interrupted", "terminated")  # by urgency: Signals counts the same way
CODES = {"finished": 0, "stopped": 0, "interrupted": 130, "terminated": 143}


class Task(Protocol):
    """What :func:`run` runs."""

    kind: ClassVar[str]  # names the record: search.json
    step: int  # how many steps are done
    steps: int  # and how many there are

    @property
    def device_name(self) -> str:
        """What computes, in words."""

    @property
    def done(self) -> bool:
        """Whether all steps are done."""

    def settings(self) -> dict[str, Any]:
        """Return what defines the task, for JSON; it must be equal on resume."""

    def means_the_same(self, setting: str, told: Mapping[str, Any]) -> bool:
        """Tell whether a setting that has another value means the same, by what a state or a record tells.

        So data that were moved are known again by their checksum.
        """

    def advance(self) -> dict[str, Any] | None:
        """Do one step; at the end of an epoch return what is to be told of it, with the key ``epoch``."""

    def state(self) -> tuple[Tensors, Values]:
        """Return all that changes, as tensors and JSON values."""

    def load(self, tensors: Tensors, values: Values) -> None:
        """Go on from what :meth:`state` returned."""

    def record(self) -> dict[str, Any]:
        """Return what the record tells of the task so far, a function of its state alone."""


@dataclass(frozen=True)
class Outcome:
    """How a call of :func:`run` ended.

    Attributes
    ----------
    status : str
        "finished", "stopped" (after ``stop_after`` seconds), "interrupted" (Ctrl-C) or "terminated" (SIGTERM, SIGHUP,
        SIGUSR1 and what else schedulers send).
    record : Path
        The JSON file that tells of the task.
    """

    status: str
    record: Path

    @property
    def finished(self) -> bool:
        """Tell whether the task is done."""
        return self.status == "finished"

    @property
    def code(self) -> int:
        """Return the exit code that the shell expects: 0, or 130 or 143 after a signal."""
        return CODES[self.status]


def dated_folder(kind: str, under: str | os.PathLike[str] = "runs") -> Path:
    """Make a folder that did not exist, such as ``runs/search-2019-05-21-093015``, and return it.

    Raises
    ------
    RunError
        If it cannot be made.
    """
    base = Path(under) / f"{kind}-{datetime.datetime.now():%Y-%m-%d-%H%M%S}"
    folder, number = base, 1
    while True:
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            if not folder.exists():  # a file stands where a folder above it should
                raise RunError(f"{folder} cannot be made: {under} is no folder.") from None
        except OSError as error:
            raise RunError(f"{folder} cannot be made: {error.strerror or error}.") from None
        number += 1
        folder = base.with_name(f"{base.name}-{number}")


def run(
    task: Task,
    folder: str | os.PathLike[str],
    *,
    resume: bool = False,
    checkpoint_every: float = 60.0,
    stop_after: float | None = None,
    progress: bool = True,
    command: str | None = None,
    distributed: Distributed | None = None,
    on_epoch: Callable[[Task, dict[str, Any]], object] | None = None,
) -> Outcome:
    """Run a task to its end, or until it is told to stop, in a folder from which it can go on.

    Parameters
    ----------
    task : Task
        What to do, at its beginning.
    folder : path
        Where the record and the checkpoints go; made if it does not exist.
    resume : bool
        Go on from the checkpoint in the folder; begin if there is none.
    checkpoint_every : float
        Seconds from one checkpoint to the next; 0 for one after every step.
    stop_after : float, optional
        Seconds after which to write a checkpoint and return; at least one step is done.
    progress : bool
        Tell of every epoch in a line, on standard error.
    command : str, optional
        What to record as the command.
    distributed : Distributed, optional
        The processes of the run, if there are several. The main one reads and writes.
    on_epoch : callable, optional
        Called with the task and the line of an epoch, once the record is written; on the main process only.

    Returns
    -------
    Outcome

    Raises
    ------
    RunError
        If the folder holds a run already (and ``resume`` is False), or one of other settings; if it is in use by
        another process; if it cannot be written.
    CheckpointError
        If no checkpoint can be read, or none be written: then the last good one is kept.
    Diverged
        What the task raises; the last checkpoint is kept.
    KeyboardInterrupt
        At a second Ctrl-C; the first lets the step end and writes a checkpoint.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.
    """
    if not hasattr(task, "kind") or not hasattr(task, "advance"):
        raise ValueError(f"task must be one, such as a Search, but is {checks.short(task)}.")
    if checks.real("checkpoint_every", checkpoint_every) < 0:
        raise ValueError(f"checkpoint_every must be 0 or more seconds, but is {checks.short(checkpoint_every)}.")
    deadline = math.inf if stop_after is None else time.monotonic() + checks.positive("stop_after", stop_after)
    for name, value in (("resume", resume), ("progress", progress)):
        checks.boolean(name, value)
    checks.text("command", command)
    if distributed is None:
        distributed = Distributed.single()
    checks.instance("distributed", distributed, Distributed, "a Distributed, or None")
    show = Progress(progress and distributed.main)
    kept = _Run(task, checks.path("folder", folder), distributed.size, command)
    with ExitStack() as stack:
        stored = distributed.from_main(lambda: kept.open(stack, resume, show))
        if stored is not None:
            try:
                kept.load(*stored)
            except CheckpointError as error:
                before = functools.partial(checkpoint.before, kept.checkpoint, error, show.warn, kept.check)
                kept.load(*distributed.from_main(before))
        if task.done:
            if distributed.main and not kept.has_finished_record:
                kept.write_record()  # the last slice was killed between its checkpoint and its record
            show.say(f"{kept.record} is finished: nothing is left to do.")
            return Outcome("finished", kept.record)
        distributed.from_main(lambda: kept.begin(show))
        signals = stack.enter_context(Signals(show.say))
        stack.callback(show.end)
        show.begin(task.step, task.steps)
        saved = time.monotonic()
        status = STATUS[0]
        while status == STATUS[0]:
            line = task.advance()
            wish = max(signals.urgency, int(time.monotonic() >= deadline))
            # All processes stop at the same step.
            status = "finished" if task.done else STATUS[distributed.largest(wish)]
            if not distributed.main:
                continue
            ending = status != STATUS[0]
            with signals.held():
                if ending or time.monotonic() - saved >= checkpoint_every:
                    kept.write_checkpoint()
                    saved = time.monotonic()
                if ending or line is not None:
                    kept.write_record()  # after the checkpoint: beside a finished record is a finished checkpoint
            if line is None:
                show.step(task.step)
            else:
                show.epoch(line, task.step)
                if on_epoch is not None:
                    on_epoch(task, line)
        if status == "finished":
            show.say(f"Finished: {kept.record}.")
        else:
            show.say(f"Stopped after step {task.step} of {task.steps}: go on with --resume --out {folder}.")
    return Outcome(status, kept.record)


def plain(value: Any) -> Any:
    """Return a value as JSON without NaN and infinity can hold it: these become None, arrays lists, keys text.

    >>> import numpy as np
    >>> plain({"theta": np.array([0.5, np.nan]), 3: (np.int64(1), np.inf)})
    {'theta': [0.5, None], '3': [1, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy's and torch's
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def dumps(value: Any) -> str:
    """Return a record as JSON text, a list of numbers in one line."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)
    # A line break is never inside a string, so these are lists that hold no other.
    return re.sub(r"\[\n *([^\[\]{}]*?)\n *\]", lambda found: "[" + re.sub(r"\n *", " ", found[1]) + "]", text) + "\n"


class _Run:
    """The folder of a run, and what is known of its slices: settings, where they come from, seconds."""

    def __init__(self, task: Task, folder: Path, processes: int, command: str | None) -> None:
        self.task, self.folder, self.processes, self.command = task, folder, processes, command
        self.record = folder / f"{task.kind}.json"
        self.checkpoint = folder / "checkpoint.pt"
        self.known: Values = {
            "kind": task.kind,
            "settings": json.loads(json.dumps(plain(task.settings()))),
            "provenance": None,
            "resumed": [],
            "seconds": 0.0,
        }
        self.clock = time.monotonic()

    def open(self, stack: ExitStack, resume: bool, show: Progress) -> tuple[Tensors, Values] | None:
        """Lock the folder and return the checkpoint to go on from; None if the task begins."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(self.folder))
            checkpoint.clean(self.checkpoint)
            files.clean(self.record)
            has_checkpoint = checkpoint.exists(self.checkpoint)
            if not resume and (has_checkpoint or self.record.exists()):
                raise RunError(
                    f"{self.folder} holds a run already and is left as it is: choose another folder, or, if the run "
                    "was interrupted, continue it with --resume."
                )
            record = self._read_record(needed=not has_checkpoint)
            stored = checkpoint.load(self.checkpoint, show.warn, _check) if has_checkpoint else None
        except InUse:
            raise RunError(
                f"another process is working in {self.folder}: wait until it ends, or choose another folder."
            ) from None
        except OSError as error:
            raise self._unwritable(error) from None
        if stored is not None:
            self._compare(stored[1], stored[1]["task"])
        elif record is not None:
            self._compare(record, record)
        self.has_finished_record = record is not None and record["finished"]
        if stored is None and self.has_finished_record:
            raise RunError(f"{self.record} is finished, and its checkpoints are gone: there is nothing to go on with.")
        if stored is None and resume:
            show.say(f"There is no checkpoint in {self.folder} yet: the {self.task.kind} begins.")
        return stored

    def load(self, tensors: Tensors, values: Values) -> None:
        """Go on from a checkpoint."""
        try:
            self.task.load(tensors, values["task"])
        except (CheckpointError, RunError):
            raise
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError) as error:
            raise CheckpointError(f"{self.checkpoint} does not fit this {self.task.kind}: {error}.") from None
        self.known |= {key: values[key] for key in ("provenance", "resumed", "seconds")}

    def check(self, values: Values) -> None:
        """Raise a ValueError if a checkpoint's values are not those of this run."""
        _check(values)
        self._compare(values, values["task"])

    def begin(self, show: Progress) -> None:
        """Begin a slice: say in the record where it comes from."""
        here = {
            **provenance(self.command),
            "device": self.task.device_name,
            "processes": self.processes,
            "threads": torch.get_num_threads(),
        }
        if self.known["provenance"] is None:
            self.known["provenance"] = here
        else:
            before = (self.known["resumed"] or [self.known["provenance"]])[-1]
            for name, words in (
                ("device", "on {}"),
                ("processes", "with {} processes"),
                ("threads", "with {} threads"),
            ):
                if before.get(name, here[name]) != here[name]:
                    then, now = words.format(before[name]), words.format(here[name])
                    show.say(
                        f"Before, this ran {then}, now {now}: sums are rounded in another order, so that the rest will "
                        "be as good, but not the same to the bit."
                    )
            self.known["resumed"].append({"from_step": self.task.step, **here})
        self.clock = time.monotonic()
        self.write_record()

    def write_checkpoint(self) -> None:
        """Write all that is needed to go on."""
        self._tick()
        tensors, values = self.task.state()
        checkpoint.save(self.checkpoint, tensors, {**self.known, "task": values})

    def write_record(self) -> None:
        """Write what a reader wants to know."""
        self._tick()
        record = {
            **self.known,
            "seconds": round(self.known["seconds"], 1),
            "step": self.task.step,
            "steps": self.task.steps,
            "finished": self.task.done,
            **self.task.record(),
        }
        try:
            # What is no text, as a file's name may be, becomes JSON's own \\udcXX.
            files.replace(self.record, dumps(record).encode(errors="backslashreplace"))
        except OSError as error:
            raise self._unwritable(error) from None

    def _tick(self) -> None:
        """Bring the seconds up to date."""
        now = time.monotonic()
        self.known["seconds"] += now - self.clock
        self.clock = now

    def _unwritable(self, error: OSError) -> RunError:
        return RunError(f"{self.folder} cannot be written or read: {error.strerror or error}.")

    def _read_record(self, needed: bool) -> records.Record | None:
        """Return the record; None if there is none, or a damaged one that is not needed."""
        if not self.record.exists():
            return None
        try:
            return records.read(self.record)
        except RecordError as error:
            if needed:
                raise RunError(f"{error} There is no checkpoint beside it to go on from.") from None
            return None

    def _compare(self, begun: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        """Refuse to go on with a run of another kind or other settings."""
        kind, then, now = begun["kind"], begun["settings"], self.known["settings"]
        if kind != self.task.kind:
            raise RunError(f"{self.folder} holds no {self.task.kind} but a {short(kind)}: choose another folder.")
        same = {key for key in now if then.get(key) != now[key] and self.task.means_the_same(key, told)}
        if differing := other_settings({**then, **{key: now[key] for key in same}}, now):
            raise RunError(f"the {kind} in {self.folder} {differing}. Give the same settings, or another folder.")


def _check(values: Values) -> None:
    schema.read(records.Checkpoint, values, "its text")
