"""Fig. 4: updates to a solution against δ⁰, for each method, with the share of trials that found one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from asng_edu.nas.drawing import plot

Row = dict[str, Any]


def robustness(rows: Sequence[Row], width: float = 9.5) -> plot.ThemedFigure:
    """Return Fig. 4 drawn from the rows of a sweep, as :func:`asng_edu.sweeps.sweep.run` returns them.

    One column for each ε_x. Above, the median number of updates of the successful trials with the quartiles; a cross
    on the upper edge where no trial succeeded, an open marker where only some did. Below, the share of trials that
    succeeded, in percent where it is neither none nor all.

    Raises
    ------
    ValueError
        If there are no rows.
    """
    if not rows:
        raise ValueError("robustness needs at least one row of a sweep, but was given none.")
    return plot.figure(lambda: _draw(rows, width), alt=describe(rows))


def describe(rows: Sequence[Row]) -> str:
    """Return what Fig. 4 shows, in words and numbers made from the rows."""
    sentences = ["Median number of updates to a solution against the first step size δ⁰, both axes logarithmic."]
    for eps_x in _values(rows, "eps_x"):
        parts = []
        for method in _values(rows, "method"):
            curve = _curve(rows, method, eps_x)
            solved = [row for row in curve if row["successes"] == row["trials"]]
            name = plot.NAMES[method]
            if not solved:
                parts.append(f"{name} succeeds in all trials nowhere")
                continue
            medians = [row["median_updates"] for row in solved]
            low, high = solved[0]["delta0"], solved[-1]["delta0"]
            parts.append(
                f"{name} succeeds in all trials at {len(solved)} of {len(curve)} values, from δ⁰ = {low:.2g} to "
                f"{high:.2g}, with medians from {min(medians):,.0f} to {max(medians):,.0f} updates"
            )
        sentences.append(f"At ε_x = {eps_x:g}: {'; '.join(parts)}.")
    return " ".join(sentences)


def _values(rows: Sequence[Row], key: str) -> list[Any]:
    return list(dict.fromkeys(row[key] for row in rows))


def _curve(rows: Sequence[Row], method: str, eps_x: float) -> list[Row]:
    """Return the rows of one method and ε_x, by rising δ⁰."""
    found = [row for row in rows if row["method"] == method and row["eps_x"] == eps_x]
    return sorted(found, key=lambda row: float(row["delta0"]))


def _draw(rows: Sequence[Row], width: float) -> Figure:
    panels, methods = _values(rows, "eps_x"), _values(rows, "method")
    figure, axes = plot.subplots(
        2, len(panels), width=width, height=4.9, sharex="col", sharey="row", squeeze=False,
        gridspec_kw={"height_ratios": [4, 1 + 0.1 * len(methods)]},
    )  # fmt: skip
    top = 1.8 * max([row["q75"] for row in rows if row["q75"] is not None], default=1.0)
    bottom = 0.7 * min([row["q25"] for row in rows if row["q25"] is not None], default=0.1)
    for column, eps_x in enumerate(panels):
        above, strip = axes[:, column]
        above.set(xscale="log", yscale="log", title=f"$\\varepsilon_x$ = {eps_x:g}", ylim=(bottom, 1.25 * top))
        for place, method in enumerate(methods):
            curve = _curve(rows, method, eps_x)
            _draw_curve(above, curve, method, top, place)
            _draw_strip(strip, curve, method, place)
        strip.set(xlabel="first step size $\\delta^0$", ylim=(len(methods) - 0.5, -0.5))
        strip.set_yticks(range(len(methods)), [plot.NAMES[method] for method in methods])
        strip.margins(x=0.06)
        strip.grid(False)
        strip.tick_params(length=0)
        strip.spines[:].set_visible(False)
        above.label_outer()
        strip.label_outer()
    axes[0, 0].set_ylabel("updates to a solution\n(median, quartiles)")
    axes[1, 0].set_ylabel("success, %")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=len(methods))
    return figure


def _draw_curve(axes: Any, curve: Sequence[Row], method: str, top: float, place: int) -> None:
    found = [row for row in curve if row["successes"]]
    failed = [row["delta0"] for row in curve if not row["successes"]]
    x = np.array([row["delta0"] for row in found]) * 1.05 ** (place - 1)  # side by side, so that bars do not overlap
    median, q25, q75 = (np.array([row[key] for row in found]) for key in ("median_updates", "q25", "q75"))
    style = {"color": plot.colour(method), "lw": 1.6}
    axes.plot(x, median, label=plot.NAMES[method], marker=plot.MARKERS[method], ms=5, **style)
    axes.vlines(x, q25, q75, alpha=0.55, **style)
    for position, row, y in zip(x, found, median, strict=True):
        if row["successes"] < row["trials"]:
            axes.plot(position, y, plot.MARKERS[method], ms=4.5, mfc=plot.colour("ground"), mec=style["color"])
    axes.plot(failed, np.full(len(failed), top * 1.2**-place), "x", ms=6, mew=1.8, color=style["color"])


def _draw_strip(axes: Any, curve: Sequence[Row], method: str, place: int) -> None:
    for row in curve:
        rate = row["success_rate"]
        axes.scatter(row["delta0"], place, s=150, marker="s", color=plot.colour(method), alpha=0.08 + 0.5 * rate, lw=0)
        if 0 < row["successes"] < row["trials"]:
            percent = f"{100 * rate:.0f}"
            axes.text(row["delta0"], place, percent, ha="center", va="center", fontsize=8.5, clip_on=True)
