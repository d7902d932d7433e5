"""1×1 convolutions, those with a stride so done that oneDNN does not destroy memory.

oneDNN, with which PyTorch convolves on x86 CPUs, writes past the end of its workspace in the gradient of a strided 1×1
kernel, if the picture is channels-last and has fewer channels than one of its blocks, 8 or 16 (its issue 6035, in
PyTorch 2.13 and 2.14; once that is mended, this file can go). A stride of a 1×1 kernel only says which pixels are read:
so those are taken out first. It costs a copy, and only narrow networks pay it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

NARROW = 16  # channels below which the workspace is too short: 8 for AVX2, 16 for AVX-512


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
