"""Fig. 4 for several λ, in updates and in evaluations, and for several α."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from asng_edu.nas.drawing import plot

Row = dict[str, Any]
Scale = Callable[[Row], float]

SIGNS = {"lam": "λ", "alpha": "α"}
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = "osD^v"


def evaluations(row: Row) -> int:
    """Return how often an update evaluates the loss: λ times to step x and λ times to step θ."""
    return 2 * int(row["lam"])


def lambdas(rows: Sequence[Row]) -> plot.ThemedFigure:
    """Return Fig. 4 for several λ: a column for each method, updates above and evaluations below.

    The rows are those of one ε_x. A line joins the medians of the successful trials; an open marker means that only
    some trials succeeded, a cross on the upper edge that none did.
    """
    columns = {plot.NAMES[method]: [row for row in rows if row["method"] == method] for method in plot.NAMES}
    columns = {title: of_method for title, of_method in columns.items() if of_method}
    return _figure(columns, "lam", {"updates": lambda row: 1, "evaluations": evaluations})


def alphas(rows: Sequence[Row]) -> plot.ThemedFigure:
    """Return Fig. 4 for several α, ASNG alone: a column for each ε_x; lines and marks as in :func:`lambdas`."""
    rates = dict.fromkeys(row["eps_x"] for row in rows)
    columns = {f"$\\varepsilon_x$ = {eps_x:g}": [row for row in rows if row["eps_x"] == eps_x] for eps_x in rates}
    return _figure(columns, "alpha", {"updates": lambda row: 1})


def _figure(columns: Mapping[str, Sequence[Row]], key: str, units: Mapping[str, Scale]) -> plot.ThemedFigure:
    if not columns:
        raise ValueError("the figure needs at least one row of a sweep, but was given none.")

    def draw() -> Figure:
        fig, axes = plot.subplots(
            len(units), len(columns), width=5.4, height=1.1 + 2.1 * len(units), sharex=True, sharey="row", squeeze=False
        )
        for (unit, scale), panels in zip(units.items(), axes, strict=True):
            for panel, rows in zip(panels, columns.values(), strict=True):
                _draw_panel(panel, rows, key, scale)
            panels[0].set_ylabel(f"{unit} to a solution")
        for title, first, last in zip(columns, axes[0], axes[-1], strict=True):
            first.set_title(title)
            last.set_xlabel("first step size $\\delta^0$")
        lines = axes[0, 0].get_legend_handles_labels()
        fig.legend(*lines, loc="outside upper center", ncols=len(lines[1]), handlelength=2.6, columnspacing=1.2)
        return fig

    return plot.figure(draw, alt=_describe(columns, key, units))


def _lines(rows: Sequence[Row], key: str) -> dict[float, list[Row]]:
    """Return the rows by the value of a setting, which rises, each line by rising δ⁰."""
    ordered = sorted(rows, key=lambda row: float(row["delta0"]))
    return {value: [row for row in ordered if row[key] == value] for value in sorted({row[key] for row in rows})}


def _draw_panel(panel: Any, rows: Sequence[Row], key: str, scale: Scale) -> None:
    top = 1.6 * max((row["median_updates"] * scale(row) for row in rows if row["successes"]), default=1.0)
    lines = _lines(rows, key)
    for place, (value, line) in enumerate(lines.items()):
        found = [row for row in line if row["successes"]]
        failed = [row["delta0"] for row in line if not row["successes"]]
        look = {
            "color": plot.colour(line[0]["method"]), "alpha": min(1.0, 0.4 + 0.15 * place),
            "marker": MARKERS[place % len(MARKERS)],
        }  # fmt: skip
        steps, medians = [row["delta0"] for row in found], [row["median_updates"] * scale(row) for row in found]
        label = f"{value:g}" if place else f"{SIGNS[key]} = {value:g}"
        panel.plot(steps, medians, label=label, ls=DASHES[place % len(DASHES)], lw=1.6, ms=4.5, **look)
        for row, step, median in zip(found, steps, medians, strict=True):
            if row["successes"] < row["trials"]:
                panel.plot(step, median, ms=4.5, mfc=plot.colour("ground"), **look)
        look["marker"] = "x"
        panel.plot(failed, [top * 1.25**place] * len(failed), ls="", ms=4.5, mew=1.5, **look)
        if failed:
            last = failed[-1], top * 1.25**place
            panel.annotate(f"{value:g}", last, xytext=(6, 0), textcoords="offset points", va="center", size=7)
    panel.set(xscale="log", yscale="log")
    low, high = panel.get_ylim()
    if high < 100 * low:  # a single power of ten would be the only number on the axis
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        panel.yaxis.set_major_formatter("{x:,.0f}")
    panel.yaxis.set_minor_formatter(NullFormatter())


def _describe(columns: Mapping[str, Sequence[Row]], key: str, units: Mapping[str, Scale]) -> str:
    """Return what the figure shows, in words and numbers made from the rows."""
    sentences = [f"Median {' and '.join(units)} to a solution against the first step size δ⁰, all axes logarithmic."]
    for title, rows in columns.items():
        for value, line in _lines(rows, key).items():
            solved = [row for row in line if row["successes"] == row["trials"]]
            words = f"{title.replace('$', '').replace(chr(92) + 'varepsilon', 'ε')}, {SIGNS[key]} = {value:g}: "
            words += f"all trials succeed at {len(solved)} of {len(line)} values of δ⁰"
            for unit, scale in units.items() if solved else ():
                medians = [row["median_updates"] * scale(row) for row in solved]
                words += f", with {min(medians):,.0f} to {max(medians):,.0f} {unit}"
            sentences.append(words + ".")
    return " ".join(sentences)
