"""What a search and a retraining share: a network whose weights move by SGD, and the book-keeping of its epochs."""

from __future__ import annotations

import copy
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from asng_edu._common import checks
from asng_edu.jobs.errors import Diverged, RunError
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.data.augmentation import Augmentation
from asng_edu.nas.data.datasets import Data
from asng_edu.nas.runs.checkpoint import CheckpointError, Tensors, Values
from asng_edu.nas.spaces.base import Choice, Space
from asng_edu.nas.supernet.base import SearchNetwork
from asng_edu.nas.supernet.size import Size, count
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD
from asng_edu.nas.training.settings import TrainingSettings

DEVICES = ("cpu", "cuda", "mps")

S = TypeVar("S", bound=TrainingSettings)


class Training(ABC, Generic[S]):
    """Something that trains a network step by step; a :class:`asng_edu.nas.runs.task.Task`.

    Attributes
    ----------
    network : SearchNetwork
    data : Data
    device : torch.device
    step, steps : int
        How many steps are done, and how many there are: those of all epochs, and maybe a few that follow them.
    epoch_steps : int
        How many steps an epoch has.
    history : list of dict
        A line for each epoch.
    skipped : int
        Steps of this epoch without a finite loss. Neither the weights nor θ move in them; of a search's step whose
        loss is finite on D_x and not on D_θ, the weights have moved.
    """

    kind: ClassVar[str]
    _laid_out: ClassVar[tuple[str, ...]] = ("flat", "sgd")  # the attributes that _lay_out makes
    epoch_steps: int
    steps: int

    def __init__(self, settings: S, data: Data, network: SearchNetwork, device: torch.device) -> None:
        self._settings = settings
        self.data, self.device = data, device
        self.network = network.to(device)
        self._lay_out()
        self.step = 0
        self.history: list[dict[str, Any]] = []
        self.skipped = 0
        self._in_a_row = 0  # of these, the last ones
        self._seconds = 0.0  # that this epoch took so far
        self._sizes: dict[Choice, Size] = {}  # of the cells that records have told of: counting takes a while
        self._sums = np.zeros((2, 3))  # of this epoch, on D_x and on D_θ: losses, accuracies, their number

    def _lay_out(self) -> None:
        """Make the network's parameters views of flat tensors, with an optimiser over these that is at its start."""
        s = self._settings
        self.flat = FlatParameters(self.network)
        self.sgd = MomentumSGD(self.flat, momentum=s.momentum, weight_decay=s.weight_decay, clip=s.clip)

    def __getstate__(self) -> dict[str, Any]:
        # In a copy the parameters of the network have a memory of their own first, and are laid out anew.
        kept = {name: value for name, value in vars(self).items() if name not in self._laid_out}
        return kept | {"network": copy.deepcopy(self.network), "state": self.state()[0]}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        tensors = kept.pop("state")
        vars(self).update(kept)
        self._lay_out()
        with torch.no_grad():
            for name, tensor in self.state()[0].items():
                tensor.copy_(tensors[name])

    def settings(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return self._settings.to_json()

    def means_the_same(self, setting: str, told: Mapping[str, Any]) -> bool:
        """Tell whether a setting that has another value means the same: images in a folder that was moved do."""
        data = told.get("data")
        return (
            setting == "data"
            and isinstance(data, dict)
            and data.get("checksum") == self.data.checksum
            and all(str(name).startswith("folder:") for name in (data.get("name"), self.data.name))
        )

    @property
    def device_name(self) -> str:
        """What computes, in words."""
        return device_name(self.device)

    @property
    def done(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.steps

    @property
    def epochs_end(self) -> int:
        """The number of steps in all epochs; a few others may follow."""
        return self._settings.epochs * self.epoch_steps

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return int(min(self.step // self.epoch_steps, self._settings.epochs))

    @property
    def cosine(self) -> float:
        """The learning rate that falls to 0 by a cosine, epoch by epoch."""
        return float(0.5 * self._settings.rate * (1.0 + math.cos(math.pi * self.epoch / self._settings.epochs)))

    def advance(self) -> dict[str, Any] | None:
        """Take one step; return the line of the epoch if it was the last of one, else None.

        Raises
        ------
        Diverged
            If step after step, as many as the patience or all of the last epoch, had no finite loss.
        ValueError
            If all steps are done.
        """
        if self.done:
            raise ValueError(f"all {self.steps} steps are done: there is nothing to advance.")
        if self.epoch == self._settings.epochs:
            self._follow()
            self.step += 1
            return None
        started = time.perf_counter()
        told = self._step_metrics()
        if self._move():
            self._in_a_row = 0
        else:
            self.skipped += 1
            self._in_a_row += 1
        at_the_end = self.step + 1 == self.epochs_end
        if self._in_a_row >= self._settings.patience or (at_the_end and self.skipped == self.epoch_steps):
            raise Diverged(
                f"the loss was not finite in {self._in_a_row} steps, one after another: try a smaller rate than "
                f"{self._settings.rate:g}."
            )
        self.step += 1
        self._seconds += time.perf_counter() - started
        return self._close_epoch(told) if self.step % self.epoch_steps == 0 else None

    @abstractmethod
    def _move(self) -> bool:
        """Take one step; return whether all was finite."""

    @abstractmethod
    def _follow(self) -> None:
        """Take one of the steps that follow the last epoch."""

    def _step_metrics(self) -> dict[str, Any]:
        """Return what the epoch's line tells of the settings of its last step."""
        return {}

    @abstractmethod
    def _epoch_metrics(self) -> dict[str, Any]:
        """Return what else the epoch's line tells."""

    def _close_epoch(self, told: dict[str, Any]) -> dict[str, Any]:
        """Write the epoch's line into the history."""
        loss, accuracy = self._mean(0)
        line = {
            "epoch": self.epoch,
            "train_loss": loss,
            "train_accuracy": accuracy,
            **told,
            **self._epoch_metrics(),
            "skipped": self.skipped,
            "steps_per_second": self.epoch_steps / self._seconds,
        }
        self.history.append(line)
        self._sums[:] = 0.0
        self._seconds = 0.0
        self.skipped = 0
        return line

    def _mean(self, row: int) -> tuple[float, float]:
        """Return the mean loss and accuracy of this epoch, on D_x or on D_θ; NaN if nothing was measured."""
        loss, accuracy, count = (float(value) for value in self._sums[row])
        return (loss / count, accuracy / count) if count else (math.nan, math.nan)

    def _augmentation(self) -> Augmentation:
        """Return the changes that images undergo."""
        crop = self.data.crop if self._settings.crop is None else self._settings.crop
        flip = self.data.flip if self._settings.flip is None else self._settings.flip
        return Augmentation(crop=crop, flip=flip, cutout=self._settings.cutout)

    def _autocast(self) -> torch.autocast:
        return autocast(self.device, self._settings.precision)

    def _size(self, genotype: Choice, space: Space[Any], cells: int, channels: int) -> Size:
        """Return the size of an architecture's network."""
        if genotype not in self._sizes:
            self._sizes[genotype] = count(genotype, space, cells, channels, len(self.data.classes), self.data.shape)
        return self._sizes[genotype]

    def state(self) -> tuple[Tensors, Values]:
        """Return all that is needed to go on exactly: tensors, and what JSON can hold.

        It also says what :func:`asng_edu.nas.load_network` needs to know of the data.
        """
        tensors = {"values": self.flat.values, "velocity": self.sgd.velocity}
        rest = {
            "step": self.step,
            "steps": self.steps,
            "data": self.data.describe(),
            "classes": self.data.classes,
            "mean": self.data.mean,
            "std": self.data.std,
            "history": self.history,
            "skipped": self.skipped,
            "in_a_row": self._in_a_row,
            "seconds": self._seconds,
            "sums": self._sums,
        }
        return tensors, rest

    def load(self, tensors: Tensors, rest: Values) -> None:
        """Go on from what :meth:`state` returned.

        Raises
        ------
        ValueError
            If it is not a state with these settings and data; then this one stays as it is.
        """
        own, _ = self.state()
        check_shapes(tensors, own)
        try:
            found = self._read(rest)
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(
                f"the checkpoint is not of a {self.kind}: {error} is missing or of another kind."
            ) from None
        for name, value in found.items():
            setattr(self, name, value)
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(tensors[name])

    def _read(self, rest: Values) -> dict[str, Any]:
        """Return the attributes that a state tells of, checked, and change nothing unless all is right."""
        then, now = rest["data"], self.data.describe()
        if differing := [name for name in now if name != "name" and then.get(name) != now[name]]:
            raise RunError(
                f"the images of {self.data.name} are not those that the {self.kind} began with: another "
                f"{', '.join(differing)}."
            )
        if rest["steps"] != self.steps:
            raise CheckpointError(f"the checkpoint is of a {self.kind} of {rest['steps']} steps, not {self.steps}.")
        return {
            "step": checks.integer("step", rest["step"], 0),
            "history": list(rest["history"]),
            "skipped": checks.integer("skipped", rest["skipped"], 0),
            "_in_a_row": checks.integer("in_a_row", rest["in_a_row"], 0),
            "_seconds": checks.real("seconds", rest["seconds"]),
            "_sums": checks.finite_array("sums", rest["sums"], self._sums.shape).copy(),
        }


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which a network runs with a precision of the settings."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def loss_and_accuracy(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy and the share of right answers, each a scalar on the device."""
    logits = logits.float()
    return functional.cross_entropy(logits, labels), (logits.detach().argmax(dim=1) == labels).float().mean()


def check_shapes(tensors: Tensors, own: Tensors) -> None:
    """Raise a CheckpointError unless the tensors fit one's own."""
    for name, tensor in own.items():
        if name not in tensors or tensors[name].shape != tensor.shape:
            raise CheckpointError(
                f"the checkpoint is of another network, or of an earlier version of the library: its {name} do not fit."
            )


def torch_seed(purpose: str, *numbers: int) -> int:
    """Return such a seed for torch."""
    return int(seed_for(purpose, *numbers).generate_state(1)[0])


def seeded_network(seed: int, space: Space[Any], **options: Any) -> SearchNetwork:
    """Return a space's network with weights drawn from a seed; torch's global generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return space.make_network(**options)


def device_name(device: torch.device) -> str:
    """Return what a device is called: the GPU's name, or its kind."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """Return the device that is named, or a GPU if there is one, else the CPU.

    Raises
    ------
    ValueError
        If there is no such device.
    """
    if device is None or (isinstance(device, str) and device == "auto"):
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        if not isinstance(device, str | torch.device):  # PyTorch takes numbers too
            raise TypeError
        chosen = torch.device(device)
        if chosen.type in DEVICES:
            torch.empty(1, device=chosen)
            return chosen
    except (RuntimeError, AssertionError, NotImplementedError, TypeError):
        pass
    known, given = ", ".join(DEVICES), checks.short(device)
    raise ValueError(f"device must be auto, or one of {known} that torch finds here, but is {given}.")
