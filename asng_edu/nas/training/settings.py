"""The settings of a search and of a retraining: every option, its default and its meaning in one place.

``asng-edu search --help`` is made from this file, and so are the records.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from asng_edu._common import checks
from asng_edu._common.options import as_json, check_options, option, options_of
from asng_edu.nas.data.registry import dataset_names
from asng_edu.nas.spaces.base import MOST_CELLS, SPACES, Space, space_from_json
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.strategies.asng import ASNGSettings
from asng_edu.nas.strategies.base import MOST_SAMPLES, STRATEGIES, StrategySettings, strategy_from_json

PRECISIONS = ("float32", "bfloat16")
LARGEST = 1e6  # rate or weight decay; well inside of what a float32 holds
MOST_EPOCHS, MOST_IMAGES = 1_000_000, 1_000_000  # images in a batch
MOST_PIXELS, MOST_CHANNELS = 10_000, 65_536


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """What a search and a retraining have in common."""

    data: str = option("clutter", "name of the data set")
    images: int | None = option(None, "use only so many training images", int, least=1)
    epochs: int = option(1, "passes over the images that the weights learn from", least=1, most=MOST_EPOCHS)
    batch: int = option(64, "images in a batch", least=2, most=MOST_IMAGES)
    rate: float = option(0.025, "first learning rate of the weights")
    momentum: float = option(0.9, "momentum of the weights")
    weight_decay: float = option(3e-4, "weight decay of the weights")
    clip: float = option(5.0, "greatest length of their gradient")
    crop: int | None = option(
        None, "pixels of padding for random crops; by default what suits the data", int, most=MOST_PIXELS
    )
    flip: bool | None = option(None, "mirror images at random; by default what suits the data", bool)
    cutout: int = option(0, "side of the square that is cut out, in pixels", most=MOST_PIXELS)
    precision: str = option("float32", "float32 or bfloat16 (autocast)")
    patience: int = option(10, "steps without a finite loss, one after another, after which it stops", least=1)
    seed: int = option(0, "seed of everything", most=2**63 - 1)

    def __post_init__(self) -> None:
        if not isinstance(self.data, str) or not self.data:
            names = ", ".join(dataset_names())
            raise ValueError(f"data must be the name of a data set, one of {names}, but is {checks.short(self.data)}.")
        checks.one_of("precision", self.precision, PRECISIONS)
        for name in ("rate", "clip"):
            checks.positive(name, getattr(self, name))
        if not 0 <= checks.real("momentum", self.momentum) < 1:
            raise ValueError(f"momentum must lie from 0 to below 1, but is {checks.short(self.momentum)}.")
        if not 0 <= checks.real("weight_decay", self.weight_decay) < math.inf:
            raise ValueError(f"weight_decay must be finite and at least 0, but is {checks.short(self.weight_decay)}.")
        for name in ("rate", "clip", "weight_decay"):
            if getattr(self, name) > LARGEST:
                raise ValueError(f"{name} must be at most {LARGEST:g}, but is {checks.short(getattr(self, name))}.")
        check_options(self)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON gives them back."""
        return {one.name: as_json(getattr(self, one.name)) for one in fields(self)}


CLUTTER_SPACE = CellSpace(
    kinds=("normal",),
    nodes=3,
    operations=("identity", "max_pool_3x3", "avg_pool_3x3", "conv_1x1", "conv_3x3", "sep_conv_5x5"),
    chain=True,
    output="last",
    share_inputs=True,
)
CLUTTER_STRATEGY = ASNGSettings(lam=4)


@dataclass(frozen=True, kw_only=True)
class SearchSettings(TrainingSettings):
    """What a search does. Its defaults are the preset for the cluttered digits; :data:`PRESETS` holds the others.

    Attributes
    ----------
    space : Space
        What there is to choose; its JSON, or the name of one, will do.
    strategy : StrategySettings
        How to choose; its JSON, or the name of one, will do.

    Raises
    ------
    ValueError
        For a value outside its range, on construction.

    Notes
    -----
    Taught in chapter *The supernet and the search*. The other attributes are the options of ``asng-edu search``.

    Examples
    --------
    >>> CLUTTER.change(nodes=2, strategy="sng", delta0=0.2).strategy
    SNGSettings(lam=4, margin='asng', utility='mean', price=0.0, delta0=0.2)
    """

    space: Space[Any] = CLUTTER_SPACE
    strategy: StrategySettings = CLUTTER_STRATEGY

    cells: int = option(2, "cells of the supernet, in a space of cells", least=1, most=MOST_CELLS)
    channels: int = option(4, "channels of its first cell", least=2, most=MOST_CHANNELS)
    epochs: int = option(48, "passes over D_x", least=1, most=MOST_EPOCHS)
    warmup: float = option(2 / 3, "share of them, the first, in which only the weights learn, on paths as at the start")
    batch: int = option(64, "images in a batch of D_x", least=2, most=MOST_IMAGES)
    theta_batch: int = option(128, "images in a batch of D_θ", least=2, most=MOST_IMAGES)
    fraction: float = option(0.5, "share of the training images in D_x, where the data do not say")
    lam_x: int = option(1, "λ_x, paths for a step of the weights", least=1, most=MOST_SAMPLES)

    rate: float = option(0.2, "first learning rate of the weights; falls to 0 by a cosine")
    clip: float = option(0.3, "greatest length of their gradient")
    augment_theta: bool = option(False, "crop, mirror and cut out the images of D_θ too")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, registry, kind, from_json in (
            ("space", SPACES, Space, space_from_json),
            ("strategy", STRATEGIES, StrategySettings, strategy_from_json),
        ):
            value = getattr(self, name)
            if not isinstance(value, kind):
                value = registry[registry.check(value)]() if isinstance(value, str) else from_json(value)
                object.__setattr__(self, name, value)
        if not 0 <= checks.real("warmup", self.warmup) <= 1:
            raise ValueError(f"warmup must be a share from 0 to 1, but is {checks.short(self.warmup)}.")
        if not 0 < checks.real("fraction", self.fraction) < 1:
            raise ValueError(f"fraction must lie between 0 and 1, but is {checks.short(self.fraction)}.")
        if taken := _names(self) & (_names(self.space) | _names(self.strategy)):
            raise ValueError(
                f"every search has the option {min(taken)}: the space {self.space.name} and the strategy "
                f"{self.strategy.name} must call theirs by other names."
            )
        self.strategy.make(self.space, self.seed)  # a sentence now, not after the data are loaded

    @property
    def warmup_epochs(self) -> int:
        """How many epochs the warm-up lasts."""
        return round(self.warmup * self.epochs)

    def change(self, **changes: Any) -> Self:
        """Return these settings with others in place of some: of the search, of its space or of its strategy.

        The names are those of the options of ``asng-edu search``. ``space="layers"`` or ``strategy="sng"`` takes
        another kind, which keeps the values of the settings that both kinds have.

        Raises
        ------
        ValueError
            For a name that none of them has, and for values out of range.
        """
        space = of_kind(SPACES, self.space, changes)
        strategy = of_kind(STRATEGIES, self.strategy, changes)
        own = {one.name for one in fields(self)}
        if unknown := [name for name in changes if name not in own]:
            raise ValueError(
                f"there is no setting {unknown[0]!r} of this search, of the space {space.name} or of the strategy "
                f"{strategy.name}; there are {', '.join(sorted(own | _names(space) | _names(strategy)))}."
            )
        return dataclasses.replace(self, space=space, strategy=strategy, **changes)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON gives them back; ``from_json`` reads them."""
        return super().to_json() | {"space": self.space.to_json(), "strategy": self.strategy.to_json()}

    @classmethod
    def from_json(cls, found: Any) -> SearchSettings:
        """Return the settings that a record tells of, this version's or one's from before 0.2.

        Raises
        ------
        ValueError
            If they are not those of a search, or of another version.
        """
        if isinstance(found, dict) and "space" not in found and "method" in found:
            found = _from_flat(found)
        names = {one.name for one in fields(cls)}
        if not isinstance(found, dict) or not found.keys() <= names:
            unknown = sorted(set(found) - names) if isinstance(found, dict) else [checks.short(found)]
            raise ValueError(f"the record is not of a search, or of another version: it has {', '.join(unknown)}.")
        return cls(**found)


def _names(settings: Any) -> set[str]:
    return {one.name for one in options_of(settings)}


def of_kind(registry: Any, settings: Any, changes: dict[str, Any]) -> Any:
    """Return the settings of a space or of a strategy with the changes that are theirs, which are taken out.

    A change to another kind, by its name, keeps the values of the settings that both kinds have.
    """
    what = registry.what
    chosen = changes.pop(what, settings)
    if isinstance(chosen, str):
        kind = registry[registry.check(chosen)]
        if kind is type(settings):
            chosen = settings
        else:
            shared = {one.name for one in fields(kind)} & {one.name for one in fields(settings)}
            chosen = kind(**{name: getattr(settings, name) for name in shared})
    elif isinstance(chosen, dict):
        chosen = {"space": space_from_json, "strategy": strategy_from_json}[what](chosen)
    kind, such_as = {"space": (Space, "a space"), "strategy": (StrategySettings, "the settings of one")}[what]
    checks.instance(what, chosen, kind, f"{such_as}, its JSON, or one of {', '.join(registry)}")
    mine = {one.name for one in fields(chosen)} & changes.keys()
    return dataclasses.replace(chosen, **{name: changes.pop(name) for name in mine}) if mine else chosen


OF_STRATEGY = ("delta0", "alpha", "utility", "margin", "candidates")
OF_SPACE = ("kinds", "nodes", "operations", "chain", "output", "share_inputs")


def _from_flat(found: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a record from before version 0.2, where they all stood side by side."""
    old = dict(found)
    space = CellSpace(**{name: old.pop(name) for name in OF_SPACE if name in old})
    kind = STRATEGIES[STRATEGIES.check(old.pop("method"))]
    had = {name: old.pop(name) for name in OF_STRATEGY if name in old} | {"lam": old.pop("lam_theta", 4)}
    strategy = kind(**{name: value for name, value in had.items() if name in _names(kind)})
    epochs, warmup = old.get("epochs", 48), old.pop("warmup_epochs", 32)
    share = checks.integer("warmup_epochs", warmup, 0) / checks.integer("epochs", epochs, 1)
    return {**old, "space": space, "strategy": strategy, "warmup": share}


CLUTTER = SearchSettings()

# The article's experiment 3.2; what it leaves open is as in the authors' code.
CIFAR10_SPACE = CellSpace()
CIFAR10_STRATEGY = ASNGSettings(lam=2)
CIFAR10 = SearchSettings(
    data="cifar10",
    space=CIFAR10_SPACE,
    strategy=CIFAR10_STRATEGY,
    cells=8,
    channels=16,
    epochs=100,
    warmup=0.0,
    batch=64,
    theta_batch=64,
    augment_theta=True,
    lam_x=2,
    rate=0.025,
    clip=5.0,
    cutout=16,
)

DIGITS = CLUTTER.change(data="digits", epochs=60, theta_batch=64)

PRESETS: Mapping[str, SearchSettings] = {"clutter": CLUTTER, "digits": DIGITS, "cifar10": CIFAR10}


def preset_for(data: str) -> str:
    """Return the name of the preset that a data set is searched with when none is named."""
    checks.instance("data", data, str, "the name of a data set")
    return data if data in PRESETS else "cifar10"
