"""The small statistics of the live figures against NumPy's and the library's."""

import numpy as np
import pytest
from figure_script import Script

from asng_book import comparisons


@pytest.fixture(scope="module")
def script():
    return Script("numbers.js")


def test_ticks_are_round(script):
    assert script("return ASNG.numbers.ticks(0.12, 0.57, 5);") == [0.2, 0.3, 0.4, 0.5]
    assert script("return ASNG.numbers.ticks(0, 12000, 6);") == [0, 2000, 4000, 6000, 8000, 10000, 12000]


@pytest.mark.parametrize("count", [1, 2, 9, 30])
def test_quantiles_are_those_of_numpy(script, count):
    values = np.random.default_rng(count).normal(size=count)
    shares = [0, 0.1, 0.25, 0.5, 0.9, 1]
    found = script(
        "return shares.map((share) => ASNG.numbers.quantile(values, share));", values=values.tolist(), shares=shares
    )
    np.testing.assert_allclose(found, np.quantile(values, shares), rtol=1e-14)
    assert script("return ASNG.numbers.mean(values);", values=values.tolist()) == pytest.approx(values.mean())


@pytest.mark.parametrize("most", [3, 1000])
def test_rank_correlations_are_those_of_the_library(script, most):
    rng = np.random.default_rng(most)
    a, b = rng.integers(most, size=(2, 50)).tolist()
    np.testing.assert_array_equal(script("return ASNG.numbers.ranks(a);", a=a), comparisons.ranks(a))
    assert script("return ASNG.numbers.spearman(a, b);", a=a, b=b) == pytest.approx(float(comparisons.spearman(a, b)))
    assert script("return ASNG.numbers.spearman(a, a.map(() => 1));", a=a) is None
