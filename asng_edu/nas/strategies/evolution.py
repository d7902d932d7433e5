"""Evolution: children that differ from their parents in one decision, [1, 2] of the article's first section.

On a table, or with networks trained from scratch, every evaluation is a child of the population: ageing (Real et al.,
AAAI 2019) or, with ``selection="plus"`` and a population of 1, the (1+λ) strategy with neutral drift. What they do, and
with which published numbers, stands in :mod:`asng_edu.optimizers.evolution`.

On a supernet it is single-path one-shot search (SPOS: Guo et al., ECCV 2020, arXiv 1904.00420). Uniform paths train the
weights; then, in the final steps, evolution searches by the one-shot loss on all of D_θ. So all of its losses come from
the same weights and the same images, and an old member's can be held against a child's. SPOS compares 1,000
architectures, in 20 generations of 50 with crossover; here there are as many as :mod:`random search
<asng_edu.nas.strategies.random_search>` compares, and mutation alone. Its recalibration of batch statistics is not
needed, for every batch is normalised by its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu._common.options import check_options, option
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.evaluators.base import Evaluator, check_evaluator, worst_if_not_finite
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.ask_tell import AskTell
from asng_edu.nas.strategies.base import MOST_SAMPLES, STRATEGIES, Learned, NotFinite, StrategySettings
from asng_edu.optimizers._saving import saved_generator
from asng_edu.optimizers.evolution import SELECTIONS, Evolution


@STRATEGIES.register("evolution")
@dataclass(frozen=True, kw_only=True)
class EvolutionSettings(StrategySettings):
    """The settings of evolution."""

    candidates: int = option(48, "architectures that are compared at the end", least=1, most=MOST_SAMPLES)
    lam: int = option(4, "of them, compared in one step", least=1, most=MOST_SAMPLES)
    population: int = option(20, "members that can have children", least=1, most=MOST_SAMPLES)
    tournament: int = option(5, "members of which the best has the next child", least=1, most=MOST_SAMPLES)
    selection: str = option("ageing", "who survives: ageing (the youngest) or plus (the best)")

    def __post_init__(self) -> None:
        check_options(self)
        checks.one_of("selection", self.selection, SELECTIONS)

    def make(self, space: Space[Any], seed: int) -> EvolutionSearch:
        checks.instance("space", space, Space, "a space, such as CellSpace()")
        evolution = Evolution(
            space.categorical(),
            population=self.population,
            tournament=self.tournament,
            selection=self.selection,
            lam=self.lam,
            rng=np.random.default_rng(seed_for("candidates", seed)),
        )
        return EvolutionSearch(space, evolution, np.random.default_rng(seed_for("paths", seed)), self.candidates)


class EvolutionSearch(AskTell):
    """Evolution at work: an :class:`AskTell` that trains the weights of a supernet on uniform paths.

    Parameters
    ----------
    space : Space
    optimizer : Evolution
        Over ``space.categorical()``.
    rng : numpy.random.Generator
        For the uniform paths.
    candidates : int
        How many architectures the final steps compare.
    """

    learns_while_training = False

    def __init__(self, space: Space[Any], optimizer: Evolution, rng: np.random.Generator, candidates: int = 48) -> None:
        super().__init__(space, optimizer)
        self.final_steps = -(-checks.integer("candidates", candidates, 1, MOST_SAMPLES) // optimizer.lam)
        self._rng = checks.generator("rng", rng)

    def propose(self, n: int) -> Sequence[Any]:
        return list(self.space.random_codes(self._rng, n))

    def learn(self, evaluator: Evaluator) -> Learned:
        check_evaluator(evaluator)
        codes = self.optimizer.ask()
        losses = worst_if_not_finite(evaluator.losses(codes))
        if np.isinf(losses).all():
            raise NotFinite("no loss is finite.")
        self.last = self.optimizer.tell(codes, losses, nan="worst")
        return Learned(list(codes), losses.tolist(), self.last)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "rng": self._rng.bit_generator.state}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        if not isinstance(saved, dict) or "rng" not in saved:
            raise ValueError(
                f"the state of this strategy must have optimizer, last and rng, but is {checks.short(saved)}."
            )
        rng = saved_generator(saved["rng"])
        super().load_state_dict(saved)
        self._rng = rng
