"""What an optimiser holds, what it is told, and what it reports of an update."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asng_edu.distributions.base import Floats


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


class Told(NamedTuple):
    """What one ``tell`` is given, checked."""

    samples: Any
    stats: Floats  # (λ, n_stats): T(c_i)
    losses: Floats  # (λ,): finite, a failed evaluation's worse than all others
    failed: NDArray[np.bool_]  # (λ,): whether the evaluation had failed
