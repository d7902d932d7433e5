"""The LSTM controller: its probabilities, its entropy, and the gradients of its two objectives."""

import copy
import itertools
import pickle

import numpy as np
import pytest
import torch

from asng_edu.nas.strategies.base import NotFinite
from asng_edu.nas.strategies.controllers.adam import ModuleAdam
from asng_edu.nas.strategies.controllers.controller import Controller, ppo_loss, reinforce_loss
from asng_edu.nas.strategies.controllers.tokens import seeded

SIZES = [3, 2, 4]
EVERY = torch.tensor(list(itertools.product(*map(range, SIZES))))


def new(seed=0, scale=1.5, **options):
    """Return a controller whose weights are so large that its policy is far from uniform."""
    return seeded(Controller(SIZES, hidden=5, embedding=4, **options), scale, np.random.default_rng(seed))


@pytest.mark.parametrize("bounds", [None, [1.1, 0.44, 2.0]])
def test_the_probabilities_of_all_codes_sum_to_one(bounds):
    log_p = new(bounds=bounds)(EVERY)[0].detach()
    assert float(log_p.exp().sum()) == pytest.approx(1.0, abs=1e-12)
    assert float(log_p.max() - log_p.min()) > 1.0


def test_codes_come_as_often_as_their_probability_says():
    controller, n = new(), 20_000
    codes = controller.write(n, np.random.default_rng(1))
    p = controller(EVERY)[0].exp().detach().numpy()
    keys = np.ravel_multi_index(codes.T, SIZES)
    shares = np.bincount(keys, minlength=24) / n
    assert np.abs(shares - p).max() < 5 * np.sqrt(0.25 / n)
    assert (np.abs(shares - p) < 5 * np.sqrt(p * (1 - p) / n) + 1e-12).all()


def test_without_a_generator_each_token_is_the_most_probable_one():
    controller = new()
    code = controller.write(1, None)[0]
    for place in range(3):
        rivals = np.array([[*code[:place], k, *[0] * (2 - place)] for k in range(SIZES[place])])
        hidden, _ = controller.lstm(controller.tokens.shifted(torch.from_numpy(rivals)))
        log_p = controller._log_p(hidden, 0)[0, place]
        assert int(log_p.argmax()) == code[place]


def test_the_entropies_along_the_codes_average_to_that_of_the_policy():
    log_p, along = (part.detach() for part in new()(EVERY))
    p = log_p.exp()
    assert float((p * along).sum()) == pytest.approx(float(-(p * log_p).sum()), rel=1e-12)
    assert float(along.max()) < np.log(SIZES).sum()


def test_bounds_hold_the_logits():
    log_p = new(scale=30.0, bounds=[0.5] * 3)(EVERY)[0].detach()
    # Two options of a softmax whose logits lie within ±½ differ by a nat at most.
    assert float(log_p.max() - log_p.min()) <= 3.0 + 1e-9


def gradient(controller, loss):
    return torch.autograd.grad(loss, list(controller.parameters()))


ADVANTAGES = torch.tensor([1.0, -2.0, 0.3, 0.0, 5.0], dtype=torch.float64)


@pytest.mark.parametrize("clip", [0.2, 1e9])
def test_one_epoch_of_ppo_is_reinforce(clip):
    """At r = 1 nothing is clipped, whatever ε, and the gradient of r is that of ln p."""
    controller, codes = new(), EVERY[[0, 5, 9, 14, 23]]
    log_p, _ = controller(codes)
    one = gradient(controller, reinforce_loss(log_p, ADVANTAGES))
    log_p, _ = controller(codes)
    other = gradient(controller, ppo_loss(log_p, log_p.detach(), ADVANTAGES, clip))
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-15)
    assert max(float(a.abs().max()) for a in one) > 1e-3


def test_ppo_moves_no_further_where_the_ratio_has_left_its_range():
    log_p = torch.tensor([0.5, 0.5, -0.5, -0.5], dtype=torch.float64, requires_grad=True)
    advantages = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    (g,) = torch.autograd.grad(ppo_loss(log_p, torch.zeros(4, dtype=torch.float64), advantages, 0.2), log_p)
    ratio = np.exp(0.5), np.exp(-0.5)
    # Up and good, or down and bad: far enough. Up and bad, or down and good: back.
    np.testing.assert_allclose(g, [0.0, ratio[0] / 4, -ratio[1] / 4, 0.0])


def test_the_expected_gradient_is_that_of_the_expected_reward():
    controller = new()
    rewards = torch.from_numpy(np.random.default_rng(3).normal(size=24))
    log_p, _ = controller(EVERY)
    exact = gradient(controller, -(log_p.exp() * rewards).sum())
    log_p, _ = controller(EVERY)
    weights = 24 * log_p.exp().detach()  # as if every code had been drawn as often as it should
    for a, b in zip(exact, gradient(controller, reinforce_loss(log_p, weights * (rewards - 7.0))), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


# ------------------------------------------------------------------------------------------------ Adam


def test_adam_is_torchs():
    controller, codes = new(), EVERY[[0, 5, 9, 14, 23]]
    plain = copy.deepcopy(controller)
    adam, torchs = ModuleAdam(controller, 0.01), torch.optim.Adam(plain.parameters(), lr=0.01)
    for _ in range(5):
        adam.step(reinforce_loss(adam.module(codes)[0], ADVANTAGES))
        torchs.zero_grad()
        reinforce_loss(plain(codes)[0], ADVANTAGES).backward()
        torchs.step()
    for ours, theirs in zip(adam.module.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_a_copy_of_adam_moves_a_module_of_its_own():
    adam = ModuleAdam(new(), 0.01)
    adam.step(reinforce_loss(adam.module(EVERY[:5])[0], ADVANTAGES))
    others = copy.copy(adam), copy.deepcopy(adam), pickle.loads(pickle.dumps(adam))
    assert pickle.dumps(adam) == pickle.dumps(adam)
    before = adam.state_dict()
    for other in others:
        other.step(reinforce_loss(other.module(EVERY[:5])[0], ADVANTAGES))
    assert all(np.array_equal(before[name], adam.state_dict()[name]) for name in before)
    adam.step(reinforce_loss(adam.module(EVERY[:5])[0], ADVANTAGES))
    for other in others:
        assert all(np.array_equal(other.state_dict()[name], adam.state_dict()[name]) for name in before)


def test_a_gradient_that_is_not_finite_moves_nothing():
    adam = ModuleAdam(new(), 0.01)
    before = adam.state_dict()
    with pytest.raises(NotFinite, match="gradient of the controller is not finite"):
        adam.step(reinforce_loss(adam.module(EVERY[:5])[0], ADVANTAGES * np.inf))
    assert all(np.array_equal(before[name], adam.state_dict()[name]) for name in before)
