"""A task of a few tensors that is done in milliseconds, and a program that runs it as the commands run theirs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from asng_edu.nas.runs import runner
from asng_edu.nas.runs.distributed import Distributed


class Toy:
    """Some weights that drift by noise, with everything that a checkpoint must keep: momentum, generators, history."""

    kind = "toy"
    device_name = "cpu"
    dies_at = -1

    def __init__(
        self,
        seed: int = 0,
        steps: int = 20,
        epoch_steps: int = 4,
        paths: int = 5,
        pause: float = 0.0,
        distributed: Distributed | None = None,
    ) -> None:
        self.seed, self.steps, self.epoch_steps, self.paths, self.pause = seed, steps, epoch_steps, paths, pause
        self.distributed = distributed or Distributed.single()
        self.rng = np.random.default_rng(seed)
        self.noise = torch.Generator().manual_seed(seed)
        self.weights = torch.linspace(-1, 1, 12).reshape(3, 4)
        self.velocity = torch.zeros(3, 4)
        self.step = 0
        self.history: list[dict[str, Any]] = []

    @property
    def done(self) -> bool:
        return self.step >= self.steps

    def settings(self) -> dict[str, Any]:
        return {"seed": self.seed, "steps": self.steps, "rates": (0.1, 0.9)}

    def means_the_same(self, setting: str, told: Any) -> bool:
        return False

    def advance(self) -> dict[str, Any] | None:
        time.sleep(self.pause)
        if self.step == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        targets = torch.randn((self.paths, 3, 4), generator=self.noise)
        gradient, losses = torch.zeros(3, 4), []
        for i in self.distributed.share(self.paths):
            difference = self.weights - targets[i]
            gradient += difference / self.paths
            losses.append((difference**2).mean())
        self.distributed.sum_(gradient)
        gathered = self.distributed.gather(losses, self.paths)
        self.velocity = 0.9 * self.velocity - 0.1 * gradient
        self.weights += self.velocity + 0.01 * float(self.rng.normal()) * float(gathered.min())
        self.step += 1
        if self.step % self.epoch_steps:
            return None
        line = {
            "epoch": self.step // self.epoch_steps,
            "loss": float(gathered.mean()),
            "ratio": float("nan"),
            "theta": self.weights.flatten().tolist(),
        }
        self.history.append(line)
        return line

    def state(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        tensors = {"weights": self.weights, "velocity": self.velocity, "noise": self.noise.get_state()}
        return tensors, {"step": self.step, "rng": self.rng.bit_generator.state, "history": self.history}

    def load(self, tensors: dict[str, torch.Tensor], values: dict[str, Any]) -> None:
        self.weights, self.velocity = tensors["weights"], tensors["velocity"]
        self.noise.set_state(tensors["noise"])
        self.rng.bit_generator.state = values["rng"]
        self.step, self.history = values["step"], values["history"]

    def record(self) -> dict[str, Any]:
        return {"theta": self.weights.double().numpy(), "history": self.history}


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--epoch-steps", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--checkpoint-every", type=float, default=60.0)
    parser.add_argument("--stop-after", type=float)
    parser.add_argument("--die", type=int, nargs=2, metavar=("RANK", "STEP"), help="a rank that kills itself")
    parser.add_argument("--timeout", type=float, default=200.0)
    arguments = parser.parse_args(words)
    torch.set_num_threads(1)
    try:
        with Distributed.from_environment(timeout=arguments.timeout) as distributed:
            sizes = {"steps": arguments.steps, "epoch_steps": arguments.epoch_steps, "pause": arguments.pause}
            toy = Toy(**sizes, distributed=distributed)
            if arguments.die and arguments.die[0] == distributed.rank:
                toy.dies_at = arguments.die[1]
            outcome = runner.run(
                toy,
                arguments.folder,
                resume=arguments.resume,
                checkpoint_every=arguments.checkpoint_every,
                stop_after=arguments.stop_after,
                distributed=distributed,
            )
            torch.save(toy.weights, arguments.folder / f"weights-{distributed.rank}.pt")
    except ValueError as error:
        print(f"toy: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("toy: stopped at once", file=sys.stderr)
        return 130
    return outcome.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
