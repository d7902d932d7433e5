"""SMASH: a hypernetwork writes the weights of whatever architecture it reads, and random search does the rest.

Brock, Lim, Ritchie and Weston, ICLR 2018 (arXiv 1708.05344). In each step of the weights a uniformly random
architecture is drawn, its 1×1 kernels are written by the hypernetwork, and the gradient of the loss trains the
hypernetwork along with everything that it does not write. When the weights are trained, random architectures are
ranked by their one-shot loss; then changes of the best of them are tried; and then, one after another, changes of the
best so far, which takes its place if it is better (the paper's Markov chain).

The paper's hypernetwork is convolutional and reads an architecture as the memory banks that its layers read and
write, with one channel of noise. A cell is no such network, so here it reads the one-hot code of the genotype,
without noise: see :class:`asng_edu.nas.supernet.hypernetwork.Hypernetwork`. As in the paper it writes the 1×1
convolutions and nothing else, those of the cells' inputs and outputs included. A change is one decision, drawn at
random, that takes another option. The paper ranks 500 architectures, 100 changes and 100 steps of the chain; the
defaults are a tenth of that, for our spaces are smaller. Its optimiser, Adam with the rate 1e-3, β = (0.5, 0.999) and
weight decay on all but the hypernetwork, is left out: as for all systems that share weights here, that is the
search's SGD, with one weight decay for all.

The article's row is "SMASHv2". Which options made that run the paper's repository does not say, so this is SMASH, and
nobody can tell whether it is v2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from asng_edu._common.options import option
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.evaluators.base import Codes, Evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.base import MOST_SAMPLES, STRATEGIES, Learned
from asng_edu.nas.strategies.gates import check_supernet
from asng_edu.nas.strategies.random_search import RandomSearch, RandomSearchSettings

if TYPE_CHECKING:
    from asng_edu.nas.supernet.base import SearchNetwork


@STRATEGIES.register("smash")
@dataclass(frozen=True, kw_only=True)
class SMASHSettings(RandomSearchSettings):
    """The settings of SMASH."""

    changes: int = option(10, "changes of the best candidate, compared next", most=MOST_SAMPLES)
    chain_steps: int = option(10, "steps of the chain of changes that follows", most=MOST_SAMPLES)
    hyper_width: int = option(32, "width of the hypernetwork", least=1, most=1024)

    needs_supernet: ClassVar[bool] = True

    def make(self, space: Space[Any], seed: int) -> SMASH:
        return SMASH(space, seed, self)

    def network(self, network: SearchNetwork, seed: int) -> SearchNetwork:
        from asng_edu.nas.supernet.hypernetwork import WrittenNetwork

        return WrittenNetwork(network, self.hyper_width, int(seed_for("hypernetwork", seed).generate_state(1)[0]))


class SMASH(RandomSearch):
    """SMASH at work.

    Attributes
    ----------
    ranking : list of (loss, code)
        Of the candidates so far, then of the changes of the best of them, then of the chain's steps.
    """

    def __init__(self, space: Space[Any], seed: int, settings: SMASHSettings) -> None:
        super().__init__(space, seed, candidates=settings.candidates, lam=settings.lam)
        self.settings = settings
        self._chain = settings.candidates + settings.changes  # how many are compared before it begins
        self.final_steps += -(-settings.changes // settings.lam) + settings.chain_steps

    def learn(self, evaluator: Evaluator) -> Learned:
        return super().learn(check_supernet(self.settings.name, evaluator))

    def _next(self) -> Codes:
        done = len(self.ranking)
        if done < self.candidates:
            return super()._next()
        changing = done < self._chain  # the best candidate, not yet the best of all
        count = min(self.lam, self._chain - done) if changing else 1
        _, best = min(self.ranking[: self.candidates] if changing else self.ranking)
        return _changed(np.array(best), self.space, np.random.default_rng(seed_for("changes", self._seed, done)), count)


def _changed(code: Codes, space: Space[Any], rng: np.random.Generator, n: int) -> Codes:
    """Return n codes, shape (n, D), in each of which one decision has taken another option."""
    codes = np.tile(code, (n, 1))
    for row in codes:
        place = int(rng.integers(len(row)))
        size = space.decisions[place].size
        row[place] = (row[place] + rng.integers(1, size)) % size
    return codes
