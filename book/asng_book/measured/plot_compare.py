"""Static figures of the comparison of systems: what each found, what it cost, and how it got there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure

from asng_book.measured import labels
from asng_book.measured.compare import FAMILIES, OWN_COLOURS, Bench, Pair, family, identities, random_search, slots
from asng_edu.nas.drawing import plot
from asng_edu.nas.training.systems import SYSTEMS

WIDTH = 4.8  # inches: legible on a phone
BUDGETS = (5, 6, 8, 12, 20, 30, 50, 75, 100, 150, 200, 300)  # trainings along the curve of random search


def words(system: str) -> str:
    """Return what a system is called in figures and lists.

    >>> words("darts")
    'DARTS (first order)'
    """
    name, comma, rest = SYSTEMS[system].words.partition(", ")
    return f"{name} ({rest})" if comma else name


def hue(system: str) -> str:
    """Return the colour of a system: its own in the whole book, or that of its family."""
    return plot.colour(OWN_COLOURS.get(system, FAMILIES[family(system)][0]))


def clouds(bench: Bench, width: float = WIDTH) -> plot.ThemedFigure:
    """Return true error against cost: a cloud of runs for each system, its mean and interval; the space at the edge.

    The grey line is random search over budget, on average.
    """
    told = "; ".join(
        f"{words(name)}: {bench.mean(name, 'seconds').value:.0f} s, {100 * bench.mean(name).value:.1f} %"
        for name in bench.systems
    )
    return plot.figure(
        lambda: _draw_clouds(bench, width),
        alt=f"Mean cost and mean true error of what each system picks. {told}. At the edge the errors of all "
        f"{len(bench.true):,} networks, from {100 * bench.true.min():.1f} to {100 * bench.true.max():.1f} %.",
    )


def table(bench: Bench, width: float = WIDTH) -> plot.ThemedFigure:
    """Return the true error of every run, a row for each system, with means and intervals."""
    told = "; ".join(
        f"{words(name)} {100 * each.value:.1f} ({100 * each.low:.1f} to {100 * each.high:.1f})"
        for name, each in ((name, bench.mean(name)) for name in bench.systems)
    )
    return plot.figure(
        lambda: _draw_table(bench, width), alt=f"True error of the picks in per cent, mean and interval. {told}."
    )


def anytime(bench: Bench, width: float = WIDTH) -> plot.ThemedFigure:
    """Return mean true error of what would have been picked: over epochs of supernets, and over trainings.

    Who is ahead at the last point before a quarter, half, three quarters or all of the course has a thick line.
    Systems that choose at the end have a cross there.
    """
    told = []
    for name in bench.with_course:
        _, found = bench.course(name)
        told.append(f"{words(name)} from {100 * found[:, 0].mean():.1f} to {100 * found[:, -1].mean():.1f} %")
    return plot.figure(
        lambda: _draw_anytime(bench, width),
        alt=f"Mean true error of what each system would have picked, at first and at last. {'; '.join(told)}.",
    )


def course(bench: Bench, systems: Sequence[str], width: float = WIDTH) -> plot.ThemedFigure:
    """Return small panels side by side, one for each of some systems: all its runs, and their mean.

    A system that chooses at the end has only dots there. What is common to all panels is the best network, and the
    median of the space.
    """
    told = []
    for name in systems:
        ends = 100 * bench.of(name)
        told.append(f"{words(name)} ends at {ends.min():.1f} to {ends.max():.1f} %")
    return plot.figure(
        lambda: _draw_course(bench, systems, width),
        alt=f"True error of what each run would have picked, over its course. {'; '.join(told)}.",
    )


def skips(bench: Bench, systems: Sequence[str], width: float = WIDTH) -> plot.ThemedFigure:
    """Return the mean share of identities in what would have been picked, over epochs."""
    told = []
    for name in systems:
        _, found = bench.course(name, "identities")
        first, last = (100 * found[:, at].mean() / slots(bench) for at in (0, -1))
        told.append(f"{words(name)} from {first:.0f} to {last:.0f} %")
    return plot.figure(
        lambda: _draw_skips(bench, systems, width),
        alt=f"Mean share of identities among the operations of the pick. {'; '.join(told)}.",
    )


def correlations(bench: Bench, alone: float, width: float = WIDTH) -> plot.ThemedFigure:
    """Return how each system's supernet ranks networks at its end; ``alone`` is what the parameters' number gives."""
    told = "; ".join(f"{words(name)} {bench.mean(name, 'rank_correlation').value:.2f}" for name in bench.supernets)
    return plot.figure(
        lambda: _draw_correlations(bench, alone, width),
        alt=f"Mean rank correlation of one-shot loss and true error. {told}. Number of parameters alone {alone:.2f}.",
    )


def pairs(bench: Bench, found: Sequence[Pair], width: float = WIDTH) -> plot.ThemedFigure:
    """Return a square of all pairs: filled where the two differ, by the colour of the better one."""
    apart = [pair for pair in found if pair.apart]
    told = "; ".join(
        f"{words(pair.first if pair.gap < 0 else pair.second)} before "
        f"{words(pair.second if pair.gap < 0 else pair.first)}"
        for pair in apart
    )
    return plot.figure(
        lambda: _draw_pairs(bench, found, width),
        alt=f"Of {len(found)} pairs of systems {len(apart)} differ. {told}.",
    )


# ---- drawing


def _draw_clouds(bench: Bench, width: float) -> Figure:
    fig, (ax, edge) = plot.subplots(
        1, 2, width=width, height=5.2, sharey=True, gridspec_kw={"width_ratios": [8, 1], "wspace": 0.02}
    )
    budget = np.array([n for n in BUDGETS if n <= len(bench.true)])
    ax.plot(
        budget * bench.training_seconds, 100 * random_search(bench, budget), color=plot.colour("muted"), lw=1.6, ls="--"
    )
    means = []
    for name in bench.systems:
        seconds, errors, mean = bench.of(name, "seconds"), 100 * bench.of(name), bench.mean(name)
        x = float(np.exp(np.log(seconds).mean()))
        ax.plot(seconds, errors, "o", ms=3, color=hue(name), alpha=0.25, mew=0)
        ax.plot([x, x], [100 * mean.low, 100 * mean.high], color=hue(name), lw=1.6)
        marker = "o" if name in bench.supernets else "s"
        ax.plot(x, 100 * mean.value, marker, ms=8, color=hue(name), mec=plot.colour("ground"), mew=1)
        means.append((x, 100 * mean.value, words(name), hue(name)))
    top = max(100 * float(bench.of(name).max()) for name in bench.systems)
    low = 100 * float(bench.true.min())
    ax.set(xscale="log", xlabel="seconds of one core", ylabel="true error of the pick, %")
    ax.set_ylim(low - 0.03 * (top - low), top + 0.06 * (top - low))
    fast, slow = min(x for x, *_ in means), max(x for x, *_ in means)
    ax.set_xlim(fast / 8, 10 * slow)
    ax.xaxis.set_major_formatter("{x:g}")
    middle = float(np.sqrt(fast * slow))
    for at, least, most in ((0.01, 0.0, middle / 2), (0.6, middle / 2, 2 * middle), (0.76, 2 * middle, np.inf)):
        labels.name_column(fig, ax, [point for point in means if least <= point[0] < most], at)
    edge.hist(100 * bench.true, bins=60, orientation="horizontal", color=plot.colour("grid"), lw=0)
    edge.axhline(100 * float(np.median(bench.true)), color=plot.colour("muted"), lw=1)
    edge.set(xticks=[])
    edge.set_xlabel("all")
    edge.grid(False)
    return fig


def _draw_table(bench: Bench, width: float) -> Figure:
    fig, ax = plot.subplots(width=width, height=0.7 + 0.27 * len(bench.systems))
    for place, name in enumerate(bench.systems):
        mean = bench.mean(name)
        ax.plot(100 * bench.of(name), np.full(bench.seeds, place), "o", ms=4, color=hue(name), alpha=0.35, mew=0)
        ax.plot([100 * mean.low, 100 * mean.high], [place, place], lw=2.4, color=hue(name))
        marker = "o" if name in bench.supernets else "s"
        ax.plot(100 * mean.value, place, marker, ms=7, color=hue(name), mec=plot.colour("ground"), mew=1)
    ax.axvline(100 * bench.true.min(), color=plot.colour("text"), lw=1)
    ax.axvline(100 * float(np.median(bench.true)), color=plot.colour("muted"), lw=1, ls=":")
    ax.set_yticks(range(len(bench.systems)), [words(name) for name in bench.systems])
    ax.set(ylim=(len(bench.systems) - 0.4, -0.6))
    ax.set_xlabel("true error of the pick, %", loc="right")
    ax.tick_params(axis="y", length=0)
    return fig


def _draw_anytime(bench: Bench, width: float) -> Figure:
    fig, axes = plot.subplots(2, 1, width=width, height=6.2, gridspec_kw={"height_ratios": [3, 2]})
    other = [name for name in bench.systems if name not in bench.supernets]
    for ax, names, label in zip(
        axes, (bench.supernets, other), ("epochs of the supernet", "networks trained"), strict=True
    ):
        ends, moving = [], [name for name in names if name in bench.with_course]
        leaders = {bench.leader(moving, part) for part in (0.25, 0.5, 0.75, 1)}
        for name in names:
            spent, found = bench.course(name)
            if len(spent):
                thick, alpha = (2.4, 1.0) if name in leaders else (1.3, 0.4)
                ax.plot(spent, 100 * found.mean(axis=0), color=hue(name), lw=thick, alpha=alpha)
                x, y = float(spent[-1]), 100 * float(found[:, -1].mean())
            else:
                x, y = bench.record["settings"]["epochs"], 100 * float(bench.of(name).mean())
                ax.plot(x, y, "x", color=hue(name), ms=6, mew=2)
            ends.append((x, y, words(name), hue(name)))
        ax.set(xlabel=label, ylabel="true error, %")
        if names == other:
            ax.set(xscale="log", xticks=[2, 5, 10, 20, 50, 100])
            ax.xaxis.set_major_formatter("{x:g}")
            ax.minorticks_off()
        labels.name_column(fig, ax, ends)
    return fig


def _draw_course(bench: Bench, systems: Sequence[str], width: float) -> Figure:
    across = 3 if len(systems) == 3 else 2
    down = -(-len(systems) // across)
    fig, axes = plot.subplots(down, across, width=width, height=2.1 * down, sharey=True, squeeze=False)
    for ax, name in zip(axes.flat, systems, strict=True):
        spent, found = bench.course(name)
        for run in found:
            ax.plot(spent, 100 * run, color=hue(name), lw=0.7, alpha=0.35)
        if len(spent):
            ax.plot(spent, 100 * found.mean(axis=0), color=hue(name), lw=2.2)
        else:
            ends = np.full(bench.seeds, bench.record["settings"]["epochs"])
            ax.plot(ends, 100 * bench.of(name), "o", ms=5, color=hue(name), alpha=0.5, mew=0)
            ax.set_xlim(bench.warmup, ends[0] + 1)
        ax.axhline(100 * bench.true.min(), color=plot.colour("text"), lw=0.8)
        ax.axhline(100 * float(np.median(bench.true)), color=plot.colour("muted"), lw=0.8, ls=":")
        ax.set_title(words(name), fontsize=10)
        ax.set_xlabel("epochs" if name in bench.supernets else "trainings")
        ax.xaxis.set_major_locator(ticker.MaxNLocator(4, integer=True))
    for row in axes:
        row[0].set_ylabel("true error, %")
    return fig


def _draw_skips(bench: Bench, systems: Sequence[str], width: float) -> Figure:
    fig, ax = plot.subplots(width=width, height=3.4)
    per_cent, ends = 100 / slots(bench), []
    for name in systems:
        spent, found = bench.course(name, "identities")
        ax.plot(spent, per_cent * found.mean(axis=0), color=hue(name), lw=2)
        ends.append((float(spent[-1]), per_cent * float(found[:, -1].mean()), words(name), hue(name)))
    every, best = identities(bench), bench.true <= np.quantile(bench.true, 0.05)
    for value, label in ((every.mean(), "all networks"), (every[best].mean(), "the best twentieth")):
        ax.axhline(per_cent * value, color=plot.colour("muted"), lw=1, ls=":")
        ax.text(0.02, per_cent * value, label, transform=ax.get_yaxis_transform(), va="bottom", fontsize=9.5)
    ax.set(xlabel="epochs of the supernet", ylabel="identities in the pick, %", ylim=(-0.5, None))
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    labels.name_column(fig, ax, ends)
    return fig


def _draw_correlations(bench: Bench, alone: float, width: float) -> Figure:
    fig, ax = plot.subplots(width=width, height=0.8 + 0.27 * len(bench.supernets))
    for place, name in enumerate(bench.supernets):
        values, mean = bench.of(name, "rank_correlation"), bench.mean(name, "rank_correlation")
        ax.plot(values, np.full(len(values), place), "o", ms=4, color=hue(name), alpha=0.35, mew=0)
        ax.plot([mean.low, mean.high], [place, place], lw=2.4, color=hue(name))
        ax.plot(mean.value, place, "o", ms=7, color=hue(name), mec=plot.colour("ground"), mew=1)
    ax.axvline(alone, color=plot.colour("muted"), lw=1.2, ls=":")
    ax.text(alone, -0.75, "size alone ", ha="right", va="center", color=plot.colour("muted"), fontsize=9)
    ax.set_yticks(range(len(bench.supernets)), [words(name) for name in bench.supernets])
    ax.set(ylim=(len(bench.supernets) - 0.4, -1.1))
    ax.set_xlabel("rank correlation with the truth", loc="right")
    ax.tick_params(axis="y", length=0)
    return fig


def _draw_pairs(bench: Bench, found: Sequence[Pair], width: float) -> Figure:
    order = sorted(bench.systems, key=lambda name: float(bench.of(name).mean()))
    place = {name: i for i, name in enumerate(order)}
    fig, ax = plot.subplots(width=width, height=0.85 * width)
    for pair in found:
        better, worse = sorted((pair.first, pair.second), key=place.__getitem__)
        x, y = place[better], place[worse]
        if pair.apart:
            ax.plot(x, y, "s", ms=9, color=hue(better))
        else:
            ax.plot(x, y, "s", ms=3, color=plot.colour("grid"))
    ax.set_yticks(range(len(order)), [words(name) for name in order])
    ax.set_xticks(range(len(order)), [words(name) for name in order], rotation=45, ha="right")
    ax.tick_params(labelsize=9.5, length=0)
    ax.set(ylim=(len(order) - 0.5, -0.5), xlim=(-0.5, len(order) - 0.5))
    ax.grid(False)
    return fig
