"""REINFORCE: its step in the logits is the natural gradient by θ; its baseline, its state and its errors."""

import json
import math
import pickle

import numpy as np
import pytest
import torch
from generators import FAMILIES, as_text, random_theta, size_of

from asng_edu import SNG, Bernoulli, Categorical, Product, Reinforce
from asng_edu.optimizers.natural_gradient import natural_gradient
from asng_edu.problems import onemax

WITH_LOGITS = {
    **{name: FAMILIES[name] for name in ("bernoulli", "categorical", "ragged", "one die", "no margin")},
    "product": Product(Categorical([3, 2], margin="none"), Product(Bernoulli(2, margin="none"), Categorical(4))),
}
RAGGED = Categorical([2, 5, 3], margin="none")
LOSSES = np.array([0.3, 2.0, -1.0, 0.7])


def rows(family, vector):
    return [row - row.mean() for row in family.rows(vector)]


def test_the_gradient_in_softmax_logits_is_the_natural_gradient_in_theta():
    """Of the same objective, the mean of (b − loss) ln p: by automatic differentiation in z, by (7) in θ."""
    rng = np.random.default_rng(5)
    theta = random_theta(RAGGED, rng)
    samples = RAGGED.sample(theta, rng, 4)
    utility = 0.4 - LOSSES
    z = torch.tensor(np.log(theta), requires_grad=True)
    log_p = torch.cat([part.log_softmax(0) for part in z.split(RAGGED.categories.tolist())])
    chosen = torch.tensor(RAGGED.statistics(samples))
    ((chosen @ log_p) * torch.tensor(utility)).mean().backward()
    G = np.empty_like(theta)
    natural_gradient(RAGGED.statistics(samples), theta, utility, G)
    np.testing.assert_allclose(z.grad.numpy(), G, rtol=1e-12, atol=1e-15)


def test_a_plain_step_adds_that_vector_to_the_logits_and_sng_adds_it_to_theta():
    rng = np.random.default_rng(2)
    theta = random_theta(RAGGED, rng, least=0.02)
    samples = RAGGED.sample(theta, rng, 4)
    reinforce = Reinforce(RAGGED, 0.3, lam=4, adam=False, theta=theta)
    sng = SNG(RAGGED, epsilon=0.01, lam=4, theta=theta)
    told, natural = reinforce.tell(samples, LOSSES), sng.tell(samples, LOSSES)
    # The first baseline is the mean of the batch, so both have the same utilities.
    np.testing.assert_allclose(told.G, natural.G, rtol=1e-12)
    moved = np.log(reinforce.theta) - np.log(theta)
    for step, G in zip(rows(RAGGED, moved), rows(RAGGED, told.G), strict=True):
        np.testing.assert_allclose(step, 0.3 * G, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(sng.theta - theta, 0.01 * told.G, rtol=1e-9, atol=1e-15)


def test_bits_move_by_the_same_vector_in_their_logit():
    family = Bernoulli(3, margin="none")
    theta = np.array([0.2, 0.5, 0.9])
    reinforce = Reinforce(family, 0.3, lam=2, adam=False, theta=theta)
    info = reinforce.tell([[0, 1, 1], [1, 1, 0]], [1.0, 3.0])

    def logit(p):
        return np.log(p / (1.0 - p))

    np.testing.assert_allclose(info.G, [-0.5, 0.0, 0.5])  # (1·(c₁ − θ) − 1·(c₂ − θ))/2
    np.testing.assert_allclose(logit(reinforce.theta) - logit(theta), 0.3 * info.G, atol=1e-12)


def test_the_baseline_is_a_moving_average_of_earlier_batches():
    reinforce = Reinforce(RAGGED, lam=2, decay=0.9, seed=0)
    first = reinforce.tell([[0, 0, 0], [1, 1, 1]], [1.0, 3.0])
    assert first.utility.tolist() == [1.0, -1.0]
    second = reinforce.tell([[0, 0, 0], [1, 1, 1]], [5.0, 7.0])
    assert second.utility.tolist() == [-3.0, -5.0]  # against 2, the mean of the batch before
    assert reinforce.state.baseline == pytest.approx(0.9 * 2.0 + 0.1 * 6.0)
    third = reinforce.tell([[0, 0, 0]], [2.0])  # one sample says something, for the baseline is not its own
    assert third.utility[0] == pytest.approx(0.4)
    assert third.updated


@pytest.mark.parametrize("adam", [True, False])
@pytest.mark.parametrize("name", WITH_LOGITS)
def test_it_finds_the_best_of_a_noisy_problem(name, adam):
    family = WITH_LOGITS[name]

    def loss(samples):
        parts = samples if isinstance(samples, tuple) else (samples,)
        return sum(loss(part) if isinstance(part, tuple) else onemax(part) for part in parts)

    reinforce = Reinforce(family, 0.2, lam=4, adam=adam, seed=3)
    noise = np.random.default_rng(1)
    for _ in range(400):
        samples = reinforce.ask()
        reinforce.tell(samples, loss(samples) + 0.1 * noise.normal(size=4))
    one = family.decode(reinforce.ask(size=1))[0]
    assert repr(reinforce.best) == repr(type(one)(reinforce.mode()) if isinstance(one, tuple) else reinforce.mode())
    family.check_theta(reinforce.theta)


def test_without_a_margin_theta_reaches_the_corner_and_stays_finite():
    reinforce = Reinforce(Categorical(3, dim=4, margin="none"), 50.0, lam=4, adam=False, seed=0)
    for _ in range(200):
        samples = reinforce.ask()
        reinforce.tell(samples, onemax(samples))
    assert np.isfinite(reinforce.theta).all()
    assert np.allclose(reinforce.theta.reshape(4, 3).max(axis=1), 1.0)


def run(optimizer, updates):
    for _ in range(updates):
        samples = optimizer.ask()
        optimizer.tell(samples, optimizer.rng.normal(size=size_of(samples)))
    return as_text(optimizer.state_dict())


@pytest.mark.parametrize("adam", [True, False])
@pytest.mark.parametrize("name", WITH_LOGITS)
def test_it_goes_on_to_the_bit(name, adam):
    first = Reinforce(WITH_LOGITS[name], lam=3, adam=adam, seed=1)
    run(first, 4)
    second = Reinforce(WITH_LOGITS[name], lam=3, adam=adam)
    second.load_state_dict(json.loads(as_text(first.state_dict())))
    third = pickle.loads(pickle.dumps(first))
    assert run(first, 5) == run(second, 5) == run(third, 5)


@pytest.mark.parametrize(
    "damage",
    [
        {"baseline": math.nan}, {"baseline": "1"}, {"updates": 9}, {"updates": -1}, {"m": [1.0]}, {"v": [-1.0] * 10},
        {"theta": [0.5] * 10},
    ],
)  # fmt: skip
def test_a_damaged_state_is_refused_and_changes_nothing(damage):
    reinforce = Reinforce(RAGGED, seed=4)
    run(reinforce, 3)
    before = as_text(reinforce.state_dict())
    saved = reinforce.state_dict()
    saved["state"] |= damage
    with pytest.raises(ValueError, match=r"\.$"):
        reinforce.load_state_dict(saved)
    assert as_text(reinforce.state_dict()) == before


@pytest.mark.parametrize("name", ["gaussian", "integer", "product", "nested"])
def test_a_family_without_logits_is_refused(name):
    with pytest.raises(ValueError, match="only categories and bits have logits, but the distribution is"):
        Reinforce(FAMILIES[name])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rate": 0.0}, "rate must be"), ({"rate": math.inf}, "rate must be"), ({"decay": 1.0}, "decay must lie"),
        ({"decay": -0.1}, "decay must lie"), ({"adam": 1}, "adam must be True or False"), ({"lam": 0}, "lam"),
    ],
)  # fmt: skip
def test_bad_arguments(options, says):
    with pytest.raises(ValueError, match=says):
        Reinforce(RAGGED, **options)


def test_failed_evaluations():
    reinforce = Reinforce(RAGGED, lam=2, seed=0)
    before = as_text(reinforce.state_dict())
    with pytest.raises(ValueError, match="losses must be finite"):
        reinforce.tell([[0, 0, 0], [1, 1, 1]], [1.0, math.nan])
    assert as_text(reinforce.state_dict()) == before
    assert not reinforce.tell([[0, 0, 0], [1, 1, 1]], [math.nan, math.inf], nan="worst").updated
    assert reinforce.state.updates == 0
    info = reinforce.tell([[0, 0, 0], [1, 1, 1]], [math.nan, 1.0], nan="worst")
    assert info.utility[0] < info.utility[1]
    assert "rate=0.05" in repr(reinforce)
