"""Data sets by name: what they hold, how they are split and limited, and what is said when they cannot be had."""

from __future__ import annotations

import builtins
import hashlib
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from asng_edu.nas.data.datasets import Data, Images, load
from asng_edu.nas.data.registry import dataset_names
from asng_edu.nas.data.vision import torchvision


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "asng_edu"


def images(labels: list[int], channels: int = 1) -> Images:
    """Images whose first pixel is their place."""
    pixels = torch.zeros(len(labels), channels, 4, 4, dtype=torch.uint8)
    pixels[:, 0, 0, 0] = torch.arange(len(labels), dtype=torch.uint8)
    return Images(pixels, torch.tensor(labels))


def places(images: Images) -> list[int]:
    found: list[int] = images.pixels[:, 0, 0, 0].tolist()
    return found


def made(labels: list[int], theta: list[int] | None = None) -> Data:
    return Data("made", ("a", "b", "c"), images(labels), images([0, 1, 2]), None if theta is None else images(theta))


def test_clutter() -> None:
    data = load("clutter")
    assert data.theta is not None
    assert data.train.pixels.shape == data.theta.pixels.shape == (4000, 1, 16, 16)
    assert len(data.test.labels) == 2000
    assert (data.channels, data.size, data.crop, data.flip) == (1, (16, 16), 0, False)
    assert data.classes == tuple("0123456789")
    train, theta = data.halves()
    assert train is data.train
    assert theta is data.theta
    both = data.training()
    assert torch.equal(both.pixels[4000:], data.theta.pixels)
    assert torch.equal(both.labels, torch.cat([data.train.labels, data.theta.labels]))


def test_digits() -> None:
    data = load("digits")
    assert (len(data.train.labels), len(data.test.labels)) == (1438, 359)
    assert (data.channels, data.size, data.crop, data.flip, data.theta) == (1, (8, 8), 1, False, None)
    assert data.train.pixels.max() == 255
    assert data.training() is data.train
    both = torch.cat([data.train.pixels, data.test.pixels]).flatten(1)
    assert len(both.unique(dim=0)) == 1797  # no digit stands twice


def test_mean_and_std_are_those_of_the_training_images() -> None:
    rng = np.random.default_rng(0)
    pixels = torch.from_numpy(rng.integers(0, 200, (50, 3, 5, 6), dtype=np.uint8))
    pixels[:, 2] = 77
    train = Images(pixels, torch.zeros(50, dtype=torch.int64))
    data = Data("made", ("a",), train, train)
    exact = pixels.double() / 255
    np.testing.assert_allclose(data.mean, exact.mean(dim=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(data.std[:2], exact.std(dim=(0, 2, 3), correction=0)[:2], rtol=1e-12)
    assert data.std[2] == 1.0  # nothing to divide by


@pytest.mark.parametrize("fraction", [0.5, 0.25, 0.9])
def test_halves_are_disjoint_and_whole(fraction: float) -> None:
    data = made([place % 3 for place in range(100)])
    first, second = data.halves(fraction, seed=1)
    assert len(first.labels) == round(100 * fraction)
    assert sorted(places(first) + places(second)) == list(range(100))
    for part in (first, second):
        assert part.labels.tolist() == [place % 3 for place in places(part)]


def test_halves_follow_their_seed() -> None:
    data = made([0, 1, 2] * 20)
    assert places(data.halves(seed=3)[0]) == places(data.halves(seed=3)[0])
    assert places(data.halves(seed=3)[0]) != places(data.halves(seed=4)[0])


@pytest.mark.parametrize("fraction", [0.001, 0.999, 1.0, 7.0])
def test_empty_halves_are_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match=f"leave images on both sides, but {fraction} of 60 training images does not"):
        made([0, 1, 2] * 20).halves(fraction)


@pytest.mark.parametrize("fraction", [0, -0.5, float("nan"), "half", None])
def test_fractions_that_are_none_are_refused(fraction: Any) -> None:
    with pytest.raises(ValueError, match="fraction must be a"):
        made([0, 1, 2] * 20).halves(fraction)


def test_a_limit_takes_the_first_of_every_class_in_turns() -> None:
    from asng_edu.nas.data.datasets import _limited

    data = made([0, 0, 0, 0, 0, 2, 1, 2, 1, 1])
    assert places(_limited(data, 1).train) == [0]
    assert places(_limited(data, 3).train) == [0, 5, 6]
    assert places(_limited(data, 4).train) == [0, 1, 5, 6]
    assert places(_limited(data, 9).train) == [0, 1, 2, 3, 5, 6, 7, 8, 9]  # a class that has no more leaves its turn
    assert places(_limited(data, 10).train) == list(range(10))
    assert places(_limited(data, 3).test) == [0, 1, 2]


def test_a_limit_is_shared_by_given_halves() -> None:
    data = load("clutter", images=101)
    assert data.theta is not None
    assert (len(data.train.labels), len(data.theta.labels), len(data.test.labels)) == (51, 50, 2000)
    assert torch.bincount(data.theta.labels).tolist() == [5] * 10


@pytest.mark.parametrize(
    ("name", "images", "words"),
    [
        ("digits", 0, "images must be a whole number of at least 1, but is 0"),
        ("digits", 2.5, "images must be a whole number of at least 1, but is 2.5"),
        ("digits", 1439, "images must be at most the 1438 training images of digits, but is 1439"),
        ("clutter", 8001, "images must be at most the 8000 training images of clutter, but is 8001"),
        ("clutter", 1, "images must be at least 2 for clutter"),
    ],
)
def test_bad_numbers_of_images(name: str, images: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        load(name, images)


@pytest.mark.parametrize("name", ["mnist", "", "folder", "folder:", "Clutter", 3, None])
def test_unknown_names(name: Any) -> None:
    with pytest.raises(
        ValueError, match="must be one of cifar10, clutter, digits, folder:PATH, signals, but is"
    ) as error:
        load(name)
    assert repr(name) in str(error.value)
    assert len(dataset_names()) == 5


def replaced(**fields: Any) -> dict[str, Any]:
    return {"name": "n", "classes": ("a", "b", "c"), "train": images([0, 1, 2]), "test": images([0, 1]), **fields}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"train": Images(torch.zeros(3, 1, 4, 4), torch.zeros(3).long())},
            r"train.pixels must be uint8 .* torch.float32",
        ),
        ({"test": Images(torch.zeros(3, 4, 4).byte(), torch.zeros(3).long())}, r"test.pixels must be .* \(3, 4, 4\)"),
        ({"theta": images([])}, r"theta.pixels must be uint8 of shape \(N, C, H, W\), but .* \(0, 1, 4, 4\)"),
        (
            {"test": images([0, 1], channels=3)},
            r"test must have images of the same .*\(1, 4, 4\), but has \(3, 4, 4\)",
        ),
        (
            {"train": Images(images([0, 1]).pixels, torch.zeros(3).long())},
            r"train.labels must be int64 of shape \(2,\)",
        ),
        ({"train": Images(images([0, 1]).pixels, torch.zeros(2))}, r"train.labels must be int64 .* torch.float32"),
        ({"test": images([0, 3])}, r"test.labels must be from 0 to 2, .* but are from 0 to 3"),
        ({"test": images([-1, 2])}, r"test.labels must be from 0 to 2, .* but are from -1 to 2"),
    ],
)
def test_sets_that_do_not_fit(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Data(**replaced(**fields))


def test_torchvision_can_be_imported() -> None:
    code = (
        "from asng_edu.nas.data.vision import torchvision\n"
        "first = torchvision()\n"
        "assert first is torchvision()\n"
        "from torchvision.transforms import v2\n"
        "import torch\n"
        "print(v2.RandomCrop(4)(torch.zeros(3, 8, 8)).shape, first.datasets.CIFAR10.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "torch.Size([3, 4, 4]) CIFAR10", done.stderr


def test_a_missing_torchvision_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(ValueError, match=r"torchvision cannot be imported .*: pip install torchvision"):
        load("cifar10")


@pytest.fixture
def tiny_cifar10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """CIFAR-10's files with three and two images, and torchvision taking them for the real ones."""
    home = tmp_path / "elsewhere" / "cifar-10-batches-py"
    home.mkdir(parents=True)
    rng = np.random.default_rng(0)

    def write(name: str, content: dict[str, Any]) -> list[str]:
        data = pickle.dumps(content)
        (home / name).write_bytes(data)
        return [name, hashlib.md5(data).hexdigest()]

    def batch(labels: list[int]) -> dict[str, Any]:
        return {"data": rng.integers(0, 256, (len(labels), 3072), dtype=np.uint8), "labels": labels}

    kind = torchvision().datasets.CIFAR10
    monkeypatch.setattr(kind, "train_list", [write("data_batch_1", batch([3, 1])), write("data_batch_2", batch([0]))])
    monkeypatch.setattr(kind, "test_list", [write("test_batch", batch([9, 2]))])
    meta = write("batches.meta", {"label_names": [f"class {number}" for number in range(10)]})
    monkeypatch.setattr(kind, "meta", {"filename": meta[0], "key": "label_names", "md5": meta[1]})
    monkeypatch.setattr(kind, "url", "http://127.0.0.1:9/nothing.tar.gz")  # where nobody answers
    return home.parent


@pytest.mark.parametrize("where", ["root", "data", "cache"])
def test_cifar10_is_found(tiny_cifar10: Path, cache: Path, where: str) -> None:
    if where != "root":
        place = Path("data") if where == "data" else cache
        place.parent.mkdir(parents=True, exist_ok=True)
        tiny_cifar10.rename(place)
    data = load("cifar10", root=tiny_cifar10 if where == "root" else None)
    assert data.train.pixels.shape == (3, 3, 32, 32)
    assert data.train.labels.tolist() == [3, 1, 0]
    assert data.test.labels.tolist() == [9, 2]
    assert data.classes[3] == "class 3"
    assert (data.crop, data.flip) == (4, True)
    first = np.random.default_rng(0).integers(0, 256, (2, 3072), dtype=np.uint8)[0].reshape(3, 32, 32)
    np.testing.assert_array_equal(data.train.pixels[0].numpy(), first)


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_cifar10_that_cannot_be_had(tiny_cifar10: Path, damage: str) -> None:
    if damage == "missing":
        root = tiny_cifar10.parent / "empty"
    else:
        root = tiny_cifar10
        (root / "cifar-10-batches-py" / "test_batch").write_bytes(b"changed")
    with pytest.raises(ValueError, match="could not be downloaded") as error:
        load("cifar10", root=root)
    for words in (f"not found whole below {root}", "cifar-10-batches-py", "folder:PATH"):
        assert words in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_changed_cifar10_is_not_unpickled(tiny_cifar10: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return (exec, ("open('hacked', 'w')",))

    (tiny_cifar10 / "cifar-10-batches-py" / "data_batch_1").write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(ValueError, match="could not be downloaded"):
        load("cifar10", root=tiny_cifar10)
    assert not Path("hacked").exists()


def test_a_missing_pillow_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("train", "test"):
        for name in ("a", "b"):
            (tmp_path / part / name).mkdir(parents=True)
            (tmp_path / part / name / "1.png").write_bytes(b"")
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "PIL":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match="pip install pillow"):
        load(f"folder:{tmp_path}")
