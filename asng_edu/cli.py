"""The command line, ``asng-edu``: ``sweep`` here, the other commands in modules of their own."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence

import asng_edu
from asng_edu import tabular_command
from asng_edu._common.options import add_option, given_options, in_words, numbers, options_of
from asng_edu.jobs import command
from asng_edu.nas import commands as nas_commands
from asng_edu.nas import table_commands
from asng_edu.sweeps.grid import Grid, exponents_to_delta0

EXIT_CODES = (
    "Exit codes: 0, done; 1, done, but the output cannot be written; 2, refused or failed, in a sentence on standard "
    "error; 130, stopped by Ctrl-C; 143, stopped by SIGTERM or another signal that schedulers send."
)


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
        allow_abbrev=False,
    )
    rates = sweep.add_mutually_exclusive_group()
    for field in options_of(Grid):
        add_option(rates if field.name == "delta0" else sweep, field, f" (default: {in_words(field.default)})")
    rates.add_argument(
        "--exponents", type=numbers, help="in place of δ⁰ the values of e, where δ⁰ = n_θ^(-e) and n_θ = D(K-1)"
    )
    sweep.add_argument(
        "--workers", type=int, default=1, metavar="N", help="threads; the results do not depend on it (default: 1)"
    )
    sweep.add_argument("--out", metavar="FILE.csv", help="where to write; without it the rows are only printed")
    sweep.add_argument("--resume", action="store_true", help="go on with an interrupted sweep of the same settings")
    sweep.set_defaults(run=run_sweep)
    tabular_command.add_parser(commands)
    nas_commands.add_parsers(commands)
    table_commands.add_parsers(commands)
    return top


def run_sweep(arguments: argparse.Namespace) -> int:
    """Run ``asng-edu sweep`` and print its rows."""
    from asng_edu.sweeps import sweep

    if arguments.resume and not arguments.out:
        raise ValueError("--resume needs --out, the file of the sweep to go on with.")
    settings = given_options(arguments, Grid)
    if arguments.exponents is not None:
        shape = [settings.get(name, getattr(Grid, name)) for name in ("dim", "categories")]
        settings["delta0"] = exponents_to_delta0(arguments.exponents, *shape)
    grid = Grid(**settings)
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
