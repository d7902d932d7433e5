"""Batches: equal to a plain loop over the images, a pure function of their place, fair in what chance decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from asng_edu.nas.data.augmentation import Augmentation, draw
from asng_edu.nas.data.batches import _KIND, Batches
from asng_edu.nas.data.datasets import Data, Images


def made(count: int = 60, channels: int = 3, height: int = 10, width: int = 12, seed: int = 0) -> Data:
    """Random images, the last of whose labels tell their place."""
    rng = np.random.default_rng(seed)

    def images(count: int) -> Images:
        pixels = rng.integers(0, 256, (count, channels, height, width), dtype=np.uint8)
        return Images(torch.from_numpy(pixels), torch.arange(count))

    return Data("made", tuple(map(str, range(count))), train=images(count), test=images(7))


def plain_loop(
    data: Data, augmentation: Augmentation, size: int, seed: int, stream: int, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """The same batches as anybody would write them at first: one image after another, in float64."""
    images = data.train
    count, channels, height, width = images.pixels.shape
    rng = np.random.default_rng([seed, stream, epoch, _KIND])
    order = rng.permutation(count)
    draws = draw(augmentation, count, height, width, rng)
    pad = augmentation.crop
    for start in range(0, count - size + 1, size):
        batch = []
        for place in range(start, start + size):
            image = images.pixels[order[place]].double() / 255
            padded = torch.zeros(channels, height + 2 * pad, width + 2 * pad, dtype=torch.float64)
            padded[:, pad : pad + height, pad : pad + width] = image
            top, left = int(draws.top[place]), int(draws.left[place])
            image = padded[:, top : top + height, left : left + width]
            if draws.flip[place]:
                image = image.flip(2)
            image = torch.stack([(image[c] - data.mean[c]) / data.std[c] for c in range(channels)])
            row, column = int(draws.row[place]), int(draws.column[place])
            rows = slice(max(row, 0), max(row + augmentation.cutout, 0))
            columns = slice(max(column, 0), max(column + augmentation.cutout, 0))
            image[:, rows, columns] = 0
            batch.append(image)
        yield torch.stack(batch), images.labels[order[start : start + size]]


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "augmentation",
    [
        Augmentation(),
        Augmentation(crop=2),
        Augmentation(flip=True),
        Augmentation(cutout=4),
        Augmentation(cutout=5),
        Augmentation(crop=4, flip=True, cutout=6),
    ],
    ids=str,
)
def test_equal_to_a_plain_loop(augmentation: Augmentation, channels: int) -> None:
    data = made(channels=channels)
    batches = Batches(data.train, 16, data=data, seed=5, stream=2, augmentation=augmentation, dtype=torch.float64)
    expected = list(plain_loop(data, augmentation, 16, seed=5, stream=2, epoch=3))
    assert len(expected) == batches.steps == 3
    for step, (x, y) in enumerate(expected):
        ours, labels = batches.take(3, step)
        torch.testing.assert_close(ours, x, rtol=0, atol=1e-13)
        assert torch.equal(labels, y)


def test_single_precision_is_near_double() -> None:
    data = made()
    kept: dict[str, Any] = {"data": data, "seed": 0, "augmentation": Augmentation(2, True, 4)}
    x, _ = Batches(data.train, 60, **kept).take(0, 0)
    exact, _ = Batches(data.train, 60, dtype=torch.float64, **kept).take(0, 0)
    assert x.dtype == torch.float32
    torch.testing.assert_close(x.double(), exact, rtol=0, atol=1e-6)


def test_a_batch_depends_on_nothing_but_its_place() -> None:
    data = made()
    make: dict[str, Any] = {"data": data, "augmentation": Augmentation(2, True, 4)}
    places = [(epoch, step) for epoch in range(3) for step in range(3)]
    batches = Batches(data.train, 16, seed=1, **make)
    seen = {place: batches.take(*place) for place in places}
    for place in np.random.default_rng(0).permutation(places).tolist():
        torch.manual_seed(int(np.sum(place)))  # the global generator plays no part
        for other in (batches, Batches(data.train, 16, seed=1, **make)):
            x, y = other.take(*place)
            assert torch.equal(x, seen[tuple(place)][0])
            assert torch.equal(y, seen[tuple(place)][1])
    for others in (Batches(data.train, 16, seed=2, **make), Batches(data.train, 16, seed=1, stream=1, **make)):
        assert not torch.equal(others.take(0, 0)[1], seen[0, 0][1])
    assert not torch.equal(seen[1, 0][1], seen[0, 0][1])


def test_an_epoch_shows_no_image_twice_and_all_epochs_show_all() -> None:
    data = made(count=50)
    batches = Batches(data.train, 16, data=data, seed=0)
    shown = [torch.cat([batches.take(epoch, step)[1] for step in range(batches.steps)]) for epoch in range(8)]
    assert all(len(labels.unique()) == 48 for labels in shown)
    assert len(torch.cat(shown).unique()) == 50


def test_all_is_the_set_in_order() -> None:
    data = made()
    batches = Batches(data.train, 16, data=data, seed=0, augmentation=Augmentation(3, True, 4), dtype=torch.float64)
    for size, lengths in ((None, [15, 15, 15, 15]), (25, [20, 20, 20]), (1000, [60])):
        parts = list(batches.all(size))
        assert [len(y) for _, y in parts] == lengths
        assert torch.equal(torch.cat([y for _, y in parts]), data.train.labels)
        x = torch.cat([x for x, _ in parts])
        mean, std = (torch.tensor(values, dtype=torch.float64)[:, None, None] for values in (data.mean, data.std))
        torch.testing.assert_close(x, (data.train.pixels.double() / 255 - mean) / std, rtol=0, atol=1e-13)
        assert x.mean(dim=(0, 2, 3)).abs().max() < 1e-12
        assert (x.std(dim=(0, 2, 3), correction=0) - 1).abs().max() < 1e-12


@pytest.mark.parametrize("augmentation", [None, Augmentation(2, True, 4)])
def test_memory_order(augmentation: Augmentation | None) -> None:
    data = made()
    kinds = ((True, torch.channels_last), (False, torch.contiguous_format))
    taken = []
    for channels_last, order in kinds:
        batches = Batches(data.train, 8, data=data, seed=0, augmentation=augmentation, channels_last=channels_last)
        for x in (batches.take(0, 0)[0], next(batches.all())[0]):
            assert x.is_contiguous(memory_format=order)
        taken.append(batches.take(0, 0)[0])
    assert torch.equal(*taken)


def test_chance_is_fair() -> None:
    count = 20_000
    draws = draw(Augmentation(crop=2, flip=True, cutout=4), count, 10, 12, np.random.default_rng(0))

    def near(drawn: Tensor, low: int, high: int) -> bool:
        shares = torch.bincount(drawn - low, minlength=high - low + 1) / count
        expected = 1 / (high - low + 1)
        return len(shares) == high - low + 1 and bool(((shares - expected).abs() < 5 * (expected / count) ** 0.5).all())

    assert near(draws.top, 0, 4)
    assert near(draws.left, 0, 4)
    assert near(draws.flip.long(), 0, 1)
    assert near(draws.row, -2, 7)  # the centre, two rows below, is any row
    assert near(draws.column, -2, 9)
    pairs = torch.corrcoef(torch.stack([part.double() for part in draws]))
    assert (pairs - torch.eye(5, dtype=torch.float64)).abs().max() < 0.04


def test_cutout_fills_with_the_mean_and_sticks_out() -> None:
    white = Images(torch.full((400, 1, 8, 8), 255, dtype=torch.uint8), torch.zeros(400, dtype=torch.int64))
    data = Data("white", ("one",), train=Images(white.pixels.clone(), white.labels), test=white)
    data.train.pixels[0] = 0  # so that white is not the mean
    x, _ = Batches(white, 400, data=data, seed=0, augmentation=Augmentation(cutout=4)).take(0, 0)
    areas = (x == 0).sum(dim=(1, 2, 3))
    assert areas.max() == 16
    assert areas.min() == 4  # two rows and columns are left where the centre is in the corner
    assert len(x.unique()) == 2


def test_the_images_are_left_alone() -> None:
    data = made()
    before = data.train.pixels.clone()
    batches = Batches(data.train, 16, data=data, seed=0, augmentation=Augmentation(2, True, 4))
    x, _ = batches.take(0, 0)
    x.zero_()
    next(batches.all())[0].zero_()
    assert torch.equal(data.train.pixels, before)
    assert batches.take(0, 0)[0].abs().sum() > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"crop": -1}, "crop must be a whole number of at least 0, but is -1"),
        ({"cutout": 1.5}, "cutout must be a whole number of at least 0, but is 1.5"),
        ({"flip": 1}, "flip must be True or False, but is 1"),
    ],
)
def test_bad_augmentations(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Augmentation(**arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 61}, "A batch must be at most as large as its set of 60 images, but is 61"),
        ({"size": 0}, "size must be a whole number of at least 1, but is 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, but is -1"),
        ({"stream": None}, "stream must be a whole number of at least 0, but is None"),
        (
            {"augmentation": Augmentation(crop=10)},
            "crop must be less than the 10 pixels of an image's side, but is 10",
        ),
        (
            {"augmentation": Augmentation(cutout=11)},
            "cutout must be at most the 10 pixels of an image's side, but is 11",
        ),
    ],
)
def test_bad_batches(arguments: dict[str, Any], words: str) -> None:
    data = made()
    with pytest.raises(ValueError, match=words):
        Batches(data.train, **{"size": 16, "data": data, "seed": 0, **arguments})


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((0, 3), "step must be less than the 3 batches of an epoch, but is 3"),
        ((0, -1), "step must be a whole number of at least 0, but is -1"),
        ((-1, 0), "epoch must be a whole number of at least 0, but is -1"),
    ],
)
def test_batches_that_do_not_exist(place: tuple[int, int], words: str) -> None:
    data = made()
    with pytest.raises(ValueError, match=words):
        Batches(data.train, 16, data=data, seed=0).take(*place)


@pytest.mark.parametrize("size", [1, 7, 10, 59, 60, 61])
def test_all_images_come_once_in_nearly_equal_batches(size: int) -> None:
    data = made()
    count = len(data.train.labels)
    batches = list(Batches(data.train, 16, data=data, seed=0).all(size))
    sizes = [len(labels) for _, labels in batches]
    assert torch.equal(torch.cat([labels for _, labels in batches]), data.train.labels)
    assert len(sizes) == -(-count // size)
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("count", [2, 3, 5, 6])
def test_no_image_is_by_itself(count: int) -> None:
    """BN, which takes the statistics of a batch, would refuse it."""
    data = made()
    few = data.train.take(torch.arange(count))
    labels = [labels for _, labels in Batches(few, 2, data=data, seed=0).all()]
    assert min(map(len, labels)) >= 2
    assert torch.equal(torch.cat(labels), few.labels)


def test_bad_sizes_of_all_are_refused_at_once() -> None:
    data = made()
    with pytest.raises(ValueError, match="size must be a whole number of at least 1, but is 0"):
        Batches(data.train, 16, data=data, seed=0).all(0)
