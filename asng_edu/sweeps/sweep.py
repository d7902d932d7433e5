"""Many trials of many settings: the engine behind Fig. 4.

A sweep writes three files. ``NAME.csv`` has one row for each setting; ``NAME.trials.csv`` one row for each trial, in a
fixed order, so that while the sweep runs the file is always the beginning of the finished one; ``NAME.json`` holds
the settings and where the numbers come from. Every trial has a seed of its own, derived from the sweep's seed and its
place in the grid, so the results depend neither on the number of workers nor on interruptions.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asng_edu._common import checks, files
from asng_edu._common.provenance import provenance
from asng_edu.sweeps.trial import METHODS, Setting, make_setting, run_trial

COLUMNS = (
    "method", "eps_x", "delta0", "lam", "alpha", "trials", "successes", "success_rate",
    "median_updates", "q25", "q75", "score",
)  # fmt: skip
TRIAL_COLUMNS = ("method", "eps_x", "delta0", "trial", "updates")
MOST_WORKERS = 1024
BLOCK = 5  # trials that a worker runs before it reports: small, so that little is lost when a sweep is killed

Row = dict[str, Any]


class SweepError(ValueError):
    """A sweep that cannot be run, or not continued, as asked; the message says why."""


@dataclass(frozen=True)
class Grid:
    """What a sweep runs: every method at every ε_x and δ⁰.

    Attributes
    ----------
    methods : tuple of str
        Of "asng", "sng", "adam".
    eps_x, delta0 : tuple of float
        ε_x, the first learning rate of x; δ⁰, for Adam its learning rate.
    trials : int
        Trials of each setting.
    dim, categories, max_updates, lam, alpha, margin, utility
        As for :func:`asng_edu.sweeps.trial.make_setting`.
    seed : int
        From which all trials' seeds are derived.
    """

    methods: tuple[str, ...] = METHODS
    eps_x: tuple[float, ...] = (0.05, 0.0005)
    delta0: tuple[float, ...] = (1.0,)
    trials: int = 100
    dim: int = 30
    categories: int = 5
    max_updates: int = 100_000
    lam: int = 2
    alpha: float = 1.5
    margin: str | float = "asng"
    utility: str = "mean"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("methods", "eps_x", "delta0"):
            values = getattr(self, name)
            if isinstance(values, str) or not isinstance(values, Iterable):
                raise ValueError(f"{name} must be a sequence, such as a tuple, but is {values!r}.")
            values = tuple(values) if name == "methods" else tuple(checks.positive(name, value) for value in values)
            object.__setattr__(self, name, values)
            if not values:
                raise ValueError(f"{name} must hold at least one value, but is empty.")
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must not name a value twice, but is {', '.join(map(str, values))}.")
        for name, least in (("trials", 1), ("seed", 0), ("dim", 1), ("categories", 2), ("max_updates", 1), ("lam", 2)):
            object.__setattr__(self, name, checks.integer(name, getattr(self, name), least))
        object.__setattr__(self, "alpha", checks.positive("alpha", self.alpha))
        for setting in self.settings():
            self.make(*setting)

    def settings(self) -> list[tuple[str, float, float]]:
        """Return (method, ε_x, δ⁰) of every setting, in the order of the files."""
        return list(itertools.product(self.methods, self.eps_x, self.delta0))

    def make(self, method: str, eps_x: float, delta0: float) -> Setting:
        """Return the trial setting of one point of the grid, checked."""
        return make_setting(
            method,
            delta0=delta0,
            eps_x=eps_x,
            dim=self.dim,
            categories=self.categories,
            lam=self.lam,
            alpha=self.alpha,
            margin=self.margin,
            utility=self.utility,
            max_updates=self.max_updates,
        )

    def trial_seed(self, trial: int) -> np.random.SeedSequence:
        """Return the seed of a trial, the same at every point of the grid.

        So all methods, ε_x and δ⁰ meet the same starting points and noise and differ by what they do, not by luck;
        and a sweep of one δ⁰ repeats what a wider sweep found there.
        """
        return np.random.SeedSequence([self.seed, trial])


def exponents_to_delta0(exponents: Iterable[float], dim: int = 30, categories: int = 5) -> tuple[float, ...]:
    """Return δ⁰ = n_θ^{−e} for each exponent e, with n_θ = D(K − 1)."""
    n_theta = checks.integer("dim (D)", dim, 1) * (checks.integer("categories (K)", categories, 2) - 1)
    with np.errstate(over="ignore"):  # an infinite δ⁰ is refused in words later
        return tuple(float(np.float64(n_theta) ** -checks.real("exponents", e)) for e in exponents)


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
    grid = grid or Grid(**settings)
    if workers is not None and checks.integer("workers", workers, 1) > MOST_WORKERS:
        raise ValueError(f"workers must be at most {MOST_WORKERS}, but is {workers}.")
    if out is None:
        return summarise(grid, list(_run_blocks(grid, 0, workers, progress)))
    files = _Files(Path(out))
    try:
        done = files.resume(grid, command) if resume else files.create(grid, command)
        started = time.perf_counter()
        with files.trials.open("a", newline="", encoding="utf-8") as journal:
            for updates in _run_blocks(grid, len(done), workers, progress):
                place = len(done)
                done.append(updates)
                journal.write(_csv([_trial_row(grid, place, updates)]))
                journal.flush()
        rows = summarise(grid, done)
        files.finish(rows, time.perf_counter() - started)
    except OSError as error:
        raise SweepError(f"{out} cannot be written or read: {error.strerror}. Complete trials are kept.") from None
    return rows


def summarise(grid: Grid, updates: Sequence[int | None]) -> list[Row]:
    """Return one row for each setting from the updates of all trials in order (None for a failed trial)."""
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


def read_rows(path: str | os.PathLike[str]) -> list[Row]:
    """Return the rows of a summary file as :func:`run` returned them."""

    def value(text: str) -> Any:
        if text == "":
            return None
        try:
            return int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            return text

    with open(path, newline="", encoding="utf-8") as file:
        return [{key: value(text) for key, text in row.items()} for row in csv.DictReader(file)]


def _run_blocks(grid: Grid, start: int, workers: int | None, progress: bool) -> Iterator[int | None]:
    """Yield the updates of each trial from the ``start``-th on, in order."""
    try:
        import joblib
        from tqdm.auto import tqdm
    except ImportError as error:
        raise SweepError(f"a sweep needs {error.name}: pip install 'asng_edu[sweep]'.") from None
    total = len(grid.settings()) * grid.trials
    blocks = (range(first, min(first + BLOCK, total)) for first in range(start, total, BLOCK))
    tasks = (joblib.delayed(_run_block)(grid, block) for block in blocks)
    with tqdm(total=total, initial=start, unit="trial", disable=not progress, smoothing=0.05) as bar:
        for updates in _in_order(tasks, workers):
            for one in updates:
                yield one
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
    results = []
    for place in places:
        which, trial = divmod(place, grid.trials)
        method, eps_x, delta0 = settings[which]
        results.append(run_trial(grid.make(method, eps_x, delta0), grid.trial_seed(trial)))
    return results


def _trial_row(grid: Grid, place: int, updates: int | None) -> Row:
    which, trial = divmod(place, grid.trials)
    method, eps_x, delta0 = grid.settings()[which]
    return {"method": method, "eps_x": eps_x, "delta0": delta0, "trial": trial, "updates": updates}


def _csv(rows: Iterable[Row], columns: Sequence[str] | None = None) -> str:
    """Return rows as CSV text, with a head line if columns are given; None becomes an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    writer.writerows(list(row.values()) for row in rows)
    return text.getvalue()


class _Files:
    """The three files of a sweep."""

    def __init__(self, out: Path) -> None:
        if out.suffix != ".csv":
            raise SweepError(f"out must be the name of a .csv file, but is {str(out)!r}.")
        out = out.resolve()  # a link stays one, and leads to the file
        self.summary = out
        self.trials = out.with_suffix(".trials.csv")
        self.record = out.with_suffix(".json")

    def create(self, grid: Grid, command: str | None) -> list[int | None]:
        """Begin a sweep where there is none."""
        self.summary.parent.mkdir(parents=True, exist_ok=True)
        try:
            for path in (self.summary, self.record):
                if path.exists():
                    raise FileExistsError(None, None, path)
            with self.trials.open("x", encoding="utf-8") as file:  # of two that begin at once, one fails here
                file.write(_csv([], TRIAL_COLUMNS))
        except FileExistsError as error:
            raise SweepError(
                f"{error.filename} exists already and is left as it is: choose another name, or, if it is a sweep that "
                "was interrupted, continue it with --resume."
            ) from None
        files.replace(self.record, _json({"settings": _plain(grid), "provenance": provenance(command)}))
        return []

    def resume(self, grid: Grid, command: str | None) -> list[int | None]:
        """Return the updates of the trials that are complete, and cut the file after them.

        If trials are left, the record is told from which one on, and by which code, the sweep goes on.
        """
        if not self.record.exists() and (not self.trials.exists() or self._has_only_a_head()):
            self.trials.unlink(missing_ok=True)
            return self.create(grid, command)
        try:
            record = json.loads(self.record.read_text(encoding="utf-8"))
            settings = dict(record["settings"])
            record["provenance"] = dict(record["provenance"])
            text = self.trials.read_text(encoding="utf-8")
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            raise SweepError(f"{self.record} and {self.trials} are not those of a sweep, or are damaged.") from None
        if settings != _plain(grid):
            now = _plain(grid)
            differing = [key for key in {**now, **settings} if settings.get(key) != now.get(key)]
            raise SweepError(
                f"{self.summary} was begun with another {', '.join(differing)}: "
                + "; ".join(f"{key} was {settings.get(key)!r}, now {now.get(key)!r}" for key in differing)
                + ". Give the same settings, or another --out."
            )
        complete = text[: text.rfind("\n") + 1]  # a kill in the middle of a line leaves its beginning
        lines = complete.splitlines()
        done: list[int | None] = []
        total = len(grid.settings()) * grid.trials
        if not lines or lines[0] != ",".join(TRIAL_COLUMNS) or len(lines) - 1 > total:
            raise SweepError(f"{self.trials} is not the trials file of this sweep.")
        for place, line in enumerate(lines[1:]):
            last = line.rpartition(",")[2]
            updates = int(last) if last.isascii() and last.isdigit() else None
            possible = updates is None or 1 <= updates <= grid.max_updates
            if not possible or line + "\n" != _csv([_trial_row(grid, place, updates)]):
                raise SweepError(f"{self.trials} is damaged in line {place + 2}: {line!r}.")
            done.append(updates)
        if len(done) < total:
            files.replace(self.trials, complete)
            again = {"from_trial": len(done), **provenance(command)}
            files.replace(self.record, _json({**record, "resumed": [*record.get("resumed", []), again]}))
        return done

    def finish(self, rows: list[Row], seconds: float) -> None:
        """Write the summary, and into the record how long the last part of the sweep took, unless that is known."""
        record = json.loads(self.record.read_text(encoding="utf-8"))
        last = record["resumed"][-1] if record.get("resumed") else record["provenance"]
        last.setdefault("seconds", round(seconds, 1))
        files.replace(self.summary, _csv(rows, COLUMNS))
        files.replace(self.record, _json(record))

    def _has_only_a_head(self) -> bool:
        """Tell whether the trials file is what a kill at the very beginning leaves."""
        return _csv([], TRIAL_COLUMNS).encode().startswith(self.trials.read_bytes())


def _plain(grid: Grid) -> dict[str, Any]:
    """Return the grid as JSON gives it back."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(grid)))
    return plain


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
