"""The exercises of the chapters, read from their Markdown."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
CHAPTERS = sorted(path.stem for path in BOOK.glob("*.md") if "{exercise}" in path.read_text(encoding="utf-8"))
NOTEBOOKS = sorted(path.stem for path in BOOK.glob("*.md") if "kernelspec:" in path.read_text(encoding="utf-8")[:1000])
EXERCISE = re.compile(r"^(`{3,})\{exercise\} .+\n:label: (?P<name>\S+)\n(?P<text>(?s:.*?))^\1$", re.MULTILINE)
SOLUTION = re.compile(r"^(`{3,})\{solution\} (?P<name>\S+)\n(?P<text>(?s:.*?))^\1$", re.MULTILINE)
CHECK = re.compile(r"check\(\"(?P<name>[\w-]+)\", (?P<answer>\w+), hint=0\)")
PYTHON = re.compile(r"^```python\n((?s:.*?))^```$", re.MULTILINE)


class Found(NamedTuple):
    """An exercise as it stands in a chapter."""

    text: str
    solution: str | None


def exercises_of(chapter):
    """Return the exercises of a chapter by name, in their order."""
    text = (BOOK / f"{chapter}.md").read_text(encoding="utf-8")
    solutions = {match["name"]: match["text"] for match in SOLUTION.finditer(text)}
    found = {
        match["name"]: Found(match["text"], solutions.pop(match["name"], None)) for match in EXERCISE.finditer(text)
    }
    assert not solutions, "solutions without an exercise"
    return found


def code_of(solution):
    """Return the Python of a solution."""
    return "\n".join(PYTHON.findall(solution))
