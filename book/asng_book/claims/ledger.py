"""Reads ``figures/claims.yml`` and checks its entries; ``figures/data/claims.json`` records what was found and when."""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from asng_book.pages import results
from asng_edu._common import files
from asng_edu.jobs.provenance import provenance

LEDGER = results.FOLDER.parent / "claims.yml"
RECORD = results.FOLDER / "claims.json"
VERDICTS = {
    "holds": "holds",
    "qualified": "holds, with a qualification",
    "fails": "does not hold",
    "untested": "not tested",
}


class Finding(NamedTuple):
    """What a check returns: numbers by name, and what they mean for the claim (a key of :data:`VERDICTS`)."""

    values: dict[str, float]
    verdict: str = "holds"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An entry of the ledger.

    Attributes
    ----------
    id : str
        Its name.
    says : str
        The claim, in a sentence.
    article : str
        The section of the article that makes it; empty where the book or the README does.
    check : str
        ``module.function`` of :mod:`asng_book.claims`, which computes a :class:`Finding`; empty for what nobody has
        tested.
    seed : int or None
        What the function is called with, if it draws random numbers.
    values : dict
        The numbers claimed, by name. A text is a bound: ``"< 1e-6"`` or ``"> 0"``.
    tolerance : float
        How far, relatively, a number found may lie from the one claimed.
    verdict : str
        A key of :data:`VERDICTS`.
    measured : str
        A sentence with the numbers found, as a format of ``values``.
    because : str
        What else there is to say: the qualification, or why it was not tested.
    shown : str
        The page that shows it.
    stated : dict
        Phrases with the numbers, by page (``README`` for the README), which the pages must contain.
    data : str
        The file of ``figures/data`` that says where what the check reads comes from: to make that again is expensive.
    slow : bool
        Whether the check takes more than some seconds.
    """

    id: str
    says: str
    article: str = ""
    check: str = ""
    seed: int | None = None
    values: Mapping[str, float | str] = field(default_factory=dict)
    tolerance: float = 1e-6
    verdict: str = "holds"
    measured: str = ""
    because: str = ""
    shown: str = ""
    stated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    data: str = ""
    slow: bool = False

    def __post_init__(self) -> None:
        self._check_kinds()
        if self.verdict not in VERDICTS:
            raise ValueError(f"the verdict must be one of {', '.join(VERDICTS)}, but is {self.verdict!r}.")
        if self.verdict == "untested" and not self.because:
            raise ValueError("what is untested must say why, in 'because'.")
        if self.verdict != "untested" and not (self.check and self.values and self.measured):
            raise ValueError("it needs a check, values, and a sentence 'measured'.")
        for name, value in self.values.items():
            if isinstance(value, str):
                bound(value)
            elif not isinstance(value, int | float):
                raise ValueError(f"{name} must be a number or a bound, but is {value!r}.")

    @property
    def command(self) -> str:
        """What checks it."""
        return f"asng-book claims {self.id}"

    def _check_kinds(self) -> None:
        """Refuse what YAML takes for something else than is meant, such as a day without quotes."""
        for name in ("id", "says", "article", "check", "measured", "because", "shown", "data"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be a text, in quotes if need be, but is {getattr(self, name)!r}.")
        for name in ("values", "stated"):
            if not isinstance(getattr(self, name), Mapping):
                raise ValueError(f"{name} must be a mapping, but is {getattr(self, name)!r}.")

    def find(self) -> Finding:
        """Run the check, which what is untested has not.

        Raises
        ------
        ValueError
            If there is no function of that name.
        """
        module, _, function = self.check.partition(".")
        compute = None
        if importlib.util.find_spec(f"asng_book.claims.{module}"):
            compute = getattr(importlib.import_module(f"asng_book.claims.{module}"), function, None)
        if not callable(compute):
            raise ValueError(f"{self.id} has the check {self.check!r}, but asng_book.claims has no such function.")
        finding = compute() if self.seed is None else compute(self.seed)
        return Finding({name: float(value) for name, value in finding.values.items()}, finding.verdict)

    def differs(self, finding: Finding) -> str | None:
        """Return what a finding contradicts in the entry, in words, or None."""
        if set(finding.values) != set(self.values):
            return f"the check computes {', '.join(finding.values)}, the ledger has {', '.join(self.values)}"
        for name, claimed in self.values.items():
            found = finding.values[name]
            if not within(found, claimed, self.tolerance):
                return f"{name} is {found:.6g}, but the ledger says {claimed}"
        if finding.verdict != self.verdict:
            return f"it {VERDICTS[finding.verdict]}, but the ledger says that it {VERDICTS[self.verdict]}"
        return None


def bound(text: str) -> tuple[bool, float]:
    """Return whether a bound such as ``"< 1e-6"`` is one from above, and the number in it.

    Raises
    ------
    ValueError
        If it is no bound. YAML takes ``1e-6`` for a text too, for want of a point: write ``1.0e-6``.
    """
    sign, _, limit = text.partition(" ")
    try:
        if sign in ("<", ">"):
            return sign == "<", float(limit)
    except ValueError:
        pass
    raise ValueError(f"a bound must be written as '< 1e-6' or '> 0', but is {text!r}.")


def within(found: float, claimed: float | str, tolerance: float) -> bool:
    """Tell whether a number found is the one claimed, or keeps to the bound claimed."""
    if isinstance(claimed, str):
        below, limit = bound(claimed)
        return found < limit if below else found > limit
    return abs(found - claimed) <= tolerance * abs(claimed)


def read(path: str | Path = LEDGER) -> list[Claim]:
    """Return the entries of a ledger.

    Raises
    ------
    ValueError
        If it is no ledger; the message names the entry.
    FileNotFoundError
        If it is not there, as when the library runs outside the book's source tree.
    """
    path = results.existing(Path(path))
    import yaml

    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{str(path)!r} is not YAML: {error}") from None
    if not isinstance(entries, list):
        raise ValueError(f"{str(path)!r} must be a list of claims, each beginning '- id: …'.")
    claims: list[Claim] = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise ValueError(f"{entry!r} in {path.name} is no claim: each begins '- id: …'.")
        name = entry.get("id", "an entry without an id")
        try:
            claims.append(Claim(**entry))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} in {path.name}: {str(error).replace('Claim.__init__() ', '')}") from None
    names = [claim.id for claim in claims]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path.name} has more than one {', '.join(twice)}.")
    return claims


def quotes(claims: Sequence[Claim], page: str) -> list[str]:
    """Return the phrases that the ledger quotes from a page."""
    return [phrase for claim in claims for phrase in claim.stated.get(page, ())]


# ---------------------------------------------------------------- the record


def read_record(path: Path = RECORD) -> dict[str, dict[str, Any]]:
    """Return what was found at the last recording, by the claims' names; nothing if there was none.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(
            f"{str(path)!r} is damaged: restore it, or remove it and run 'asng-book claims --slow --record'."
        )
    return found


def timed(claim: Claim) -> tuple[Finding, float]:
    """Run a check; return what it found and the seconds it took."""
    start = time.perf_counter()
    finding = claim.find()
    return finding, time.perf_counter() - start


def record(findings: Mapping[str, tuple[Finding, float]], path: Path = RECORD) -> None:
    """Write what was found into the record; claims that were not checked now keep what they have."""
    kept = read_record(path)
    made = provenance()
    for name, (finding, seconds) in findings.items():
        about = {key: made[key] for key in ("date", "commit", "versions", "machine")}
        kept[name] = {"values": finding.values, "verdict": finding.verdict, "seconds": round(seconds, 1), **about}
    checked = [claim.id for claim in read() if claim.check]
    ordered = {name: kept[name] for name in checked if name in kept}
    files.replace(path, json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")


def made(claim: Claim) -> dict[str, Any] | None:
    """Return the provenance of the data that a check reads; None if it reads none."""
    if not claim.data:
        return None
    file = results.path(claim.data)
    text = file.read_text(encoding="utf-8")
    head = json.loads(text.partition("\n")[0] if file.suffix == ".jsonl" else text)
    return dict(head["provenance"] if "provenance" in head else head["parts"][-1])


def age(date: str) -> str:
    """Return how long ago a day was: ``"today"``, ``"3 days"``."""
    days = (datetime.datetime.now(datetime.UTC).date() - datetime.date.fromisoformat(date)).days
    return "today" if days <= 0 else f"{days} day{'s' if days > 1 else ''}"
