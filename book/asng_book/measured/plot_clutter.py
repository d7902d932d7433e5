"""Static figures of the clutter experiment: how the searches went, and how well supernets rank cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from asng_book.comparisons import Interval, Ranking
from asng_book.measured.clutter import NAMES, Results
from asng_edu.nas.drawing import plot

Line = dict[str, Any]
PANELS = (("theta_loss", r"loss on $D_\theta$"), ("entropy", r"entropy of $P_\theta$, nats"))
STYLES = {
    "asng": ("asng", "-", "ASNG"),
    "sng": ("sng", "--", "SNG, constant δ"),
    "small-step": ("asng", "-.", "ASNG, small first step"),
    "no-warmup": ("asng", ":", "ASNG, no warm-up"),
    "no-chain": ("muted", "-.", "ASNG, no chain"),
}


def searches(
    results: Results, variants: Sequence[str] = ("asng", "small-step", "sng", "no-warmup"), width: float = 5.2
) -> plot.ThemedFigure:
    """Return the loss on D_θ and the entropy of P_θ, epoch by epoch: each search thin, each variant's mean thick.

    Raises
    ------
    ValueError
        If there are no searches of a variant.
    """
    lines = {variant: [search["history"] for search in results.of_variant(variant)] for variant in variants}
    for variant, histories in lines.items():
        if not histories:
            raise ValueError(f"there are no searches of the variant {variant!r}.")
    ends = "; ".join(
        f"{NAMES[variant]} at first {_mean(histories, 'entropy')[0]:.1f}, at last "
        f"{_mean(histories, 'entropy')[-1]:.1f} nats and a loss of {_mean(histories, 'theta_loss')[-1]:.2f}"
        for variant, histories in lines.items()
    )
    return plot.figure(
        lambda: _draw_searches(lines, width),
        alt=f"Two panels against epochs, the loss on D_θ and the entropy of P_θ. {ends}.",
    )


def history(lines: Sequence[Line], width: float = 5.2) -> plot.ThemedFigure:
    """Return the history of one search: losses on D_x and D_θ, and the entropy of P_θ, against epochs.

    Raises
    ------
    ValueError
        If there are no lines.
    """
    if not lines:
        raise ValueError("history needs the lines of at least one epoch, but was given none.")
    first, last = lines[0], lines[-1]
    warm = sum(bool(line["warmup"]) for line in lines)
    alt = (
        f"Loss on D_x from {first['train_loss']:.2f} to {last['train_loss']:.2f} in {len(lines)} epochs, of which "
        f"{warm} warm up; then the entropy of P_θ falls from {first['entropy']:.1f} to {last['entropy']:.1f} nats."
    )
    return plot.figure(lambda: _draw_history(lines, warm, width), alt=alt)


def differences(named: dict[str, Interval], width: float = 5.2) -> plot.ThemedFigure:
    """Return differences of mean errors, one row for each label: the mean and its interval, in points.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not named:
        raise ValueError("differences needs at least one row, but was given none.")
    told = "; ".join(
        f"{name}: {100 * gap.value:+.1f} ({100 * gap.low:+.1f} to {100 * gap.high:+.1f})" for name, gap in named.items()
    )
    return plot.figure(
        lambda: _draw_differences(named, width),
        alt=f"Differences of mean test errors in points, with intervals. {told}.".replace("-", "−"),
    )


def rankings(named: dict[str, Ranking], alone: Ranking, ceiling: float, width: float = 5.2) -> plot.ThemedFigure:
    """Return the rank correlations of several rankings: a dot for each supernet, the mean with its interval.

    Parameters
    ----------
    named : dict
        Label and ranking of each row.
    alone : Ranking
        What the number of parameters alone gives; the last row.
    ceiling : float
        What a perfect ranking would reach, for the errors themselves vary from seed to seed.
    """
    rows = {**named, "number of parameters alone": alone}
    told = "; ".join(
        f"{name}: {each.mean.value:.2f} ({each.mean.low:.2f} to {each.mean.high:.2f})" for name, each in rows.items()
    )
    return plot.figure(
        lambda: _draw_rankings(rows, ceiling, width),
        alt=f"Mean rank correlation with the error after training, and its interval. {told}. Ceiling {ceiling:.2f}.",
    )


def scatter(ranking: Ranking, sizes: Sequence[float], label: str, width: float = 5.2) -> plot.ThemedFigure:
    """Return one supernet's scores against errors, for the supernet of the median ρ; larger dots are larger cells."""
    row = int(np.argsort(ranking.rho)[len(ranking.rho) // 2])
    x, y, area = ranking.scores[row], 100 * ranking.errors, np.asarray(sizes, dtype=float)

    def draw() -> Figure:
        fig, ax = plot.subplots(width=width, height=3.2)
        ax.scatter(x, y, s=90 * area / area.max(), color=plot.colour("muted"), alpha=0.75, linewidth=0)
        ax.set(xlabel=label, ylabel="error after training, %")
        return fig

    return plot.figure(
        draw,
        alt=f"{len(x)} random cells: {label} from {x.min():.2f} to {x.max():.2f} against errors from {y.min():.0f} to "
        f"{y.max():.0f} %; rank correlation {ranking.rho[row]:.2f}.",
    )


def _mean(histories: Sequence[Sequence[Line]], key: str) -> Any:
    return np.mean([[line[key] for line in history] for history in histories], axis=0)


def _draw_searches(lines: dict[str, list[list[Line]]], width: float) -> Figure:
    fig, axes = plot.subplots(2, 1, width=width, height=4.6, sharex=True)
    for variant, histories in lines.items():
        name, dash, words = STYLES[variant]
        style = {"color": plot.colour(name), "ls": dash}
        epochs = [line["epoch"] for line in histories[0]]
        for ax, (key, label) in zip(axes, PANELS, strict=True):
            for history in histories:
                ax.plot(epochs, [line[key] for line in history], lw=0.7, alpha=0.35, **style)
            ax.plot(epochs, _mean(histories, key), lw=2.2, label=words, **style)
            ax.set(ylabel=label)
    axes[1].set(xlabel="epoch")
    axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return fig


def _draw_history(lines: Sequence[Line], warm: int, width: float) -> Figure:
    fig, (above, below) = plot.subplots(2, 1, width=width, height=3.8, sharex=True)
    epochs = [line["epoch"] for line in lines]
    for key, style, name, words in (
        ("train_loss", "-o", "text", "on $D_x$"),
        ("theta_loss", "--s", "asng", r"on $D_\theta$"),
    ):
        above.plot(epochs, [line[key] for line in lines], style, ms=4, color=plot.colour(name), label=words)
    below.plot(epochs, [line["entropy"] for line in lines], "-o", ms=4, color=plot.colour("text"))
    for ax in (above, below):
        if warm:
            ax.axvspan(epochs[0] - 0.5, epochs[warm - 1] + 0.5, color=plot.colour("grid"), alpha=0.5, lw=0)
        ax.margins(x=0.02)
    if warm:
        below.text(epochs[0] - 0.4, below.get_ylim()[0], " warm-up", va="bottom", color=plot.colour("muted"))
    above.set(ylabel="mean loss")
    above.legend()
    below.set(xlabel="epoch", ylabel="entropy, nats", xticks=epochs)
    return fig


def _draw_differences(named: dict[str, Interval], width: float) -> Figure:
    fig, ax = plot.subplots(width=width, height=0.7 + 0.31 * len(named))
    for place, gap in enumerate(named.values()):
        low, value, high = (100 * end for end in (gap.low, gap.value, gap.high))
        name = "text" if gap.sign else "muted"
        face = plot.colour(name if gap.sign else "ground")
        ax.plot([low, high], [place, place], lw=2.4, color=plot.colour(name))
        ax.plot(value, place, "o", ms=7, color=face, mec=plot.colour(name), mew=1.8)
    ax.axvline(0, color=plot.colour("text"), lw=1)
    ax.set_yticks(range(len(named)), list(named))
    ax.set(ylim=(len(named) - 0.4, -0.6))
    ax.set_xlabel("difference of the mean errors, points", loc="right")
    ax.tick_params(axis="y", length=0)
    return fig


def _draw_rankings(rows: dict[str, Ranking], ceiling: float, width: float) -> Figure:
    fig, ax = plot.subplots(width=width, height=0.75 + 0.52 * len(rows))
    for place, each in enumerate(rows.values()):
        if len(each.rho) > 1:
            ax.plot(each.rho, np.full(len(each.rho), place), "o", ms=4.5, color=plot.colour("muted"), alpha=0.5, mew=0)
        ax.plot([each.mean.low, each.mean.high], [place + 0.24] * 2, lw=2, color=plot.colour("text"))
        ax.plot(each.mean.value, place + 0.24, "D", ms=5, color=plot.colour("text"))
    ax.axvline(ceiling, color=plot.colour("muted"), ls=":", lw=1.4)
    ax.text(ceiling, -0.62, "ceiling ", ha="right", va="center", color=plot.colour("muted"))
    ax.axvline(0, color=plot.colour("muted"), lw=0.8)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set(ylim=(len(rows) - 0.4, -0.85), xlim=(None, 1.02))
    ax.set_xlabel("rank correlation with the ranking after training", loc="right")
    ax.tick_params(axis="y", length=0)
    return fig
