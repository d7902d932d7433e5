"""The exercises of chapter *Small is beautiful*: prices, what they reach, a penalty in closed form."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from asng_book.exercises import Choice, Exercise, Number
from asng_book.measured import pareto
from asng_edu.distributions import Bernoulli, Categorical
from asng_edu.optimizers.natural_gradient import estimate

SMALL, LARGE = (1000, 0.20), (1400, 0.14)  # parameters and error
FOUR = ((1000, 1200, 1300, 1500), (0.30, 0.24, 0.22, 0.12))
ROW, PRICES = (0.6, 0.3, 0.1), (0.0, 160.0, 240.0)
GAIN, PRICE, START = 1.0, 0.001, 0.8  # of one bit


def indifference() -> float:
    """Return the price at which the totals of the two networks are equal."""
    sizes, errors = zip(SMALL, LARGE, strict=True)
    return pareto.thresholds(sizes, errors)[0]


def _out_of_reach() -> str:
    found = pareto.front(*FOUR)
    out = tuple(found.networks[~found.supported].tolist())
    return {(1, 2): "a", (2,): "b", (): "c", (1,): "d"}[out]


def entry() -> float:
    """Return the second entry of the natural gradient of the expected cost."""
    return float(Categorical(3).inverse_fisher(np.array(ROW), np.array(PRICES))[1])


# ---- a function of one row


def _priced(priced: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(0)
    for options in (2, 3, 5):
        theta, prices = rng.dirichlet(np.ones(options)), rng.normal(size=options)
        given = np.asarray(priced(theta.copy(), prices.copy()))
        if given.shape != theta.shape or given.dtype.kind not in "iuf":
            return f"an array with {options} numbers is asked for, one for each option."
        if abs(given.sum()) > 1e-9 * np.abs(given).max():
            return f"the entries must sum to zero, so that θ still sums to 1, but they sum to {given.sum():.3g}."
        expected = Categorical(options).inverse_fisher(theta, prices)
        if not np.allclose(given, expected):
            return f"for theta = {theta.round(2).tolist()}, prices = {prices.round(2).tolist()} it is something else."
    return None


# ---- one bit


def mean_sign(start: float = START, gain: float = GAIN, price: float = PRICE) -> float:
    """Return the mean direction of the normalised step of one bit, summed over the four pairs of draws."""
    family, theta, mean = Bernoulli(1), np.array([start]), 0.0
    for pair in itertools.product([0, 1], repeat=2):
        drawn = np.array(pair)[:, None]
        p = np.exp(family.log_likelihood(theta, drawn)).prod()
        found = estimate(family, theta, family.statistics(drawn), -gain * drawn[:, 0], "mean", np.array([price]))
        mean += float(p * np.sign(found.G[0]))
    return mean


def _leads() -> str:
    found = mean_sign()
    return "a" if found > 0.01 else "b" if found < -0.01 else "c"


# ---- out of reach


def _unreachable(unreachable: Callable[..., Any]) -> str | None:
    rng = np.random.default_rng(1)
    cases = [FOUR, ((1, 2, 3), (3.0, 2.5, 1.0)), ((1, 2, 3), (3.0, 1.5, 1.0)), ((3, 1, 2), (0.9, 0.5, 0.1))]
    cases += [(tuple(rng.permutation(50)[:n] + 1), tuple(rng.random(n))) for n in (5, 8, 12)]
    for sizes, errors in cases:
        front = pareto.front(sizes, errors)
        expected = sorted(set(range(len(sizes))) - set(front.networks[front.supported].tolist()))
        given = unreachable([int(size) for size in sizes], [float(error) for error in errors])
        try:
            found = [int(index) for index in given]
        except (TypeError, ValueError):
            return f"a list of indices is asked for, but it returns {given!r:.60}."
        if found != expected:
            shown = f"sizes {[int(size) for size in sizes]} and errors {[round(float(e), 2) for e in errors]}"
            return f"for {shown} it returns {found}, which has too {'few' if len(found) < len(expected) else 'many'}."
    return None


EXERCISES = {
    "small-is-beautiful-1": Exercise(
        Number(indifference),
        (
            "Write down both totals, error plus ε times hundreds of parameters, and set them equal.",
            "20 + 10ε = 14 + 14ε, in points.",
            "So 6 points are paid for 4 hundred parameters.",
        ),
    ),
    "small-is-beautiful-2": Exercise(
        Choice(
            _out_of_reach,
            {
                "a": "Both lie above the straight line from the first to the last, so one end is always cheaper.",
                "b": "look at the second one again: how high is the line from the first to the last at 1,200?",
                "c": "draw the line from the first to the last: a corner of the hull must lie below it.",
                "d": "look at the third one again: how high is the line from the first to the last at 1,300?",
            },
        ),
        (
            "Draw the four points, and push a straight ruler up from below.",
            "The line from the first to the last falls by 18 points over 500 parameters.",
            "At 1,200 it is at 22.8 %, at 1,300 at 19.2 %. Which of the two networks lies below it?",
        ),
    ),
    "small-is-beautiful-3": Exercise(
        Number(entry),
        (
            "First the mean price: each price times its probability.",
            "The mean is 0.3 · 160 + 0.1 · 240.",
            "It is 72; the second entry is 0.3 · (160 − 72).",
        ),
    ),
    "small-is-beautiful-4": Exercise(
        _priced,
        (
            "(E3): each price, less the mean price under θ, times its probability.",
            "The mean price is theta @ prices.",
        ),
    ),
    "small-is-beautiful-5": Exercise(
        Choice(
            _leads,
            {
                "a": "when two draws agree, their losses say nothing. What decides the step then?",
                "b": "In more than half of all steps the draws agree, and then the step goes to the cheaper option.",
                "c": "that holds only at θ = ½; here two draws agree more often than they differ.",
            },
        ),
        (
            "The step has one length, so only signs count. What is the sign of G if the two draws agree?",
            "They agree with probability 0.8² + 0.2², and then only the price speaks.",
            "0.68 against 0.32: put it into (E6).",
        ),
    ),
    "small-is-beautiful-6": Exercise(
        _unreachable,
        (
            "For which ε is network i cheaper than network j? Each j gives a bound.",
            "Against j the two totals are equal at ε = (error i − error j)/(size j − size i).",
            "Larger networks give lower bounds, smaller ones upper bounds, and ε ≥ 0: i is out if they cross.",
        ),
    ),
}
