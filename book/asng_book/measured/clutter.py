"""Reads what ``figures/clutter.py`` measured; chapter *The supernet and the search* compares it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from asng_book.comparisons import Ranking, rank
from asng_edu.nas.spaces.cell_space import CellSpace, Genotype
from asng_edu.nas.training.settings import SearchSettings

Floats = NDArray[np.float64]
Line = dict[str, Any]

SEARCHED = ("asng", "small-step", "sng", "random-search", "no-warmup", "no-chain")
GROUPS = ("random", "matched", *SEARCHED)
NAMES = {
    "random": "random cells",
    "matched": "random cells of ASNG's size",
    "asng": "ASNG",
    "small-step": "ASNG with a small first step",
    "sng": "SNG (δ constant)",
    "random-search": "supernet and random search",
    "no-warmup": "ASNG without warm-up",
    "no-chain": "ASNG without the chain",
}


@dataclass(frozen=True)
class Results:
    """The lines of the experiment.

    Attributes
    ----------
    head : dict
        ``settings`` and ``provenance``.
    searches : list of dict
        One for each search, by variant and seed.
    trainings : list of dict
        One for each training of a cell from scratch, by group, number and seed.
    """

    head: Line
    searches: list[Line]
    trainings: list[Line]

    @cached_property
    def settings(self) -> SearchSettings:
        """The settings of the searches, those of the variant ``asng``."""
        return SearchSettings.from_json(self.head["settings"]["search"])

    def space(self, group: str) -> CellSpace:
        """Return the space of a group's cells."""
        changes = self.head["settings"]["variants"].get(group, {})
        return cast(CellSpace, self.settings.change(**changes).space)

    def group(self, group: str) -> list[Line]:
        """Return the trainings of a group, by number and seed."""
        return [line for line in self.trainings if line["group"] == group]

    def errors(self, group: str) -> Floats:
        """Return the test errors of a group, by number and seed."""
        return np.array([line["test_error"] for line in self.group(group)])

    def sizes(self, group: str) -> Floats:
        """Return the parameters of a group's networks, by number and seed."""
        return np.array([line["parameters"] for line in self.group(group)], dtype=float)

    def depths(self, group: str) -> list[int]:
        """Return the depths of a group's cells, by number."""
        space = self.space(group)
        kind = space.kinds[0]
        return [space.depth(Genotype.from_json(line["genotype"]).cell(kind)) for line in self.group(group)]

    def of_variant(self, variant: str) -> list[Line]:
        """Return the searches of a variant, by seed."""
        return [line for line in self.searches if line["variant"] == variant]

    def repeats(self) -> list[Floats]:
        """Return, for each cell that was trained from several seeds, its errors; the first is of seed 0."""
        first = {line["number"]: line["test_error"] for line in self.group("random")}
        found: dict[int, list[float]] = {}
        for line in self.group("repeat"):
            found.setdefault(line["number"], [first[line["number"]]]).append(line["test_error"])
        return [np.array(errors) for errors in found.values()]


def read(path: str | Path) -> Results:
    """Read the file that ``figures/clutter.py`` writes.

    Raises
    ------
    ValueError
        If it is not such a file.
    """
    try:
        lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
        head, jobs = lines[0], lines[1:]
        head["settings"], head["provenance"]
        order = {group: place for place, group in enumerate((*GROUPS, "repeat"))}
        searches = [line for line in jobs if line["job"] == "search"]
        trainings = [line for line in jobs if line["job"] == "train"]
        searches.sort(key=lambda line: (order[line["variant"]], line["seed"]))
        trainings.sort(key=lambda line: (order[line["group"]], line["number"], line["seed"]))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"{str(path)!r} is not a file of the clutter experiment: {error!r}.") from None
    return Results(head, searches, trainings)


class Spread(NamedTuple):
    """Standard deviations of the error: between random cells, and of one cell between seeds."""

    cells: float
    seeds: float

    @property
    def reliability(self) -> float:
        """Return the share of the variance between cells, each trained once, that is not from seeds."""
        return max(0.0, 1.0 - self.seeds**2 / self.cells**2)


def spread(results: Results) -> Spread:
    """Return how much random cells differ, and how much trainings of the same cell do."""
    within = [errors.var(ddof=1) for errors in results.repeats()]
    return Spread(float(results.errors("random").std(ddof=1)), math.sqrt(float(np.mean(within))))


def ranking(results: Results, variant: str, by: str) -> Ranking:
    """Return how the supernets of a variant rank the random cells, by one-shot ``"loss"`` or ``"accuracy"``."""
    sign = -1.0 if by == "accuracy" else 1.0
    scores = np.array([[sign * cell[by] for cell in search["one_shot"]] for search in results.of_variant(variant)])
    return rank(scores, results.errors("random"))


# ---- for the figures


def points(results: Results, groups: Sequence[str] = GROUPS) -> list[Line]:
    """Return every training as a dot of the live figure ``clutter-cells``: group, cell, size, error, who found it."""
    found = []
    for group in groups:
        space = results.space(group)
        kind = space.kinds[0]
        for line in results.group(group):
            cell = Genotype.from_json(line["genotype"]).cell(kind)
            found.append(
                {
                    "group": group,
                    "number": line["number"],
                    "error": line["test_error"],
                    "se": round(line["standard_error"], 5),
                    "parameters": line["parameters"],
                    "depth": space.depth(cell),
                    "live": list(space.live(cell)),
                    "cell": [[list(slot) for slot in node] for node in cell],
                }
            )
    return found


def groups() -> list[Line]:
    """Return the rows of that figure in order: name, label, and a short one for its legend."""
    short = ("random", "same size", "ASNG", "small step", "SNG", "random search", "no warm-up", "no chain")
    return [
        {"name": name, "label": NAMES[name][0].upper() + NAMES[name][1:], "short": word}
        for name, word in zip(GROUPS, short, strict=True)
    ]
