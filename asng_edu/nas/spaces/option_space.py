"""Spaces whose architectures are no more than the options that they take: what to decide and what runs it is all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common.checks import short
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.spaces.genotype import GenotypeError

if TYPE_CHECKING:  # they need torch
    from torch import Tensor

    from asng_edu.nas.supernet.mixture import Mixture


class OneOf(NamedTuple):
    """A decision: which of several options, all in words.

    >>> print(OneOf("third layer", ("off", "on")))
    third layer
    """

    what: str
    options: tuple[str, ...]

    @property
    def size(self) -> int:
        """K, the number of options."""
        return len(self.options)

    def __str__(self) -> str:
        return self.what


class Options(NamedTuple):
    """The options that an architecture takes, one for each decision of its space.

    >>> Options(("off", "on")).to_json()
    {'options': ['off', 'on']}
    """

    options: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the options as a list."""
        return {"options": list(self.options)}


class OptionSpace(Space[Options]):
    """A space whose architectures are :class:`Options`; a subclass adds ``decisions`` and ``make_network``.

    Notes
    -----
    Taught in chapter *Add your own*.
    """

    keys: ClassVar[tuple[str, ...]] = ("options",)

    def check(self, choice: Options) -> Options:
        if not isinstance(choice, Options):
            raise GenotypeError(f"an architecture of this space must be Options, but is {short(choice)}.")
        return self._parse(choice.options)

    def choice_from_json(self, value: Any) -> Options:
        found = value.get("options") if isinstance(value, dict) and len(value) == 1 else None
        if not isinstance(found, list):
            raise GenotypeError(f'an architecture of options must be {{"options": [...]}}, but is {short(value)}.')
        return self._parse(found)

    def _parse(self, options: Sequence[Any]) -> Options:
        decisions = self.decisions
        if not isinstance(options, list | tuple):
            raise GenotypeError(f"options must be names, one for each decision, but are {short(options)}.")
        if len(options) != len(decisions):
            raise GenotypeError(f"options must be {len(decisions)}, one for each decision, but are {len(options)}.")
        for decision, option in zip(decisions, options, strict=True):
            if not isinstance(option, str) or option not in decision.options:
                raise GenotypeError(f"{decision} must be one of {', '.join(decision.options)}, but is {short(option)}.")
        return Options(tuple(options))

    def encode(self, choice: Options) -> NDArray[np.int64]:
        taken = zip(self.decisions, self.check(choice).options, strict=True)
        return np.array([decision.options.index(option) for decision, option in taken], dtype=np.int64)

    def decode(self, c: ArrayLike) -> Options:
        taken = zip(self.decisions, self.check_code(c), strict=True)
        return Options(tuple(decision.options[number] for decision, number in taken))

    @classmethod
    def holding_json(cls, value: Any) -> NoReturn:
        raise GenotypeError("options do not tell their space: give the record of the search, which does.")

    def mixture(self, gates: Sequence[Tensor]) -> Mixture:
        from asng_edu.nas.supernet.mixture import Mixture

        return Mixture({"options": self.check_gates(gates)})

    def weights(self, choice: Options | Mixture) -> list[dict[str, Tensor | float]]:
        """Return for each decision the options that run and their weights: one of weight 1, or those of a mixture.

        >>> from asng_edu.nas import SPACES
        >>> class Coin(OptionSpace):
        ...     decisions = (OneOf("coin", ("heads", "tails")),)
        ...     make_network = None
        >>> Coin().weights(Coin().decode([1]))
        [{'tails': 1.0}]
        """
        if isinstance(choice, Options):
            return [{option: 1.0} for option in choice.options]
        if self.decisions and "options" not in getattr(choice, "weights", ()):
            raise ValueError(f"choice must be Options, or the mixture of this space, but is {short(choice)}.")
        told = zip(self.decisions, choice.weights["options"], choice.runs["options"], strict=True)
        return [
            {
                option: weight
                for option, weight, run in zip(decision.options, gate, runs, strict=True)
                if run or not runs.any()
            }
            for decision, gate, runs in told
        ]
