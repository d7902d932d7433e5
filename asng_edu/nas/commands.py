"""The sub-commands of ``asng-edu`` about architectures: ``space``, ``cell``, ``search``, ``retrain``, ``evaluate``.

The options of a search and of a retraining are made from their settings, so that each stands once.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from asng_edu._common import checks
from asng_edu._common.options import add_option, given_kind, in_words, options_of
from asng_edu.nas.data.registry import dataset_names
from asng_edu.nas.run_commands import run_evaluate, run_retrain, run_search
from asng_edu.nas.spaces.base import SPACES, read_choice
from asng_edu.nas.spaces.genotype import read_json
from asng_edu.nas.strategies.base import STRATEGIES
from asng_edu.nas.training.retrain_settings import RETRAIN_PRESETS, RetrainSettings, read_space
from asng_edu.nas.training.settings import PRESETS, SearchSettings, of_kind


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


def run_space(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu space``."""
    space = PRESETS[arguments.preset].change(**given_kind(arguments, "space", SPACES)).space
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
