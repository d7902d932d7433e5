"""Commands that end in an exit code and a sentence, whatever they meet: errors, signals, streams that are gone."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO, cast

import asng_edu
from asng_edu._common.lazy import EXTRAS
from asng_edu.jobs import signals, streams
from asng_edu.jobs.streams import SafeStream

TOO_LARGE = "these settings are too large for this machine."
OUT_OF_MEMORY = "out of memory|can't allocate memory|overflow"  # torch's RuntimeErrors


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
            code = _run(parser, words)
            out.flush()
            if code == 0 and out.failed is not None:
                code = 1
                if not isinstance(out.failed, BrokenPipeError):  # a reader may have seen enough, as head has
                    print(f"{parser.prog}: the output cannot be written: {out.failed}.", file=sys.stderr)
        finally:
            streams.settle(out)
            streams.settle(err)
    return code


def _run(parser: argparse.ArgumentParser, given: Sequence[str] | None) -> int:
    name = parser.prog
    words = list(sys.argv[1:] if given is None else given)
    try:
        with signals.raised(last=given is None):
            arguments = parser.parse_args(attach_negative(words))
            arguments.line = shlex.join([*(program(name) if given is None else [name]), *words])  # for records
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


def program(name: str) -> list[str]:
    """Return how this program was called: as a reader's own file, or by its name, such as ``asng-edu``."""
    script = Path(sys.argv[0])
    package = Path(asng_edu.__file__).resolve().parent
    own = script.suffix == ".py" and script.is_file() and script.resolve().parent != package
    return ["python", sys.argv[0]] if own else [name]


def stopped(error: KeyboardInterrupt) -> int:
    """Return the exit code of a command that Ctrl-C or another signal has ended."""
    return 143 if isinstance(error, signals.Terminated) else 130
