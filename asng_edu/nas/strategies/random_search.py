"""Random search: uniform paths train the weights, then random candidates are compared by their one-shot loss.

The control that every strategy must beat (Li and Talwalkar, arXiv 1902.07638).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.evaluators.base import Codes, Evaluator, check_evaluator, worst_if_not_finite
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.ask_tell import theta_metrics
from asng_edu.nas.strategies.base import (
    MOST_SAMPLES,
    STRATEGIES,
    Learned,
    Strategy,
    StrategySettings,
    check_samples,
)
from asng_edu.optimizers._saving import saved_generator


@STRATEGIES.register("random")
@dataclass(frozen=True, kw_only=True)
class RandomSearchSettings(StrategySettings):
    """The settings of random search."""

    candidates: int = option(48, "architectures that are compared at the end")
    lam: int = option(4, "of them, compared in one step")

    def __post_init__(self) -> None:
        checks.integer("candidates", self.candidates, 1, MOST_SAMPLES)
        check_samples(self.lam)

    def make(self, space: Space[Any], seed: int) -> RandomSearch:
        return RandomSearch(space, seed, candidates=self.candidates, lam=self.lam)


class RandomSearch(Strategy):
    """Random search at work.

    Attributes
    ----------
    ranking : list of (loss, code)
        Of the candidates so far. Those of a seed are the same, whatever else was drawn.
    """

    learns_while_training = False

    def __init__(self, space: Space[Any], seed: int, *, candidates: int = 48, lam: int = 4) -> None:
        self.space = checks.instance("space", space, Space, "a space, such as CellSpace()")
        self.candidates, self.lam = checks.integer("candidates", candidates, 1, MOST_SAMPLES), check_samples(lam)
        self.final_steps = -(-self.candidates // self.lam)
        self.ranking: list[tuple[float, list[int]]] = []
        self._family = space.categorical()
        self._uniform = self._family.project(self._family.initial_theta())
        self._seed = seed
        self._rng = np.random.default_rng(seed_for("paths", seed))

    def propose(self, n: int) -> Sequence[Any]:
        return list(self._family.sample(self._uniform, self._rng, n))

    def learn(self, evaluator: Evaluator) -> Learned:
        check_evaluator(evaluator)
        codes = self._next()
        losses = worst_if_not_finite(evaluator.losses(codes))
        self.ranking += [(float(loss), code.tolist()) for loss, code in zip(losses, codes, strict=True)]
        return Learned(list(codes), losses.tolist())

    def _next(self) -> Codes:
        """Return the codes that are compared next, shape (n, D)."""
        first = len(self.ranking)
        count = min(self.lam, self.candidates - first) if first < self.candidates else self.lam
        rng = np.random.default_rng(seed_for("candidates", self._seed, first))
        return self._family.sample(self._family.initial_theta(), rng, count)

    def result(self) -> Any:
        if not self.ranking:
            return self.space.decode(self._family.mode(self._uniform))
        return self.space.decode(np.array(min(self.ranking)[1]))

    def state_dict(self) -> dict[str, Any]:
        return {"rng": self._rng.bit_generator.state, "ranking": [list(entry) for entry in self.ranking]}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        try:
            checks.instance("the state of a strategy", saved, dict, "a dictionary")
            ranking = [
                (checks.real("loss", loss), self.space.check_code(code).tolist())
                for loss, code in _pairs(saved["ranking"])
            ]
            rng = saved_generator(saved["rng"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"the state of the random search is incomplete: {error}.") from None
        self.ranking, self._rng = ranking, rng

    def epoch_metrics(self) -> dict[str, Any]:
        return theta_metrics(self._family, self._uniform)

    def record(self) -> dict[str, Any]:
        candidates = [{"loss": loss, "code": code} for loss, code in self.ranking]
        return {"theta": self._uniform.tolist(), "Delta": None, "candidates": candidates}


def _pairs(value: Any) -> Any:
    """Return what was saved of a ranking, if it is pairs of a loss and a code."""
    if not isinstance(value, list) or any(not isinstance(pair, list | tuple) or len(pair) != 2 for pair in value):
        raise ValueError(f"ranking must be pairs of a loss and a code, but is {checks.short(value)}.")
    return value
