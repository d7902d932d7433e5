"""A trace of a search, made up from a seed, as ``asng_book.measured.trace`` records one."""

import numpy as np

from asng_edu.nas.spaces.cell_space import CellSpace, chain
from asng_edu.nas.training.settings import CLUTTER

SPACE = CellSpace(
    nodes=3, operations=CLUTTER.space.operations, kinds=("normal",), fixed=chain(3), output="last", share_inputs=True
)
PARTS = [[node, name, 10 + node] for node in range(3) for name in ("conv_1x1", "conv_3x3", "sep_conv_5x5")]


def make_trace(steps=3, seed=0):
    """Return a trace whose numbers are random, as asng_book.measured.trace makes them."""
    rng = np.random.default_rng(seed)
    family = SPACE.categorical()

    def codes(count):
        return family.sample(family.initial_theta(), rng, count).tolist()

    def lengths(code):
        cell = SPACE.decode(code).normal
        used = {(node, name) for node, slots in enumerate(cell) for _, name in slots}
        return [round(rng.random(), 3) if (node, name) in used else 0 for node, name, _ in PARTS]

    def theta():
        return family.project(rng.dirichlet(np.ones(SPACE.options)) * len(SPACE.decisions)).round(4).tolist()

    taken = []
    for step in range(steps):
        run, compared = codes(2), codes(2)
        moved = rng.random(len(PARTS)).round(3).tolist()
        taken.append(
            {
                "step": 32 + step,
                "weights": {"codes": run, "losses": [2.3, 2.2], "gradients": list(map(lengths, run)), "moved": moved},
                "theta": {
                    "codes": compared, "losses": [2.25, 2.125], "utility": [-0.0625, 0.0625], "updated": step != 1,
                    "delta": 0.9, "theta": theta(),
                },
            }
        )  # fmt: skip
    return {
        "operations": list(SPACE.operations), "nodes": 3, "inputs": 2, "cells": 2, "parts": PARTS, "theta": theta(),
        "fixed": [list(entry) for entry in SPACE.fixed], "steps": taken,
        "decisions": [{"node": d.node, "slot": d.slot, "what": d.what, "options": list(d.options)}
                      for d in SPACE.decisions],
    }  # fmt: skip
