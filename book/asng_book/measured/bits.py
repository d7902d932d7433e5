"""Bits that are learned, and what they are worth beside bits that nobody learned.

``figures/structures_of_bits.py`` trains each arm with several seeds. Taught in chapter *Structures made of bits*.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from asng_edu.nas import AskTell, ASNGSettings, BitSpace, Data, RandomSearchSettings, Search, SearchSettings
from asng_edu.nas.data.batches import Batches
from asng_edu.nas.evaluators.base import Evaluator
from asng_edu.nas.strategies.base import Learned, Strategy

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

SPACE = BitSpace(layers=3, layer_units=8)
SETTINGS = SearchSettings(
    data="signals",
    space=SPACE,
    strategy=ASNGSettings(lam=2),
    channels=8,
    epochs=12,
    warmup=0.0,
    batch=100,
    theta_batch=100,
    rate=0.1,
    clip=5.0,
    crop=0,
)
SAMPLES = 8  # structures that are drawn to be measured
TEST_BATCH = 500  # signals, which are normalised together


class Measured(NamedTuple):
    """Test errors of a trained network of bits, without any further training.

    Attributes
    ----------
    named : float
        Of the structure that the strategy names.
    drawn : float
        Of one that it draws, on average over ``SAMPLES``.
    averaged : float
        Of the mean of the predictions of these.
    """

    named: float
    drawn: float
    averaged: float


class Fixed(Strategy):
    """One structure, from the first step to the last."""

    learns_while_training = False

    def __init__(self, space: BitSpace, code: Any) -> None:
        self.space, self.code = space, space.check_code(code)

    def propose(self, n: int) -> Sequence[Any]:
        return [self.code] * n

    def learn(self, evaluator: Evaluator) -> Learned:
        raise ValueError("a fixed structure learns nothing.")

    def result(self) -> Any:
        return self.space.decode(self.code)


def ones(search: Search) -> Floats:
    """Return the probability that each bit is 1, shape (D,)."""
    theta: Floats = np.asarray(search.strategy.record()["theta"])[1::2]
    return theta


def half(space: BitSpace, seed: int) -> Codes:
    """Return a structure of which each bit was drawn once, a half of them being 1 on average."""
    code: Codes = space.random_codes(seed, 1)[0]
    return code


def arm(name: str, seed: int, data: Data) -> Search:
    """Return the training of an arm at its beginning.

    Parameters
    ----------
    name : str
        "asng"; "random", bits drawn anew in every step; "on" or "off", all bits 1 or 0; or "half", bits drawn once.
    seed : int
    data : Data
    """
    settings, dim = SETTINGS.change(seed=seed), len(SPACE.decisions)
    fixed = {"on": np.ones(dim, int), "off": np.zeros(dim, int), "half": half(SPACE, seed)}
    if name == "asng":
        return Search(settings, data=data, device="cpu")
    if name == "random":
        settings = settings.change(strategy=RandomSearchSettings(candidates=SAMPLES))
        return Search(settings, data=data, device="cpu")
    return Search(settings, data=data, device="cpu", strategy=Fixed(SPACE, fixed[name]))


def alone(code: Any, seed: int, data: Data) -> Search:
    """Return the training of one structure by itself, as an arm is trained."""
    return Search(SETTINGS.change(seed=seed), data=data, device="cpu", strategy=Fixed(SPACE, code))


def train(search: Search) -> list[Floats]:
    """Take all steps; return θ after each epoch, if there is one that moves."""
    trace = []
    while not search.done:
        if search.advance() is not None and isinstance(search.strategy, AskTell):
            trace.append(ones(search))
    return trace


@torch.inference_mode()
def measure(search: Search) -> Measured:
    """Return the test errors of a trained network."""
    found = SPACE.encode(search.genotype())
    codes = [found] if isinstance(search.strategy, Fixed) else [found, *search.strategy.propose(SAMPLES)]
    batches = list(Batches(search.data.test, TEST_BATCH, data=search.data, seed=0).all())
    wrong, averaged = np.zeros(len(codes)), 0.0
    for x, labels in batches:
        predicted = torch.stack([search.network(x, SPACE.decode(code)).softmax(dim=1) for code in codes])
        wrong += (predicted.argmax(dim=2) != labels).sum(dim=1).numpy()
        averaged += float((predicted[1:].mean(dim=0).argmax(dim=1) != labels).sum())
    count = sum(len(labels) for _, labels in batches)
    if len(codes) == 1:
        return Measured(*[float(wrong[0]) / count] * 3)
    return Measured(float(wrong[0]) / count, float(wrong[1:].mean()) / count, averaged / count)


def read_trace(text: str) -> Floats:
    """Return θ as the table of the measurement has it, shape (epochs, D).

    >>> read_trace("500 500/100 963")
    array([[0.5  , 0.5  ],
           [0.1  , 0.963]])
    """
    return np.array([[int(p) for p in row.split()] for row in text.split("/")]) / 1000
