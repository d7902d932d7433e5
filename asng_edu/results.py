"""The results that are committed with the book, in ``figures/data/`` of its source tree."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "figures" / "data"


def path(name: str) -> Path:
    """Return the path of a committed result, such as ``"fig4.csv"``; its provenance is in the ``.json`` beside it.

    Raises
    ------
    FileNotFoundError
        If it is not there, as when the library runs outside the book's source tree.
    """
    file = FOLDER / name
    if not file.is_file():
        raise FileNotFoundError(
            f"{name} is not in {FOLDER}: it comes with the book's source tree, not with the library."
        )
    return file
