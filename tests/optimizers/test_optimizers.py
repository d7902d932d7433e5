"""ASNG, SNG and Adam: the quantities of Algorithm 1, invariances, ties, the guard, and every method on every family."""

import copy
import math

import numpy as np
import pytest
from generators import ALGORITHMS, FAMILIES, all_samples, families, random_theta, seeds, short, size_of, take
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from asng_edu import ASNG, SNG, Adam, Bernoulli, Categorical, Gaussian
from asng_edu.optimizers.asng import accumulate, adapt, signal_to_noise, trust_region
from asng_edu.optimizers.natural_gradient import euclidean_norm, is_informative, mean_utility, rank_utility
from asng_edu.problems import onemax


def utilities(function, losses):
    out = np.empty(len(losses))
    function(np.asarray(losses, dtype=float), out)
    return out


def flat(candidate):
    """Return the numbers of a decoded candidate, whatever family it comes from."""
    return np.concatenate([flat(part) for part in candidate]) if isinstance(candidate, tuple) else candidate


def distance_to_zero(family, samples):
    return np.array([np.abs(flat(candidate)).sum() for candidate in family.decode(samples)])


def states_equal(a, b):
    return all(np.array_equal(v, vars(b)[k]) for k, v in vars(a).items())


# ------------------------------------------------------------------------------------------------ every method, family


@pytest.mark.parametrize("lam", [2, 5])
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("method", ALGORITHMS)
def test_every_method_on_every_family(method, name, lam):
    family = FAMILIES[name]
    optimizer = ALGORITHMS[method](family, lam=lam, utility="rank" if lam > 2 else "mean", rng=16)
    rng = np.random.default_rng(17)
    first = distance_to_zero(family, family.sample(optimizer.theta, rng, 500)).mean()
    for t in range(150):
        samples = optimizer.ask()
        assert size_of(samples) == lam
        info = optimizer.tell(samples, distance_to_zero(family, samples))
        assert info.t == t
        assert optimizer.state.t == t + 1
        assert abs(info.utility.sum()) <= 1e-12 * np.abs(info.utility).sum()
        assert info.updated == (info.G_norm > 0)
        theta = family.check_theta(optimizer.theta)
        np.testing.assert_allclose(family.project(theta), theta, rtol=1e-9, atol=1e-12)
        if info.updated and method != "adam":
            assert info.delta == pytest.approx(info.epsilon * info.G_norm, rel=1e-12)
        if method == "asng":
            assert 0 < info.delta <= math.sqrt(family.n_theta)
            assert info.beta == pytest.approx(info.delta / math.sqrt(family.n_theta))
            assert info.s_norm2 == pytest.approx(np.sum(optimizer.state.s**2))
            assert (info.gamma, info.Delta) == (optimizer.state.gamma, optimizer.state.Delta)
        else:
            assert math.isnan(info.beta)
    last = distance_to_zero(family, family.sample(optimizer.theta, rng, 500)).mean()
    assert last < 0.9 * first
    np.testing.assert_array_equal(flat(optimizer.mode()), flat(family.mode(optimizer.theta)))


# ------------------------------------------------------------------------------------------------ Algorithm 1


@given(families, seeds, st.floats(0.01, 1.0), st.integers(2, 5))
def test_gamma_at_constant_beta(family, seed, share, lam):
    """γ_t = 1 − (1 − β)^{2t}."""
    delta0 = share * math.sqrt(family.n_theta)
    asng = ASNG(family, delta0, alpha=1e12, Delta_max=1.0, lam=lam, rng=seed)
    rng = np.random.default_rng(seed)
    updates = 0
    for _ in range(20):
        info = asng.tell(asng.ask(), rng.normal(size=lam))
        updates += info.updated
        assert info.beta == pytest.approx(share)
        assert info.gamma == pytest.approx(1.0 - (1.0 - share) ** (2 * updates), rel=1e-9)


@given(families, seeds, st.sampled_from([0.001, 0.05]), st.sampled_from(["asng", "sng"]))
def test_a_step_has_the_fisher_length_delta(family, seed, delta, method):
    """‖θ' − θ‖_F = δ at the old θ, and KL(θ ‖ θ') ≈ δ²/2; at interior θ, where the projection does nothing."""
    rng = np.random.default_rng(seed)
    theta = family.project(0.5 * random_theta(family, rng) + 0.5 * family.initial_theta())
    make = ASNG if method == "asng" else SNG
    optimizer = make(family, delta, theta=theta, rng=rng)
    before = optimizer.theta
    samples = optimizer.ask()
    info = optimizer.tell(samples, [1.0, 2.0])
    free = before + info.epsilon * info.G
    if not info.updated:
        assert (family.statistics(samples)[0] == family.statistics(samples)[1]).all()
        return
    assert info.delta == pytest.approx(delta)
    assert family.fisher_norm(before, free - before) == pytest.approx(delta, rel=1e-6)
    np.testing.assert_allclose(optimizer.theta, family.project(free), rtol=1e-12, atol=1e-14)
    if delta == 0.001 and np.allclose(optimizer.theta, free, rtol=0, atol=1e-12):
        assert family.kl(before, optimizer.theta) == pytest.approx(delta**2 / 2, rel=0.05)


def test_the_divergence_of_a_step_is_half_its_length_squared():
    rng = np.random.default_rng(18)
    for family in (Categorical(4, dim=5, margin="none"), Bernoulli(6, margin="none"), Gaussian(3)):
        theta = random_theta(family, rng, least=0.1)
        sng = SNG(family, 1e-3, theta=theta, rng=rng)
        sng.tell(sng.ask(), [0.0, 1.0])
        assert family.kl(theta, sng.theta) == pytest.approx(0.5e-6, rel=0.02)


@pytest.mark.parametrize("m", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("beta", [0.02, 0.1, 0.5])
def test_the_length_of_s_measures_the_mean_of_unit_steps(beta, m):
    """E‖s‖² = 1 + 2(1 − β)m²/β for unit steps with a mean of length m."""
    rng = np.random.default_rng(19)
    updates = 60_000
    noise = rng.normal(size=(updates, 9))
    noise *= math.sqrt(1 - m**2) / np.linalg.norm(noise, axis=1, keepdims=True)
    steps = np.column_stack([np.full(updates, m), noise])
    s = np.zeros(10)
    lengths = np.array([accumulate(s, 7.0 * step, 7.0, beta) for step in steps])
    expected = 1 + 2 * (1 - beta) * m**2 / beta
    assert lengths[500:].mean() == pytest.approx(expected, rel=0.03)
    assert signal_to_noise(expected, 1.0, beta) == pytest.approx(m**2 / (1 - m**2), abs=1e-12)


def test_where_the_adaptation_rests():
    """Δ stands still where ‖s‖² = αγ; in terms of m², at (α − 1)β/(2(1 − β)), an SNR of about δ/(4√n_θ) at α = 1.5."""
    alpha, beta = 1.5, 0.01
    m2 = (alpha - 1) * beta / (2 * (1 - beta))
    s_norm2 = 1 + 2 * (1 - beta) * m2 / beta
    gamma, Delta = adapt(1.0, 0.7, s_norm2, beta, alpha, math.inf)
    assert (gamma, Delta) == (pytest.approx(1.0), pytest.approx(0.7))
    assert adapt(1.0, 0.7, 1.1 * s_norm2, beta, alpha, math.inf)[1] < 0.7  # more signal: δ = δ⁰/Δ grows
    assert adapt(1.0, 0.7, 0.9 * s_norm2, beta, alpha, math.inf)[1] > 0.7
    assert signal_to_noise(s_norm2, 1.0, beta) == pytest.approx(beta / 4, rel=0.02)


def test_signal_to_noise_at_its_limits():
    assert signal_to_noise(0.5, 1.0, 0.1) == 0.0
    assert signal_to_noise(0.7, 0.6, 0.2) == pytest.approx(0.0125 / (1 - 0.0125))  # m² = 0.2 · 0.1 / (2 · 0.8)
    assert signal_to_noise(1e9, 1.0, 0.1) == math.inf
    assert math.isnan(signal_to_noise(1.0, 1.0, 1.0))


def test_constant_rate_is_asng_with_delta_one():
    """SNG(δ⁰) makes the steps of ASNG while Δ is held at 1, if from below by a large α and from above by Δ_max."""
    family = Categorical([3, 5, 2])
    held = ASNG(family, 0.3, alpha=1e12, Delta_max=1.0, rng=20)
    sng = SNG(family, 0.3, rng=20)
    for _ in range(100):
        samples = held.ask()
        np.testing.assert_array_equal(samples, sng.ask())
        held.tell(samples, onemax(samples))
        sng.tell(samples, onemax(samples))
        np.testing.assert_array_equal(held.theta, sng.theta)


def test_the_unnormalised_step_is_epsilon_times_the_estimate():
    family = Categorical([3, 4])
    sng = SNG(family, epsilon=0.02, lam=3)
    samples, losses = np.array([[0, 1], [2, 1], [1, 3]]), np.array([1.0, 4.0, 2.5])
    theta = sng.theta
    info = sng.tell(samples, losses)
    G = sum((losses.mean() - f) * (t - theta) for f, t in zip(losses, family.statistics(samples), strict=True)) / 3
    np.testing.assert_allclose(info.G, G, atol=1e-15)
    np.testing.assert_allclose(sng.theta, family.project(theta + 0.02 * G), atol=1e-15)
    assert info.delta == pytest.approx(0.02 * family.fisher_norm(theta, G))


def test_adam_is_adam():
    """Kingma and Ba, Algorithm 1, on −G/‖G‖_F, written out."""
    family = Categorical(3, dim=4)
    adam = Adam(family, 0.05)
    rng = np.random.default_rng(21)
    m = v = np.zeros(12)
    for t in range(1, 30):
        samples = [[0, 0, 1, 2], [2, *rng.integers(0, 3, 3)]]
        before = adam.theta
        info = adam.tell(samples, [1.0, 0.3 * t])
        assert info.updated
        g = info.G / info.G_norm
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        after = before + 0.05 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(adam.theta, family.project(after), atol=1e-13)
        assert info.delta == pytest.approx(family.fisher_norm(before, adam.theta - before))


def test_adams_reported_length_does_not_depend_on_the_pole():
    lengths = []
    for pole in ("centre", "last"):
        adam = Adam(Categorical(4, dim=3, pole=pole), 0.03, rng=22)
        for _ in range(10):
            samples = adam.ask()
            info = adam.tell(samples, onemax(samples) + 0.1 * samples[:, 0])
        lengths.append(info.delta)
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-9)


# ------------------------------------------------------------------------------------------------ utilities


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=12))
def test_rank_utility(losses):
    """The mean over all ways to order the ties of: best ⌈λ/4⌉ get 1/μ, worst −1/μ, the others 0."""
    losses = np.array(losses, dtype=float)
    lam = len(losses)
    mu = math.ceil(lam / 4)
    by_rank = np.zeros(lam)
    by_rank[:mu] += 1.0 / mu
    by_rank[lam - mu :] -= 1.0 / mu
    u = utilities(rank_utility, losses)
    for i, loss in enumerate(losses):
        better, tied = (losses < loss).sum(), (losses == loss).sum()
        assert u[i] == pytest.approx(by_rank[better : better + tied].mean(), abs=1e-15)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12))
def test_mean_utility(losses):
    u = utilities(mean_utility, losses)
    np.testing.assert_allclose(u, np.mean(losses) - losses, rtol=1e-9, atol=1e-8)


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_two_losses_give_opposite_utilities_to_the_last_bit(a, b):
    assume(a == b or abs(a - b) > 1e-300)
    u = utilities(mean_utility, [a, b])
    assert u[0] == -u[1]
    assert np.sign(u[0]) == np.sign(b - a)


def test_a_common_offset_does_not_swallow_the_differences():
    np.testing.assert_array_equal(
        utilities(mean_utility, [2.0**52 + 1, 2.0**52 + 2, 2.0**52 + 3]), utilities(mean_utility, [1, 2, 3])
    )


@given(families, seeds, st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_for_two_samples_mean_and_rank_give_the_same_step(family, seed, first, second):
    assume(first == second or abs(first - second) > 1e-290)
    theta = random_theta(family, np.random.default_rng(seed))
    for a, b in [(first, second), (1.0, np.nextafter(1.0, 2.0)), (-1e-200, 3e-200), (2e200, -1e200)]:
        by_mean, by_rank = (ASNG(family, 0.5, utility=u, theta=theta, rng=seed) for u in ("mean", "rank"))
        samples = by_mean.ask()
        assert by_mean.tell(samples, [a, b]).updated == by_rank.tell(samples, [a, b]).updated
        np.testing.assert_allclose(by_mean.theta, by_rank.theta, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(by_mean.state.s, by_rank.state.s, rtol=1e-9, atol=1e-9)
        assert by_mean.state.Delta == pytest.approx(by_rank.state.Delta, rel=1e-9)


# ------------------------------------------------------------------------------------------------ invariance


@pytest.mark.parametrize("transform", [lambda f: f**3, np.exp, lambda f: 1e9 * f - 7, np.arctan], ids=short)
@given(families, seeds, st.integers(2, 9), st.sampled_from(sorted(ALGORITHMS)))
@settings(max_examples=25)
def test_rank_utility_makes_increasing_transforms_of_the_loss_invisible(transform, family, seed, lam, method):
    plain, bent = (ALGORITHMS[method](family, lam=lam, utility="rank", rng=seed) for _ in range(2))
    rng = np.random.default_rng(seed)
    for _ in range(5):
        losses = rng.integers(-3, 4, lam).astype(float)
        plain.tell(plain.ask(), losses)
        bent.tell(bent.ask(), transform(losses))
    assert states_equal(plain.state, bent.state)


@given(families, seeds, st.integers(2, 6), st.sampled_from(["asng", "sng", "adam"]))
@settings(max_examples=50)
def test_the_scale_and_offset_of_the_loss_do_not_matter_to_normalised_methods(family, seed, lam, method):
    plain, scaled = (ALGORITHMS[method](family, lam=lam, rng=seed) for _ in range(2))
    rng = np.random.default_rng(seed)
    for _ in range(5):
        samples, losses = plain.ask(), rng.normal(size=lam)
        plain.tell(samples, losses)
        scaled.tell(samples, 1e-7 * losses + 3e-7)
    np.testing.assert_allclose(plain.theta, scaled.theta, rtol=1e-6, atol=1e-9)


def play(optimizer, samples, losses):
    for s, f in zip(samples, losses, strict=True):
        optimizer.tell(s, f)
    return optimizer


@pytest.mark.parametrize(("pole", "new_name"), [("centre", [2, 0, 3, 1]), ("last", [2, 0, 1, 3])])
@pytest.mark.parametrize("method", ALGORITHMS)
def test_names_of_categories_do_not_matter(method, pole, new_name):
    """Permuting categories permutes θ and s, whole runs long; with the pole at the last one, only if that one stays."""
    family = Categorical(4, dim=5, pole=pole)
    rng = np.random.default_rng(23)
    samples, losses = rng.integers(0, 4, (60, 3, 5)), rng.normal(size=(60, 3))
    new_name = np.array(new_name)
    one = play(ALGORITHMS[method](family), samples, losses)
    two = play(ALGORITHMS[method](family), new_name[samples], losses)
    place = np.concatenate([new_name + 4 * i for i in range(5)])
    np.testing.assert_allclose(two.theta[place], one.theta, rtol=1e-9, atol=1e-12)
    if method == "asng":
        assert two.state.Delta == pytest.approx(one.state.Delta, rel=1e-9)
        np.testing.assert_allclose(two.state.s[place], one.state.s, rtol=1e-9, atol=1e-12)


def test_from_the_last_pole_the_last_category_is_special():
    """Why the centre is the default: renaming the categories changes ‖s‖, and with it the whole run."""
    rng = np.random.default_rng(23)
    samples, losses = rng.integers(0, 4, (60, 3, 5)), rng.normal(size=(60, 3))
    family = Categorical(4, dim=5, pole="last")
    lengths = [np.linalg.norm(play(ASNG(family), c, losses).state.s) for c in (samples, (samples + 1) % 4)]
    assert lengths[0] != pytest.approx(lengths[1], rel=1e-3)


@pytest.mark.parametrize("method", ALGORITHMS)
def test_the_order_of_dimensions_does_not_matter(method):
    sizes, order = np.array([2, 5, 3, 4]), np.array([3, 1, 0, 2])
    rng = np.random.default_rng(24)
    samples, losses = rng.integers(0, sizes, (60, 2, 4)), rng.normal(size=(60, 2))
    one = play(ALGORITHMS[method](Categorical(sizes)), samples, losses)
    two = play(ALGORITHMS[method](Categorical(sizes[order])), samples[:, :, order], losses)
    rows = one.distribution.rows(one.theta)
    np.testing.assert_allclose(two.theta, np.concatenate([rows[i] for i in order]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", ALGORITHMS)
def test_the_order_of_samples_does_not_matter(method):
    family = Categorical([2, 5, 3])
    rng = np.random.default_rng(25)
    samples, losses = rng.integers(0, [2, 5, 3], (60, 4, 3)), rng.integers(0, 3, (60, 4))
    order = [2, 3, 0, 1]
    for utility in ("mean", "rank"):
        one = play(ALGORITHMS[method](family, utility=utility), samples, losses)
        two = play(ALGORITHMS[method](family, utility=utility), samples[:, order], losses[:, order])
        np.testing.assert_allclose(two.theta, one.theta, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("margin", ["asng", "none"])
@pytest.mark.parametrize("method", ALGORITHMS)
def test_coins_and_two_sided_dice_take_the_same_path(method, margin):
    coins = ALGORITHMS[method](Bernoulli(6, margin=margin), lam=3, rng=26)
    dice = ALGORITHMS[method](Categorical(2, dim=6, margin=margin), lam=3, rng=26)
    for _ in range(200):
        samples = coins.ask()
        np.testing.assert_array_equal(samples, dice.ask())
        losses = samples @ [1.0, -2.0, 3.0, 0.5, 0.0, 1.5]
        coins.tell(samples, losses)
        dice.tell(samples, losses)
        np.testing.assert_allclose(dice.theta[1::2], coins.theta, rtol=0, atol=1e-9)


def test_poles_agree_on_what_is_chosen():
    """Not s itself, nor ‖s‖ exactly, but the first step, whose length they agree on; and both find the optimum."""
    runs = [ASNG(Categorical(4, dim=5, pole=pole), rng=27) for pole in ("centre", "last")]
    first = [run.tell([[0, 1, 2, 3, 0], [1, 1, 0, 2, 3]], [0.0, 1.0]) for run in runs]
    assert first[0].s_norm2 == pytest.approx(first[1].s_norm2, rel=1e-12)
    np.testing.assert_allclose(runs[0].theta, runs[1].theta, atol=1e-15)
    for run in runs:
        for _ in range(400):
            samples = run.ask()
            run.tell(samples, onemax(samples - 2))
        assert run.theta.reshape(5, 4)[:, 2].min() > 0.5


# ------------------------------------------------------------------------------------------------ ties


@pytest.mark.parametrize("utility", ["mean", "rank"])
@pytest.mark.parametrize("loss", [0.0, -0.0, 1.0, -1.0, 1e-320, -1e-300, 1.7e308, -1.7e308, 1 / 3, -1e17])
@pytest.mark.parametrize("method", ALGORITHMS)
def test_a_tie_of_any_sign_and_size_changes_nothing_but_the_count(method, loss, utility):
    optimizer = ALGORITHMS[method](Categorical([3, 4]), lam=5, utility=utility, rng=28)
    samples = optimizer.ask()
    optimizer.tell(samples, np.arange(5.0))
    before = copy.deepcopy(optimizer.state)
    info = optimizer.tell(samples, np.full(5, loss))
    before.t += 1
    assert states_equal(optimizer.state, before)
    assert (info.updated, info.epsilon, info.G_norm) == (False, 0.0, 0.0)
    assert not optimizer.tell(samples, [0.0, -0.0, 0.0, -0.0, 0.0]).updated


@given(families, seeds, st.integers(2, 8), st.sampled_from([1e-8, 1.0, 1e12]), st.sampled_from(["mean", "rank"]))
def test_equal_samples_with_unlike_losses_do_not_move_theta_by_rounding(family, seed, lam, scale, utility):
    rng = np.random.default_rng(seed)
    asng = ASNG(family, utility=utility, theta=family.project(random_theta(family, rng)))
    before = copy.deepcopy(asng.state)
    samples = take(family.sample(asng.theta, rng, 1), [0] * lam)
    info = asng.tell(samples, scale * rng.normal(size=lam) + rng.normal())
    before.t += 1
    assert not info.updated
    assert states_equal(asng.state, before)


@given(families, seeds)
def test_losses_that_cancel_over_equal_samples_do_not_move_theta(family, seed):
    """Two samples, each drawn with each of the same three losses: (7) is zero, up to rounding."""
    rng = np.random.default_rng(seed)
    asng = ASNG(family, lam=6, theta=family.project(random_theta(family, rng)))
    samples = take(family.sample(asng.theta, rng, 2), [0, 0, 0, 1, 1, 1])
    losses = rng.normal(size=3)
    assert not asng.tell(samples, np.concatenate([losses, rng.permutation(losses)])).updated


def test_a_difference_of_one_ulp_is_no_tie():
    asng = ASNG(Categorical(3, dim=2))
    assert asng.tell([[0, 0], [1, 2]], [1.0, np.nextafter(1.0, 2.0)]).updated
    assert asng.tell([[0, 0], [1, 2]], [-1e300, np.nextafter(-1e300, 0.0)]).updated


@pytest.mark.parametrize("scale", [1e-290, 1e-200, 1e-160, 1.0, 1e160, 1e200, 1e300])
def test_losses_of_any_size_give_the_same_step(scale):
    family = Categorical([3, 4])
    one, other = ASNG(family), ASNG(family)
    for optimizer, size in ((one, 1.0), (other, scale)):
        for samples in ([[0, 0], [1, 2]], [[2, 0], [1, 3]]):
            assert optimizer.tell(samples, [-size, 2 * size]).updated
    np.testing.assert_allclose(other.theta, one.theta, rtol=1e-9)
    np.testing.assert_allclose(other.state.s, one.state.s, rtol=1e-9)


@pytest.mark.parametrize("method", ALGORITHMS)
def test_losses_too_close_to_divide_by_are_a_tie(method):
    optimizer = ALGORITHMS[method](Categorical([3, 4]))
    assert not optimizer.tell([[0, 0], [1, 2]], [0.0, 1e-320]).updated
    np.testing.assert_array_equal(optimizer.theta, optimizer.distribution.initial_theta())


def test_norm_and_information_at_the_ends_of_the_range():
    assert euclidean_norm(np.array([3e-200, -4e-200])) == pytest.approx(5e-200)
    assert euclidean_norm(np.array([3e200, -4e200, 0.0])) == pytest.approx(5e200)
    assert euclidean_norm(np.zeros(3)) == 0.0
    assert euclidean_norm(np.array([1.0, np.inf])) == np.inf
    assert math.isnan(euclidean_norm(np.array([1.0, np.nan])))
    u = np.array([1.0, -1.0])
    assert is_informative(np.array([1.0, 2.0]), u, 1e-6)
    assert not is_informative(np.array([1.0, 2.0]), u, 1e-13)
    assert not is_informative(np.array([2.0, 2.0]), u, 1.0)


# ------------------------------------------------------------------------------------------------ no margin


@pytest.mark.parametrize("family", [Categorical([3, 4, 2], margin="none"), Bernoulli(3, margin="none")], ids=short)
@pytest.mark.parametrize("method", ALGORITHMS)
def test_without_a_margin_categories_die_and_the_rest_goes_on(method, family):
    optimizer = ALGORITHMS[method](family, lam=4, rng=29)
    for _ in range(1_500):
        samples = optimizer.ask()
        optimizer.tell(samples, samples @ [-3.0, -2.0, -1.0])
    assert optimizer.mode().tolist() == family.check_samples(all_samples(family)).max(axis=0).tolist()
    if method != "adam":  # which revives categories by its momentum
        assert optimizer.distribution.entropy(optimizer.theta) < 0.1


def test_with_one_dimension_decided_the_others_still_learn():
    family = Categorical(3, dim=2, margin="none")
    asng = ASNG(family, 0.1, theta=[0.0, 1.0, 0.0, *[1 / 3] * 3])
    info = asng.tell([[1, 0], [1, 2]], [0.0, 1.0])
    assert info.updated
    assert asng.theta[:3].tolist() == [0.0, 1.0, 0.0]
    assert asng.theta[3] > 1 / 3 > asng.theta[5]


# ------------------------------------------------------------------------------------------------ the guard


def search_for_the_last_category(asng, updates):
    """Run until every dimension has its last category with probability 0.8; yield what happened on the way."""
    for _ in range(updates):
        samples = asng.ask()
        yield asng.tell(samples, onemax(samples - 4))
        if asng.theta[4::5].min() > 0.8:
            return


@pytest.mark.parametrize("exponent", [2, 3, 4])
def test_the_guard_rescues_a_tiny_first_radius(exponent):
    family = Categorical(5, dim=3, margin="catcma")
    asng = ASNG(family, float(family.n_theta) ** -exponent, rng=30)
    delta = [info.delta for info in search_for_the_last_category(asng, 10_000)]
    assert asng.theta[4::5].min() > 0.8
    assert max(delta) <= math.sqrt(family.n_theta)
    assert max(delta) > 100 * delta[0]  # it is the growth of δ, not the patience, that solves it


def test_as_printed_a_tiny_first_radius_ends_in_an_error_and_leaves_the_state():
    family = Categorical(5, dim=3, margin="catcma")
    asng = ASNG(family, family.n_theta**-3.0, delta_max=math.inf, rng=30)
    before = copy.deepcopy(asng.state)
    with pytest.raises(ArithmeticError, match="too small for the algorithm without the guard"):  # noqa: PT012
        for _ in search_for_the_last_category(asng, 10_000):
            before = copy.deepcopy(asng.state)
    assert states_equal(asng.state, before)
    assert np.isfinite(asng.theta).all()


@given(st.floats(1e-12, 1e12), st.floats(1e-12, 1e12), st.integers(1, 1000))
def test_trust_region(delta0, Delta, n_theta):
    delta, beta = trust_region(delta0, Delta, math.sqrt(n_theta), n_theta)
    assert delta == min(delta0 / Delta, math.sqrt(n_theta))
    assert beta == pytest.approx(delta / math.sqrt(n_theta))
    assert beta <= 1.0 + 1e-12


@pytest.mark.parametrize("alpha", [0.2, 0.9])
def test_below_one_alpha_takes_noise_for_signal(alpha):
    """E‖s‖² = γ under noise, which is then above αγ: δ goes to its bound, and Δ towards 0, but never all the way."""
    asng = ASNG(Categorical(3, dim=2), alpha=alpha, rng=34)
    rng = np.random.default_rng(35)
    for _ in range(3_000):
        info = asng.tell(asng.ask(), rng.normal(size=2))
    assert info.beta == 1.0
    assert 0.0 < info.Delta < 1e-50
    asng.load_state_dict(asng.state_dict())


def test_capital_delta_max_bounds_capital_delta():
    family = Categorical(3, dim=4)
    free, bound = ASNG(family, rng=32), ASNG(family, rng=32, Delta_max=1.5)
    rng = np.random.default_rng(33)
    for _ in range(300):
        noise = rng.normal(size=2)
        free.tell(free.ask(), noise)
        assert bound.tell(bound.ask(), noise).Delta <= 1.5
    assert free.state.Delta > 1.5


# ------------------------------------------------------------------------------------------------ ask and tell


def test_tell_takes_any_number_of_samples_and_leaves_its_arguments_alone():
    asng = ASNG(Categorical([3, 4]), rng=34)
    samples = asng.ask(size=7)
    losses = np.arange(7.0)
    kept = samples.copy(), losses.copy()
    info = asng.tell(samples, losses)
    assert len(info.utility) == 7
    np.testing.assert_array_equal(samples, kept[0])
    np.testing.assert_array_equal(losses, kept[1])
    info.G[:] = np.nan  # what was reported is not what is kept
    assert np.isfinite(asng.theta).all()


def test_ask_draws_from_the_generator_that_it_was_given_last():
    family = Categorical([3, 4])
    asng = ASNG(family, rng=35)
    asng.ask()
    np.testing.assert_array_equal(asng.ask(rng=np.random.default_rng(36)), ASNG(family, rng=36).ask())
    shared = np.random.default_rng(37)
    asng.ask(rng=shared)
    assert asng.rng is shared


def test_ask_does_not_touch_the_global_generator():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    asng = ASNG(Categorical([3, 4]), rng=38)
    asng.tell(asng.ask(), [0.0, 1.0])
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_start_is_projected_and_not_shared():
    theta = np.array([1.0, 0.0, 0.0])
    asng = ASNG(Categorical(3, margin=0.1), theta=theta)
    np.testing.assert_allclose(asng.theta, [0.8, 0.1, 0.1])
    assert theta.tolist() == [1.0, 0.0, 0.0]
