"""Functions to minimise, at the top of a module so that worker processes can import them."""

import os
import signal
from pathlib import Path

from asng_edu import Bool, Choice, Integer, Real, Space

SPACE = Space(
    units=Integer(8, 512, log=True),
    activation=Choice("relu", "tanh", "elu"),
    dropout=Real(0.0, 0.8),
    layers=Integer(1, 4),
    skip=Bool(),
)


def distance(params):
    """Return how far a point is from one of them, in every variable."""
    return (
        abs(params["units"] - 100) / 100
        + (params["activation"] != "elu")
        + abs(params["dropout"] - 0.25)
        + abs(params["layers"] - 2)
        + params["skip"]
    )


def unreliable(params):
    """Fail in one of several ways at some points."""
    if params["layers"] == 4:
        raise RuntimeError("out of memory")
    if params["skip"]:
        return None if params["layers"] == 3 else float("nan")
    return distance(params)


def killed_at(calls, path):
    """Return a function that kills its process the first time that it has been called so often; path counts."""

    def function(params):
        count = Path(path)
        before = count.stat().st_size if count.exists() else 0
        with count.open("a", encoding="utf-8") as file:
            file.write(".")
        if before + 1 == calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return unreliable(params)

    return function
