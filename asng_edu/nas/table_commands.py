"""The sub-commands of ``asng-edu`` that fill tables row by row: ``tabulate``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from asng_edu.nas._common.options import add_option, given_options, in_words, options_of
from asng_edu.nas.runs import command
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.training.retrain_settings import RetrainSettings
from asng_edu.nas.training.tabulation import TABULATIONS

OF_TRAINING = ("data", "images", "cells", "channels", "epochs", "batch", "rate", "schedule", "weight_decay", "clip")


def add_parsers(commands: Any) -> None:
    """Add the sub-commands to the parser's."""
    tabulate = commands.add_parser(
        "tabulate",
        help="train every network of a space",
        description="Train every network of a space of cells from scratch, several times, and write a table of their "
        "errors. An interrupted table goes on with --resume.",
        allow_abbrev=False,
    )
    tabulate.add_argument("--preset", choices=TABULATIONS, default="signals", help="whose defaults (default: signals)")
    preset = TABULATIONS["signals"]
    space = tabulate.add_argument_group("the space")
    for field in options_of(CellSpace):
        add_option(space, field, f" (default: {in_words(getattr(preset.space, field.name))})")
    training = tabulate.add_argument_group("each training")
    example = preset.settings(preset.space.random(0), 0)
    for field in options_of(RetrainSettings):
        if field.name in OF_TRAINING:
            add_option(training, field, f" (default: {in_words(getattr(example, field.name))})")
    tabulate.add_argument("--seeds", type=int, metavar="N", help=f"trainings of each network (default: {preset.seeds})")
    _add_run(tabulate)
    tabulate.set_defaults(run=run_tabulate)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE.csv", required=True, help="where to write")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted table of the same settings")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes; the results do not depend on it (default: 1)"
    )


def run_tabulate(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu tabulate``."""
    from asng_edu.nas.training.tabulate import tabulate

    given = given_options(arguments, CellSpace, RetrainSettings)
    if arguments.seeds is not None:
        given["seeds"] = arguments.seeds
    tabulation = TABULATIONS[arguments.preset].change(**given)
    how = {"workers": arguments.workers, "resume": arguments.resume, "command": arguments.line}
    try:
        found = tabulate(tabulation, arguments.out, progress=True, **how)
    except KeyboardInterrupt as error:
        print("\nStopped: go on with the same command and --resume.", file=sys.stderr)
        return command.stopped(error)
    errors = sorted(row["test_error_0"] for row in found)
    print(f"{len(found)} networks, test errors from {errors[0]:.2%} to {errors[-1]:.2%} with the first seed.")
    print(f"The table is {arguments.out}.")
    return 0
