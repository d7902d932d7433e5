"""What the options of a space cost, as a vector over its distribution: a price list for a penalty in closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.distributions.base import Floats
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.supernet.operations import MOST_CHANNELS, OPERATIONS

CHANNELS = 16  # for which operations are compared: the first width of the article's search


def price_list(space: Space[Any], prices: Mapping[str, float]) -> Floats:
    """Return what each option of each decision costs, shape (ΣK,), laid out as θ and T(c) are.

    Parameters
    ----------
    space : Space
    prices : mapping of str to float
        What an option costs wherever it is taken, by its name; any other is free.

    Returns
    -------
    array
        r, so that rᵀT(c) is the sum of the prices of what c takes; times ε it is the ``penalty`` of
        :class:`asng_edu.ASNG`.

    Raises
    ------
    ValueError
        If a price is not finite, or of an option that no decision has.

    Notes
    -----
    A sum knows nothing of what options share: two equal slots of a node are one module, but pay twice here. Taught in
    chapter *Small is beautiful*.

    Examples
    --------
    >>> from asng_edu.nas import LayerSpace
    >>> price_list(LayerSpace(layers=2, operations=("identity", "conv_3x3")), {"conv_3x3": 9.0})
    array([0., 9., 0., 9.])
    """
    checks.instance("space", space, Space, "a space, such as CellSpace()")
    known = {name for decision in space.decisions for name in decision.options}
    found: dict[str, float] = {}
    for name, price in checks.instance("prices", prices, Mapping, "a mapping from options to numbers").items():
        checks.one_of("an option that has a price", name, sorted(known))
        found[name] = checks.real(f"the price of {name}", price)
        if not math.isfinite(found[name]):
            raise ValueError(f"the price of {name} must be finite, but is {checks.short(price)}.")
    return np.array([found.get(name, 0.0) for decision in space.decisions for name in decision.options])


def parameter_shares(space: Space[Any], channels: int = CHANNELS) -> Floats:
    """Return the parameters of each operation as shares: the dearest path that the price list allows costs 1.

    Parameters
    ----------
    space : Space
        Decisions about anything but operations are free.
    channels : int
        For which the parameters are counted, with stride 1 and with the scale and shift of BN.

    Raises
    ------
    ValueError
        If an operation's cost is not known, or all operations are free.

    Examples
    --------
    >>> from asng_edu.nas import LayerSpace
    >>> parameter_shares(LayerSpace(layers=2, operations=("identity", "conv_1x1"))).tolist()
    [0.0, 0.5, 0.0, 0.5]
    """
    checks.instance("space", space, Space, "a space, such as CellSpace()")
    width = checks.integer("channels", channels, 1, MOST_CHANNELS)
    chosen = [decision for decision in space.decisions if all(name in OPERATIONS for name in decision.options)]
    prices = {name: _parameters(name, width) for decision in chosen for name in decision.options}
    dearest = sum(max(prices[name] for name in decision.options) for decision in chosen)
    if not dearest:
        raise ValueError("no operation of this space has parameters, so none can be dearer than another.")
    return price_list(space, {name: price / dearest for name, price in prices.items()})


def _parameters(name: str, channels: int) -> float:
    costs = OPERATIONS[name].costs
    if costs is None:
        raise ValueError(f"the operation {name} does not say what it costs: give add_operation its costs.")
    squares, multiples, norms = costs[0]
    return float(squares * channels**2 + (multiples + norms) * channels)
