"""A recorded search to go through epoch by epoch: θ, the most probable cell and the curves, from its record."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asng_book.live.figure import live
from asng_book.pages import results
from asng_edu._common import checks
from asng_edu.nas.spaces.genotype import Genotype, search_record
from asng_edu.nas.training.settings import SearchSettings

# Of an epoch's line, what the figure has curves of.
CURVES = (
    "entropy", "mean_max_theta", "delta", "s_norm2", "gamma", "train_loss", "theta_loss", "train_accuracy",
    "theta_accuracy",
)  # fmt: skip


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
    options = compact(record if isinstance(record, Mapping) else read(record))
    if epoch is not None:
        last = options["epochs"][-1]
        if not 1 <= checks.integer("epoch", epoch, 1) <= last:
            raise ValueError(f"epoch must be from 1 to {last}, the last in the record, but is {epoch}.")
        options["epoch"] = epoch
    return live("replay", **options)


def read(path: str | Path) -> Any:
    """Return the record in a file, in a folder or among those of the book.

    Raises
    ------
    ValueError
        If there is none, or it is no JSON.
    """
    file = search_record(path)
    if not file.exists() and file.name == str(Path(path)) and (results.FOLDER / file).is_file():
        file = results.path(file.name)
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"{file} cannot be read ({error.strerror}): name the search.json of a search, or its folder."
        ) from None
    except ValueError:
        raise ValueError(f"{file} is no record of a search: it is not JSON.") from None


def compact(record: Any) -> dict[str, Any]:
    """Return what the figure needs of a record: θ in thousandths, the cells as codes, the curves to four digits.

    Raises
    ------
    ValueError
        If it is not the record of a search with at least one epoch.
    """
    if not isinstance(record, Mapping) or record.get("kind") != "search":
        kind = record.get("kind") if isinstance(record, Mapping) else type(record).__name__
        raise ValueError(f"the record must be one of asng-edu search, but its kind is {kind!r}.")
    try:
        settings = SearchSettings(**record["settings"])
        history = record["history"]
        if not history:
            raise ValueError("the record has no epoch yet: try again when the search has come to the end of one.")
        space = settings.space
        genotypes = [Genotype.from_json(line["genotype"]) for line in history]
        theta = [[round(1000 * value) for value in line["theta"]] for line in history]
        curves = {name: [_short(line[name]) for line in history] for name in CURVES}
        found = {key: record[key] for key in ("finished", "step", "steps")}
        epochs, warmup = [line["epoch"] for line in history], sum(line["warmup"] for line in history)
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"the record is not as asng-edu search writes it: {error} is missing or another kind."
        ) from None
    if any(len(row) != space.options for row in theta):
        raise ValueError(f"each θ of the record must have {space.options} entries, as its settings say.")
    family = space.categorical(settings.margin)
    codes = [space.encode(genotype) for genotype in genotypes]
    sure = family.project(family.statistics(codes[-1][None])[0])
    return {
        **found,
        "method": settings.method,
        "alpha": settings.alpha,
        "planned": settings.epochs,
        "warmup": warmup,
        "output": settings.output,
        "operations": list(settings.operations),
        "decisions": [[d.kind, d.node, d.slot, d.what, list(d.options)] for d in space.decisions],
        "template": genotypes[-1].to_json(),
        "entropy_range": [_short(family.entropy(value)) for value in (sure, family.initial_theta())],
        "epochs": epochs,
        "codes": [code.tolist() for code in codes],
        "theta": theta,
        "curves": curves,
    }


def _short(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")
