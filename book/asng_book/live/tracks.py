"""One trial of the library, followed and drawn: what the notebook's explorer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu.distributions.base import Floats
from asng_edu.optimizers import asng
from asng_edu.sweeps import trial

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 300  # of a curve


@dataclass(frozen=True)
class Track:
    """What one trial did: the updates, and after each of them δ, the expected loss under P_θ, and the success."""

    updates: NDArray[np.int64]
    loss: Floats  # E_c of the loss without noise, c ~ P_θ
    delta: Floats
    solved: int | None


def follow(method: str, *, delta0: float, eps_x: float, updates: int, seed: int = 0, **setting: Any) -> Track:
    """Run one trial with the library's loop and look at it some 300 times.

    Parameters
    ----------
    method, delta0, eps_x, **setting
        As for :func:`asng_edu.sweeps.trial.make_setting`.
    updates : int
        How many at most; the schedule of ε_x is that of Fig. 4, whatever this is.
    seed : int

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
    checks.integer("updates", updates, 1)
    made = trial.make_setting(method, delta0=delta0, eps_x=eps_x, **setting)
    uniform, normal = trial.streams(np.random.SeedSequence(checks.integer("seed", seed, 0)))
    dim, categories = len(made.offsets) - 1, int(made.offsets[1])
    run = trial.new_trial(made, normal.standard_normal((dim, categories)))
    seen, loss, delta = [0], [_expected_loss(run)], [_delta(made, run)]
    solved, every = None, -(-updates // POINTS)
    while solved is None and seen[-1] < updates:
        size = min(every, updates - seen[-1])
        u, z = uniform.random((size, 2 * made.lam, dim)), normal.standard_normal((size, 2, dim))
        if trial.run_updates(made, run, u, z):
            solved = int(run.counts[0])
        seen.append(int(run.counts[0]))
        loss.append(_expected_loss(run))
        delta.append(_delta(made, run))
    return Track(np.array(seen), np.array(loss), np.array(delta), solved)


def _expected_loss(run: trial.Trial) -> float:
    """Return Σ_i Σ_k θ_ik (x_ik² + k/K): what J(θ) is for the loss without noise, eq. (2)."""
    categories = run.x.shape[1]
    theta = run.theta.reshape(run.x.shape)
    return float(np.sum(theta * (run.x**2 + np.arange(categories) / categories)))


def _delta(setting: trial.Setting, run: trial.Trial) -> float:
    """Return δ of the next step; for Adam its learning rate."""
    if setting.method != trial.ASNG:
        return setting.delta0
    return asng.trust_region(setting.delta0, run.adaptation[1], setting.delta_max, setting.n_theta)[0]


def draw(tracks: dict[str, Track]) -> Figure:
    """Draw the loss and δ of some methods, in Matplotlib."""
    from asng_edu.nas.drawing import plot

    with plot.theme("light"):
        figure, (above, below) = plot.subplots(2, 1, height=4.6, sharex=True)
        for method, track in tracks.items():
            end = "not solved" if track.solved is None else f"solved after {track.solved:,}"
            colour = plot.colour(method)
            above.plot(track.updates, track.loss, color=colour, label=f"{plot.NAMES[method]}: {end}")
            below.plot(track.updates, track.delta, color=colour)
            above.plot(track.updates[-1], track.loss[-1], plot.MARKERS[method], color=colour)
        above.set(yscale="log", ylabel="expected loss")
        below.set(yscale="log", ylabel="δ (Adam: its rate)", xlabel="updates")
        above.legend()
        figure.set_facecolor("white")
    return figure
