"""Reads what ``figures/where_it_went_next.py`` measured; chapter *Where it went next* compares it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_book.pages import results
from asng_edu.jobs import rows

#: After how many evaluations the loss was noted, by problem.
MOMENTS: dict[str, tuple[int, ...]] = {
    name: tuple(moments) for name, moments in results.read("where_it_went_next.json")["settings"]["moments"].items()
}


def read() -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return the losses by problem and method, an array of shape (seeds, moments) each.

    >>> {name: losses["asng"].shape[1] for name, losses in read().items() if "asng" in losses}
    {'mixed': 5}
    """
    found: dict[str, dict[str, Any]] = {}
    for row in rows.read_csv(results.path("where_it_went_next.csv")):
        losses = list(map(float, row["losses"].split()))
        found.setdefault(row["problem"], {}).setdefault(row["method"], []).append(losses)
    return {name: {method: np.array(of) for method, of in methods.items()} for name, methods in found.items()}
