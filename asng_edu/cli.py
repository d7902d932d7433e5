"""The command line, ``asng-edu``: ``sweep`` here, the other commands in :mod:`asng_edu.nas.commands`."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TypeVar

import asng_edu
from asng_edu.nas import commands as nas_commands
from asng_edu.nas._common.options import number_or_name
from asng_edu.nas.runs import command

T = TypeVar("T")

EXIT_CODES = (
    "Exit codes: 0, done; 1, done, but the output cannot be written; 2, refused or failed, in a sentence on standard "
    "error; 130, stopped by Ctrl-C; 143, stopped by SIGTERM or another signal that schedulers send."
)


def comma_separated(convert: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Return a parser of lists such as ``1,0.1``, for argparse."""

    def parse(text: str) -> tuple[T, ...]:
        try:
            return tuple(convert(part.strip()) for part in text.split(","))
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be numbers with commas between them, but is {text!r}") from None

    return parse


def parser() -> argparse.ArgumentParser:
    """Return the parser of ``asng-edu``."""
    top = argparse.ArgumentParser(
        prog="asng-edu", description="Stochastic natural gradient, the experiments.", epilog=EXIT_CODES
    )
    top.add_argument("--version", action="version", version=f"asng_edu {asng_edu.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    sweep = commands.add_parser(
        "sweep",
        help="many trials over methods and learning rates, as in Fig. 4",
        description="Run trials of the selective squared error over methods, ε_x and δ⁰, and write one row for each "
        "setting to a CSV file, the trials beside it. An interrupted sweep goes on with --resume.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    sweep.add_argument("--methods", type=comma_separated(str), default="asng,sng,adam", help="of asng, sng, adam")
    sweep.add_argument("--eps-x", type=comma_separated(float), default="0.05,0.0005", help="first learning rates of x")
    rates = sweep.add_mutually_exclusive_group()
    rates.add_argument("--delta0", type=comma_separated(float), help="values of δ⁰ (default: 1)")
    rates.add_argument(
        "--exponents", type=comma_separated(float), help="values of e, where δ⁰ = n_θ^(-e) and n_θ = D(K-1)"
    )
    sweep.add_argument("--trials", type=int, default=100, help="trials of each setting")
    sweep.add_argument("--dim", type=int, default=30, help="D, the number of categorical variables")
    sweep.add_argument("--categories", type=int, default=5, help="K, the categories of each")
    sweep.add_argument("--max-updates", type=int, default=100_000, help="updates after which a trial has failed")
    sweep.add_argument("--lam", type=int, default=2, help="λ, samples for one step")
    sweep.add_argument("--alpha", type=float, default=1.5, help="α of ASNG")
    sweep.add_argument("--margin", type=number_or_name, default="asng", help="asng, catcma, none or a number")
    sweep.add_argument("--utility", default="mean", help="mean or rank")
    sweep.add_argument("--seed", type=int, default=0, help="seed of the whole sweep")
    sweep.add_argument("--workers", type=int, default=1, help="threads; the results do not depend on it")
    sweep.add_argument("--out", metavar="FILE.csv", help="where to write; without it the rows are only printed")
    sweep.add_argument("--resume", action="store_true", help="go on with an interrupted sweep of the same settings")
    sweep.set_defaults(run=run_sweep)
    nas_commands.add_parsers(commands)
    return top


def run_sweep(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu sweep`` and print its rows."""
    from asng_edu.sweeps import sweep

    if arguments.resume and not arguments.out:
        raise ValueError("--resume needs --out, the file of the sweep to go on with.")
    delta0 = arguments.delta0 or (1.0,)
    if arguments.exponents is not None:
        delta0 = sweep.exponents_to_delta0(arguments.exponents, arguments.dim, arguments.categories)
    given = {**vars(arguments), "delta0": delta0}
    grid = sweep.Grid(**{field.name: given[field.name] for field in fields(sweep.Grid)})
    try:
        how = {"workers": arguments.workers, "resume": arguments.resume, "command": arguments.line}
        rows = sweep.run(grid, arguments.out, progress=True, **how)
    except KeyboardInterrupt as error:
        hint = "go on with the same command and --resume" if arguments.out else "nothing was written, for want of --out"
        print(f"\nStopped: {hint}.", file=sys.stderr)
        return command.stopped(error)
    print(f"{'method':6} {'eps_x':>8} {'delta0':>10} {'success':>9} {'median':>9} {'score':>9}")
    for row in rows:
        median, score = (math.nan if row[key] is None else row[key] for key in ("median_updates", "score"))
        print(
            f"{row['method']:6} {row['eps_x']:8g} {row['delta0']:10.4g} {row['successes']:4d}/{row['trials']:<4d} "
            f"{median:9.0f} {score:9.0f}"
        )
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run ``asng-edu`` on the words of a command line, by default this program's; return the exit code."""
    return command.run(parser(), words)


if __name__ == "__main__":
    sys.exit(main())
