"""Retraining: the network of a found cell, trained from scratch and measured once on the test pictures."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from asng_edu.nas.data.batches import Batches, normalisation
from asng_edu.nas.data.datasets import Data, Images, load
from asng_edu.nas.runs import checkpoint
from asng_edu.nas.runs.checkpoint import CheckpointError, Tensors, Values
from asng_edu.nas.runs.distributed import Ranks
from asng_edu.nas.spaces import size
from asng_edu.nas.supernet.network import Network, layout
from asng_edu.nas.training.base import (
    Training,
    autocast,
    check_shapes,
    loss_and_accuracy,
    pick_device,
    seeded_network,
    torch_seed,
)
from asng_edu.nas.training.flat_parameters import FlatParameters, lay_out
from asng_edu.nas.training.retrain_settings import RetrainSettings
from asng_edu.nas.training.retrain_settings import from_record as from_record

BATCHES = 2  # the stream of the batches; a search has 0 and 1
TEST_BATCH = 250  # pictures
TEST_KEYS = ("test_loss", "test_error", "standard_error", "test_pictures")


class Retrain(Training):
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
    :class:`asng_edu.nas.training.retrain_settings.RetrainSettings`. Taught in chapter *The CIFAR-10 cell search*.
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
        data = load(settings.data, images=settings.images) if data is None else data
        self.channels = _width(settings, data) if settings.channels is None else settings.channels
        network = _make_network(settings, self.channels, len(data.classes), data.channels)
        super().__init__(settings, data, network, pick_device(device))
        self._statistics, self._counts = _flatten_buffers(self.network)
        self.train_batches = Batches(
            data.training(),
            settings.batch,
            data=data,
            seed=settings.seed,
            stream=BATCHES,
            augmentation=self._augmentation(),
            device=self.device,
        )
        self.epoch_steps = self.train_batches.steps
        self.steps = settings.epochs * self.epoch_steps + 1
        self.test: dict[str, Any] | None = None
        self._generator = torch.Generator(self.device)  # seeded afresh in every step

    @property
    def rate(self) -> float:
        """The learning rate of the next step.

        A cosine over the epochs; or, over the steps, a line up from 0 and one down to 0.
        """
        settings = self._settings
        if settings.schedule == "cosine":
            return self.cosine
        steps = self.steps - 1
        top = settings.rise * steps
        up, down = (self.step + 1) / max(top, 1.0), (steps - self.step) / max(steps - top, 1.0)
        return float(settings.rate * min(up, down, 1.0))

    @property
    def drop_path(self) -> float:
        """The probability with which a path is dropped in the next step: a line over the epochs."""
        return float(self._settings.drop_path * self.epoch / self._settings.epochs)

    def _follow(self) -> None:
        """Measure the test error: once, after the last epoch."""
        moments = self.data.mean, self.data.std
        self.test = _test(self.network, self.data.test, moments, self.device, self._settings.precision)

    def _move(self) -> bool:
        """Take one step of SGD; return whether all was finite. If not, nothing has moved."""
        x, labels = self.train_batches.take(*divmod(self.step, self.epoch_steps))
        statistics, counts = self._statistics.clone(), self._counts.clone()
        self.network.drop_path = self.drop_path
        self._generator.manual_seed(torch_seed("drop-path", self._settings.seed, self.step))
        with self._autocast():
            output = self.network(x, generator=self._generator)
        logits, *auxiliary = output if isinstance(output, tuple) else (output,)
        loss, accuracy = loss_and_accuracy(logits, labels)
        total = loss
        for other in auxiliary:
            total = total + self._settings.auxiliary * functional.cross_entropy(other.float(), labels)
        total.backward()  # type: ignore[no-untyped-call]
        norm = self.flat.gradients.norm()
        results = torch.stack([loss.detach(), accuracy, total.detach(), norm]).tolist()  # the one wait for the device
        if not all(map(math.isfinite, results)):
            self.flat.zero()
            self._statistics.copy_(statistics)
            self._counts.copy_(counts)
            return False
        self.sgd.step(self.rate, norm)
        self._sums[0] += [*results[:2], 1]
        return True

    def _tell_of_step(self) -> dict[str, Any]:
        return {"rate": self.rate, "drop_path": self.drop_path}

    def _tell_of_epoch(self) -> dict[str, Any]:
        return {}

    def state(self) -> tuple[Tensors, Values]:
        """Return all that is needed to go on exactly: tensors, and what JSON can hold.

        It also says what :func:`evaluate` needs to know of the data.
        """
        tensors, rest = super().state()
        return tensors | {"statistics": self._statistics, "counts": self._counts}, rest | {
            "channels": self.channels,
            "classes": self.data.classes,
            "mean": self.data.mean,
            "std": self.data.std,
            "test": self.test,
        }

    def _read(self, rest: Values) -> dict[str, Any]:
        return super()._read(rest) | {"test": rest["test"]}

    def record(self) -> dict[str, Any]:
        """Return what is known so far, for the record. What the test tells is None before it."""
        genotype, cells = self._settings.genotype, self._settings.cells
        counted = self._size(genotype, self.channels)
        return {
            "genotype": genotype.to_json(),
            "cells": cells,
            "channels": self.channels,
            "parameters": counted.parameters,
            "multiply_adds": counted.multiply_adds,
            **(self.test or dict.fromkeys(TEST_KEYS)),
            "data": self.data.describe(),
            "history": self.history,
        }


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
        settings, rest = RetrainSettings.from_json(values["settings"]), values["task"]
        step, steps, channels = rest["step"], rest["steps"], rest["channels"]
        classes, mean, std = tuple(rest["classes"]), rest["mean"], rest["std"]
    except (LookupError, TypeError, ValueError) as error:
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
    network = _make_network(settings, channels, len(classes), len(mean))
    network.to(where)
    statistics, counts = _flatten_buffers(network)
    own = {"values": FlatParameters(network).values, "statistics": statistics, "counts": counts}
    check_shapes(tensors, own)
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])
    return _test(network, data.test, (mean, std), where, settings.precision)


def _width(settings: RetrainSettings, data: Data) -> int:
    """Return the channels of the widest network that the settings allow."""
    return size.widest(
        settings.genotype,
        settings.space,
        max_parameters=settings.max_parameters,
        cells=settings.cells,
        classes=len(data.classes),
        image=data.shape,
    )


def _make_network(settings: RetrainSettings, channels: int, classes: int, image_channels: int) -> Network:
    kinds = layout(settings.space.kinds, settings.cells)
    return seeded_network(
        torch_seed("weights of a retraining", settings.seed),
        settings.space,
        cells=settings.cells,
        channels=channels,
        classes=classes,
        image_channels=image_channels,
        genotype=settings.genotype,
        affine=True,
        auxiliary=settings.auxiliary > 0 and kinds.count("reduction") >= 2,
    )


def _flatten_buffers(module: nn.Module) -> tuple[Tensor, Tensor]:
    """Lay the buffers of a module, BN's running statistics, end to end; return the real and the whole numbers.

    The module's own become views of them. So all can be kept before a step and put back after it at once.
    """
    buffers = dict(module.named_buffers())
    flat = []
    for real in (True, False):
        chosen = {name: buffer for name, buffer in buffers.items() if buffer.is_floating_point() == real}
        together, views = lay_out(list(chosen.values()))
        flat.append(together)
        for (name, buffer), view in zip(chosen.items(), views, strict=True):
            owner, _, own_name = name.rpartition(".")
            setattr(module.get_submodule(owner), own_name, view.copy_(buffer))
    return flat[0], flat[1]


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
        with autocast(device, precision):
            logits = network(pictures * scale + shift).float()
        loss += float(functional.cross_entropy(logits, labels, reduction="none").double().sum())
        wrong += int((logits.argmax(dim=1) != labels).sum())
    network.train()
    error = wrong / count
    values = (loss / count, error, math.sqrt(error * (1 - error) / count), count)
    return dict(zip(TEST_KEYS, values, strict=True))
