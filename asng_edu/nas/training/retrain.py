"""Retraining: the network of a found cell, trained from scratch and measured once on the test images."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from asng_edu._common import checks
from asng_edu.nas.data.batches import Batches
from asng_edu.nas.data.datasets import Data, load
from asng_edu.nas.runs.checkpoint import Tensors, Values
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.supernet import size
from asng_edu.nas.training.base import Training, loss_and_accuracy, pick_device, torch_seed
from asng_edu.nas.training.retrain_settings import RetrainSettings
from asng_edu.nas.training.retrain_settings import from_record as from_record
from asng_edu.nas.training.trained import (
    TEST_KEYS,
    TrainedNetwork,
    flatten_buffers,
    load_network,
    make_network,
    measure,
)

BATCHES = 2  # the stream of the batches; a search has 0 and 1


class Retrain(Training[RetrainSettings]):
    """The training of one cell's network from scratch, a step at a time, and its test at the end.

    It trains on all training images, D_x and D_θ together. After the last epoch one more step measures the error on
    the test images: once, so that it can serve for no choice. It runs in one process.

    Parameters
    ----------
    settings : RetrainSettings
    data : Data, optional
        What to train and test on; by default ``settings.data`` is loaded.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.
    distributed : Distributed, optional
        Must be a single process.

    Attributes
    ----------
    network : SearchNetwork
    channels : int
        Of its first cell.
    step, steps : int
        How many steps are done, and how many there are; the last one is the test.
    history : list of dict
        A line for each epoch, about the training images only.
    test : dict or None
        Once it is measured: loss, error, its standard error, number of images.

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
    _laid_out = (*Training._laid_out, "_statistics", "_counts", "_generator")

    def __init__(
        self,
        settings: RetrainSettings,
        *,
        data: Data | None = None,
        device: str | torch.device | None = None,
        distributed: Distributed | None = None,
    ) -> None:
        checks.instance("settings", settings, RetrainSettings, "RetrainSettings")
        if distributed is not None:
            checks.instance("distributed", distributed, Distributed, "a Distributed, or None")
        if distributed is not None and distributed.size != 1:
            size = distributed.size
            raise ValueError(f"a retraining runs in one process, but here are {size}: start it without torchrun.")
        data = load(settings.data, images=settings.images) if data is None else data
        checks.instance("data", data, Data, "Data, as load() returns them")
        self.channels = _width(settings, data) if settings.channels is None else settings.channels
        network = make_network(settings, self.channels, len(data.classes), data.channels)
        if settings.inherit is not None:
            network.inherit(load_network(settings.inherit, "cpu").network)
        super().__init__(settings, data, network, pick_device(device))
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

    def _lay_out(self) -> None:
        super()._lay_out()
        self._statistics, self._counts = flatten_buffers(self.network)
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
        trained = TrainedNetwork(
            self.network, self.data.classes, self.data.mean, self.data.std, self._settings.precision
        )
        self.test = measure(trained, self.data.test)

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

    def _step_metrics(self) -> dict[str, Any]:
        return {"rate": self.rate, "drop_path": self.drop_path}

    def _epoch_metrics(self) -> dict[str, Any]:
        return {}

    def state(self) -> tuple[Tensors, Values]:
        """Return all that is needed to go on exactly: tensors, and what JSON can hold."""
        tensors, rest = super().state()
        return tensors | {"statistics": self._statistics, "counts": self._counts}, rest | {
            "channels": self.channels,
            "test": self.test,
        }

    def _read(self, rest: Values) -> dict[str, Any]:
        return super()._read(rest) | {"test": rest["test"]}

    def record(self) -> dict[str, Any]:
        """Return what is known so far, for the record. What the test tells is None before it."""
        genotype, cells = self._settings.genotype, self._settings.cells
        counted = self._size(genotype, self._settings.space, cells, self.channels)
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
