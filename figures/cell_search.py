"""The recorded runs on CIFAR-10 and the price of the article's protocol, for "The CIFAR-10 cell search".

``python3 tasks.py figures cell_search --record NAME RUN/search.json`` copies the record of a search or of a retraining,
with where it comes from, to figures/data/cifar10_NAME.json; ``--note`` adds what the record does not know. With
``--recompute`` a step of the article's search and one of its retraining are timed on one core, on random pictures, some
minutes in all. Without either it says what there is.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asng_edu._common import files
from asng_edu.jobs.provenance import provenance
from asng_edu.nas.runs import records
from asng_edu.nas.runs.records import dumps
from asng_edu.nas.spaces.genotype import Genotype

HERE = Path(__file__).resolve().parent / "data"
STEPS = HERE / "cell_search_steps.json"
RECORDS = ("search", "search_other_seed", "retrain_found", "retrain_random")  # they begin with their kind
STEPS_TIMED = {"search": 12, "retrain": 4}


def place(name: str) -> Path:
    """Return where the record of that name is kept."""
    return HERE / f"cifar10_{name}.json"


def compact(record: Mapping[str, Any], kind: str) -> str:
    """Return a record of that kind as JSON, an epoch a line and each θ of an epoch to four significant digits."""
    if record.get("kind") != kind:
        raise ValueError(f"the record must be of a {kind}, but its kind is {record.get('kind')!r}.")
    history = [
        line | {"theta": [float(f"{value:.4g}") for value in line["theta"]]} if "theta" in line else line
        for line in record["history"]
    ]
    lines = ",\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in history)
    return dumps({**record} | {"history": "HISTORY"}).replace('"HISTORY"', f"[\n{lines}\n  ]")


def recompute() -> None:
    """Time the two kinds of step on one core, by the processor's clock, which a busy machine does not slow."""
    import torch

    from asng_edu.nas.data.datasets import Data, Images
    from asng_edu.nas.training.retrain import Retrain
    from asng_edu.nas.training.retrain_settings import RetrainSettings
    from asng_edu.nas.training.search import Search
    from asng_edu.nas.training.settings import CIFAR10

    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(0)
    pictures = torch.randint(256, (2000, 3, 32, 32), dtype=torch.uint8, generator=rng)
    images = Images(pictures, torch.randint(10, (2000,), generator=rng))
    data = Data("random pictures", tuple("0123456789"), images, images, flip=True, crop=4)
    genotype = Genotype.from_json(json.loads(place("search").read_text(encoding="utf-8"))["genotype"])
    tasks = {
        "search": Search(CIFAR10, data=data, device="cpu"),
        "retrain": Retrain(RetrainSettings(genotype=genotype), data=data, device="cpu"),
    }
    measured: dict[str, Any] = {}
    for name, task in tasks.items():
        task.advance()  # the first step finds out how to compute
        seconds = []
        for _ in range(STEPS_TIMED[name]):
            started = time.process_time()
            task.advance()
            seconds.append(round(time.process_time() - started, 3))
        measured[name] = {"cpu_seconds": seconds}
        print(f"a step of the {name}: {min(seconds)} s or more", flush=True)
    kept = tasks["retrain"].record()
    measured["retrain"] |= {key: kept[key] for key in ("genotype", "channels", "parameters", "multiply_adds")}
    origin = {"threads": 1, "provenance": provenance("python3 tasks.py figures cell_search --recompute")}
    files.replace(STEPS, dumps(measured | origin))


def main() -> int:
    """Copy a record or time the steps, if asked to, and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--record", nargs=2, metavar=("NAME", "PATH"), help=f"copy the record at PATH; NAME is {', '.join(RECORDS)}"
    )
    parser.add_argument("--note", help="a sentence to keep with it")
    parser.add_argument("--recompute", action="store_true", help="time the two kinds of step again")
    options = parser.parse_args()
    if options.record:
        name, path = options.record
        if name not in RECORDS:
            parser.error(f"NAME must be one of {', '.join(RECORDS)}, but is {name!r}.")
        try:
            text = compact(
                {**records.read(path, name.split("_")[0]), **({"note": options.note} if options.note else {})}
            )
        except ValueError as error:
            parser.error(str(error))
        files.replace(place(name), text)
    elif options.note:
        parser.error("--note goes with --record.")
    if options.recompute:
        recompute()
    for name in RECORDS:
        if not place(name).exists():
            continue
        record = records.read(place(name))
        state = "finished" if record["finished"] else "not finished"
        print(f"{place(name).name}: step {record['step']:,} of {record['steps']:,}, {state}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
