"""Runs the cells of pages side by side, each page in a kernel of its own."""

import copy
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError

WATCH = Path(__file__).resolve().parent / "watch"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
LOOK = 0.2  # seconds after which a runner looks whether it is to stop
# One thread for each page: more would only wait for each other, and a page computes the same alone and beside others.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


# The loop of the sweeps takes long to compile, and pages that began side by side would each do it.
COMPILE = """
import numpy as np
from asng_edu.sweeps import trial
setting = trial.make_setting("asng", delta0=1.0, eps_x=0.05, max_updates=1)
trial.run_trial(setting, np.random.SeedSequence(0))
"""


class Ran(NamedTuple):
    """A page that has run: its outputs, how long that took, what it read; or what went wrong, in words."""

    page: str
    executed: object
    seconds: float
    read: list[str]
    problem: str | None


def cores():
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def last_line(text):
    """Return the last line of a text that is not empty."""
    lines = [line.strip() for line in ESCAPES.sub("", text).splitlines()]
    return next((line for line in reversed(lines) if line), "")


def printed(cell):
    """Return what a cell wrote to stderr."""
    return "".join(output.text for output in cell.get("outputs", ()) if output.get("name") == "stderr").strip()


class Runner:
    """Runs pages, so many at once as there are cores.

    Parameters
    ----------
    root : Path
        The project.
    timeout : int
        Seconds after which a cell has failed.
    """

    def __init__(self, root, timeout):
        self.root, self.timeout = root, timeout
        self.clients = {}
        self.stopped = False

    def run(self, notebooks, started=lambda page: None):
        """Run notebooks, given by the names of their pages, in this order; yield each when it has ended.

        After :meth:`stop` what has ended is still yielded, some of it with the problem that its kernel was killed.
        """
        with ThreadPoolExecutor(max(1, min(cores(), len(notebooks)))) as pool:
            if len(notebooks) > 1:
                pool.submit(self.compile)
            waiting = {pool.submit(self.run_page, page, nb, started) for page, nb in notebooks.items()}
            try:
                while waiting:
                    done, waiting = wait(waiting, timeout=LOOK, return_when=FIRST_COMPLETED)
                    if self.stopped:
                        pool.shutdown(wait=False, cancel_futures=True)
                        self.kill()  # again, for a kernel may have begun in between
                        done = {future for future in done if not future.cancelled() and not future.exception()}
                    yield from (future.result() for future in done)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.stop()
                raise

    def compile(self):
        """Compile what several pages run, where Numba keeps it; if that fails, a page will say why."""
        subprocess.run([sys.executable, "-c", COMPILE], cwd=self.root, capture_output=True, check=False)

    def stop(self, *_):
        """Begin no other page and end all kernels; a handler of a signal, which no exception can swallow."""
        self.stopped = True
        self.kill()

    def kill(self):
        """End the kernels that run."""
        for client in list(self.clients.values()):
            process = getattr(getattr(client.km, "provisioner", None), "process", None)
            if process:
                process.kill()

    def run_page(self, page, notebook, started):
        """Run one page and return what came of it."""
        begun, executed = time.monotonic(), copy.deepcopy(notebook)
        at = [0]
        with tempfile.TemporaryDirectory() as folder:
            report, complaints = Path(folder, "read"), Path(folder, "stderr")
            report.touch()
            client = self.clients[page] = NotebookClient(
                executed,
                timeout=self.timeout,
                record_timing=False,  # it would change the cells, by which they are found again
                resources={"metadata": {"path": str(self.root / "book")}},
                on_cell_start=lambda cell, cell_index: at.__setitem__(0, cell_index),
            )
            started(page)
            try:
                if self.stopped:
                    raise DeadKernelError("stopped")
                with complaints.open("wb") as stderr:  # of the kernel itself, of no interest while it lives
                    client.execute(env=self.environment(report), stderr=stderr)
                problem = self.stderr(page, executed)
            except CellControlSignal as error:
                problem = self.place(page, executed, at[0]) + said(error, executed.cells[at[0]])
            except (DeadKernelError, RuntimeError) as error:
                last = last_line(complaints.read_text(encoding="utf-8", errors="replace"))
                problem = self.place(page, executed, at[0]) + f"the kernel died ({last or error})"
            finally:
                del self.clients[page]
            read = sorted(set(report.read_text(encoding="utf-8").splitlines()))
        return Ran(page, executed, time.monotonic() - begun, read, problem)

    def environment(self, report):
        """Return the environment variables of a kernel."""
        path = os.pathsep.join(filter(None, [str(WATCH), os.environ.get("PYTHONPATH")]))
        own = {"PYTHONPATH": path, "ASNG_BOOK_ROOT": str(self.root), "ASNG_BOOK_READS": str(report)}
        return {**dict.fromkeys(THREADS, "1"), **os.environ, **own}

    def place(self, page, notebook, index):
        """Return where a cell is, in words."""
        number = sum(cell.cell_type == "code" for cell in notebook.cells[: index + 1])
        return f"book/{page}.md, line {notebook.metadata['source_map'][index]}, cell {number}: "

    def stderr(self, page, notebook):
        """Return where and what a page wrote to stderr, or None: a reader would meet it as an error."""
        for index, cell in enumerate(notebook.cells):
            if printed(cell):
                return self.place(page, notebook, index) + f"it wrote to stderr:\n{indented(printed(cell))}"
        return None


def indented(text):
    """Return the last lines of a text, set off from what introduces it."""
    return "\n".join(f"    {line}" for line in ESCAPES.sub("", text).splitlines()[-10:])


def said(error, cell):
    """Return the last line of what a cell failed with, and what it had written to stderr."""
    if isinstance(error, CellExecutionError):
        message = last_line(f"{error.ename}: {error.evalue}")
    elif isinstance(error, CellTimeoutError):
        message = "it ran longer than _config.yml allows (execute: timeout)"
    else:
        message = last_line(str(error))
    return message + (f"\n{indented(printed(cell))}" if printed(cell) else "")
