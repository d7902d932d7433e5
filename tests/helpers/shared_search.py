"""Small searches whose paths the processes of a job share, and a program that writes down what each of them found.

python shared_search.py FOLDER STRATEGY ...
"""

import hashlib
import json
import sys
from pathlib import Path

import torch

from asng_edu.nas.data.datasets import load
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import CLUTTER

SETTINGS = CLUTTER.change(
    channels=2, epochs=3, warmup=1 / 3, batch=32, theta_batch=40, lam_x=2, lam=3,
    nodes=2, operations=("identity", "max_pool_3x3", "conv_3x3"),
)  # fmt: skip


def found(strategy, distributed):
    """Search with one strategy and return what this process found."""
    few = {"candidates": 5} if strategy in ("random", "smash") else {}
    settings = SETTINGS.change(strategy=strategy, **few)
    search = Search(settings, data=load("clutter", images=200), device="cpu", distributed=distributed)
    while not search.done:
        search.advance()
    return {
        "theta": search.record()["theta"],
        "digest": hashlib.sha256(search.flat.values.numpy().tobytes()).hexdigest(),
        "ranking": getattr(search.strategy, "ranking", []),
        "weights": search.flat.values[:50].tolist(),
    }


def main(folder, *strategies):
    torch.set_num_threads(1)
    with Distributed.from_environment() as distributed:
        for strategy in strategies:
            path = Path(folder, f"{strategy}-{distributed.rank}.json")
            path.write_text(json.dumps(found(strategy, distributed)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
