"""Every network of a space, each trained from scratch several times: the truth that searches can be held against.

Codes that describe the same network are trained once. A network is trained on D_x alone; its error on D_θ is what a
search may see, its error on the test images is what the search is judged by.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch

from asng_edu._common import checks, files
from asng_edu.jobs import rows
from asng_edu.jobs.rows import Key, Row
from asng_edu.nas.data.datasets import Data, Images, load
from asng_edu.nas.supernet.size import count
from asng_edu.nas.training.retrain import Retrain
from asng_edu.nas.training.tabulation import Tabulation, decision_name, networks_of
from asng_edu.nas.training.trained import TrainedNetwork, measure

Code = tuple[int, ...]
MEASURED = ("validation_error", "test_error", "seconds")


def tabulate(
    tabulation: Tabulation,
    out: str | os.PathLike[str],
    *,
    workers: int = 1,
    resume: bool = False,
    progress: bool = False,
    command: str | None = None,
) -> list[Row]:
    """Train every network of a space and write the table; return its rows, one for each network.

    Parameters
    ----------
    tabulation : Tabulation
    out : path
        The CSV file, and its record ``NAME.json``. ``NAME.trainings.csv`` beside it has a row for each training and
        grows as they end.
    workers : int
        Processes, each with one thread. Errors do not depend on it.
    resume, progress, command
        As in ``asng_edu.jobs.rows.fill``.

    Raises
    ------
    RunError
        If the table exists and is not to be resumed, or cannot be written.
    """
    checks.instance("tabulation", tabulation, Tabulation, "a Tabulation")
    path = rows.table_path(out)
    names = [decision_name(*decision[1:4]) for decision in tabulation.space.decisions]
    networks = networks_of(tabulation.space)
    codes = list(networks)
    jobs: list[Key] = [(*code, seed) for seed in range(tabulation.seeds) for code in codes]
    trained = rows.fill(
        path.with_suffix(".trainings.csv"),
        jobs,
        functools.partial(train, tabulation),
        [*names, "seed", *MEASURED],
        tabulation.to_json(),
        workers=workers,
        resume=resume,
        progress=progress,
        command=command,
        unit="training",
    )
    found = _table(tabulation, networks, names, trained)
    rows.write_csv(path, list(found[0]), [list(row.values()) for row in found])
    files.replace(path.with_suffix(".json"), path.with_suffix(".trainings.json").read_bytes())
    return found


def train(tabulation: Tabulation, job: Key) -> tuple[float, float, float]:
    """Train one network; return its errors on D_θ and on the test images, and the seconds of one core that it took."""
    *code, seed = job
    begun = time.process_time()
    with one_thread():
        settings = tabulation.settings(tabulation.space.decode(code), int(seed))
        data, theta = _parts(settings.data, settings.images)
        training = Retrain(settings, data=data, device="cpu")
        while not training.done:
            training.advance()
        assert training.test is not None
        trained = TrainedNetwork(training.network, data.classes, data.mean, data.std, settings.precision)
        validation = measure(trained, theta)
    return validation["test_error"], training.test["test_error"], round(time.process_time() - begun, 3)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute with one thread: for small networks more are slower, and sum in another order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@functools.lru_cache(maxsize=1)
def _parts(name: str, images: int | None) -> tuple[Data, Images]:
    """Return data whose training images are D_x alone, and D_θ."""
    data = load(name, images=images)
    train, theta = data.halves()
    return replace(data, train=train, theta=None), theta


def _table(
    tabulation: Tabulation, networks: Mapping[Code, Sequence[Code]], names: Sequence[str], trained: Sequence[Row]
) -> list[Row]:
    """Return one row for each network, of those of all its trainings."""
    space, seeds = tabulation.space, range(tabulation.seeds)
    options = [decision.options for decision in space.decisions]
    example = tabulation.settings(space.random(0), 0)
    data, _ = _parts(example.data, example.images)
    found = []
    for place, (code, same) in enumerate(networks.items()):
        size = count(space.decode(code), space, example.cells, example.channels or 0, len(data.classes), data.shape)
        of_network = trained[place :: len(networks)]
        row: Row = {"codes": "|".join(" ".join(map(str, one)) for one in same)}
        row |= {name: words[k] for name, words, k in zip(names, options, code, strict=True)}
        row |= {"parameters": size.parameters, "multiply_adds": size.multiply_adds}
        for what in MEASURED[:2]:
            row |= {f"{what}_{seed}": of_network[seed][what] for seed in seeds}
        row["seconds"] = round(sum(each["seconds"] for each in of_network), 3)
        found.append(row)
    return found
