"""The identities that the method rests on (sections 2.1 to 2.4 of the article), for random θ of every family."""

import itertools

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, jacobian
from generators import (
    FAMILIES,
    all_samples,
    categoricals,
    discrete,
    families,
    parts_of,
    products,
    random_theta,
    seeds,
    size_of,
    take,
    tangent_basis,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from asng_edu import Bernoulli, Categorical, Gaussian, Product
from asng_edu.optimizers.natural_gradient import mean_utility, natural_gradient


def whitening(family, theta):
    """Return A(θ) on the steps that θ can take, as a matrix (n_stats, n_theta)."""
    return np.column_stack([family.fisher_sqrt(theta, step) for step in tangent_basis(family).T])


def estimate(stats, theta, utility):
    out = np.empty(len(theta))
    natural_gradient(stats, theta, np.asarray(utility, dtype=float), out)
    return out


# ------------------------------------------------------------------------------------------------ F, its root, T − θ


@given(families, seeds)
def test_the_root_squares_to_the_fisher_matrix(family, seed):
    theta = random_theta(family, np.random.default_rng(seed))
    A = whitening(family, theta)
    F = family.fisher(theta)
    np.testing.assert_allclose(A.T @ A, F, rtol=1e-9, atol=1e-9 * np.abs(F).max())


@given(families, seeds)
def test_fisher_norm_is_the_root_of_the_quadratic_form(family, seed):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng)
    v = rng.normal(size=family.n_theta)
    norm = family.fisher_norm(theta, tangent_basis(family) @ v)
    assert norm == pytest.approx(np.sqrt(v @ family.fisher(theta) @ v), rel=1e-9)


@given(discrete, seeds)
def test_the_covariance_of_the_statistics_is_the_inverse_fisher_matrix(family, seed):
    theta = random_theta(family, np.random.default_rng(seed))
    samples = all_samples(family)
    p = np.exp(family.log_likelihood(theta, samples))
    step = family.natural_gradient(theta, samples)
    np.testing.assert_allclose(p @ step, 0.0, atol=1e-12)  # E[T − θ] = 0
    step = family.minimal(step)
    covariance = (p[:, None] * step).T @ step
    np.testing.assert_allclose(covariance @ family.fisher(theta), np.eye(family.n_theta), atol=1e-9)


@pytest.mark.parametrize("name", ["gaussian", "integer", "product", "nested", "ragged"])
def test_the_same_by_sampling(name):
    """Cov(A(T − θ)) = I on the steps that θ can take, so A times the sample covariance has eigenvalues near 1 and 0."""
    family = FAMILIES[name]
    rng = np.random.default_rng(12)
    theta = random_theta(family, rng, least=0.05)
    step = family.natural_gradient(theta, family.sample(theta, rng, 100_000))
    A = whitening(family, theta)
    deviation = step.mean(axis=0) @ np.linalg.pinv(tangent_basis(family)).T @ A.T
    assert np.linalg.norm(deviation) < 3.0 * np.sqrt(family.n_theta / 100_000)
    white = family.minimal(step) @ A.T
    eigenvalues = np.linalg.eigvalsh(white.T @ white / 100_000)
    zeros = family.n_stats - family.n_theta
    np.testing.assert_allclose(eigenvalues[:zeros], 0.0, atol=1e-9)
    np.testing.assert_allclose(eigenvalues[zeros:], 1.0, atol=0.05)


@given(families, seeds)
def test_the_fisher_matrix_is_the_hessian_of_the_divergence(family, seed):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng, least=0.01)
    basis = tangent_basis(family)
    F = family.fisher(theta)
    h = 1e-3
    for _ in range(3):
        v = rng.normal(size=family.n_theta)
        v *= h / np.sqrt(v @ F @ v)
        kl = family.kl(theta, theta + basis @ v) + family.kl(theta, theta - basis @ v)
        assert kl == pytest.approx(v @ F @ v, rel=2e-3)


@settings(max_examples=15)
@given(families, seeds)
def test_the_fisher_matrix_is_that_hessian_entry_by_entry(family, seed):
    """By the polarisation of second differences along pairs of coordinates: of a product, also between its parts."""
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng, least=0.02)
    basis, F = tangent_basis(family), family.fisher(theta)
    size = 2e-3 / np.sqrt(np.diag(F))
    for i, j in rng.integers(family.n_theta, size=(12, 2)):
        v, w = size[i] * np.eye(family.n_theta)[i], size[j] * np.eye(family.n_theta)[j]
        both, apart = (
            sum(family.kl(theta, theta + sign * basis @ step) for sign in (1.0, -1.0)) for step in (v + w, v - w)
        )
        expected = v @ F @ w  # ∂²KL/∂i∂j, times both steps
        assert (both - apart) / 4.0 == pytest.approx(
            expected, rel=2e-2, abs=2e-2 * size[i] * size[j] * np.sqrt(F[i, i] * F[j, j])
        )


@settings(max_examples=10)
@given(products, seeds)
def test_the_scores_of_products_have_the_fisher_matrix_as_their_covariance(family, seed):
    """E[score scoreᵀ] = F by Monte Carlo; in coordinates where F is 1, so that one tolerance serves all parts."""
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng, least=0.05)
    step = family.minimal(family.natural_gradient(theta, family.sample(theta, rng, 20_000)))
    A = np.linalg.cholesky(family.fisher(theta)).T
    white = step @ A.T  # A F⁻¹ score, whose covariance is A F⁻¹ Aᵀ = 1
    heavy = 1.0 + (white**4).mean(axis=0).max()
    bound = 6.0 * np.sqrt(heavy / len(white))
    np.testing.assert_allclose(white.T @ white / len(white), np.eye(family.n_theta), atol=bound)


@given(st.permutations([0, 1, 2]), seeds)
def test_the_order_of_parts_does_not_matter(order, seed):
    parts = [Categorical([3, 2]), Bernoulli(2), Gaussian(1)]
    one, other = Product(*parts), Product(*(parts[i] for i in order))
    rng = np.random.default_rng(seed)
    pieces = [random_theta(part, rng) for part in parts]
    v = [tangent_basis(part) @ rng.normal(size=part.n_theta) for part in parts]
    theta, theta_other = np.concatenate(pieces), np.concatenate([pieces[i] for i in order])
    white = one.split(one.fisher_sqrt(theta, np.concatenate(v)))
    carried = other.fisher_sqrt(theta_other, np.concatenate([v[i] for i in order]))
    np.testing.assert_array_equal(carried, np.concatenate([white[i] for i in order]))
    samples = one.sample(theta, rng, 4)
    np.testing.assert_allclose(
        other.log_likelihood(theta_other, tuple(samples[i] for i in order)),
        one.log_likelihood(theta, samples),
        rtol=1e-12,
    )


def minimal_log_likelihood(part):
    """Return ln p(eta, c) of one innermost family, η the coordinates of ``minimal``, in autograd's NumPy."""
    if isinstance(part, Bernoulli):
        return lambda eta, c: anp.sum(c * anp.log(eta) + (1 - c) * anp.log(1 - eta))
    if isinstance(part, Categorical):
        ends = np.cumsum(part.categories - 1)[:-1]

        def ln_p(eta, c):
            total = 0.0
            start = 0
            for k, choice, end in zip(part.categories, c, [*ends, len(eta)], strict=True):
                row = eta[start:end]
                total = total + anp.log(row[choice] if choice < k - 1 else 1.0 - anp.sum(row))
                start = end
            return total

        return ln_p
    dim = part.dim

    def ln_density(eta, c):
        mu, variance = eta[:dim], eta[dim:] - eta[:dim] ** 2
        return -0.5 * anp.sum((c - mu) ** 2 / variance + anp.log(2.0 * np.pi * variance))

    return ln_density


def innermost(samples):
    """Return nested samples, one of each, as a flat list."""
    return [s for part in samples for s in innermost(part)] if isinstance(samples, tuple) else [samples[0]]


@given(families, seeds)
def test_the_natural_gradient_is_the_inverse_fisher_matrix_times_the_gradient(family, seed):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng, least=0.01)
    eta = family.minimal(theta)
    parts = parts_of(family)
    ends = np.cumsum([part.n_theta for part in parts])
    for _ in range(3):
        samples = family.sample(theta, rng, 1)
        gradient = np.concatenate(
            [
                grad(minimal_log_likelihood(part))(eta[end - part.n_theta : end], c)
                for part, end, c in zip(parts, ends, innermost(samples), strict=True)
            ]
        )
        natural = family.minimal(family.natural_gradient(theta, samples))[0]
        np.testing.assert_allclose(np.linalg.solve(family.fisher(theta), gradient), natural, rtol=1e-6, atol=1e-8)


@given(families, seeds)
def test_the_natural_gradient_by_finite_differences_of_the_log_likelihood(family, seed):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng, least=0.05)
    samples = family.sample(theta, rng, 2)
    basis, F = tangent_basis(family), family.fisher(theta)
    v = rng.normal(size=family.n_theta)
    v *= 1e-5 / np.sqrt(v @ F @ v)
    forward, backward = (family.log_likelihood(theta + sign * basis @ v, samples) for sign in (1.0, -1.0))
    expected = family.minimal(family.natural_gradient(theta, samples)) @ F @ v  # dln p along v = ⟨∇̃ ln p, v⟩_F
    np.testing.assert_allclose((forward - backward) / 2.0, expected, rtol=1e-4, atol=1e-8)


@given(st.integers(2, 7), seeds)
def test_in_logits_the_plain_gradient_is_the_same_vector(k, seed):
    """The gradient of ln softmax in the logits is onehot − p: what REINFORCE adds to logits, SNG adds to θ."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=k)
    theta = np.exp(logits) / np.exp(logits).sum()
    for c in range(k):
        plain = grad(lambda z, c=c: z[c] - anp.log(anp.sum(anp.exp(z))))(logits)
        natural = Categorical(k).natural_gradient(theta, np.array([[c]]))[0]
        np.testing.assert_allclose(plain, natural, atol=1e-12)


@given(st.integers(2, 5), seeds)
def test_the_natural_step_does_not_depend_on_the_parameters(k, seed):
    """In angles a instead of probabilities, F_a⁻¹∇_a ln p is the same step, carried over by dθ/da."""
    rng = np.random.default_rng(seed)
    family = Categorical(k)
    angles = rng.uniform(0.3, 1.2, k - 1)

    def probabilities(a):
        stick, rows = 1.0, []
        for i in range(k - 1):
            rows.append(stick * anp.sin(a[i]) ** 2)
            stick = stick * anp.cos(a[i]) ** 2
        return anp.array([*rows, stick])

    theta = probabilities(angles)
    scores = [grad(lambda a, c=c: anp.log(probabilities(a)[c]))(angles) for c in range(k)]
    F = sum(p * np.outer(s, s) for p, s in zip(theta, scores, strict=True))
    for c in range(k):
        step = jacobian(probabilities)(angles) @ np.linalg.solve(F, scores[c])
        np.testing.assert_allclose(step, family.natural_gradient(theta, np.array([[c]]))[0], atol=1e-8)


# ------------------------------------------------------------------------------------------------ closed forms


@given(categoricals, seeds)
def test_the_last_pole_gives_the_root_of_the_authors(family, seed):
    """s_i = v_i/√θ_i + √θ_i Σ_{j<K} v_j / (θ_K + √θ_K), for i < K."""
    rng = np.random.default_rng(seed)
    last = Categorical(family.categories, pole="last", margin="none")
    centre = Categorical(family.categories, margin="none")
    theta = random_theta(family, rng)
    v = tangent_basis(family) @ rng.normal(size=family.n_theta)
    s = last.fisher_sqrt(theta, v)
    for p, w, row in zip(last.rows(theta), last.rows(v), last.rows(s), strict=True):
        root = np.sqrt(p)
        expected = w[:-1] / root[:-1] + root[:-1] * w[:-1].sum() / (p[-1] + root[-1])
        np.testing.assert_allclose(row[:-1], expected, rtol=1e-8, atol=1e-9)
        assert abs(row[-1]) < 1e-9 * np.abs(row).max()
    assert np.linalg.norm(s) == pytest.approx(centre.fisher_norm(theta, v), rel=1e-9)


@given(categoricals, seeds)
def test_parallel_transport_ends_in_the_tangent_space_of_the_pole(family, seed):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng)
    v = tangent_basis(family) @ rng.normal(size=family.n_theta)
    carried = family.fisher_sqrt(theta, v)
    for q, row in zip(family.rows(family.pole), family.rows(carried), strict=True):
        assert abs(q @ row) < 1e-9 * np.abs(row).max()


def test_at_the_pole_nothing_is_carried():
    family = Categorical([4, 3])
    theta = family.initial_theta()
    v = tangent_basis(family) @ np.arange(1.0, 6.0)
    np.testing.assert_allclose(family.fisher_sqrt(theta, v), v / np.sqrt(theta), atol=1e-14)


@pytest.mark.parametrize("mu", [0.0, 1e-12, 1.0, -3.0])
@pytest.mark.parametrize("variance", [0.01, 0.5, 0.500001, 1.0, 4.0, 100.0])
def test_gaussian_fisher_norm(mu, variance):
    """‖dθ‖²_F = (dθ₁/σ)² + ((dθ₂ − 2μ dθ₁)/(√2 σ²))²: a step of μ alone, one of σ alone, and both."""
    family = Gaussian(1)
    theta = np.array([mu, mu**2 + variance])
    sigma = np.sqrt(variance)
    d = 0.01
    assert family.fisher_norm(theta, np.array([d, 2 * mu * d])) == pytest.approx(d / sigma, rel=1e-9)
    assert family.fisher_norm(theta, np.array([0.0, d])) == pytest.approx(d / (np.sqrt(2) * variance), rel=1e-9)
    v = np.array([d, -0.03])
    assert family.fisher_norm(theta, v) == pytest.approx(np.sqrt(v @ family.fisher(theta) @ v), rel=1e-9)
    numeric = np.linalg.inv(
        [[variance, 2 * mu * variance], [2 * mu * variance, 2 * variance**2 + 4 * mu**2 * variance]]
    )  # the covariance of (c, c²)
    np.testing.assert_allclose(family.fisher(theta), numeric, rtol=1e-6)


# ------------------------------------------------------------------------------------------------ the estimate, eq. (7)


def draws(family, theta, lam):
    """Yield every λ-tuple of samples as (its probability, their numbers, T of each)."""
    samples = all_samples(family)
    p, stats = np.exp(family.log_likelihood(theta, samples)), family.statistics(samples)
    for rows in itertools.product(range(size_of(samples)), repeat=lam):
        yield np.prod(p[list(rows)]), list(rows), stats[list(rows)]


@pytest.mark.parametrize("lam", [2, 3])
def test_trace_of_the_estimates_covariance(lam):
    """Tr(F Cov G) = n_θ E[u²]/λ where the utilities know nothing of c; summed over all that can happen."""
    family = Categorical([3, 2], pole="last")
    theta = random_theta(family, np.random.default_rng(13), least=0.1)
    values, weights = np.array([-0.7, 0.2, 2.0]), np.array([0.5, 0.3, 0.2])
    mean, second = np.zeros(3), np.zeros((3, 3))
    for p, _, stats in draws(family, theta, lam):
        for us in itertools.product(range(3), repeat=lam):
            chance = p * np.prod(weights[list(us)])
            G = family.minimal(estimate(stats, theta, values[list(us)]))
            mean += chance * G
            second += chance * np.outer(G, G)
    trace = np.trace(family.fisher(theta) @ (second - np.outer(mean, mean)))
    np.testing.assert_allclose(mean, 0.0, atol=1e-12)
    assert trace == pytest.approx(family.n_theta * (weights @ values**2) / lam, rel=1e-9)


@pytest.mark.parametrize(("family", "lam"), [(Categorical([2, 3]), 2), (Categorical([2, 2]), 4), (Bernoulli(1), 8)])
def test_the_sample_mean_as_baseline_shortens_the_expected_estimate(family, lam):
    """E[G] with the mean subtracted is (1 − 1/λ) times the gradient of E[f]: its direction is kept, its length not."""
    rng = np.random.default_rng(14)
    theta = random_theta(family, rng, least=0.1)
    samples = all_samples(family)
    losses = rng.normal(size=size_of(samples)) + 10.0
    p = np.exp(family.log_likelihood(theta, samples))
    exact = (p * -losses) @ family.natural_gradient(theta, samples)
    expected = np.zeros(family.n_stats)
    utility = np.empty(lam)
    for chance, rows, stats in draws(family, theta, lam):
        mean_utility(losses[rows], utility)
        expected += chance * estimate(stats, theta, utility)
    np.testing.assert_allclose(expected, (1.0 - 1.0 / lam) * exact, rtol=1e-9)


@given(families, seeds, st.integers(2, 6))
@settings(max_examples=20)
def test_the_estimate_is_the_literal_sum(family, seed, lam):
    rng = np.random.default_rng(seed)
    theta = random_theta(family, rng)
    samples = family.sample(theta, rng, lam)
    u = rng.normal(size=lam)
    each = [u[i] * (family.statistics(take(samples, [i]))[0] - theta) for i in range(lam)]
    literal = sum(each) / lam
    np.testing.assert_allclose(
        estimate(family.statistics(samples), theta, u), literal, rtol=1e-9, atol=1e-12 * np.abs(each).max()
    )


# ------------------------------------------------------------------------------------------------ a trap


@given(st.floats(-5.0, 5.0), st.floats(0.1, 3.0), st.floats(0.01, 3.0), seeds)
def test_of_two_mirrored_samples_the_gradient_of_sigma_vanishes(mu, sigma, offset, seed):
    """σ² − (step of μ)² is what is left of σ² after the step: it can only shrink, whatever the losses are."""
    family = Gaussian(1, sigma_min=1e-8)
    theta = np.array([mu, mu**2 + sigma**2])
    pair = np.array([[mu + offset], [mu - offset]])
    u = np.random.default_rng(seed).normal()
    G = estimate(family.statistics(pair), theta, [u, -u])
    white = family.fisher_sqrt(theta, G)
    assert abs(white[1]) <= 1e-10 * (1 + abs(mu / sigma)) * abs(white[0])
    step = 0.1 / abs(white[0]) * G
    moved = family.project(theta + step)
    variance = moved[1] - moved[0] ** 2
    assert variance == pytest.approx(sigma**2 - step[0] ** 2, rel=1e-6, abs=1e-9)


def test_with_independent_samples_sigma_grows_where_far_is_better():
    family = Gaussian(1)
    theta = np.array([0.0, 1.0])
    rng = np.random.default_rng(15)
    total = np.zeros(2)
    for _ in range(2_000):
        c = family.sample(theta, rng, 2)
        utility = np.empty(2)
        mean_utility(-(c[:, 0] ** 2), utility)
        total += estimate(family.statistics(c), theta, utility)
    assert total[1] / 2_000 == pytest.approx(1.0, abs=0.2)  # (1 − 1/2) Var(c²) = ½ · 2σ⁴
