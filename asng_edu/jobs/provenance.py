"""Where a result comes from: command, versions, machine in words, time."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import asng_edu

LIBRARIES = ("numpy", "numba", "torch", "torchvision", "scikit-learn")


def provenance(command: str | None = None) -> dict[str, Any]:
    """Return a record of how and where a result is being made, ready for JSON.

    Parameters
    ----------
    command : str, optional
        The command that makes it; by default the one that started this program, without the path of the interpreter.
    """
    return {
        "command": command or shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit(),
        "versions": {"python": platform.python_version(), "asng_edu": asng_edu.__version__, **_versions()},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
    }


def commit() -> str | None:
    """Return the commit of the source tree that the package runs from, with ``+`` if edited since; None outside one.

    A package that is only installed below somebody else's repository is not part of it.
    """
    where = Path(asng_edu.__file__).parent

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=where, capture_output=True, text=True, check=True).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", Path(asng_edu.__file__).name)
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
