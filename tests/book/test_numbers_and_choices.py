"""What chapter "Numbers and choices together" derives, and its exercises."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asng_book.exercises.numbers_and_choices import EXERCISES, changed, joint_length, reach, shares
from asng_edu.distributions import Categorical, Gaussian, Integer, Product, Real

PAGE = Path(__file__).resolve().parents[2] / "book" / "numbers_and_choices.md"
means, sigmas = st.floats(-50, 50), st.floats(0.1, 20)


# ---- the mathematics


def test_scores_of_different_parts_do_not_correlate():
    """(G1): F of a product, from samples."""
    family = Product(Integer(1, 9), Categorical(3, margin="none"), Real(0.0, 1.0))
    theta = family.initial_theta()
    stats = family.statistics(family.sample(theta, 0, 200_000)) - theta
    scores = family.minimal(stats) @ family.fisher(theta)
    found = scores.T @ scores / len(scores)
    scale = np.sqrt(np.diag(found))
    off = (found / np.outer(scale, scale))[np.ix_([0, 1, 4, 5], [2, 3])]
    assert np.abs(off).max() < 5 / math.sqrt(len(scores))
    assert np.abs(found[0, 1] / (scale[0] * scale[1])) > 0.5


@given(means, sigmas, means, means, sigmas)
def test_the_length_of_a_difference_does_not_know_the_unit(mu, sigma, first, second, unit):
    """(G3) and the exercise "Dozens"."""
    v = Gaussian(1).statistics([[first], [second]])
    there = Gaussian(1).statistics([[unit * first + 3], [unit * second + 3]])
    plain = Gaussian(1).fisher_sqrt(np.array([mu, mu**2 + sigma**2]), v[0] - v[1])
    moved = unit * mu + 3
    other = Gaussian(1).fisher_sqrt(np.array([moved, moved**2 + (unit * sigma) ** 2]), there[0] - there[1])
    np.testing.assert_allclose(np.linalg.norm(other), np.linalg.norm(plain), rtol=1e-4, atol=1e-6)


@given(means, sigmas, st.floats(-3, 3), st.floats(-3, 3), st.floats(0.01, 0.5))
def test_what_a_step_does_to_sigma(mu, sigma, z1, z2, epsilon):
    """(G4) and (G5), against a step in θ itself."""
    samples = np.array([[mu + sigma * z1], [mu + sigma * z2]])
    G = np.subtract(*Gaussian(1).statistics(samples))
    theta = np.array([mu, mu**2 + sigma**2]) + epsilon * G
    variance = theta[1] - theta[0] ** 2
    expected = sigma**2 * (1 + epsilon * (z1**2 - z2**2) - (epsilon * (z1 - z2)) ** 2)
    assert variance == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_better_of_two_is_as_often_the_farther_one():
    z = np.random.default_rng(0).standard_normal((200_000, 2))
    widening = z.max(axis=1) ** 2 - z.min(axis=1) ** 2
    assert abs(widening.mean()) < 5 * widening.std() / math.sqrt(len(z))


@pytest.mark.parametrize("delta", [0.1, 0.3, 0.6, 0.95])
def test_the_reach_is_the_sum_of_all_steps(delta):
    """(G6) and (G7), by taking the steps."""
    mu, variance = 0.0, 1.0
    for _ in range(20_000):
        mu += delta * math.sqrt(variance)
        variance *= 1 - delta**2
    assert mu == pytest.approx(reach(delta), rel=1e-9)
    assert mu < 2 / delta


# ---- the page


def test_the_page_is_in_the_book():
    toc = (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("Beyond one search") < toc.index("file: numbers_and_choices") < toc.index("Beyond the book")


def test_every_value_in_the_text_is_made_by_a_cell():
    text = PAGE.read_text(encoding="utf-8")
    made = set(re.findall(r'^say\("([\w-]+)"', text, flags=re.MULTILINE))
    assert made == set(re.findall(r"\{glue:text\}`([\w-]+)`", text))


# ---- the exercises


def test_a_joint_norm():
    assert joint_length() ** 2 == pytest.approx(1.5**2 + (3 / (4 * math.sqrt(2))) ** 2 + 6)
    assert EXERCISES["numbers-and-choices-1"].verdict(joint_length()) is None
    assert "too small" in EXERCISES["numbers-and-choices-1"].verdict(1.0)


def test_a_reach():
    assert EXERCISES["numbers-and-choices-2"].verdict(3) is None
    assert "too large" in EXERCISES["numbers-and-choices-2"].verdict(4)


def test_in_the_mirror():
    assert changed(mirrored=True) == (True, False, True)
    assert changed(mirrored=False) == (True, True, True)
    verdict = EXERCISES["numbers-and-choices-3"].verdict
    assert verdict("b") is None
    assert all(verdict(letter) for letter in "acd")


def test_a_length_that_forgets_the_mean_is_noticed():
    verdict = EXERCISES["numbers-and-choices-4"].verdict

    def right(mu, sigma, v):
        return math.hypot(v[0] / sigma, (v[1] - 2 * mu * v[0]) / (math.sqrt(2) * sigma**2))

    assert verdict(right) is None
    assert "too large" in verdict(lambda mu, sigma, v: math.hypot(v[0] / sigma, v[1] / (math.sqrt(2) * sigma**2)))
    assert "too small" in verdict(lambda mu, sigma, v: 0.9 * right(mu, sigma, v))


def test_who_gets_how_much():
    verdict = EXERCISES["numbers-and-choices-5"].verdict
    assert verdict(shares) is None
    assert "add up to 2" in verdict(lambda lengths, delta: [delta for _ in lengths])
    assert "2 numbers are asked for" in verdict(lambda lengths, delta: [delta])
    assert shares([1.0] * 16, 1.0) == pytest.approx([0.25] * 16)
