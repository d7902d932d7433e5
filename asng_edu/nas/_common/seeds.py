"""Seeds that are independent of one another, each for a purpose."""

from __future__ import annotations

import zlib

import numpy as np

from asng_edu._common import checks


def seed_for(purpose: str, *numbers: int) -> np.random.SeedSequence:
    """Return a seed that no other purpose has, whatever its numbers."""
    given = [checks.integer("seed", number, 0) for number in numbers]
    return np.random.SeedSequence([zlib.crc32(purpose.encode()), *given])
