"""The systems that share weights at other step sizes than theirs: what their picks are worth.

Taught in the chapter *Nine systems, one bench*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asng_book.measured.compare import Bench
from asng_book.measured.plot_compare import WIDTH, hue, words
from asng_book.pages import results
from asng_edu.jobs import rows
from asng_edu.nas.drawing import plot

Floats = NDArray[np.float64]
COLUMNS = 3  # panels side by side


@dataclass(frozen=True)
class StepSizes:
    """The runs of ``figures/compare_steps.py``, and with them those of the bench that have the same seeds.

    Attributes
    ----------
    bench : Bench
    runs : list of dict
        The rows of ``compare_steps.csv``.
    """

    bench: Bench
    runs: list[dict[str, Any]]

    @property
    def systems(self) -> tuple[str, ...]:
        """Return the systems that ran, in the order in which they did."""
        return tuple(dict.fromkeys(str(run["system"]) for run in self.runs))

    @property
    def seeds(self) -> list[int]:
        """Return the seeds with which they ran."""
        return sorted({int(run["seed"]) for run in self.runs})

    @property
    def factors(self) -> tuple[float, ...]:
        """Return by what the step sizes were multiplied, 1 among them."""
        return tuple(sorted({float(run["factor"]) for run in self.runs} | {1.0}))

    def errors(self, system: str, factor: float) -> Floats:
        """Return the true errors of the picks, by seed, shape (seeds,)."""
        if factor == 1:
            return self.bench.of(system)[self.seeds]
        found = {int(r["seed"]): r["test_error"] for r in self.runs if (r["system"], r["factor"]) == (system, factor)}
        return np.array([found[seed] for seed in self.seeds], dtype=float)

    def spread(self, system: str) -> float:
        """Return by how much the mean error of a system changes over its step sizes."""
        means = [self.errors(system, factor).mean() for factor in self.factors]
        return float(max(means) - min(means))


def read(bench: Bench) -> StepSizes:
    """Return the committed runs."""
    return StepSizes(bench, rows.read_csv(results.path("compare_steps.csv")))


def draw(found: StepSizes, width: float = WIDTH) -> plot.ThemedFigure:
    """Return a panel for each system: true error of every pick over the factor of the step size, and the mean."""
    told = "; ".join(
        f"{words(name)} " + ", ".join(f"{100 * found.errors(name, factor).mean():.1f}" for factor in found.factors)
        for name in found.systems
    )
    factors = ", ".join(f"{factor:g}" for factor in found.factors)
    return plot.figure(
        lambda: _draw(found, width),
        alt=f"Mean true error of the picks, in per cent, at {factors} times each system's step size. {told}.",
    )


def _draw(found: StepSizes, width: float) -> Figure:
    count = -(-len(found.systems) // COLUMNS)
    fig, axes = plot.subplots(count, COLUMNS, width=width, height=1.6 * count, sharex=True, sharey=True)
    for ax in axes.flat[len(found.systems) :]:
        ax.set_visible(False)
    for place, (ax, name) in enumerate(zip(axes.flat, found.systems, strict=False)):
        means = []
        for factor in found.factors:
            errors = 100 * found.errors(name, factor)
            ax.plot(np.full(len(errors), factor), errors, "o", ms=3.5, color=hue(name), alpha=0.35, mew=0)
            means.append(errors.mean())
        ax.plot(found.factors, means, "o-", ms=5, lw=1.8, color=hue(name))
        ax.set(xscale="log", xlim=(min(found.factors) / 1.8, max(found.factors) * 1.8))
        ax.set_xticks(found.factors, ["¼" if factor == 0.25 else f"{factor:g}" for factor in found.factors])
        ax.minorticks_off()
        ax.set_title(words(name), loc="left", fontsize=10, fontweight="normal")
        if place + COLUMNS >= len(found.systems):
            ax.tick_params(labelbottom=True)
    fig.supylabel("true error, %", fontsize=10)
    fig.supxlabel("times its own step size", fontsize=10)
    return fig
