"""How long the book takes to build: on one core, on all of them, and again after an edit.

    python3 tasks.py bench build [--json FILE]

Each clean build runs in a copy of the project's sources, so that nothing is compiled or stored. The one on all cores is
then repeated: as it is, after an edit of a chapter's text, of one of its cells and of an exercise. The chapter is the
one whose cells take longest, so the others take less. This needs Linux, where a process can be held to one core.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from asng_edu.jobs.provenance import provenance

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("*.py", "pyproject.toml", "_config.yml", "requirements", "asng_edu", "book", "examples", "figures")
RAN = re.compile(r"^ +\d+ of \d+: (\w+), (\d+) s$", re.MULTILINE)
CELL = re.compile(r"^```\{code-cell\} ipython3\n(?::tags:.*\n)?", re.MULTILINE)


def copy_sources(folder: Path) -> None:
    """Copy what the book is made of, without anything that a build left there."""
    for source in (found for pattern in SOURCES for found in ROOT.glob(pattern)):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / source.name)


def build(folder: Path, cores: set[int]) -> dict[str, Any]:
    """Build the book in a folder; return the seconds, those of each page that ran, and how busy the machine was."""
    path = os.pathsep.join([str(folder), str(folder / "book")])
    env = {name: value for name, value in os.environ.items() if name != "CI"} | {"PYTHONPATH": path}
    load, begun = os.getloadavg()[0], time.perf_counter()
    done = subprocess.run(
        [sys.executable, "tasks.py", "--here", "book", "--no-open"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"The book was not built:\n{done.stdout}{done.stderr}")
    pages = {page: int(took) for page, took in RAN.findall(done.stdout)}
    return {"seconds": seconds, "load before": load, "pages": pages}


def edit(file: Path, change: Any) -> None:
    """Replace the text of a file by what ``change`` makes of it."""
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


def again(folder: Path, cores: set[int], chapter: str) -> dict[str, dict[str, Any]]:
    """Build the book again as it is and after some edits."""
    page = folder / "book" / f"{chapter}.md"
    exercise = folder / "book" / "asng_book" / "exercises" / f"{chapter}.py"
    found = {"nothing changed": build(folder, cores)}
    edit(page, lambda text: text + "\nOne more sentence.\n")
    found[f"a sentence of {chapter}"] = build(folder, cores)
    edit(page, lambda text: CELL.sub(r"\g<0># edited\n", text, count=1))
    found[f"a cell of {chapter}"] = build(folder, cores)
    edit(exercise, lambda text: text + "\n# edited\n")
    found[f"an exercise of {chapter}"] = build(folder, cores)
    return found


def main() -> int:
    """Build, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    if not hasattr(os, "sched_setaffinity"):
        print("This needs Linux, where a process can be held to one core.", file=sys.stderr)
        return 2
    every = os.sched_getaffinity(0)
    builds: dict[str, dict[str, Any]] = {}
    for name, cores in ((f"clean, {len(every)} cores", every), ("clean, one core", {min(every)})):
        with tempfile.TemporaryDirectory() as name_of_folder:
            folder = Path(name_of_folder)
            copy_sources(folder)
            builds[name] = build(folder, cores)
            if cores is every:
                builds |= again(folder, cores, max(builds[name]["pages"], key=builds[name]["pages"].__getitem__))
    ratio = builds[f"clean, {len(every)} cores"]["seconds"] / builds["clean, one core"]["seconds"]
    for name, one in builds.items():
        ran = ", ".join(f"{page} {took}" for page, took in one["pages"].items())
        print(f"{name:36}{one['seconds']:6.0f} s   load {one['load before']:.1f}   {ran}")
    print(f"{len(every)} cores take {ratio:.2f} of the time of one.")
    if options.json:
        record = {"builds": builds, "ratio": ratio, "provenance": provenance("python3 tasks.py bench build")}
        Path(options.json).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
