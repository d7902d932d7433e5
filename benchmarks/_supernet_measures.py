"""What `bench supernet` measures: each function appends to lists of numbers, by way and quantity."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import multiprocessing
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import mean
from typing import Any

import _naive_supernet as naive
import numpy as np
import torch
from _supernet_loops import PARTS, Clock, Ours, Plain, Setup
from torch import Tensor
from torch.nn.functional import cross_entropy

from asng_edu.nas.data.augmentation import Augmentation
from asng_edu.nas.data.batches import Batches
from asng_edu.nas.data.datasets import Images
from asng_edu.nas.spaces.genotype import Genotype
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD

OURS, PLAIN, PLAIN_CL = "asng_edu", "plain loop", "plain loop, channels_last"
PATH, MIXTURE, MIXTURE_GATES = "one sampled path", "mixture of all paths", "mixture, and gradients of its gates"
LOADER = "DataLoader, PIL, torchvision transforms"
SGD = "torch.optim.SGD"
AT_ONCE = 6  # paths whose mean is compared with the mixture: some have twice the work of others


def measure_step(setup: Setup, into: dict[str, Any], variants: bool) -> None:
    """Measure whole steps and their parts."""
    ours = Ours(setup)
    like = ours.search.network
    loops: dict[str, Ours | Plain] = {
        PLAIN: Plain(setup, like),
        PLAIN_CL: Plain(setup, like, channels_last=True),
        OURS: ours,
    }
    if variants:
        loops["asng_edu, NCHW"] = Ours(setup, channels_last=False)
        loops["asng_edu, bfloat16"] = Ours(setup, precision="bfloat16")
        loops["asng_edu, bfloat16, NCHW"] = Ours(setup, precision="bfloat16", channels_last=False)
    into.update({name: {part: [] for part in PARTS} for name in loops})
    codes = setup.codes(stream=0)
    for turn in range(1 + setup.steps):
        counts = setup.settings.lam_x, setup.settings.strategy.lam
        drawn = [np.stack([next(codes) for _ in range(count)]) for count in counts]
        for name, loop in loops.items():
            parts = loop.step(*drawn)
            for part in PARTS if turn else ():  # the first turn warms up
                into[name][part].append(parts[part])
        say("step", turn, setup.steps)


#: What the supernet runs: one path, or the gates of the mixture.
Choice = Genotype | list[Tensor]


class Passes:
    """Forward and backward of a path or of the mixture of all, on the same modules and the same batch."""

    def __init__(self, setup: Setup) -> None:
        data, batch = setup.data, setup.settings.batch
        self.network = setup.network()
        self.flat = FlatParameters(self.network)
        self.x, self.y = next(Batches(data.train, batch, data=data, seed=0, device=setup.device).all())

    def loss(self, choice: Choice) -> Tensor:
        """Return the loss, with its graph."""
        return cross_entropy(self.network(self.x, choice), self.y)

    def run(self, choice: Choice) -> None:
        """Compute the gradient of the weights, and of the gates if they want one."""
        self.loss(choice).backward()
        self.flat.zero()

    def saved_bytes(self, choice: Choice) -> int:
        """Return how many bytes the forward pass keeps for backward, each once and the parameters not counted."""
        kept = {}  # holds the memory, so that no address is used twice; the graph, in place of tensors, holds nothing

        def keep(tensor: Tensor) -> None:
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            self.loss(choice)
        kept.pop(self.flat.values.untyped_storage().data_ptr(), None)
        return sum(storage.nbytes() for storage in kept.values())


def peak_bytes(setup: Setup, choice: Choice) -> int | None:
    """Return by how much one pass raises the memory in use; None where the system does not tell."""
    torch.set_num_threads(setup.threads)
    passes = Passes(setup)
    if setup.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(setup.device)
        before = torch.cuda.memory_allocated(setup.device)
        passes.run(choice)
        return torch.cuda.max_memory_allocated(setup.device) - before
    before = resident("VmRSS")
    passes.run(choice)
    peak = resident("VmHWM")
    return None if before is None or peak is None else peak - before


def resident(field: str) -> int | None:
    """Return from Linux's account of this process's memory, in bytes, what it holds (VmRSS) or at most held (VmHWM)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), None)


def measure_mixture(setup: Setup, into: dict[str, Any]) -> None:
    """Measure one path against the mixture: time, bytes saved for backward, and peak memory.

    A method that learns its gates needs their gradients, and for these every operation's output is kept as well.
    """
    batch = Images(*(part[: setup.settings.batch].clone() for part in setup.data.train))
    setup = dataclasses.replace(setup, data=dataclasses.replace(setup.data, train=batch, theta=None))
    space, device = setup.settings.space, setup.device
    paths = map(space.decode, setup.codes(stream=1))
    mixtures = {
        name: [torch.full((one.size,), 1 / one.size, device=device, requires_grad=grad) for one in space.decisions]
        for name, grad in ((MIXTURE, False), (MIXTURE_GATES, True))
    }
    ways: dict[str, Choice] = {PATH: next(paths), **mixtures}
    into.update({name: {"milliseconds": [], "saved_bytes": [], "peak_bytes": []} for name in ways})
    for name, choice in ways.items():
        if device.type == "cuda":
            peak = peak_bytes(setup, choice)
        else:  # in a process that has not held anything yet
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, spawn, signal.signal, (signal.SIGINT, signal.SIG_DFL)) as pool:
                peak = pool.submit(peak_bytes, setup, choice).result()
        into[name]["peak_bytes"] += [] if peak is None else [peak]
    passes, clock = Passes(setup), Clock(device)
    into[PATH]["saved_bytes"].append(mean(passes.saved_bytes(next(paths)) for _ in range(4 * AT_ONCE)))
    for name, gates in mixtures.items():
        into[name]["saved_bytes"].append(passes.saved_bytes(gates))
    turns = -(-setup.steps // 2)
    for turn in range(1 + turns):
        found = {PATH: mean(clock.time(passes.run, next(paths)) for _ in range(AT_ONCE))}
        found |= {name: clock.time(passes.run, gates) for name, gates in mixtures.items()}
        for name in found if turn else ():
            into[name]["milliseconds"].append(found[name])
        say("mixture", turn, turns)


def measure_data(setup: Setup, into: dict[str, Any]) -> None:
    """Measure images a second: whole epochs of the library's way, the first batches of epochs of the plain one."""
    s, data, clock = setup.settings, setup.data, Clock(setup.device)
    train, _ = data.halves(s.fraction, seed=s.seed)
    augmentation = Augmentation(crop=data.crop, flip=data.flip, cutout=s.cutout)
    ours = Batches(train, s.batch, data=data, seed=s.seed, augmentation=augmentation, device=setup.device)
    plain = naive.loader(train, s.batch, data, augmented=True, cutout=s.cutout, seed=s.seed)
    part = min(len(plain), 64)

    def epoch_of_ours(epoch: int) -> None:
        for step in range(ours.steps):
            ours.take(epoch, step)

    def part_of_plain(_: int) -> None:
        for x, y in itertools.islice(plain, part):
            x.to(setup.device), y.to(setup.device)

    ways: dict[str, tuple[int, Callable]] = {LOADER: (part, part_of_plain), OURS: (ours.steps, epoch_of_ours)}
    into.update({name: {"images_per_second": []} for name in ways})
    for turn in range(1 + setup.steps):
        for name, (batches, way) in ways.items():
            taken = clock.time(way, turn)
            if turn:
                into[name]["images_per_second"].append(1e3 * batches * s.batch / taken)
        say("data", turn, setup.steps)


def measure_optimiser(setup: Setup, into: dict[str, Any]) -> None:
    """Measure clipping, the step and zeroing of all parameters' gradients."""
    s, clock = setup.settings, Clock(setup.device)
    common = {"momentum": s.momentum, "weight_decay": s.weight_decay}
    mine = setup.network()
    flat = FlatParameters(mine)
    ours = MomentumSGD(flat, clip=s.clip, **common)
    ways: dict[str, Callable[[], None]] = {}
    others: list[list[Tensor]] = []
    for kind in ("", "foreach", "fused"):
        parameters = list(setup.network().parameters())
        options = {kind: True} if kind else {"foreach": False}
        theirs = torch.optim.SGD(parameters, lr=s.rate, **common, **options)
        ways[f"{SGD}, {kind}" if kind else SGD] = functools.partial(move, theirs, parameters, s.clip)
        others.append(parameters)
    ways[OURS] = lambda: ours.step(s.rate)
    into.update({name: {"milliseconds": []} for name in ways})
    generator = torch.Generator(setup.device).manual_seed(s.seed)
    turns = 10 * setup.steps
    for turn in range(1 + turns):
        for own in mine.parameters():
            own.grad.normal_(std=1e-3, generator=generator)
        for own, *same in zip(mine.parameters(), *others, strict=True):
            for parameter in same:
                parameter.grad = own.grad.clone()
        for name, way in ways.items():
            taken = clock.time(way)
            if turn:
                into[name]["milliseconds"].append(taken)
    say("optimiser", turns, turns)


def move(theirs: torch.optim.Optimizer, parameters: list[Tensor], clip: float) -> None:
    """Do with torch's own optimiser what the library's does."""
    torch.nn.utils.clip_grad_norm_(parameters, clip, foreach=theirs.defaults["foreach"])
    theirs.step()
    theirs.zero_grad(set_to_none=False)


def say(what: str, turn: int, turns: int) -> None:
    """Tell that a turn is done."""
    print(f"{what}: {f'turn {turn} of {turns}' if turn else 'warmed up'}", file=sys.stderr, flush=True)
