"""The command line, ``asng-edu``: ``sweep`` here, the other commands in :mod:`asng_edu.nas.commands`.

Exit codes are 0: done; 1: done, but standard output cannot be written; 2: refused or failed, in a sentence on standard
error; 130: stopped by Ctrl-C; 143: stopped by SIGTERM, or another signal that schedulers send.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO, TypeVar, cast

import asng_edu
from asng_edu.nas import EXTRAS
from asng_edu.nas import commands as nas_commands
from asng_edu.nas._common.options import number_or_name
from asng_edu.nas.runs import signals, streams
from asng_edu.nas.runs.streams import SafeStream

T = TypeVar("T")

EXIT_CODES = (
    "Exit codes: 0, done; 1, done, but the output cannot be written; 2, refused or failed, in a sentence on standard "
    "error; 130, stopped by Ctrl-C; 143, stopped by SIGTERM or another signal that schedulers send."
)
TOO_LARGE = "these settings are too large for this machine."
OUT_OF_MEMORY = "out of memory|can't allocate memory|overflow"  # torch's RuntimeErrors


def comma_separated(convert: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Return a parser of lists such as ``1,0.1``, for argparse."""

    def parse(text: str) -> tuple[T, ...]:
        try:
            return tuple(convert(part.strip()) for part in text.split(","))
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be numbers with commas between them, but is {text!r}") from None

    return parse


def attach_negative(words: Sequence[str]) -> list[str]:
    """Return the words with a list that begins with a minus sign tied to its option: argparse takes it for one."""
    joined: list[str] = []
    for place, word in enumerate(words):
        if word == "--":  # what follows are no options
            return joined + list(words[place:])
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and re.match(r"-[\d.]", word):
            joined[-1] += "=" + word
        else:
            joined.append(word)
    return joined


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
    grid = sweep.Grid(
        methods=arguments.methods,
        eps_x=arguments.eps_x,
        delta0=delta0,
        trials=arguments.trials,
        dim=arguments.dim,
        categories=arguments.categories,
        max_updates=arguments.max_updates,
        lam=arguments.lam,
        alpha=arguments.alpha,
        margin=arguments.margin,
        utility=arguments.utility,
        seed=arguments.seed,
    )
    try:
        rows = sweep.run(
            grid, arguments.out, workers=arguments.workers, resume=arguments.resume, progress=True,
            command=arguments.line,
        )  # fmt: skip
    except KeyboardInterrupt as error:
        hint = "go on with the same command and --resume" if arguments.out else "nothing was written, for want of --out"
        print(f"\nStopped: {hint}.", file=sys.stderr)
        return stopped(error)
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
    return run(parser(), words)


def run(parser: argparse.ArgumentParser, words: Sequence[str] | None = None) -> int:
    """Run the command that a parser finds, and return its exit code; what fails is one sentence on standard error.

    Whatever standard output and error lead to, the command does its work.
    """
    streams.open_all()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that has no δ shows a question mark
    out, err = SafeStream(sys.stdout), SafeStream(sys.stderr)
    # For mypy, a stream is what typeshed says it is.
    with contextlib.redirect_stdout(cast(TextIO, out)), contextlib.redirect_stderr(cast(TextIO, err)):
        try:
            code = _run(parser, program(), sys.argv[1:]) if words is None else _run(parser, ["asng-edu"], list(words))
            out.flush()
            if code == 0 and out.failed is not None:
                code = 1
                if not isinstance(out.failed, BrokenPipeError):  # a reader may have seen enough, as head has
                    print(f"{parser.prog}: the output cannot be written: {out.failed}.", file=sys.stderr)
        finally:
            streams.settle(out)
            streams.settle(err)
    return code


def _run(parser: argparse.ArgumentParser, program: list[str], words: list[str]) -> int:
    name = parser.prog
    try:
        with signals.raised():
            arguments = parser.parse_args(attach_negative(words))
            arguments.line = shlex.join([*program, *words])  # for records
            return int(arguments.run(arguments))
    except (MemoryError, OverflowError):
        sentence = TOO_LARGE
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        sentence = f"this needs {error.name}: pip install 'asng_edu[{extra}]'"
    except (ValueError, OSError, ArithmeticError) as error:
        sentence = str(error)
    except RuntimeError as error:
        if not re.search(OUT_OF_MEMORY, str(error)):
            raise
        sentence = TOO_LARGE
    except KeyboardInterrupt as error:
        print("\nStopped.", file=sys.stderr)
        return stopped(error)
    print(f"{name}: {sentence}", file=sys.stderr)
    return 2


def program() -> list[str]:
    """Return how this program was called: as a reader's own file, or as ``asng-edu``."""
    script = Path(sys.argv[0])
    own = script.suffix == ".py" and script.is_file() and script.resolve().parent != Path(__file__).resolve().parent
    return ["python", sys.argv[0]] if own else ["asng-edu"]


def stopped(error: KeyboardInterrupt) -> int:
    """Return the exit code of a command that Ctrl-C or another signal has ended."""
    return 143 if isinstance(error, signals.Terminated) else 130


if __name__ == "__main__":
    sys.exit(main())
