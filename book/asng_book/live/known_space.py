"""The live figures of a space whose every network is known: a map, a race, one-shot losses beside the truth, prices."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from asng_book.live.figure import live
from asng_edu._common import checks
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.spaces.price_list import price_list

UNIT = 1e-5  # errors and losses travel as whole numbers of it
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def network_map(known: KnownSpace, **options: Any) -> Any:
    """Return the map of all networks, error against size."""
    return live(
        "network-map",
        space=space_of(known),
        errors=[in_units(errors) for errors in known.test_errors.T],
        parameters=known.parameters.tolist(),
        operations=known.multiply_adds.tolist(),
        codes=np.bincount(known.networks).tolist(),
        **options,
    )


def beat_asng(known: KnownSpace, training: int = 0, **options: Any) -> Any:
    """Return the race of the reader against methods that see the validation errors of one training."""
    return live(
        "beat-asng",
        **_as_trained(known, training),
        **options,
    )


def price_of_size(known: KnownSpace, prices: Mapping[str, float], training: int = 0, **options: Any) -> Any:
    """Return searches that pay for parameters: ``prices`` has those of an operation, by its name."""
    return live(
        "price-of-size",
        **_as_trained(known, training),
        parameters=known.parameters.tolist(),
        prices=price_list(known.space, prices).tolist(),
        **options,
    )


def _as_trained(known: KnownSpace, training: int) -> dict[str, Any]:
    """Return a space as methods see it that look at the validation errors of one training, and what is true of it."""
    checks.integer("training", training, 0, known.tabulation.seeds - 1)
    return {
        "space": space_of(known),
        "networks": known.networks.tolist(),
        "observed": in_units(known.validation_errors[:, training]),
        "errors": in_units(known.test_errors.mean(axis=1)),
    }


def one_shot_truth(known: KnownSpace, losses: Mapping[str, Mapping[int, ArrayLike]], **options: Any) -> Any:
    """Return one-shot losses beside true errors: ``losses`` has, by supernet and epoch, one for each network.

    Raises
    ------
    ValueError
        If the losses are not those of as many networks, or not all finite.
    """
    count = (len(known.codes),)
    supernets = [
        {
            "name": name,
            "moments": [
                {
                    "epoch": epoch,
                    "losses": in_units(checks.finite_array("losses", checks.as_array("losses", of), count)),
                }
                for epoch, of in sorted(moments.items())
            ],
        }
        for name, moments in losses.items()
    ]
    return live(
        "one-shot-truth",
        space=space_of(known),
        errors=in_units(known.test_errors.mean(axis=1)),
        supernets=supernets,
        **options,
    )


def read_losses(path: str | Path) -> dict[str, dict[int, list[float]]]:
    """Return one-shot losses by supernet and epoch, from a CSV file with a column for each, such as ``asng_60``.

    Raises
    ------
    ValueError
        If there is a column of another kind.
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, dict[int, list[float]]] = {}
    for column in list(rows[0])[1:]:
        name, _, epoch = column.rpartition("_")
        if not name or not epoch.isdigit():
            raise ValueError(f"columns must be called as asng_60 is, but one is called {checks.short(column)}.")
        found.setdefault(name, {})[int(epoch)] = [float(row[column]) for row in rows]
    return found


def space_of(known: KnownSpace) -> dict[str, Any]:
    """Return what the scripts need to draw a network's cell: the decisions, and a code for each network as digits."""
    space = known.space
    kind = space.kinds[0]
    cell = space.decode(known.codes[0]).cell(kind)
    decided = {(d.node, d.slot) for d in space.decisions if d.what == "input"}
    fixed = [
        [node, slot, source]
        for node, slots in enumerate(cell)
        for slot, (source, _) in enumerate(slots)
        if (node, slot) not in decided
    ]
    return {
        "nodes": space.nodes,
        "operations": list(space.operations),
        "fixed": fixed,
        "decisions": [
            {"node": d.node, "slot": d.slot, "what": d.what, "options": list(d.options)} for d in space.decisions
        ],
        "codes": "".join(DIGITS[k] for code in known.codes.tolist() for k in code),
    }


def in_units(values: ArrayLike) -> list[int]:
    """Return numbers as whole multiples of :data:`UNIT`."""
    whole: list[int] = np.rint(np.asarray(values, dtype=float) / UNIT).astype(np.int64).tolist()
    return whole
