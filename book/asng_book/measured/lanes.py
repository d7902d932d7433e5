"""A toy that can be searched in two ways, each network trained alone or all with shared weights, and both searches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asng_edu import ASNG, Categorical
from asng_edu._common import checks

Floats = NDArray[np.float64]
Code = tuple[int, ...]
RATE = 0.1


@dataclass(frozen=True)
class Toy:
    """Networks that take one of K options in each of D decisions.

    Option k of decision i has one weight, a value of it that suits it, and a price that no weight takes away. With a
    conflict above 0 that value also depends on the option taken in the decision before, so that networks want different
    things of one weight. Trained alone to the end, a network loses the sum of its prices, whatever the conflict.

    Attributes
    ----------
    suits, price : array, shape (D, K)
    pull : array, shape (D, K, K)
        By how much the option before shifts the value that suits, times the conflict.
    conflict : float
    """

    suits: Floats
    price: Floats
    pull: Floats
    conflict: float = 0.0

    @classmethod
    def draw(cls, seed: int = 0, conflict: float = 0.0, dim: int = 4, options: int = 5) -> Toy:
        """Return a toy of random numbers."""
        rng = np.random.default_rng(seed)
        suits, price = rng.normal(size=(dim, options)), rng.random((dim, options))
        return cls(suits, price, rng.normal(size=(dim, options, options)), checks.real("conflict", conflict))

    def codes(self) -> list[Code]:
        """Return all networks."""
        dim, options = self.suits.shape
        return list(itertools.product(range(options), repeat=dim))

    def wishes(self, code: Code) -> Floats:
        """Return the values of its weights that suit a network best."""
        suits = [
            self.suits[i, k] + (self.conflict * self.pull[i, k, code[i - 1]] if i else 0.0) for i, k in enumerate(code)
        ]
        return np.array(suits)

    def truth(self, code: Code) -> float:
        """Return the loss of a network that is trained alone, to the end."""
        return float(self.price[np.arange(len(code)), code].sum())

    def rank(self, code: Code) -> int:
        """Return how many networks lose less when each is trained alone, plus 1."""
        own = self.truth(code)
        return 1 + sum(self.truth(other) < own for other in self.codes())

    def loss(self, x: Floats, code: Code) -> float:
        """Return the loss of a network with the weights x, shape (D, K)."""
        return float(((x[np.arange(len(code)), code] - self.wishes(code)) ** 2).sum()) + self.truth(code)

    def step(self, x: Floats, code: Code) -> None:
        """Move the weights of a network by one gradient step, (6)."""
        row = np.arange(len(code))
        x[row, code] -= RATE * 2 * (x[row, code] - self.wishes(code))


def two_levels(toy: Toy, training: int, rng: np.random.Generator) -> Iterator[tuple[Code, float]]:
    """Yield networks in a random order, each with its loss after a training from scratch of so many steps, (W2)."""
    left = toy.codes()
    while left:
        code = left.pop(int(rng.random() * len(left)))
        x = np.zeros(toy.suits.shape)
        for _ in range(training):
            toy.step(x, code)
        yield code, toy.loss(x, code)


def one_shot(toy: Toy, rng: np.random.Generator) -> Iterator[tuple[ASNG, list[tuple[Code, float]]]]:
    """Yield ASNG after each turn, two steps of the shared weights and one of θ, with the losses it learned from."""
    dim, options = toy.suits.shape
    x, asng = np.zeros(toy.suits.shape), ASNG(Categorical(options, dim=dim), rng=rng)
    while True:
        for code in asng.ask():
            toy.step(x, tuple(map(int, code)))
        drawn = asng.ask()
        judged = [(code, toy.loss(x, code)) for code in (tuple(map(int, each)) for each in drawn)]
        asng.tell(drawn, [loss for _, loss in judged])
        yield asng, judged


def favourites(toy: Toy, training: int, steps: int, seed: int) -> tuple[Code, Code]:
    """Return what both searches favour after so many steps of the weights: the one with two levels, and one-shot."""
    judged = itertools.islice(two_levels(toy, training, np.random.default_rng([seed, 1])), max(1, steps // training))
    best, _ = min(judged, key=lambda found: found[1])
    turns = one_shot(toy, np.random.default_rng([seed, 2]))
    asng, _ = next(itertools.islice(turns, steps // 2 - 1, None))
    return best, tuple(map(int, asng.mode()))
