"""A recorded search to go through epoch by epoch: θ, the most probable cell and the curves, from its record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypedDict

from asng_book.live.figure import live
from asng_book.pages import results
from asng_edu._common import checks
from asng_edu.jobs import schema
from asng_edu.nas.runs import records
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Genotype, search_record
from asng_edu.nas.training.settings import SearchSettings


class Curves(TypedDict):
    """What the figure draws curves of, epoch by epoch."""

    entropy: float | None
    mean_max_theta: float | None
    delta: float | None
    s_norm2: float | None
    gamma: float | None
    train_loss: float | None
    theta_loss: float | None
    train_accuracy: float | None
    theta_accuracy: float | None


class Line(Curves):
    """What the figure reads of an epoch."""

    epoch: records.Size
    warmup: bool
    genotype: dict[str, Any]
    theta: list[Annotated[float, schema.Range(0, 1)]]


class SearchRecord(TypedDict):
    """What the figure reads of a record."""

    settings: dict[str, Any]
    step: records.Count
    steps: records.Count
    finished: bool
    history: list[Line]


def replay(record: str | Path | Mapping[str, Any], *, epoch: int | None = None) -> Any:
    """Return a search as a live figure with a slider over its epochs.

    Parameters
    ----------
    record : path or dict
        The record ``search.json`` of ``asng-edu search``, finished or not; the folder that holds it; the name of one
        that is committed with the book; or the record itself.
    epoch : int, optional
        Where the slider starts; by default at the last one.

    Raises
    ------
    ValueError
        If there is no such record, or it is not one of a search with at least one epoch; if it has no such epoch.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.

    Examples
    --------
    >>> figure = replay("cifar10_search.json", epoch=1)
    """
    options = compact(dict(record) if isinstance(record, Mapping) else read(record))
    if epoch is not None:
        last = options["epochs"][-1]
        if not 1 <= checks.integer("epoch", epoch, 1) <= last:
            raise ValueError(f"epoch must be from 1 to {last}, the last in the record, but is {epoch}.")
        options["epoch"] = epoch
    return live("replay", **options)


def read(path: str | Path) -> records.Record:
    """Return the record in a file, in a folder or among those of the book.

    Raises
    ------
    ValueError
        If there is none, or it is not the record of a search.
    """
    file = search_record(path)
    if not file.exists() and file.name == str(Path(path)) and (results.FOLDER / file).is_file():
        file = results.path(file.name)
    return records.read(file, "search")


def compact(record: Any) -> dict[str, Any]:
    """Return what the figure needs of a record: θ in thousandths, the cells as codes, the curves to four digits.

    Raises
    ------
    ValueError
        If it is not the record of a search with at least one epoch.
    """
    found = schema.read(SearchRecord, records.check(record, "search"), "the record")
    history = found["history"]
    if not history:
        raise ValueError("the record has no epoch yet: try again when the search has come to the end of one.")
    try:
        settings = SearchSettings.from_json(found["settings"])
    except TypeError as error:
        raise ValueError(f"the settings of the record are not those of a search: {error}.") from None
    space = settings.space
    if not isinstance(space, CellSpace):
        raise ValueError(f"the replay shows cells, but this search is of the space {space.name}.")
    if (space.inputs, space.slots) != (2, 2):
        raise ValueError(
            "the replay draws cells with two inputs and nodes with two slots, but this search has "
            f"inputs: {space.inputs}, slots: {space.slots}."
        )
    genotypes = [Genotype.from_json(line["genotype"]) for line in history]
    theta = [[round(1000 * value) for value in line["theta"]] for line in history]
    lines: list[dict[str, Any]] = [{**line} for line in history]
    if any(len(row) != space.options for row in theta):
        raise ValueError(f"each θ of the record must have {space.options} entries, as its settings say.")
    family = space.categorical(getattr(settings.strategy, "margin", "asng"))
    codes = [space.encode(genotype) for genotype in genotypes]
    sure = family.project(family.statistics(codes[-1][None])[0])
    return {
        "finished": found["finished"],
        "step": found["step"],
        "steps": found["steps"],
        "method": settings.strategy.name,
        "alpha": getattr(settings.strategy, "alpha", 1.5),
        "planned": settings.epochs,
        "warmup": sum(line["warmup"] for line in history),
        "output": space.output,
        "operations": list(space.operations),
        "decisions": [[d.kind, d.node, d.slot, d.what, list(d.options)] for d in space.decisions],
        "template": genotypes[-1].to_json(),
        "entropy_range": [_short(family.entropy(value)) for value in (sure, family.initial_theta())],
        "epochs": [line["epoch"] for line in history],
        "codes": [code.tolist() for code in codes],
        "theta": theta,
        "curves": {name: [_short(each[name]) for each in lines] for name in Curves.__annotations__},
    }


def _short(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")
