"""Signals: the same bytes from the same seed, each with its motif whole, made as they are said to be made."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from asng_edu.nas.data.datasets import load
from asng_edu.nas.data.sets.signals import LENGTH, LEVEL, MOTIF, NOISE, SWING, motifs, signals


def test_the_bytes_of_a_seed_are_known() -> None:
    digest = hashlib.sha256()
    for part in signals(seed=0):
        digest.update(part.values.tobytes())
        digest.update(part.labels.astype("<i8").tobytes())
    assert digest.hexdigest() == "d7f53dee015473798135c5559235c20235530873c27fed5d2d32d4348ac3869f"


def test_every_signal_holds_its_motif_whole() -> None:
    shapes = motifs()
    assert np.abs(shapes).max() <= SWING
    assert np.abs(shapes.mean(axis=1)).max() < SWING / MOTIF
    for part in signals(train=300, theta=200, test=100):
        windows = np.lib.stride_tricks.sliding_window_view(part.values[:, 0, 0].astype(int), MOTIF, axis=1)
        apart = np.abs(windows - LEVEL - shapes[part.labels][:, None]).max(axis=2)  # (N, places)
        assert (apart.min(axis=1) <= 2 * NOISE).all()


def test_motifs_are_used_equally_often_and_parts_differ() -> None:
    train, theta, test = signals()
    for part in (train, theta, test):
        assert np.ptp(np.bincount(part.labels, minlength=10)) <= 1
        assert part.values.shape == (len(part.labels), 1, 1, LENGTH)
    assert (train.values != theta.values).mean() > 0.5
    assert (train.values != signals(seed=1)[0].values).mean() > 0.5


def test_a_linear_classifier_does_not_see_them() -> None:
    """Where a motif lies is drawn, so single values say little: that is why the cell matters."""
    train, _, test = signals()
    x, y = (part.values[:, 0, 0].astype(float) - LEVEL for part in (train, test))
    weights = np.linalg.lstsq(np.c_[x, np.ones(len(x))], np.eye(10)[train.labels], rcond=None)[0]
    right = (np.c_[y, np.ones(len(y))] @ weights).argmax(axis=1) == test.labels
    assert right.mean() < 0.5


def test_they_can_be_loaded_by_name() -> None:
    data = load("signals")
    assert data.shape == (1, 1, LENGTH)
    assert data.theta is not None
    assert len(data.theta.labels) == len(data.train.labels) == 3000
    for bad in (0, -1, 1.5):
        with pytest.raises(ValueError, match="train"):
            signals(train=bad)  # type: ignore[arg-type]
