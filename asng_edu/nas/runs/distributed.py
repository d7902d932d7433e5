"""One job on several processes or machines: who does which share, and what all of them know together.

``torchrun`` starts the processes; each finds its number in the environment. Between them go few things only: the
losses of the paths, the sum of the weights' gradients as one flat tensor, and whether to stop. Everything else every
process computes for itself, to the same bits.
"""

from __future__ import annotations

import datetime
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

from asng_edu._common import checks

T = TypeVar("T")


LOST = (
    "another process of this job has ended or does not answer, so this one ends too; go on from the last checkpoint "
    "with the same command and --resume. What torch says: {cause}."
)
APART = (
    "the processes of this job do not find one another: start all of them, and if a machine has several networks or "
    "none, name one in GLOO_SOCKET_IFNAME. What torch says: {cause}."
)


class ProcessLost(ValueError):
    """Another process of the job has ended or does not answer."""


class Distributed:
    """The processes of one job, seen from one of them.

    Attributes
    ----------
    rank, size : int
        The number of this process, and how many there are.
    main : bool
        Whether this is the process that writes and speaks for all, that of rank 0.
    device : torch.device
        Where this process computes.

    Notes
    -----
    All methods but :meth:`share` must be called by all processes, in the same order. They raise :class:`ProcessLost` if
    another process has ended or does not answer in time. Taught in chapter *The CIFAR-10 cell search*.

    Examples
    --------
    >>> alone = Distributed.single()
    >>> alone.share(3), alone.main
    (range(0, 3), True)
    >>> alone.gather([0.5, 0.25, 1.0], 3)
    array([0.5 , 0.25, 1.  ])
    """

    def __init__(self, rank: int = 0, size: int = 1, device: torch.device | str = "cpu") -> None:
        self.rank, self.size, self.device = rank, size, torch.device(device)
        self.main = rank == 0
        self._of_gradients: Any = None  # the group that sums them; None: the one of all messages

    @classmethod
    def single(cls, device: torch.device | str = "cpu") -> Distributed:
        """Return the only process of an ordinary job."""
        return cls(device=device)

    @classmethod
    def from_environment(cls, device: str = "cpu", *, timeout: float = 300.0) -> Distributed:
        """Return this process of a job that ``torchrun`` started; a single one if it did not.

        RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT are read from the environment.

        Parameters
        ----------
        device : str
            "cpu", or "cuda": the processes of a machine are dealt out over its GPUs. Messages go by gloo, and the
            gradients of processes that all have a GPU of their own by nccl.
        timeout : float
            Seconds after which a process that does not answer is taken for lost.

        Raises
        ------
        ValueError
            If the environment is incomplete or no numbers, or this machine has no GPU to compute on.
        ProcessLost
            If the others do not come.
        """
        seconds = checks.positive("timeout", timeout)
        size, rank, local = (_number(name) for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"))
        on_gpu = torch.device(device).type == "cuda"
        if size <= 1:
            return cls.single(device)
        needed = ["RANK", "MASTER_ADDR", "MASTER_PORT", *["LOCAL_RANK"] * on_gpu]
        missing = [name for name in needed if not os.environ.get(name)]
        if missing or rank >= size:
            wrong = f"{', '.join(missing)} missing" if missing else f"RANK {rank} of WORLD_SIZE {size}"
            raise ValueError(f"the job has {size} processes, but the environment has {wrong}: start it with torchrun.")
        place = torch.device("cpu")
        if on_gpu:
            gpus = torch.cuda.device_count()
            if gpus == 0:
                raise ValueError("there is no GPU on this machine: use the device cpu.")
            place = torch.device("cuda", local % gpus)
            torch.cuda.set_device(place)
        with _answered(APART):
            dist.init_process_group(
                "gloo",
                rank=rank,
                world_size=size,
                timeout=datetime.timedelta(seconds=seconds),
            )
            distributed = cls(rank, size, place)
            if on_gpu and distributed._all_apart((socket.gethostname(), place.index)):
                distributed._of_gradients = dist.new_group(backend="nccl", timeout=datetime.timedelta(seconds=seconds))
        return distributed

    def _all_apart(self, place: tuple[str, int | None]) -> bool:
        """Return whether every process computes at another place: then it has a GPU of its own, which nccl wants."""
        places: list[Any] = [None] * self.size
        dist.all_gather_object(places, place)
        return len(set(places)) == self.size

    def share(self, n: int) -> range:
        """Return which of ``n`` things are this process's, dealt out in turn."""
        return range(self.rank, n, self.size)

    def gather(self, values: Sequence[Any], n: int) -> NDArray[np.float64]:
        """Return the values of all ``n`` things in order from those of everybody's share, float64.

        Each value is a number, or a tensor or array of one shape common to all. The result has shape ``(n, *shape)``
        and is the same to the bit on all processes.
        """
        expected = len(self.share(n))
        if len(values) != expected:
            raise ValueError(f"values must be those of this process's share, {expected}, but are {len(values)}.")
        if expected and isinstance(values[0], torch.Tensor):
            mine = torch.stack(list(values)).detach().cpu().double().numpy()  # one wait for the GPU, not one for each
        else:
            mine = np.array(values, dtype=np.float64)
        if self.size == 1 or n == 0:
            return mine
        shape = mine.shape[1:]
        if n < self.size:  # a process without a share does not know the shape
            shape = self._from_rank_0(shape)
        most = -(-n // self.size)
        padded = np.zeros((most, *shape))
        padded[:expected] = mine.reshape(expected, *shape)
        rows = [torch.empty(padded.shape, dtype=torch.float64) for _ in range(self.size)]
        with _answered():
            dist.all_gather(rows, torch.from_numpy(padded))
        return torch.stack(rows, dim=1).flatten(0, 1)[:n].numpy()  # in turn, as `share` deals them out

    def sum_(self, flat: torch.Tensor) -> torch.Tensor:
        """Replace a tensor by its sum over all processes, the same to the bit on each, and return it."""
        if self.size > 1:
            with _answered():
                dist.all_reduce(flat, group=self._of_gradients)
        return flat

    def largest(self, value: int) -> int:
        """Return the largest of the processes' values."""
        if self.size == 1:
            return value
        one = torch.tensor(value, dtype=torch.int64)
        with _answered():
            dist.all_reduce(one, dist.ReduceOp.MAX)
        return int(one)

    def from_main(self, make: Callable[[], T]) -> T:
        """Return what ``make`` returns on the main process, the only one where it is called, to all of them.

        A ValueError that it raises there is raised on all of them, with the same sentence.
        """
        if self.size == 1:
            return make()
        made: T | None = None
        failed: ValueError | None = None
        if self.main:
            try:
                made = make()
            except ValueError as error:
                failed = error
        made, sentence = self._from_rank_0((made, None if failed is None else str(failed)))
        if sentence is not None:
            raise failed or ValueError(sentence)
        return cast(T, made)

    def _from_rank_0(self, value: T) -> T:
        message = [value]
        with _answered():
            dist.broadcast_object_list(message, src=0, device=torch.device("cpu"))
        return message[0]

    def close(self) -> None:
        """Take leave of the other processes; they may be gone already."""
        if self.size > 1 and dist.is_initialized():
            with suppress(RuntimeError):
                dist.destroy_process_group()

    def __enter__(self) -> Distributed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _answered(sentence: str = LOST) -> Iterator[None]:
    """Say in a sentence that another process did not answer: torch raises a RuntimeError with a page of its stack."""
    try:
        yield
    except RuntimeError as error:
        cause = (str(error).splitlines() or [type(error).__name__])[0]
        raise ProcessLost(sentence.format(cause=cause.rstrip(".")[:300])) from error


def _number(name: str) -> int:
    text = os.environ.get(name, "0")
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name} in the environment must be a whole number from 0 up, but is {text!r}.")
    return int(text)
