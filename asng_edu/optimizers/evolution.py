"""Evolution: children that differ from their parents in one variable.

Two classics, [1, 2] of the article's first section.

*Ageing* (Real, Aggarwal, Huang and Le, *Regularized evolution for image classifier architecture search*, AAAI 2019,
Algorithm 1). The population is first filled with random samples. Then, for each child, S members are drawn from it with
replacement, the best of them is the parent, the child differs from it by one mutation, and it takes the place of the
oldest member, good or bad. The answer is the best sample of the whole history. There P = 100 and S = 25, in searches of
20,000 evaluations; here P = 20 and S = 5 by default, for searches of hundreds.

*Plus*, and with P = 1 the (1+λ) strategy with neutral drift of Cartesian genetic programming (Miller and Thomson 2000;
Suganuma, Shirakawa and Nagao 2017 for networks). One parent has λ children, and the best of them replaces it unless it
is worse: a child *as good as* the parent does, so that the search drifts along plateaus. There each gene mutates with
some probability; here a child differs in one variable, as above. With P > 1 the best P of parents and children survive.

A mutation draws one variable, each being equally likely, and gives it another value, each of those again. Real et al.
draw between an operation, an input and no change at all; a general space does not know which of its variables is what.
Several children may be asked for before any is told; then they all descend from the population of that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers._saving import batch
from asng_edu.optimizers.base import Optimizer, RandomSource
from asng_edu.optimizers.state import Info, State, Told

SELECTIONS = ("ageing", "plus")


@dataclass
class EvolutionState(State):
    """The mean of T(c) over the members, t, the members from oldest to youngest (None before any), their losses."""

    members: Any
    losses: Floats


class Evolution(Optimizer[EvolutionState]):
    """Evolution by mutation alone: ageing (regularised), or (1+λ) with neutral drift.

    Parameters
    ----------
    distribution : Distribution
        Where the first members are drawn from, and what a mutation is: categories, bits, integers or real numbers
        between bounds, or a Product of them.
    population : int
        P, the members, at least 1.
    tournament : int
        S, the members of which the best becomes a parent, at least 1.
    selection : {"ageing", "plus"}
        Who survives: the youngest P, or the best P, of equal ones the youngest.
    lam : int
        λ, how many children ``ask`` returns, at least 1.
    theta, rng, seed
        As for :class:`asng_edu.ASNG`; the first members are drawn at ``theta``.

    Raises
    ------
    ValueError
        For an argument outside its range, and for a distribution of real numbers without bounds.

    Notes
    -----
    θ is the mean of T(c) over the members, with the distribution's margin, so that one can look at the population as
    at a distribution; no child is drawn from it. In :class:`~asng_edu.Info`, ``updated`` says whether the population
    changed, ``utility`` is −loss, and there is neither gradient nor step. A failed evaluation makes no member. What the
    two selections do, and where they come from, stands in :mod:`asng_edu.optimizers.evolution`.

    Examples
    --------
    >>> from asng_edu import Categorical
    >>> evolution = Evolution(Categorical(3, dim=5), seed=1)
    >>> for _ in range(200):
    ...     samples = evolution.ask()
    ...     info = evolution.tell(samples, losses=(samples != 2).sum(axis=1))
    >>> evolution.mode(), evolution.best_loss
    (array([2, 2, 2, 2, 2]), 0.0)
    """

    fewest: ClassVar[int] = 1

    def __init__(
        self,
        distribution: Distribution,
        *,
        population: int = 20,
        tournament: int = 5,
        selection: str = "ageing",
        lam: int = 1,
        theta: ArrayLike | None = None,
        rng: RandomSource = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(distribution, lam=lam, utility="mean", theta=theta, rng=rng, seed=seed)
        self.population = checks.integer("population", population, 1, self._most)
        self.tournament = checks.integer("tournament", tournament, 1, self._most)
        self.selection = checks.one_of("selection", selection, SELECTIONS)
        self._start = self.theta
        one = distribution.sample(self._start, 0, 1)
        distribution.mutate(one, np.zeros(1, dtype=np.int64), np.random.default_rng(0))  # a sentence now if it cannot

    def mode(self) -> Any:
        """Return the sample that evolution would give: the best of the history, with ``"plus"`` the best member.

        Of equal members that is the youngest. Before any loss it is the most probable sample of the start.
        """
        state, best = self.state, self._progress.best
        if best is None:
            return self.distribution.mode(self._start)
        if self.selection == "plus":
            youngest = np.flatnonzero(state.losses == state.losses.min())[-1:]
            return self.distribution.decode(_take(state.members, youngest))[0]
        return self.distribution.decode(batch(best))[0]

    def _first_state(self, theta: Floats) -> EvolutionState:
        return EvolutionState(theta=theta, t=0, members=None, losses=np.empty(0))

    def _settings(self) -> dict[str, Any]:
        return {"population": self.population, "tournament": self.tournament, "selection": self.selection}

    def _draw(self, rng: np.random.Generator, size: int) -> Any:
        state, family = self.state, self.distribution
        if len(state.losses) < self.population:
            return family.sample(self._start, rng, size)
        entrants = rng.integers(len(state.losses), size=(size, self.tournament))
        winners = entrants[np.arange(size), state.losses[entrants].argmin(axis=1)]
        variables = rng.integers(family.dim, size=size)
        return family.mutate(_take(state.members, winners), variables, rng)

    def _learn(self, state: EvolutionState, told: Told) -> Info:
        born = np.flatnonzero(~told.failed)
        if len(born):
            children = _take(self.distribution.check_samples(told.samples), born)
            members = children if state.members is None else _join(state.members, children)
            losses = np.concatenate([state.losses, told.losses[born]])
            survivors = self._survivors(losses)
            state.members, state.losses = _take(members, survivors), losses[survivors]
            state.theta = self.distribution.project(self.distribution.statistics(state.members).mean(axis=0))
        nothing = np.zeros_like(state.theta)
        return Info(state.t, len(born) > 0, -told.losses, nothing, G_norm=0.0, epsilon=0.0, delta=0.0)

    def _survivors(self, losses: Floats) -> Any:
        """Return which of the members, from oldest to youngest, live on, in the same order."""
        if self.selection == "ageing":
            return slice(-self.population, None)
        best_first = np.lexsort((-np.arange(len(losses)), losses))
        return np.sort(best_first[: self.population])

    def _read_field(self, name: str, value: Any, current: Any) -> Any:
        if name == "members":
            return None if value is None else self.distribution.check_samples(value)
        if name == "losses":
            given = checks.as_array(name, value)
            return checks.finite_array(name, given, (min(given.size, self.population),)).copy()
        return super()._read_field(name, value, current)

    def _check_state(self, state: EvolutionState) -> None:
        super()._check_state(state)
        members = 0 if state.members is None else len(self.distribution.statistics(state.members))
        if members != len(state.losses):
            raise ValueError(f"each member must have a loss, but {members} have {len(state.losses)}.")


def _take(samples: Any, rows: Any) -> Any:
    """Return some of the samples, of a product those of each part."""
    return tuple(_take(part, rows) for part in samples) if isinstance(samples, tuple) else samples[rows]


def _join(older: Any, younger: Any) -> Any:
    """Return two sets of samples as one."""
    if isinstance(older, tuple):
        return tuple(_join(*parts) for parts in zip(older, younger, strict=True))
    return np.concatenate([older, younger])
