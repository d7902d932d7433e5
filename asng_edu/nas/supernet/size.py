"""How large the network of a genotype is, without building its weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from asng_edu._common import checks
from asng_edu.nas.spaces.base import Choice, Space, read_choice
from asng_edu.nas.supernet.base import SearchNetwork
from asng_edu.nas.supernet.operations import MOST_CHANNELS


class Size(NamedTuple):
    """The size of a network.

    Attributes
    ----------
    parameters : int
        All numbers that training adapts, those of BN among them.
    multiply_adds : int
        Multiplications (each with its addition) of all convolutions and the linear layer for one image.
    """

    parameters: int
    multiply_adds: int


def count(
    genotype: Choice,
    space: Space[Any] | None = None,
    cells: int = 20,
    channels: int = 36,
    classes: int = 10,
    image: tuple[int, int, int] = (3, 32, 32),
) -> Size:
    """Return the size of the network as it is retrained: BN with scale and shift, no auxiliary head.

    Parameters
    ----------
    genotype : Genotype
        The network's cells, or an architecture of another space.
    space : Space, optional
        To which it belongs; by default one of the article's form, ``CellSpace.holding(genotype)``.
    cells, channels, classes : int
        As for :class:`asng_edu.nas.supernet.network.Network`.
    image : (channels, height, width)
        Of an image.

    Returns
    -------
    Size
        An operation that a node applies twice to the same input is one and runs once.

    Raises
    ------
    ValueError
        If there is no such network.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.

    Examples
    --------
    >>> from asng_edu.nas import Genotype
    >>> identity = ((0, "identity"), (1, "identity"))
    >>> count(Genotype(normal=(identity,), reduction=(identity,)), cells=3, channels=4)
    Size(parameters=2174, multiply_adds=725152)
    """
    network = _outline(genotype, space, cells, channels, classes, image)
    multiply_adds = 0

    def add(module: nn.Module, _: Any, output: Tensor) -> None:
        nonlocal multiply_adds
        # Each number of the output is a sum over one filter, or over one row of the linear layer.
        multiply_adds += output.numel() * module.get_parameter("weight")[0].numel()

    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(add)
    with torch.inference_mode():
        network(torch.empty(1, *image, device="meta"))
    return Size(_parameters(network), multiply_adds)


def widest(
    genotype: Choice,
    space: Space[Any] | None = None,
    *,
    max_parameters: float = 4e6,
    cells: int = 20,
    classes: int = 10,
    image: tuple[int, int, int] = (3, 32, 32),
) -> int:
    """Return the largest number of channels with which the network has at most ``max_parameters``, by bisection.

    Parameters
    ----------
    genotype, space, cells, classes, image
        As for :func:`count`.
    max_parameters : float
        The limit; the article's cell has 4.0 million at most.

    Raises
    ------
    ValueError
        If not even the narrowest network, of two channels, stays within the limit, or there is no such network.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.
    """
    limit = checks.positive("max_parameters", max_parameters)

    def fits(channels: int) -> bool:
        return _parameters(_outline(genotype, space, cells, channels, classes, image)) <= limit

    low, high = 2, 4  # bisection keeps: low fits, high does not
    if not fits(low):
        raise ValueError(f"max_parameters must admit a network of two channels, but is {checks.short(max_parameters)}.")
    while fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _outline(
    genotype: Choice,
    space: Space[Any] | None,
    cells: int,
    channels: int,
    classes: int,
    image: tuple[int, int, int],
) -> SearchNetwork:
    """Return the network on the meta device: modules and shapes, no numbers."""
    if space is not None:
        checks.instance("space", space, Space, "a space, such as CellSpace()")
    if not hasattr(genotype, "to_json"):
        raise ValueError(f"genotype must be an architecture, such as a Genotype, but is {checks.short(genotype)}.")
    if not isinstance(image, tuple | list) or len(image) != 3:
        raise ValueError(f"image must be (channels, height, width), but is {checks.short(image)}.")
    image_channels, *_ = (checks.integer("image", side, 1, MOST_CHANNELS) for side in image)
    with torch.device("meta"):
        network = (read_choice(genotype.to_json())[0] if space is None else space).make_network(
            cells=cells,
            channels=channels,
            classes=classes,
            image_channels=image_channels,
            genotype=genotype,
            affine=True,
        )
    return network.eval()


def _parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
