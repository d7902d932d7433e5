"""Optimisers of other packages on a Space, asked and told one point at a time."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Protocol

from asng_edu import Choice, Integer, Real, Space
from asng_edu.blackbox.space import Params


class Rival(Protocol):
    """One that is asked for a point, and told its loss, again and again."""

    def __init__(self, space: Space, seed: int) -> None: ...

    def ask(self) -> Params:
        """Return the next point."""

    def tell(self, loss: float) -> None:
        """Learn from the loss of that point."""


class TPE:
    """Optuna's tree-structured Parzen estimator with its defaults, in a study in memory."""

    def __init__(self, space: Space, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        self._trial: Any = None

    def ask(self) -> Params:
        self._trial = self._study.ask()
        return {name: self._suggest(name, one) for name, one in self._space.variables.items()}

    def tell(self, loss: float) -> None:
        self._study.tell(self._trial, loss)

    def _suggest(self, name: str, one: Choice | Integer | Real) -> Any:
        if isinstance(one, Choice):
            return self._trial.suggest_categorical(name, one.options)
        suggest = self._trial.suggest_int if isinstance(one, Integer) else self._trial.suggest_float
        return suggest(name, one.low.item(), one.high.item())


class OnePlusOne:
    """Nevergrad's (1+1): the discrete one where there is anything discrete, otherwise the continuous one.

    Choices and integers are its ``TransitionChoice``, which its documentation recommends for the discrete (1+1).
    Variables that are alike are one parameter of it, with repetitions: one each would take several times as long.
    """

    def __init__(self, space: Space, seed: int) -> None:
        import nevergrad

        self._groups: dict[str, list[str]] = {}
        for name, one in space.variables.items():
            self._groups.setdefault(repr(one), []).append(name)
        first = {like: space.variables[names[0]] for like, names in self._groups.items()}
        parts = [_parameter(nevergrad.p, first[like], len(names)) for like, names in self._groups.items()]
        parametrization = nevergrad.p.Tuple(*parts)
        parametrization.random_state.seed(seed)
        numbers = all(isinstance(one, Real) for one in first.values())
        name = "OnePlusOne" if numbers else "DiscreteOnePlusOne"
        self._optimizer = nevergrad.optimizers.registry[name](parametrization)
        self._asked: Any = None

    def ask(self) -> Params:
        self._asked = self._optimizer.ask()
        found = zip(self._groups.values(), self._asked.value, strict=True)
        return {name: value for names, values in found for name, value in zip(names, values, strict=True)}

    def tell(self, loss: float) -> None:
        self._optimizer.tell(self._asked, loss)


def _parameter(p: Any, one: Choice | Integer | Real, count: int) -> Any:
    """Return a parameter of nevergrad's for so many variables that are alike."""
    if isinstance(one, Real):
        return p.Array(shape=(count,), lower=one.low.item(), upper=one.high.item())
    options = one.options if isinstance(one, Choice) else range(one.low.item(), one.high.item() + 1)
    return p.TransitionChoice(options, repetitions=count)


def missing(package: str, what: str) -> str | None:
    """Return a sentence that says why something is left out, or None where its package is installed."""
    if find_spec(package):
        return None
    return f"{what} is left out, for {package} is not installed: pip install {package}."
