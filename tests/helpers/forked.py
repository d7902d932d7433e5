"""Processes that run a program of the tests, forked from one that has imported it, for PyTorch takes seconds to import.

They are used as those of :mod:`subprocess`, of which they have what the tests need.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# For each job it forks a process that waits for the job, and that one the job itself.
SERVER = """
import importlib, json, os, signal, socket, sys, traceback
main, jobs = importlib.import_module(sys.argv[1]).main, socket.socket(fileno=int(sys.argv[2]))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait leave nothing behind
while True:
    message, files, *_ = socket.recv_fds(jobs, 1 << 20, 2)
    if not message:
        break
    if os.fork():
        for file in files:
            os.close(file)
        continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    jobs.close()
    said, ended = files
    job = os.fork()
    if job:
        os.close(said)
        os.write(ended, b"%d\\n" % job)
        os.write(ended, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]))
        os._exit(0)
    os.close(ended)
    os.dup2(said, 2)
    os.close(said)
    words, environment = json.loads(message)
    os.environ.clear()
    os.environ.update(environment)
    code = 1
    try:
        code = main(words)
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)
"""


@functools.cache
def server(module: str) -> socket.socket:
    """Start the process that has imported a module, once, and return how it is asked for jobs."""
    mine, its = socket.socketpair()
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, module, str(its.fileno())],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        pass_fds=[its.fileno()],
    )
    its.close()

    @atexit.register
    def end() -> None:
        mine.close()
        process.wait()

    return mine


class Forked:
    """A process that runs ``main(words)`` of a module; what it says to stderr is read here."""

    def __init__(self, module: str, words: Sequence[str], environment: Mapping[str, str]) -> None:
        read, said = os.pipe()
        told, ended = os.pipe()
        message = json.dumps([list(words), dict(environment)]).encode()
        socket.send_fds(server(module), [message], [said, ended])
        os.close(said)
        os.close(ended)
        self.stderr, self.told = os.fdopen(read, encoding="utf-8"), os.fdopen(told, "rb", buffering=0)
        self.pid, self.returncode = int(self.told.readline()), None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        if self.returncode is None:
            if not select.select([self.told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
            self.returncode = int(self.told.readline())
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code, or None if there is none yet."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def communicate(self, timeout: float | None = None) -> tuple[None, str]:
        """Return what it says until its end."""
        said = self.stderr.read()
        self.wait(timeout)
        return None, said

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)
