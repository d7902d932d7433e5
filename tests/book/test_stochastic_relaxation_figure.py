"""The figure's formulas in JavaScript against the library and against enumeration of all samples."""

import itertools
import json

import numpy as np
import pytest

from asng_book.live import files
from asng_edu.distributions import Categorical
from asng_edu.optimizers.natural_gradient import mean_utility, natural_gradient

quickjs = pytest.importorskip("quickjs")

STATIC = files.STATIC
THETA = np.array([0.15, 0.6, 0.25])
F = np.array([1.0, 0.7, -0.4])


@pytest.fixture(scope="module")
def call():
    context = quickjs.Context()
    for file in ("engine.js", "figures/stochastic_relaxation/stochastic_relaxation.js"):
        context.eval((STATIC / file).read_text(encoding="utf-8"))

    def call(name, *arguments):
        text = ", ".join(json.dumps(a.tolist() if isinstance(a, np.ndarray) else a) for a in arguments)
        plain = "(_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v"
        return json.loads(context.eval(f"JSON.stringify(ASNG.stochasticRelaxation.{name}({text}), {plain})"))

    return call


def enumerated(lam, f, baseline):
    """Return E G and Tr(F Cov G) of (7), summed over all K^λ samples."""
    family = Categorical(3)
    mean, second = np.zeros(3), 0.0
    for c in itertools.product(range(3), repeat=lam):
        samples = np.array(c)
        probability = np.prod(THETA[samples])
        losses, utility, G = -f[samples], f[samples].copy(), np.empty(3)
        if baseline:
            mean_utility(losses, utility)
        natural_gradient(family.statistics(samples[:, None]), THETA, utility, G)
        mean += probability * G
        second += probability * family.fisher_norm(THETA, G) ** 2
    return mean, second - family.fisher_norm(THETA, mean) ** 2


@pytest.mark.parametrize("lam", [2, 3, 5])
@pytest.mark.parametrize("constant", [0.0, 3.0, -0.8])
def test_expectation_and_noise_are_exact(call, lam, constant):
    f = F + constant
    true = np.array(call("gradient", THETA, f))
    for baseline, name, shrink in ((False, "rawNoise", 1.0), (True, "baselineNoise", 1.0 - 1.0 / lam)):
        mean, noise = enumerated(lam, f, baseline)
        np.testing.assert_allclose(mean, shrink * true, rtol=0, atol=1e-12)
        assert call(name, THETA, f, lam) == pytest.approx(noise, rel=1e-9)
        norm = Categorical(3).fisher_norm(THETA, mean)
        assert call("noiseToSignal", THETA, f, lam, baseline) == pytest.approx(noise / norm**2, rel=1e-9)


def test_the_length_of_the_gradient_is_the_spread_of_f(call):
    norm = Categorical(3).fisher_norm(THETA, np.array(call("gradient", THETA, F)))
    assert call("signal", THETA, F) == pytest.approx(norm**2)


def test_the_best_constant_is_best(call):
    best = call("bestConstant", THETA, F)
    least = call("rawNoise", THETA, F + best, 2)
    assert all(call("rawNoise", THETA, F + best + step, 2) > least for step in (-0.1, -1e-3, 1e-3, 0.1))


@pytest.mark.parametrize("baseline", [False, True])
def test_many_estimates_agree_with_the_formulas(call, baseline):
    count = 20_000
    setting = {
        "theta": THETA.tolist(),
        "f": (F + 1).tolist(),
        "lam": 4,
        "baseline": baseline,
        "count": count,
        "seed": 1,
    }
    drawn = call("estimates", setting)
    mean, noise = enumerated(4, F + 1, baseline)
    assert sum(group["count"] for group in drawn["groups"]) == count
    assert Categorical(3).fisher_norm(THETA, np.array(drawn["mean"]) - mean) < 4 * np.sqrt(noise / count)
    assert drawn["noise"] == pytest.approx(noise, rel=0.05)
    if baseline:
        assert min(group["rise"] for group in drawn["groups"]) > -1e-12  # never downhill
    else:
        assert min(group["rise"] for group in drawn["groups"]) < 0
