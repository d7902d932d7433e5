"""The systems of Table 1 and their controls on one space whose every network is known: what each is, with which budget.

All that share weights train the same supernet, by the same optimiser, on as many batches. All that train each network
from scratch may train as many networks, and read the validation errors of these from the table.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from asng_edu._common import checks
from asng_edu._common.options import check_options, option
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.strategies.base import STRATEGIES, StrategySettings
from asng_edu.nas.training.settings import SearchSettings


class System(NamedTuple):
    """One way of choosing a network.

    Attributes
    ----------
    words : str
        What it is called in tables and figures.
    evaluator : {"supernet", "table"}
        What its losses come from: shared weights, or networks trained from scratch, whose errors are looked up.
    strategy : str
        By its registered name.
    settings : mapping
        Of the strategy, where they are not its defaults.
    """

    words: str
    evaluator: str
    strategy: str
    settings: Mapping[str, Any] = {}

    def make(self) -> StrategySettings:
        """Return the settings of the strategy."""
        return STRATEGIES[self.strategy](**self.settings)


# Adam moves a logit by about its rate in a step: the published 3e-4 over the 19,500 steps of a DARTS search lead
# about as far as this over some 600.
GATES = {"gate_rate": 0.01}

#: The systems by name; those of the article's Table 1 first, in its order, then the classics and the controls.
SYSTEMS: dict[str, System] = {
    "nasnet": System("NASNet", "table", "nasnet"),
    "nao": System("NAO", "table", "nao", {"pool": 40}),
    "proxyless": System("ProxylessNAS", "supernet", "proxyless", GATES),
    "smash": System("SMASH", "supernet", "smash"),
    "darts2": System("DARTS, second order", "supernet", "darts2", GATES),
    "darts": System("DARTS, first order", "supernet", "darts", GATES),
    "snas": System("SNAS", "supernet", "snas", GATES),
    "enas": System("ENAS", "supernet", "enas"),
    "asng": System("ASNG", "supernet", "asng", {"lam": 4}),
    "sng": System("SNG", "supernet", "sng", {"lam": 4}),
    "reinforce": System("REINFORCE", "supernet", "reinforce", {"lam": 4}),
    "spos": System("SPOS", "supernet", "evolution"),
    "random": System("Random paths", "supernet", "random"),
    "evolution": System("Evolution", "table", "evolution", {"lam": 1}),
    "asng-table": System("ASNG from scratch", "table", "asng"),
    "random-table": System("Random search", "table", "random"),
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a comparison is made of.

    Attributes
    ----------
    known : KnownSpace
        The space and its truth.
    systems : tuple of str
        Names of :data:`SYSTEMS`.
    """

    known: KnownSpace
    systems: tuple[str, ...] = tuple(SYSTEMS)
    seeds: int = option(10, "runs of each system", least=1, most=10_000)
    epochs: int = option(40, "passes of a supernet's weights over D_x", least=1, most=100_000)
    trainings: int = option(100, "networks that are trained from scratch, where no weights are shared", least=2)
    ranked: int = option(100, "networks whose one-shot losses are held against the truth at the end", least=2)

    def __post_init__(self) -> None:
        check_options(self)
        checks.instance("known", self.known, KnownSpace, "a KnownSpace")
        if not isinstance(self.systems, Sequence) or isinstance(self.systems, str) or not self.systems:
            raise ValueError(f"systems must be a list of names, but is {checks.short(self.systems)}.")
        for name in self.systems:
            checks.one_of("each system", name, SYSTEMS)
        if len(set(self.systems)) < len(self.systems):
            raise ValueError("systems must not name one twice.")
        object.__setattr__(self, "systems", tuple(self.systems))

    def search(self, system: str, seed: int) -> SearchSettings:
        """Return the settings of a system's search on a supernet, which has the layout of the table's networks."""
        checks.one_of("system", system, SYSTEMS)
        training = self.known.tabulation.training
        return SearchSettings(
            space=self.known.space,
            strategy=SYSTEMS[system].make(),
            epochs=self.epochs,
            batch=training["batch"],
            theta_batch=training["batch"],
            warmup=0.5,
            seed=seed,
            **{name: training[name] for name in ("data", "images", "cells", "channels", "rate") if name in training},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the settings, for the record."""
        own = {one.name: getattr(self, one.name) for one in dataclasses.fields(self) if one.name != "known"}
        strategies = {name: SYSTEMS[name].make().to_json() for name in self.systems}
        return {
            **own,
            "systems": list(self.systems),
            "strategies": strategies,
            "table": self.known.tabulation.to_json(),
        }
