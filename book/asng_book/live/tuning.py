"""The live figure of a study round a search: its trials one by one, and what they say about each setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asng_book.live.figure import live
from asng_book.measured.tuning import LINEAR, RANGES

LABELS = {"rate": "learning rate", "weight_decay": "weight decay", "delta0": "δ⁰", "warmup": "warm-up"}


def study_history(
    trials: Sequence[dict[str, Any]], defaults: Sequence[dict[str, Any]], *, networks: int, first: int = 10
) -> Any:
    """Return the history of a study.

    Parameters
    ----------
    trials, defaults : sequences of rows of ``around_the_search.csv``
        Those of the study and those of searches with default settings.
    networks : int
        How many networks there are to rank.
    first : int
        How many trials the sampler drew at random before it began to learn.
    """
    settings = [
        {
            "name": name,
            "label": LABELS[name],
            "low": low,
            "high": high,
            "log": name not in LINEAR,
        }
        for name, (low, high) in RANGES.items()
    ]
    return live(
        "study-history",
        settings=settings,
        trials=[_dot(row) for row in trials],
        defaults=[_dot(row) for row in defaults],
        networks=networks,
        first=first,
    )


def _dot(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "values": [float(f"{row[name]:.4g}") for name in RANGES],
        "loss": round(row["loss"], 4),
        "error": row["test_error"],
        "rank": row["rank"],
    }
