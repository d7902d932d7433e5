"""``asng-book``, and ``python -m asng_book``: the commands that belong to the book, not to the library."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from asng_book.claims import commands as claims_commands
from asng_edu import __version__
from asng_edu.jobs import command


def parser() -> argparse.ArgumentParser:
    """Return the parser of ``asng-book``."""
    top = argparse.ArgumentParser(prog="asng-book", description="What the book says, and whether it holds.")
    top.add_argument("--version", action="version", version=f"asng_edu {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    claims_commands.add_parser(commands)
    return top


def main(words: Sequence[str] | None = None) -> int:
    """Run ``asng-book`` on the words of a command line, by default this program's; return the exit code."""
    try:
        return command.run(parser(), words)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
