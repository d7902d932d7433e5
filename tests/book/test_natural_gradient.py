"""The figures' formulas in JavaScript against the library, what the chapter says of them, and its exercises."""

import itertools
import json

import numpy as np
import pytest

from asng_book.exercises.natural_gradient import EXERCISES
from asng_book.live import files
from asng_edu import ASNG
from asng_edu.distributions import Bernoulli, Categorical

STATIC = files.STATIC
FAMILY = Categorical(3)
POINTS = np.random.default_rng(1).dirichlet(np.ones(3), 40).clip(0.01)
POINTS /= POINTS.sum(axis=1, keepdims=True)
KAPPA = 0.006


@pytest.fixture(scope="module")
def call():
    quickjs = pytest.importorskip("quickjs")
    context = quickjs.Context()
    for file in ("engine.js", "figures/natural_gradient/natural_gradient.js"):
        context.eval((STATIC / file).read_text(encoding="utf-8"))

    def call(name, *arguments):
        text = ", ".join(json.dumps(a.tolist() if isinstance(a, np.ndarray) else a) for a in arguments)
        plain = "(_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v"
        return json.loads(context.eval(f"JSON.stringify(ASNG.naturalGradient.{name}({text}), {plain})"))

    return call


# ---- one coin in three coordinates


def test_the_natural_journeys_of_a_coin_become_one_as_the_step_shrinks(call):
    def gap(epsilon, natural):
        paths = [call("coinPath", name, natural, 0.05, epsilon, round(8 / epsilon)) for name in ("p", "logit", "angle")]
        return np.ptp(paths, axis=0).max()

    gaps = [gap(epsilon, True) for epsilon in (0.2, 0.1, 0.05)]
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.05)
    assert gaps[1] / gaps[2] == pytest.approx(2, rel=0.05)
    assert gap(0.05, False) > 0.9


def test_the_logit_steps_are_the_exact_flow_and_the_angle_needs_no_metric(call):
    path = np.array(call("coinPath", "logit", True, 0.05, 0.25, 32))
    odds = 0.05 / 0.95 * np.exp(0.25 * np.arange(33))
    np.testing.assert_allclose(path, odds / (1 + odds), rtol=1e-12)
    plain, natural = (call("coinPath", "angle", kind, 0.05, 0.25, 32) for kind in (False, True))
    np.testing.assert_allclose(plain, natural, rtol=1e-12)


@pytest.mark.parametrize("p", [0.01, 0.3, 0.98])
def test_the_fisher_information_of_a_coin(call, p):
    assert call("coinFisher", p) == pytest.approx(Bernoulli(1).fisher(np.array([p]))[0, 0])


# ---- steps on the triangle


def test_the_natural_direction_is_the_expected_estimate(call):
    f = np.array([1.0, 0.7, 0.0])
    for theta in POINTS:
        expected = (theta * f) @ (np.eye(3) - theta)  # (5)
        np.testing.assert_allclose(call("uphill", "natural", theta, f), expected, atol=1e-15)


def test_steps_and_rings_have_the_length_they_should(call):
    f = np.array([1.0, 0.3, 0.0])
    for theta in POINTS:
        for kind in ("plain", "natural"):
            step = np.array(call("klStep", theta, call("uphill", kind, theta, f), KAPPA))
            assert FAMILY.kl(theta, step) == pytest.approx(KAPPA, rel=1e-9)
        for point in call("klContour", theta, KAPPA, 12):
            assert FAMILY.kl(theta, np.array(point)) == pytest.approx(KAPPA, rel=1e-9)
        for point in call("ellipse", theta, KAPPA, 12):
            assert FAMILY.fisher_norm(theta, np.array(point) - theta) ** 2 / 2 == pytest.approx(KAPPA, rel=1e-9)


def test_no_direction_of_the_same_fisher_length_rises_faster(call):
    f = np.array([1.0, 0.7, 0.0])
    for theta in POINTS:
        natural = np.array(call("uphill", "natural", theta, f))
        best = f @ natural / FAMILY.fisher_norm(theta, natural)
        others = np.array(call("ellipse", theta, 0.5, 360)) - theta  # of Fisher length 1
        assert (others @ f).max() <= best + 1e-12
        assert (others @ f).max() == pytest.approx(best, rel=1e-3)


def test_plain_and_natural_journeys_of_equal_kl_need_about_equally_many_steps(call):
    ratios = []
    for f in ([1.0, 0.2, 0.0], [1.0, 0.5, 0.0], [1.0, 0.9, 0.0]):
        for theta in POINTS:
            plain, natural = (call("walk", kind, theta, f, KAPPA, 400, 0.95) for kind in ("plain", "natural"))
            for path in (plain, natural):
                assert np.array(path).min() > min(0.004, theta.min()) - 1e-12
                assert np.dot(path[-1], f) >= 0.95
            ratios.append(len(plain) / len(natural))
    assert 0.9 < np.median(ratios) < 1.2
    assert 0.7 < min(ratios) < 1 < max(ratios) < 1.5


# ---- the sphere


def test_circles_and_shortest_ways(call):
    def distance(p, q):
        return 2 * np.arccos(min(1.0, np.sqrt(np.multiply(p, q)).sum()))

    centre = np.full(3, 1 / 3)
    for point in call("fisherCircle", centre, 0.3, 24):
        assert distance(centre, point) == pytest.approx(0.3)
    p, q = POINTS[:2]
    way = call("greatCircle", p, q, 10)
    assert sum(distance(a, b) for a, b in itertools.pairwise(way)) == pytest.approx(distance(p, q))
    np.testing.assert_allclose(call("bend", p, 1), np.sqrt(p))
    np.testing.assert_allclose(call("bend", p, 0), p)


def test_a_sample_pulls_along_a_great_circle(call):
    for theta in POINTS:
        for k in range(3):
            ahead = np.sqrt(theta + 0.4 * np.array(call("sampleStep", theta, k)))
            plane = np.stack([np.sqrt(theta), np.eye(3)[k], ahead])
            assert abs(np.linalg.det(plane)) < 1e-12  # the three lie in one plane through the sphere's centre


@pytest.mark.parametrize("pole", ["centre", "last"])
def test_carried_steps_are_the_librarys(call, pole):
    family = Categorical(3, pole=pole)
    for theta in POINTS:
        v = np.array(call("sampleStep", theta, 1))
        np.testing.assert_allclose(call("carried", theta, v, family.pole), family.fisher_sqrt(theta, v), atol=1e-12)


def test_the_angle_between_carried_steps_depends_on_the_pole(call):
    points = ([0.7, 0.08, 0.22], [0.06, 0.64, 0.3])  # where the figure starts
    steps = [[theta, call("sampleStep", theta, k)] for k, theta in enumerate(points)]
    angles = [call("carriedAngle", *steps, pole) for pole in [np.full(3, 3**-0.5), *np.eye(3)]]
    assert np.ptp(angles) > 30  # degrees
    renamed = [[theta[::-1], v[::-1]] for theta, v in steps]
    assert call("carriedAngle", *renamed, np.full(3, 3**-0.5)) == pytest.approx(angles[0])


@pytest.mark.parametrize("pole", ["centre", "last"])
def test_a_bernoulli_and_two_categories_adapt_alike_with_either_pole(pole):
    coins, pairs = ASNG(Bernoulli(8), rng=1), ASNG(Categorical(2, dim=8, pole=pole))
    for _ in range(200):
        c = coins.ask()
        losses = -c.sum(axis=1) + c[:, 0] * c[:, 1]
        assert pairs.tell(c, losses).delta == pytest.approx(coins.tell(c, losses).delta, rel=1e-9)


# ---- the exercises


def covariance(theta):
    return np.diag(theta[:-1]) - np.outer(theta[:-1], theta[:-1])


def score(theta, c):
    if c == len(theta) - 1:
        return np.full(c, -1 / theta[c])
    return np.eye(len(theta))[c][:-1] / theta[c]


RIGHT = {"1": lambda p: 1 / (p * (1 - p)), "2": score, "3": covariance, "4": np.pi}
WRONG = {
    "1": [lambda p: 1.0, lambda p: p * (1 - p), lambda p: 1 / np.sqrt(p * (1 - p))],
    "2": [lambda theta, c: np.eye(len(theta))[c][:-1] / theta[c], lambda theta, c: np.eye(len(theta))[c] / theta[c]],
    "3": [lambda theta: np.diag(theta[:-1]), lambda theta: np.diag(theta) - np.outer(theta, theta)],
    "4": [1.0, np.inf, "far"],
}


@pytest.mark.parametrize("number", RIGHT)
def test_an_exercise_tells_right_from_wrong(number):
    exercise = EXERCISES[f"natural-gradient-{number}"]
    assert exercise.verdict(RIGHT[number]) is None
    for answer in WRONG[number]:
        assert exercise.verdict(answer)
