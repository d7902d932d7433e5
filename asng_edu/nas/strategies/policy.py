"""What ENAS and NASNet have in common: an LSTM controller that is rewarded for the architectures it writes.

The reward is −loss; the published rewards are accuracies. The baseline b is a moving average of the mean rewards of
earlier batches, and starts at the mean of the first.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu._common.options import check_options, option
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.evaluators.base import Evaluator, check_evaluator
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.ask_tell import theta_metrics
from asng_edu.nas.strategies.base import MOST_SAMPLES, Learned, NotFinite, Strategy, StrategySettings
from asng_edu.optimizers._saving import saved_generator

if TYPE_CHECKING:  # they need torch
    from torch import Tensor

LOOKED_AT = 256  # architectures from which the policy's probabilities are estimated, for an epoch's line


@dataclass(frozen=True, kw_only=True)
class ControllerSettings(StrategySettings):
    """The settings of a controller. The published values of each strategy stand in its module."""

    lam: int = option(10, "architectures for a step of the controller", least=1, most=MOST_SAMPLES)
    units: int = option(64, "units of the controller's LSTM", least=1, most=4096)
    embedding: int = option(64, "length of its embeddings", least=1, most=4096)
    controller_rate: float = option(3.5e-3, "its learning rate, of Adam", most=10)
    entropy_weight: float = option(1e-4, "what a nat of the policy's entropy is worth")
    baseline_decay: float = option(0.99, "weight of the old baseline in the moving average", most=0.9999)

    def __post_init__(self) -> None:
        check_options(self)
        checks.positive("controller_rate", self.controller_rate)


class Rewarded(NamedTuple):
    """What a step of a controller computed.

    Attributes
    ----------
    baseline : float
        The one that was subtracted.
    advantages : array of shape (λ,)
        R − b.
    entropy : float
        The mean over the batch of the entropies along the codes, in nats, before the step.
    """

    baseline: float
    advantages: NDArray[np.float64]
    entropy: float


class ControllerStrategy(Strategy):
    """A controller at work.

    Attributes
    ----------
    baseline : float or None
        b; None before the first step.
    best : list or None
        The least loss so far and its code.
    """

    def __init__(self, space: Space[Any], settings: ControllerSettings, seed: int) -> None:
        from asng_edu.nas.strategies.controllers.adam import ModuleAdam
        from asng_edu.nas.strategies.controllers.controller import Controller
        from asng_edu.nas.strategies.controllers.tokens import seeded

        self.space, self.settings = checks.instance("space", space, Space, "a space, such as CellSpace()"), settings
        self._family = space.categorical()
        sizes = self._family.categories.tolist()
        controller = Controller(sizes, hidden=settings.units, embedding=settings.embedding, bounds=self._bounds())
        weights = np.random.default_rng(seed_for("controller", seed))
        self.adam = ModuleAdam(seeded(controller, 0.1, weights), settings.controller_rate)
        self.baseline: float | None = None
        self.best: tuple[float, list[int]] | None = None
        self._rng = np.random.default_rng(seed_for("paths", seed))

    @property
    def controller(self) -> Any:
        """The LSTM."""
        return self.adam.module

    def _bounds(self) -> list[float] | None:
        """Return for each decision the bound of its logits, if they have any."""
        return None

    @abstractmethod
    def _update(self, codes: Tensor, rewards: Tensor) -> Rewarded:
        """Move the controller by the rewards (λ,) of codes (λ, D)."""

    def propose(self, n: int) -> Sequence[Any]:
        return list(self.controller.write(checks.integer("n", n, 1, MOST_SAMPLES), self._rng))

    def learn(self, evaluator: Evaluator) -> Learned:
        import torch

        check_evaluator(evaluator)
        codes = self.controller.write(self.settings.lam, self._rng)
        learned = self.measure(evaluator, codes)
        before = self.adam.state_dict()
        try:
            info = self._update(torch.from_numpy(codes), -torch.tensor(learned.losses, dtype=torch.float64))
        except NotFinite:
            self.adam.load(before)
            raise
        decay, reward = self.settings.baseline_decay, info.baseline + float(info.advantages.mean())
        self.baseline = decay * info.baseline + (1.0 - decay) * reward
        least = min(learned.losses)
        if self.best is None or least < self.best[0]:
            self.best = least, learned.best.tolist()
        return learned._replace(info=info)

    def _baseline(self, rewards: Tensor) -> float:
        """Return b: the one so far, before any the mean of these rewards."""
        return float(rewards.mean()) if self.baseline is None else self.baseline

    def result(self) -> Any:
        """Return the architecture of the most probable token at each place."""
        return self.space.decode(self.controller.write(1, None)[0])

    def state_dict(self) -> dict[str, Any]:
        return {
            "controller": self.adam.state_dict(),
            "baseline": self.baseline,
            "best": None if self.best is None else list(self.best),
            "rng": self._rng.bit_generator.state,
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        checks.instance("the state of a strategy", saved, dict, "a dictionary")
        try:
            controller = self.adam.read(saved["controller"])
            baseline = None if saved["baseline"] is None else checks.finite_array("baseline", saved["baseline"], ())
            best = None if saved["best"] is None else self._read_best(saved["best"])
            rng = saved_generator(saved["rng"])
        except KeyError as error:
            raise ValueError(f"the state of the strategy is incomplete: it lacks {error}.") from None
        self.adam.load(controller)
        self.baseline = None if baseline is None else float(baseline)
        self.best, self._rng = best, rng

    def _read_best(self, value: Any) -> tuple[float, list[int]]:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise ValueError(f"best must be a loss and a code, but is {checks.short(value)}.")
        return float(checks.finite_array("the best loss", value[0], ())), self.space.check_code(value[1]).tolist()

    def epoch_metrics(self) -> dict[str, Any]:
        theta, entropy = self._look()
        return {**theta_metrics(self._family, theta), "entropy": entropy, "baseline": self.baseline}

    def record(self) -> dict[str, Any]:
        return {"theta": self._look()[0].tolist(), "Delta": None}

    def _look(self) -> tuple[NDArray[np.float64], float]:
        """Return the probability of each option of each decision, and the policy's entropy, both estimated."""
        import torch

        codes = self.controller.write(LOOKED_AT, np.random.default_rng(0))
        with torch.inference_mode():
            entropy = self.controller(torch.from_numpy(codes))[1].mean()
        return self._family.statistics(codes).mean(axis=0), float(entropy)
