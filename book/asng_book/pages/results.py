"""The results that are committed with the book, in ``figures/data/`` of its source tree; a wheel has them too."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve()
_INSTALLED = _HERE.parents[1] / "data"
FOLDER = _INSTALLED if _INSTALLED.is_dir() else _HERE.parents[3] / "figures" / "data"


def path(name: str) -> Path:
    """Return the path of a committed result, such as ``"fig4.csv"``; its provenance is in the ``.json`` beside it.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    """
    return existing(FOLDER / name)


def read(name: str) -> Any:
    """Return what a committed JSON file holds, such as ``"fig4.json"``.

    >>> read("fig4.json")["settings"]["max_updates"]
    100000
    """
    return json.loads(path(name).read_text(encoding="utf-8"))


def existing(file: Path) -> Path:
    """Return a file of the source tree, or raise a FileNotFoundError that says why it may not be there."""
    if not file.is_file():
        raise FileNotFoundError(
            f"{file.name} is not in {file.parent}: it comes with the book's source tree, not with the library."
        )
    return file


def table1() -> list[dict[str, str]]:
    """Return the rows of the article's Table 1 as the file has them: errors in per cent, days of GPUs.

    >>> table1()[-1]["method"], table1()[-1]["test_error"]
    ('ASNG-NAS', '2.83')
    """
    with path("table1.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
