"""What searches with a price for parameters have found on the table: ``figures/data/price_of_size.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from asng_book.measured import pareto
from asng_edu._common import checks
from asng_edu.jobs import rows
from asng_edu.nas.evaluators.known import KnownSpace

PER_POINT = 100  # the file's prices are hundredths of a point for 100 parameters


class Outcome(NamedTuple):
    """What the runs of one search at one price have named.

    Attributes
    ----------
    parameters, error : float
        Medians, the error in points.
    excess : float
        By how many points their networks are dearer than the cheapest, on average.
    standard_error : float
        Of ``excess``.
    hits : int
        How many named the cheapest.
    """

    parameters: float
    error: float
    excess: float
    standard_error: float
    hits: int


Curves = dict[tuple[str, str], dict[float, Outcome]]


def outcomes(known: KnownSpace, path: str | Path, sees: str = "truth") -> Curves:
    """Return what was found, by method and penalty, and then by price in points for 100 parameters.

    Parameters
    ----------
    known : KnownSpace
        Whose networks the file numbers.
    path : path
        The file.
    sees : {"truth", "training"}
        What the searches saw.

    Raises
    ------
    ValueError
        If the file has no such searches.
    """
    checks.instance("known", known, KnownSpace, "a KnownSpace")
    errors, found = known.test_errors.mean(axis=1), Curves()
    for row in rows.read_csv(checks.path("path", path)):
        if row["sees"] == sees:
            networks = np.array([int(value) for name, value in row.items() if name.startswith("run_")])
            price = row["price"] / PER_POINT
            total = pareto.total(known.parameters, errors, price)
            excess = total[networks] - total.min()
            found.setdefault((row["method"], row["penalty"]), {})[price] = Outcome(
                float(np.median(known.parameters[networks])),
                float(np.median(errors[networks]) / pareto.POINT),
                float(excess.mean()),
                float(excess.std(ddof=1) / len(excess) ** 0.5),
                int((excess == 0).sum()),
            )
    if not found:
        raise ValueError(f"{path} has no searches that saw {checks.short(sees)}.")
    return found
