"""The exercises of chapter *The step size that adapts*: what the accumulation of steps measures, and how it breaks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number, number
from asng_edu.distributions import Categorical
from asng_edu.optimizers.asng import ASNG, adapt
from asng_edu.problems import onemax

Function = Callable[..., Any]

COINS = 10  # of the problem of exercise 3
SHOWN = 3e-4  # the δ⁰ with which the chapter breaks it
UPDATES = 4000  # after which a run counts as not broken
SEEDS = 5


def _gamma_after(function: Function) -> str | None:
    for beta in (0.01, 0.2, 0.9, 1.0):
        gamma = 0.0
        for t in range(1, 51):
            gamma, _ = adapt(gamma, 1.0, 1.0, beta, 1.5, math.inf)
            given = float(function(t, beta))
            if not np.isclose(given, gamma, rtol=1e-9):
                return f"after t = {t} steps at β = {beta:g} line 7 gives γ = {gamma:.6g}, your function {given:.6g}."
    return None


def expected_ratio(snr: float, beta: float) -> float:
    """Return E‖s‖²/γ after very many steps of constant β: line 6 for the expectations of s and of ‖s‖²."""
    m2 = snr / (1.0 + snr)
    gain = math.sqrt(beta * (2.0 - beta))
    along = squared = gamma = 0.0
    for _ in range(math.ceil(40.0 / beta)):
        squared = (1.0 - beta) ** 2 * squared + 2.0 * (1.0 - beta) * gain * math.sqrt(m2) * along + gain**2
        along = (1.0 - beta) * along + gain * math.sqrt(m2)
        gamma, _unused = adapt(gamma, 1.0, 1.0, beta, 1.5, math.inf)
    return squared / gamma


def _rest_snr(function: Function) -> str | None:
    for delta, n_theta, alpha in ((1.0, 120, 1.5), (0.5, 120, 2.0), (3.0, 120, 1.2), (0.3, 10, 1.5), (2.0, 30, 1.1)):
        snr = float(function(delta, n_theta, alpha))
        if not 0.0 < snr < math.inf:
            return f"an SNR is a number above 0, but your function gives {snr!r} at {delta=}, {n_theta=}, {alpha=}."
        ratio = expected_ratio(snr, delta / math.sqrt(n_theta))
        if not np.isclose(ratio, alpha, rtol=1e-3):
            close = abs(ratio / alpha - 1.0) < 0.1
            return (
                f"at {delta=} and {n_theta=} an SNR of {snr:.4g} gives E‖s‖²/γ = {ratio:.4f}, at rest it is {alpha=}."
                + (" That is close: is it m², or m²/(1 − m²), and did you keep 1 − β?" if close else "")
            )
    return None


def unguarded(delta0: float, seed: int) -> tuple[int | None, float]:
    """Run ASNG without its guard on ten coins; return the update at which it broke, or None, and the largest β."""
    asng = ASNG(Categorical(2, dim=COINS), delta0, rng=seed, delta_max=math.inf)
    largest = 0.0
    for t in range(UPDATES):
        samples = asng.ask()
        try:
            info = asng.tell(samples, onemax(samples))
        except ArithmeticError:
            return t, asng.delta / math.sqrt(COINS)
        largest = max(largest, info.beta)
    return None, largest


def _breaks(answer: Any) -> str | None:
    delta0 = number(answer)
    if not 0.0 < delta0 < math.inf:
        return f"δ⁰ must be a finite number above 0, but is {answer!r}."
    if delta0 > 1.0:
        return f"δ⁰ = {delta0:g} is not a small one: from 2√{COINS} on, β exceeds 2 in the very first step."
    if math.isclose(delta0, SHOWN, rel_tol=0.01):
        return f"δ⁰ = {SHOWN:g} is the one in the chapter. Find a different one."
    runs = [unguarded(delta0, seed) for seed in range(SEEDS)]
    whole = [largest for update, largest in runs if update is None]
    if len(whole) <= 1:
        return None
    return (
        f"with δ⁰ = {delta0:g} {len(whole)} of {SEEDS} runs came through all {UPDATES:,} updates; "
        f"the largest β in them was {max(whole):.3g}."
    )


def _updates_to_a_tenth() -> float:
    """Return after how many updates of pure noise δ has fallen from 1 to 0.1, by lines 3, 7 and 8 with E‖s‖² = γ."""
    gamma, Delta, updates = 0.0, 1.0, 0
    while Delta < 10.0:
        beta = 1.0 / Delta / math.sqrt(120)
        expected = (1.0 - beta) ** 2 * gamma + beta * (2.0 - beta)  # in pure noise E‖s‖² is the new γ
        gamma, Delta = adapt(gamma, Delta, expected, beta, 1.5, math.inf)
        updates += 1
    return float(updates)


def _weak_signal() -> str:
    """Return which way δ = δ⁰/Δ goes in line 8 when ‖s‖² = 1.2, γ = 1, α = 1.5 and β = 0.1, whatever Δ is."""
    ways = {np.sign(Delta - adapt(1.0, Delta, 1.2, 0.1, 1.5, math.inf)[1]) for Delta in (0.1, 1.0, 10.0)}
    return {1.0: "a", -1.0: "b", 0.0: "c"}[ways.pop()] if len(ways) == 1 else "d"


EXERCISES = {
    "step-size-1": Exercise(
        _gamma_after,
        (
            "Look at 1 − γ instead of γ: what does line 7 do to it?",
            "1 − γ is multiplied by (1 − β)² in each step, and it starts at 1.",
        ),
    ),
    "step-size-2": Exercise(
        _rest_snr,
        (
            "Set E‖s‖² = 1 + 2(1 − β)m²/β equal to α and solve for m².",
            "β = δ/√n_θ, m² = (α − 1)β/(2(1 − β)), and the SNR is m²/(1 − m²).",
        ),
    ),
    "step-size-3": Exercise(
        _breaks,
        (
            "The smaller δ⁰, the longer s remembers, and the longer it can grow before δ does.",
            "But it takes some 1/β steps to wake up, and there are only so many updates: try values below 10⁻³.",
        ),
    ),
    "step-size-4": Exercise(
        Number(_updates_to_a_tenth, tolerance=0.05),
        (
            "In (S3) 1/δ grows by the same amount in every update.",
            "1/δ must grow from 1 to 10.",
            "Each update adds 1/(3√120): by how many updates do they add up to 9?",
        ),
    ),
    "step-size-5": Exercise(
        Choice(
            _weak_signal,
            {
                "a": "there is a signal, but a longer s than in noise is not enough: compare ‖s‖² with αγ.",
                "b": "The signal is there, and too weak for a δ of this length.",
                "c": "δ rests only where ‖s‖² is αγ.",
                "d": "line 8 multiplies Δ by a number in which neither δ⁰ nor Δ occurs.",
            },
        ),
        (
            "Line 8 compares ‖s‖² with something. With γ?",
            "It multiplies Δ by exp(β(γ − ‖s‖²/α)). What is the sign of the exponent?",
            "γ − 1.2/1.5 is above 0, so Δ grows. And δ = δ⁰/Δ.",
        ),
    ),
}
