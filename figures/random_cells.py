"""Random cells of the article's space: their depth, loose ends and size, for chapter "The search space".

``python3 tasks.py figures random_cells --recompute`` draws 2,000 genotypes, each equally likely, and counts the network
of each, which takes some minutes. Without ``--recompute`` it says what figures/data/random_cells.json holds.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from asng_edu._common import files
from asng_edu.jobs import streams
from asng_edu.jobs.provenance import provenance
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.supernet.size import count

DATA = Path(__file__).resolve().parent / "data" / "random_cells.json"
SETTINGS = {"genotypes": 2000, "seed": 0, "cells": 8, "channels": 16}


def recompute() -> None:
    """Draw the genotypes and write one list for each thing that is measured."""
    space, rng, start = CellSpace(), np.random.default_rng(SETTINGS["seed"]), time.monotonic()
    columns: dict[str, list[int]] = {"separable": [], "parameters": [], "multiply_adds": []}
    columns |= {f"{what}_{kind}": [] for what in ("depth", "loose_ends") for kind in space.kinds}
    for _ in streams.bar(range(SETTINGS["genotypes"]), unit="genotype"):
        genotype = space.random(rng)
        size = count(genotype, space, cells=SETTINGS["cells"], channels=SETTINGS["channels"])
        columns["parameters"].append(size.parameters)
        columns["multiply_adds"].append(size.multiply_adds)
        slots = [slot for kind in space.kinds for node in genotype.cell(kind) for slot in node]
        columns["separable"].append(sum(operation.startswith("sep_conv") for _, operation in slots))
        for kind in space.kinds:
            columns[f"depth_{kind}"].append(space.depth(genotype.cell(kind)))
            columns[f"loose_ends_{kind}"].append(len(space.outputs(genotype.cell(kind))))
    record = {
        "settings": SETTINGS,
        "provenance": provenance("python3 tasks.py figures random_cells --recompute"),
        "seconds": round(time.monotonic() - start, 1),
        **columns,
    }
    files.replace(DATA, json.dumps(record, separators=(",", ":")).replace(',"', ',\n"') + "\n")


def main() -> int:
    """Measure again if asked to, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="draw and count the genotypes again")
    if parser.parse_args().recompute:
        recompute()
    record = json.loads(DATA.read_text(encoding="utf-8"))
    parameters = np.array(record["parameters"])
    print(f"{len(parameters)} random genotypes, {parameters.min():,} to {parameters.max():,} parameters")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
