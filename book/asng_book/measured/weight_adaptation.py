"""Reads what ``figures/weight_adaptation.py`` measured; chapter *Where it went next* compares it."""

from __future__ import annotations

import csv
import math

import numpy as np

from asng_book.pages import results

Medians = dict[str, dict[int, tuple[float, int]]]


def read() -> dict[str, Medians]:
    """Return by problem, method and λ the median number of evaluations, ∞ if most failed, and how many succeeded.

    >>> sorted(read()["OneMax"])
    ['asng', 'asng:utility=rank', 'wa-asng']
    """
    counts: dict[tuple[str, str, int], list[float]] = {}
    with results.path("weight_adaptation.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["problem"], row["method"], int(row["lam"]))
            counts.setdefault(key, []).append(float(row["evaluations"] or math.inf))
    found: dict[str, Medians] = {}
    for (problem, method, lam), each in counts.items():
        of = found.setdefault(problem, {}).setdefault(method, {})
        of[lam] = (float(np.median(each)), int(np.isfinite(each).sum()))
    return found
