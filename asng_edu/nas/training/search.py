"""The search: Algorithm 1 on a supernet, weights and strategy in turn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asng_edu._common import checks
from asng_edu.nas.data.batches import Batches
from asng_edu.nas.data.datasets import Data, load
from asng_edu.nas.evaluators.one_shot import Batch, OneShot, WeightStep
from asng_edu.nas.runs.checkpoint import Tensors, Values
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.strategies.base import Learned, NotFinite, Strategy
from asng_edu.nas.supernet.mixture import Mixture
from asng_edu.nas.training.base import Training, loss_and_accuracy, pick_device
from asng_edu.nas.training.callbacks import Callback, Step
from asng_edu.nas.training.settings import SearchSettings
from asng_edu.nas.training.trained import make_supernet

# The number of each stream of batches, so that those of one seed are independent.
WEIGHT_BATCHES, THETA_BATCHES = range(2)


class Search(Training[SearchSettings]):
    """A one-shot search, a step at a time.

    A step asks the strategy for λ_x paths, or for one mixture of all, and moves the weights x along the mean of their
    gradients on a batch of D_x, eqs. (6) and (8); then the strategy learns from one-shot losses on a batch of D_θ, eqs.
    (7) and (9), or from their gradient. Paths run one after another, so that only one of them is in memory. In the
    warm-up the strategy rests. After the last epoch come the strategy's final steps, if it has any, and one that
    measures the found architecture on all of D_θ.

    Parameters
    ----------
    settings : SearchSettings
    data : Data, optional
        What to search on; by default ``settings.data`` is loaded.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.
    distributed : Distributed, optional
        The processes that share the paths of a step. Each takes the same step of the strategy.
    strategy : Strategy, optional
        By default the one of the settings, at its beginning.
    callbacks : sequence of Callback
        What watches the steps.

    Attributes
    ----------
    network : SearchNetwork
        The supernet.
    strategy : Strategy
        What chooses.
    step, steps : int
        How many steps are done, and how many there are.
    history : list of dict
        A line for each epoch.
    one_shot : dict or None
        Once it is measured: the found architecture's ``one_shot_loss`` and ``one_shot_accuracy`` on all of D_θ.

    Raises
    ------
    ValueError
        If the data cannot be loaded, or do not fit the settings.
    Diverged
        From :meth:`advance`, when step after step has a loss that is not finite.

    Notes
    -----
    Taught in chapter *The supernet and the search*.
    """

    kind = "search"

    def __init__(
        self,
        settings: SearchSettings,
        *,
        data: Data | None = None,
        device: str | torch.device | None = None,
        distributed: Distributed | None = None,
        strategy: Strategy | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        checks.instance("settings", settings, SearchSettings, "SearchSettings")
        data = load(settings.data, images=settings.images) if data is None else data
        checks.instance("data", data, Data, "Data, as load() returns them")
        if distributed is not None:
            checks.instance("distributed", distributed, Distributed, "a Distributed, or None")
        if strategy is not None:
            checks.instance("strategy", strategy, Strategy, "a Strategy, or None")
        if not isinstance(callbacks, list | tuple) or not all(isinstance(one, Callback) for one in callbacks):
            raise ValueError(f"callbacks must be a list of Callbacks, but is {checks.short(callbacks)}.")
        network = make_supernet(settings, len(data.classes), data.channels)
        super().__init__(settings, data, network, pick_device(device))
        self.distributed = Distributed.single() if distributed is None else distributed
        self.space = settings.space
        self.strategy = settings.strategy.make(self.space, settings.seed) if strategy is None else strategy
        self.callbacks = list(callbacks)
        train, theta = data.halves(settings.fraction, seed=settings.seed)
        change = self._augmentation()
        make: dict[str, Any] = {"data": data, "seed": settings.seed, "device": self.device}
        self.train_batches = Batches(train, settings.batch, stream=WEIGHT_BATCHES, augmentation=change, **make)
        change_theta = change if settings.augment_theta else None
        self.theta_batches = Batches(
            theta, settings.theta_batch, stream=THETA_BATCHES, augmentation=change_theta, **make
        )
        self.epoch_steps = self.train_batches.steps
        self.steps = settings.epochs * self.epoch_steps + self.strategy.final_steps + 1
        self.one_shot: dict[str, float] | None = None

    @property
    def warming_up(self) -> bool:
        """Whether the strategy still rests."""
        return self._learning_steps < 0

    @property
    def _learning_steps(self) -> int:
        """How many steps are done since the warm-up; below 0 before its end."""
        return self.step - self._settings.warmup_epochs * self.epoch_steps

    @property
    def rate(self) -> float:
        """The learning rate of the weights."""
        return self.cosine

    def genotype(self) -> Any:
        """Return the architecture that the search would give now."""
        return self.strategy.result()

    def advance(self) -> dict[str, Any] | None:
        line = super().advance()
        if line is not None:
            for callback in self.callbacks:
                callback.on_epoch(self, line)
        return line

    def _move(self) -> bool:
        choices, losses, finite = self._move_weights()
        learned = None
        if finite and self._learns_now:
            learned = self._learn()
            finite = learned is not None
        step = Step(self.step + 1, choices, losses, learned, finite)
        for callback in self.callbacks:
            callback.on_step(self, step)
        return finite

    @property
    def _learns_now(self) -> bool:
        due = (self._learning_steps + 1) % self.strategy.learns_every == 0
        return self.strategy.learns_while_training and not self.warming_up and due

    def _move_weights(self) -> tuple[Sequence[Any], list[float], bool]:
        """Move x by one step on a batch of D_x, eqs. (6) and (8); return paths, losses, and whether all was finite."""
        choices = self.strategy.propose(self._settings.lam_x)  # c ~ P_θ
        with self._region("data"):
            x, labels = self.train_batches.take(*divmod(self.step, self.epoch_steps))
        mine = []
        with self._region("weights"):
            for i in self.distributed.share(len(choices)):
                loss, correct = self._run(choices[i], x, labels)
                (loss / len(choices)).backward()  # type: ignore[no-untyped-call]
                mine.append(torch.stack([loss.detach(), correct]))
                for callback in self.callbacks:
                    callback.on_path(self, float(loss.detach()))
            self.distributed.sum_(self.flat.gradients)
            norm = self.flat.gradients.norm()
            results = self.distributed.gather(mine, len(choices))
        losses = results[:, 0].tolist()
        if not (np.isfinite(results).all() and math.isfinite(float(norm))):
            self.flat.zero()
            return choices, losses, False
        with self._region("optimiser"):
            self.sgd.step(self.rate, norm)
        self._sums[0] += [*results.mean(axis=0), 1]
        return choices, losses, True

    def _learn(self) -> Learned | None:
        """Let the strategy learn from a batch of D_θ, eqs. (7) and (9); return None if a loss was not finite."""
        with self._region("data"):
            batch = self.theta_batches.take(*divmod(self.step, self.theta_batches.steps))
        evaluator = self.evaluator([batch])
        with self._region("theta"):
            try:
                learned = self.strategy.learn(evaluator)
            except NotFinite:
                return None
            finally:
                self.flat.zero()  # of what a strategy that learns by gradients has left there
        for results in evaluator.measured:
            self._sums[1] += [*results.mean(axis=0), 1]
        return learned

    def _follow(self) -> None:
        """Take a final step of the strategy, or measure what was found."""
        if self.step < self.steps - 1:
            with suppress(NotFinite):  # a step from which nothing was learned, as in training
                self.strategy.learn(self.evaluator())
        else:
            found = self.space.encode(self.genotype())
            loss, accuracy = self.evaluate_all(found[None])[0].tolist()
            self.one_shot = {"one_shot_loss": loss, "one_shot_accuracy": accuracy}

    def evaluator(self, batches: Sequence[Batch] | None = None) -> OneShot:
        """Return the one-shot evaluator of the supernet as it is, on these batches or on all of D_θ."""
        batches = list(self.theta_batches.all()) if batches is None else batches
        remaining = self.epochs_end - self.step
        done = max(self._learning_steps, 0)
        progress = done / (done + remaining) if remaining > 0 else 1.0
        return OneShot(
            self.space, self._run, batches, self.distributed, progress=progress, weight_step=self._weight_step
        )

    def _weight_step(self) -> WeightStep:
        """Return the step of the weights that follows that of the strategy, on the batch that it will take."""
        following = min(self.step + 1, self.epochs_end - 1)
        batch = self.train_batches.take(*divmod(following, self.epoch_steps))
        return WeightStep(self.sgd, self.rate, batch)

    def evaluate_all(self, codes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the one-shot loss and accuracy of each path on all of D_θ, shape (paths, 2).

        A loss that is not finite is returned as infinity. Each batch is normalised by itself.
        """
        results = self.evaluator().measure(codes)
        results[~np.isfinite(results[:, 0]), 0] = math.inf
        return results

    def _run(self, choice: Any, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and the accuracy of a code, an architecture or a mixture on a batch."""
        if isinstance(choice, np.ndarray):
            choice = self.space.decode(choice)
        elif isinstance(choice, Mixture):
            choice = choice.to(x)
        with self._autocast():
            logits = self.network(x, choice)
        return loss_and_accuracy(logits, labels)

    @contextmanager
    def _region(self, name: str) -> Iterator[None]:
        with ExitStack() as stack:
            for callback in self.callbacks:
                stack.enter_context(callback.region(name))
            yield

    def _epoch_metrics(self) -> dict[str, Any]:
        theta_loss, theta_accuracy = self._mean(1)
        return {
            "warmup": self.step <= self._settings.warmup_epochs * self.epoch_steps,
            "theta_loss": theta_loss,
            "theta_accuracy": theta_accuracy,
            **self.strategy.epoch_metrics(),
            "genotype": self.genotype().to_json(),
        }

    def state(self) -> tuple[Tensors, Values]:
        tensors, rest = super().state()
        return tensors, rest | {"strategy": self.strategy.state_dict(), "one_shot": self.one_shot}

    def _read(self, rest: Values) -> dict[str, Any]:
        found = super()._read(rest) | {"one_shot": rest["one_shot"]}
        self.strategy.load_state_dict(rest["strategy"])  # all or nothing, and the last that can fail
        return found

    def record(self) -> dict[str, Any]:
        """Return what the search has found so far, for its record."""
        genotype = self.genotype()
        counted = self._size(genotype, self.space, self._settings.cells, self._settings.channels)
        return {
            "candidates": [],
            **self.strategy.record(),
            "genotype": genotype.to_json(),
            **(self.one_shot or {"one_shot_loss": None, "one_shot_accuracy": None}),
            "parameters": counted.parameters,
            "multiply_adds": counted.multiply_adds,
            "data": self.data.describe(),
            "history": self.history,
        }
