"""What the prose of a page says of data: the values that it shows, and what it claims."""

from myst_nb import glue


def say(name, value, spec=""):
    """Hand a value to the text of the page, where ``{glue:text}`` with its name shows it.

    Parameters
    ----------
    name : str
    value : str or number
    spec : str
        How to write a number, as in ``format``. A hyphen becomes a minus sign where it leads a number.
    """
    text = format(value, spec)
    glue(name, text if isinstance(value, str) else text.replace("-", "−"), display=False)


def claim(holds, sentence):
    """Stop the build if a sentence of the page no longer holds.

    Parameters
    ----------
    holds : bool
        Whether it holds, computed from the data of the page.
    sentence : str
        What the page says, in a few words.

    Raises
    ------
    AssertionError
        If it does not hold.
    """
    if not holds:
        raise AssertionError(f"the page says '{sentence}', which its data no longer support: rewrite the sentence")
