"""The operations a node can choose from, each a module that keeps the number of channels.

All convolutions stand in the order ReLU, convolution, batch normalisation (BN). With stride 2 an operation halves
height and width, odd sizes rounded up, so that whatever two slots of a node choose can be added.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import torch
from torch import Tensor, nn

from asng_edu._common import checks
from asng_edu.nas.supernet.depthwise import AveragePool, DepthwiseConv
from asng_edu.nas.supernet.pointwise import PointwiseConv

Factory = Callable[[int, int, bool], nn.Module]


def batch_norm(channels: int, affine: bool) -> nn.BatchNorm2d:
    """Return a BN layer for retraining (affine) or for the supernet (neither scale and shift nor running statistics).

    Running statistics would average over all sampled paths and fit none of them, so the supernet normalises by the
    batch it is given, in evaluation mode too.
    """
    return nn.BatchNorm2d(channels, affine=affine, track_running_stats=affine)


def conv_bn(before: int, channels: int, kernel: int, stride: int, affine: bool) -> nn.Sequential:
    """Return a dense convolution of odd ``kernel`` width, BN."""
    if kernel == 1:
        conv: nn.Module = PointwiseConv(before, channels, stride)
    else:
        conv = nn.Conv2d(before, channels, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, batch_norm(channels, affine))


class FactorisedReduction(nn.Module):
    """Halve height and width without losing pixels: two strided 1×1 convolutions of half width, BN.

    The first reads the pixels at even rows and columns, the second those at odd ones; beyond the edge of an odd-sized
    picture it reads zeros. Of an odd number of channels the first convolution makes one more.
    """

    def __init__(self, before: int, channels: int, affine: bool) -> None:
        super().__init__()
        self.even = PointwiseConv(before, channels - channels // 2, 2)
        self.odd = PointwiseConv(before, channels // 2, 2)
        self.norm = batch_norm(channels, affine)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        shifted = nn.functional.pad(x, (-1, width % 2, -1, height % 2))  # without the first row and column
        normalised: Tensor = self.norm(torch.cat([self.even(x), self.odd(shifted)], dim=1))
        return normalised


def identity(channels: int, stride: int, affine: bool) -> nn.Module:
    """Return what hands its input on, as it is or, with stride 2, by ReLU and factorised reduction."""
    return nn.Identity() if stride == 1 else nn.Sequential(nn.ReLU(), FactorisedReduction(channels, channels, affine))


def separable(kernel: int) -> Factory:
    """Return the factory of a separable convolution, applied twice; only the first has the stride."""

    def make(channels: int, stride: int, affine: bool) -> nn.Module:
        def once(stride: int) -> list[nn.Module]:
            return [
                nn.ReLU(),
                DepthwiseConv(channels, kernel, stride),
                nn.Conv2d(channels, channels, 1, bias=False),
                batch_norm(channels, affine),
            ]

        return nn.Sequential(*once(stride), *once(1))

    return make


def dense(kernel: int) -> Factory:
    """Return the factory of an ordinary convolution."""
    return lambda channels, stride, affine: nn.Sequential(
        nn.ReLU(), *conv_bn(channels, channels, kernel, stride, affine)
    )


def max_pool(channels: int, stride: int, affine: bool) -> nn.Module:
    """Return 3×3 maximum pooling."""
    return nn.MaxPool2d(3, stride, padding=1)


def avg_pool(channels: int, stride: int, affine: bool) -> nn.Module:
    """Return 3×3 average pooling; beyond the border are zeros, as in the code of ASNG's authors (not in DARTS)."""
    return AveragePool(stride)


#: Each operation's name and factory; ``factory(channels, stride, affine)`` makes the module.
OPERATIONS: dict[str, Factory] = {
    "identity": identity,
    "sep_conv_3x3": separable(3),
    "sep_conv_5x5": separable(5),
    "avg_pool_3x3": avg_pool,
    "max_pool_3x3": max_pool,
    "conv_1x1": dense(1),
    "conv_3x3": dense(3),
}


def add_operation(name: str, factory: Factory) -> None:
    """Make an operation of your own known by ``name``, for any :class:`asng_edu.nas.CellSpace` to list.

    Parameters
    ----------
    name : str
        Letters, digits, _ and -.
    factory : callable
        ``factory(channels, stride, affine)`` returns a module from (B, channels, H, W) to the same shape, or with
        stride 2 to (B, channels, ⌈H/2⌉, ⌈W/2⌉). ``affine`` says whether BN has a scale and a shift: hand it to
        :func:`batch_norm`. For a 1×1 convolution with a stride take
        :class:`asng_edu.nas.supernet.pointwise.PointwiseConv`: that of PyTorch destroys memory on some CPUs. A module
        without parameters must give equal outputs for equal inputs, for a cell runs it only once on each: no dropout.

    Raises
    ------
    ValueError
        If the name is not of that form or taken by another operation, or the factory cannot be called.

    Notes
    -----
    Taught in chapter *The search space*.

    Examples
    --------
    >>> add_operation("conv_7x7", dense(7))
    >>> make("conv_7x7", channels=4, stride=2)(torch.zeros(1, 4, 9, 9)).shape
    torch.Size([1, 4, 5, 5])
    >>> del OPERATIONS["conv_7x7"]
    """
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w-]*", name):
        raise ValueError(f"name must consist of letters, digits, _ and -, but is {name!r}.")
    if OPERATIONS.get(name, factory) is not factory:
        raise ValueError(f"name must be a new one, but there is an operation {name!r} already.")
    if not callable(factory):
        raise ValueError(f"factory must be a function of channels, stride and affine, but is {factory!r}.")
    OPERATIONS[name] = factory


def make(name: str, channels: int, stride: int = 1, affine: bool = False) -> nn.Module:
    """Return a new module that performs the operation ``name``.

    Parameters
    ----------
    name : str
        Of :data:`OPERATIONS`.
    channels : int
        Of the input and of the output.
    stride : int
        1 or 2.
    affine : bool
        Whether BN has a scale, a shift and running statistics (retraining) or none of them (the supernet).

    Raises
    ------
    ValueError
        For an unknown operation, and channels or a stride that are none.
    """
    factory = OPERATIONS[checks.one_of("operation", name, OPERATIONS)]
    if stride not in (1, 2):
        raise ValueError(f"stride must be 1 or 2, but is {stride!r}.")
    return factory(checks.integer("channels", channels, 1), stride, affine)
