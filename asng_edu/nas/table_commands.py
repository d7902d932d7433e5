"""The sub-commands of ``asng-edu`` that fill tables row by row: ``tabulate`` and ``compare``."""

from __future__ import annotations

import argparse
import sys
from statistics import fmean, median
from typing import Any

from asng_edu._common.options import add_option, given_options, in_words, names, options_of
from asng_edu.jobs import command
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.training.retrain_settings import RetrainSettings
from asng_edu.nas.training.systems import SYSTEMS, Comparison
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
    _add_run(tabulate, "FILE.csv")
    tabulate.set_defaults(run=run_tabulate)

    compare = commands.add_parser(
        "compare",
        help="the systems of Table 1 on one space",
        description="Run the systems of Table 1 and their controls on a space of which every network is known, and "
        "write what each picks, what that is worth in truth, and what it cost. An interrupted comparison goes on with "
        "--resume.",
        allow_abbrev=False,
    )
    compare.add_argument(
        "--systems", type=names, default=("all",), metavar="NAME,NAME", help=f"all, or some of {', '.join(SYSTEMS)}"
    )
    for field in options_of(Comparison):
        add_option(compare, field, f" (default: {in_words(field.default)})")
    compare.add_argument(
        "--table", metavar="FILE.csv", help="what tabulate wrote (default: the table that comes with the library)"
    )
    _add_run(compare, "DIR")
    compare.set_defaults(run=run_compare)


def _add_run(parser: argparse.ArgumentParser, out: str) -> None:
    parser.add_argument("--out", metavar=out, required=True, help="where to write")
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


def run_compare(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu compare``."""
    from asng_edu.nas.training.compare import compare

    systems = tuple(SYSTEMS) if arguments.systems == ("all",) else arguments.systems
    known = KnownSpace.load() if arguments.table is None else KnownSpace.read(arguments.table)
    comparison = Comparison(known=known, systems=systems, **given_options(arguments, Comparison))
    how = {"workers": arguments.workers, "resume": arguments.resume, "command": arguments.line}
    try:
        found = compare(comparison, arguments.out, progress=True, **how)
    except KeyboardInterrupt as error:
        print("\nStopped: go on with the same command and --resume.", file=sys.stderr)
        return command.stopped(error)
    print(f"{'system':14} {'runs':>4} {'test error':>10} {'rank':>6} {'same size':>9} {'trainings':>9} {'seconds':>8}")
    for name in systems:
        mine = [row for row in found if row["system"] == name]
        true, same, seconds = (fmean(row[key] for row in mine) for key in ("test_error", "same_size", "seconds"))
        rank, trainings = (median(row[key] for row in mine) for key in ("rank", "trainings"))
        print(f"{name:14} {len(mine):4} {true:10.2%} {rank:6g} {same:9.2%} {trainings:9g} {seconds:8.1f}")
    print(
        f"Of {len(known.codes)} networks: mean test error {known.test_errors.mean():.2%}, least "
        f"{known.test_errors.mean(axis=1).min():.2%}. Ranks and trainings are medians, the rest means."
    )
    return 0
