"""Seeds that are independent of one another, each for a purpose."""

from __future__ import annotations

import zlib

import numpy as np


def seed_for(purpose: str, *numbers: int) -> np.random.SeedSequence:
    """Return a seed that no other purpose has, whatever its numbers."""
    return np.random.SeedSequence([zlib.crc32(purpose.encode()), *numbers])
