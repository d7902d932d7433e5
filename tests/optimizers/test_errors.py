"""Bad input: one sentence that says what was wrong, and everything stays as it was."""

import copy
import math
from fractions import Fraction

import numpy as np
import pytest
from generators import ALGORITHMS, FAMILIES, as_text, short, size_of, take

from asng_edu import ASNG, SNG, Adam, Bernoulli, Categorical, Gaussian, Integer, Product
from asng_edu._common import checks


def assert_one_sentence(caught):
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert " " in text


NO_NUMBERS = [None, "1", b"1", True, math.nan, 1j, [1.0], np.array([1.0, 2.0]), {}, 10**400]


@pytest.mark.parametrize("make", [ASNG, SNG, Adam], ids=short)
@pytest.mark.parametrize("delta0", [0.0, -1.0, math.inf, -math.inf, *NO_NUMBERS], ids=short)
def test_delta0(make, delta0):
    with pytest.raises(ValueError, match="delta0") as caught:
        make(Categorical(3), delta0)
    assert_one_sentence(caught)


@pytest.mark.parametrize("name", ["alpha", "delta_max", "Delta_max"])
@pytest.mark.parametrize("value", [0.0, -1.0, *NO_NUMBERS[1:]], ids=short)
def test_other_numbers_of_asng(name, value):
    with pytest.raises(ValueError, match=name) as caught:
        ASNG(Categorical(3), **{name: value})
    assert_one_sentence(caught)


def test_exact_and_numpy_numbers_are_numbers():
    for number in (np.float32(0.5), np.float64(0.5), Fraction(1, 2)):
        assert ASNG(Categorical(3), number).delta0 == 0.5
    assert ASNG(Categorical(3), np.int64(1), lam=np.int32(3)).lam == 3
    assert checks.real("x", -math.inf) == -math.inf


@pytest.mark.parametrize("method", ALGORITHMS)
@pytest.mark.parametrize("lam", [1, 0, -2, 2.0, "2", None, True, math.inf])
def test_lam(method, lam):
    with pytest.raises(ValueError, match="lam") as caught:
        ALGORITHMS[method](Categorical(3), lam=lam)
    assert_one_sentence(caught)


@pytest.mark.parametrize("method", ALGORITHMS)
@pytest.mark.parametrize("utility", ["ranks", "", None, 0, ["mean"], np.array(["mean", "rank"])], ids=short)
def test_utility(method, utility):
    with pytest.raises(ValueError, match="utility must be one of mean, rank") as caught:
        ALGORITHMS[method](Categorical(3), utility=utility)
    assert_one_sentence(caught)


@pytest.mark.parametrize("distribution", [None, 3, "Categorical", Categorical, np.array([0.5, 0.5])], ids=short)
def test_distribution(distribution):
    with pytest.raises(ValueError, match="distribution must be") as caught:
        ASNG(distribution)
    assert_one_sentence(caught)


@pytest.mark.parametrize("rng", ["seed", -1, 1.5, [1, -2], {}, object()], ids=short)
def test_rng(rng):
    with pytest.raises(ValueError, match="rng must be") as caught:
        ASNG(Categorical(3), rng=rng)
    assert_one_sentence(caught)
    asng = ASNG(Categorical(3), rng=1)
    kept = asng.rng
    with pytest.raises(ValueError, match="rng must be"):
        asng.ask(rng)
    assert asng.rng is kept


def test_sng_wants_one_of_its_two_rates():
    for rates in ({}, {"delta0": 0.1, "epsilon": 0.1}):
        with pytest.raises(ValueError, match="either delta0 or epsilon") as caught:
            SNG(Categorical(3), **rates)
        assert_one_sentence(caught)
    for epsilon in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="epsilon"):
            SNG(Categorical(3), epsilon=epsilon)


@pytest.mark.parametrize("size", [0, -1, 1.5, "2", True])
def test_size(size):
    with pytest.raises(ValueError, match="size must be") as caught:
        ASNG(Categorical(3), rng=1).ask(size=size)
    assert_one_sentence(caught)


# ------------------------------------------------------------------------------------------------ families


@pytest.mark.parametrize(
    ("make", "arguments", "word"),
    [
        *((Categorical, (k,), "categories") for k in (1, 0, -3, 2.0, "3", None, [], [3, 1], [3, 2.0], [[3]], math.nan)),
        *((Categorical, (3, dim), "dim") for dim in (0, -1, 2.0, "2", True)),
        (Categorical, ([3, 2], 3), "dim"),
        *((Bernoulli, (dim,), "dim") for dim in (0, -1, 2.0, "2", None, [3], True)),
        *((Gaussian, (dim,), "dim") for dim in (0, -1, 2.0, "2", None)),
        *((Integer, bounds, "low") for bounds in (
            (1, 1), (3, 1), (1.0, 5), ("1", 5), (None, 5), ([1, 2], [3, 4, 5]), ([[1]], [[2]]), ([], []),
            ([0, 5], [9, 5]), (10**12, 10**12 + 3), (True, 5), (0, 10**30), ([0, [1]], 5),
        )),
        (Product, (), "Product"),
        (Product, (Categorical(3), 5), "Product"),
        (Product, (Categorical,), "Product"),
        (Product, ([Categorical(3)],), "Product"),
    ],
    ids=short,
)  # fmt: skip
def test_families_that_are_none(make, arguments, word):
    with pytest.raises(ValueError, match=word) as caught:
        make(*arguments)
    assert_one_sentence(caught)


@pytest.mark.parametrize("margin", [0.5, 0.34, 1 / 3, 1.0, -0.1, math.nan, math.inf, "wide", "", None, [0.1], True])
@pytest.mark.parametrize("make", [lambda m: Categorical([2, 3], margin=m), lambda m: Bernoulli(2, margin=m)])
def test_margins_that_leave_no_room(make, margin):
    if margin in (0.34, 1 / 3) and "Bernoulli" in repr(make(0.1)):
        assert make(margin).margin == margin
        return
    with pytest.raises(ValueError, match="margin") as caught:
        make(margin)
    assert_one_sentence(caught)


@pytest.mark.parametrize(
    "options",
    [
        {"sigma": 0.0}, {"sigma": -1.0}, {"sigma": math.nan}, {"sigma": 1e-5}, {"sigma": [1.0, 1.0, 1.0]},
        {"sigma": "1"}, {"mean": math.inf}, {"mean": [0.0]}, {"mean": [[0.0, 0.0]]}, {"mean": "0"}, {"mean": None},
        {"mean": [0.0, "x"]}, {"sigma_min": 0.0}, {"sigma_min": math.nan}, {"mean": 1e9}, {"mean": -1e5, "sigma": 1e-3},
    ],
    ids=short,
)  # fmt: skip
def test_gaussians_that_are_none(options):
    with pytest.raises(ValueError, match=next(iter(options)) if "1e" not in repr(options) else "sigma") as caught:
        Gaussian(2, **options)
    assert_one_sentence(caught)


def test_the_least_sigma_must_fit_into_the_range():
    for sigma_min in (0.0, -1.0, 6.0, math.nan):
        with pytest.raises(ValueError, match="sigma_min") as caught:
            Integer(0, 5, sigma_min=sigma_min)
        assert_one_sentence(caught)


BAD_THETA = {
    "bernoulli": [[0.5, 0.5], [0.5, 0.5, 1.1], [0.5, -1e-9, 0.5], [0.5, math.nan, 0.5], "half", [[0.5] * 3]],
    "categorical": [[0.25] * 11, [0.25] * 8 + [0.5, 0.5, 0.5, -0.5], [0.25] * 8 + [0.3] * 4, [math.nan] * 12],
    "gaussian": [[0.0, 0.0, 0.0, 1.0], [2.0, 0.0, 3.9, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, math.inf, 1.0]],
    "integer": [[1.0, 1.0, 1.0, 2.0]],
    "nested": [[0.5, 0.3, 0.3, 0.3, 0.0, 1.0], [1.5, 0.3, 0.3, 0.4, 0.0, 1.0], [0.5, 0.3, 0.3, 0.4, 1.0, 1.0]],
}


@pytest.mark.parametrize(("name", "theta"), [(n, t) for n, all_ in BAD_THETA.items() for t in all_], ids=short)
def test_theta_outside_the_family(name, theta):
    with pytest.raises(ValueError, match="theta") as caught:
        ASNG(FAMILIES[name], theta=theta)
    assert_one_sentence(caught)


# ------------------------------------------------------------------------------------------------ tell


def told(method, family):
    """Return an optimiser that has already moved, and samples for it."""
    optimizer = ALGORITHMS[method](family, lam=3, rng=61)
    for losses in ([0.0, 1.0, 2.0], [3.0, 1.0, 1.0]):
        optimizer.tell(optimizer.ask(), losses)
    return optimizer, optimizer.ask()


def assert_refused(optimizer, samples, losses, error=ValueError):
    before = as_text(optimizer.state_dict())
    state = optimizer.state
    contents = copy.deepcopy(state)
    with pytest.raises(error) as caught:
        optimizer.tell(samples, losses)
    assert_one_sentence(caught)
    assert optimizer.state is state
    assert repr(state) == repr(contents)
    assert as_text(optimizer.state_dict()) == before
    return str(caught.value)


BAD_LOSSES = [
    [1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [[1.0, 2.0, 3.0]], [[1.0], [2.0], [3.0]], [], 1.0, None, "123",
    ["1", "2", "3"], [1.0, math.nan, 2.0], [math.inf, 0.0, 1.0], [-math.inf, 0.0, 1.0], [1.0, None, 2.0],
    [1j, 0.0, 1.0], np.array([1j, 0.0, 1.0]), [10**400, 0, 1], [1.0, [2.0], 3.0], {}, object(),
    np.array(["2026-01-01", "2026-01-02", "2026-01-03"], dtype="M8"),
]  # fmt: skip


@pytest.mark.parametrize("losses", BAD_LOSSES, ids=short)
@pytest.mark.parametrize("name", ["bernoulli", "categorical", "gaussian", "product"])
@pytest.mark.parametrize("method", ALGORITHMS)
def test_losses(method, name, losses):
    optimizer, samples = told(method, FAMILIES[name])
    assert "losses" in assert_refused(optimizer, samples, losses)


@pytest.mark.parametrize("method", ALGORITHMS)
def test_losses_too_far_apart_for_floats(method):
    optimizer, _ = told(method, Categorical([3, 4]))
    samples = [[0, 0], [1, 1], [2, 2]]
    assert "not finite" in assert_refused(optimizer, samples, [-1.7e308, 1.7e308, 0.0])


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("method", ALGORITHMS)
def test_too_few_samples(method, name):
    optimizer, samples = told(method, FAMILIES[name])
    assert "at least 2 samples" in assert_refused(optimizer, take(samples, [0]), [1.0])
    assert_refused(optimizer, take(samples, []), [])


BAD_SAMPLES = {
    "bernoulli": [[[0, 1, 2]] * 3, [[0, -1, 0]] * 3, [[0.5, 0, 1]] * 3],
    "categorical": [[[0, 1, 4]] * 3, [[0, 1, -1]] * 3, [[0, 1.5, 1]] * 3, [[0, 2**63, 1]] * 3, [[0, 10**30, 1]] * 3],
    "ragged": [[[2, 0, 0]] * 3, [[0, 0, 3]] * 3],
    "gaussian": [[[0.0, math.nan]] * 3, [[0.0, math.inf]] * 3, [["a", 0.0]] * 3],
    "product": [
        ([[0, 0]] * 3, [[0, 0]] * 3, [[1.0]] * 3),
        ([[0, 0]] * 3, [[0, 0]] * 2, [[1.0]] * 3, [[1.0]] * 3),
        ([[0, 2]] * 3, [[0, 0]] * 3, [[1.0]] * 3, [[1.0]] * 3),
    ],
}
NO_SAMPLES = [
    None, 3, "abc", [], [[]], [[0]] * 3, [0, 1, 2], [[[0, 1, 1]]] * 3, [[0, 1, 1], [0], [1]], [[None] * 3] * 3, {},
    object(),
]  # fmt: skip


@pytest.mark.parametrize("method", ALGORITHMS)
@pytest.mark.parametrize(
    ("name", "samples"),
    [
        *((name, bad) for name, all_ in BAD_SAMPLES.items() for bad in all_),
        *((name, bad) for name in BAD_SAMPLES for bad in NO_SAMPLES),
    ],
    ids=short,
)
def test_samples(method, name, samples):
    optimizer, _ = told(method, FAMILIES[name])
    assert "samples" in assert_refused(optimizer, samples, [0.0, 1.0, 2.0])


@pytest.mark.parametrize("method", ALGORITHMS)
@pytest.mark.parametrize("family", [Categorical(3, dim=2, margin="none"), Bernoulli(2, margin="none")], ids=short)
def test_samples_of_probability_zero(method, family):
    """A dead category cannot have been drawn, and its gradient is infinite."""
    dead = [0.0, 1.0] if isinstance(family, Bernoulli) else [0.0, 0.5, 0.5, 1.0, 0.0, 0.0]
    optimizer = ALGORITHMS[method](family, theta=dead)
    impossible = [[1, 1], [0, 0]] if isinstance(family, Bernoulli) else [[0, 0], [1, 0]]
    assert "probability 0" in assert_refused(optimizer, impossible, [0.0, 1.0])


@pytest.mark.parametrize("method", ALGORITHMS)
def test_gaussian_samples_too_large_for_their_squares(method):
    optimizer, _ = told(method, Gaussian(1))
    assert_refused(optimizer, [[1e160], [-3e159], [0.0]], [0.0, 1.0, 2.0])


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_a_step_out_of_the_numbers():
    optimizer, _ = told("unnormalised", Gaussian(1))
    text = assert_refused(optimizer, [[1e100], [-3e99], [0.0]], [0.0, 1e100, 2e100], ArithmeticError)
    assert "theta would not be finite" in text


@pytest.mark.parametrize("name", FAMILIES)
def test_after_a_refusal_the_run_goes_on_as_if_nothing_had_been(name):
    family = FAMILIES[name]
    undisturbed, disturbed = ASNG(family, rng=62), ASNG(family, rng=62)
    for t in range(10):
        samples = undisturbed.ask()
        disturbed.ask()
        losses = np.arange(size_of(samples)) * (-1.0) ** t
        undisturbed.tell(samples, losses)
        assert_refused(disturbed, samples, [math.nan, 1.0])
        disturbed.tell(samples, losses)
    assert as_text(undisturbed.state_dict()) == as_text(disturbed.state_dict())
