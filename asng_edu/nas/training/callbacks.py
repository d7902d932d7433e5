"""What a search tells those who watch it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asng_edu.nas.strategies.base import Learned

if TYPE_CHECKING:
    from asng_edu.nas.training.search import Search

REGIONS = ("data", "weights", "optimiser", "theta")


@dataclass(frozen=True)
class Step:
    """What one step of a search did.

    Attributes
    ----------
    number : int
        The step's, from 1.
    choices : sequence
        The codes, or mixtures, along which the weights moved.
    losses : sequence of float
        Of each, on the batch of D_x.
    learned : Learned or None
        From what the strategy learned; None in the warm-up, and where it learns at the end only.
    finite : bool
        False if a loss was no number, so that the weights or the strategy did not move.
    """

    number: int
    choices: Sequence[Any]
    losses: Sequence[float]
    learned: Learned | None
    finite: bool


class Callback:
    """Something that watches a search; a subclass overrides what it wants to see. It must change nothing.

    Examples
    --------
    >>> class Losses(Callback):
    ...     def __init__(self):
    ...         self.seen = []
    ...
    ...     def on_step(self, search, step):
    ...         self.seen += step.losses
    """

    def on_path(self, search: Search, loss: float) -> None:
        """See that the gradients of one more path have been added to ``search.flat.gradients``, and its loss."""

    def on_step(self, search: Search, step: Step) -> None:
        """See what a step did."""

    def on_epoch(self, search: Search, line: dict[str, Any]) -> None:
        """See the line of an epoch."""

    def region(self, name: str) -> AbstractContextManager[Any]:
        """Return a context for a part of the step, one of :data:`REGIONS`; to take its time, for example."""
        return nullcontext()
