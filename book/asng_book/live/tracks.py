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
    from matplotlib.figure import Figure

POINTS = 300  # of a curve


@dataclass(frozen=True)
class Track:
    """What one run did: the updates, and after each of them the loss, δ and Δ; θ at its end, and the success.

    Δ is NaN where a method has none. ``theta`` has a column for each dimension and a row for each category, NaN where
    a dimension has fewer; a distribution without categories has the row θ.
    """

    updates: NDArray[np.int64]
    loss: Floats
    delta: Floats
    Delta: Floats
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
    rows = [(0, _expected_loss(run), *_delta(made, run))]
    solved, every = None, -(-updates // POINTS)
    while solved is None and rows[-1][0] < updates:
        size = min(every, updates - rows[-1][0])
        u, z = uniform.random((size, 2 * made.lam, dim)), normal.standard_normal((size, 2, dim))
        if trial.run_updates(made, run, u, z):
            solved = int(run.counts[0])
        rows.append((int(run.counts[0]), _expected_loss(run), *_delta(made, run)))
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
        Of a track, whose loss is the least among the samples since the point before, and delta the mean.
    """
    every = -(-updates // POINTS)
    rows: list[tuple[int, float, float, float]] = []
    solved, best, delta = None, math.inf, 0.0
    for n in range(1, updates + 1):
        samples = optimizer.ask()
        losses = checks.as_array("losses", loss(samples))
        info = optimizer.tell(samples, losses)
        best = min(best, float(np.min(losses)))
        delta += info.delta
        if target is not None and best <= target:
            solved = n
        if n % every == 0 or n == updates or solved is not None:
            since = n - (rows[-1][0] if rows else 0)
            rows.append((n, best, delta / since, info.Delta))
            best, delta = math.inf, 0.0
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
    updates, loss, delta, Delta = (np.array(column) for column in zip(*rows, strict=True))
    return Track(updates, loss, delta, Delta, theta.copy(), solved, sought)


def _expected_loss(run: trial.Trial) -> float:
    """Return Σ_i Σ_k θ_ik (x_ik² + k/K): what J(θ) is for the loss without noise, eq. (2)."""
    categories = run.x.shape[1]
    theta = run.theta.reshape(run.x.shape)
    return float(np.sum(theta * (run.x**2 + np.arange(categories) / categories)))


def _delta(setting: trial.Setting, run: trial.Trial) -> tuple[float, float]:
    """Return δ of the next step, for Adam its learning rate, and Δ."""
    if setting.method != trial.ASNG:
        return setting.delta0, math.nan
    Delta = float(run.adaptation[1])
    return asng.trust_region(setting.delta0, Delta, setting.delta_max, setting.n_theta)[0], Delta


def draw(tracks: Mapping[str, Track], loss_label: str = "expected loss", shade: tuple[float, float] = (0, 1)) -> Figure:
    """Draw the loss, δ with Δ, and θ of some methods, in Matplotlib; ``shade`` is the range of θ's colours."""
    from matplotlib import pyplot as plt

    from asng_edu.nas.drawing import plot

    layout: list[Any] = [["loss"] * len(tracks), ["delta"] * len(tracks), list(tracks)]
    with plot.theme("light"):
        made: tuple[Figure, Any] = plt.subplot_mosaic(layout, figsize=(7.2, 5.6), height_ratios=[2.2, 1.6, 1.0])
        figure, axes = made
        above, below = axes["loss"], axes["delta"]
        for method, track in tracks.items():
            colour, name = plot.colour(method), plot.NAMES[method]
            above.plot(track.updates, track.loss, color=colour, label=f"{name} {track.outcome}")
            above.plot(track.updates[-1], track.loss[-1], plot.MARKERS[method], color=colour)
            below.plot(track.updates, track.delta, color=colour)
            if not np.isnan(track.Delta).all():
                below.plot(track.updates, track.Delta, color=colour, linestyle=":", label=f"Δ of {name}")
            axes[method].imshow(track.theta, aspect="auto", cmap="Blues", vmin=shade[0], vmax=shade[1])
            axes[method].set(xticks=[], yticks=[])
            axes[method].set_title(f"θ of {name}", fontsize=10, color=colour)
        positive = all(np.min(track.loss) > 0 for track in tracks.values())
        above.set(yscale="log" if positive else "linear", ylabel=loss_label)
        below.set(yscale="log", ylabel="δ (Adam: its rate)", xlabel="updates")
        low, high = below.get_ylim()
        below.set_ylim(max(low, 1e-6 * high), high)  # steps that the margin undoes are of the size of rounding errors
        above.legend()
        if below.get_legend_handles_labels()[0]:
            below.legend()
        figure.set_facecolor("white")
    return figure


def shades(distribution: Distribution, tracks: Mapping[str, Track]) -> tuple[float, float]:
    """Return the range of θ's colours: from 0 to 1 for probabilities, else that of the values."""
    if isinstance(distribution, Categorical | Bernoulli):
        return 0.0, 1.0
    every = np.concatenate([track.theta.ravel() for track in tracks.values()])
    return float(np.min(every)), float(np.max(every))
