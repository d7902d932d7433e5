import itertools

import numpy as np
import pytest

from asng_book.measured.snr import measured_snr, step_direction
from asng_edu import ASNG
from asng_edu.distributions import Bernoulli, Categorical
from asng_edu.problems import onemax


def test_a_direction_is_what_the_optimiser_accumulates():
    family = Categorical([2, 3, 5])
    asng = ASNG(family, delta0=0.7, rng=1)
    for _ in range(30):
        theta, state = asng.theta.copy(), asng.state
        samples = asng.ask()
        losses = samples.sum(axis=1) + 0.1 * samples[:, 0]
        info = asng.tell(samples, losses)
        direction = step_direction(family, theta, samples, losses)
        assert (direction is not None) == info.updated
        if info.updated:
            s = (1 - info.beta) * state.s + np.sqrt(info.beta * (2 - info.beta)) * direction
            np.testing.assert_allclose(asng.state.s, s, atol=1e-12)


def test_the_snr_is_that_of_all_pairs_of_samples():
    """Against an enumeration: the mean over all pairs of samples, given that the pair says something."""
    family, theta = Bernoulli(3), np.array([0.3, 0.5, 0.8])
    mean, mass = np.zeros(3), 0.0
    for pair in itertools.product(itertools.product((0, 1), repeat=3), repeat=2):
        samples = np.array(pair)
        probability = np.exp(family.log_likelihood(theta, samples).sum())
        direction = step_direction(family, theta, samples, samples @ [1.0, 2.0, 4.0])
        if direction is not None:
            mean += probability * direction
            mass += probability
    m2 = np.sum((mean / mass) ** 2)
    measured = measured_snr(family, theta, lambda c: c @ [1.0, 2.0, 4.0], np.random.default_rng(0), steps=20_000)
    assert measured == pytest.approx(m2 / (1 - m2), rel=0.05)


def test_noise_has_no_signal():
    family, rng = Categorical(4, dim=10), np.random.default_rng(2)
    snr = measured_snr(family, family.initial_theta(), lambda c: rng.standard_normal(len(c)), rng, steps=4000)
    assert abs(snr) < 1e-3


def test_more_samples_have_a_better_snr():
    family = Categorical(3, dim=8)
    two, eight = (
        measured_snr(family, family.initial_theta(), onemax, np.random.default_rng(3), lam=lam) for lam in (2, 8)
    )
    assert eight > 1.5 * two


def test_samples_without_a_direction_are_refused():
    family = Categorical(3, dim=2)
    with pytest.raises(ValueError, match="point somewhere"):
        measured_snr(family, family.initial_theta(), lambda c: np.zeros(len(c)), np.random.default_rng(0), steps=10)
    with pytest.raises(ValueError, match="steps"):
        measured_snr(family, family.initial_theta(), onemax, np.random.default_rng(0), steps=1)
