"""A strategy: change some decisions of the best architecture, keep what is no worse."""

from dataclasses import dataclass

import numpy as np

from asng_edu.cli import main
from asng_edu.nas import STRATEGIES, Strategy, StrategySettings, option


@STRATEGIES.register("hill-climbing")
@dataclass(frozen=True, kw_only=True)
class HillClimbingSettings(StrategySettings):
    share: float = option(0.2, "share of decisions drawn anew", least=0, most=1)

    def make(self, space, seed):
        return HillClimbing(space, np.random.default_rng(seed), self.share)


class HillClimbing(Strategy):
    saved = ("best", "rng")  # what changes, for checkpoints

    def __init__(self, space, rng, share):
        self.space, self.share, self.rng, self.best = space, share, rng, space.random_codes(rng, 1)[0]

    def propose(self, n):
        anew = self.rng.random((n, len(self.best))) < self.share
        return np.where(anew, self.space.random_codes(self.rng, n), self.best)

    def learn(self, evaluator):
        learned = self.measure(evaluator, [*self.propose(1), self.best])
        self.best = learned.best
        return learned

    def result(self):
        return self.space.decode(self.best)


if __name__ == "__main__":
    raise SystemExit(main())
