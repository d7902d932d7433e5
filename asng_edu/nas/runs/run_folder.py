"""The folder of a run: its record, its checkpoint, and what is known of the slices in which it was computed."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from asng_edu._common import files
from asng_edu._common.checks import short
from asng_edu.jobs import schema
from asng_edu.jobs.errors import RunError
from asng_edu.jobs.journal import other_settings
from asng_edu.jobs.lock import InUse, locked
from asng_edu.jobs.provenance import provenance
from asng_edu.nas.runs import checkpoint, records
from asng_edu.nas.runs.checkpoint import CheckpointError, Tensors, Values
from asng_edu.nas.runs.progress import Progress
from asng_edu.nas.runs.records import RecordError, dumps, plain
from asng_edu.nas.runs.task import Task


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


class RunFolder:
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
