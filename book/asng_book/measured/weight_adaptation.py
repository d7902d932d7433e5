"""Reads what ``figures/weight_adaptation.py`` measured; chapter *Where it went next* compares it."""

from __future__ import annotations

import math

import numpy as np

from asng_book.pages import results
from asng_edu.jobs import rows

Medians = dict[str, dict[int, tuple[float, int]]]


def read() -> dict[str, Medians]:
    """Return by problem, method and λ the median number of evaluations, ∞ if most failed, and how many succeeded.

    >>> sorted(read()["OneMax"])
    ['asng', 'asng:utility=rank', 'wa-asng']
    """
    counts: dict[tuple[str, str, int], list[float]] = {}
    for row in rows.read_csv(results.path("weight_adaptation.csv")):
        needed = row["evaluations"]
        counts.setdefault((row["problem"], row["method"], row["lam"]), []).append(
            math.inf if needed is None else needed
        )
    found: dict[str, Medians] = {}
    for (problem, method, lam), each in counts.items():
        of = found.setdefault(problem, {}).setdefault(method, {})
        of[lam] = (float(np.median(each)), int(np.isfinite(each).sum()))
    return found
