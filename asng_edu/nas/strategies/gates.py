"""What the strategies have in common that learn by gradients: logits of each decision, moved by Adam.

They weigh the options of every decision by gates, differentiate the supernet's loss with respect to them, and need
neither samples nor a score function; so a table of losses is of no use to them. The logits live in float64 on the CPU,
wherever the supernet is.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from asng_edu._common import checks
from asng_edu._common.options import option
from asng_edu.distributions.base import Floats
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.evaluators.base import Evaluator, check_evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies._formulas import adam_step, softmax
from asng_edu.nas.strategies.ask_tell import theta_metrics
from asng_edu.nas.strategies.base import Learned, NotFinite, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from asng_edu.nas.evaluators.one_shot import OneShot
    from asng_edu.nas.supernet.mixture import Mixture


@dataclass(frozen=True, kw_only=True)
class GateSettings(StrategySettings):
    """The settings that all of them have."""

    gate_rate: float = option(3e-4, "Adam's learning rate of the gates' logits")
    gate_decay: float = option(1e-3, "weight decay of the gates' logits")

    needs_supernet: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.positive("gate_rate", self.gate_rate)


class GateStrategy(Strategy):
    """Logits a of every decision, at work.

    A subclass says how logits become the mixture whose loss is differentiated.

    Parameters
    ----------
    space : Space
    seed : int
    settings : GateSettings

    Attributes
    ----------
    logits : array, shape (ΣK,)
        Those of all decisions, one after another.
    moments : array, shape (2, ΣK)
        Adam's.
    updates : int
        How many steps went into them.
    """

    saved: ClassVar[tuple[str, ...]] = ("logits", "moments", "updates", "rng")
    # Of the normal distribution of the first logits, and Adam's β₁ and β₂:
    mean: ClassVar[float] = 0.0
    spread: ClassVar[float] = 1e-3
    betas: ClassVar[tuple[float, float]] = (0.5, 0.999)

    def __init__(self, space: Space[Any], seed: int, settings: GateSettings) -> None:
        self.space = checks.instance("space", space, Space, "a space, such as CellSpace()")
        self.settings = checks.instance("settings", settings, GateSettings, "the settings of such a strategy")
        self.rng = np.random.default_rng(seed_for("gates", seed))
        self._family = space.categorical("none")
        self._sizes = [decision.size for decision in space.decisions]
        self.logits = self.rng.normal(self.mean, self.spread, space.options)
        self.moments = np.zeros((2, space.options))
        self.updates = 0

    @property
    def theta(self) -> Floats:
        """The softmax of each decision's logits, shape (ΣK,)."""
        return np.concatenate([softmax(row) for row in self.rows(self.logits)])

    @abstractmethod
    def mixture(self, logits: Tensor) -> Mixture:
        """Return the mixture that logits make, with the random draws of one step."""

    def propose(self, n: int) -> Sequence[Any]:
        """Return one mixture, however many are asked for: it runs all there is."""
        import torch

        return [self.mixture(torch.from_numpy(self.logits.copy()))]

    def learn(self, evaluator: Evaluator) -> Learned:
        import torch

        supernet = check_supernet(self.settings.name, evaluator)
        logits = torch.tensor(self.logits, requires_grad=True)
        mixture = self.mixture(logits)
        loss = supernet.loss(mixture)
        gradient = torch.autograd.grad(loss, logits, materialize_grads=True)[0]
        return self._descend(supernet, mixture.detach(), loss, gradient.numpy())

    def _check_state(self) -> None:
        if not np.isfinite([self.logits, *self.moments]).all() or (self.moments[1] < 0).any() or self.updates < 0:
            raise ValueError("logits and moments must be finite, the second moments and updates at least 0.")

    def result(self) -> Any:
        return self.space.decode([int(row.argmax()) for row in self.rows(self.logits)])

    def rows(self, values: Any) -> list[Any]:
        """Return a flat array or tensor as the parts of the decisions."""
        if isinstance(values, np.ndarray):
            return np.split(values, np.cumsum(self._sizes)[:-1])
        return list(values.split(self._sizes))

    def _descend(self, evaluator: OneShot, choice: Any, loss: Tensor, gradient: Floats) -> Learned:
        """Take a step of Adam along a gradient, on which all processes agree."""
        found = evaluator.agreed(np.array([float(loss.detach()), *gradient]))
        if not np.isfinite(found).all():
            raise NotFinite("the loss of the gates or its gradient is not finite.")
        self._step(found[1:])
        return Learned([choice], [float(found[0])])

    def _step(self, gradient: Floats) -> None:
        self.updates += 1
        self.logits, self.moments = adam_step(
            self.logits,
            self.moments,
            self.updates,
            gradient + self.settings.gate_decay * self.logits,
            self.settings.gate_rate,
            self.betas,
        )

    def epoch_metrics(self) -> dict[str, Any]:
        return theta_metrics(self._family, self.theta)

    def record(self) -> dict[str, Any]:
        return {"theta": self.theta.tolist(), "Delta": None}


def check_supernet(name: str, evaluator: Any) -> OneShot:
    """Return the evaluator if it is that of a supernet; else a ValueError says that the strategy needs one."""
    from asng_edu.nas.evaluators.one_shot import OneShot

    check_evaluator(evaluator)
    if not isinstance(evaluator, OneShot):
        raise ValueError(
            f"{name} learns on a supernet and not from the losses of networks that stand by themselves: give it the "
            f"one-shot evaluator of a search, not a {type(evaluator).__name__}."
        )
    return evaluator
