"""A data set: vertical or horizontal stripes in two random colours."""

import numpy as np
import torch

import asng_edu
from asng_edu.nas import DATASETS, Data, Images

CLASSES = ("vertical", "horizontal")


def draw(count, rng):
    """Return images of 16×16 pixels, with some noise."""
    labels = rng.integers(len(CLASSES), size=count)
    width = rng.integers(2, 5, size=(count, 1))
    place = rng.integers(8, size=(count, 1))
    stripes = (np.arange(16) + place) // width % 2 == 1  # (count, 16)
    vertical = (labels == 0)[:, None, None]
    stripes = np.where(vertical, stripes[:, None, :], stripes[:, :, None])  # (count, 16, 16)
    colours = rng.integers(256, size=(2, count, 3, 1, 1))
    pixels = np.where(stripes[:, None], *colours) + rng.normal(0, 30, (count, 3, 16, 16))
    pixels = pixels.clip(0, 255).astype(np.uint8)
    return Images(torch.from_numpy(pixels), torch.from_numpy(labels))


@DATASETS.register("stripes")
def load(argument, *, root=None, progress=True):
    """Return the same images on every call."""
    rng = np.random.default_rng(0)
    return Data("stripes", CLASSES, train=draw(2000, rng), test=draw(500, rng))


if __name__ == "__main__":
    raise SystemExit(asng_edu.cli.main())
