"""Tables of the comparison of systems, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from asng_book.measured.compare import Bench
from asng_book.measured.plot_compare import words


def of_systems(bench: Bench) -> str:
    """Return the comparison as a table of Markdown: error, rank, against size, and seconds of each system."""
    lines = ["| system | true error, % | rank | against size | seconds |", "|---|--:|--:|--:|--:|"]
    for name in bench.systems:
        error, rank = bench.mean(name), bench.of(name, "rank")
        same = f"{100 * (bench.of(name) - bench.of(name, 'same_size')).mean():+.1f}".replace("-", "−")
        lines.append(
            f"| {words(name)} | {100 * error.value:.1f} ({100 * error.low:.1f}–\u2060{100 * error.high:.1f}) "
            f"| {np.median(rank):.0f} ({rank.min():.0f}–\u2060{rank.max():.0f}) | {same} "
            f"| {bench.of(name, 'seconds').mean():.0f} |"
        )
    return "\n".join(lines)


def of_steps(cost: Mapping[str, Any], bench: Bench) -> str:
    """Return what a step of each system costs as a table of Markdown, from the dearest to the cheapest.

    The times come from a measurement side by side, ``cost``; what runs and is kept, from the searches of the bench.
    """
    lines = ["| system | time of a step ÷ ASNG’s | operations run | MB kept for gradients |", "|---|--:|--:|--:|"]
    for name, one in sorted(cost["systems"].items(), key=lambda item: -item[1]["ratio"]):
        facts = bench.facts(name)
        lines.append(f"| {words(name)} | {one['ratio']:.1f} | {facts['operations']} | {facts['saved']} |")
    return "\n".join(lines)
