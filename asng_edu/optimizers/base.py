"""Ask and tell: what ASNG, SNG and Adam share, from drawing samples to saving the state."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers.natural_gradient import (
    UTILITIES,
    euclidean_norm,
    is_informative,
    mean_utility,
    natural_gradient,
    rank_utility,
)

RandomSource = np.random.Generator | int | None

# NumPy's bit generators, each with its last place in the block of numbers that it has made ahead.
BIT_GENERATORS = {"PCG64": 0, "PCG64DXSM": 0, "SFC64": 0, "Philox": 4, "MT19937": 624}


@dataclass
class State:
    """What an optimiser changes: θ, shape (n_stats,), and t, the number of ``tell`` calls so far."""

    theta: Floats
    t: int


@dataclass(frozen=True)
class Info:
    """What one ``tell`` computed.

    Attributes
    ----------
    t : int
        How many ``tell`` calls came before.
    updated : bool
        False if the samples pointed nowhere (all losses equal), so that nothing but t changed.
    utility : array, shape (λ,)
        u_i of eq. (7); higher is better.
    G : array, shape (n_stats,)
        The natural gradient estimate, eq. (7).
    G_norm : float
        ‖G‖_F at the θ of the samples; 0 if there was no step.
    epsilon : float
        ε_θ, eq. (10); 0 if there was no step.
    delta : float
        δ_θ, the Fisher length of the step, of ASNG and SNG before the projection, of Adam after it. Where there was
        no step: for ASNG what it would have been, else 0.
    beta, s_norm2, gamma, Delta : float
        β and δ as the step used them; ‖s‖², γ and Δ after it (Algorithm 1). NaN for methods that do not adapt.
    snr : float
        One reading of the signal-to-noise ratio, :func:`asng_edu.optimizers.asng.signal_to_noise`.
    """

    t: int
    updated: bool
    utility: Floats
    G: Floats
    G_norm: float
    epsilon: float
    delta: float
    beta: float = math.nan
    s_norm2: float = math.nan
    gamma: float = math.nan
    Delta: float = math.nan
    snr: float = math.nan


S = TypeVar("S", bound=State)

Quantities = dict[str, float]  # the fields of Info that the method itself computes


class Optimizer(ABC, Generic[S]):
    """An optimiser of θ that is asked for samples and told their losses.

    ``tell`` either completes or leaves ``state`` as it was. The state is a plain dataclass to look at.
    """

    state: S

    def __init__(
        self,
        distribution: Distribution,
        *,
        lam: int,
        utility: str,
        theta: ArrayLike | None,
        rng: RandomSource,
    ) -> None:
        if not isinstance(distribution, Distribution):
            raise ValueError(f"distribution must be one, such as Categorical(5, dim=30), but is {distribution!r}.")
        self.distribution = distribution
        self.lam = checks.integer("lam (λ)", lam, 2)
        self.utility = checks.one_of("utility", utility, UTILITIES)
        self.rng = None if rng is None else checks.generator("rng", rng)
        start = distribution.initial_theta() if theta is None else distribution.check_theta(theta)
        self.state = self._first_state(distribution.project(start))

    @property
    def theta(self) -> Floats:
        """θ, shape (n_stats,)."""
        return self.state.theta

    def mode(self) -> Any:
        """Return the most probable sample of P_θ."""
        return self.distribution.mode(self.theta)

    def ask(self, rng: RandomSource = None, size: int | None = None) -> Any:
        """Draw samples c_i ~ P_θ.

        Parameters
        ----------
        rng : numpy.random.Generator or int, optional
            Where to draw from. The one given last, here or to the constructor, is kept and saved with the state.
        size : int, optional
            How many; λ by default.

        Returns
        -------
        array with one sample a row, or for a product a tuple of such arrays

        Raises
        ------
        ValueError
            If no generator was ever given, or what was given is neither that nor a seed.
        """
        if rng is not None:
            self.rng = checks.generator("rng", rng)
        if self.rng is None:
            raise ValueError("ask needs rng, a numpy Generator or a seed, given here or when the optimiser is made.")
        size = self.lam if size is None else checks.integer("size", size, 1)
        return self.distribution.sample(self.theta, self.rng, size)  # c ~ P_θ

    def tell(self, samples: Any, losses: ArrayLike) -> Info:
        """Take one step from samples and their losses (lower is better).

        Parameters
        ----------
        samples : as ``ask`` returns them
            At least two.
        losses : array of shape (λ,)
            One finite number for each sample.

        Returns
        -------
        Info
            Every quantity that the step computed.

        Raises
        ------
        ValueError
            If samples or losses are not as above, or their natural gradient is not finite.
        ArithmeticError
            If the step would leave the numbers. In both cases the state stays as it was.
        """
        stats = self.distribution.statistics(samples)
        losses = checks.finite_array("losses", losses, (len(stats),))
        if len(losses) < 2:
            raise ValueError("tell needs at least 2 samples, for with their mean subtracted one loss says nothing.")
        theta = self.state.theta
        utility = np.empty(len(losses))
        (mean_utility if self.utility == "mean" else rank_utility)(losses, utility)
        G = np.empty(len(theta))
        natural_gradient(stats, theta, utility, G)
        white = self.distribution.fisher_sqrt(theta, G)
        norm = euclidean_norm(white)
        if not math.isfinite(norm):
            raise ValueError(
                "the natural gradient of these samples is not finite: their losses, or they themselves, are too large, "
                "or one of them has probability 0."
            )
        state = copy.deepcopy(self.state)
        if is_informative(losses, utility, norm):
            quantities = self._step(state, G, white, norm)
            state.theta = self.distribution.project(state.theta)
            if not np.isfinite(state.theta).all():
                raise ArithmeticError(f"theta would not be finite after update {state.t}, so it was not moved.")
        else:
            norm = 0.0
            quantities = self._skip(state)
        info = Info(t=state.t, updated=norm > 0.0, utility=utility, G=G, G_norm=norm, **quantities)
        state.t += 1
        self.state = state
        return info

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of all that is needed to go on exactly as this optimiser would, the generator included."""
        return {
            "optimizer": type(self).__name__,
            "distribution": repr(self.distribution),
            "settings": {"lam": self.lam, "utility": self.utility, **self._settings()},
            "state": {f.name: copy.deepcopy(getattr(self.state, f.name)) for f in fields(self.state)},
            "rng": None if self.rng is None else copy.deepcopy(self.rng.bit_generator.state),
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned.

        Raises
        ------
        ValueError
            If it is not of an optimiser made with the same arguments, or is incomplete. The state stays as it was.
        """
        expected = self.state_dict()
        if not isinstance(saved, dict) or saved.keys() != expected.keys():
            raise ValueError(f"a state dict has the keys {', '.join(expected)}, and nothing else.")
        for key in ("optimizer", "distribution", "settings"):
            if _plain(saved[key]) != expected[key]:
                raise ValueError(f"this state is of another {key}: {saved[key]!r}, but this one has {expected[key]!r}.")
        parts = saved["state"]
        if not isinstance(parts, dict) or parts.keys() != expected["state"].keys():
            raise ValueError(f"the state must have the parts {', '.join(expected['state'])}.")
        state = copy.deepcopy(self.state)
        for name, current in expected["state"].items():
            if isinstance(current, np.ndarray):
                setattr(state, name, checks.finite_array(name, parts[name], current.shape).copy())
            elif isinstance(current, int):
                setattr(state, name, checks.integer(name, parts[name], 0))
            else:
                setattr(state, name, checks.real(name, parts[name]))
        self._check_state(state)
        rng = None if saved["rng"] is None else _generator(saved["rng"])
        self.state, self.rng = state, rng

    @abstractmethod
    def _first_state(self, theta: Floats) -> S: ...

    @abstractmethod
    def _settings(self) -> dict[str, Any]: ...

    @abstractmethod
    def _step(self, state: S, G: Floats, white: Floats, norm: float) -> Quantities:
        """Change ``state`` by one step along G; white = F^{1/2}G and norm = ‖G‖_F, above 0."""

    def _check_state(self, state: S) -> None:
        """Raise a ValueError if no optimiser of this kind can be in ``state``."""
        self.distribution.check_theta(state.theta)

    def _skip(self, state: S) -> Quantities:
        """Report a step that was not taken."""
        return {"delta": 0.0, "epsilon": 0.0}


def _generator(state: Any) -> np.random.Generator:
    """Return a generator in the given bit generator state.

    NumPy takes over what it is given with few questions, and MT19937 reads wherever ``pos`` points.
    """
    try:
        name = checks.one_of("the bit generator", state["bit_generator"], BIT_GENERATORS)
        place = state["state"].get("pos", state.get("buffer_pos", 0))
        bit_generator = getattr(np.random, name)()
        if 0 <= place <= BIT_GENERATORS[name]:
            bit_generator.state = copy.deepcopy(state)
        if _plain(bit_generator.state) == _plain(state):
            return np.random.Generator(bit_generator)
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError):
        pass
    raise ValueError("the saved random generator is not in a state that a bit generator of NumPy can have.")


def _plain(value: Any) -> Any:
    """Return nested dictionaries with lists in place of arrays and tuples, which can be compared."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
