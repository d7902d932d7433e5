"""The command ``asng-book claims``: checks the ledger again, and lists with its age what is too expensive for that."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from asng_book.claims import ledger


def add_parser(commands: Any) -> None:
    """Add the command to the parser of ``asng-book``."""
    parser = commands.add_parser(
        "claims",
        help="check what the book, the README and the article say in numbers",
        description="Check the ledger of claims, figures/claims.yml: all that takes seconds. The rest is listed with "
        "the command that makes it and its age. The exit code is 1 if a number or a verdict is not as the ledger says.",
        allow_abbrev=False,
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="only these, slow ones too (default: all)")
    parser.add_argument("--slow", action="store_true", help="check the slow ones too")
    parser.add_argument("--record", action="store_true", help="write what was found into figures/data/claims.json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``asng-book claims``."""
    claims = ledger.read()
    ledger.read_record()  # a damaged one is told of before the work, not after
    unknown = sorted(set(arguments.ids) - {claim.id for claim in claims})
    if unknown:
        raise ValueError(f"the ledger has no {', '.join(unknown)}; it has {', '.join(claim.id for claim in claims)}.")
    chosen = [claim for claim in claims if claim.id in arguments.ids or not arguments.ids]
    findings, wrong = {}, 0
    try:
        for claim in chosen:
            if claim.check and (not claim.slow or arguments.slow or claim.id in arguments.ids):
                finding, seconds = findings[claim.id] = ledger.timed(claim)
                difference = claim.differs(finding)
                wrong += difference is not None
                print(f"{'ok' if difference is None else 'WRONG':6} {claim.id:22} {seconds:6.1f} s  ", end="")
                print(difference or ledger.VERDICTS[claim.verdict], flush=True)
    except KeyboardInterrupt:
        print(f"\nStopped after {len(findings)} of {len(chosen)}; nothing was recorded.", file=sys.stderr)
        return 130
    if arguments.record:
        ledger.record(findings)
    expensive(chosen)
    print(f"\n{len(findings)} checked, {wrong} not as the ledger says.")
    return 1 if wrong else 0


def expensive(claims: list[ledger.Claim]) -> None:
    """List what was not computed anew, the data that checks read and the slow checks; and what is untested."""
    record = ledger.read_record()
    data = {claim.data: ledger.made(claim) for claim in claims if claim.data}
    rows = [(file, about["date"], about["command"]) for file, about in data.items() if about]
    rows += [
        (claim.id, record[claim.id]["date"] if claim.id in record else "", claim.command)
        for claim in claims
        if claim.slow
    ]
    if rows:
        print("\nNot computed anew:")
    for name, date, command in rows:
        print(f"  {name:22} {ledger.age(date) if date else 'never':>9}  {command}")
    untested = [claim.id for claim in claims if claim.verdict == "untested"]
    if untested:
        print(f"\nNot tested: {', '.join(untested)}.")
