"""What the networks of all spaces have in common: which path or mixture a call of one may run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from asng_edu._common import checks
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.supernet.mixture import Mixture
from asng_edu.nas.supernet.operations import MOST_CHANNELS

MOST_CLASSES = 1_000_000


class SearchNetwork(nn.Module):
    """A supernet, or with a genotype the network of one architecture. A space's ``make_network`` makes one.

    A subclass builds its modules and defines :meth:`forward`, which begins with :meth:`prepare` and :meth:`choose`.

    Attributes
    ----------
    space : Space
    genotype : optional
        The only architecture that the network holds; None for a supernet.
    image_channels : int
        Of the images that it takes.
    drop_path : float
        Probability with which each image loses an operation's output in training, where the network can do so.
    """

    has_auxiliary: ClassVar[bool] = False  # whether it can have a second classifier, for training only

    def __init__(
        self,
        space: Space[Any],
        genotype: Any,
        *,
        channels: int,
        classes: int,
        image_channels: int,
        affine: bool = False,
        auxiliary: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        checks.instance("space", space, Space, "a space, such as CellSpace()")
        checks.integer("channels", channels, 2, MOST_CHANNELS)
        checks.integer("classes", classes, 2, MOST_CLASSES)
        self.image_channels = checks.integer("image_channels", image_channels, 1, MOST_CHANNELS)
        checks.boolean("affine", affine)
        if checks.boolean("auxiliary", auxiliary) and not self.has_auxiliary:
            raise ValueError(f"auxiliary must be False: a {type(self).__name__} has no auxiliary head.")
        if not 0 <= checks.real("drop_path", drop_path) < 1:
            raise ValueError(f"drop_path must be at least 0 and below 1, but is {checks.short(drop_path)}.")
        self.space, self.drop_path = space, drop_path
        self.genotype = None if genotype is None else space.check(genotype)

    def forward(self, x: Tensor, choice: Any = None, *, generator: torch.Generator | None = None) -> Any:
        """Return the logits of a batch; see :meth:`asng_edu.nas.Network.forward`."""
        raise NotImplementedError

    def inherit(self, supernet: SearchNetwork) -> None:
        """Take over the weights that a supernet has for this network's operations; BN's scales and shifts stay.

        Raises
        ------
        ValueError
            If the supernet is of another space or size, or this network is a supernet itself.
        """
        checks.instance("supernet", supernet, SearchNetwork, "a network, as space.make_network() returns one")
        if self.genotype is None or supernet.genotype is not None or supernet.space != self.space:
            raise ValueError("a network inherits from a supernet of its own space, which this pair is not.")
        try:
            with torch.no_grad():
                self._inherit(supernet.with_weights_of(self.genotype))
        except (RuntimeError, KeyError, IndexError):
            raise ValueError("the supernet has other channels, cells or classes than this network.") from None

    def with_weights_of(self, genotype: Any) -> SearchNetwork:
        """Return a supernet that holds the weights of an architecture; this one, which holds those of all."""
        return self

    def _inherit(self, supernet: Any) -> None:
        """Copy the weights, by their names; a RuntimeError of shapes that differ will do."""
        copy_weights(self, supernet)

    def prepare(self, x: Tensor) -> Tensor:
        """Return a batch in the layout that is fastest; raise a ValueError if it has not the network's form."""
        if not isinstance(x, Tensor) or x.ndim != 4 or x.shape[1] != self.image_channels or 0 in x.shape:
            given = f"has {tuple(x.shape)}" if isinstance(x, Tensor) else f"is {checks.short(x)}"
            raise ValueError(f"x must have shape (B, {self.image_channels}, H, W), but {given}.")
        weight = next(self.parameters(), x)
        mixed = x.is_floating_point() and not x.is_meta and torch.is_autocast_enabled(x.device.type)
        if x.device != weight.device or x.layout != torch.strided or not (mixed or x.dtype == weight.dtype):
            raise ValueError(
                f"x must be {weight.dtype} on {weight.device}, as the network is, but is {x.dtype} on {x.device} "
                f"({x.layout})."
            )
        return x.contiguous(memory_format=torch.channels_last)

    def choose(self, choice: Any | Mixture | Sequence[Tensor] | None) -> Any | Mixture:
        """Return the architecture or the mixture that a call is to run; raise a ValueError if it cannot run here."""
        if choice is None:
            choice = self.genotype
        if choice is None:
            raise ValueError("The supernet has no genotype of its own: give it a path or gates.")
        if hasattr(choice, "to_json"):
            if self.genotype is not None and choice != self.genotype:
                raise ValueError("This network holds the operations of its own genotype only, but was given another.")
            return self.space.check(choice)
        if self.genotype is not None:
            raise ValueError("Gates need the supernet, but this network holds the operations of one genotype only.")
        if not isinstance(choice, Mixture):
            return self.space.mixture(choice)
        given = {kind: [tuple(node.shape) for node in nodes] for kind, nodes in choice.weights.items()}
        if given != self._mixed:
            raise ValueError(f"a mixture of this space has weights of the shapes {self._mixed}, but this one {given}.")
        return choice

    @cached_property
    def _mixed(self) -> dict[str, list[tuple[int, ...]]]:
        """The shapes of the weights of a mixture."""
        mixture = self.space.mixture([torch.ones(decision.size) for decision in self.space.decisions])
        return {kind: [tuple(node.shape) for node in nodes] for kind, nodes in mixture.weights.items()}


def add(terms: Sequence[Tensor]) -> Tensor:
    """Return the sum of one or more tensors."""
    total, *others = terms
    for term in others:
        total = total + term
    return total


def copy_weights(module: nn.Module, other: nn.Module) -> None:
    """Copy to a module's parameters those of another that have the same names, where the other has them."""
    theirs = dict(other.named_parameters())
    for name, parameter in module.named_parameters():
        if name in theirs:
            if theirs[name].shape != parameter.shape:
                raise RuntimeError(f"{name} has another shape.")
            parameter.copy_(theirs[name])
