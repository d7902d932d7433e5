"""The least, or the largest, value of a function of which nothing is known but its values."""

from __future__ import annotations

import functools
import itertools
import math
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.blackbox.methods import Chosen, Proposer, label, make
from asng_edu.blackbox.record import Record, recorded
from asng_edu.blackbox.result import Evaluation, Result
from asng_edu.blackbox.space import Params, Space
from asng_edu.blackbox.variables import Variable
from asng_edu.jobs import streams
from asng_edu.jobs.errors import RunError
from asng_edu.jobs.processes import MOST_WORKERS
from asng_edu.problems.tabular import Tabular

FIRST = 10  # evaluations after which a function that has always failed in the same way is given up
MOST = 10**9  # evaluations
LONGEST = 1000  # letters of what is kept of an exception
SEEDS = 2**32  # from which one is drawn where none is given

Function = Callable[[Params], Any]


def minimize(
    f: Function,
    space: Space | Tabular | Mapping[str, Variable],
    budget: int,
    method: Chosen = "asng",
    *,
    seed: int | None = None,
    workers: int | None = 1,
    callback: Callable[[Evaluation], Any] | None = None,
    progress: bool = True,
    resume: str | os.PathLike[str] | None = None,
    margin: str | float = "asng",
) -> Result:
    """Search a space for the point at which a function is least.

    Parameters
    ----------
    f : callable
        Takes a dictionary with a value for each name of the space, and returns a number. One dictionary rather than
        keywords, so that names need not be identifiers and cannot clash with arguments of the function's own; where
        keywords are wanted, ``lambda params: train(**params)`` hands them on. If it raises an exception or returns
        anything but a finite number, that evaluation counts, as one worse than all others of its batch.
    space : Space, Tabular or mapping of str to variable
        Of a table, its decisions.
    budget : int
        How many evaluations, those of a resumed search included. The last batch may remain incomplete; then it is
        evaluated, but nothing is learned from it.
    method : str or class
        A name of :mod:`asng_edu.optimizers.registry`, with options as in ``"asng:delta0=0.5:lam=4"``; ``"catcma"`` or
        ``"catcma:lam=20"`` for CatCMA with margin, if ``cmaes`` is installed; or a subclass of
        :class:`~asng_edu.Optimizer` that is made of a distribution and ``seed``.
    seed : int, optional
        From 0 up. The same seed gives the same points, if ``f`` gives the same values. By default one is drawn.
    workers : int or None
        How many evaluations run side by side, by joblib; more than λ find nothing to do, so raise it with the
        method's ``lam``. None asks ``joblib.parallel_config`` for the number and the backend, Dask's and Ray's
        included. The result is the same for any number and backend. ``f`` must be picklable, or defined where
        cloudpickle finds it, as in a notebook.
    callback : callable, optional
        Called with each new :class:`Evaluation`; if it returns True, the search stops.
    progress : bool
        Show a progress bar on standard error, if tqdm is installed.
    resume : path, optional
        A journal, to which every evaluation is appended at once, as a line of JSON. If it exists, the search goes on
        from there, exactly as if it had never stopped; the budget may have grown, but nothing else changed.
    margin : {"asng", "catcma", "none"} or float
        Least probability of an option, see :meth:`Space.distribution`.

    Returns
    -------
    Result
        After Ctrl-C too, with what was evaluated until then.

    Raises
    ------
    ValueError
        For an argument that does not fit; if the first ten evaluations all failed with the same kind of error; or if a
        journal is of another search. What was evaluated stays in the journal.

    Notes
    -----
    The distribution is a product, so ASNG learns nothing of how variables depend on one another, and one δ serves all
    of them. It is at its best with choices and integers, and with real numbers of which a coarse value will do; CMA-ES,
    or ``"catcma"``, is the better method where most variables are real.

    *With numbers in the space, begin with* ``"asng:delta0=0.3"``. The default δ⁰ = 1 is a long step for a Gaussian,
    which narrows before it has arrived. On 2 to 16 integers, or integers and choices, with 50 evaluations for each
    variable, the median loss was smaller at δ⁰ = 0.3 than at 1 for every number of variables, most so for few; choices
    alone were solved at every δ⁰ from 0.1 to 2. The chapter *Numbers and choices together* has the curves and the
    reason, and compares with ``"catcma"``.

    ``"random"`` draws choices uniformly, but numbers from the Gaussian around the middle with which all methods start.

    Examples
    --------
    >>> from asng_edu import Choice, Integer, minimize
    >>> def f(params):
    ...     return (params["units"] - 40) ** 2 + (params["activation"] != "tanh")
    >>> result = minimize(
    ...     f, {"units": Integer(1, 64), "activation": Choice("relu", "tanh")}, 400, seed=1, progress=False
    ... )
    >>> result.best, result.best_loss
    ({'units': 40, 'activation': 'tanh'}, 0.0)
    """
    return _search(f, space, budget, method, False, seed, workers, callback, progress, resume, margin)


def maximize(
    f: Function,
    space: Space | Tabular | Mapping[str, Variable],
    budget: int,
    method: Chosen = "asng",
    *,
    seed: int | None = None,
    workers: int | None = 1,
    callback: Callable[[Evaluation], Any] | None = None,
    progress: bool = True,
    resume: str | os.PathLike[str] | None = None,
    margin: str | float = "asng",
) -> Result:
    """Search a space for the point at which a function is largest.

    The arguments and errors are those of :func:`minimize`. Values in the result are the function's own; its losses are
    −value.

    Examples
    --------
    >>> from asng_edu import Integer, maximize
    >>> maximize(lambda params: -abs(params["x"] - 3), {"x": Integer(0, 9)}, 60, seed=0, progress=False).best
    {'x': 3}
    """
    return _search(f, space, budget, method, True, seed, workers, callback, progress, resume, margin)


def _search(
    f: Any, space: Any, budget: Any, method: Any, maximized: bool, seed: Any, workers: Any, callback: Any,
    progress: Any, resume: Any, margin: Any,
) -> Result:  # fmt: skip
    for name, value in (("f", f), ("callback", callback)):
        if not callable(value) and (name == "f" or value is not None):
            raise ValueError(f"{name} must be a function, but is {checks.short(value)}.")
    space, budget = Space.of(space), checks.integer("budget", budget, 1, MOST)
    if seed is not None:
        checks.integer("seed", seed, 0, 2**128 - 1)
    if workers is not None:
        checks.integer("workers", workers, 1, MOST_WORKERS)
    checks.boolean("progress", progress)
    make(method, space, 0, margin)  # what is wrong is said before a file is begun
    drawn = int(np.random.default_rng().integers(SEEDS)) if seed is None else int(seed)
    settings = {
        "space": space.to_json(), "method": label(method), "maximize": maximized, "margin": margin, "seed": drawn,
    }  # fmt: skip
    with recorded(resume, settings, any_seed=seed is None) as record:
        found = record.settings["seed"]
        proposer = make(method, space, found, margin)
        history, stopped = _run(
            proposer, functools.partial(_evaluate, f), budget, maximized, record, workers, callback, progress
        )
        return Result(space, label(method), found, maximized, history, proposer.mode(), stopped)


def _run(
    proposer: Proposer, evaluate: Callable[[Params], Evaluation], budget: int, maximized: bool, record: Record,
    workers: int | None, callback: Callable[[Evaluation], Any] | None, progress: bool,
) -> tuple[list[Evaluation], str]:  # fmt: skip
    """Return all evaluations, and what ended the search."""
    history: list[Evaluation] = []
    with streams.bar(shown=progress, total=budget, unit="evaluation", smoothing=0.05) as bar:
        try:
            while len(history) < budget:
                points = proposer.ask()
                batch = len(points)
                points = points[: budget - len(history)]
                known = record.past[len(history) : len(history) + len(points)]
                _compare(points, known)
                first = len(history)
                with closing(_evaluations(evaluate, points[len(known) :], workers)) as new:
                    for place, one in enumerate(itertools.chain(known, new)):
                        if place >= len(known):
                            record.add(one)
                        history.append(one)
                        bar.update()
                        if place >= len(known):
                            _give_up(history)
                            if callback is not None and callback(one) is True:
                                return history, "callback"
                if len(points) == batch:
                    proposer.tell(np.array([one.loss(maximized) for one in history[first:]]))
        except KeyboardInterrupt:
            return history, "interrupted"
    return history, "budget"


def _compare(points: list[Params], known: list[Evaluation]) -> None:
    """Raise a RunError if a method does not ask for the points that its journal holds."""
    for point, one in zip(points, known, strict=False):
        if point != one.params:
            raise RunError(
                f"the journal has {checks.short(one.params)} where the method asks for {checks.short(point)}: it was "
                "written by another version of the library or of the method, and cannot be gone on with."
            )


def _evaluations(
    evaluate: Callable[[Params], Evaluation], points: Iterable[Params], workers: int | None
) -> Generator[Evaluation, None, None]:
    """Yield the evaluations of some points in their order, each as soon as may be."""
    if workers == 1:
        yield from map(evaluate, points)
        return
    try:
        import joblib
    except ModuleNotFoundError as error:
        words = "workers other than 1 need joblib: pip install 'asng_edu[sweep]'."
        raise ModuleNotFoundError(words, name=error.name) from None
    tasks = [joblib.delayed(evaluate)(point) for point in points]
    try:
        parallel = joblib.Parallel(n_jobs=workers, return_as="generator")
    except ValueError:  # a backend that gives all results at once, such as Ray's
        parallel = joblib.Parallel(n_jobs=workers)
    yield from parallel(tasks)


def _evaluate(f: Function, params: Params) -> Evaluation:
    """Return what the function made of a point; whatever it raises but Ctrl-C is part of that."""
    try:
        returned = f(dict(params))
        return Evaluation(params, *_number(returned))
    except Exception as error:
        return Evaluation(params, None, f"{type(error).__name__}: {error}"[:LONGEST])


def _number(returned: Any) -> tuple[float | None, str | None]:
    """Return a value and None, or None and what was wrong with it."""
    shaped = tuple(getattr(returned, "shape", ())) != ()
    if returned is None or shaped or isinstance(returned, str | bytes | bytearray):
        return None, f"NoNumber: f returned {checks.short(returned)}, not a number"
    number = float(returned)
    return (number, None) if math.isfinite(number) else (None, f"NotFinite: f returned {number}")


def _give_up(history: list[Evaluation]) -> None:
    """Raise a RunError if the first evaluations have all failed, and all in the same way."""
    if len(history) != FIRST:
        return
    kinds = {"" if one.error is None else one.error.partition(":")[0] for one in history}
    if len(kinds) == 1 and "" not in kinds:
        raise RunError(
            f"the first {FIRST} evaluations all failed in the same way, the last one with "
            f"{checks.short(history[-1].error)}: see to the function."
        )
