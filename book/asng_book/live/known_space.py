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

UNIT = 1e-5  # errors travel as whole numbers of it
THOUSANDTH = 1e-3  # and one-shot losses of this
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


def one_shot_truth(
    known: KnownSpace,
    losses: Mapping[str, Mapping[int, ArrayLike]],
    again: Mapping[str, float] | None = None,
    **options: Any,
) -> Any:
    """Return one-shot losses beside true errors, and how they rank the networks after each number of epochs.

    Parameters
    ----------
    known : KnownSpace
    losses : mapping
        By supernet and epochs one for each network, shape (networks,), or of several seeds, shape (seeds, networks).
    again : mapping, optional
        How a second training ranks ``all`` networks and the ``best`` tenth.
    **options
        Of the figure.

    Raises
    ------
    ValueError
        If the losses are not those of as many networks, not all finite, or of fewer seeds after some epochs.
    """
    supernets = []
    for name, moments in losses.items():
        seeds = {epoch: np.atleast_2d(checks.as_array("losses", of)) for epoch, of in sorted(moments.items())}
        shape = (len(next(iter(seeds.values()))), len(known.codes))
        listed = [
            {"epoch": epoch, "losses": [in_units(one, THOUSANDTH) for one in checks.finite_array("losses", of, shape)]}
            for epoch, of in seeds.items()
        ]
        supernets.append({"name": name, "moments": listed})
    return live(
        "one-shot-truth",
        space=space_of(known),
        errors=in_units(known.test_errors.mean(axis=1)),
        supernets=supernets,
        again=dict(again or {}),
        **options,
    )


def read_losses(path: str | Path, unit: float = 1.0) -> dict[str, dict[int, list[float]]]:
    """Return one-shot losses by supernet and epoch, from a CSV file with a column for each, such as ``asng_60``.

    The numbers of the file count units of this size.

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
        found.setdefault(name, {})[int(epoch)] = [unit * float(row[column]) for row in rows]
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


def in_units(values: ArrayLike, unit: float = UNIT) -> list[int]:
    """Return numbers as whole multiples of a unit."""
    whole: list[int] = np.rint(np.asarray(values, dtype=float) / unit).astype(np.int64).tolist()
    return whole
