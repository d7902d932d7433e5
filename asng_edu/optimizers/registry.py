"""The optimisers by name, the one list of them, and how a command line asks for one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution
from asng_edu.optimizers.adam import Adam
from asng_edu.optimizers.asng import ASNG
from asng_edu.optimizers.base import Optimizer
from asng_edu.optimizers.evolution import Evolution
from asng_edu.optimizers.random_search import RandomSearch
from asng_edu.optimizers.reinforce import Reinforce
from asng_edu.optimizers.sng import SNG
from asng_edu.optimizers.weight_adaptive import WAASNG

#: Every optimiser that a name stands for.
OPTIMIZERS: dict[str, type[Optimizer[Any]]] = {
    "adam": Adam,
    "asng": ASNG,
    "evolution": Evolution,
    "random": RandomSearch,
    "reinforce": Reinforce,
    "sng": SNG,
    "wa-asng": WAASNG,
}

#: What an optimiser is given where nothing else is said, if it is not the default of its class.
DEFAULTS: dict[str, dict[str, Any]] = {
    "adam": {"delta0": 0.01},  # as in a search on a supernet
    "random": {"lam": 10},  # which only says how many are drawn at once
    "sng": {"delta0": 1.0},
}

NOT_OPTIONS = ("distribution", "theta", "rng", "seed", "penalty")


@dataclass(frozen=True)
class Method:
    """An optimiser by name, with options of its own.

    Parameters
    ----------
    name : str
        One of :data:`OPTIMIZERS`.
    options : dict
        Arguments of its class.
    text : str
        The text that it was read from.

    Raises
    ------
    ValueError
        For a name or an option that there is not.
    """

    name: str
    options: dict[str, Any]
    text: str

    def __post_init__(self) -> None:
        known = _options_of(checks.one_of("method", self.name, OPTIMIZERS))
        checks.instance("options", self.options, dict, "a dictionary")
        checks.instance("text", self.text, str, "a text")
        for option in self.options:
            checks.one_of(f"an option of {self.name}", option, known)

    @classmethod
    def parse(cls, text: str) -> Method:
        """Return the method that a text asks for: a name, then options, such as ``sng:delta0=0.1:lam=4``.

        >>> Method.parse("sng:delta0=0.1:lam=4").options
        {'delta0': 0.1, 'lam': 4}
        """
        name, *parts = checks.instance("method", text, str, "the name of one").split(":")
        pairs = [part.partition("=") for part in parts]
        for part, (_, equals, value) in zip(parts, pairs, strict=True):
            if not equals or not value:
                raise ValueError(f"what follows {name} must be OPTION=VALUE, but is {checks.short(part)}.")
        given = [option for option, _, _ in pairs]
        if twice := [option for option in given if given.count(option) > 1]:
            raise ValueError(f"{twice[0]} stands twice in {checks.short(text)}.")
        return cls(name, {option: _value(value) for option, _, value in pairs}, text)

    def make(self, distribution: Distribution, rng: np.random.Generator | int) -> Optimizer[Any]:
        """Return the optimiser at its beginning.

        Raises
        ------
        ValueError
            If it does not accept the options, or the distribution.
        """
        options = {**DEFAULTS.get(self.name, {}), **self.options}
        make: Callable[..., Optimizer[Any]] = OPTIMIZERS[self.name]
        return make(distribution, rng=rng, **options)


def _options_of(name: str) -> list[str]:
    """Return the arguments of an optimiser beside those that say what it runs on and where it draws from."""
    return [option for option in inspect.signature(OPTIMIZERS[name]).parameters if option not in NOT_OPTIONS]


def _value(text: str) -> Any:
    """Return a number, True, False or the text itself."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)
