"""The live figure of chapter *More samples at once*: what λ changes, and what workers make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from asng_book.live.figure import live
from asng_edu._common import checks

PROBLEMS = {"sum": "sum", "noisy": "noisy sum", "toy": "toy, fast weights"}  # as the script and the table call them


def more_samples(rows: Sequence[Mapping[str, Any]], **options: Any) -> Any:
    """Return the figure; ``rows`` are those of ``figures/data/more_samples.csv``, a search each.

    Raises
    ------
    ValueError
        If a problem that the figure shows has no searches.
    """
    measured = [
        {"problem": name, "lam": lam, "updates": found["updates"], "delta": found["delta"]}
        for name, problem in PROBLEMS.items()
        for lam, found in medians(rows, problem).items()
    ]
    return live("more-samples", measured=measured, **options)


def medians(rows: Sequence[Mapping[str, Any]], problem: str) -> dict[int, dict[str, float]]:
    """Return by λ what the searches of a problem come to: medians of ``updates`` and ``delta``, and how many they are.

    A search that did not find the optimum counts as longer than all others.

    Raises
    ------
    ValueError
        If there are none.
    """
    own = [row for row in rows if row["problem"] == checks.instance("problem", problem, str, "a name")]
    if not own:
        raise ValueError(f"there are no searches of {problem!r} among the rows.")
    found = {}
    for lam in sorted({row["lam"] for row in own}):
        those = [row for row in own if row["lam"] == lam]
        needed = [np.inf if row["updates"] is None else row["updates"] for row in those]
        found[lam] = {
            "updates": float(np.median(needed)),
            "delta": float(np.median([row["delta"] for row in those])),
            "searches": len(those),
        }
    return found
