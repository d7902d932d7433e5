"""Exercises that answer: ``check("step-size-2", answer)`` in a notebook says whether the answer is right.

Each chapter has a module here, named as the chapter, with a dictionary ``EXERCISES`` from an exercise's name to an
:class:`Exercise`. The right answer is never stored: it is computed, or the reader's function is put to a test.
"""

from __future__ import annotations

import functools
import importlib
import math
import pkgutil
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


def number(answer: Any) -> float:
    """Return an answer as a number; NaN for what is none, such as True, whatever Python can make of it."""
    try:
        return math.nan if isinstance(answer, bool | bytes) else float(answer)
    except (TypeError, ValueError, OverflowError):
        return math.nan


class Number:
    """The verdict on a number, right within a relative ``tolerance`` of what ``compute`` returns."""

    def __init__(self, compute: Callable[[], float], tolerance: float = 1e-3) -> None:
        self.compute, self.tolerance = functools.cache(compute), tolerance

    def __call__(self, answer: Any) -> str | None:
        given = number(answer)
        if math.isnan(given):
            return f"a number is asked for, but the answer is {answer!r}."
        expected = self.compute()
        if np.isclose(given, expected, rtol=self.tolerance, atol=self.tolerance * 1e-3):
            return None
        return f"{given:.6g} is too {'small' if given < expected else 'large'}."


class Choice:
    """The verdict on a letter: right if it is what ``compute`` returns.

    ``replies`` has a sentence for each letter that the exercise offers: to a wrong one, what speaks against it; to the
    right one, why it is right.
    """

    def __init__(self, compute: Callable[[], str], replies: Mapping[str, str]) -> None:
        self.compute, self.replies = functools.cache(compute), replies

    def __call__(self, answer: Any) -> str | None:
        letter = answer.strip(" ().").lower() if isinstance(answer, str) else ""
        if letter not in self.replies:
            return f"one of the letters {', '.join(self.replies)} is asked for, but the answer is {answer!r:.60}."
        return None if letter == self.compute() else self.replies[letter]

    def because(self) -> str:
        """Return the sentence for the right letter."""
        return self.replies[self.compute()]


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes
    ----------
    verdict : callable
        Takes the reader's answer; returns None if it is right, else a sentence that helps without giving it away. The
        book's pages mark a :class:`Number` and a :class:`Choice` themselves.
    hints : tuple of str
        From a nudge to nearly the answer; three of them for what the pages mark.
    """

    verdict: Callable[[Any], str | None]
    hints: tuple[str, ...] = ()


def exercises() -> dict[str, Exercise]:
    """Return all exercises of the book by name."""
    found: dict[str, Exercise] = {}
    for chapter in _chapters():
        found.update(_of_chapter(chapter))
    return found


def _chapters() -> list[str]:
    """Return the names of the modules here."""
    return [module.name for module in pkgutil.iter_modules(__path__)]


def _of_chapter(chapter: str) -> dict[str, Exercise]:
    found: dict[str, Exercise] = importlib.import_module(f"{__name__}.{chapter}").EXERCISES
    return found


def _find(name: str) -> Exercise:
    """Return an exercise; only the module of its chapter is loaded, so that a page depends on no other one's."""
    for chapter in _chapters():
        if isinstance(name, str) and name.startswith(chapter.replace("_", "-") + "-") and name in _of_chapter(chapter):
            return _of_chapter(chapter)[name]
    raise ValueError(f"there is no exercise {name!r}; there are {', '.join(sorted(exercises()))}.")


def check(name: str, answer: Any, hint: int = 0) -> bool:
    """Say whether ``answer`` solves an exercise; print a sentence, and return True or False.

    Parameters
    ----------
    name : str
        As the book gives it, such as ``"step-size-2"``.
    answer
        What the exercise asks for: a number, an array, or a function.
    hint : int
        Print so many hints besides.

    Raises
    ------
    ValueError
        If there is no exercise of that name.
    """
    exercise = _find(name)
    try:
        with np.errstate(all="ignore"):  # an answer may be far out of range; the verdict says so
            problem = exercise.verdict(answer)
    except Exception as error:  # the reader's function failed: that is an answer too
        problem = f"your code raised {type(error).__name__}: {error}"
    praise = f" {exercise.verdict.because()}" if isinstance(exercise.verdict, Choice) and problem is None else ""
    _say(f"Right.{praise}" if problem is None else f"Not yet: {problem}")
    for text in exercise.hints[:hint]:
        _say(f"Hint: {text}")
    return problem is None


def _say(text: str) -> None:
    """Print a sentence in lines that fit a narrow page."""
    print(textwrap.fill(text, width=64, break_long_words=False, break_on_hyphens=False))
