"""What a table of all networks of a space is made of: the space, and how each of its networks is trained."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from asng_edu._common import checks
from asng_edu._common.options import as_json
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.isomorphism import canonical
from asng_edu.nas.training.retrain_settings import RetrainSettings

PLAIN = {"auxiliary": 0.0, "drop_path": 0.0, "cutout": 0}  # what suits networks of a few cells
MOST_CODES = 100_000


@dataclass(frozen=True, kw_only=True)
class Tabulation:
    """What a table of networks is made of.

    Attributes
    ----------
    space : CellSpace
        Of one kind of cell, small enough to go through all its codes.
    training : mapping
        Settings of :class:`asng_edu.nas.RetrainSettings` by name, the data among them.
    seeds : int
        How often each network is trained.

    Raises
    ------
    ValueError
        For anything else.
    """

    space: CellSpace
    training: Mapping[str, Any]
    seeds: int = 3

    def __post_init__(self) -> None:
        checks.instance("space", self.space, CellSpace, "a CellSpace")
        checks.integer("seeds", self.seeds, 1, 1000)
        if self.space.size > MOST_CODES:
            raise ValueError(f"a table holds spaces of at most {MOST_CODES:,} codes, but this has {self.space.size:,}.")
        if not isinstance(self.training, Mapping) or self.training.get("channels") is None:
            given = checks.short(self.training)
            raise ValueError(f"training must be settings by name, channels among them, but is {given}.")
        for name in self.training:
            checks.one_of("each setting of the training", name, [one.name for one in fields(RetrainSettings)])
        self.settings(self.space.random(0), 0)

    def settings(self, genotype: Any, seed: int) -> RetrainSettings:
        """Return the settings of one training."""
        return RetrainSettings(genotype, self.space, **{**PLAIN, **self.training, "seed": seed})

    def change(self, **changes: Any) -> Tabulation:
        """Return another tabulation: with other settings of the space, of the training, or another number of seeds."""
        seeds = changes.pop("seeds", self.seeds)
        mine = {one.name for one in fields(self.space)} & changes.keys()
        space = dataclasses.replace(self.space, **{name: changes.pop(name) for name in mine})
        return Tabulation(space=space, training={**self.training, **changes}, seeds=seeds)

    def to_json(self) -> dict[str, Any]:
        """Return the space, the training and the number of seeds, for the record."""
        shown = {name: as_json(value) for name, value in self.training.items()}
        return {"space": self.space.to_json(), "training": shown, "seeds": self.seeds}

    @classmethod
    def from_json(cls, found: Any) -> Tabulation:
        """Return the tabulation that a record tells of; raise a ValueError if it tells of none."""
        if not isinstance(found, dict) or set(found) != {"space", "training", "seeds"}:
            raise ValueError(f"the record is not of a table of networks: its settings are {checks.short(found)}.")
        return cls(space=CellSpace.from_json(found["space"]), training=found["training"], seeds=found["seeds"])


def networks_of(space: CellSpace) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """Return every network of a space by its first code, with all codes that describe it.

    Examples
    --------
    >>> space = CellSpace(nodes=1, kinds=("normal",), operations=("identity", "conv_1x1"))
    >>> found = networks_of(space)
    >>> space.size, len(found), found[0, 0, 1, 0]
    (16, 10, [(0, 0, 1, 0), (1, 0, 0, 0)])
    """
    checks.instance("space", space, CellSpace, "a CellSpace")
    found: dict[Any, list[tuple[int, ...]]] = {}
    for code in itertools.product(*(range(decision.size) for decision in space.decisions)):
        genotype = space.decode(code)
        key = tuple(canonical(genotype.cell(kind), space.inputs) for kind in space.kinds)
        found.setdefault(key, []).append(code)
    return {codes[0]: codes for codes in found.values()}


def decision_name(node: int, slot: int, what: str) -> str:
    """Return the column of a decision.

    >>> decision_name(1, 0, "operation")
    'node1_slot0_operation'
    """
    return f"node{node}_slot{slot}_{what}"


#: A table of 1,092 networks. ``figures/tabular_pilot.py`` compares its space with others.
SIGNALS = Tabulation(
    space=CellSpace(
        nodes=2,
        kinds=("normal",),
        operations=("identity", "conv_1x1", "dil_conv_1x5", "max_pool_1x3"),
        chain=True,
    ),
    training={"data": "signals", "cells": 2, "channels": 8, "epochs": 8, "batch": 128, "rate": 0.2},
)

TABULATIONS: Mapping[str, Tabulation] = {"signals": SIGNALS}
