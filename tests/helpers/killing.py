"""Kill a program again and again, at random: each of its lives is forked from a process that has imported it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAM = """
import importlib, json, os, random, signal, sys, time
name, words, kills, watched = json.loads(sys.argv[1])
main = importlib.import_module(name).main

def written():
    return [os.stat(path).st_mtime_ns if os.path.exists(path) else 0 for path in watched]

draw, ends = random.Random(1), []
for kill in range(kills):
    before = written()
    child = os.fork()
    if not child:
        try:
            os._exit(main(words))
        finally:
            os._exit(3)
    end = 0
    # Of three lives, one may end as soon as the first of the files is written, the others have to write them all.
    while not end and any(new == old for new, old in list(zip(written(), before))[: None if kill % 3 else 1]):
        time.sleep(0.001)
        end, status = os.waitpid(child, os.WNOHANG)
    time.sleep(draw.uniform(0.0, 0.03))
    if not end:
        os.kill(child, signal.SIGKILL)
        end, status = os.waitpid(child, 0)
    ends.append(os.waitstatus_to_exitcode(status))
print(json.dumps(ends))
"""


def kill(
    module: str, words: Sequence[str], times: int, watched: Sequence[Path], environment: Mapping[str, str] = os.environ
) -> str:
    """Run a module's ``main(words)`` so many times, kill each once it has written, and return what all said."""
    task = json.dumps([module, list(words), times, [str(path) for path in watched]])
    paths = [str(Path(__file__).parent), environment.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, task],
        env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [-signal.SIGKILL] * times, done.stderr
    return done.stderr
