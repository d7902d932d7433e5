"""The two loops that `bench supernet` compares, with their parts timed and their paths given."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import _naive_supernet as naive
import numpy as np
import torch
from torch import Tensor

from asng_edu.nas import AskTell, Callback, Evaluator
from asng_edu.nas.data.datasets import Data, Images
from asng_edu.nas.strategies.base import Learned
from asng_edu.nas.supernet.network import Network
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import SearchSettings

PARTS = ("step", "data", "weights", "optimiser", "theta")
SIDE, CLASSES = 32, 10


@dataclasses.dataclass(frozen=True)
class Setup:
    """What all ways of a run have in common."""

    settings: SearchSettings
    data: Data
    device: torch.device
    steps: int
    threads: int

    def codes(self, stream: int) -> Iterator[np.ndarray]:
        """Return endless codes of paths, drawn uniformly; the streams are independent."""
        family = self.settings.space.categorical()
        rng = np.random.default_rng([self.settings.seed, stream])
        while True:
            yield family.sample(family.initial_theta(), rng, 1)[0]

    def network(self) -> Network:
        """Return the library's supernet with seeded weights."""
        torch.manual_seed(self.settings.seed)
        s = self.settings
        network = Network(s.space, cells=s.cells, channels=s.channels, classes=len(self.data.classes))
        return network.to(self.device)


def noise(count: int, seed: int) -> Data:
    """Return images of the size of CIFAR-10's that are all noise: the time does not depend on what they show."""
    rng = np.random.default_rng(seed)

    def images(count: int) -> Images:
        pixels = rng.integers(0, 256, (count, 3, SIDE, SIDE), dtype=np.uint8)
        return Images(torch.from_numpy(pixels), torch.from_numpy(rng.integers(0, CLASSES, count)))

    return Data("noise", tuple("0123456789"), train=images(count), test=images(1), flip=True, crop=4)


class Clock:
    """Milliseconds that a step spends in its parts; on a GPU every part is waited for."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.parts: dict[str, float] = {}

    def now(self) -> float:
        """Return the time, when all that the device was given is done."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return 1e3 * time.perf_counter()

    def time(self, function: Callable, *arguments: Any) -> float:
        """Return how long the function takes."""
        start = self.now()
        function(*arguments)
        return self.now() - start

    def part(self, name: str, function: Callable) -> Callable:
        """Return the function such that its time counts for a part of the step."""

        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.region(name):
                return function(*arguments, **named)

        return timed

    @contextmanager
    def region(self, name: str) -> Iterator[None]:
        """Count the time of a ``with`` block for a part of the step."""
        start = self.now()
        yield
        self.parts[name] = self.parts.get(name, 0.0) + self.now() - start

    def step(self, function: Callable[[], Any]) -> dict[str, float]:
        """Run a step and return the time of its parts; the weights' forward and backward is what the others leave."""
        self.parts = {}
        whole = self.time(function)
        return {"step": whole, "weights": whole - sum(self.parts.values()), **self.parts}


class Given(AskTell):
    """The strategy of the settings, along paths that are given to it."""

    x_codes: np.ndarray
    theta_codes: np.ndarray

    def __init__(self, settings: SearchSettings) -> None:
        super().__init__(settings.space, settings.strategy.make(settings.space, settings.seed).optimizer)

    def propose(self, n: int) -> np.ndarray:
        return self.x_codes

    def learn(self, evaluator: Evaluator) -> Learned:
        losses = evaluator.losses(self.theta_codes)
        return Learned(self.theta_codes, losses, self.optimizer.tell(self.theta_codes, losses))


class Regions(Callback):
    """Counts the time of a search's regions for the parts of a step."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def region(self, name: str) -> AbstractContextManager:
        return nullcontext() if name == "weights" else self.clock.region(name)


class Ours:
    """The library's step."""

    def __init__(self, setup: Setup, *, precision: str = "float32", channels_last: bool = True) -> None:
        s = dataclasses.replace(setup.settings, precision=precision)
        self.clock, self.given = Clock(setup.device), Given(s)
        self.search = search = Search(
            s, data=setup.data, device=setup.device, strategy=self.given, callbacks=[Regions(self.clock)]
        )
        if not channels_last:
            search.network.to(memory_format=torch.contiguous_format)
            search.network.stem.register_forward_pre_hook(lambda _, inputs: (inputs[0].contiguous(),))
            search.flat = FlatParameters(search.network)
            search.sgd = MomentumSGD(search.flat, momentum=s.momentum, weight_decay=s.weight_decay, clip=s.clip)

    def step(self, x_codes: np.ndarray, theta_codes: np.ndarray) -> dict[str, float]:
        """Take a step along these paths and return the milliseconds of its parts."""
        self.given.x_codes, self.given.theta_codes = x_codes, theta_codes
        return self.clock.step(self.search.advance)


class Plain:
    """The plain loop's step, from the weights of ``like``; θ moves by the library's class, which is not in question."""

    def __init__(self, setup: Setup, like: Network, *, channels_last: bool = False) -> None:
        s, data, self.device = setup.settings, setup.data, setup.device
        self.order = torch.channels_last if channels_last else torch.contiguous_format
        network = naive.PlainNetwork(nodes=s.space.nodes, cells=s.cells, channels=s.channels, classes=len(data.classes))
        network.copy(like)
        network.to(self.device, memory_format=self.order)
        self.space = s.space
        self.loop = naive.PlainLoop(network, rate=s.rate, momentum=s.momentum, weight_decay=s.weight_decay, clip=s.clip)
        self.asng = s.strategy.optimizer(s.space.categorical(s.strategy.margin), lam=s.strategy.lam)
        train, theta = data.halves(s.fraction, seed=s.seed)
        common = {"data": data, "seed": s.seed}
        self.train = naive.endless(naive.loader(train, s.batch, augmented=True, cutout=s.cutout, **common))
        self.theta = naive.endless(naive.loader(theta, s.theta_batch, augmented=False, **common))
        self.clock = clock = Clock(self.device)
        self.take = clock.part("data", self.take)
        self.move = clock.part("optimiser", self.loop.move)
        self.evaluate = clock.part("theta", self.loop.evaluate)

    def take(self, batches: Iterator[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        """Return the next batch, on the device."""
        x, y = next(batches)
        return x.to(self.device, memory_format=self.order), y.to(self.device)

    def step(self, x_codes: np.ndarray, theta_codes: np.ndarray) -> dict[str, float]:
        """Take a step along these paths and return the milliseconds of its parts."""
        return self.clock.step(lambda: self._step(x_codes, theta_codes))

    def _step(self, x_codes: np.ndarray, theta_codes: np.ndarray) -> None:
        self.loop.backward(*self.take(self.train), [self.space.decode(code) for code in x_codes])
        self.move()
        losses = self.evaluate(*self.take(self.theta), [self.space.decode(code) for code in theta_codes])
        self.asng.tell(theta_codes, losses)
