"""The search: Algorithm 1 on a supernet, weights and distribution in turn."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asng_edu.nas.data.batches import Batches
from asng_edu.nas.data.datasets import Data, load
from asng_edu.nas.runs.checkpoint import Tensors, Values
from asng_edu.nas.runs.distributed import Ranks
from asng_edu.nas.spaces.cell_space import Genotype
from asng_edu.nas.training.base import Training, loss_and_accuracy, pick_device, seed_for, seeded_network, torch_seed
from asng_edu.nas.training.settings import SearchSettings
from asng_edu.optimizers.asng import ASNG
from asng_edu.optimizers.base import Info
from asng_edu.optimizers.sng import SNG

# The number of each stream of batches, so that those of one seed are independent.
WEIGHT_BATCHES, THETA_BATCHES = range(2)


class Search(Training):
    """A one-shot search, a step at a time.

    A step draws λ_x paths c ~ P_θ and moves the weights x along the mean of their gradients on a batch of D_x, eqs.
    (6) and (8); then it draws λ_θ paths and moves θ by their losses on a batch of D_θ, eqs. (7) and (9). Paths run one
    after another, so that only one of them is in memory. In the warm-up θ rests, and paths are uniform.

    Parameters
    ----------
    settings : SearchSettings
    data : Data, optional
        What to search on; by default ``settings.data`` is loaded.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.
    ranks : Ranks, optional
        The processes that share the paths of a step. Each takes the same step of θ.

    Attributes
    ----------
    network : Network
        The supernet.
    optimizer : ASNG or SNG
        What moves θ.
    step, steps : int
        How many steps are done, and how many there are.
    history : list of dict
        A line for each epoch.

    Raises
    ------
    ValueError
        If the data cannot be loaded, or do not fit the settings.
    Diverged
        From :meth:`advance`, when step after step has a loss that is not finite.

    Notes
    -----
    Taught in chapter *The supernet and the search*. After it the record's genotype is the most probable cell, or with
    the method ``random`` the one of the candidates with the least loss on D_θ.
    """

    kind = "search"

    def __init__(
        self,
        settings: SearchSettings,
        *,
        data: Data | None = None,
        device: str | torch.device | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        data = load(settings.data, images=settings.images) if data is None else data
        network = seeded_network(
            torch_seed("weights of a supernet", settings.seed),
            settings.space,
            cells=settings.cells,
            channels=settings.channels,
            classes=len(data.classes),
            image_channels=data.channels,
        )
        super().__init__(settings, data, network, pick_device(device))
        self.ranks = Ranks.single() if ranks is None else ranks
        self.space = settings.space
        self.family = self.space.categorical(settings.margin)
        rng = np.random.default_rng(seed_for("paths", settings.seed))
        common: dict[str, Any] = {"lam": settings.lam_theta, "utility": settings.utility, "rng": rng}
        self.optimizer: ASNG | SNG = (
            ASNG(self.family, settings.delta0, alpha=settings.alpha, **common)
            if settings.method == "asng"
            else SNG(self.family, settings.delta0, **common)
        )
        train, theta = data.halves(settings.fraction, seed=settings.seed)
        change = self._augmentation()
        make: dict[str, Any] = {"data": data, "seed": settings.seed, "device": self.device}
        self.train_batches = Batches(train, settings.batch, stream=WEIGHT_BATCHES, augmentation=change, **make)
        change_theta = change if settings.augment_theta else None
        self.theta_batches = Batches(
            theta, settings.theta_batch, stream=THETA_BATCHES, augmentation=change_theta, **make
        )
        self.epoch_steps = self.train_batches.steps
        comparing = -(-settings.candidates // settings.lam_theta) if settings.method == "random" else 0
        self.steps = settings.epochs * self.epoch_steps + comparing
        self.ranking: list[tuple[float, list[int]]] = []  # of the candidates: loss on D_θ, code
        self._last: Info | None = None

    @property
    def warming_up(self) -> bool:
        """Whether θ still rests."""
        return bool(self.step < self._settings.warmup_epochs * self.epoch_steps)

    @property
    def rate(self) -> float:
        """The learning rate of the weights."""
        return self.cosine

    def genotype(self) -> Genotype:
        """Return the cell that the search would give now."""
        if self.ranking:
            return self.space.decode(np.array(min(self.ranking)[1]))
        return self.space.decode(self.optimizer.mode())

    def _move(self) -> bool:
        if not self._move_weights():
            return False
        if self.warming_up or self._settings.method == "random":
            return True
        return self._move_theta()

    def _move_weights(self) -> bool:
        """Move x by one step on a batch of D_x, eqs. (6) and (8); return whether all was finite."""
        codes = self.optimizer.ask(size=self._settings.lam_x)  # c ~ P_θ
        x, labels = self.train_batches.take(*divmod(self.step, self.epoch_steps))
        mine = []
        for i in self.ranks.share(len(codes)):
            loss, correct = self._run(codes[i], x, labels)
            (loss / len(codes)).backward()  # type: ignore[no-untyped-call]
            mine.append(torch.stack([loss.detach(), correct]))
        self.ranks.sum_(self.flat.gradients)
        norm = self.flat.gradients.norm()
        results = self.ranks.gather(mine, len(codes))
        if not (np.isfinite(results).all() and math.isfinite(float(norm))):
            self.flat.zero()
            return False
        self.sgd.step(self.rate, norm)
        self._sums[0] += [*results.mean(axis=0), 1]
        return True

    @torch.inference_mode()
    def _move_theta(self) -> bool:
        """Move θ by one step on a batch of D_θ, eqs. (7) and (9); return whether all was finite."""
        codes = self.optimizer.ask()  # c ~ P_θ, with the weights just moved
        results = self.evaluate(codes, *self.theta_batches.take(*divmod(self.step, self.theta_batches.steps)))
        if not np.isfinite(results).all():
            return False
        self._last = self.optimizer.tell(codes, results[:, 0])
        self._sums[1] += [*results.mean(axis=0), 1]
        return True

    @torch.inference_mode()
    def _follow(self) -> None:
        """Measure the next few random cells on all of D_θ."""
        first = len(self.ranking)
        count = min(self._settings.lam_theta, self._settings.candidates - first)
        rng = np.random.default_rng(seed_for("candidates", self._settings.seed, first))
        codes = self.family.sample(self.family.initial_theta(), rng, count)
        losses = self.evaluate_all(codes)[:, 0]
        self.ranking += [(float(loss), code.tolist()) for loss, code in zip(losses, codes, strict=True)]

    def evaluate_all(self, codes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the one-shot loss and accuracy of each path on all of D_θ, shape (paths, 2).

        A loss that is not finite is returned as infinity. Each batch is normalised by itself.
        """
        batches = list(self.theta_batches.all())
        results = [self.evaluate(codes, x, labels) for x, labels in batches]
        means = np.average(results, axis=0, weights=[len(labels) for _, labels in batches])
        means[~np.isfinite(means[:, 0]), 0] = math.inf
        return means

    @torch.inference_mode()
    def evaluate(self, codes: NDArray[np.int64], x: Tensor, labels: Tensor) -> NDArray[np.float64]:
        """Return the one-shot loss and accuracy of each path on a batch, shape (paths, 2)."""
        mine = [torch.stack(self._run(codes[i], x, labels)) for i in self.ranks.share(len(codes))]
        return self.ranks.gather(mine, len(codes))

    def _run(self, code: NDArray[np.int64], x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and the accuracy of one path on a batch."""
        with self._autocast():
            logits = self.network(x, self.space.decode(code))
        return loss_and_accuracy(logits, labels)

    def _tell_of_epoch(self) -> dict[str, Any]:
        theta, info = self.optimizer.theta, self._last
        theta_loss, theta_accuracy = self._mean(1)
        steps = {
            name: getattr(info, name) if info else math.nan for name in ("delta", "s_norm2", "gamma", "Delta", "snr")
        }
        return {
            "warmup": self.step <= self._settings.warmup_epochs * self.epoch_steps,
            "theta_loss": theta_loss,
            "theta_accuracy": theta_accuracy,
            "mean_max_theta": float(np.mean([row.max() for row in self.family.rows(theta)])),
            "entropy": self.family.entropy(theta),
            **steps,
            "s_norm2_over_alpha": steps["s_norm2"] / self._settings.alpha,
            "genotype": self.genotype().to_json(),
            "theta": [float(f"{value:.6g}") for value in theta],
        }

    def state(self) -> tuple[Tensors, Values]:
        tensors, rest = super().state()
        return tensors, rest | {
            "optimizer": self.optimizer.state_dict(),
            "ranking": self.ranking,
            "info": None if self._last is None else asdict(self._last),
        }

    def _read(self, rest: Values) -> dict[str, Any]:
        found = super()._read(rest) | {
            "ranking": [(float(loss), list(code)) for loss, code in rest["ranking"]],
            "_last": None if rest["info"] is None else Info(**rest["info"]),
        }
        self.optimizer.load_state_dict(rest["optimizer"])  # all or nothing, and the last that can fail
        return found

    def record(self) -> dict[str, Any]:
        """Return what the search has found so far, for its record."""
        genotype = self.genotype()
        counted = self._size(genotype, self._settings.channels)
        state = self.optimizer.state
        return {
            "method": self._settings.method,
            "theta": state.theta.tolist(),
            "Delta": getattr(state, "Delta", None),
            "genotype": genotype.to_json(),
            "parameters": counted.parameters,
            "multiply_adds": counted.multiply_adds,
            "data": self.data.describe(),
            "candidates": [{"loss": loss, "code": code} for loss, code in self.ranking],
            "history": self.history,
        }
