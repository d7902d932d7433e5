"""The settings of a retraining: which cell, in which network, trained how.

``asng-edu retrain --help`` is made from this file, and so are the records.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.nas.spaces.base import MOST_CELLS, Choice, Space, read_choice, space_from_json
from asng_edu.nas.spaces.genotype import GenotypeError, read_json, search_record
from asng_edu.nas.training.settings import (
    MOST_CHANNELS,
    MOST_EPOCHS,
    MOST_IMAGES,
    MOST_PIXELS,
    SearchSettings,
    TrainingSettings,
)

SCHEDULES = ("cosine", "one-cycle")


@dataclass(frozen=True, kw_only=True)
class RetrainSettings(TrainingSettings):
    """What a retraining does. Its defaults are the article's; :data:`RETRAIN_PRESETS` holds the others.

    Attributes
    ----------
    genotype : Genotype
        The cell that is trained, or the architecture of another space; its JSON will do.
    space : Space
        What else defines it: what a cell puts out, for example. Its JSON will do; by default a space of the article's
        form that holds the genotype.

    Raises
    ------
    ValueError
        For a value outside its range or a genotype outside the space, on construction.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*. The other attributes are the options of ``asng-edu retrain``.

    Examples
    --------
    >>> cell = {"normal": [[[0, "identity"], [1, "sep_conv_3x3"]]]}
    >>> settings = RetrainSettings(cell, epochs=10)
    >>> settings.space.nodes, settings.cells, settings.batch
    (1, 20, 80)
    """

    genotype: Choice = field(kw_only=False)
    space: Space[Any] = field(default=None, kw_only=False)  # type: ignore[arg-type]

    data: str = option("cifar10", "name of the data set; by default what was searched on")
    cells: int = option(20, "cells of the network", least=1, most=MOST_CELLS)
    channels: int | None = option(
        None, "channels of its first cell; by default as many as max_parameters allow", int, least=2, most=MOST_CHANNELS
    )
    max_parameters: int = option(
        4_000_000, "most parameters, where channels do not say, without the auxiliary head", least=1, most=10**12
    )
    epochs: int = option(600, "passes over the training images", least=1, most=MOST_EPOCHS)
    batch: int = option(80, "images in a batch", least=2, most=MOST_IMAGES)
    rate: float = option(0.025, "greatest learning rate of the weights")
    schedule: str = option("cosine", "cosine (falls, epoch by epoch) or one-cycle (rises, then falls, step by step)")
    rise: float = option(0.2, "with --schedule one-cycle, the share of the steps in which the rate rises")
    auxiliary: float = option(0.4, "weight of the auxiliary head's loss, in networks with two reduction cells; 0: none")
    drop_path: float = option(0.3, "probability with which a path is dropped at the end; rises from 0")
    cutout: int = option(16, "side of the square that is cut out, in pixels", most=MOST_PIXELS)
    inherit: str | None = option(None, "folder of a finished search whose supernet gives the first weights", str)

    def __post_init__(self) -> None:
        super().__post_init__()
        genotype, space = self.genotype, self.space
        if space is None:
            space, genotype = read_choice(genotype.to_json() if hasattr(genotype, "to_json") else genotype)
        elif not isinstance(space, Space):
            space = space_from_json(space)
        genotype = space.check(genotype) if hasattr(genotype, "to_json") else space.choice_from_json(genotype)
        object.__setattr__(self, "genotype", genotype)
        object.__setattr__(self, "space", space)
        checks.one_of("schedule", self.schedule, SCHEDULES)
        if not 0 <= checks.real("auxiliary", self.auxiliary) < float("inf"):
            raise ValueError(f"auxiliary must be finite and at least 0, but is {checks.short(self.auxiliary)}.")
        for name in ("drop_path", "rise"):
            if not 0 <= checks.real(name, getattr(self, name)) < 1:
                raise ValueError(f"{name} must lie from 0 to below 1, but is {checks.short(getattr(self, name))}.")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON gives them back; ``from_json`` reads them."""
        return super().to_json() | {"genotype": self.genotype.to_json(), "space": self.space.to_json()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> RetrainSettings:
        """Return the settings that a record tells of.

        Raises
        ------
        ValueError
            If they are not those of a retraining, or of another version.
        """
        try:
            return cls(**found)
        except TypeError as error:
            raise ValueError(f"the record is not of a retraining, or of another version: {error}.") from None


# For the small images of clutter: the layout of the search, in seconds.
SMALL: Mapping[str, Any] = {
    "cells": 2, "channels": 4, "epochs": 10, "batch": 128, "rate": 0.03, "schedule": "one-cycle",
    "auxiliary": 0.0, "drop_path": 0.0, "cutout": 0,
}  # fmt: skip

# What differs from the article's retraining.
RETRAIN_PRESETS: Mapping[str, Mapping[str, Any]] = {
    "article": {},
    # The same network where there is no time for 600 epochs: a larger rate for a short while, less that slows learning.
    "short": {"epochs": 20, "batch": 128, "rate": 0.1, "schedule": "one-cycle", "drop_path": 0.0, "cutout": 8},
    "small": SMALL,
    "digits": {**SMALL, "epochs": 20, "batch": 64, "rate": 0.1},  # a smaller set, so more passes
}


def retrain_preset_for(data: str) -> str:
    """Return the name of the preset that a data set is retrained with when none is named."""
    checks.instance("data", data, str, "the name of a data set")
    return {"clutter": "small", "digits": "digits"}.get(data, "article")


def from_record(path: str | os.PathLike[str], preset: str | None = None, **overrides: Any) -> RetrainSettings:
    """Return the settings with which to train what a search has found.

    Parameters
    ----------
    path : path
        The record of a search or the folder that holds it (``search.json``), or the JSON file of a genotype. A
        record says also which space and data it is from, and, for ``small`` and ``digits``, the layout of the network.
    preset : {"article", "short", "small", "digits"}, optional
        By default ``small`` for the data ``clutter``, ``digits`` for ``digits``, else ``article``.
    **overrides
        Settings by name, which count more than all that.

    Returns
    -------
    RetrainSettings

    Raises
    ------
    ValueError
        If the file cannot be read, holds no genotype or one outside its space, or a setting is out of range.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.
    """
    if preset is not None:
        checks.one_of("preset", preset, RETRAIN_PRESETS)
    path = search_record(path)
    record = read_json(path)
    found = _found(path, record)
    layout = {name: found.pop(name, None) for name in ("cells", "channels")}
    preset = preset or retrain_preset_for(overrides.get("data", found.get("data", "")))
    chosen = dict(RETRAIN_PRESETS[preset])
    if preset in ("small", "digits"):
        chosen.update({name: value for name, value in layout.items() if value is not None})
    return RetrainSettings(**{**found, **chosen, **overrides})


def _found(path: Path, record: Any) -> dict[str, Any]:
    """Return what a retraining takes from a record, of a search or of another retraining, or from a genotype's file."""
    settings = record.get("settings") if isinstance(record, dict) else None
    value = record.get("genotype", record) if isinstance(record, dict) else record
    try:
        if not isinstance(settings, dict) or "genotype" not in record:
            space, genotype = read_choice(value)
            return {"genotype": genotype, "space": space}
        layout = {name: settings[name] for name in ("data", "cells", "channels")}
        space = read_space(settings)
        return {"genotype": space.choice_from_json(value), "space": space, **layout}
    except GenotypeError as error:
        raise GenotypeError(f"{str(path)!r} holds no genotype: {error}") from None
    except KeyError as error:
        raise ValueError(f"the settings in the record {str(path)!r} are not those of a search: {error}.") from None
    except ValueError as error:
        raise ValueError(f"the settings in the record {str(path)!r} are not those of a search: {error}") from None


def read_space(settings: Mapping[str, Any]) -> Space[Any]:
    """Return the space that the settings in a record tell of, a search's or a retraining's."""
    if "space" in checks.instance("settings", settings, Mapping, "a mapping from names to values"):
        return space_from_json(settings["space"])
    return SearchSettings.from_json(settings).space
