"""An Optuna study around a one-shot search, and as many searches with default settings.

``figures/around_the_search.py`` runs them. Taught in chapter *Around the search*.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from asng_edu.jobs.errors import Diverged
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.search import Search
from asng_edu.nas.training.settings import SearchSettings
from asng_edu.nas.training.systems import Comparison
from asng_edu.nas.training.tabulate import one_thread

if TYPE_CHECKING:
    import optuna

#: What the study may choose, from and to. Three go from a tenth of the default to ten times the default.
RANGES: Mapping[str, tuple[float, float]] = {
    "rate": (0.02, 2.0),
    "weight_decay": (3e-5, 3e-3),
    "delta0": (0.1, 10.0),
    "warmup": (0.1, 0.9),
}
LINEAR = ("warmup",)
EPOCHS, CELLS = 10, 1  # a supernet of half as many cells as the table's networks have, so that a search takes seconds


class Found(NamedTuple):
    """What one search found.

    Attributes
    ----------
    loss, accuracy : float
        One-shot loss and accuracy of the found network on all of D_θ: what the study sees.
    pick : tuple of int
        The code of that network.
    seconds : float
        Of one core.
    """

    loss: float
    accuracy: float
    pick: tuple[int, ...]
    seconds: float


def settings(known: KnownSpace) -> SearchSettings:
    """Return the default settings of the search."""
    comparison = Comparison(known=known, systems=("asng",), seeds=1, epochs=EPOCHS)
    return comparison.search("asng", seed=0).change(cells=CELLS)


def search(chosen: SearchSettings) -> Found:
    """Run one search from beginning to end, on one thread."""
    begun = time.process_time()
    with one_thread():
        run = Search(chosen, device="cpu")
        while not run.done:
            run.advance()
    assert run.one_shot is not None
    pick = tuple(run.space.encode(run.genotype()).tolist())
    measured = run.one_shot["one_shot_loss"], run.one_shot["one_shot_accuracy"]
    return Found(*measured, pick, round(time.process_time() - begun, 3))


def objective(default: SearchSettings) -> Callable[[optuna.Trial], float]:
    """Return the function that the study minimises: settings in, one-shot loss of the found network out."""

    def loss(trial: optuna.Trial) -> float:
        chosen = {
            name: trial.suggest_float(name, low, high, log=name not in LINEAR) for name, (low, high) in RANGES.items()
        }
        found = search(default.change(**chosen, seed=trial.number))
        for name, value in found._asdict().items():
            trial.set_user_attr(name, value)
        return found.loss

    return loss


def open_study(journal: str | os.PathLike[str]) -> optuna.Study:
    """Return the study in a journal, begun here if there is none: any number of processes can append to the file."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(os.fspath(journal)))
    return optuna.create_study(storage=storage, study_name="around the search", load_if_exists=True)


def run_trials(study: optuna.Study, loss: Callable[[optuna.Trial], float], trials: int, seed: int = 0) -> None:
    """Add trials until so many of the study are complete, this process's or others'.

    Each process of a study needs a seed of its own. One process alone draws the same settings however often it was
    stopped between two trials.
    """
    from optuna.samplers import TPESampler

    while len(complete(study)) < trials:
        begun = len(study.get_trials(deepcopy=False))
        study.sampler = TPESampler(seed=1_000_000 * seed + begun)
        study.optimize(loss, n_trials=1, catch=(Diverged,))


def complete(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Return the trials of a study that have ended well, in their order."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]


def rows_of(study: optuna.Study) -> list[dict[str, Any]]:
    """Return a row for each complete trial of a study."""
    return [{"seed": trial.number, **trial.params, **trial.user_attrs} for trial in complete(study)]
