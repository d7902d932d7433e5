"""Does it search? ASNG finds what is planted and beats random search; one that is broken does neither."""

import itertools

import numpy as np
import pytest

from asng_edu import ASNG, Categorical, RandomSearch
from asng_edu.optimizers import asng, base

PLANTED = np.array([2, 0, 1, 2, 1, 0])


def planted(samples):
    """Count the dimensions that are not as in the planted optimum; two of them count together only."""
    wrong = samples != PLANTED
    return wrong.sum(axis=1) + 2.0 * (wrong[:, 0] | wrong[:, 1])


def finds(updates=400, seeds=10):
    """Return how many runs end with the planted optimum as their mode."""
    found = 0
    for seed in range(seeds):
        optimizer = ASNG(Categorical(3, dim=6), seed=seed)
        for _ in range(updates):
            samples = optimizer.ask()
            optimizer.tell(samples, planted(samples))
        found += bool((optimizer.mode() == PLANTED).all())
    return found


def test_a_planted_optimum_is_found():
    assert finds() >= 9


def backwards(theta, G, epsilon):
    theta -= epsilon * G


def at_random(theta, G, epsilon):
    """Step as far, in a direction that has nothing to do with the losses."""
    rng = np.random.default_rng(int(1e6 * abs(G).sum()) % 2**32)
    theta += epsilon * rng.permutation(G.reshape(6, 3)).ravel()


def not_at_all(theta, G, epsilon):
    pass


@pytest.mark.parametrize("broken", [backwards, at_random, not_at_all])
def test_broken_steps_do_not_find_it(monkeypatch, broken):
    monkeypatch.setattr(asng, "natural_step", broken)
    assert finds() <= 1


def test_losses_of_other_samples_do_not_find_it(monkeypatch):
    right = base.estimate
    monkeypatch.setattr(base, "estimate", lambda family, theta, stats, *rest: right(family, theta, stats[::-1], *rest))
    assert finds() <= 1


def test_without_its_adaptation_a_rate_that_is_too_small_finds_nothing(monkeypatch):
    def found():
        optimizers = [ASNG(Categorical(3, dim=6), 1e-3, seed=seed) for seed in range(5)]
        for optimizer in optimizers:
            for _ in range(1500):
                samples = optimizer.ask()
                optimizer.tell(samples, planted(samples))
        return np.mean([row.max() for o in optimizers for row in o.distribution.rows(o.theta)])

    adapted = found()
    monkeypatch.setattr(asng, "adapt", lambda gamma, Delta, *_: (gamma, Delta))
    assert adapted > 0.75
    assert found() < 0.45


def table(seed):
    """Return the loss of each of 3⁸ choices: a part of each dimension, of some pairs, and noise that is fixed."""
    rng = np.random.default_rng(seed)
    choices = np.array(list(itertools.product(range(3), repeat=8)))
    alone, pairs = rng.normal(size=(8, 3)), 0.5 * rng.normal(size=(7, 3, 3))
    loss = alone[np.arange(8), choices].sum(axis=1) + 0.1 * rng.normal(size=len(choices))
    return loss + sum(pairs[i, choices[:, i], choices[:, i + 1]] for i in range(7))


def test_on_a_table_it_beats_random_search():
    """With as many evaluations, in the share of all choices that are better than its best one."""
    place = 3 ** np.arange(7, -1, -1)

    def share(make, seed):
        losses = table(seed)
        optimizer = make(Categorical(3, dim=8), seed=seed)
        for _ in range(200):
            samples = optimizer.ask()
            optimizer.tell(samples, losses[samples @ place])
        return np.mean(losses < optimizer.best_loss)

    ours, theirs = ([share(make, seed) for seed in range(15)] for make in (ASNG, RandomSearch))
    assert np.median(ours) < 0.5 * np.median(theirs)
    assert sum(a < b for a, b in zip(ours, theirs, strict=True)) > 8
