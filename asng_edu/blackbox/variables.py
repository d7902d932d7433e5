"""The variables of a black box: numbers are families of one dimension, choices have names for their categories."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from asng_edu._common import checks
from asng_edu.distributions import Integer, Real

Value = str | int | float | bool | None  # of an option


class Choice:
    """One of several options, in a :class:`Space`.

    All choices of a space together are one :class:`~asng_edu.Categorical`, whose categories bear numbers only.

    Parameters
    ----------
    *options : str, int, float, bool or None
        At least two, no two of them equal.

    Raises
    ------
    ValueError
        If there are fewer, two are equal (1 and True are), or one could not stand in a JSON file.

    Examples
    --------
    >>> Choice("relu", "tanh", "elu")
    Choice('relu', 'tanh', 'elu')
    """

    def __init__(self, *options: Value) -> None:
        for one in options:
            plain = one is None or type(one) in (str, int, bool, float)
            if not plain or (isinstance(one, float) and not math.isfinite(one)):
                raise ValueError(
                    f"options must be texts, finite numbers, True, False or None, but one is {checks.short(one)}: give "
                    "what is more than that a name, and look it up in the function."
                )
        if len(options) < 2:
            raise ValueError(f"a Choice needs at least two options, but was given {checks.short(options)}.")
        if len(set(options)) < len(options):
            raise ValueError(f"the options of a Choice must differ, but two of {checks.short(options)} are equal.")
        self.options = options

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.options))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Choice) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(self.options)

    def index(self, value: Any) -> int:
        """Return the number of an option, from 0.

        Raises
        ------
        ValueError
            If it is none. True is not 1 here.
        """
        for place, option in enumerate(self.options):
            if type(value) is type(option) and value == option:
                return place
        raise ValueError(f"must be one of {checks.short(self.options)}, but is {checks.short(value)}.")


class Bool(Choice):
    """False or True, in a :class:`Space`.

    Examples
    --------
    >>> Bool().options
    (False, True)
    """

    def __init__(self) -> None:
        super().__init__(False, True)

    def __repr__(self) -> str:
        return "Bool()"


Variable = Choice | Integer | Real


def check_variable(name: str, value: Any) -> Variable:
    """Return a variable of a space, or raise a ValueError that says why ``value`` is none."""
    checks.instance("the name of a variable", name, str, "a text")
    if isinstance(value, Mapping) or hasattr(value, "variables"):
        raise ValueError(
            f"{name} is a space within the space, but a space is flat: its distribution is a product, in which no "
            "variable depends on another. Give each inner variable a name of its own."
        )
    if not isinstance(value, Variable):
        raise ValueError(f"{name} must be an Integer, a Real, a Choice or a Bool, but is {checks.short(value)}.")
    if not isinstance(value, Choice) and value.dim != 1:
        raise ValueError(f"{name} must be one variable, but has {value.dim} dimensions: give each a name of its own.")
    return value


def settings_of(variable: Integer | Real) -> dict[str, Any]:
    """Return what a number was given beside its bounds."""
    checks.instance("the variable", variable, (Integer, Real), "an Integer or a Real")
    least = {"sigma_min": variable.sigma_min} if isinstance(variable, Integer) else {"resolution": variable.resolution}
    return {"log": variable.log, **least}


def to_json(variable: Variable) -> dict[str, Any]:
    """Return a variable as JSON holds it."""
    if isinstance(check_variable("the variable", variable), Bool):
        return {"type": "bool"}
    if isinstance(variable, Choice):
        return {"type": "choice", "options": list(variable.options)}
    low, high = variable.low.item(), variable.high.item()
    return {"type": type(variable).__name__.lower(), "low": low, "high": high, **settings_of(variable)}


def from_json(name: str, data: Any) -> Variable:
    """Return the variable that :func:`to_json` wrote, or raise a ValueError."""
    checks.instance("the name of a variable", name, str, "a text")
    kinds: dict[str, tuple[Callable[..., Variable], set[str]]] = {
        "bool": (Bool, set()),
        "choice": (lambda options: Choice(*checks.entries("options", options)), {"options"}),
        "integer": (Integer, {"low", "high", "log", "sigma_min"}),
        "real": (Real, {"low", "high", "log", "resolution"}),
    }
    checks.instance(name, data, dict, "a dictionary")
    kind, needed = kinds[checks.one_of(f"the type of {name}", data.get("type"), kinds)]
    given = {key: value for key, value in data.items() if key != "type"}
    if given.keys() != needed:
        raise ValueError(f"{name} must have the keys type, {', '.join(sorted(needed))}, but has {', '.join(data)}.")
    return check_variable(name, kind(**given))


def value_of(variable: Variable, found: Any) -> Any:
    """Return what a category, or a number as its family decodes it, stands for, in Python's own types."""
    if isinstance(variable, Choice):
        return variable.options[checks.integer("the category", found, 0, len(variable.options) - 1)]
    check_variable("the variable", variable)
    return (
        checks.integer("the value", found, -(2**53))
        if isinstance(variable, Integer)
        else checks.real("the value", found)
    )
