"""Random search: what every method must beat."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers.base import Optimizer, RandomSource
from asng_edu.optimizers.state import State


class RandomSearch(Optimizer[State]):
    r"""Random search with the interface of the others: θ stays where it starts, and the best sample is kept.

    Parameters
    ----------
    distribution : Distribution
        What to draw from: by default at its initial θ, which is uniform for categories.
    lam, theta, rng, seed
        As for :class:`asng_edu.ASNG`.

    Raises
    ------
    ValueError
        For an argument outside its range.

    Notes
    -----
    In :class:`~asng_edu.Info` no step is ever reported; :attr:`best` is the answer, and :meth:`mode` returns it.

    Examples
    --------
    >>> from asng_edu import Categorical
    >>> search = RandomSearch(Categorical(3, dim=2), lam=100, seed=0)
    >>> samples = search.ask()
    >>> info = search.tell(samples, losses=(samples != 2).sum(axis=1))
    >>> search.best, search.best_loss
    (array([2, 2]), 0.0)
    """

    def __init__(
        self,
        distribution: Distribution,
        *,
        lam: int = 2,
        theta: ArrayLike | None = None,
        rng: RandomSource = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(distribution, lam=lam, utility="mean", theta=theta, rng=rng, seed=seed)

    def mode(self) -> Any:
        """Return the best sample so far, the answer of random search; before any, the most probable one."""
        return super().mode() if self.best is None else self.best

    def should_stop(self) -> bool:
        """Return False: another sample may always be better."""
        return False

    def _first_state(self, theta: Floats) -> State:
        return State(theta=theta, t=0)
