"""Jobs of several processes, started without torchrun."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Any

from forked import Forked

NAMES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
ENVIRONMENT = {**{k: v for k, v in os.environ.items() if k not in NAMES}, "OMP_NUM_THREADS": "1"}


def environments(size: int) -> list[dict[str, str]]:
    """Return what the processes of a job find in their environments."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [{**ENVIRONMENT, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]


def start(size: int, *words: str) -> list[subprocess.Popen[str]]:
    """Start the processes of a job; torchrun would end the others when one ends."""
    command = [sys.executable, *words]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return [subprocess.Popen(command, env=environment, **pipes) for environment in environments(size)]


def fork(size: int, module: str, *words: str) -> list[Forked]:
    """Start the processes of a job, each with ``main(words)`` of a module that has been imported already."""
    return [Forked(module, words, environment) for environment in environments(size)]


def finish(process: subprocess.Popen[str]) -> str:
    said = process.communicate(timeout=300)[1]
    assert process.returncode == 0, said
    return said
