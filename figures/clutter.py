"""Does the search find anything? Searches and controls on cluttered digits, for "The supernet and the search".

``python3 tasks.py figures clutter --recompute`` runs what is missing from figures/data/clutter.jsonl, one line for each
search or training, in about an hour on two cores; stopped, it goes on where it was. ``--workers N`` processes share the
work, and the results do not depend on their number. Without ``--recompute`` it says what the file holds.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch

from asng_edu._common import files
from asng_edu.jobs import streams
from asng_edu.jobs.journal import Journal, other_settings
from asng_edu.jobs.lock import locked
from asng_edu.jobs.provenance import commit, provenance
from asng_edu.nas.data.datasets import load
from asng_edu.nas.spaces.cell_space import Genotype
from asng_edu.nas.supernet import size
from asng_edu.nas.training.base import seed_for
from asng_edu.nas.training.retrain import Retrain
from asng_edu.nas.training.retrain_settings import RETRAIN_PRESETS, RetrainSettings
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import CLUTTER

DATA = Path(__file__).resolve().parent / "data" / "clutter.jsonl"
VARIANTS: dict[str, dict[str, Any]] = {
    "asng": {},
    "small-step": {"delta0": 0.2},
    "sng": {"strategy": "sng"},
    "random-search": {"strategy": "random"},
    "no-warmup": {"warmup": 0.0},
    "no-chain": {"chain": False},
}
SETTINGS = {"search": CLUTTER.to_json(), "variants": VARIANTS, "training": dict(RETRAIN_PRESETS["small"])}
SEEDS = {"asng": 10, "small-step": 10, "sng": 10, "random-search": 10, "no-warmup": 5, "no-chain": 5}
RANDOM = 24  # random cells
MATCHED = 12  # random cells of the size of the found ones
DRAWN = 400  # from as many
REPEATS = 6  # trainings of the same cell, for the spread between seeds

Job = dict[str, Any]


def first_jobs() -> Iterator[Job]:
    """Yield the jobs that need no other's result."""
    for seed in range(max(SEEDS.values())):
        for variant in VARIANTS:
            if seed < SEEDS[variant]:
                yield {"job": "search", "variant": variant, "seed": seed}
    cells = [cell.to_json() for cell in random_cells()]
    for i, cell in enumerate(cells):
        yield {"job": "train", "group": "random", "number": i, "seed": 0, "genotype": cell}
    for i in range(3):
        for seed in range(1, REPEATS):
            yield {"job": "train", "group": "repeat", "number": i, "seed": seed, "genotype": cells[i]}


def random_cells() -> list[Genotype]:
    """Return the random cells, the same in every run."""
    rng = np.random.default_rng(seed_for("random cells"))
    return [CLUTTER.space.random(rng) for _ in range(RANDOM)]


def later_jobs(done: dict[str, Job]) -> Iterator[Job]:
    """Yield the trainings of what the searches found, and of random cells of the same size."""
    searches = [job for job in done.values() if job["job"] == "search"]
    for job in searches:
        variant = job["variant"]
        yield {"job": "train", "group": variant, "number": job["seed"], "seed": 0, "genotype": job["genotype"]}
    sizes = np.array([job["parameters"] for job in searches if job["variant"] == "asng"])
    for i, cell in enumerate(matched(sizes)):
        yield {"job": "train", "group": "matched", "number": i, "seed": 0, "genotype": cell}


def matched(sizes: np.ndarray) -> list[dict[str, Any]]:
    """Return random cells, each that of all drawn whose size is nearest to a found one's."""
    space, rng = CLUTTER.space, np.random.default_rng(seed_for("matched cells"))
    drawn = [space.random(rng) for _ in range(DRAWN)]
    counted = np.array([parameters(genotype) for genotype in drawn])
    cells = []
    for i in range(MATCHED):
        nearest = int(np.argmin(np.abs(counted - sizes[i % len(sizes)])))
        cells.append(drawn[nearest].to_json())
        counted[nearest] = -1  # each cell once
    return cells


def parameters(genotype: Genotype) -> int:
    """Return the parameters of a cell's network, as it is trained."""
    small = RETRAIN_PRESETS["small"]
    return size.count(genotype, CLUTTER.space, small["cells"], small["channels"], 10, (1, 16, 16)).parameters


def run(job: Job) -> Job:
    """Do one job and return it with its result."""
    torch.set_num_threads(1)
    started = time.perf_counter()
    data = load("clutter")
    if job["job"] == "search":
        settings = CLUTTER.change(seed=job["seed"], **VARIANTS[job["variant"]])
        search = Search(settings, data=data, device="cpu")
        while not search.done:
            search.advance()
        found = search.record()
        keep = ("theta", "Delta", "genotype", "parameters", "candidates")
        lines = ("epoch", "train_loss", "theta_loss", "theta_accuracy", "mean_max_theta", "entropy", "delta", "skipped")
        result = {key: found[key] for key in keep}
        result["history"] = [{key: line[key] for key in lines} for line in found["history"]]
        if job["variant"] in ("asng", "random-search"):
            result["one_shot"] = one_shot(search)
    else:
        space = CLUTTER.change(**VARIANTS.get(job["group"], {})).space
        settings = RetrainSettings(job["genotype"], space, data="clutter", seed=job["seed"], **RETRAIN_PRESETS["small"])
        training = Retrain(settings, data=data, device="cpu")
        while not training.done:
            training.advance()
        record = training.record()
        result = {key: record[key] for key in ("parameters", "test_loss", "test_error", "standard_error")}
    return job | result | {"seconds": round(time.perf_counter() - started, 1), "commit": commit()}


def one_shot(search: Search) -> list[dict[str, float]]:
    """Return loss and accuracy of the 24 random cells with the weights of a search, on all of D_θ."""
    results = search.evaluate_all(np.stack([CLUTTER.space.encode(cell) for cell in random_cells()]))
    return [{"loss": float(loss), "accuracy": float(accuracy)} for loss, accuracy in results]


def key(job: Job) -> str:
    """Return what names a job among all."""
    return " ".join(str(job[name]) for name in ("job", "variant", "group", "number", "seed") if name in job)


def recompute(workers: int) -> None:
    """Do the jobs that the file lacks, and put its lines in order."""
    with locked(DATA):
        if not DATA.exists():
            head = {"settings": SETTINGS, "provenance": provenance("python3 tasks.py figures clutter --recompute")}
            files.replace(DATA, json.dumps(head) + "\n")
        begun, done = read()
        if differing := other_settings(begun["settings"], json.loads(json.dumps(SETTINGS))):
            raise SystemExit(f"{DATA} {differing}. Remove it, or go back to those settings.")
        first = list(first_jobs())
        did = work(first, done, workers)
        later = list(later_jobs({key(job): done[key(job)] for job in first}))
        if work(later, done, workers) + did:
            lines = [begun, *(done[key(job)] for job in first + later)]
            files.replace(DATA, "".join(json.dumps(line) + "\n" for line in lines))


def work(jobs: Iterable[Job], done: dict[str, Job], workers: int) -> int:
    """Do the jobs that are missing, append each to the file as it ends, and return how many there were."""
    missing = [job for job in jobs if key(job) not in done]
    results = joblib.Parallel(workers, return_as="generator_unordered")(joblib.delayed(run)(job) for job in missing)
    with Journal(DATA).appending() as append:
        for result in streams.bar(results, total=len(missing), unit="job"):
            append(json.dumps(result))
            done[key(result)] = result
    return len(missing)


def read() -> tuple[Job, dict[str, Job]]:
    """Return the head of the file, and its jobs by their key."""
    head, *lines = (json.loads(line) for line in Journal(DATA).lines())
    return head, {key(line): line for line in lines}


def main() -> int:
    """Run what is missing if asked to, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="run what is missing")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one for each core)")
    options = parser.parse_args()
    if options.recompute:
        recompute(options.workers)
    if not DATA.exists():
        print(f"{DATA} does not exist yet: --recompute makes it.")
        return 1
    _, done = read()
    groups: dict[str, list[float]] = {}
    for job in done.values():
        if job["job"] == "train":
            groups.setdefault(job["group"], []).append(job["test_error"])
    for group, errors in groups.items():
        print(f"{group:10} {len(errors):3} trainings: median error {np.median(errors):.3f}, best {min(errors):.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
