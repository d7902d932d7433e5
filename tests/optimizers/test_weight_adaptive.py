"""WA-ASNG: against the definition written down with autograd, what its weights keep to, and that it goes on."""

import json
import math
import pickle

import numpy as np
import pytest
import torch
from generators import FAMILIES, as_text, seeds, size_of
from hypothesis import given, settings
from hypothesis import strategies as st

from asng_edu import ASNG, WAASNG, Bernoulli, Categorical, Product
from asng_edu.optimizers.weight_adaptive import climb, first_weights, replay
from asng_edu.problems import onemax

# ------------------------------------------------------------------------------------------------ the definition


class Literal:
    """The definition for categories, in lists of rows, with the gradient by torch; θ as a list of rows."""

    def __init__(self, categories, lam, margin):
        self.theta, self.margin = [np.full(k, 1.0 / k) for k in categories], margin
        self.n_theta = sum(k - 1 for k in categories)
        mu = math.ceil(lam / 4)
        self.weights = np.zeros(lam)
        self.weights[:mu], self.weights[lam - mu :] = 1.0, -1.0
        self.total, self.rate = 2.0 * mu, lam**1.5 / 200
        self.every = max(1, math.floor(len(categories) ** 1.3 / lam))
        self.s = np.zeros(self.n_theta)
        self.gamma, self.Delta = 0.0, 1.0
        self.past, self.replayed = [], torch.zeros(self.n_theta, dtype=torch.float64)

    def white(self, G):
        """Return A(θ)G for rows G of numbers or tensors, by the root of the authors."""
        parts = []
        for p, g in zip(self.theta, G, strict=True):
            root, rest = np.sqrt(p[:-1]), p[-1] + math.sqrt(p[-1])
            parts += [g[k] / root[k] + root[k] * sum(g[:-1]) / rest for k in range(len(p) - 1)]
        return parts

    def update(self, samples, losses):
        ranked = [samples[n] for n in sorted(range(len(losses)), key=lambda n: losses[n])]
        steps = [[np.eye(len(p))[c[i]] - p for i, p in enumerate(self.theta)] for c in ranked]
        G = [sum(w * step[i] for w, step in zip(self.weights, steps, strict=True)) for i in range(len(self.theta))]
        delta = min(1.0 / self.Delta, math.sqrt(self.n_theta))
        beta = delta / math.sqrt(self.n_theta)
        white = np.array(self.white(G))
        norm = math.sqrt(white @ white)
        if norm < 1e-12 or len(set(losses)) == 1:
            return
        moved = [p + delta / norm * g for p, g in zip(self.theta, G, strict=True)]
        self.theta = [self.project(p, least) for p, least in zip(moved, self.margin, strict=True)]
        self.s = (1 - beta) * self.s + math.sqrt(beta * (2 - beta)) * white / norm
        self.gamma = (1 - beta) ** 2 * self.gamma + beta * (2 - beta)
        self.Delta *= math.exp(beta * (self.gamma - self.s @ self.s / 1.5))
        self.past.append(steps)
        if len(self.past) == self.every:
            self.adapt(beta)

    def adapt(self, beta):
        w = torch.tensor(self.weights, requires_grad=True)
        for epoch in range(30):
            s = self.replayed
            for steps in self.past:
                G = [[sum(w[n] * step[i][k] for n, step in enumerate(steps)) for k in range(len(p))]
                     for i, p in enumerate(self.theta)]  # fmt: skip
                a = torch.stack(self.white(G))
                s = (1 - beta) * s + math.sqrt(beta * (2 - beta)) * a / a.norm()
            (gradient,) = torch.autograd.grad(s @ s, w)
            moved = torch.sort(w.detach() + self.rate * 0.9**epoch * gradient, descending=True)[0]
            w = (moved / moved.abs().sum() * self.total).requires_grad_()
        self.weights, self.replayed, self.past = w.detach().numpy(), s.detach(), []

    def project(self, p, least):
        p = np.maximum(p, least)
        p = p - (p.sum() - 1.0) * (p - least) / (p - least).sum()
        return p / p.sum()


@pytest.mark.parametrize(("categories", "lam", "updates"), [([3, 2, 4], 5, 12), ([2] * 8, 4, 15), ([2, 3] * 2, 2, 15)])
def test_it_is_the_definition_written_down(categories, lam, updates):
    family = Categorical(categories, pole="last")
    ours, literal = WAASNG(family, lam=lam, seed=1), Literal(categories, lam, family.smallest)
    assert ours.interval == literal.every
    noise = np.random.default_rng(2)
    for _ in range(updates):
        samples = ours.ask()
        losses = (samples != 0).sum(axis=1) + noise.normal(size=lam).round(1)
        ours.tell(samples, losses)
        literal.update(samples, losses)
        np.testing.assert_allclose(ours.theta, np.concatenate(literal.theta), rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(ours.state.weights, literal.weights, rtol=1e-7, atol=1e-9)
    assert (ours.state.weights != first_weights(lam)).any()


@settings(max_examples=20)
@given(st.integers(2, 9), st.integers(1, 4), st.floats(0.01, 1.0), seeds)
def test_the_gradient_of_the_replayed_signal(lam, updates, beta, seed):
    rng = np.random.default_rng(seed)
    b, s, weights = rng.normal(size=(updates, lam, 6)), rng.normal(size=6), rng.normal(size=lam)
    end, gradient = replay(weights, b, s, beta)
    w, t = torch.tensor(weights, requires_grad=True), torch.tensor(s)
    for each in torch.tensor(b):
        t = (1 - beta) * t + math.sqrt(beta * (2 - beta)) * (w @ each) / (w @ each).norm()
    np.testing.assert_allclose(end, t.detach(), rtol=1e-9, atol=1e-12)
    (expected,) = torch.autograd.grad(t @ t, w)
    np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-9 * float(expected.abs().max()) + 1e-12)


def test_an_update_without_a_direction_is_passed_over():
    rng = np.random.default_rng(0)
    b, s, weights = rng.normal(size=(3, 4, 5)), rng.normal(size=5), np.array([1.0, 0.0, 0.0, -1.0])
    b[1] = b[1, 0]  # four equal samples, whose weights cancel
    end, gradient = replay(weights, b, s, 0.3)
    without, expected = replay(weights, b[[0, 2]], s, 0.3)
    np.testing.assert_array_equal(end, without)
    np.testing.assert_array_equal(gradient, expected)


# ------------------------------------------------------------------------------------------------ what stays


def test_weights_of_ranks_to_begin_with():
    assert first_weights(2).tolist() == [1, -1]
    assert first_weights(5).tolist() == [1, 1, 0, -1, -1]
    assert first_weights(9).tolist() == [1, 1, 1, 0, 0, 0, -1, -1, -1]


@given(st.integers(2, 20), st.floats(0.01, 1.0), seeds)
def test_weights_fall_from_rank_to_rank_and_keep_their_sum(lam, beta, seed):
    rng = np.random.default_rng(seed)
    first = first_weights(lam)
    weights, _ = climb(first, rng.normal(size=(2, lam, 5)), rng.normal(size=5), beta, 30)
    assert (np.diff(weights) <= 0).all()
    assert np.abs(weights).sum() == pytest.approx(np.abs(first).sum())


def test_a_sample_that_points_the_right_way_gains_weight():
    """The second best sample of each update points along s, and all others nowhere in particular."""
    rng = np.random.default_rng(3)
    s = np.eye(30)[0] * 2.0
    b = 0.3 * rng.normal(size=(5, 12, 30))
    b[:, :4] += np.eye(30)[0]
    first = first_weights(12)
    weights, _ = climb(first, b, s, 0.1, 30)
    before, after = (np.sum(replay(w, b, s, 0.1)[0] ** 2) for w in (first, weights))
    assert after > before
    assert weights[3] > 0.2 > first[3]


def run(search, updates, loss=onemax):
    for _ in range(updates):
        samples = search.ask()
        search.tell(samples, loss(samples) + search.rng.normal(size=search.lam))
    return search


def test_until_the_weights_adapt_it_is_asng_with_ranks():
    family = Bernoulli(30)
    ours, ranks = WAASNG(family, lam=5, seed=4), ASNG(family, lam=5, utility="rank", seed=4)
    assert ours.interval == 16
    for _ in range(15):
        run(ours, 1)
        run(ranks, 1)
        np.testing.assert_allclose(ours.theta, ranks.theta, rtol=1e-10)
    run(ours, 2)
    run(ranks, 2)
    assert np.abs(ours.theta - ranks.theta).max() > 1e-6


@pytest.mark.parametrize("change", [np.exp, lambda f: f**3])
def test_an_increasing_function_of_the_loss_changes_nothing(change):
    one, other = (WAASNG(Categorical(3, dim=8), lam=6, seed=5) for _ in range(2))
    for t in range(40):
        losses = np.random.default_rng(t).normal(size=6)
        one.tell(one.ask(), losses)
        other.tell(other.ask(), change(losses))
    np.testing.assert_array_equal(one.theta, other.theta)
    np.testing.assert_array_equal(one.state.weights, other.state.weights)


def test_names_of_categories_and_the_order_of_samples_do_not_matter():
    family, new_name, order = Categorical(4, dim=6), np.array([2, 0, 3, 1]), [3, 0, 4, 1, 2]
    one, other = WAASNG(family, lam=5), WAASNG(family, lam=5)
    rng = np.random.default_rng(6)
    for _ in range(30):
        samples, losses = rng.integers(0, 4, (5, 6)), rng.normal(size=5)
        one.tell(samples, losses)
        other.tell(new_name[samples][order], losses[order])
    place = np.concatenate([new_name + 4 * i for i in range(6)])
    np.testing.assert_allclose(other.theta[place], one.theta, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(other.state.weights, one.state.weights, rtol=1e-6, atol=1e-9)


def test_equal_losses_teach_nothing():
    search = WAASNG(Bernoulli(4), lam=4, seed=7)
    before = search.theta.copy()
    for losses in ([1.0] * 4, [math.nan] * 4):
        assert not search.tell(search.ask(), losses, nan="worst").updated
    assert search.state.past == []
    np.testing.assert_array_equal(search.theta, before)


@pytest.mark.parametrize("lam", [8, 32])
def test_it_finds_the_optimum(lam):
    search = WAASNG(Bernoulli(20), lam=lam, seed=8)
    for _ in range(3000 // lam):
        samples = search.ask()
        search.tell(samples, onemax(samples))
    assert search.best_loss == 0.0
    assert search.mode().sum() == 0


# ------------------------------------------------------------------------------------------------ going on


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "no margin"])
@pytest.mark.parametrize("updates", [3, 8])
def test_it_goes_on_to_the_bit(name, updates):
    """With updates stored that have yet to be replayed, as 17 bits have them, and without."""
    family = Product(FAMILIES[name], Bernoulli(17))

    def play(search, count):
        for _ in range(count):
            samples = search.ask()
            search.tell(samples, search.rng.normal(size=size_of(samples)))
        return as_text(search.state_dict())

    first = WAASNG(family, lam=4, seed=1)
    play(first, updates)
    second = WAASNG(family, lam=4)
    second.load_state_dict(json.loads(as_text(first.state_dict())))
    third = pickle.loads(pickle.dumps(first))
    assert play(first, 25) == play(second, 25) == play(third, 25)


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": [1.0, 0.0, -1.0]}, {"weights": [-1.0, 0.0, 0.0, 1.0]}, {"weights": [9.0, 0.0, 0.0, -1.0]},
        {"weights": None}, {"past": None}, {"past": [[1.0]]}, {"past": "x"}, {"past": [np.zeros((4, 20))] * 99},
        {"past": [np.full((4, 20), np.nan)]}, {"replayed": [0.0]}, {"replayed": "x"}, {"gamma": 2.0},
    ],
)  # fmt: skip
def test_a_damaged_state_is_refused_and_changes_nothing(damage):
    search = run(WAASNG(Bernoulli(20), lam=4, seed=2), 5)
    assert search.state.past
    before = as_text(search.state_dict())
    saved = search.state_dict()
    saved["state"] |= damage
    with pytest.raises(ValueError, match=r"\.$"):
        search.load_state_dict(saved)
    assert as_text(search.state_dict()) == before


@pytest.mark.parametrize("count", [3, 5])
def test_another_number_of_samples_is_refused_and_changes_nothing(count):
    search = run(WAASNG(Bernoulli(20), lam=4, seed=2), 5)
    before = as_text(search.state_dict())
    with pytest.raises(ValueError, match="tell needs λ = 4 samples"):
        search.tell(np.eye(20, dtype=int)[:count], np.arange(count))
    assert as_text(search.state_dict()) == before


def test_a_category_that_died_out_cannot_be_replayed():
    search = WAASNG(Categorical(2, margin="none"), 9.0, lam=2, seed=3)
    before = as_text(search.state_dict())
    with pytest.raises(ArithmeticError, match="give the distribution a margin"):
        search.tell([[0], [1]], [0.0, 1.0])
    assert as_text(search.state_dict()) == before


@pytest.mark.parametrize("options", [{"lam": 1}, {"steps": 0}, {"steps": 10**6}, {"alpha": 0}, {"delta0": -1}])
def test_bad_options(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))}.* must be"):
        WAASNG(Bernoulli(3), **options)


def test_as_many_samples_as_cma_es_would_take():
    assert WAASNG(Bernoulli(100)).lam == 17
    assert WAASNG(Bernoulli(1)).lam == 4
