"""Retraining: the network of a found cell, trained from scratch and measured once on the test pictures."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from asng_edu import checks
from asng_edu.nas import checkpoint, size
from asng_edu.nas.augment import Augmentation
from asng_edu.nas.batches import Batches, normalisation
from asng_edu.nas.checkpoint import CheckpointError, Tensors, Values
from asng_edu.nas.data import Data, Images, load
from asng_edu.nas.flat import FlatParameters, MomentumSGD
from asng_edu.nas.job import Diverged
from asng_edu.nas.network import Network, layout
from asng_edu.nas.ranks import Ranks
from asng_edu.nas.retrain_settings import RetrainSettings
from asng_edu.nas.retrain_settings import from_record as from_record
from asng_edu.nas.search import pick_device

# One stream of random numbers for each purpose, so that none depends on how often another is asked.
INITIAL_WEIGHTS, BATCHES, DROP_PATH = range(3)
TEST_BATCH = 250  # pictures


class Retrain:
    """The training of one cell's network from scratch, a step at a time, and its test at the end.

    It trains on all training pictures, D_x and D_θ together. After the last epoch one more step measures the error on
    the test pictures: once, so that it can serve for no choice. It runs in one process.

    Parameters
    ----------
    settings : RetrainSettings
    data : Data, optional
        What to train and test on; by default ``settings.data`` is loaded.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.
    ranks : Ranks, optional
        Must be a single process.

    Attributes
    ----------
    network : Network
    channels : int
        Of its first cell.
    step, steps : int
        How many steps are done, and how many there are; the last one is the test.
    history : list of dict
        A line for each epoch, about the training pictures only.
    test : dict or None
        Once it is measured: loss, error, its standard error, number of pictures.

    Raises
    ------
    ValueError
        If the data cannot be loaded, or do not fit the settings; for more than one process.
    Diverged
        From :meth:`advance`, when step after step has a loss that is not finite.

    Notes
    -----
    The protocol is that of the article's section 3.2, which follows ENAS (Pham et al. 2018); see
    :class:`asng_edu.nas.retrain_settings.RetrainSettings`. Taught in chapter *The CIFAR-10 cell search*.
    """

    kind = "retrain"

    def __init__(
        self,
        settings: RetrainSettings,
        *,
        data: Data | None = None,
        device: str | torch.device | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        if ranks is not None and ranks.size != 1:
            raise ValueError(f"a retraining runs in one process, but here are {ranks.size}: start it without torchrun.")
        self._settings = settings
        self.data = load(settings.data, limit=settings.images) if data is None else data
        self.device = pick_device(device)
        self._image: tuple[int, int, int] = (self.data.channels, *self.data.size)
        self.channels = self._width() if settings.channels is None else settings.channels
        self.network = _make_network(settings, self.channels, len(self.data.classes), self.data.channels, self.device)
        self.flat = FlatParameters(self.network)
        self._statistics, self._counts = _flatten_buffers(self.network)
        self.sgd = MomentumSGD(
            self.flat, momentum=settings.momentum, weight_decay=settings.weight_decay, clip=settings.clip
        )
        augmentation = Augmentation(
            crop=self.data.crop if settings.crop is None else settings.crop,
            flip=self.data.flip,
            cutout=settings.cutout,
        )
        self.train = Batches(
            self.data.training(),
            settings.batch,
            data=self.data,
            seed=settings.seed,
            stream=BATCHES,
            augmentation=augmentation,
            device=self.device,
        )
        self.step = 0
        self.epoch_steps = self.train.steps
        self.steps = settings.epochs * self.epoch_steps + 1
        self.history: list[dict[str, Any]] = []
        self.test: dict[str, Any] | None = None
        self.skipped = 0  # steps of this epoch without a finite loss
        self._in_a_row = 0
        self._sums = np.zeros(3)  # of this epoch: losses, accuracies, their number
        self._seconds = 0.0  # of this epoch
        self._generator = torch.Generator(self.device)  # seeded afresh in every step

    def _width(self) -> int:
        return size.widest(
            self._settings.genotype,
            self._settings.space,
            max_parameters=self._settings.max_parameters,
            cells=self._settings.cells,
            classes=len(self.data.classes),
            image=self._image,
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return self._settings.to_json()

    @property
    def done(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.steps

    @property
    def rate(self) -> float:
        """The learning rate of the next step.

        A cosine over the epochs; or, over the steps, a line up from 0 and one down to 0.
        """
        settings = self._settings
        if settings.schedule == "cosine":
            return 0.5 * settings.rate * (1.0 + math.cos(math.pi * self._epoch / settings.epochs))
        steps = self.steps - 1
        top = settings.rise * steps
        up, down = (self.step + 1) / max(top, 1.0), (steps - self.step) / max(steps - top, 1.0)
        return settings.rate * min(up, down, 1.0)

    @property
    def drop_path(self) -> float:
        """The probability with which a path is dropped in the next step: a line over the epochs."""
        return self._settings.drop_path * self._epoch / self._settings.epochs

    @property
    def _epoch(self) -> int:
        return min(self.step // self.epoch_steps, self._settings.epochs)

    def advance(self) -> dict[str, Any] | None:
        """Take one step; return the line of the epoch if it was the last of one, else None."""
        if self.step >= self.steps - 1:
            moments = self.data.mean, self.data.std
            self.test = _test(self.network, self.data.test, moments, self.device, self._settings.precision)
            self.step += 1
            return None
        started = time.perf_counter()
        rate, drop_path = self.rate, self.drop_path
        self._count_finite(self._move_weights())
        self.step += 1
        self._seconds += time.perf_counter() - started
        return self._close_epoch(rate, drop_path) if self.step % self.epoch_steps == 0 else None

    def _move_weights(self) -> bool:
        """Take one step of SGD; return whether all was finite. If not, nothing has moved."""
        x, labels = self.train.take(*divmod(self.step, self.epoch_steps))
        statistics, counts = self._statistics.clone(), self._counts.clone()
        self.network.drop_path = self.drop_path
        self._generator.manual_seed(_seed(self._settings.seed, DROP_PATH, self.step))
        with _autocast(self.device, self._settings.precision):
            output = self.network(x, generator=self._generator)
        logits, *auxiliary = output if isinstance(output, tuple) else (output,)
        loss = functional.cross_entropy(logits.float(), labels)
        total = loss
        for other in auxiliary:
            total = total + self._settings.auxiliary * functional.cross_entropy(other.float(), labels)
        total.backward()  # type: ignore[no-untyped-call]
        norm = self.flat.gradients.norm()
        correct = (logits.detach().argmax(dim=1) == labels).float().mean()
        results = torch.stack([loss.detach(), correct, total.detach(), norm]).tolist()  # the one wait for the device
        if not np.isfinite(results).all():
            self.flat.zero()
            self._statistics.copy_(statistics)
            self._counts.copy_(counts)
            return False
        self.sgd.step(self.rate, norm)
        self._sums += [*results[:2], 1]
        return True

    def _count_finite(self, finite: bool) -> None:
        self.skipped += not finite
        self._in_a_row = 0 if finite else self._in_a_row + 1
        if self._in_a_row >= self._settings.patience:
            raise Diverged(
                f"the loss was not finite in {self._in_a_row} steps, one after another: try a smaller rate than "
                f"{self._settings.rate:g}."
            )

    def _close_epoch(self, rate: float, drop_path: float) -> dict[str, Any]:
        """Write the epoch's line into the history."""
        loss, accuracy = self._sums[:2] / self._sums[2] if self._sums[2] else (math.nan, math.nan)
        line = {
            "epoch": self.step // self.epoch_steps,
            "train_loss": float(loss),
            "train_accuracy": float(accuracy),
            "rate": rate,
            "drop_path": drop_path,
            "skipped": self.skipped,
            "steps_per_second": self.epoch_steps / self._seconds,
        }
        self.history.append(line)
        self._sums[:] = 0.0
        self._seconds = 0.0
        self.skipped = 0
        return line

    def state(self) -> tuple[Tensors, Values]:
        """Return all that is needed to go on exactly: tensors, and what JSON can hold.

        It also says what :func:`evaluate` needs to know of the data.
        """
        tensors = {
            "values": self.flat.values,
            "velocity": self.sgd.velocity,
            "statistics": self._statistics,
            "counts": self._counts,
        }
        rest = {
            "step": self.step,
            "steps": self.steps,
            "channels": self.channels,
            "classes": self.data.classes,
            "mean": self.data.mean,
            "std": self.data.std,
            "history": self.history,
            "test": self.test,
            "sums": self._sums,
            "seconds": self._seconds,
            "skipped": self.skipped,
            "in_a_row": self._in_a_row,
        }
        return tensors, rest

    def load(self, tensors: Tensors, rest: Values) -> None:
        """Go on from what :meth:`state` returned.

        Raises
        ------
        ValueError
            If it is not the state of a retraining with these settings; then this one stays as it is.
        """
        own, _ = self.state()
        _check_shapes(tensors, own)
        try:
            step = checks.integer("step", rest["step"], 0)
            sums = checks.finite_array("sums", rest["sums"], self._sums.shape).copy()
            history, test = list(rest["history"]), rest["test"]
            seconds, skipped, in_a_row = rest["seconds"], rest["skipped"], rest["in_a_row"]
            steps = rest["steps"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"the checkpoint is not of a retraining: {error} is missing or of another kind.") from None
        if steps != self.steps:
            raise ValueError(
                f"the checkpoint is of a retraining of {steps} steps, but this one has {self.steps}: the number of "
                f"pictures in {self.data.name} has changed."
            )
        self.step, self._sums, self.history, self.test = step, sums, history, test
        self._seconds, self.skipped, self._in_a_row = seconds, skipped, in_a_row
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(tensors[name])

    def record(self) -> dict[str, Any]:
        """Return what is known so far, for the record. What the test tells is None before it."""
        genotype, space, cells = self._settings.genotype, self._settings.space, self._settings.cells
        counted = size.count(genotype, space, cells, self.channels, len(self.data.classes), self._image)
        return {
            "genotype": genotype.to_json(),
            "cells": cells,
            "channels": self.channels,
            "parameters": counted.parameters,
            "multiply_adds": counted.multiply_adds,
            **(self.test or dict.fromkeys(TEST_KEYS)),
            "device": self.device.type,
            "data": self.data.describe(),
            "history": self.history,
        }


TEST_KEYS = ("test_loss", "test_error", "standard_error", "test_pictures")


def evaluate(
    path: str | os.PathLike[str], data: Data | str | None = None, device: str | torch.device | None = None
) -> dict[str, Any]:
    """Measure a trained network again.

    Parameters
    ----------
    path : path
        The folder of a finished retraining, or its checkpoint.
    data : Data or str, optional
        Whose test pictures; by default those of the retraining. They are normalised as its training pictures were.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.

    Returns
    -------
    dict
        ``test_loss``, ``test_error`` e, its binomial ``standard_error`` √(e(1 − e)/n), ``test_pictures`` n. On the same
        data and kind of device they are those of the record.

    Raises
    ------
    ValueError
        If there is no checkpoint of a finished retraining, or the data have other classes or colours.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.
    """
    path = Path(path)
    path = path / "checkpoint.pt" if path.is_dir() else path
    if not checkpoint.exists(path):
        raise CheckpointError(f"{path} does not exist: give the folder of a retraining.")
    tensors, values = checkpoint.load(path)
    if values.get("kind") != Retrain.kind:
        raise CheckpointError(f"{path} is the checkpoint of a {values.get('kind')}, but must be that of a retraining.")
    try:
        settings, rest = RetrainSettings(**values["settings"]), values["task"]
        step, steps, channels = rest["step"], rest["steps"], rest["channels"]
        classes, mean, std = tuple(rest["classes"]), rest["mean"], rest["std"]
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is not the checkpoint of a retraining: {error}.") from None
    if step < steps:
        raise CheckpointError(f"the retraining in {path.parent} is at step {step} of {steps}: finish it with --resume.")
    if not isinstance(data, Data):
        data = load(settings.data if data is None else data)
    if data.classes != classes:
        raise ValueError(
            f"the network was trained to tell {', '.join(classes)}, but {data.name} has the classes "
            f"{', '.join(data.classes)}."
        )
    if data.channels != len(mean):
        raise ValueError(
            f"the network takes pictures of {len(mean)} colours, but those of {data.name} have {data.channels}."
        )
    where = pick_device(device)
    network = _make_network(settings, channels, len(classes), len(mean), where)
    statistics, counts = _flatten_buffers(network)
    own = {"values": FlatParameters(network).values, "statistics": statistics, "counts": counts}
    _check_shapes(tensors, own)
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])
    return _test(network, data.test, (mean, std), where, settings.precision)


def _make_network(
    settings: RetrainSettings, channels: int, classes: int, image_channels: int, device: torch.device
) -> Network:
    kinds = layout(settings.space.kinds, settings.cells)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_seed(settings.seed, INITIAL_WEIGHTS))
        network = Network(
            settings.space,
            cells=settings.cells,
            channels=channels,
            classes=classes,
            image_channels=image_channels,
            genotype=settings.genotype,
            affine=True,
            auxiliary=settings.auxiliary > 0 and kinds.count("reduction") >= 2,
        )
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _flatten_buffers(module: nn.Module) -> tuple[Tensor, Tensor]:
    """Lay the buffers of a module, BN's running statistics, end to end; return the real and the whole numbers.

    The module's own become views of them. So all can be kept before a step and put back after it at once.
    """
    buffers = dict(module.named_buffers())
    flat = []
    for real in (True, False):
        chosen = {name: buffer for name, buffer in buffers.items() if buffer.is_floating_point() == real}
        flat.append(torch.cat([buffer.flatten() for buffer in chosen.values()]))
        start = 0
        for name, buffer in chosen.items():
            owner, _, own_name = name.rpartition(".")
            setattr(module.get_submodule(owner), own_name, flat[-1].as_strided(buffer.shape, buffer.stride(), start))
            start += buffer.numel()
    return flat[0], flat[1]


def _check_shapes(tensors: Tensors, own: Tensors) -> None:
    for name, tensor in own.items():
        if name not in tensors or tensors[name].shape != tensor.shape:
            raise CheckpointError(f"the checkpoint is of another network: its {name} does not fit.")


def _seed(*numbers: int) -> int:
    """Return a seed for torch that depends on all the numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _autocast(device: torch.device, precision: str) -> torch.autocast:
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


@torch.inference_mode()
def _test(
    network: Network,
    images: Images,
    moments: tuple[tuple[float, ...], tuple[float, ...]],
    device: torch.device,
    precision: str,
) -> dict[str, Any]:
    """Return the loss and the error on pictures, normalised by mean and standard deviation, with running statistics."""
    scale, shift = (part[:, None, None] for part in normalisation(*moments, device))
    loss, wrong, count = 0.0, 0, len(images.labels)
    network.eval()
    for start in range(0, count, TEST_BATCH):
        pictures, labels = (part[start : start + TEST_BATCH].to(device) for part in images)
        with _autocast(device, precision):
            logits = network(pictures * scale + shift).float()
        loss += float(functional.cross_entropy(logits, labels, reduction="none").double().sum())
        wrong += int((logits.argmax(dim=1) != labels).sum())
    network.train()
    error = wrong / count
    values = (loss / count, error, math.sqrt(error * (1 - error) / count), count)
    return dict(zip(TEST_KEYS, values, strict=True))
