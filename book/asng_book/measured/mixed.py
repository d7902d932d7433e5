"""Problems of integers, real numbers and choices whose optimum is known, and how far methods come on them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from asng_edu import ASNG, Choice, Integer, Real, Space, minimize
from asng_edu._common import checks
from asng_edu.blackbox.space import Params
from asng_edu.blackbox.variables import Variable
from asng_edu.distributions import Categorical, Product
from asng_edu.distributions.base import Floats

OPTIONS = ("a", "b", "c", "d")
MOST = 50  # an integer goes from 1 to here
PENALTY = 50.0  # of the tied problem
KINDS = ("choices", "integers", "both")
RIVALS = {"8 choices": (0, 0, 8), "2 + 2 + 2": (2, 2, 2), "4 reals": (0, 4, 0), "4 tied reals": (0, 4, 0)}


class Problem(NamedTuple):
    """A space, where its optimum lies, and whether its real numbers act together."""

    space: Space
    target: Params
    tied: bool = False

    def loss(self, params: Mapping[str, Any]) -> float:
        """Return a sum over the variables, 0 at the target.

        An integer adds its distance over the length of its range, a choice 1 where it is wrong, a real number the
        square of its distance; tied ones also add 50 times the square of the sum of their distances.
        """
        total, sum_of_reals = 0.0, 0.0
        for name, variable in self.space.variables.items():
            if isinstance(variable, Choice):
                total += params[name] != self.target[name]
            elif isinstance(variable, Integer):
                total += abs(params[name] - self.target[name]) / (MOST - 1)
            else:
                total += (params[name] - self.target[name]) ** 2
                sum_of_reals += params[name] - self.target[name]
        return float(total + (PENALTY * sum_of_reals**2 if self.tied else 0.0))


def problem(name: str, seed: int) -> Problem:
    """Return a problem that ``RIVALS`` names, with the optimum that a seed draws."""
    integers, reals, choices = RIVALS[checks.one_of("name", name, RIVALS)]
    rng = np.random.default_rng([seed, 1])
    target: Params = {f"n{i}": int(rng.integers(1, MOST + 1)) for i in range(integers)}
    target |= {f"x{i}": float(rng.random()) for i in range(reals)}
    target |= {f"c{i}": str(rng.choice(OPTIONS)) for i in range(choices)}
    kinds: dict[str, Variable] = {"n": Integer(1, MOST), "x": Real(0.0, 1.0), "c": Choice(*OPTIONS)}
    return Problem(Space({key: kinds[key[0]] for key in target}), target, name == "4 tied reals")


def best_losses(name: str, method: str, seed: int, at: tuple[int, ...]) -> list[float]:
    """Return the least loss of a method after so many evaluations, for each number in ``at``."""
    one = problem(name, seed)
    losses = minimize(one.loss, one.space, max(at), method, seed=seed, progress=False).losses
    return [float(np.min(losses[:evaluations])) for evaluations in at]


def wrong_share(kind: str, variables: int, delta0: float, seed: int, evaluations: int) -> float:
    """Return what a variable adds on average to the least loss that ASNG has met after so many evaluations.

    Parameters
    ----------
    kind : {"choices", "integers", "both"}
        Choices of four options; integers from 1 to 50; or half of each. Losses as in :class:`Problem`.
    variables : int
    delta0 : float
        δ⁰.
    seed : int
    evaluations : int
    """
    checks.one_of("kind", kind, KINDS)
    integers = {"choices": 0, "integers": variables, "both": variables // 2}[kind]
    choices = variables - integers
    rng = np.random.default_rng([seed, 1])
    targets = rng.integers(1, MOST + 1, size=integers), rng.integers(len(OPTIONS), size=choices)
    parts = ([Integer([1] * integers, [MOST] * integers)] if integers else []) + (
        [Categorical(len(OPTIONS), dim=choices)] if choices else []
    )
    asng, best = ASNG(Product(*parts), delta0, seed=seed), math.inf
    while asng.state.t * asng.lam < evaluations and best > 0.0:
        samples = asng.ask()
        losses = _losses(samples, targets)
        best = min(best, float(losses.min()))
        asng.tell(samples, losses)
    return best / variables


def _losses(samples: tuple[Any, ...], targets: tuple[Any, Any]) -> Floats:
    """Return the losses of samples whose parts are integers, choices, or both in this order."""
    integers, choices = targets
    losses = np.zeros(len(samples[0]))
    if len(integers):
        losses += np.abs(np.clip(np.rint(samples[0]), 1, MOST) - integers).sum(axis=1) / (MOST - 1)
    if len(choices):
        losses += (samples[-1] != choices).sum(axis=1)
    return losses
