"""The sub-commands of ``asng-edu`` about architectures: ``space``, ``cell``, ``search``, ``retrain``, ``evaluate``.

The options of a search and of a retraining are made from their settings, so that each stands once.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asng_edu import checks
from asng_edu.nas.genotype import Genotype
from asng_edu.nas.retrain_settings import RETRAIN_PRESETS, RetrainSettings, from_record
from asng_edu.nas.settings import PRESETS, SearchSettings, preset_for
from asng_edu.nas.space import CellSpace

if TYPE_CHECKING:  # they need torch
    from asng_edu.nas.job import Outcome, Task
    from asng_edu.nas.ranks import Ranks

NOT_OPTIONS = ("genotype", "space")  # what a retraining takes from the record


def add_parsers(commands: Any) -> None:
    """Add the sub-commands to the parser's."""

    def add(name: str, run: Any, help: str, description: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = commands.add_parser(
            name, help=help, description=description, allow_abbrev=False
        )
        parser.set_defaults(run=run)
        return parser

    space = add("space", run_space, "the size of a search space", "Print how large a space of cells is.")
    space.add_argument("--preset", choices=PRESETS, default="cifar10", help="whose space (default: cifar10)")
    space.add_argument("--nodes", type=int, help="intermediate nodes of a cell instead")
    space.add_argument("--json", action="store_true", help="as JSON")

    cell = add(
        "cell", run_cell, "the size and a picture of a cell", "Count the network of a genotype and draw its cells."
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
    _add_settings(search, SearchSettings, PRESETS)
    _add_job(search)

    retrain = add(
        "retrain", run_retrain, "train a found cell from scratch",
        "Train the network of a search's most probable cell from scratch, and measure its test error once.",
    )  # fmt: skip
    retrain.add_argument("record", metavar="RECORD", help="the record or folder of a search, or a genotype's file")
    retrain.add_argument("--preset", choices=RETRAIN_PRESETS, help="whose defaults (default: what suits the data)")
    _add_settings(retrain, RetrainSettings, {})
    _add_job(retrain)

    evaluate = add(
        "evaluate", run_evaluate, "measure a retrained network on the test set",
        "Measure the network of a retraining's folder on the test pictures.",
    )  # fmt: skip
    evaluate.add_argument("folder", metavar="DIR", help="the folder of a retraining")
    evaluate.add_argument("--data", help="on other data of the same classes (default: those it was trained on)")
    evaluate.add_argument("--device", help="auto, cpu, cuda (default: a GPU if there is one)")
    evaluate.add_argument("--json", action="store_true", help="as JSON")


def _add_settings(parser: argparse.ArgumentParser, kind: type[Any], presets: Any) -> None:
    """Add an option for each field of the settings."""
    group = parser.add_argument_group("settings")
    for field in dataclasses.fields(kind):
        if field.name in NOT_OPTIONS or "meaning" not in field.metadata:
            continue
        name = "--" + field.name.replace("_", "-")
        values = {preset: _in_words(getattr(settings, field.name)) for preset, settings in presets.items()}
        told = "; ".join(f"{preset}: {value}" for preset, value in values.items())
        if presets and len(set(values.values())) == 1:
            told = f"default: {next(iter(values.values()))}"
        help = field.metadata["meaning"] + (f" ({told})" if told and field.name != "data" else "")
        options: dict[str, Any] = {"default": None, "dest": field.name, "help": help.replace("%", "%%")}
        if field.metadata["parse"] is bool or isinstance(field.default, bool):
            group.add_argument(name, action=argparse.BooleanOptionalAction, **options)
        else:
            group.add_argument(name, type=field.metadata["parse"], metavar=_metavar(field), **options)


def _metavar(field: Any) -> str:
    return str({int: "N", float: "X"}.get(field.metadata["parse"], field.name.upper()))


def _in_words(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _add_job(parser: argparse.ArgumentParser) -> None:
    """Add what every long job has."""
    group = parser.add_argument_group("the run")
    group.add_argument("--out", metavar="DIR", help="folder of the run (default: a new, dated one below runs/)")
    group.add_argument("--resume", action="store_true", help="go on with the interrupted run in DIR")
    group.add_argument("--device", help="auto, cpu, cuda (default: a GPU if there is one)")
    group.add_argument("--checkpoint-every", type=float, default=60.0, metavar="SECONDS", help="(default: 60)")
    group.add_argument("--stop-after", type=float, metavar="SECONDS", help="stop then, to go on later with --resume")


def _given(arguments: argparse.Namespace, kind: type[Any]) -> dict[str, Any]:
    """Return the settings that the command line names."""
    names = [field.name for field in dataclasses.fields(kind)]
    return {name: value for name in names if (value := getattr(arguments, name, None)) is not None}


def run_space(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu space``."""
    settings = PRESETS[arguments.preset]
    if arguments.nodes is not None:
        settings = dataclasses.replace(settings, nodes=arguments.nodes)
    space = settings.space
    numbers = {
        "size": space.size,
        "decisions": len(space.decisions),
        "options": space.options,
        "n_theta": space.n_theta,
    }
    if arguments.json:
        print(json.dumps(numbers))
        return 0
    print(f"size       {space.size:.4g}  (ΠK)")
    print(f"decisions  {numbers['decisions']}  (D)")
    print(f"options    {numbers['options']}  (ΣK)")
    print(f"n_theta    {numbers['n_theta']}  (Σ(K - 1))")
    return 0


def run_cell(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu cell``."""
    from asng_edu.nas import draw, size

    path = Path(arguments.genotype)
    genotype, found = Genotype.read(path), json.loads(path.read_text(encoding="utf-8"))
    settings = found.get("settings") if isinstance(found.get("settings"), dict) else {}
    space = _space(genotype, settings)
    stack = {
        name: checks.integer(name, settings.get(name) or default if given is None else given, 1)
        for name, default, given in (("cells", 20, arguments.cells), ("channels", 36, arguments.channels))
    }
    counted = size.count(genotype, space, stack["cells"], stack["channels"])
    if arguments.svg:
        draw.save_svg(genotype, arguments.svg, space=space)
    if arguments.json:
        print(json.dumps({**stack, "parameters": counted.parameters, "multiply_adds": counted.multiply_adds}))
        return 0
    print("\n".join(space.describe(genotype)))
    print(
        f"{stack['cells']} cells, {stack['channels']} channels: {counted.parameters:,} parameters, "
        f"{counted.multiply_adds:,} multiply-adds"
    )
    if arguments.svg:
        print(f"drawn in {arguments.svg}")
    return 0


def _space(genotype: Genotype, settings: dict[str, Any]) -> CellSpace:
    """Return the space that a record's settings tell of, or else one of the article's form."""
    if "space" in settings:  # a retraining's
        return CellSpace.from_json(settings["space"])
    return SearchSettings(**settings).space if "nodes" in settings else CellSpace.holding(genotype)


def run_search(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu search``."""
    from asng_edu.nas import draw
    from asng_edu.nas.ranks import Ranks
    from asng_edu.nas.search import Search, pick_device

    given = _given(arguments, SearchSettings)
    folder = _folder(arguments, "search")
    settings = _recorded(folder, SearchSettings) if arguments.resume else None
    if settings is None or arguments.preset:
        settings = PRESETS[arguments.preset or preset_for(given.get("data", "clutter"))]
    settings = dataclasses.replace(settings, **given)
    device = pick_device(arguments.device)
    with Ranks.from_environment(device.type) as ranks:
        search = Search(settings, device=ranks.device if ranks.size > 1 else device, ranks=ranks)
        outcome = _run(search, folder, arguments, ranks)
        if outcome.finished and ranks.main:
            genotype = search.genotype()
            print("\n".join(search.space.describe(genotype)))
            draw.save_svg(genotype, folder / "cell.svg", space=search.space)
            print(f"The record is {folder / 'search.json'}, the picture of the cell {folder / 'cell.svg'}.")
    return outcome.code


def run_retrain(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu retrain``."""
    from asng_edu.nas.ranks import Ranks
    from asng_edu.nas.retrain import Retrain

    folder = _folder(arguments, "retrain")
    settings = from_record(arguments.record, arguments.preset, **_given(arguments, RetrainSettings))
    with Ranks.from_environment() as ranks:
        retrain = Retrain(settings, device=arguments.device, ranks=ranks)
        outcome = _run(retrain, folder, arguments, ranks)
    if outcome.finished:
        print(_error_in_words(retrain.record()))
        print(f"The record is {folder / 'retrain.json'}.")
    return outcome.code


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu evaluate``."""
    from asng_edu.nas.retrain import evaluate

    result = evaluate(arguments.folder, data=arguments.data, device=arguments.device)
    print(json.dumps(result) if arguments.json else _error_in_words(result))
    return 0


def _error_in_words(result: dict[str, Any]) -> str:
    return f"test error {100 * result['test_error']:.2f} % ± {100 * result['standard_error']:.2f} (one standard error)"


def _folder(arguments: argparse.Namespace, kind: str) -> Path:
    from asng_edu.nas import job

    if arguments.out:
        return Path(arguments.out)
    if arguments.resume:
        raise ValueError("--resume needs --out, the folder of the run to go on with.")
    folder = job.dated_folder(kind)
    print(f"The run is kept in {folder}; should it be stopped, go on with: --resume --out {folder}", file=sys.stderr)
    return folder


def _recorded(folder: Path, kind: type[SearchSettings]) -> SearchSettings | None:
    """Return the settings of the run in a folder, if there is one: a resume need not repeat them."""
    try:
        settings = json.loads((folder / "search.json").read_text(encoding="utf-8"))["settings"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kind(**settings)


def _run(task: Task, folder: Path, arguments: argparse.Namespace, ranks: Ranks) -> Outcome:
    from asng_edu.nas import job

    try:
        return job.run(
            task,
            folder,
            resume=arguments.resume,
            checkpoint_every=arguments.checkpoint_every,
            stop_after=arguments.stop_after,
            command=shlex.join(["asng-edu", *arguments.words]),
            ranks=ranks,
        )
    except KeyboardInterrupt:  # the second Ctrl-C
        print(f"\nStopped at once: go on from the last checkpoint with --resume --out {folder}.", file=sys.stderr)
        return job.Outcome("interrupted", folder / f"{task.kind}.json")
