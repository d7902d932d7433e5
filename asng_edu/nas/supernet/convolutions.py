"""The layers that operations and cells are made of: 1×1 and depthwise convolutions, pooling, batch normalisation (BN).

PyTorch convolves on CPUs with oneDNN, which needs help in two places.

**Strided 1×1 convolutions.** oneDNN writes past the end of its workspace in the gradient of a strided 1×1 kernel, if
the image is channels-last and has fewer channels than one of its blocks, 8 or 16 (its issue 6035, in PyTorch 2.13 and
2.14; once that is mended, :class:`PointwiseConv` can go). A stride of a 1×1 kernel only says which pixels are read: so
those are taken out first. It costs a copy, and only narrow networks pay it.

**Wide depthwise convolutions.** oneDNN computes the gradient of a depthwise kernel quickly up to a width of 3; for a
5×5 kernel it takes 15 times as long as for a 3×3 one. But the columns of a kernel have nothing to do with each other:
the gradient of each is that of a one-column kernel on a shifted image. So three columns are done at a time. Average
pooling is a depthwise convolution too, with equal weights, and quicker as one than by PyTorch's own loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

Kernel = tuple[int, int]  # height and width, both odd

NARROW = 16  # channels below which the workspace is too short: 8 for AVX2, 16 for AVX-512
COLUMNS = 3  # up to which width oneDNN is quick


def batch_norm(channels: int, affine: bool) -> nn.BatchNorm2d:
    """Return a BN layer for retraining (affine) or for the supernet (neither scale and shift nor running statistics).

    Running statistics would average over all sampled paths and fit none of them, so the supernet normalises by the
    batch it is given, in evaluation mode too.
    """
    return nn.BatchNorm2d(channels, affine=affine, track_running_stats=affine)


class PointwiseConv(nn.Conv2d):
    """A 1×1 convolution without bias, from ``before`` to ``channels`` channels."""

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__(before, channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        every = self.stride[0]
        narrow = every > 1 and self.in_channels < NARROW and x.device.type == "cpu"
        if narrow and torch.is_grad_enabled():
            return conv2d(x[..., ::every, ::every], self.weight)
        return super().forward(x)


def padding_of(kernel: Sequence[int]) -> Kernel:
    """Return by how much an image is padded, so that a convolution of stride 1 keeps its size."""
    return kernel[0] // 2, kernel[1] // 2


def conv_bn(before: int, channels: int, kernel: int | Kernel, stride: int, affine: bool) -> nn.Sequential:
    """Return a dense convolution, BN. One number is the height and the width of a kernel."""
    size = (kernel, kernel) if isinstance(kernel, int) else kernel
    if size == (1, 1):
        conv: nn.Module = PointwiseConv(before, channels, stride)
    else:
        conv = nn.Conv2d(before, channels, size, stride, padding=padding_of(size), bias=False)
    return nn.Sequential(conv, batch_norm(channels, affine))


class FactorisedReduction(nn.Module):
    """Halve height and width without losing pixels: two strided 1×1 convolutions of half width, BN.

    The first reads the pixels at even rows and columns, the second those at odd ones; beyond the edge of an odd-sized
    image it reads zeros. Of an odd number of channels the first convolution makes one more.
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


class DepthwiseConv(nn.Conv2d):
    """A convolution, without bias, of each channel by a kernel of its own."""

    def __init__(self, channels: int, kernel: Kernel, stride: int) -> None:
        super().__init__(channels, channels, kernel, stride, padding=padding_of(kernel), groups=channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        height, width = self.kernel_size
        wide = height > 1 and COLUMNS < width <= 2 * x.shape[3] + 1
        if wide and torch.is_grad_enabled() and _on_cpu(x):
            return column_wise(x, self.weight, self.stride[0])
        return super().forward(x)


class AveragePool(nn.AvgPool2d):
    """The average over a window, what lies beyond the border being zeros."""

    def __init__(self, window: Kernel, stride: int) -> None:
        super().__init__(window, stride, padding=padding_of(window))
        self.window, self.every = window, stride

    def forward(self, x: Tensor) -> Tensor:
        return average(x, self.window, self.every) if _on_cpu(x) else super().forward(x)


def average(x: Tensor, window: Kernel, stride: int) -> Tensor:
    """Return the averages over windows as a depthwise convolution."""
    height, width = window
    weight = x.new_full((x.shape[1], 1, height, width), 1 / (height * width))
    return conv2d(x, weight, stride=stride, padding=padding_of(window), groups=x.shape[1])


def _on_cpu(x: Tensor) -> bool:
    return x.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


def column_wise(x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Return the depthwise convolution of (B, C, H, W) by (C, 1, h, k), k // 2 ≤ W, with a gradient by columns."""
    output: Tensor = _ColumnWise.apply(x, weight, stride)  # type: ignore[no-untyped-call]
    return output


class _ColumnWise(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, weight: Tensor, stride: int) -> Tensor:
        return conv2d(x, weight, stride=stride, padding=padding_of(weight.shape[2:]), groups=len(weight))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, int], output: Tensor) -> None:
        x, weight, ctx.stride = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        (x, weight), stride = ctx.saved_tensors, ctx.stride
        padding, of_x, of_weight = padding_of(weight.shape[2:]), None, None
        if ctx.needs_input_grad[0]:
            of_x = _convolution_backward(gradient, x, weight, stride, padding, (True, False, False))[0]
        if ctx.needs_input_grad[1]:
            parts: list[Tensor] = []
            for columns in weight.split(COLUMNS, dim=3):
                width, left = columns.shape[3], padding[1] - sum(part.shape[3] for part in parts)
                right = stride * (gradient.shape[3] - 1) + width - left - x.shape[3]
                met = pad(x, (left, right))  # the part of x that these columns meet; negative numbers cut
                rows = (padding[0], 0)
                parts.append(_convolution_backward(gradient, met, columns, stride, rows, (False, True, False))[1])
            of_weight = torch.cat(parts, dim=3)
        return of_x, of_weight, None


def _convolution_backward(
    gradient: Tensor, x: Tensor, weight: Tensor, stride: int, padding: tuple[int, int], which: tuple[bool, bool, bool]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of a depthwise convolution that are asked for, those of x, of the weight and of no bias.

    (What torch.nn.grad has for this forgets that x is channels-last, and then takes ten times as long.)
    """
    steps = ([stride] * 2, padding, [1, 1], False, [0, 0], len(weight))
    gradients: tuple[Tensor, Tensor, Tensor]
    gradients = torch.ops.aten.convolution_backward(gradient, x, weight, None, *steps, which)
    return gradients
