"""The sub-commands of ``asng-edu`` that are long computations, and what becomes of them: search, retrain, evaluate."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asng_edu._common.options import given_kind, given_options
from asng_edu.nas.spaces.base import SPACES
from asng_edu.nas.spaces.genotype import read_json, search_record
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.training.retrain_settings import RetrainSettings, from_record
from asng_edu.nas.training.settings import PRESETS, SearchSettings, preset_for

if TYPE_CHECKING:  # they need torch
    from asng_edu.nas.data.datasets import Data
    from asng_edu.nas.runs.distributed import Distributed
    from asng_edu.nas.runs.runner import Outcome
    from asng_edu.nas.runs.task import Task


def run_search(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu search``."""
    from asng_edu.nas.data.datasets import load
    from asng_edu.nas.drawing.decisions import save_svg
    from asng_edu.nas.runs.distributed import Distributed
    from asng_edu.nas.training.base import pick_device
    from asng_edu.nas.training.search import Search

    device = pick_device(arguments.device)
    with Distributed.from_environment(device.type) as distributed:
        settings = distributed.from_main(lambda: _search_settings(arguments))
        data: list[Data] = []  # one process downloads or decodes, and then the others find it done
        distributed.from_main(lambda: data.append(load(settings.data, images=settings.images)))
        search = Search(
            settings,
            data=data[0] if data else None,
            device=distributed.device if distributed.size > 1 else device,
            distributed=distributed,
        )
        outcome = _run(search, arguments, distributed)
        if outcome.finished and distributed.main:
            genotype, drawn = search.genotype(), outcome.record.with_name("cell.svg")
            print("\n".join(search.space.describe(genotype)))
            save_svg(genotype, drawn, search.space)
            print(f"The record is {outcome.record}, the drawing of what was found {drawn}.")
    return outcome.code


def _search_settings(arguments: argparse.Namespace) -> SearchSettings:
    """Return the settings; a search that is resumed has those of its record, which need not be repeated."""
    given = given_options(arguments, SearchSettings)
    given |= given_kind(arguments, "space", SPACES) | given_kind(arguments, "strategy", STRATEGIES)
    recorded = _recorded(arguments, "search")
    if recorded is None:
        return PRESETS[arguments.preset or preset_for(given.get("data", "clutter"))].change(**given)
    if "strategy" not in recorded:
        raise ValueError(
            f"the search in {arguments.out} was begun by version 0.1 of asng_edu, and this version cannot go on with "
            "it: finish it with that one, or begin it anew in another folder."
        )
    return SearchSettings.from_json(recorded).change(**given)


def run_retrain(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu retrain``."""
    from asng_edu.nas.runs.distributed import Distributed
    from asng_edu.nas.training.retrain import Retrain

    with Distributed.from_environment() as distributed:
        settings = distributed.from_main(lambda: _retrain_settings(arguments))
        retrain = Retrain(settings, device=arguments.device, distributed=distributed)
        outcome = _run(retrain, arguments, distributed)
    if outcome.finished:
        print(_error_in_words(retrain.record()))
        print(f"The record is {outcome.record}.")
    return outcome.code


def _retrain_settings(arguments: argparse.Namespace) -> RetrainSettings:
    """Return the settings; a retraining that is resumed has those of its record."""
    given = given_options(arguments, RetrainSettings)
    recorded = _recorded(arguments, "retrain")
    if arguments.record is None and recorded is None:
        raise ValueError(
            "retrain needs RECORD, the record or folder of a search, unless it goes on, without --preset, with a "
            "retraining that --resume --out DIR finds."
        )
    searched = None if arguments.record is None else from_record(arguments.record, arguments.preset, **given)
    if recorded is None:
        assert searched is not None
        _tell_if_unfinished(search_record(arguments.record))
        return searched
    settings = dataclasses.replace(RetrainSettings.from_json(recorded), **given)
    if searched is not None and searched.genotype != settings.genotype:
        raise ValueError(f"the retraining in {arguments.out} is of another cell than that of {arguments.record}.")
    return settings


def _tell_if_unfinished(path: Path) -> None:
    found = read_json(path)
    if isinstance(found, dict) and found.get("finished") is False:
        print(
            f"Note that the search of {path} stopped at step {found.get('step')} of {found.get('steps')}: this is the "
            "most probable cell until then.",
            file=sys.stderr,
        )


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu evaluate``."""
    from asng_edu.nas.runs.records import plain
    from asng_edu.nas.training.trained import evaluate

    result = evaluate(arguments.folder, data=arguments.data, device=arguments.device)
    print(json.dumps(plain(result)) if arguments.json else _error_in_words(result))
    return 0


def _error_in_words(result: dict[str, Any]) -> str:
    return f"test error {100 * result['test_error']:.2f} % ± {100 * result['standard_error']:.2f} (one standard error)"


def _folder(arguments: argparse.Namespace, kind: str) -> Path:
    from asng_edu.nas.runs.run_folder import dated_folder

    if arguments.out:
        return Path(arguments.out)
    folder = dated_folder(kind)
    print(f"The run is kept in {folder}; should it be stopped, go on with: --resume --out {folder}", file=sys.stderr)
    return folder


def _recorded(arguments: argparse.Namespace, kind: str) -> dict[str, Any] | None:
    """Return the settings of the run to go on with, from its checkpoint or else its record, if there is one.

    With a preset the run's own settings count for nothing.
    """
    from asng_edu.nas.runs import checkpoint

    if not arguments.resume:
        return None
    if not arguments.out:
        raise ValueError("--resume needs --out, the folder of the run to go on with.")
    if arguments.preset:
        return None
    folder = Path(arguments.out)
    try:
        _, found = checkpoint.load(folder / "checkpoint.pt", warn=lambda _: None)
        if found.get("kind") != kind:
            return None
    except (OSError, ValueError):
        try:
            found = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
    settings = found.get("settings") if isinstance(found, dict) else None
    return settings if isinstance(settings, dict) else None


def _run(task: Task, arguments: argparse.Namespace, distributed: Distributed) -> Outcome:
    from asng_edu.nas.runs import runner

    folder = distributed.from_main(lambda: _folder(arguments, task.kind))
    try:
        return runner.run(
            task,
            folder,
            resume=arguments.resume,
            checkpoint_every=arguments.checkpoint_every,
            stop_after=arguments.stop_after,
            command=arguments.line,
            distributed=distributed,
        )
    except KeyboardInterrupt:  # the second Ctrl-C
        print(f"\nStopped at once: go on from the last checkpoint with --resume --out {folder}.", file=sys.stderr)
        return runner.Outcome("interrupted", folder / f"{task.kind}.json")
