"""What came of the search for the least, or the largest, value of a black box."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from asng_edu._common.checks import short
from asng_edu.blackbox.space import Params, Space

STOPPED = {
    "budget": "",
    "interrupted": ", interrupted",
    "callback": ", stopped by the callback",
}


@dataclass(frozen=True)
class Evaluation:
    """One call of the function.

    Attributes
    ----------
    params : dict
        What it was given.
    value : float or None
        What it returned; None if it failed.
    error : str or None
        How it failed: the kind and the text of the exception, or what it returned in place of a finite number.
    """

    params: Params
    value: float | None
    error: str | None = None

    def loss(self, maximized: bool) -> float:
        """Return the value, or −value where a larger one is better; NaN if it failed."""
        return math.nan if self.value is None else -self.value if maximized else self.value

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as a line of the journal holds it."""
        outcome = {"value": self.value} if self.error is None else {"error": self.error}
        return {"params": self.params, **outcome}


@dataclass(frozen=True)
class Result:
    """What :func:`asng_edu.minimize` and :func:`asng_edu.maximize` return.

    Attributes
    ----------
    space : Space
    method : str
    seed : int
        With which the search can be repeated, also if none was given.
    maximized : bool
    history : list of Evaluation
        Every evaluation, in the order in which the points were drawn.
    mode : dict or None
        The point that the method would give: of a distribution its mode, of random search and evolution the best so
        far. With noisy values it is a better answer than :attr:`best`. None for ``catcma``, which has none to offer.
    stopped : {"budget", "interrupted", "callback"}
        What ended the search.
    """

    space: Space
    method: str
    seed: int
    maximized: bool
    history: list[Evaluation]
    mode: Params | None
    stopped: str

    @property
    def losses(self) -> list[float]:
        """The losses in the order of the history: values, or −value where a larger one is better; NaN for failures."""
        return [one.loss(self.maximized) for one in self.history]

    @property
    def best_evaluation(self) -> Evaluation | None:
        """The evaluation with the least loss, the first of equals; None if all have failed."""
        losses = self.losses
        return None if np.isnan(losses).all() else self.history[int(np.nanargmin(losses))]

    @property
    def best(self) -> Params | None:
        """The point with the least loss; None if all evaluations have failed. With noisy values it is the luckiest."""
        return None if self.best_evaluation is None else self.best_evaluation.params

    @property
    def best_value(self) -> float | None:
        """The function's value there; None if all evaluations have failed."""
        return None if self.best_evaluation is None else self.best_evaluation.value

    @property
    def best_loss(self) -> float:
        """The least loss, −value where a larger one is better; infinite if all evaluations have failed."""
        return math.inf if self.best_evaluation is None else self.best_evaluation.loss(self.maximized)

    @property
    def failures(self) -> list[Evaluation]:
        """The evaluations that have failed."""
        return [one for one in self.history if one.error is not None]

    def __repr__(self) -> str:
        count = f"{len(self.history):,} evaluation{'s' * (len(self.history) != 1)} with {self.method}"
        failed = f", {len(self.failures):,} failed" if self.failures else ""
        best = "no value yet" if self.best is None else f"best value {self.best_value:.6g} at {self.best}"
        return f"<Result of {count}{STOPPED[self.stopped]}{failed}: {best}>"

    def _repr_html_(self) -> str:
        points = {"best": self.best or {}, "mode": self.mode or {}}
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.space.variables)
        rows = "".join(
            f"<tr><th>{which}</th>"
            + "".join(f"<td>{html.escape(_shown(point.get(name, '–')))}</td>" for name in self.space.variables)
            + "</tr>"
            for which, point in points.items()
        )
        words = repr(self)[1:-1].partition(" at ")[0]
        return f"<p>{html.escape(words)}</p><table><tr><th></th>{head}</tr>{rows}</table>"

    def plot(self, ax: Any = None) -> Any:
        """Draw every value and the best one so far against the number of evaluations; failures stand at the edge.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a figure of its own.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ModuleNotFoundError
            If Matplotlib is not installed.
        """
        if ax is None:
            try:
                from matplotlib import pyplot
            except ModuleNotFoundError as error:
                words = "plot needs matplotlib: pip install 'asng_edu[plot]'."
                raise ModuleNotFoundError(words, name=error.name) from None
            ax = pyplot.subplots()[1]
        elif not hasattr(ax, "get_xaxis_transform"):
            raise ValueError(f"ax must be Matplotlib's axes or None, but is {short(ax)}.")
        values = np.array([math.nan if one.value is None else one.value for one in self.history], dtype=float)
        number = np.arange(1, len(values) + 1)
        so_far = np.fmax.accumulate(values) if self.maximized else np.fmin.accumulate(values)
        ax.plot(number, values, ".", color="0.6", label="each value")
        ax.plot(number, so_far, drawstyle="steps-post", label="best so far")
        failed = number[np.isnan(values)]
        if len(failed):
            edge = {"transform": ax.get_xaxis_transform(), "clip_on": False}
            ax.plot(failed, np.zeros(len(failed)), "x", color="C3", label="failed", **edge)
        ax.set(xlabel="evaluations", ylabel="value")
        ax.legend()
        return ax


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else value if isinstance(value, str) else short(value)
