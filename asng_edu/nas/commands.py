"""The sub-commands of ``asng-edu`` about architectures: ``space``, ``cell``, ``search``, ``retrain``, ``evaluate``.

The options of a search and of a retraining are made from their settings, so that each stands once.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asng_edu._common import checks
from asng_edu.nas._common.options import add_option, given_options, in_words, options_of
from asng_edu.nas.data.registry import dataset_names
from asng_edu.nas.spaces.base import SPACES, read_choice
from asng_edu.nas.spaces.genotype import read_json, search_record
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.training.retrain_settings import RETRAIN_PRESETS, RetrainSettings, from_record, read_space
from asng_edu.nas.training.settings import PRESETS, SearchSettings, of_kind, preset_for

if TYPE_CHECKING:  # they need torch
    from asng_edu.nas.data.datasets import Data
    from asng_edu.nas.runs.distributed import Distributed
    from asng_edu.nas.runs.runner import Outcome, Task


def add_parsers(commands: Any) -> None:
    """Add the sub-commands to the parser's."""

    def add(name: str, run: Any, help: str, description: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = commands.add_parser(
            name, help=help, description=description, allow_abbrev=False
        )
        parser.set_defaults(run=run)
        return parser

    space = add("space", run_space, "the size of a search space", "Print how large a search space is.")
    space.add_argument("--preset", choices=PRESETS, default="cifar10", help="whose space (default: cifar10)")
    _add_kinds(space, "space", SPACES)
    space.add_argument("--json", action="store_true", help="as JSON")

    cell = add(
        "cell", run_cell, "the size and a drawing of a cell", "Count the network of a genotype and draw its cells."
    )
    cell.add_argument("genotype", metavar="GENOTYPE.json", help="a genotype, or the record of a search")
    cell.add_argument("--cells", type=int, help="cells of the stacked network (default: the record's, or 20)")
    cell.add_argument("--channels", type=int, help="channels of its first cell (default: the record's, or 36)")
    cell.add_argument("--json", action="store_true", help="as JSON")
    cell.add_argument("--svg", metavar="FILE", help="draw the cells into this file")

    search = add(
        "search", run_search, "search a network's cells on a supernet",
        "Search cells by stochastic natural gradient on a supernet. Without arguments: on cluttered digits, in a few "
        "minutes. A search that was interrupted goes on with --resume.",
    )  # fmt: skip
    search.add_argument("--preset", choices=PRESETS, help="whose defaults (default: the data's)")
    _add_settings(search.add_argument_group("settings"), SearchSettings, PRESETS.values(), PRESETS)
    _add_kinds(search, "space", SPACES)
    _add_kinds(search, "strategy", STRATEGIES)
    _add_run(search)

    retrain = add(
        "retrain", run_retrain, "train a found cell from scratch",
        "Train the network of a search's most probable cell from scratch, and measure its test error once.",
    )  # fmt: skip
    retrain.add_argument(
        "record", metavar="RECORD", nargs="?", help="the record or folder of a search, or a genotype's file"
    )
    retrain.add_argument("--preset", choices=RETRAIN_PRESETS, help="whose defaults (default: what suits the data)")
    _add_settings(retrain.add_argument_group("settings"), RetrainSettings)
    _add_run(retrain)

    evaluate = add(
        "evaluate", run_evaluate, "measure a retrained network on the test set",
        "Measure the network of a retraining's folder on the test images.",
    )  # fmt: skip
    evaluate.add_argument("folder", metavar="DIR", help="the folder of a retraining")
    evaluate.add_argument("--data", help="on other data of the same classes (default: those it was trained on)")
    evaluate.add_argument("--device", help="auto, cpu, cuda (default: a GPU if there is one)")
    evaluate.add_argument("--json", action="store_true", help="as JSON")


def _add_settings(group: Any, kind: type[Any], examples: Iterable[Any] = (), names: Iterable[str] = ()) -> None:
    """Add an option for each field of the settings; ``examples`` of them say what the presets have."""
    for field in options_of(kind):
        values = [in_words(getattr(settings, field.name)) for settings in examples]
        told = "; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=False))
        if values and len(set(values)) == 1:
            told = f"default: {values[0]}"
        if field.name == "data":
            told = f"{', '.join(dataset_names())}; default: {'clutter' if examples else 'what was searched on'}"
        add_option(group, field, f" ({told})" if told else "")


def _add_kinds(parser: argparse.ArgumentParser, what: str, registry: Any) -> None:
    """Add ``--space NAME`` or ``--strategy NAME``, and the options of each kind."""
    parser.add_argument(f"--{what}", metavar="NAME", help=f"{', '.join(registry)} (default: the preset's)")
    shown = {field.name: "" for field in options_of(SearchSettings)}  # which refuses a kind with one of them
    for name, kind in registry.items():
        presets = {
            preset: of_kind(registry, getattr(settings, what), {what: name}) for preset, settings in PRESETS.items()
        }
        told, shared, own = {}, [], []
        for field in options_of(kind):
            values = {preset: in_words(getattr(chosen, field.name)) for preset, chosen in presets.items()}
            same = len(set(values.values())) == 1
            told[field.name] = "; ".join(
                f"{preset}: {value}" for preset, value in ({"default": values["clutter"]} if same else values).items()
            )
            if field.name not in shown:
                own.append(field)
            else:
                other = "" if told[field.name] == shown[field.name] else f" ({told[field.name]})"
                shared.append(f"--{field.name.replace('_', '-')}{other}")
        group = parser.add_argument_group(f"--{what} {name}", f"and, as above, {', '.join(shared)}" if shared else None)
        for field in own:
            add_option(group, field, f" ({told[field.name]})")
        shown.update({field.name: told[field.name] for field in own})


def _add_run(parser: argparse.ArgumentParser) -> None:
    """Add what every long run has."""
    group = parser.add_argument_group("the run")
    group.add_argument("--out", metavar="DIR", help="folder of the run (default: a new, dated one below runs/)")
    group.add_argument("--resume", action="store_true", help="go on with the interrupted run in DIR")
    group.add_argument("--device", help="auto, cpu, cuda (default: a GPU if there is one)")
    group.add_argument("--checkpoint-every", type=float, default=60.0, metavar="SECONDS", help="(default: 60)")
    group.add_argument("--stop-after", type=float, metavar="SECONDS", help="stop then, to go on later with --resume")


def _given_kind(arguments: argparse.Namespace, what: str, registry: Any) -> dict[str, Any]:
    """Return the space or the strategy that the command line names, with its settings."""
    chosen = getattr(arguments, what)
    named = {} if chosen is None else {what: registry.check(chosen)}
    return named | given_options(arguments, *registry.values())


def run_space(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu space``."""
    space = PRESETS[arguments.preset].change(**_given_kind(arguments, "space", SPACES)).space
    numbers = {
        "size": space.size,
        "decisions": len(space.decisions),
        "options": space.options,
        "n_theta": space.n_theta,
    }
    if arguments.json:
        print(json.dumps(numbers))
        return 0
    print(f"size       {Decimal(space.size):.4g}  (ΠK)")
    print(f"decisions  {numbers['decisions']}  (D)")
    print(f"options    {numbers['options']}  (ΣK)")
    print(f"n_theta    {numbers['n_theta']}  (Σ(K - 1))")
    return 0


def run_cell(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu cell``."""
    from asng_edu.nas.drawing.decisions import save_svg
    from asng_edu.nas.supernet import size

    found = read_json(arguments.genotype)
    value = found.get("genotype", found) if isinstance(found, dict) else found
    parts = [found.get(key) if isinstance(found, dict) else None for key in ("settings", "data")]
    settings, data = (part if isinstance(part, dict) else {} for part in parts)
    if settings:
        space = read_space(settings)
        genotype = space.choice_from_json(value)
    else:
        space, genotype = read_choice(value)
    cells, channels = (
        checks.integer(name, given if given is not None else found.get(name) or settings.get(name) or default, 1)
        for name, given, default in (("cells", arguments.cells, 20), ("channels", arguments.channels, 36))
    )
    shown = (len(data["classes"]), tuple(data["shape"])) if {"classes", "shape"} <= data.keys() else ()
    counted = size.count(genotype, space, cells, channels, *shown)
    if arguments.svg:
        save_svg(genotype, arguments.svg, space)
    if arguments.json:
        numbers = {"parameters": counted.parameters, "multiply_adds": counted.multiply_adds}
        print(json.dumps({"cells": cells, "channels": channels, **numbers}))
        return 0
    print("\n".join(space.describe(genotype)))
    sizes = f"{counted.parameters:,} parameters, {counted.multiply_adds:,} multiply-adds"
    print(f"{cells} cells, {channels} channels: {sizes}")
    if arguments.svg:
        print(f"drawn in {arguments.svg}")
    return 0


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
    given |= _given_kind(arguments, "space", SPACES) | _given_kind(arguments, "strategy", STRATEGIES)
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
    from asng_edu.nas.runs import runner
    from asng_edu.nas.training.trained import evaluate

    result = evaluate(arguments.folder, data=arguments.data, device=arguments.device)
    print(json.dumps(runner.plain(result)) if arguments.json else _error_in_words(result))
    return 0


def _error_in_words(result: dict[str, Any]) -> str:
    return f"test error {100 * result['test_error']:.2f} % ± {100 * result['standard_error']:.2f} (one standard error)"


def _folder(arguments: argparse.Namespace, kind: str) -> Path:
    from asng_edu.nas.runs import runner

    if arguments.out:
        return Path(arguments.out)
    folder = runner.dated_folder(kind)
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
