"""What every way of choosing can do: the one interface that a search sees."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from asng_edu._common import checks
from asng_edu._common.checks import short
from asng_edu._common.options import check_options
from asng_edu.nas._common.registry import Registry
from asng_edu.nas.evaluators.base import Evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.optimizers._saving import saved_generator

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.supernet.base import SearchNetwork

#: The strategies by name; ``@STRATEGIES.register("mine")`` over a subclass of :class:`StrategySettings` adds one.
STRATEGIES: Registry[type[StrategySettings]] = Registry("strategy", "asng_edu.nas.strategies")


class NotFinite(ArithmeticError):
    """Losses that are no numbers: nothing was learned from them; of the strategy, only its generator has moved."""


class Learned(NamedTuple):
    """What a strategy learned from.

    Attributes
    ----------
    choices : sequence
        The codes that it tried, or the mixture.
    losses : sequence of float
        Of each.
    info : optional
        What its optimiser computed, :class:`asng_edu.Info` for those of this library.
    """

    choices: Sequence[Any]
    losses: Sequence[float]
    info: Any = None

    @property
    def best(self) -> Any:
        """The choice of the least loss, of equal ones the first."""
        return self.choices[int(np.argmin(self.losses))]


class Strategy(ABC):
    """A way of choosing architectures, at work.

    While the weights of a supernet are trained, :meth:`propose` says along which paths or mixtures, and :meth:`learn`
    moves what the strategy believes. On a table, or with networks trained from scratch, ``learn`` is all there is.

    Attributes
    ----------
    space : Space
    learns_while_training : bool
        Whether ``learn`` is called in every step after the warm-up, on a batch; if not, only after the last epoch.
    learns_every : int
        ``learn`` is called once in so many of these steps.
    final_steps : int
        How many calls of ``learn``, on all of D_θ, follow the last epoch.
    saved : tuple of str
        The attributes that change, where :meth:`state_dict` is to keep these and nothing else: numbers, texts, arrays,
        random generators, and lists and dictionaries as JSON has them.
    """

    space: Space[Any]
    learns_while_training: bool = True
    learns_every: int = 1
    final_steps: int = 0
    saved: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def propose(self, n: int) -> Sequence[Any]:
        """Return n choices for a step of the weights, eq. (6): codes, or mixtures, of which one is enough."""

    @abstractmethod
    def learn(self, evaluator: Evaluator) -> Learned:
        """Take one step, eq. (7), by what the evaluator says.

        Raises
        ------
        NotFinite
            If losses are no numbers; then nothing has changed but the generator.
        """

    @abstractmethod
    def result(self) -> Any:
        """Return the architecture that the strategy would give now."""

    def measure(self, evaluator: Evaluator, codes: Any) -> Learned:
        """Return codes, shape (n, D), with what the evaluator says of them.

        Raises
        ------
        NotFinite
            If a loss is no number.
        """
        codes = np.asarray(codes)
        losses = evaluator.losses(codes)
        if not np.isfinite(losses).all():
            raise NotFinite("a loss is not finite.")
        return Learned(list(codes), losses.tolist())

    def state_dict(self) -> dict[str, Any]:
        """Return all that changes, as JSON can hold it (arrays included)."""
        return {name: _as_json(getattr(self, name)) for name in self.saved}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned; raise a ValueError, and change nothing, if it does not fit."""
        if not isinstance(saved, dict) or set(saved) != set(self.saved):
            raise ValueError(f"the state of this strategy must have {', '.join(self.saved)}, but is {short(saved)}.")
        before = {name: getattr(self, name) for name in self.saved}
        vars(self).update({name: _from_json(name, saved[name], like=value) for name, value in before.items()})
        try:
            self._check_state()
        except ValueError:
            vars(self).update(before)
            raise

    def _check_state(self) -> None:
        """Raise a ValueError if what was loaded cannot be: say, a code that is none of the space."""
        self.result()

    def epoch_metrics(self) -> dict[str, Any]:
        """Return what the line of an epoch tells of the strategy."""
        return {}

    def record(self) -> dict[str, Any]:
        """Return what the record of a search tells of the strategy."""
        return {}


@dataclass(frozen=True, kw_only=True)
class StrategySettings(ABC):
    """The settings of one strategy. The fields are options of ``asng-edu search --strategy NAME``.

    Attributes
    ----------
    name : str
        Under which it is registered.
    needs_supernet : bool
        Whether it can learn on a supernet only, and not from a table.
    """

    name: ClassVar[str]
    needs_supernet: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_options(self)

    @abstractmethod
    def make(self, space: Space[Any], seed: int) -> Strategy:
        """Return the strategy at its beginning."""

    def network(self, network: SearchNetwork, seed: int) -> SearchNetwork:
        """Return the network that a search trains, given the supernet: that itself, or one around it."""
        return network

    def to_json(self) -> dict[str, Any]:
        """Return the name and the settings, for a record."""
        return {"name": self.name, **{one.name: getattr(self, one.name) for one in fields(self)}}


def _as_json(value: Any) -> Any:
    """Return what a strategy keeps as JSON can hold it (arrays included)."""
    return value.bit_generator.state if isinstance(value, np.random.Generator) else copy.deepcopy(value)


def _from_json(name: str, value: Any, like: Any) -> Any:
    """Return what ``_as_json`` made of a value such as ``like``; raise a ValueError if it is of another kind."""
    if isinstance(like, np.random.Generator):
        return saved_generator(value)
    if isinstance(like, np.ndarray):
        array = checks.shaped_array(name, value, like.shape)
        if not np.array_equal(array, array.astype(like.dtype), equal_nan=True):
            raise ValueError(f"{name} must be of the type {like.dtype}, but is {short(value)}.")
        return array.astype(like.dtype)
    if type(value) is not type(like):
        raise ValueError(f"{name} must be of the type {type(like).__name__}, but is {short(value)}.")
    return copy.deepcopy(value)


def strategy_from_json(value: Any) -> StrategySettings:
    """Return the settings that ``to_json`` wrote; what is left out has the default value.

    Raises
    ------
    ValueError
        If there is no strategy of that name, or it has other settings.

    Examples
    --------
    >>> strategy_from_json({"name": "asng", "alpha": 2.0}).alpha
    2.0
    """
    if not isinstance(value, dict):
        raise ValueError(f"a strategy must be a dictionary of its settings, but is {short(value)}.")
    kind = STRATEGIES[STRATEGIES.check(value.get("name"))]
    known = [one.name for one in fields(kind)]
    given = {name: entry for name, entry in value.items() if name != "name"}
    if unknown := [name for name in given if name not in known]:
        raise ValueError(
            f"the strategy {kind.name} has {', '.join(known) or 'no settings'}, "
            f"but this one has {short(unknown[0])} too."
        )
    return kind(**given)


MOST_SAMPLES = 100_000


def check_samples(lam: Any) -> int:
    """Return λ if it is a whole number from 2 on."""
    return checks.integer("lam (λ)", lam, 2, MOST_SAMPLES)
