"""Cluttered digits: the same bytes from the same seed, made as they are said to be made, from separate digits."""

from __future__ import annotations

import builtins
import hashlib
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from asng_edu.nas.data.sets import clutter as module
from asng_edu.nas.data.sets.clutter import DIGIT, FRAGMENT, FRAGMENTS, NOISE, SIDE, clutter
from asng_edu.nas.data.sets.digits import digits, split


def test_the_bytes_of_a_seed_are_known() -> None:
    digest = hashlib.sha256()
    for part in clutter(seed=0):
        digest.update(part.pixels.tobytes())
        digest.update(part.labels.astype("<i8").tobytes())
    assert digest.hexdigest() == "44782fcf2e99b6ad73d78423e91e37f933e656d8511e6d0ff56df923e0dc848e"


def test_shapes_and_counts() -> None:
    train, theta, test = clutter()
    assert [len(part.labels) for part in (train, theta, test)] == [4000, 4000, 2000]
    for part in (train, theta, test):
        assert part.pixels.shape == (len(part.labels), 1, SIDE, SIDE)
        assert part.pixels.dtype == np.uint8
        assert part.labels.dtype == np.int64
        assert np.bincount(part.labels, minlength=10).min() > 0.08 * len(part.labels)


def test_other_seeds_make_other_images_of_the_same_base_digits() -> None:
    for one, other in zip(clutter(seed=0), clutter(seed=1), strict=True):
        assert (one.pixels != other.pixels).mean() > 0.5
        assert set(one.base) == set(other.base)


def test_parts_share_no_base_digit_and_use_each_equally_often() -> None:
    parts = clutter()
    used = [np.unique(part.base, return_counts=True) for part in parts]
    assert len(np.unique(np.concatenate([base for base, _ in used]))) == sum(len(base) for base, _ in used) == 1797
    for _, counts in used:
        assert counts.max() - counts.min() <= 1
    labels = digits()[1]
    for part in parts:
        np.testing.assert_array_equal(labels[part.base], part.labels)


def test_the_split_holds_every_index_once_and_the_share_of_every_class() -> None:
    labels = digits()[1]
    parts = split(labels, module.SHARES)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(1797))
    for part, share in zip(parts, module.SHARES, strict=True):
        np.testing.assert_allclose(np.bincount(labels[part]), share * np.bincount(labels), atol=1)


def test_without_noise_an_image_is_its_digit_and_two_fragments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain form: try every place of the digit, and see that two small squares explain all the rest."""
    monkeypatch.setattr(module, "NOISE", 0)
    images = digits()[0]
    for part in clutter(seed=3, training=40, test=20):
        places = set()
        for image, base in zip(part.pixels[:, 0], part.base, strict=True):
            here = []
            for top in range(SIDE - DIGIT + 1):
                for left in range(SIDE - DIGIT + 1):
                    window = image[top : top + DIGIT, left : left + DIGIT]
                    rest = image.copy()
                    same = rest[top : top + DIGIT, left : left + DIGIT]
                    same[window == images[base]] = 0
                    if (window >= images[base]).all() and covered(rest > 0, FRAGMENTS):
                        here.append((top, left))
            assert here
            places.update(here)
        assert len(places) > 5


def covered(marked: np.ndarray[Any, Any], squares: int) -> bool:
    """Tell whether so many squares of a fragment's size can cover all marked pixels."""
    if not marked.any():
        return True
    if squares == 0:
        return False
    row = int(np.argmax(marked.any(axis=1)))  # a square must cover the first marked pixel of the first marked row
    column = int(np.argmax(marked[row]))
    for left in range(max(column - FRAGMENT + 1, 0), column + 1):
        rest = marked.copy()
        rest[row : row + FRAGMENT, left : left + FRAGMENT] = False
        if covered(rest, squares - 1):
            return True
    return False


def test_noise_is_as_strong_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    noisy = clutter()[0].pixels.astype(int)
    monkeypatch.setattr(module, "NOISE", 0)
    clean = clutter()[0].pixels.astype(int)
    middle = (clean >= 2 * NOISE) & (clean <= 255 - 2 * NOISE)  # where nothing is cut off
    noise = (noisy - clean)[middle]
    # Each of two whole numbers from −n … n has variance n(n + 1)/3.
    assert noise.std() == pytest.approx((2 * NOISE * (NOISE + 1) / 3) ** 0.5, rel=0.01)
    assert abs(noise.mean()) < 4 * noise.std() / len(noise) ** 0.5
    assert np.abs(noise).max() <= 2 * NOISE


def test_few_images() -> None:
    assert [len(part.labels) for part in clutter(training=3, test=1)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seed": -1}, "seed must be a whole number of at least 0, but is -1"),
        ({"seed": 0.5}, "seed must be a whole number"),
        ({"training": 1}, "training must be a whole number of at least 2, but is 1"),
        ({"test": 0}, "test must be a whole number of at least 1, but is 0"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        clutter(**arguments)


def test_a_missing_scikit_learn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "sklearn.datasets", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match="scikit-learn is not installed: pip install scikit-learn"):
        digits()
