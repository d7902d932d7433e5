"""A strategy of anything with ask and tell: it asks for codes, and is told their losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from asng_edu._common import checks
from asng_edu.distributions import Categorical
from asng_edu.distributions.base import Floats
from asng_edu.nas.evaluators.base import Evaluator, check_evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.base import Learned, Strategy
from asng_edu.optimizers.base import Optimizer
from asng_edu.optimizers.state import Info

QUANTITIES = ("delta", "s_norm2", "gamma", "Delta", "snr")


class AskTell(Strategy):
    """An optimiser of a distribution over a space, as a strategy.

    Parameters
    ----------
    space : Space
    optimizer : Optimizer
        Over ``space.categorical()``, with a generator of its own.

    Attributes
    ----------
    optimizer : Optimizer
    last : Info or None
        What the last step computed.

    Raises
    ------
    ValueError
        If the optimiser's distribution has other variables than the space.
    """

    def __init__(self, space: Space[Any], optimizer: Optimizer[Any]) -> None:
        checks.instance("space", space, Space, "a space, such as CellSpace()")
        checks.instance("optimizer", optimizer, Optimizer, "an optimiser, such as ASNG(space.categorical())")
        sizes, given = [decision.size for decision in space.decisions], optimizer.distribution
        if not isinstance(given, Categorical) or given.categories.tolist() != sizes:
            raise ValueError(
                f"the optimiser must have the space's distribution, space.categorical(), but has {checks.short(given)}."
            )
        self.space, self.optimizer = space, optimizer
        self.last: Info | None = None

    def propose(self, n: int) -> Sequence[Any]:
        samples: Sequence[Any] = self.optimizer.ask(size=n)  # c ~ P_θ
        return samples

    def learn(self, evaluator: Evaluator) -> Learned:
        check_evaluator(evaluator)
        codes = self.optimizer.ask()  # c ~ P_θ
        learned = self.measure(evaluator, codes)
        self.last = self.optimizer.tell(codes, learned.losses)
        return learned._replace(info=self.last)

    def result(self) -> Any:
        return self.space.decode(self.optimizer.mode())

    def state_dict(self) -> dict[str, Any]:
        last = None if self.last is None else dict(vars(self.last))
        return {"optimizer": self.optimizer.state_dict(), "last": last}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        try:
            checks.instance("the state of a strategy", saved, dict, "a dictionary")
            last = None if saved["last"] is None else Info(**saved["last"])
            optimizer = saved["optimizer"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"the state of the strategy is incomplete: {error}.") from None
        self.optimizer.load_state_dict(optimizer)
        self.last = last

    def epoch_metrics(self) -> dict[str, Any]:
        alpha = getattr(self.optimizer, "alpha", math.nan)
        family = cast(Categorical, self.optimizer.distribution)  # the constructor has looked
        return theta_metrics(family, self.optimizer.theta, self.last, alpha)

    def record(self) -> dict[str, Any]:
        state = self.optimizer.state
        return {"theta": state.theta.tolist(), "Delta": getattr(state, "Delta", None)}


def theta_metrics(
    distribution: Categorical, theta: Floats, info: Info | None = None, alpha: float = math.nan
) -> dict[str, Any]:
    """Return what an epoch's line tells of θ and of the last step."""
    steps = {name: getattr(info, name) if info else math.nan for name in QUANTITIES}
    return {
        "mean_max_theta": float(np.mean([row.max() for row in distribution.rows(theta)])),
        "entropy": distribution.entropy(theta),
        **steps,
        "s_norm2_over_alpha": steps["s_norm2"] / alpha,
        "theta": [float(f"{value:.6g}") for value in theta],
    }
