"""A space of which every network has been trained: what a search may see of it, and what is true."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu.jobs import schema
from asng_edu.jobs.rows import Record
from asng_edu.nas.evaluators.base import Codes, Losses
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.training.tabulation import Tabulation, decision_name, networks_of
from asng_edu.problems.tabular import BUILT_IN, Tabular

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KnownSpace:
    """All n networks of a space, as ``asng-edu tabulate`` has trained them.

    Attributes
    ----------
    tabulation : Tabulation
        The space, and how its networks were trained.
    codes : array of int, shape (n, D)
        One code for each network, the first of those that describe it.
    validation_errors, test_errors : array, shape (n, seeds)
        On D_θ, which searches may see, and on the test data, by which they are judged.
    parameters, multiply_adds : array of int, shape (n,)
    seconds : array, shape (n,)
        That all trainings of a network took on one core.
    """

    tabulation: Tabulation
    codes: Integers
    validation_errors: Floats
    test_errors: Floats
    parameters: Integers
    multiply_adds: Integers
    seconds: Floats

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> KnownSpace:
        """Return what ``asng-edu tabulate`` wrote into a CSV file; its record stands beside it.

        Raises
        ------
        ValueError
            If a file cannot be read, or the table is not the one that its record tells of.
        """
        path = checks.path("path", path)
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            record = schema.read(Record, schema.load(path.with_suffix(".json")), "the record")
        except OSError as error:
            raise ValueError(f"{error.filename} cannot be read: {error.strerror}.") from None
        except (csv.Error, UnicodeDecodeError):
            raise ValueError(f"{path} is no table of networks.") from None
        tabulation = Tabulation.from_json(record["settings"])
        try:
            return cls._of_rows(tabulation, rows)
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(f"{path} is not the table that its record tells of: {error}.") from None

    @classmethod
    def load(cls) -> KnownSpace:
        """Return the table that comes with the library: all networks of the space and the trainings of ``SIGNALS``."""
        return cls.read(BUILT_IN)

    @classmethod
    def _of_rows(cls, tabulation: Tabulation, rows: Sequence[dict[str, str]]) -> KnownSpace:
        space, seeds = tabulation.space, range(tabulation.seeds)
        names = {decision_name(d.node, d.slot, d.what): d.options for d in space.decisions}
        codes = np.array([[options.index(row[name]) for name, options in names.items()] for row in rows])
        if codes.tolist() != [list(code) for code in networks_of(space)]:
            raise ValueError("it has other networks than the space")

        def column(name: str) -> Floats:
            return np.array([float(row[name]) for row in rows])

        return cls(
            tabulation,
            codes,
            validation_errors=np.stack([column(f"validation_error_{seed}") for seed in seeds], axis=1),
            test_errors=np.stack([column(f"test_error_{seed}") for seed in seeds], axis=1),
            parameters=column("parameters").astype(np.int64),
            multiply_adds=column("multiply_adds").astype(np.int64),
            seconds=column("seconds"),
        )

    @property
    def space(self) -> CellSpace:
        """The space."""
        return self.tabulation.space

    @cached_property
    def networks(self) -> Integers:
        """For each code of the space, the last decision running fastest, which network it is; shape (∏K,)."""
        sizes = [decision.size for decision in self.space.decisions]
        found = np.empty(sizes, dtype=np.int64)
        for network, same in enumerate(networks_of(self.space).values()):
            found[tuple(np.transpose(same))] = network
        return found.ravel()

    def tabular(self, seed: int = 0) -> Tabular:
        """Return the problem: the score is a network's mean test error, and a search sees one validation error.

        That is the one of the training whose number is ``seed`` modulo the number of trainings. The same training
        counts in the mean test error, so the two are not independent.
        """
        decisions = self.space.decisions
        return Tabular(
            [decision.size for decision in decisions],
            self.test_errors.mean(axis=1),
            observed=self.validation_errors[:, checks.integer("seed", seed, 0) % self.tabulation.seeds],
            networks=self.networks,
            names=[str(decision) for decision in decisions],
            options=[decision.options for decision in decisions],
        )

    def evaluator(self, seed: int = 0) -> Observed:
        """Return an evaluator of what a search may see: the validation errors of one seed."""
        return Observed(self.space, self.tabular(seed))


class Observed:
    """The losses that a search may see of a table.

    Attributes
    ----------
    space : CellSpace
    table : Tabular
    evaluations : int
        How many codes were asked for so far.
    asked : dict
        The loss of each network that was asked for, by its number, in the order of the first time: each would have been
        trained once.
    """

    def __init__(self, space: CellSpace, table: Tabular) -> None:
        self.space: Any = space
        self.table = checks.instance("table", table, Tabular, "a Tabular")
        self.evaluations = 0
        self.asked: dict[int, float] = {}

    def losses(self, codes: Codes) -> Losses:
        """Return the validation error of each code, shape (n,)."""
        found: Losses = self.table.observed(codes)
        self.evaluations += len(found)
        for network, loss in zip(self.table.network(codes).tolist(), found.tolist(), strict=True):
            self.asked.setdefault(network, loss)
        return found
