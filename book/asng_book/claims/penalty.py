"""What is claimed of a penalty for size."""

from __future__ import annotations

import numpy as np

from asng_book.claims.ledger import Finding
from asng_book.measured import pareto, prices
from asng_book.pages import results
from asng_edu.nas.evaluators.known import KnownSpace

PRICE = 0.4  # points of error for 100 parameters


def compact() -> Finding:
    """Section 2.1, on [12]: a penalty on the structure makes it compact and keeps the accuracy. On the table."""
    known = KnownSpace.load()
    curves = prices.outcomes(known, results.path("price_of_size.csv"))
    closed, sampled = curves["asng", "closed"], curves["asng", "sampled"]
    limit = pareto.thresholds(known.parameters, known.test_errors.mean(axis=1))[0]
    inner = [price for price in sampled if 0 < price < limit]  # prices at which the smallest network is not the answer
    values = {
        "free": sampled[0.0].parameters, "free_error": sampled[0.0].error,
        "size": sampled[PRICE].parameters, "error": sampled[PRICE].error, "price": PRICE,
        "closed": float(np.mean([closed[price].excess for price in inner])),
        "sampled": float(np.mean([sampled[price].excess for price in inner])),
    }  # fmt: skip
    kept = values["size"] < values["free"] and values["error"] <= values["free_error"]
    if not kept:
        return Finding(values, "fails")
    return Finding(values, "holds" if values["closed"] <= values["sampled"] else "qualified")
