"""Speed of a step of the cell search against a plain loop, of a sampled path against all paths, and of the parts.

    python3 tasks.py bench supernet [--json FILE] [--steps N] [--only step mixture data optimiser]

At the size of the article's experiment 3.2, on one thread: two to four minutes and 9 GB. Smaller with --cells,
--channels, --batch and --images. The ways take turns, and in a turn all loops run the same paths, so that whatever else
the machine does falls on all alike. The tables give medians over the turns; ratios are what to read, and are medians of
the ratios within a turn.

On a GPU (--device cuda) the step is measured in bfloat16 and in PyTorch's own memory order too (--variants). There
every part is waited for, which adds some tens of microseconds to each.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import torch
from _supernet_loops import PARTS, Ours, Setup, noise
from _supernet_measures import (
    LOADER,
    MIXTURE,
    MIXTURE_GATES,
    OURS,
    PATH,
    PLAIN,
    PLAIN_CL,
    SGD,
    measure_data,
    measure_mixture,
    measure_optimiser,
    measure_step,
)

from asng_edu.jobs.provenance import provenance
from asng_edu.nas.data.datasets import load
from asng_edu.nas.training.base import device_name, pick_device
from asng_edu.nas.training.settings import CIFAR10

#: What has been measured: of every section's ways, lists of numbers by quantity.
Measured = dict[str, dict[str, dict[str, list[float]]]]

#: What is aimed at on a CPU: what it is; of which section, quantity and two ways it is the ratio; at least.
GOALS = (
    ("step, against the plain loop", "step", "step", (PLAIN, OURS), 2.5),
    ("step, against the plain loop with channels_last", "step", "step", (PLAIN_CL, OURS), 1.2),
    ("time of the mixture against a path", "mixture", "milliseconds", (MIXTURE, PATH), 7.0),
    ("the same with the gates' gradients", "mixture", "milliseconds", (MIXTURE_GATES, PATH), 7.0),
    ("bytes saved for backward by the mixture against a path", "mixture", "saved_bytes", (MIXTURE, PATH), 8.0),
    ("the same with the gates' gradients", "mixture", "saved_bytes", (MIXTURE_GATES, PATH), 8.0),
    ("images a second, against DataLoader", "data", "images_per_second", (OURS, LOADER), 6.0),
    ("optimiser, against torch.optim.SGD", "optimiser", "milliseconds", (SGD, OURS), 10.0),
)

#: Of each section: its title, its columns with their quantities and scales, and what the last column is the ratio of.
TABLES: dict[str, tuple[str, dict[str, tuple[str, float]], str, str]] = {
    "step": ("A step, ms", {part: (part, 1.0) for part in PARTS}, OURS, "step"),
    "mixture": (
        "Forward and backward",
        {"ms": ("milliseconds", 1.0), "saved MB": ("saved_bytes", 1e-6), "peak MB": ("peak_bytes", 1e-6)},
        PATH,
        "milliseconds",
    ),
    "data": (
        "Images, changed at random and normalised",
        {"a second": ("images_per_second", 1.0)},
        LOADER,
        "images_per_second",
    ),
    "optimiser": ("The optimiser's step", {"ms": ("milliseconds", 1.0)}, OURS, "milliseconds"),
}


def ratio(ways: dict[str, Any], quantity: str, above: str, below: str) -> float | None:
    """Return the median of the ratios within turns; None as long as no turn has both."""
    series = (ways.get(name, {}).get(quantity, []) for name in (above, below))
    ratios = [a / b for a, b in zip(*series, strict=False)]  # the last turn may have been cut short
    return median(ratios) if ratios else None


def goals(measured: Measured) -> list[dict[str, Any]]:
    """Return every goal of which something has been measured."""
    lines = []
    for name, section, quantity, (above, below), least in GOALS:
        found = ratio(measured.get(section, {}), quantity, above, below)
        if found is not None:
            lines.append({"goal": name, "at_least": least, "ratio": found, "reached": found >= least})
    return lines


def report(measured: Measured) -> str:
    """Return all that has been measured as tables, and what was aimed at."""
    lines = []
    for section, (title, columns, base, quantity) in TABLES.items():
        ways = {name: found for name, found in measured.get(section, {}).items() if found[quantity]}
        if not ways:
            continue
        turns = max(len(found[quantity]) for found in ways.values())
        heads = "".join(f"{head:>12}" for head in (*columns, "ratio"))
        lines += [f"{title} (medians of {turns}; ratio: to {base})", f"{'':40}{heads}"]
        for name, found in ways.items():
            cells = [median(found[q]) * scale if found[q] else None for q, scale in columns.values()]
            times = ratio(ways, quantity, name, base)
            shown = "".join(
                f"{'–' if cell is None else format(cell, ',.1f' if cell >= 10 else '.2f'):>12}" for cell in cells
            )
            lines.append(f"{name:40}{shown}{'–' if times is None else f'{times:.2f}×':>12}")
        lines.append("")
    aims = [
        f"{'reached' if goal['reached'] else 'NOT reached':12} {goal['goal']}: {goal['ratio']:.2f}× "
        f"(at least {goal['at_least']:g}×)"
        for goal in goals(measured)
    ]
    return "\n".join([*lines, "Aimed at, on a CPU at full size:" if aims else "Nothing has been measured.", *aims])


def positive(text: str) -> int:
    """Return a whole number from 1 up."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"it must be a whole number from 1 up, but is {text!r}")
    return number


def options(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, Setup]:
    """Return the options, and what follows from them; end with a sentence where they do not fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--steps", type=positive, default=8, help="turns that count; one before them warms up")
    parser.add_argument("--cells", type=positive, default=CIFAR10.cells)
    parser.add_argument("--channels", type=positive, default=CIFAR10.channels)
    parser.add_argument("--batch", type=positive, default=CIFAR10.batch)
    parser.add_argument("--images", type=positive, default=50_000, help="training images, half of them for θ")
    parser.add_argument("--data", metavar="folder:PATH", help="images to use instead of noise")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=tuple(TABLES), default=tuple(TABLES), help="what to measure")
    parser.add_argument("--variants", action="store_true", help="bfloat16 and NCHW too; on a GPU always")
    chosen = parser.parse_args(arguments)
    try:
        settings = CIFAR10.change(
            **{name: getattr(chosen, name) for name in ("cells", "channels", "batch", "seed")},
            theta_batch=chosen.batch,
        )
        data = load(chosen.data, images=chosen.images) if chosen.data else noise(chosen.images, chosen.seed)
        if data.channels != 3 or any(side % 4 for side in data.size):
            raise ValueError(f"the plain network needs coloured images whose sides 4 divides, not {data.size}.")
        setup = Setup(settings, data, pick_device(chosen.device), chosen.steps, chosen.threads)
        Ours(setup)  # refuses what does not fit together
    except ValueError as error:
        parser.error(str(error))
    return chosen, setup


def measure(chosen: argparse.Namespace, setup: Setup, measured: Measured) -> None:
    """Measure what was chosen, into ``measured``."""
    torch.set_num_threads(setup.threads)  # holds for the thread that calls it
    sections: dict[str, Callable[[dict[str, Any]], None]] = {
        "step": lambda into: measure_step(setup, into, chosen.variants or setup.device.type == "cuda"),
        "mixture": lambda into: measure_mixture(setup, into),
        "data": lambda into: measure_data(setup, into),
        "optimiser": lambda into: measure_optimiser(setup, into),
    }
    for section, function in sections.items():
        if section in chosen.only:
            function(measured.setdefault(section, {}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and write the measurements if asked to."""
    chosen, setup = options(arguments)
    measured: Measured = {}
    load_before = os.getloadavg() if hasattr(os, "getloadavg") else None
    try:  # in a thread, so that Ctrl-C need not wait for the end of a backward pass
        ThreadPoolExecutor(1).submit(measure, chosen, setup, measured).result()
    except KeyboardInterrupt:
        print(report(measured), "Stopped before the end; no file is written.", sep="\n", flush=True)
        os._exit(130)
    print(report(measured))
    if chosen.json:
        s = setup.settings
        words = sys.argv[1:] if arguments is None else arguments
        record = {
            "provenance": provenance(shlex.join(["python3", "tasks.py", "bench", "supernet", *words])),
            "setting": {name: getattr(s, name) for name in ("cells", "channels", "batch", "lam_x", "seed")}
            | {"lam_theta": s.strategy.lam}
            | {"images": len(setup.data.train.labels), "data": setup.data.name, "threads": setup.threads}
            | {"device": device_name(setup.device), "load": load_before},
            "goals": goals(measured),
            **measured,
        }
        Path(chosen.json).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
