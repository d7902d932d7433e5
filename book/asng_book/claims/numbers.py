"""Finds the numbers in a text, as a reader sees them: 1,800 and 2.56 × 10²⁵ and 2.5 %."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
PLAIN = str.maketrans(RAISED, "-0123456789")
NUMBER = re.compile(
    rf"""
    (?<![\w.{RAISED}])                                          # not inside a name or another number
    (?P<mantissa>\d{{1,3}}(?:(?:,|\{{,\}})\d{{3}})+(?:\.\d+)?  # 1,800; in a formula 1{{,}}800
               | \d+(?:\.\d+)?)
    (?P<power>e[+-]?\d+ | \s?(?:×|\\times)\s?10(?:[{RAISED}]+|\^\{{?-?\d+\}}?))?
    (?P<raised>[{RAISED}]+)?                                    # 10²⁵
    (?P<percent>\s?\\?%)?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Stated:
    """A number in a text.

    Attributes
    ----------
    text : str
        As it stands there.
    value : float
        A percentage counts as its hundredth.
    half : float
        Half a unit of its last digit: how far a number may lie from it that is rounded to it.
    digits : int
        Significant digits.
    start, end : int
        Where it stands.
    """

    text: str
    value: float
    half: float
    digits: int
    start: int
    end: int

    def rounds(self, value: float) -> bool:
        """Tell whether ``value``, rounded as this number is, is this number."""
        return abs(value - self.value) <= self.half * (1 + 1e-9)


def numbers(text: str) -> Iterator[Stated]:
    """Yield the numbers in a text.

    Examples
    --------
    >>> [number.value for number in numbers("about 3 × 10²⁰ of 1,800, or 2.5 %, in conv2d")]
    [3e+20, 1800.0, 0.025]
    """
    for match in NUMBER.finditer(text):
        mantissa = match["mantissa"].replace("{,}", "").replace(",", "")
        value, half = float(mantissa), 0.5 * 10.0 ** -len(mantissa.partition(".")[2])
        scale = 1.0
        if match["power"]:
            scale = 10.0 ** int(
                re.sub(r"^(?:e|\s?(?:×|\\times)\s?10\^?)", "", match["power"]).strip("{}").translate(PLAIN)
            )
        if match["percent"]:
            scale /= 100.0
        if match["raised"]:
            value, half = value ** int(match["raised"].translate(PLAIN)), 0.0
        digits = len(mantissa.replace(".", "").strip("0"))
        yield Stated(match.group(), value * scale, half * scale, digits, match.start(), match.end())
