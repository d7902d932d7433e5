"""What the text of a page says of data: the values that it shows, and what it claims."""

from __future__ import annotations

from typing import SupportsFloat


def say(name: str, value: str | SupportsFloat, spec: str = "") -> None:
    """Hand a value to the text of the page, where ``{glue:text}`` with its name shows it.

    Parameters
    ----------
    name : str
        By which the text asks for it.
    value : str or number
        What it shows.
    spec : str
        How to write a number, as in ``format``; a hyphen in it becomes a minus sign.
    """
    from myst_nb import glue  # type: ignore[import-untyped]

    glue(name, value if isinstance(value, str) else format(value, spec).replace("-", "−"), display=False)


def claim(holds: bool, sentence: str) -> None:
    """Stop the build if the data of a page no longer support what it says.

    Parameters
    ----------
    holds : bool
        Whether the sentence holds, computed from the data.
    sentence : str
        What the page says, in a few words.

    Raises
    ------
    AssertionError
        If it does not hold.
    TypeError
        If the two are the wrong way round: a sentence would always hold.

    Examples
    --------
    >>> claim(7 > 5, "seven is more than five")
    """
    if isinstance(holds, str):
        raise TypeError("claim takes what holds first, and then the sentence.")
    if not holds:
        raise AssertionError(f"the page says '{sentence}', which its data no longer support: rewrite the sentence.")
