"""A long computation in a folder: progress, checkpoints, stopping, going on, and the record it leaves.

A search or a retraining is a :class:`~asng_edu.nas.runs.task.Task`: something that advances by steps and can put its
whole state into tensors and JSON. :func:`run` does the rest. The folder holds ``KIND.json``, the record, and
``checkpoint.pt`` with ``previous.pt``; what a resumed task does is what the uninterrupted one would have done: on a
CPU, with the same number of threads and processes, to the bit.
"""

from __future__ import annotations

import functools
import math
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asng_edu._common import checks
from asng_edu.jobs.signals import Signals
from asng_edu.nas.runs import checkpoint
from asng_edu.nas.runs.checkpoint import CheckpointError
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.runs.progress import Progress
from asng_edu.nas.runs.run_folder import RunFolder
from asng_edu.nas.runs.task import Task

STATUS = ("running", "stopped", "interrupted", "terminated")  # by urgency: Signals counts the same way
CODES = {"finished": 0, "stopped": 0, "interrupted": 130, "terminated": 143}


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
    kept = RunFolder(task, checks.path("folder", folder), distributed.size, command)
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
