"""Networks that were trained, read back from the folders of their runs, and measured on test images."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from asng_edu._common import checks
from asng_edu.nas.data.batches import normalisation
from asng_edu.nas.data.datasets import Data, Images, load
from asng_edu.nas.runs import checkpoint
from asng_edu.nas.runs.checkpoint import CheckpointError
from asng_edu.nas.supernet.base import SearchNetwork
from asng_edu.nas.supernet.network import layout
from asng_edu.nas.training.base import autocast, check_shapes, pick_device, seeded_network, torch_seed
from asng_edu.nas.training.flat_parameters import FlatParameters, lay_out
from asng_edu.nas.training.retrain_settings import RetrainSettings
from asng_edu.nas.training.settings import SearchSettings

NAMES = {"search": "search", "retrain": "retraining"}  # the kinds of runs in words
TEST_BATCH = 250  # images
TEST_KEYS = ("test_loss", "test_error", "standard_error", "test_images")


class TrainedNetwork(nn.Module):
    """A network with what it must know of its data: it takes images as they are stored, and names their classes.

    Parameters
    ----------
    network : SearchNetwork
        Of a retraining, or the supernet of a search.
    classes : sequence of str
        Label i means ``classes[i]``.
    mean, std : sequence of float
        Of each channel of the training images, black being 0 and white 1.
    precision : str
        In which the network was trained.

    Notes
    -----
    :func:`load_network` returns one.
    """

    def __init__(
        self,
        network: SearchNetwork,
        classes: Sequence[str],
        mean: Sequence[float],
        std: Sequence[float],
        precision: str = "float32",
    ) -> None:
        super().__init__()
        self.network, self.classes, self.precision = network, tuple(classes), precision
        self.mean, self.std = tuple(mean), tuple(std)

    def forward(self, images: Tensor, choice: Any = None) -> Tensor:
        """Return the logits of images, (B, classes).

        Parameters
        ----------
        images : Tensor
            (B, channels, H, W): bytes, or floats from 0 (black) to 1 (white).
        choice : optional
            For a supernet, the path or the mixture to run.
        """
        pixels = images if images.dtype == torch.uint8 else images * 255
        scale, shift = (part[:, None, None] for part in normalisation(self.mean, self.std, images.device))
        with autocast(images.device, self.precision):
            logits: Tensor = self.network(pixels * scale + shift, choice)
        return logits.float()


def load_network(path: str | os.PathLike[str], device: str | torch.device | None = None) -> TrainedNetwork:
    """Return the network of a run, ready to use.

    Parameters
    ----------
    path : path
        The folder of a retraining or of a search, finished or not, or its checkpoint.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.

    Returns
    -------
    TrainedNetwork
        In evaluation mode. That of a search holds the supernet: call it with a path.

    Raises
    ------
    ValueError
        If there is no checkpoint of such a run.
    """
    path = checks.path("path", path)
    path = path / "checkpoint.pt" if path.is_dir() else path
    if not checkpoint.exists(path):
        raise CheckpointError(f"{path} does not exist: give the folder of a search or of a retraining.")
    tensors, values = checkpoint.load(path)
    kind = values.get("kind")
    if kind not in NAMES:
        raise CheckpointError(f"{path} is the checkpoint of a {kind}, but must be that of a search or a retraining.")
    try:
        rest = values["task"]
        classes, mean, std = tuple(rest["classes"]), tuple(map(float, rest["mean"])), tuple(map(float, rest["std"]))
        if kind == "search":
            settings: Any = SearchSettings.from_json(values["settings"])
            network = make_supernet(settings, len(classes), len(mean))
        else:
            settings = RetrainSettings.from_json(values["settings"])
            network = make_network(settings, rest["channels"], len(classes), len(mean))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        words = f"{path} is not the checkpoint of a {NAMES[kind]}, or of another version: {error}."
        raise CheckpointError(words) from None
    network.to(pick_device(device))
    own = {"values": FlatParameters(network).values}
    if kind == "retrain":
        own["statistics"], own["counts"] = flatten_buffers(network)
    check_shapes(tensors, own)
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(tensors[name])
    for parameter in network.parameters():
        parameter.grad = None
    return TrainedNetwork(network, classes, mean, std, settings.precision).eval()


def evaluate(
    path: str | os.PathLike[str], data: Data | str | None = None, device: str | torch.device | None = None
) -> dict[str, Any]:
    """Measure a trained network again.

    Parameters
    ----------
    path : path
        The folder of a finished retraining, or its checkpoint.
    data : Data or str, optional
        Whose test images; by default those of the retraining. They are normalised as its training images were.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.

    Returns
    -------
    dict
        ``test_loss``, ``test_error`` e, its binomial ``standard_error`` √(e(1 − e)/n), ``test_images`` n. On the same
        data and kind of device they are those of the record.

    Raises
    ------
    ValueError
        If there is no checkpoint of a finished retraining, or the data have other classes or colours.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.
    """
    path = checks.path("path", path)
    path = path / "checkpoint.pt" if path.is_dir() else path
    if not checkpoint.exists(path):
        raise CheckpointError(f"{path} does not exist: give the folder of a retraining.")
    _, values = checkpoint.load(path)
    if values.get("kind") != "retrain":
        raise CheckpointError(f"{path} is the checkpoint of a {values.get('kind')}, but must be that of a retraining.")
    trained = load_network(path, device)
    step, steps = values["task"].get("step"), values["task"].get("steps")
    if step != steps:
        raise CheckpointError(f"the retraining in {path.parent} is at step {step} of {steps}: finish it with --resume.")
    if not isinstance(data, Data):
        data = load(values["settings"]["data"] if data is None else data)
    if data.classes != trained.classes:
        raise ValueError(
            f"the network was trained to tell {', '.join(trained.classes)}, but {data.name} has the classes "
            f"{', '.join(data.classes)}."
        )
    if data.channels != len(trained.mean):
        raise ValueError(
            f"the network takes images of {len(trained.mean)} colours, but those of {data.name} have {data.channels}."
        )
    return measure(trained, data.test)


@torch.inference_mode()
def measure(trained: TrainedNetwork, images: Images) -> dict[str, Any]:
    """Return the loss and the error on images, with running statistics; the network's mode stays as it was."""
    device = next(trained.network.parameters()).device
    loss, wrong, count = 0.0, 0, len(images.labels)
    was_training = trained.network.training
    trained.network.eval()
    for start in range(0, count, TEST_BATCH):
        x, labels = (part[start : start + TEST_BATCH].to(device) for part in images)
        logits = trained(x)
        loss += float(functional.cross_entropy(logits, labels, reduction="none").double().sum())
        wrong += int((logits.argmax(dim=1) != labels).sum())
    trained.network.train(was_training)
    error = wrong / count
    values = (loss / count, error, math.sqrt(error * (1 - error) / count), count)
    return dict(zip(TEST_KEYS, values, strict=True))


def make_supernet(settings: SearchSettings, classes: int, image_channels: int) -> SearchNetwork:
    """Return the network that a search trains, as it is at its beginning: the supernet, or its strategy's around it."""
    supernet = seeded_network(
        torch_seed("weights of a supernet", settings.seed),
        settings.space,
        cells=settings.cells,
        channels=settings.channels,
        classes=classes,
        image_channels=image_channels,
    )
    return settings.strategy.network(supernet, settings.seed)


def make_network(settings: RetrainSettings, channels: int, classes: int, image_channels: int) -> SearchNetwork:
    """Return the network of a retraining as it is at its beginning."""
    kinds = getattr(settings.space, "kinds", ("normal",))
    reductions = layout(kinds, settings.cells).count("reduction")
    return seeded_network(
        torch_seed("weights of a retraining", settings.seed),
        settings.space,
        cells=settings.cells,
        channels=channels,
        classes=classes,
        image_channels=image_channels,
        genotype=settings.genotype,
        affine=True,
        auxiliary=settings.auxiliary > 0 and reductions >= 2,
    )


def flatten_buffers(module: nn.Module) -> tuple[Tensor, Tensor]:
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
