"""One run of the library, followed and drawn: what the explorers show that run Python.

A run is followed by a generator, which pauses every now and then, so that a notebook can look at its sliders meanwhile;
what it returns in the end is a :class:`Track`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.distributions.bernoulli import Bernoulli
from asng_edu.distributions.categorical import Categorical
from asng_edu.optimizers import asng
from asng_edu.optimizers.base import Optimizer
from asng_edu.sweeps import trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 300  # of a curve
MARGINS = {"left": 0.09, "right": 0.98, "bottom": 0.03, "top": 0.95, "hspace": 0.55, "wspace": 0.9}
DASHES = {"asng": "-", "sng": "--", "adam": ":"}


@dataclass(frozen=True)
class Track:
    """What one run did: the updates, and after each of them the loss, δ, ‖s‖²/α and γ; θ at its end, and the success.

    ``ratio`` is ‖s‖²/α. Like γ it is NaN where a method has none. ``theta`` has a column for each dimension and a row
    for each category, NaN where a dimension has fewer; a distribution without categories has the row θ.
    """

    updates: NDArray[np.int64]
    loss: Floats
    delta: Floats
    ratio: Floats
    gamma: Floats
    theta: Floats
    solved: int | None
    sought: bool = True  # whether there was a solution to find

    @property
    def outcome(self) -> str:
        """What the run came to, as words after the method's name."""
        if self.solved is not None:
            return f"draws a solution after {self.solved:,} updates"
        return "draws no solution" if self.sought else f"draws a least loss of {self.loss.min():.3g}"


Following = Generator[None, None, Track]


def finish(following: Following) -> Track:
    """Run a generator to its end and return the track."""
    while True:
        try:
            next(following)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def follow(method: str, *, delta0: float, eps_x: float, updates: int, seed: int = 0, **setting: Any) -> Track:
    """Run one trial of Fig. 4 with the library's loop and look at it some 300 times.

    Parameters
    ----------
    method, delta0, eps_x, **setting
        As for :func:`asng_edu.sweeps.trial.make_setting`.
    updates : int
        How many at most; the schedule of ε_x is that of Fig. 4, whatever this is.
    seed : int

    Returns
    -------
    Track
        Its loss is the expected one without noise under P_θ; its delta that of the next step, for Adam its rate.

    Raises
    ------
    ValueError
        For an argument out of its range.

    Examples
    --------
    >>> track = follow("asng", delta0=1.0, eps_x=0.05, updates=600)
    >>> bool(track.loss[-1] < track.loss[0])
    True
    """
    return finish(following_trial(method, delta0=delta0, eps_x=eps_x, updates=updates, seed=seed, **setting))


def following_trial(
    method: str, *, delta0: float, eps_x: float, updates: int, seed: int = 0, **setting: Any
) -> Following:
    """Do what :func:`follow` does, with a pause at each point."""
    checks.integer("updates", updates, 1)
    made = trial.make_setting(method, delta0=delta0, eps_x=eps_x, **setting)
    uniform, normal = trial.streams(np.random.SeedSequence(checks.integer("seed", seed, 0)))
    dim, categories = len(made.offsets) - 1, int(made.offsets[1])
    run = trial.new_trial(made, normal.standard_normal((dim, categories)))
    rows = [(0, _expected_loss(run), *_adaptation(made, run))]
    solved, every = None, -(-updates // POINTS)
    while solved is None and rows[-1][0] < updates:
        size = min(every, updates - rows[-1][0])
        u, z = uniform.random((size, 2 * made.lam, dim)), normal.standard_normal((size, 2, dim))
        if trial.run_updates(made, run, u, z):
            solved = int(run.counts[0])
        rows.append((int(run.counts[0]), _expected_loss(run), *_adaptation(made, run)))
        yield
    return _track(rows, run.theta.reshape(dim, categories).T, solved)


def following_loss(
    optimizer: Optimizer[Any], loss: Callable[[Any], Any], updates: int, target: float | None = None
) -> Following:
    """Run ask and tell on a loss, up to a sample whose loss is ``target`` or less.

    Parameters
    ----------
    optimizer : Optimizer
        With a generator of its own.
    loss : function
        From samples, as ``ask`` returns them, to one number each.
    updates : int
        How many at most.
    target : float, optional

    Returns
    -------
    generator
        Of a track, whose loss is the least among the samples since the point before, and δ and ‖s‖²/α the means.
    """
    every = -(-updates // POINTS)
    alpha = optimizer.alpha if isinstance(optimizer, asng.ASNG) else math.nan
    rows: list[tuple[int, float, float, float, float]] = []
    solved, best, delta, ratio = None, math.inf, 0.0, 0.0
    for n in range(1, updates + 1):
        samples = optimizer.ask()
        losses = checks.as_array("losses", loss(samples))
        info = optimizer.tell(samples, losses)
        best = min(best, float(np.min(losses)))
        delta += info.delta
        ratio += info.s_norm2 / alpha
        if target is not None and best <= target:
            solved = n
        if n % every == 0 or n == updates or solved is not None:
            since = n - (rows[-1][0] if rows else 0)
            rows.append((n, best, delta / since, ratio / since, info.gamma))
            best, delta, ratio = math.inf, 0.0, 0.0
            yield
        if solved is not None:
            break
    return _track(rows, theta_image(optimizer.distribution, optimizer.theta), solved, target is not None)


def theta_image(distribution: Distribution, theta: Floats) -> Floats:
    """Return θ as :class:`Track` has it."""
    if not isinstance(distribution, Categorical):
        return theta[None, :]
    rows = distribution.rows(theta)
    image = np.full((max(map(len, rows)), len(rows)), math.nan)
    for column, row in enumerate(rows):
        image[: len(row), column] = row
    return image


def _track(rows: list[Any], theta: Floats, solved: int | None, sought: bool = True) -> Track:
    updates, loss, delta, ratio, gamma = (np.array(column) for column in zip(*rows, strict=True))
    return Track(updates, loss, delta, ratio, gamma, theta.copy(), solved, sought)


def _expected_loss(run: trial.Trial) -> float:
    """Return Σ_i Σ_k θ_ik (x_ik² + k/K): what J(θ) is for the loss without noise, eq. (2)."""
    categories = run.x.shape[1]
    theta = run.theta.reshape(run.x.shape)
    return float(np.sum(theta * (run.x**2 + np.arange(categories) / categories)))


def _adaptation(setting: trial.Setting, run: trial.Trial) -> tuple[float, float, float]:
    """Return δ of the next step, for Adam its learning rate, with ‖s‖²/α and γ."""
    if setting.method != trial.ASNG:
        return setting.delta0, math.nan, math.nan
    gamma, Delta = (float(value) for value in run.adaptation)
    delta = asng.trust_region(setting.delta0, Delta, setting.delta_max, setting.n_theta)[0]
    return delta, float(run.s @ run.s) / setting.alpha, gamma


def draw(
    tracks: Mapping[str, Track],
    loss_title: str = "Expected loss, without noise",
    delta_title: str = "Step size δ (Adam: its rate)",
    shade: tuple[float, float] = (0, 1),
) -> Figure:
    """Draw the panels of the explorer in Matplotlib; ``shade`` is the range of θ's colours."""
    from matplotlib import pyplot as plt

    from asng_edu.nas.drawing import plot

    n = len(tracks)
    pair = ["delta"] * n + ["signal"] * n if "asng" in tracks else ["delta"] * 2 * n
    maps = [method for method in tracks for _ in range(2)]
    layout: list[Any] = [["loss"] * 2 * n, pair, maps]
    with plot.theme("light"):
        made: tuple[Figure, Any] = plt.subplot_mosaic(
            layout,
            figsize=(7.2, 5.6),
            height_ratios=[2.2, 1.6, 1.0],
            layout="none",  # to find the margins took longer than the rest of a move
            gridspec_kw=MARGINS,
        )
        figure, axes = made
        for method, track in tracks.items():
            colour, name = plot.colour(method), plot.NAMES[method]
            line = {"color": colour, "linestyle": DASHES[method]}
            axes["loss"].plot(track.updates, track.loss, label=f"{name} {track.outcome}", **line)
            axes["loss"].plot(track.updates[-1], track.loss[-1], plot.MARKERS[method], color=colour)
            axes["delta"].plot(track.updates, track.delta, **line)
            axes[method].imshow(track.theta, aspect="auto", cmap="Blues", vmin=shade[0], vmax=shade[1])
            axes[method].set(xticks=[], yticks=[])
            _title(axes[method], f"θ of {name}", color=colour)
        positive = all(np.min(track.loss) > 0 for track in tracks.values())
        axes["loss"].set(yscale="log" if positive else "linear")
        axes["loss"].legend(fontsize=9)
        axes["delta"].set(yscale="log", xlabel="updates", xlim=axes["loss"].get_xlim())
        low, high = axes["delta"].get_ylim()
        axes["delta"].set_ylim(max(low, 1e-6 * high), high)  # what the margin undoes is of the size of rounding errors
        _title(axes["loss"], loss_title)
        _title(axes["delta"], delta_title)
        if "asng" in tracks:
            signal, track = axes["signal"], tracks["asng"]
            signal.plot(track.updates, track.ratio, color=plot.colour("asng"))
            signal.plot(track.updates, track.gamma, color=plot.colour("text"), linestyle="--")
            signal.set(yscale="log", xlabel="updates", xlim=axes["loss"].get_xlim())
            _title(signal, "ASNG: δ grows where ‖s‖²/α (line) > γ (dashes)")
        for panel in (axes[name] for name in ("loss", "delta", "signal") if name in axes):
            if panel.get_yscale() == "log":
                _plain(panel)
        figure.set_facecolor("white")
    return figure


def _plain(axes: Axes) -> None:
    """Label a logarithmic axis with short numbers, for the margins are fixed."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 50 * low else (1,)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _title(axes: Axes, text: str, **style: Any) -> None:
    axes.set_title(text, fontsize=8.5, loc="left", **style)


def shades(distribution: Distribution, tracks: Mapping[str, Track]) -> tuple[float, float]:
    """Return the range of θ's colours: from 0 to 1 for probabilities, else that of the values."""
    if isinstance(distribution, Categorical | Bernoulli):
        return 0.0, 1.0
    every = np.concatenate([track.theta.ravel() for track in tracks.values()])
    return float(np.min(every)), float(np.max(every))
