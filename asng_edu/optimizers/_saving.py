"""What an optimiser saves beside its state, as JSON can hold it: what it has found so far, and its generator."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats

PATIENCE = 20  # looks at the mode, one in n_θ updates, after which an unchanged one will hardly change

# NumPy's bit generators, each with its last place in the block of numbers that it has made ahead.
BIT_GENERATORS = {"PCG64": 0, "PCG64DXSM": 0, "SFC64": 0, "Philox": 4, "MT19937": 624}


@dataclass
class Progress:
    """The least loss and its sample; and the mode at the last look, and how many looks in a row have found it so."""

    best_loss: float | None = None
    best: Any = None
    mode: Any = None
    unchanged: int = 0

    def take(self, distribution: Distribution, samples: Any, losses: Floats) -> None:
        """Keep the best of some samples if it is better than all before; a loss that is not finite is none."""
        if self.best_loss is not None and not (losses < self.best_loss).any():
            return
        least = int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))
        if np.isfinite(losses[least]) and (self.best_loss is None or losses[least] < self.best_loss):
            self.best_loss, self.best = float(losses[least]), _row(distribution.check_samples(samples), least)

    def look(self, mode: Any) -> None:
        """Compare the mode with the one of the last look."""
        mode = plain(mode)
        self.unchanged = self.unchanged + 1 if mode == self.mode else 0
        self.mode = mode

    @classmethod
    def read(cls, distribution: Distribution, saved: dict[str, Any]) -> Progress:
        """Return what was saved, or raise a ValueError if no run of this family can have found it."""
        found = cls(**plain(saved))
        for name, sample in (("best", found.best), ("mode", found.mode)):
            if sample is not None:
                distribution.check_samples(batch(checks.instance(name, sample, list, "a sample as lists")))
        if (found.best is None) != (found.best_loss is None):
            raise ValueError("best and best_loss must both be there, or neither.")
        if found.best is not None:
            found.best_loss = float(checks.finite_array("best_loss", found.best_loss, ()))
        checks.integer("unchanged", found.unchanged, 0, None if found.mode is not None else 0)
        return found


def batch(sample: Any) -> Any:
    """Return samples, this one alone, as the family has them."""
    parts = isinstance(sample, list) and any(isinstance(part, list) for part in sample)
    return tuple(batch(part) for part in sample) if parts else np.asarray(sample)[None]


def _row(samples: Any, index: int) -> Any:
    """Return one of the samples as a list, of a product as a list of those of its parts."""
    return [_row(part, index) for part in samples] if isinstance(samples, tuple) else plain(samples[index])


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
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError, RecursionError):
        pass
    raise ValueError("the saved random generator is not in a state that a bit generator of NumPy can have.")


def plain(value: Any) -> Any:
    """Return nested dictionaries with lists in place of arrays and tuples, which can be compared."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value
