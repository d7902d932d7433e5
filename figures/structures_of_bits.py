"""What are bits worth that a search has learned? The same network with learned, random, fixed and all bits.

``python3 tasks.py figures structures_of_bits --recompute`` trains each arm with five seeds and writes a row for each
training into figures/data/structures_of_bits.csv: test errors of the structure that it names, of those that it draws
and of the mean of their predictions; for ASNG also that of the named structure trained by itself; the named structure;
and, where θ moves, θ after each epoch: for each bit the probability of 1 in per mille, epochs separated by a slash.
Stopped, it goes on where it was. Without ``--recompute`` it prints the mean errors.
"""

from __future__ import annotations

import functools

import _table
import numpy as np

from asng_book.measured import bits
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key
from asng_edu.nas import Data, load
from asng_edu.nas.training.tabulate import one_thread

NAME = "structures_of_bits"
SEEDS = 5
ARMS = ("asng", "random", "on", "off", "half")
COLUMNS = ("arm", "seed", *bits.Measured._fields, "alone", "code", "theta", "seconds")


@functools.cache
def data() -> Data:
    """Return the signals, once for each process."""
    return load(bits.SETTINGS.data)


def work(job: Key) -> list[float | str | None]:
    """Train an arm with a seed, and measure it."""
    name, seed = str(job[0]), int(job[1])
    with one_thread():
        search = bits.arm(name, seed, data())
        trace = bits.train(search)
        found, code, alone = bits.measure(search), bits.SPACE.encode(search.genotype()), None
        if name == "asng":
            again = bits.alone(code, seed, data())
            bits.train(again)
            alone = bits.measure(again).named
    theta = "/".join(" ".join(str(round(1000 * p)) for p in row) for row in trace)
    seconds = sum(search.epoch_steps / line["steps_per_second"] for line in search.history)
    return [*found, alone, "".join(map(str, code)), theta or None, round(seconds, 1)]


def recompute(workers: int) -> None:
    """Train what has not been trained yet, and write the table."""
    jobs: list[Key] = [(arm, seed) for seed in range(SEEDS) for arm in ARMS]
    settings = {**bits.SETTINGS.to_json(), "samples": bits.SAMPLES, "seeds": SEEDS}
    _table.fill(NAME, jobs, work, COLUMNS, settings, workers=workers, unit="training")


def report() -> None:
    """Say what there is."""
    found = rows.read_csv(_table.DATA / f"{NAME}.csv")
    for arm in ARMS:
        mine = [row for row in found if row["arm"] == arm]
        kinds = [kind for kind in (*bits.Measured._fields, "alone") if mine and mine[0][kind] is not None]
        means = {kind: np.mean([float(row[kind]) for row in mine]) for kind in kinds}
        print(f"{arm}: {len(mine)} seeds, " + ", ".join(f"{kind} {mean:.4f}" for kind, mean in means.items()))


if __name__ == "__main__":
    raise SystemExit(_table.main(__doc__, recompute, report))
