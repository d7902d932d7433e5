"""Named variables of several kinds, and the one distribution over them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.blackbox import variables as kinds
from asng_edu.blackbox.variables import Choice, Variable, check_variable, value_of
from asng_edu.distributions import Categorical, Distribution, Integer, Product, Real
from asng_edu.problems.tabular import Tabular

Params = dict[str, Any]  # a value for each name


class Space:
    """What a function depends on: named variables, each an integer, a real number, a choice or a bool.

    A space of networks, whose choices a supernet holds, is an :class:`asng_edu.nas.Space`; this one is for a function
    of which nothing is known but its values.

    Parameters
    ----------
    variables : mapping of str to variable, optional
        For names that Python would not take as keywords.
    **named : variable
        :class:`~asng_edu.Integer` or :class:`~asng_edu.Real` of one dimension, :class:`Choice` or :class:`Bool`.

    Attributes
    ----------
    variables : dict of str to variable
        In the order given.

    Raises
    ------
    ValueError
        If there is no variable, or one is nested or conditional. The distribution is a product, in which no variable
        depends on another; what matters only beside some option of another variable must have a value beside all of
        them, which the function leaves aside.

    Notes
    -----
    :meth:`distribution` is one :class:`~asng_edu.Product`: one θ, one norm of its steps, one s and one Δ over all
    variables, as section 2.3 of the article has it.

    Examples
    --------
    >>> from asng_edu import Bool, Choice, Integer, Real
    >>> space = Space(units=Integer(8, 512, log=True), activation=Choice("relu", "tanh"), dropout=Real(0.0, 0.8))
    >>> space.sample(0)
    {'units': 73, 'activation': 'relu', 'dropout': 0.528...}
    >>> space.distribution().n_theta
    5
    """

    def __init__(self, variables: Mapping[str, Variable] | None = None, /, **named: Variable) -> None:
        given = checks.instance("variables", {} if variables is None else variables, Mapping, "a mapping of names")
        if twice := given.keys() & named.keys():
            raise ValueError(f"{min(twice, key=str)} is given twice: in the mapping and as a keyword.")
        self.variables = {_name(name): check_variable(name, one) for name, one in [*given.items(), *named.items()]}
        if not self.variables:
            raise ValueError("a Space needs at least one variable, such as Space(units=Integer(8, 512)).")
        self._groups = _grouped(self.variables)
        self._family = self.distribution()

    @classmethod
    def of(cls, given: Space | Tabular | Mapping[str, Variable]) -> Space:
        """Return the space that is meant: itself, one of a mapping, or one of the decisions of a table."""
        if isinstance(given, Tabular):
            return cls({name: Choice(*words) for name, words in zip(given.names, given.options, strict=True)})
        if isinstance(given, Mapping):
            return cls(given)
        return checks.instance("space", given, cls, "a Space, a Tabular, or a dictionary of variables")

    def __repr__(self) -> str:
        return f"Space({', '.join(f'{name}={_shown(one)}' for name, one in self.variables.items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and list(self.variables.items()) == list(other.variables.items())

    def __hash__(self) -> int:
        return hash(tuple(self.variables))

    def distribution(self, margin: str | float = "asng") -> Product:
        """Return the joint family: choices and bools in one part, numbers of one kind in another each.

        Parameters
        ----------
        margin : {"asng", "catcma", "none"} or float
            Of the choices and bools, see :mod:`asng_edu.distributions.margins`: it counts all of them together.
            Integers have a margin of their own, the ``sigma_min`` of :class:`~asng_edu.Integer`.
        """
        return Product(*(_part([self.variables[name] for name in names], margin) for names in self._groups))

    def name(self, candidate: tuple[Any, ...]) -> Params:
        """Return the values of one candidate by name, as the distribution decodes one or has one for its mode."""
        parts = [checks.entries("each part of a candidate", part) for part in checks.entries("a candidate", candidate)]
        if [len(part) for part in parts] != [len(names) for names in self._groups]:
            raise ValueError(f"a candidate must be one of this space's distribution, but is {checks.short(candidate)}.")
        found = {
            name: value_of(self.variables[name], one)
            for names, values in zip(self._groups, parts, strict=True)
            for name, one in zip(names, values, strict=True)
        }
        return {name: found[name] for name in self.variables}

    def decode(self, samples: Any) -> list[Params]:
        """Return what samples of the distribution stand for, a dictionary for each."""
        return [self._named(candidate) for candidate in self._family.decode(samples)]

    def encode(self, points: Iterable[Mapping[str, Any]]) -> tuple[Any, ...]:
        """Return samples of the distribution that stand for some dictionaries: the inverse of :meth:`decode`.

        Raises
        ------
        ValueError
            If a name is missing or unknown, or a value none of its variable's.
        """
        checked = [self.check(point) for point in checks.entries("points", points)]
        if not checked:
            raise ValueError("points must hold at least one dictionary, but is empty.")
        return tuple(self._encode(names, checked) for names in self._groups)

    def check(self, point: Any) -> Params:
        """Return a dictionary of values in the order of the space, or raise a ValueError that says what is wrong."""
        checks.instance("a point", point, Mapping, "a dictionary of values")
        if point.keys() != self.variables.keys():
            names = ", ".join(self.variables)
            raise ValueError(f"a point must have the names {names}, but has {checks.short(list(point))}.")
        for name, variable in self.variables.items():
            _check_value(name, variable, point[name])
        return {name: point[name] for name in self.variables}

    def sample(self, rng: np.random.Generator | int) -> Params:
        """Draw a point from where a search starts: choices uniformly, numbers around their middle."""
        return self.decode(self._family.sample(self._family.initial_theta(), rng, 1))[0]

    def to_json(self) -> dict[str, Any]:
        """Return the space as JSON holds it."""
        return {name: kinds.to_json(variable) for name, variable in self.variables.items()}

    @classmethod
    def from_json(cls, data: Any) -> Space:
        """Return the space that :meth:`to_json` wrote, or raise a ValueError."""
        given = checks.instance("a space", data, dict, "a dictionary of variables")
        return cls({name: kinds.from_json(name, one) for name, one in given.items()})

    def _named(self, candidate: tuple[Any, ...]) -> Params:
        """Return what :meth:`name` does, of a candidate as the distribution has decoded it."""
        found: Params = dict.fromkeys(self.variables)
        for names, values in zip(self._groups, candidate, strict=True):
            for name, value in zip(names, values.tolist(), strict=True):
                one = self.variables[name]
                found[name] = one.options[value] if isinstance(one, Choice) else value
        return found

    def _encode(self, names: list[str], points: list[Params]) -> Any:
        """Return samples of one part of the distribution."""
        group = [self.variables[name] for name in names]
        rows = [[point[name] for name in names] for point in points]
        part = _part(group, "none")
        if isinstance(part, Integer | Real):
            return part.encode(rows)
        choices = [one for one in group if isinstance(one, Choice)]
        return np.array([[one.index(value) for one, value in zip(choices, row, strict=True)] for row in rows])


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise ValueError(f"each name must be a text that is not empty, but one is {checks.short(name)}.")
    return name


def _shown(variable: Variable) -> str:
    """Return a variable as one writes it in a space, its bounds as numbers."""
    if isinstance(variable, Choice):
        return repr(variable)
    defaults = {name: one.default for name, one in inspect.signature(type(variable)).parameters.items()}
    given = [f"{name}={value!r}" for name, value in kinds.settings_of(variable).items() if value != defaults[name]]
    return f"{type(variable).__name__}({', '.join([str(variable.low.item()), str(variable.high.item()), *given])})"


def _grouped(variables: Mapping[str, Variable]) -> list[list[str]]:
    """Return the names of the variables that share a part of the product, in the order of their first ones."""
    groups: dict[Any, list[str]] = {}
    for name, one in variables.items():
        key = "choice" if isinstance(one, Choice) else (type(one), *kinds.settings_of(one).values())
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def _part(group: list[Variable], margin: str | float) -> Distribution:
    """Return the family of variables of one kind."""
    first = group[0]
    if isinstance(first, Choice):
        return Categorical([len(one.options) for one in group if isinstance(one, Choice)], margin=margin)
    numbers = [one for one in group if not isinstance(one, Choice)]
    low, high = (np.array([one.low.item() for one in numbers]), np.array([one.high.item() for one in numbers]))
    if isinstance(first, Integer):
        return Integer(low, high, sigma_min=first.sigma_min, log=first.log)
    return Real(low, high, resolution=first.resolution, log=first.log)


def _check_value(name: str, variable: Variable, value: Any) -> None:
    """Raise a ValueError if a value is none of a variable's."""
    try:
        if isinstance(variable, Choice):
            variable.index(value)
        elif isinstance(variable, Integer):
            checks.integer("the value", value, variable.low.item(), variable.high.item())
        elif not variable.low.item() <= checks.real("the value", value) <= variable.high.item():
            raise ValueError(f"must lie between {variable.low.item()} and {variable.high.item()}, but is {value}.")
    except ValueError as error:
        raise ValueError(f"{name} {str(error).removeprefix('the value ')}") from None
