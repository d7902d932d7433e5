"""The cell search as one would first write it in PyTorch: what the library's step is measured against.

The network computes the same as the library's (a test compares losses and gradients in float64) in the plain way:
every convolution is PyTorch's own (but for those that crash, see asng_edu.nas.supernet.convolutions), every operation
has a ReLU of its own and runs wherever a node asks for it, and the 1×1 convolution at a cell's end picks the columns
of its weight by index. The loop is plain too: a DataLoader of PIL images, the graphs of all λ paths held until one
backward, torch's own SGD and gradient clipping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from asng_edu.nas.data.datasets import Data, Images
from asng_edu.nas.data.vision import torchvision
from asng_edu.nas.spaces.genotype import Genotype
from asng_edu.nas.supernet.convolutions import PointwiseConv

NAMES = ("identity", "sep_conv_3x3", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3")

# ---------------------------------------------------------------- the network


def norm(channels: int) -> nn.Module:
    """Return batch normalisation by the batch alone."""
    return nn.BatchNorm2d(channels, affine=False, track_running_stats=False)


def conv(before: int, after: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Module:
    """Return a convolution without bias; PyTorch's, but for those narrow ones that crash."""
    if kernel == groups == 1:
        return PointwiseConv(before, after, stride)
    return nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, groups=groups, bias=False)


class Halve(nn.Module):
    """ReLU, two strided 1×1 convolutions, the second one pixel further, BN; for even heights and widths."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = conv(before, after - after // 2, stride=2)
        self.second = conv(before, after // 2, stride=2)
        self.norm = norm(after)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(x)
        return self.norm(torch.cat([self.first(x), self.second(x[:, :, 1:, 1:])], dim=1))


def operation(name: str, channels: int, stride: int) -> nn.Module:
    """Return one of the article's five operations."""
    if name == "identity":
        return nn.Identity() if stride == 1 else Halve(channels, channels)
    if name == "avg_pool_3x3":
        return nn.AvgPool2d(3, stride, padding=1)
    if name == "max_pool_3x3":
        return nn.MaxPool2d(3, stride, padding=1)
    kernel = {"sep_conv_3x3": 3, "sep_conv_5x5": 5}[name]
    twice = [
        [nn.ReLU(), conv(channels, channels, kernel, s, groups=channels), conv(channels, channels), norm(channels)]
        for s in (stride, 1)
    ]
    return nn.Sequential(*twice[0], *twice[1])


class PlainCell(nn.Module):
    """A cell of ``nodes`` nodes; ``older`` and ``newer`` are the channels of its two inputs."""

    def __init__(self, nodes: int, older: int, newer: int, channels: int, reduces: bool, older_is_larger: bool) -> None:
        super().__init__()
        self.channels = channels

        def adapt(before: int) -> nn.Module:
            return nn.Sequential(nn.ReLU(), conv(before, channels), norm(channels))

        self.adapt = nn.ModuleList([Halve(older, channels) if older_is_larger else adapt(older), adapt(newer)])
        self.operations = nn.ModuleList(
            nn.ModuleList(
                nn.ModuleDict({name: operation(name, channels, 2 if reduces and source < 2 else 1) for name in NAMES})
                for source in range(2 + node)
            )
            for node in range(nodes)
        )
        self.mix = conv(nodes * channels, channels)
        self.norm = norm(channels)

    def forward(self, older: Tensor, newer: Tensor, path: Sequence) -> Tensor:
        states = [self.adapt[0](older), self.adapt[1](newer)]
        read = set()
        for node, slots in enumerate(path):
            states.append(sum(self.operations[node][source][name](states[source]) for source, name in slots))
            read.update(source for source, _ in slots)
        out = [node for node in range(len(path)) if 2 + node not in read]
        columns = torch.cat([torch.arange(node * self.channels, (node + 1) * self.channels) for node in out])
        weight = self.mix.weight[:, columns.to(newer.device)]
        x = functional.relu(torch.cat([states[2 + node] for node in out], dim=1))
        return self.norm(functional.conv2d(x, weight))


class PlainNetwork(nn.Module):
    """The supernet of the article's space, with the library's order of parameters."""

    def __init__(self, *, nodes: int, cells: int, channels: int, classes: int, image_channels: int = 3) -> None:
        super().__init__()
        older = newer = 3 * channels
        self.stem = nn.Sequential(conv(image_channels, newer, 3), norm(newer))
        self.cells = nn.ModuleList()
        self.kinds = []
        for place in range(cells):
            reduces = place in (cells // 3, 2 * cells // 3)
            after_reduction = bool(self.kinds) and self.kinds[-1] == "reduction"
            channels *= 1 + reduces
            self.cells.append(PlainCell(nodes, older, newer, channels, reduces, after_reduction))
            self.kinds.append("reduction" if reduces else "normal")
            older, newer = newer, channels
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: Tensor, genotype: Genotype) -> Tensor:
        older = newer = self.stem(x)
        for kind, cell in zip(self.kinds, self.cells, strict=True):
            older, newer = newer, cell(older, newer, getattr(genotype, kind))
        return self.classifier(functional.adaptive_avg_pool2d(newer, 1).flatten(1))

    @torch.no_grad()
    def copy(self, network: nn.Module) -> None:
        """Take the weights of the library's network, in its order."""
        for mine, other in zip(self.parameters(), network.parameters(), strict=True):
            if mine.shape != other.shape:
                raise ValueError(f"the networks differ: {tuple(mine.shape)} here, {tuple(other.shape)} there.")
            mine.copy_(other)


# ---------------------------------------------------------------- the data


class Part(Dataset):
    """Images that are decoded and changed one at a time."""

    def __init__(self, images: Images, transform) -> None:
        self.pixels = images.pixels.permute(0, 2, 3, 1).contiguous().numpy()
        self.labels = images.labels.tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[index])), self.labels[index]


class Cutout:
    """Fill a square around a random pixel with zeros."""

    def __init__(self, size: int, seed: int) -> None:
        self.size, self.rng = size, np.random.default_rng(seed)

    def __call__(self, x: Tensor) -> Tensor:
        height, width = x.shape[1:]
        top, left = (self.rng.integers(side) - self.size // 2 for side in (height, width))
        mask = np.ones((height, width), np.float32)
        mask[max(top, 0) : top + self.size, max(left, 0) : left + self.size] = 0.0
        return x * torch.from_numpy(mask)


def loader(images: Images, batch: int, data: Data, *, augmented: bool, cutout: int = 0, seed: int = 0) -> DataLoader:
    """Return shuffled batches, made in this process; ``augmented`` ones are cropped, flipped and cut out at random."""
    torchvision()
    from torchvision import transforms

    steps = [transforms.ToTensor(), transforms.Normalize(data.mean, data.std)]
    if augmented:
        steps = [transforms.RandomCrop(data.size, padding=data.crop), transforms.RandomHorizontalFlip(), *steps]
        steps += [Cutout(cutout, seed)] if cutout else []
    pixels = Part(images, transforms.Compose(steps))
    order = torch.Generator().manual_seed(seed)
    return DataLoader(pixels, batch, shuffle=True, drop_last=True, generator=order)


def endless(batches: DataLoader) -> Iterator[tuple[Tensor, Tensor]]:
    """Return the batches of epoch after epoch."""
    while True:
        yield from batches


# ---------------------------------------------------------------- the loop


class PlainLoop:
    """The two halves of a step, on given batches and paths.

    All weights have a gradient from the start, zero where no path came by: so weight decay and momentum move them too,
    as in the library.
    """

    def __init__(
        self, network: PlainNetwork, *, rate: float, momentum: float, weight_decay: float, clip: float
    ) -> None:
        self.network, self.clip = network, clip
        self.sgd = torch.optim.SGD(network.parameters(), lr=rate, momentum=momentum, weight_decay=weight_decay)
        for parameter in network.parameters():
            parameter.grad = torch.zeros_like(parameter)

    def losses(self, x: Tensor, y: Tensor, paths: Sequence[Genotype]) -> list[Tensor]:
        """Return the loss of every path."""
        return [functional.cross_entropy(self.network(x, path), y) for path in paths]

    def backward(self, x: Tensor, y: Tensor, paths: Sequence[Genotype]) -> float:
        """Compute the gradient of the mean loss of the paths and return this loss."""
        loss = sum(self.losses(x, y, paths)) / len(paths)
        loss.backward()
        return loss.item()

    def move(self) -> None:
        """Move the weights by one step."""
        nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.sgd.step()
        self.sgd.zero_grad(set_to_none=False)

    @torch.no_grad()
    def evaluate(self, x: Tensor, y: Tensor, paths: Sequence[Genotype]) -> list[float]:
        """Return the loss of every path as numbers."""
        return [loss.item() for loss in self.losses(x, y, paths)]
