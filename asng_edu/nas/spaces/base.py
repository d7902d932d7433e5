"""What every search space can do: the one interface that strategies, searches and trainings see."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu._common.checks import short
from asng_edu._common.options import as_json, check_options
from asng_edu.distributions import Categorical
from asng_edu.nas._common.registry import Registry
from asng_edu.nas.spaces.genotype import GenotypeError

if TYPE_CHECKING:  # they need torch
    from torch import Tensor

    from asng_edu.nas.supernet.base import SearchNetwork
    from asng_edu.nas.supernet.mixture import Mixture

MOST = 100  # nodes, slots, layers, or inputs of a cell
MOST_CELLS = 1000  # of a network

#: The kinds of space by name; ``@SPACES.register("mine")`` over a subclass of :class:`Space` adds one.
SPACES: Registry[type[Space[Any]]] = Registry("space", "asng_edu.nas.spaces")


class Decision(Protocol):
    """One thing that a search decides, one categorical variable; ``str`` says which in words."""

    @property
    def options(self) -> tuple[str, ...]:
        """The K choices in words."""

    @property
    def size(self) -> int:
        """K, the number of choices."""


class Choice(Protocol):
    """An architecture of a space: a value that compares, can serve as a key, and prints as what it is."""

    def to_json(self) -> dict[str, Any]:
        """Return dictionaries, lists, numbers and strings only."""


G = TypeVar("G", bound=Choice)


class Space(ABC, Generic[G]):
    """A finite space of architectures, each of them a vector of categorical decisions.

    A subclass is a frozen dataclass. It says what there is to decide, how an architecture becomes a vector and back,
    and which network holds them all; the rest follows. Its fields that are made by
    :func:`asng_edu._common.options.option` are options of ``asng-edu search --space NAME``.

    Attributes
    ----------
    name : str
        Under which the space is registered.
    """

    name: ClassVar[str]
    keys: ClassVar[tuple[str, ...]] = ()  # of the JSON of an architecture, by which it is known for one of this kind

    def __post_init__(self) -> None:
        check_options(self)

    @property
    @abstractmethod
    def decisions(self) -> Sequence[Decision]:
        """All D decisions, in the order of the categorical variables."""

    @abstractmethod
    def check(self, choice: G) -> G:
        """Return an architecture, in the space's own form, if it is one of this space.

        Raises
        ------
        GenotypeError
            If not; the message says where it leaves the space.
        """

    @abstractmethod
    def encode(self, choice: G) -> NDArray[np.int64]:
        """Return c, shape (D,): for each decision the number of the option that the architecture takes.

        Raises
        ------
        GenotypeError
            If it is none of this space.
        """

    @abstractmethod
    def decode(self, c: ArrayLike) -> G:
        """Return the architecture of a vector c, shape (D,), such as a sample or the mode of :meth:`categorical`.

        Raises
        ------
        ValueError
            If c has another shape or an entry outside its options.
        """

    @abstractmethod
    def choice_from_json(self, value: Any) -> G:
        """Return the architecture that its ``to_json`` wrote, checked; raise a GenotypeError if it is none."""

    @abstractmethod
    def make_network(
        self,
        *,
        cells: int,
        channels: int,
        classes: int = 10,
        image_channels: int = 3,
        genotype: G | None = None,
        affine: bool = False,
        auxiliary: bool = False,
    ) -> SearchNetwork:
        """Return the supernet, which holds the weights of every architecture, or with a genotype the network of one.

        The parameters are those of :class:`asng_edu.nas.Network`.
        """

    @abstractmethod
    def mixture(self, gates: Sequence[Tensor]) -> Mixture:
        """Return what the supernet runs if every decision is a weighted mean of its options.

        Parameters
        ----------
        gates : sequence of Tensor
            For each of :attr:`decisions`, in this order, one weight for each option: (K,). They need not sum to 1.
        """

    @classmethod
    def holding_json(cls, value: Any) -> tuple[Space[G], G]:
        """Return an architecture from its JSON, and a space of this kind's usual form that holds it."""
        raise GenotypeError(f"an architecture of the space {cls.name} can be read only with its record.")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the space of this kind that :meth:`to_json` wrote; what it leaves out has the default value.

        Raises
        ------
        ValueError
            If ``value`` is no dictionary, of another kind, or names anything that a space of this kind does not have.
        """
        found = space_from_json({"name": cls.name, **value} if isinstance(value, dict) else value)
        if not isinstance(found, cls):
            raise ValueError(f"the space must be of the kind {cls.name}, but is of the kind {found.name}.")
        return found

    # What follows from the decisions.

    @property
    def options(self) -> int:
        """ΣK, the options of all decisions together: the length of θ."""
        return sum(decision.size for decision in self.decisions)

    @property
    def n_theta(self) -> int:
        """n_θ = Σ(K − 1), the free parameters of the distribution."""
        return self.options - len(self.decisions)

    @property
    def size(self) -> int:
        """ΠK, how many vectors there are, exactly."""
        return math.prod(decision.size for decision in self.decisions)

    def categorical(self, margin: str | float = "asng") -> Categorical:
        """Return the distribution over this space, one variable for each decision.

        Raises
        ------
        ValueError
            If there is nothing to decide, or the margin is none of :class:`asng_edu.Categorical`.
        """
        if not self.decisions:
            raise ValueError(
                "this space holds a single architecture, so there is nothing to decide and no distribution over it."
            )
        return Categorical([decision.size for decision in self.decisions], margin=margin)

    def random(self, rng: np.random.Generator | int) -> G:
        """Draw an architecture, each vector equally likely."""
        rng = checks.generator("rng", rng)
        return self.decode([rng.integers(decision.size) for decision in self.decisions])

    def random_codes(self, rng: np.random.Generator | int, n: int) -> NDArray[np.int64]:
        """Draw n vectors c, shape (n, D), each equally likely."""
        rng, sizes = checks.generator("rng", rng), [decision.size for decision in self.decisions]
        return rng.integers(sizes, size=(checks.integer("n", n, 1, 2**26), len(sizes)))

    def describe(self, choice: G | ArrayLike) -> tuple[str, ...]:
        """Return every decision in words, of an architecture or of a vector c."""
        c = self.check_code(choice) if not hasattr(choice, "to_json") else self.encode(choice)  # type: ignore[arg-type]
        return tuple(f"{d}: {d.options[k]}" for d, k in zip(self.decisions, c, strict=True))

    def check_code(self, c: ArrayLike) -> NDArray[np.int64]:
        """Return a vector c as int64, shape (D,); raise a ValueError if it is none of this space."""
        sizes = np.array([decision.size for decision in self.decisions], dtype=np.int64)
        given = checks.as_array("c", c)
        shape = given.shape
        if shape != sizes.shape:
            raise ValueError(f"c must have shape {sizes.shape}, one number for each decision, but has {shape}.")
        if not sizes.size:
            return sizes
        checked: NDArray[np.int64] = checks.whole_array("c", given[None], len(sizes), sizes)[0]
        return checked

    def check_gates(self, gates: Sequence[Tensor]) -> list[Tensor]:
        """Return gates if they are one tensor for each decision, of the shape (K,); else raise a ValueError."""
        decisions = self.decisions
        if not decisions:
            raise ValueError("gates weigh decisions, but this space holds a single architecture: give that.")
        tensors = isinstance(gates, list | tuple) and all(hasattr(gate, "is_floating_point") for gate in gates)
        if not tensors or any(gate.is_sparse or gate.is_meta or not gate.is_floating_point() for gate in gates):
            raise ValueError(f"gates must be a list of dense tensors of real numbers, but are {short(gates)}.")
        if len(gates) != len(decisions):
            raise ValueError(f"gates must be {len(decisions)} tensors, one for each decision, but are {len(gates)}.")
        for place, (decision, gate) in enumerate(zip(decisions, gates, strict=True)):
            if tuple(gate.shape) != (decision.size,):
                raise ValueError(f"gate {place} must have shape ({decision.size},), but has {tuple(gate.shape)}.")
        return list(gates)

    def to_json(self) -> dict[str, Any]:
        """Return the space as dictionaries, lists, numbers and strings, for a record."""
        values = {one.name: as_json(getattr(self, one.name)) for one in fields(self)}  # type: ignore[arg-type]
        return {"name": self.name, **values}


def space_from_json(value: Any) -> Space[Any]:
    """Return the space that ``to_json`` wrote; without a name it is one of cells, as older records have it.

    Raises
    ------
    ValueError
        If there is no space of that name, or it has other settings.

    Examples
    --------
    >>> space_from_json({"nodes": 3, "kinds": ["normal"]}).name
    'cells'
    """
    if not isinstance(value, dict):
        raise ValueError(f"a space must be a dictionary of its settings, but is {short(value)}.")
    kind = SPACES[SPACES.check(value.get("name", "cells"))]
    known = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    given = {name: entry for name, entry in value.items() if name != "name"}
    if unknown := [name for name in given if name not in known]:
        raise ValueError(f"the space {kind.name} has {', '.join(known)}, but this one has {short(unknown[0])} too.")
    return kind(**given)


def read_choice(value: Any) -> tuple[Space[Any], Any]:
    """Return a space, and its architecture, from the architecture's JSON alone, where no record names the space.

    Raises
    ------
    GenotypeError
        If it is the JSON of no kind of architecture, or no space of the kind's usual form holds it.
    """
    keys = value if isinstance(value, dict) else ()
    kind = next((kind for kind in SPACES.values() if any(key in keys for key in kind.keys)), SPACES["cells"])
    return kind.holding_json(value)
