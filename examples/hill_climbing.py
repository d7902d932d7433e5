"""A strategy: change some decisions of the best architecture, keep what is no worse."""

from dataclasses import dataclass

import numpy as np

import asng_edu
from asng_edu.nas import STRATEGIES, Strategy, StrategySettings, option


@STRATEGIES.register("hill-climbing")
@dataclass(frozen=True, kw_only=True)
class HillClimbingSettings(StrategySettings):
    share: float = option(0.2, "share of decisions drawn anew", least=0, most=1)

    def make(self, space, seed):
        return HillClimbing(space, np.random.default_rng(seed), self.share)


class HillClimbing(Strategy):
    saved = ("best", "p", "rng")  # what changes, for checkpoints

    def __init__(self, space, rng, share):
        self.space, self.share, self.rng = space, share, rng
        self.best, self.p = space.random_codes(rng, 1)[0], 1.0  # p: that a decision is redrawn; 1 in the warm-up

    def propose(self, n):
        return np.where(self.rng.random((n, len(self.best))) < self.p, self.space.random_codes(self.rng, n), self.best)

    def learn(self, evaluator):
        learned = self.measure(evaluator, [*self.propose(1), self.best])
        self.best, self.p = learned.best, self.share
        return learned

    def result(self):
        return self.space.decode(self.best)


if __name__ == "__main__":
    raise SystemExit(asng_edu.cli.main())
