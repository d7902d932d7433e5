"""The selective squared error against autograd, finite differences and Monte Carlo; OneMax and LeadingOnes."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from generators import seeds
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from asng_edu import SelectiveSquaredError
from asng_edu.problems import leading_ones, onemax


@given(st.integers(1, 6), st.integers(2, 6), st.integers(1, 5), seeds)
def test_the_gradient(dim, categories, lam, seed):
    rng = np.random.default_rng(seed)
    problem = SelectiveSquaredError(dim, categories)
    x, z = problem.initial_x(rng), problem.draw(rng)
    c = rng.integers(0, categories, (lam, dim))

    def mean_loss(x):
        chosen = [anp.array([x[i, row[i]] for i in range(dim)]) for row in c]
        return sum(anp.sum((row - z) ** 2) for row in chosen) / lam + c.sum() / categories / lam

    assert mean_loss(x) == pytest.approx(problem.loss(x, c, z).mean(), rel=1e-12)
    gradient = problem.gradient(x, c, z)
    np.testing.assert_allclose(gradient, grad(mean_loss)(x), rtol=1e-10, atol=1e-12)
    step = 1e-6 * rng.normal(size=x.shape)
    change = (problem.loss(x + step, c, z) - problem.loss(x - step, c, z)).mean() / 2.0
    assert change == pytest.approx((gradient * step).sum(), rel=1e-6, abs=1e-13)


@pytest.mark.parametrize("noise", [None, 0.0, 0.7])
def test_the_expected_loss(noise):
    problem = SelectiveSquaredError(4, 3, noise)
    rng = np.random.default_rng(53)
    x, c = problem.initial_x(rng), np.array([[0, 2, 1, 1], [2, 2, 0, 1]])
    drawn = np.array([problem.loss(x, c, problem.draw(rng)) for _ in range(20_000)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    np.testing.assert_array_less(np.abs(drawn.mean(axis=0) - problem.expected_loss(x, c)), 4.0 * error + 1e-9)


def test_the_noise():
    problem = SelectiveSquaredError(1000, 5)
    z = np.concatenate([problem.draw(np.random.default_rng(54 + i)) for i in range(10)])
    assert stats.kstest(z, stats.norm(0.0, 0.2).cdf).pvalue > 1e-3
    assert not SelectiveSquaredError(3, 5, noise=0.0).draw(np.random.default_rng(0)).any()


def test_the_least_value_and_the_target():
    problem = SelectiveSquaredError(30, 5)
    zero = np.zeros((30, 5))
    assert problem.expected_loss(zero, [[0] * 30])[0] == pytest.approx(30 / 25)  # D K⁻²
    assert problem.target == pytest.approx(1 / 5 + 30 / 25)  # K⁻¹ + D K⁻²
    assert problem.solved(zero, [[0] * 30])
    assert not problem.solved(zero, [[0] * 29 + [1]])  # the least wrong choice costs just the margin 1/K
    assert problem.solved(zero, [[4] * 30, [0] * 30])  # one of the samples is enough
    almost = zero.copy()
    almost[:, 0] = np.sqrt(0.199 / 30)
    assert problem.solved(almost, [[0] * 30])
    almost[:, 0] = np.sqrt(0.201 / 30)
    assert not problem.solved(almost, [[0] * 30])


@given(st.integers(1, 5), st.integers(2, 5), st.sampled_from([0.05, 0.2, 1.0]), seeds)
def test_solved_is_an_expected_loss_below_the_target(dim, categories, scale, seed):
    rng = np.random.default_rng(seed)
    problem = SelectiveSquaredError(dim, categories)
    x = scale * problem.initial_x(rng)
    for c in rng.integers(0, categories, (20, 1, dim)):
        assert problem.solved(x, c) == bool(problem.expected_loss(x, c)[0] < problem.target)


@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=1, max_size=6))
def test_onemax_and_leading_ones_counted_by_hand(c):
    assert onemax(c).tolist() == [sum(v != 0 for v in row) for row in c]
    expected = []
    for row in c:
        run = 0
        while run < 5 and row[run] == 0:
            run += 1
        expected.append(5 - run)
    assert leading_ones(c).tolist() == expected
    assert onemax(c).dtype == leading_ones(c).dtype == np.float64
    assert (leading_ones(c) >= onemax(c)).all()


@pytest.mark.parametrize(
    "arguments", [(0, 5), (30, 1), (2.5, 5), (30, "5"), (3, 3, -0.1), (3, 3, np.inf), (3, 3, np.nan)]
)
def test_problems_that_are_none(arguments):
    with pytest.raises(ValueError, match=r"must be.*\.$"):
        SelectiveSquaredError(*arguments)


@pytest.mark.parametrize(
    ("x", "c", "z"),
    [
        (np.zeros((2, 4)), [[0, 0]], np.zeros(2)),
        (np.zeros(6), [[0, 0]], np.zeros(2)),
        (np.zeros((2, 3)), [[0, 3]], np.zeros(2)),
        (np.zeros((2, 3)), [[-1, 0]], np.zeros(2)),
        (np.zeros((2, 3)), [[0, 0.5]], np.zeros(2)),
        (np.zeros((2, 3)), [0, 0], np.zeros(2)),
        (np.zeros((2, 3)), [[0]], np.zeros(2)),
        (np.zeros((2, 3)), [[0, 0], [0]], np.zeros(2)),
        (np.zeros((2, 3)), [[0, 0]], np.zeros(3)),
        (np.zeros((2, 3)), [[0, 0]], 0.0),
    ],
)
def test_shapes_and_categories_are_checked_before_compiled_code_runs(x, c, z):
    problem = SelectiveSquaredError(2, 3)
    with pytest.raises(ValueError, match=r"must.*\.$"):
        problem.loss(x, c, z)
    with pytest.raises(ValueError, match=r"must.*\.$"):
        problem.gradient(x, c, z)
    if np.shape(z) == (2,):
        with pytest.raises(ValueError, match=r"must.*\.$"):
            problem.solved(x, c)
        with pytest.raises(ValueError, match=r"must.*\.$"):
            problem.expected_loss(x, c)
