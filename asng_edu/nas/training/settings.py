"""The settings of a search and of a retraining: every option, its default and its meaning in one place.

``asng-edu search --help`` is made from this file, and so are the records.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from asng_edu._common import checks
from asng_edu.nas.spaces.cell_space import ARTICLE_OPERATIONS, MOST, CellSpace, chain
from asng_edu.nas.spaces.genotype import short
from asng_edu.optimizers.natural_gradient import UTILITIES

METHODS = ("asng", "sng", "random")
PRECISIONS = ("float32", "bfloat16")
LARGEST = 1e6  # rate or weight decay; well inside of what a float32 holds


def names(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list."""
    return tuple(part.strip() for part in text.split(","))


def number_or_name(text: str) -> str | float:
    """Return a number if the text is one, else the text."""
    try:
        return float(text)
    except ValueError:
        return text


def option(default: Any, meaning: str, parse: Callable[[str], Any] | None = None) -> Any:
    """Return a dataclass field that is also an option of the command line."""
    return field(default=default, metadata={"meaning": meaning, "parse": parse or type(default)})


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """What a search and a retraining have in common."""

    data: str = option("clutter", "clutter, digits, cifar10 or folder:PATH")
    images: int | None = option(None, "use only so many training pictures", int)
    epochs: int = option(1, "passes over the pictures that the weights learn from")
    batch: int = option(64, "pictures in a batch")
    rate: float = option(0.025, "first learning rate of the weights")
    momentum: float = option(0.9, "momentum of the weights")
    weight_decay: float = option(3e-4, "weight decay of the weights")
    clip: float = option(5.0, "greatest length of their gradient")
    crop: int | None = option(None, "pixels of padding for random crops; by default what suits the data", int)
    cutout: int = option(0, "side of the square that is cut out, in pixels")
    precision: str = option("float32", "float32 or bfloat16 (autocast)")
    patience: int = option(10, "steps without a finite loss, one after another, after which it stops")
    seed: int = option(0, "seed of everything")

    def __post_init__(self) -> None:
        if not isinstance(self.data, str) or not self.data:
            raise ValueError(f"data must be clutter, digits, cifar10 or folder:PATH, but is {self.data!r}.")
        checks.one_of("precision", self.precision, PRECISIONS)
        self._check_least({"epochs": 1, "batch": 2, "cutout": 0, "patience": 1, "seed": 0})
        self._check_least({n: m for n, m in {"images": 1, "crop": 0}.items() if getattr(self, n) is not None})
        for name in ("rate", "clip"):
            checks.positive(name, getattr(self, name))
        if not 0 <= checks.real("momentum", self.momentum) < 1:
            raise ValueError(f"momentum must lie from 0 to below 1, but is {self.momentum!r}.")
        if not 0 <= checks.real("weight_decay", self.weight_decay) < math.inf:
            raise ValueError(f"weight_decay must be finite and at least 0, but is {self.weight_decay!r}.")
        for name in ("rate", "clip", "weight_decay"):
            if getattr(self, name) > LARGEST:
                raise ValueError(f"{name} must be at most {LARGEST:g}, but is {getattr(self, name)!r}.")

    def _check_least(self, least: Mapping[str, int]) -> None:
        for name, minimum in least.items():
            checks.integer(name, getattr(self, name), minimum)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON gives them back."""
        return {
            f.name: list(value) if isinstance(value := getattr(self, f.name), tuple) else value for f in fields(self)
        }


@dataclass(frozen=True, kw_only=True)
class SearchSettings(TrainingSettings):
    """What a search does. Its defaults are the preset for the cluttered digits; :data:`PRESETS` holds the others.

    Raises
    ------
    ValueError
        For a value outside its range, on construction.

    Notes
    -----
    Taught in chapter *The supernet and the search*.
    """

    method: str = option("asng", "asng, sng (δ stays at δ⁰) or random (uniform paths, then the best of the candidates)")

    kinds: tuple[str, ...] = option(("normal",), "kinds of cell: normal, reduction or both", names)
    nodes: int = option(3, "intermediate nodes of a cell")
    operations: tuple[str, ...] = option(
        ("identity", "max_pool_3x3", "avg_pool_3x3", "conv_1x1", "conv_3x3", "sep_conv_5x5"), "to choose from", names
    )
    chain: bool = option(True, "the first input of each node is the node before it")
    output: str = option("last", "what a cell puts out: its last node, or all its unused ones")
    share_inputs: bool = option(True, "the inputs of a node share an operation's weights")

    cells: int = option(2, "cells of the supernet")
    channels: int = option(4, "channels of its first cell")
    epochs: int = option(48, "passes over D_x")
    warmup_epochs: int = option(32, "of these, first, with uniform paths and θ at rest")
    batch: int = option(64, "pictures in a batch of D_x")
    theta_batch: int = option(128, "pictures in a batch of D_θ")
    fraction: float = option(0.5, "share of the training pictures in D_x, where the data do not say")

    lam_x: int = option(1, "λ_x, paths for a step of the weights")
    lam_theta: int = option(4, "λ_θ, paths for a step of θ")
    delta0: float = option(1.0, "δ⁰, the first trust region radius")
    alpha: float = option(1.5, "α of ASNG")
    utility: str = option("mean", "mean or rank")
    margin: str | float = option("asng", "asng, catcma, none or a number", number_or_name)
    candidates: int = option(48, "with --method random, cells that are compared at the end")

    rate: float = option(0.2, "first learning rate of the weights; falls to 0 by a cosine")
    clip: float = option(0.3, "greatest length of their gradient")
    augment_theta: bool = option(False, "crop, mirror and cut out the pictures of D_θ too")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("kinds", "operations"):  # lists, as JSON has them
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        checks.one_of("method", self.method, METHODS)
        checks.one_of("utility", self.utility, UTILITIES)
        checks.integer("nodes", self.nodes, 1, MOST)
        self._check_least({"cells": 1, "channels": 2, "theta_batch": 2, "warmup_epochs": 0})
        self._check_least({"lam_x": 1, "lam_theta": 2, "candidates": 1})
        for name in ("delta0", "alpha"):
            checks.positive(name, getattr(self, name))
        if self.warmup_epochs > self.epochs:
            raise ValueError(f"warmup_epochs must be at most epochs = {self.epochs}, but is {self.warmup_epochs}.")
        if not 0 < checks.real("fraction", self.fraction) < 1:
            raise ValueError(f"fraction must lie between 0 and 1, but is {self.fraction!r}.")
        for name in ("chain", "share_inputs", "augment_theta"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be True or False, but is {getattr(self, name)!r}.")
        self.space.categorical(self.margin)

    @classmethod
    def from_json(cls, found: Any) -> SearchSettings:
        """Return the settings that a record tells of.

        Raises
        ------
        ValueError
            If they are not those of a search, or of another version.
        """
        names = {f.name for f in fields(cls)}
        if not isinstance(found, dict) or not found.keys() <= names:
            unknown = sorted(set(found) - names) if isinstance(found, dict) else [short(found)]
            raise ValueError(f"the record is not of a search, or of another version: it has {', '.join(unknown)}.")
        return cls(**found)

    @property
    def space(self) -> CellSpace:
        """The space of cells."""
        return CellSpace(
            nodes=self.nodes,
            operations=self.operations,
            kinds=self.kinds,
            fixed=chain(self.nodes) if self.chain else (),
            output=self.output,
            share_inputs=self.share_inputs,
        )


CLUTTER = SearchSettings()

# The article's experiment 3.2; what it leaves open is as in the authors' code.
CIFAR10 = SearchSettings(
    data="cifar10",
    kinds=("normal", "reduction"),
    nodes=5,
    operations=ARTICLE_OPERATIONS,
    chain=False,
    output="unused",
    share_inputs=False,
    cells=8,
    channels=16,
    epochs=100,
    warmup_epochs=0,
    batch=64,
    theta_batch=64,
    augment_theta=True,
    lam_x=2,
    lam_theta=2,
    rate=0.025,
    clip=5.0,
    cutout=16,
)

DIGITS = dataclasses.replace(CLUTTER, data="digits", epochs=60, warmup_epochs=40, theta_batch=64)

PRESETS: Mapping[str, SearchSettings] = {"clutter": CLUTTER, "digits": DIGITS, "cifar10": CIFAR10}


def preset_for(data: str) -> str:
    """Return the name of the preset that a data set is searched with when none is named."""
    return data if data in PRESETS else "cifar10"
