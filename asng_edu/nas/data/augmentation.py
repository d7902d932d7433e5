"""Random crops, flips and cutout of a batch of images, all at once and without worker processes.

Images are bytes as long as can be. A crop is one gather from a view that holds every window of the padded images
without copying one; a flip chooses between an image and its mirror; normalisation is one multiply-add; cutout
multiplies by 0. Taught in the chapter *The CIFAR-10 cell search*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from asng_edu._common import checks

MOST_PIXELS = 10_000  # along a side


@dataclass(frozen=True)
class Augmentation:
    """How an image is changed each time it is seen.

    Attributes
    ----------
    crop : int
        Pixels of black added on every side, before a random window of the image's size is cut out; 0: none.
    flip : bool
        Whether half of the images are mirrored, left to right.
    cutout : int
        Side of a square that is filled with the mean colour (0 after normalisation), in pixels; 0: none. Its centre
        is any pixel, so that the square may stick out of the image (DeVries and Taylor, 2017).

    Raises
    ------
    ValueError
        If a number is negative or not whole, or flip is neither true nor false.

    Examples
    --------
    >>> Augmentation(crop=4, flip=True, cutout=16)
    Augmentation(crop=4, flip=True, cutout=16)
    """

    crop: int = 0
    flip: bool = False
    cutout: int = 0

    def __post_init__(self) -> None:
        checks.integer("crop", self.crop, 0, MOST_PIXELS)
        checks.integer("cutout", self.cutout, 0, MOST_PIXELS)
        checks.boolean("flip", self.flip)

    def fit(self, height: int, width: int) -> None:
        """Raise a ValueError if images of this size are too small to be changed like this."""
        side = min(checks.integer("height", height, 1), checks.integer("width", width, 1))
        if self.crop >= side:
            raise ValueError(f"crop must be less than the {side} pixels of an image's side, but is {self.crop}.")
        if self.cutout > side:
            raise ValueError(f"cutout must be at most the {side} pixels of an image's side, but is {self.cutout}.")


class Draws(NamedTuple):
    """What chance decides for each of N images."""

    top: Tensor  # (N,) int64: first row and column of the crop in the padded image
    left: Tensor
    flip: Tensor  # (N,) bool
    row: Tensor  # (N,) int64: first row and column of the cutout in the crop, may be negative
    column: Tensor


def draw(augmentation: Augmentation, count: int, height: int, width: int, rng: np.random.Generator) -> Draws:
    """Draw the crop, flip and cutout of ``count`` images of ``height`` × ``width`` pixels."""
    top, left = rng.integers(0, 2 * augmentation.crop + 1, (2, count))
    flip = rng.integers(0, 2, count).astype(bool) & augmentation.flip
    row = rng.integers(0, height, count) - augmentation.cutout // 2
    column = rng.integers(0, width, count) - augmentation.cutout // 2
    return Draws(*(torch.from_numpy(drawn) for drawn in (top, left, flip, row, column)))


def windows(pixels: Tensor, crop: int) -> Tensor:
    """Pad uint8 images (N, C, H, W) and return a view (N, 2·crop + 1, 2·crop + 1, C, H, W) of all their crops.

    The pixels lie in memory as (N, H, W, C), so that every crop is in PyTorch's channels_last order.
    """
    height, width = pixels.shape[2:]
    padded = torch.nn.functional.pad(pixels.permute(0, 2, 3, 1), (0, 0, crop, crop, crop, crop)).contiguous()
    return padded.unfold(1, height, 1).unfold(2, width, 1)


def mirror(cut: Tensor, flip: Tensor) -> Tensor:
    """Return images (B, C, H, W), those mirrored left to right whose ``flip``, (B,), is true."""
    return torch.where(flip[:, None, None, None], cut.flip(3), cut)


def normalise(cut: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Turn bytes into numbers: byte · scale + shift.

    Parameters
    ----------
    cut : uint8 tensor, shape (B, C, H, W)
        In any memory order; channels_last is fast.
    scale, shift : float tensors, shape (C,)

    Returns
    -------
    float tensor, shape (B, C, H, W)
        In the precision of ``scale`` and in channels_last order.
    """
    lines = _lines(cut).to(scale.dtype)
    width = cut.shape[3]
    return _pixels(torch.addcmul(shift.repeat(width), lines, scale.repeat(width)), cut.shape[1])


def cut_out(x: Tensor, size: int, row: Tensor, column: Tensor) -> Tensor:
    """Return images (B, C, H, W) with 0 in a square of ``size`` pixels from ``row`` and ``column``, (B,), on."""
    lines = _lines(x)
    channels, height, width = x.shape[1:]
    down = torch.arange(height, device=x.device) - row[:, None]
    right = (torch.arange(width, device=x.device) - column[:, None]).repeat_interleave(channels, dim=1)
    keep_row, keep_column = (((at < 0) | (at >= size)).to(x.dtype) for at in (down, right))
    return _pixels(lines * torch.maximum(keep_row[:, :, None], keep_column[:, None, :]), channels)


# Channels_last images as lines of width · channels numbers: the innermost loops are three times as long as an
# image is wide, where loops over three channels alone took ten times the time.


def _lines(pixels: Tensor) -> Tensor:
    return pixels.permute(0, 2, 3, 1).flatten(2)


def _pixels(lines: Tensor, channels: int) -> Tensor:
    return lines.view(*lines.shape[:2], -1, channels).permute(0, 3, 1, 2)
