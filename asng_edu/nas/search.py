"""The search: Algorithm 1 on a supernet, weights and distribution in turn."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from asng_edu import checks
from asng_edu.asng import ASNG
from asng_edu.nas import size
from asng_edu.nas.augment import Augmentation
from asng_edu.nas.batches import Batches
from asng_edu.nas.data import Data, load
from asng_edu.nas.flat import FlatParameters, MomentumSGD
from asng_edu.nas.job import Diverged
from asng_edu.nas.network import Network
from asng_edu.nas.ranks import Ranks
from asng_edu.nas.settings import SearchSettings, to_json
from asng_edu.nas.space import Genotype
from asng_edu.optimizer import Info
from asng_edu.sng import SNG

# One stream of random numbers for each purpose, so that none depends on how often another is asked.
INITIAL_WEIGHTS, PATHS, WEIGHT_BATCHES, THETA_BATCHES, CANDIDATES = range(5)


class Search:
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
        self._settings = settings
        self.data = load(settings.data, limit=settings.images) if data is None else data
        self.device = pick_device(device)
        self.ranks = Ranks.single() if ranks is None else ranks
        self.space = settings.space
        self.network = self._make_network()
        self.flat = FlatParameters(self.network)
        self.sgd = MomentumSGD(
            self.flat, momentum=settings.momentum, weight_decay=settings.weight_decay, clip=settings.clip
        )
        self.family = self.space.categorical(settings.margin)
        rng = np.random.default_rng([settings.seed, PATHS])
        common: dict[str, Any] = {"lam": settings.lam_theta, "utility": settings.utility, "rng": rng}
        self.optimizer: ASNG | SNG = (
            ASNG(self.family, settings.delta0, alpha=settings.alpha, **common)
            if settings.method == "asng"
            else SNG(self.family, settings.delta0, **common)
        )
        train, theta = self.data.halves(settings.fraction, seed=settings.seed)
        augmentation = Augmentation(
            crop=self.data.crop if settings.crop is None else settings.crop,
            flip=self.data.flip,
            cutout=settings.cutout,
        )
        make: dict[str, Any] = {"data": self.data, "seed": settings.seed, "device": self.device}
        self.train = Batches(train, settings.batch, stream=WEIGHT_BATCHES, augmentation=augmentation, **make)
        self.theta = Batches(theta, settings.theta_batch, stream=THETA_BATCHES, augmentation=None, **make)
        self.step = 0
        self.epoch_steps = self.train.steps
        comparing = -(-settings.candidates // settings.lam_theta) if settings.method == "random" else 0
        self.steps = settings.epochs * self.epoch_steps + comparing
        self.history: list[dict[str, Any]] = []
        self.ranking: list[tuple[float, list[int]]] = []  # of the candidates: loss on D_θ, code
        self.skipped = 0  # steps of this epoch without a finite loss
        self._in_a_row = 0
        self._sums = np.zeros((2, 3))  # of this epoch, on D_x and on D_θ: losses, accuracies, their number
        self._seconds = 0.0  # of this epoch
        self._last: Info | None = None

    def _make_network(self) -> Network:
        settings = self._settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(np.random.SeedSequence([settings.seed, INITIAL_WEIGHTS]).generate_state(1)[0]))
            network = Network(
                self.space,
                cells=settings.cells,
                channels=settings.channels,
                classes=len(self.data.classes),
                image_channels=self.data.train.pictures.shape[1],
            )
        return network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    def settings(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return to_json(self._settings)

    @property
    def done(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.steps

    @property
    def warming_up(self) -> bool:
        """Whether θ still rests."""
        return self.step < self._settings.warmup_epochs * self.epoch_steps

    @property
    def rate(self) -> float:
        """The learning rate of the weights, a cosine over the epochs."""
        epoch = min(self.step // self.epoch_steps, self._settings.epochs)
        return 0.5 * self._settings.rate * (1.0 + math.cos(math.pi * epoch / self._settings.epochs))

    def genotype(self) -> Genotype:
        """Return the cell that the search would give now."""
        if self.ranking:
            return self.space.decode(np.array(min(self.ranking)[1]))
        return self.space.decode(self.optimizer.mode())

    def advance(self) -> dict[str, Any] | None:
        """Take one step; return the line of the epoch if it was the last of one, else None."""
        started = time.perf_counter()
        if self.step >= self._settings.epochs * self.epoch_steps:
            self._compare_candidates()
            self.step += 1
            return None
        theta_rests = self.warming_up or self._settings.method == "random"
        finite = self._move_weights() and (theta_rests or self._move_theta())
        self._count_finite(finite)
        self.step += 1
        self._seconds += time.perf_counter() - started
        return self._close_epoch() if self.step % self.epoch_steps == 0 else None

    def _move_weights(self) -> bool:
        """Move x by one step on a batch of D_x, eqs. (6) and (8); return whether all was finite."""
        codes = self.optimizer.ask(size=self._settings.lam_x)  # c ~ P_θ
        x, labels = self.train.take(*divmod(self.step, self.epoch_steps))
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
        results = self.evaluate(codes, *self.theta.take(*divmod(self.step, self.theta.steps)))
        if not np.isfinite(results).all():
            return False
        self._last = self.optimizer.tell(codes, results[:, 0])
        self._sums[1] += [*results.mean(axis=0), 1]
        return True

    @torch.inference_mode()
    def _compare_candidates(self) -> None:
        """Measure the next few random cells on all of D_θ."""
        first = len(self.ranking)
        count = min(self._settings.lam_theta, self._settings.candidates - first)
        rng = np.random.default_rng([self._settings.seed, CANDIDATES, first])
        codes = self.family.sample(self.family.initial_theta(), rng, count)
        batches = list(self.theta.all(self._settings.theta_batch))
        losses = np.mean([self.evaluate(codes, x, labels)[:, 0] for x, labels in batches], axis=0)
        losses[~np.isfinite(losses)] = math.inf
        self.ranking += [(float(loss), code.tolist()) for loss, code in zip(losses, codes, strict=True)]

    def evaluate(self, codes: NDArray[np.int64], x: Tensor, labels: Tensor) -> NDArray[np.float64]:
        """Return the loss and the accuracy of each path on a batch, shape (paths, 2)."""
        mine = [torch.stack(self._run(codes[i], x, labels)) for i in self.ranks.share(len(codes))]
        return self.ranks.gather(mine, len(codes))

    def _run(self, code: NDArray[np.int64], x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and the accuracy of one path on a batch."""
        reduced = self._settings.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=reduced):
            logits = self.network(x, self.space.decode(code))
        logits = logits.float()
        correct = (logits.detach().argmax(dim=1) == labels).float().mean()
        return functional.cross_entropy(logits, labels), correct

    def _count_finite(self, finite: bool) -> None:
        self.skipped += not finite
        self._in_a_row = 0 if finite else self._in_a_row + 1
        if self._in_a_row >= self._settings.patience:
            raise Diverged(
                f"the loss was not finite in {self._in_a_row} steps, one after another: try a smaller rate than "
                f"{self._settings.rate:g}."
            )

    def _close_epoch(self) -> dict[str, Any]:
        """Write the epoch's line into the history."""
        theta = self.optimizer.theta
        train, search = (sums[:2] / sums[2] if sums[2] else [math.nan] * 2 for sums in self._sums)
        info = self._last
        line = {
            "epoch": self.step // self.epoch_steps,
            "warmup": self.step <= self._settings.warmup_epochs * self.epoch_steps,
            "train_loss": float(train[0]),
            "train_accuracy": float(train[1]),
            "theta_loss": float(search[0]),
            "theta_accuracy": float(search[1]),
            "mean_max_theta": float(np.mean([row.max() for row in self.family.rows(theta)])),
            "entropy": self.family.entropy(theta),
            "delta": info.delta if info else math.nan,
            "s_norm2": info.s_norm2 if info else math.nan,
            "gamma": info.gamma if info else math.nan,
            "Delta": info.Delta if info else math.nan,
            "snr": info.snr if info else math.nan,
            "skipped": self.skipped,
            "steps_per_second": self.epoch_steps / self._seconds,
            "genotype": self.genotype().to_json(),
            "theta": [float(f"{value:.6g}") for value in theta],
        }
        self.history.append(line)
        self._sums[:] = 0.0
        self._seconds = 0.0
        self.skipped = 0
        return line

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return all that is needed to go on exactly: tensors, and what JSON can hold."""
        tensors = {"values": self.flat.values, "velocity": self.sgd.velocity}
        rest = {
            "step": self.step,
            "optimizer": self.optimizer.state_dict(),
            "history": self.history,
            "ranking": self.ranking,
            "sums": self._sums,
            "seconds": self._seconds,
            "skipped": self.skipped,
            "in_a_row": self._in_a_row,
            "info": None if self._last is None else asdict(self._last),
        }
        return tensors, rest

    def load(self, tensors: dict[str, Tensor], rest: dict[str, Any]) -> None:
        """Go on from what :meth:`state` returned.

        Raises
        ------
        ValueError
            If it is not the state of a search with these settings.
        """
        for name, own in self.state()[0].items():
            if name not in tensors or tensors[name].shape != own.shape:
                raise ValueError(f"the checkpoint is of another network: its {name} does not fit.")
        try:
            self.optimizer.load_state_dict(rest["optimizer"])
            self.step = checks.integer("step", rest["step"], 0)
            self.history = list(rest["history"])
            self.ranking = [(float(loss), list(code)) for loss, code in rest["ranking"]]
            self._sums = checks.finite_array("sums", rest["sums"], self._sums.shape).copy()
            self._seconds, self.skipped, self._in_a_row = rest["seconds"], rest["skipped"], rest["in_a_row"]
            self._last = None if rest["info"] is None else Info(**rest["info"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"the checkpoint is not of a search: {error} is missing or of another kind.") from None
        with torch.no_grad():
            self.flat.values.copy_(tensors["values"])
            self.sgd.velocity.copy_(tensors["velocity"])

    def record(self) -> dict[str, Any]:
        """Return what the search has found so far, for its record."""
        genotype = self.genotype()
        image = (self.data.channels, *self.data.size)
        cells, channels = self._settings.cells, self._settings.channels
        counted = size.count(genotype, self.space, cells, channels, len(self.data.classes), image)
        state = self.optimizer.state
        return {
            "method": self._settings.method,
            "theta": state.theta.tolist(),
            "Delta": getattr(state, "Delta", None),
            "genotype": genotype.to_json(),
            "parameters": counted.parameters,
            "multiply_adds": counted.multiply_adds,
            "device": self.device.type,
            "data": self.data.describe(),
            "candidates": [{"loss": loss, "code": code} for loss, code in self.ranking],
            "history": self.history,
        }


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """Return the device that is named, or a GPU if there is one, else the CPU.

    Raises
    ------
    ValueError
        If there is no such device.
    """
    if device is None or device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise ValueError(
            f"device must be auto, cpu, cuda or another that torch finds here, but is {device!r}."
        ) from None
    return chosen
