"""Independent jobs, done by several processes, their results in the order of the jobs."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from asng_edu._common import checks
from asng_edu.jobs.errors import RunError

Job = TypeVar("Job")
Result = TypeVar("Result")

MOST_WORKERS = 1024


def in_order(work: Callable[[Job], Result], jobs: Iterable[Job], workers: int = 1) -> Iterator[Result]:
    """Yield ``work(job)`` for each job, in order.

    Parameters
    ----------
    work : callable
        Of one job. With several workers it must be picklable, and so must jobs and results.
    jobs : iterable
    workers : int
        How many processes; one means this process. The others end with it, however that ends.

    Raises
    ------
    RunError
        If a process ends in the middle of a job. What ``work`` raises is raised here.
    """
    checks.integer("workers", workers, 1, MOST_WORKERS)
    if workers == 1:
        yield from map(work, jobs)
        return
    waiting, results, due = iter(enumerate(jobs)), dict[int, Any](), 0
    busy: dict[Connection, int] = {}
    context = multiprocessing.get_context("spawn")
    processes = []
    lifeline, watched = context.Pipe()  # whose end here closes with this process
    try:
        for _ in range(workers):
            if (first := next(waiting, None)) is None:
                break
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, watched, work), daemon=True)
            processes.append(process)
            with _ends_named():
                process.start()
                theirs.close()  # so that the end of the process is the end of the pipe
                ours.send(first[1])
            busy[ours] = first[0]
        while busy:
            for connection in wait(list(busy)):
                assert isinstance(connection, Connection)
                results[busy.pop(connection)] = _receive(connection)
                if (following := next(waiting, None)) is not None:
                    with _ends_named():
                        connection.send(following[1])
                    busy[connection] = following[0]
            while due in results:
                yield results.pop(due)
                due += 1
    finally:
        lifeline.close()
        for process in processes:
            if process.pid is not None:
                process.join()


@contextmanager
def _ends_named() -> Iterator[None]:
    """Say in a sentence that a worker has ended, when it is spoken to or listened to."""
    try:
        yield
    except (EOFError, BrokenPipeError, ConnectionResetError):
        words = "a worker process was ended from outside, perhaps for want of memory: try fewer workers."
        raise RunError(words) from None


def _receive(connection: Connection) -> Any:
    with _ends_named():
        result, error = connection.recv()
    if error is not None:
        raise error
    return result


def _serve(connection: Connection, watched: Connection, work: Callable[[Any], Any]) -> None:
    """Do one job after another until the process that began this one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that began this one
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # which only the pipe raises in here
        while True:
            job = connection.recv()
            result, failure = None, None
            try:
                result = work(job)
            except Exception as error:
                failure = error
            try:
                connection.send((result, failure))
            except (TypeError, AttributeError, pickle.PicklingError) as error:
                words = f"what a worker process found cannot be handed over: {failure or error}."
                connection.send((None, RunError(words)))


def _end_with(watched: Connection) -> None:
    """End this process, even in the middle of a job, once the other end of the pipe is closed."""
    with suppress(EOFError, OSError):
        watched.recv()
    os._exit(1)
