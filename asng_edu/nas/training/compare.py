"""All systems on one space: what each picks, what that is worth in truth, and what it cost."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from asng_edu._common import checks, files
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key, Row
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.systems import SYSTEMS, Comparison
from asng_edu.nas.training.tabulate import one_thread

PATIENCE = 4000  # evaluations in a row of networks that are known already, after which a strategy has settled
COLUMNS = (
    "system", "seed", "evaluator", "pick", "test_error", "rank", "believed", "rank_correlation",
    "same_size", "seconds", "trainings", "steps", "parameters", "operations", "saved_megabytes",
)  # fmt: skip


def compare(
    comparison: Comparison,
    out: str | os.PathLike[str],
    *,
    workers: int = 1,
    resume: bool = False,
    progress: bool = False,
    command: str | None = None,
) -> list[Row]:
    """Run every system with every seed, and return a row for each run, with the keys :data:`COLUMNS`.

    Parameters
    ----------
    comparison : Comparison
    out : path
        A folder, for ``compare.csv`` and ``compare.json``; and ``traces/`` with the course of each run.
    workers, resume, progress, command
        As in ``asng_edu.jobs.rows.fill``. The rows do not depend on the workers but for the seconds.

    Returns
    -------
    list of dict
        ``pick`` is a code, ``test_error`` and ``rank`` its network's in truth, ``believed`` the loss or error by which
        it was picked, ``same_size`` the mean test error of all networks with as many parameters.
        ``rank_correlation``, of a supernet, is Spearman's between one-shot losses and test errors of networks drawn at
        random. ``seconds`` are of one core; where networks are trained from scratch those that their ``trainings`` took
        for the table are added. ``operations`` counts what one step of weights and strategy runs, ``saved_megabytes``
        what all its passes together save for their gradients, which is more than what is in memory at a time.

    Raises
    ------
    RunError
        If the comparison exists and is not to be resumed, or cannot be written.
    """
    checks.instance("comparison", comparison, Comparison, "a Comparison")
    folder = checks.path("out", out)
    jobs: list[Key] = [(system, seed) for seed in range(comparison.seeds) for system in comparison.systems]
    return rows.fill(
        folder / "compare.csv",
        jobs,
        functools.partial(run, comparison, folder / "traces"),
        COLUMNS,
        comparison.to_json(),
        workers=workers,
        resume=resume,
        progress=progress,
        command=command,
        unit="run",
    )


def run(comparison: Comparison, traces: Path, job: Key) -> list[Any]:
    """Run one system with one seed, leave its trace in a file, and return what follows its name and seed in the row."""
    system, seed = str(job[0]), int(job[1])
    how = {"supernet": on_supernet, "table": on_table}[SYSTEMS[system].evaluator]
    with one_thread():
        code, found, trace = how(comparison, system, seed)
    traces.mkdir(parents=True, exist_ok=True)
    files.replace(traces / f"{system}-{seed}.json", json.dumps(trace) + "\n")
    known = comparison.known
    table, parameters = known.tabular(), known.parameters
    size = int(parameters[table.network([code])[0]])
    told = {
        "evaluator": SYSTEMS[system].evaluator,
        "pick": " ".join(map(str, code)),
        "test_error": float(table.scores([code])[0]),
        "rank": table.rank(code),
        "same_size": float(known.test_errors[parameters == size].mean()),
        "parameters": size,
        **found,
    }
    return [told.get(name) for name in COLUMNS[2:]]


Found = tuple[list[int], dict[str, Any], Any]  # the code that was picked, what the row tells, and the trace


def on_supernet(comparison: Comparison, system: str, seed: int) -> Found:
    """Search on a supernet."""
    begun = time.process_time()
    search = Search(comparison.search(system, seed), device="cpu")
    while not search.done:
        search.advance()
    seconds = time.process_time() - begun
    code = search.space.encode(search.genotype())
    assert search.one_shot is not None
    known = comparison.known
    drawn = np.random.default_rng(seed_for("networks whose ranks are compared", seed)).permutation(len(known.codes))
    sample = drawn[: comparison.ranked]
    losses = search.evaluate_all(known.codes[sample])[:, 0]
    operations, size = step_cost(search)
    told = {
        "believed": search.one_shot["one_shot_loss"],
        "rank_correlation": spearman(losses, known.test_errors.mean(axis=1)[sample]),
        "seconds": round(seconds, 3),
        "trainings": 0,
        "steps": search.steps,
        "operations": operations,
        "saved_megabytes": round(size / 1e6, 3),
    }
    return code.tolist(), told, search.history


def on_table(comparison: Comparison, system: str, seed: int) -> Found:
    """Let a strategy learn from networks that were trained from scratch, until it has seen as many as it may."""
    known, begun = comparison.known, time.process_time()
    evaluator = known.evaluator(seed)
    strategy = SYSTEMS[system].make().make(known.space, seed)
    results: list[list[Any]] = []
    news = 0  # evaluations until the last new network
    while len(evaluator.asked) < comparison.trainings and evaluator.evaluations - news < PATIENCE:
        before = len(evaluator.asked)
        strategy.learn(evaluator)
        if len(evaluator.asked) > before:
            news = evaluator.evaluations
        results.append([len(evaluator.asked), known.space.encode(strategy.result()).tolist()])
    trained = dict(itertools.islice(evaluator.asked.items(), comparison.trainings))  # the last batch may hold more
    best = min(trained, key=trained.__getitem__)
    own = time.process_time() - begun
    told = {
        "believed": trained[best],
        "seconds": round(own + float(known.seconds[list(trained)].sum()) / known.tabulation.seeds, 3),
        "trainings": len(trained),
        "steps": len(results),
    }
    return (
        known.codes[best].tolist(),
        told,
        {"networks": list(trained), "losses": list(trained.values()), "results": results},
    )


def step_cost(search: Search) -> tuple[int, int]:
    """Return how many operations of cells a step runs, and how many bytes its passes save for their gradients.

    It is a mean over steps of a copy of the search, with weights and strategy as they are now. What runs again for the
    gradients is not counted.
    """
    search = copy.deepcopy(search)
    steps = min(search.strategy.learns_every, search.epochs_end)
    search.step = search.epochs_end - steps  # the last ones of the weights: in one of them the strategy learns
    runs, kept = 0, 0

    def count(*_: Any) -> None:
        nonlocal runs
        runs += 1

    def keep(tensor: Tensor) -> Tensor:
        nonlocal kept
        kept += tensor.nbytes
        return tensor

    for name, module in search.network.named_modules():
        if name.rpartition(".")[0].endswith("operations"):
            module.register_forward_hook(count)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        for _ in range(steps):
            search.advance()
    return round(runs / steps), round(kept / steps)


def spearman(one: Any, other: Any) -> float:
    """Return Spearman's rank correlation, equal values sharing the mean of their ranks; NaN if all of one are equal.

    >>> round(spearman([1, 2, 3, 4], [2, 1, 4, 3]), 3)
    0.6
    """
    a, b = (_ranks(np.asarray(values)) for values in (one, other))
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean() / spread) if spread else float("nan")


def _ranks(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: np.ndarray[Any, Any] = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks
