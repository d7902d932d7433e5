"""The live figure of two searches on one budget, in chapter *Why one-shot?*."""

from __future__ import annotations

from typing import Any

from asng_book.live.figure import live
from asng_book.measured.lanes import Toy

DIGITS = 4


def two_lanes(toy: Toy, **options: Any) -> Any:
    """Return the race on a toy: each network trained alone, against weights that all share."""
    numbers = {name: getattr(toy, name).round(DIGITS).tolist() for name in ("suits", "price", "pull")}
    return live("two-lanes", **numbers, conflict=toy.conflict, **options)
