"""Many trials of many settings: the engine behind Fig. 4.

A sweep writes three files. ``NAME.csv`` has one row for each setting; ``NAME.trials.csv`` one row for each trial, in a
fixed order, so that while the sweep runs the file is always the beginning of the finished one; ``NAME.json`` holds
the settings and where the numbers come from. Every trial has a seed of its own, derived from the sweep's seed and its
place in the grid, so the results depend neither on the number of workers nor on interruptions.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.jobs import streams
from asng_edu.sweeps.files import COLUMNS, Row, SweepError, SweepFiles, read_rows, trial_line
from asng_edu.sweeps.grid import Grid, exponents_to_delta0
from asng_edu.sweeps.trial import run_trial

__all__ = ["COLUMNS", "Grid", "Row", "SweepError", "exponents_to_delta0", "read_rows", "run", "summarise"]

MOST_WORKERS = 1024
BLOCK = 5  # trials that a worker runs before it reports: small, so that little is lost when a sweep is killed


def run(
    grid: Grid | None = None,
    out: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    resume: bool = False,
    progress: bool = False,
    command: str | None = None,
    **settings: Any,
) -> list[Row]:
    """Run a sweep and return its rows, one for each setting, with the keys :data:`COLUMNS`.

    Parameters
    ----------
    grid : Grid, optional
        What to run; or give its fields by name, as in ``run(methods=("asng",), delta0=(1.0, 0.01), trials=10)``.
    out : path, optional
        The CSV file to write. Without it nothing is written.
    workers : int, optional
        How many threads. By default what joblib is configured for: one, or inside
        ``with joblib.parallel_config(backend="dask"):`` (or ``"ray"``) the cluster. The results are the same.
    resume : bool
        Go on with the files of an interrupted sweep of the same settings.
    progress : bool
        Show a progress bar with the time left, on standard error.
    command : str, optional
        What to record as the command, in the JSON file.

    Returns
    -------
    list of dict
        ``score`` is the article's measure: the median number of updates of the successful trials divided by the
        success rate. It, the median and the quartiles are None where no trial succeeded.

    Raises
    ------
    ValueError
        For bad settings.
    SweepError
        If ``out`` cannot be written or already exists, or what is to be resumed is corrupt or of other settings.

    Notes
    -----
    Taught in chapter *The robustness sweep*.

    Examples
    --------
    >>> rows = run(methods=("asng",), delta0=(1.0,), eps_x=(0.05,), dim=3, categories=3, trials=4, max_updates=2000)
    >>> rows[0]["successes"]
    4
    """
    if grid is not None and settings:
        raise ValueError(f"run takes a grid or its fields by name, not both: leave out {', '.join(settings)}.")
    grid = Grid(**settings) if grid is None else checks.instance("grid", grid, Grid, "a Grid")
    for name, value in (("resume", resume), ("progress", progress)):
        checks.boolean(name, value)
    checks.text("command", command)
    if workers is not None:
        checks.integer("workers", workers, 1, MOST_WORKERS)
    if out is None:
        return summarise(grid, list(_run_blocks(grid, 0, workers, progress)))
    try:
        store = SweepFiles(out)
        with store.held():
            done = store.resume(grid, command) if resume else store.create(grid, command)
            started = time.perf_counter()
            with store.journal.appending() as append:
                for updates in _run_blocks(grid, len(done), workers, progress):
                    append(trial_line(grid, len(done), updates))
                    done.append(updates)
            rows = summarise(grid, done)
            store.finish(rows, time.perf_counter() - started)
    except OSError as error:
        raise SweepError(f"{out} cannot be written or read: {error.strerror}. Complete trials are kept.") from None
    return rows


def summarise(grid: Grid, updates: Sequence[int | None]) -> list[Row]:
    """Return one row for each setting from the updates of all trials in order (None for a failed trial)."""
    checks.instance("grid", grid, Grid, "a Grid")
    total = len(grid.settings()) * grid.trials
    if not isinstance(updates, Sequence) or len(updates) != total:
        text = checks.short(updates)
        raise ValueError(f"updates must be a list with an entry for each of {total} trials, but is {text}.")
    for one in updates:
        if one is not None:
            checks.integer("updates", one, 0)
    rows = []
    for place, (method, eps_x, delta0) in enumerate(grid.settings()):
        of_setting = updates[place * grid.trials : (place + 1) * grid.trials]
        found = np.array([u for u in of_setting if u is not None], dtype=float)
        rate = len(found) / grid.trials
        row: Row = {
            "method": method, "eps_x": eps_x, "delta0": delta0, "lam": grid.lam, "alpha": grid.alpha,
            "trials": grid.trials, "successes": len(found), "success_rate": rate,
            "median_updates": None, "q25": None, "q75": None, "score": None,
        }  # fmt: skip
        if len(found):
            q25, median, q75 = (float(q) for q in np.quantile(found, [0.25, 0.5, 0.75]))
            row.update(median_updates=median, q25=q25, q75=q75, score=median / rate)
        rows.append(row)
    return rows


def _run_blocks(grid: Grid, start: int, workers: int | None, progress: bool) -> Iterator[int | None]:
    """Yield the updates of each trial from the ``start``-th on, in order."""
    try:
        import joblib
    except ImportError as error:
        raise SweepError(f"a sweep needs {error.name}: pip install 'asng_edu[sweep]'.") from None
    total = len(grid.settings()) * grid.trials
    blocks = (range(first, min(first + BLOCK, total)) for first in range(start, total, BLOCK))
    tasks = (joblib.delayed(_run_block)(grid, block) for block in blocks)
    with streams.bar(shown=progress, total=total, initial=start, unit="trial", smoothing=0.05) as bar:
        for updates in itertools.chain.from_iterable(_in_order(tasks, workers)):
            yield updates
            bar.update()


def _in_order(tasks: Iterable[Any], workers: int | None) -> Iterator[list[int | None]]:
    """Run joblib's tasks and yield their results as they come, in the order of the tasks."""
    import joblib

    # Threads, unless joblib.parallel_config says otherwise: the compiled loop releases the interpreter lock, and
    # threads end with the process, where worker processes would linger after a kill.
    options = {"n_jobs": workers, "prefer": "threads"}
    try:
        parallel = joblib.Parallel(**options, return_as="generator")
    except ValueError:  # a backend that cannot, such as Ray's, gives its results batch by batch
        parallel = joblib.Parallel(**options)
        tasks = iter(tasks)
        while batch := list(itertools.islice(tasks, 4 * joblib.effective_n_jobs(workers))):
            yield from parallel(batch)
    else:
        yield from parallel(tasks)


def _run_block(grid: Grid, places: range) -> list[int | None]:
    settings = grid.settings()
    parts = (divmod(place, grid.trials) for place in places)
    return [run_trial(grid.make(*settings[which]), grid.trial_seed(trial)) for which, trial in parts]
