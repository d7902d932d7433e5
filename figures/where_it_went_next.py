"""Later methods beside their forebears: CatCMA with margin and ASNG, CMA-ES with a learning rate fixed and adapted.

``python3 tasks.py figures where_it_went_next --recompute`` runs them, with the package ``cmaes``, in
runs/where_it_went_next.csv; stopped, it goes on where it was. The result is figures/data/where_it_went_next.csv, a row
for each problem, method, seed and moment. Without ``--recompute`` it says what the rows say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import _table
import numpy as np

from asng_edu import Choice, Integer, Real, Space, minimize
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key

NAME = "where_it_went_next"
SEEDS = 7
MIXED = ("asng", "asng:lam=10", "catcma", "random")
CONTINUOUS = ("cma", "cma with lr_adapt")
SPACE = Space(
    **{f"x{i}": Real(-5.0, 5.0) for i in range(3)},
    **{f"z{i}": Integer(-5, 5) for i in range(3)},
    **{f"c{i}": Choice("a", "b", "c", "d") for i in range(3)},
)
MOMENTS = {
    "mixed": (100, 200, 400, 800, 1600),
    "noisy sphere": (500, 2000, 8000),
    "Rastrigin": (500, 2000, 8000, 32000),
}


def mixed(point: dict[str, Any]) -> float:
    """Return the loss of a point: squares around 1.5 and 2, and 1 for each category that is not c."""
    reals = sum((point[f"x{i}"] - 1.5) ** 2 for i in range(3))
    whole = sum((point[f"z{i}"] - 2) ** 2 for i in range(3))
    return reals + whole + sum(point[f"c{i}"] != "c" for i in range(3))


def on_mixed(method: str, seed: int) -> list[float]:
    """Return the least loss after each moment."""
    budget = MOMENTS["mixed"][-1]
    seen: list[float] = []

    def f(point: dict[str, Any]) -> float:
        seen.append(mixed(point))
        return seen[-1]

    minimize(f, SPACE, budget, method, seed=seed, progress=False)
    best = np.minimum.accumulate(seen)
    return [float(best[n - 1]) for n in MOMENTS["mixed"]]


def sphere(x: np.ndarray[Any, Any]) -> float:
    """Return Σx²."""
    return float((x**2).sum())


def rastrigin(x: np.ndarray[Any, Any]) -> float:
    """Return Σ(x² − 10 cos 2πx + 10): a bowl full of small bowls."""
    return float((x**2 - 10 * np.cos(2 * np.pi * x) + 10).sum())


def on_continuous(problem: str, method: str, seed: int) -> list[float]:
    """Return the true loss of the mean after each moment."""
    from cmaes import CMA

    f, dim, noise = {"noisy sphere": (sphere, 10, 1.0), "Rastrigin": (rastrigin, 10, 0.0)}[problem]
    rng = np.random.default_rng(seed)
    cma = CMA(mean=np.full(dim, 3.0), sigma=2.0, seed=seed + 1, lr_adapt=method == "cma with lr_adapt")
    return list(_means(cma, f, noise, rng, MOMENTS[problem]))


def _means(
    cma: Any, f: Callable[[Any], float], noise: float, rng: np.random.Generator, moments: tuple[int, ...]
) -> Iterator[float]:
    spent = 0
    for moment in moments:
        while spent < moment and not (noise == 0 and cma.should_stop()):
            asked = [cma.ask() for _ in range(cma.population_size)]
            cma.tell([(x, f(x) + noise * rng.normal()) for x in asked])
            spent += len(asked)
        yield f(cma.mean)


def run(job: Key) -> list[Any]:
    """Run one method once; return its losses at the moments."""
    problem, method, seed = str(job[0]), str(job[1]), int(job[2])
    losses = on_mixed(method, seed) if problem == "mixed" else on_continuous(problem, method, seed)
    return [" ".join(f"{loss:.6g}" for loss in losses)]


def recompute(workers: int) -> None:
    """Run what has not been run yet, and write the table."""
    jobs: list[Key] = [("mixed", method, seed) for method in MIXED for seed in range(SEEDS)]
    jobs += [(p, method, seed) for p in list(MOMENTS)[1:] for method in CONTINUOUS for seed in range(SEEDS)]
    settings = {"seeds": SEEDS, "moments": {name: list(moments) for name, moments in MOMENTS.items()}}
    columns = ("problem", "method", "seed", "losses")
    _table.fill(NAME, jobs, run, columns, settings, workers=workers, unit="run")


def report() -> None:
    """Say what there is."""
    table = rows.read_csv(_table.DATA / f"{NAME}.csv")
    for problem, method in dict.fromkeys((row["problem"], row["method"]) for row in table):
        of = [row["losses"] for row in table if (row["problem"], row["method"]) == (problem, method)]
        medians = np.median([list(map(float, losses.split())) for losses in of], axis=0)
        said = ", ".join(f"{loss:.3g} after {n}" for loss, n in zip(medians, MOMENTS[problem], strict=True))
        print(f"{problem}, {method}: median loss {said}")


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report, workers=1))
