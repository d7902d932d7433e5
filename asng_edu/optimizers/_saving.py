"""Reading what an optimiser saved: a random generator in its state, and numbers that may have been through JSON."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from asng_edu._common import checks

# NumPy's bit generators, each with its last place in the block of numbers that it has made ahead.
BIT_GENERATORS = {"PCG64": 0, "PCG64DXSM": 0, "SFC64": 0, "Philox": 4, "MT19937": 624}


def saved_generator(state: Any) -> np.random.Generator:
    """Return a generator in the given bit generator state.

    NumPy takes over what it is given with few questions, and MT19937 reads wherever ``pos`` points.
    """
    try:
        name = checks.one_of("the bit generator", state["bit_generator"], BIT_GENERATORS)
        place = state["state"].get("pos", state.get("buffer_pos", 0))
        bit_generator = getattr(np.random, name)()
        if 0 <= place <= BIT_GENERATORS[name]:
            bit_generator.state = copy.deepcopy(state)
        if plain(bit_generator.state) == plain(state):
            return np.random.Generator(bit_generator)
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError):
        pass
    raise ValueError("the saved random generator is not in a state that a bit generator of NumPy can have.")


def plain(value: Any) -> Any:
    """Return nested dictionaries with lists in place of arrays and tuples, which can be compared."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value
