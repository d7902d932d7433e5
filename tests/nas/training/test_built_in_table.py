"""The table that comes with the library: what it must be worth, and that it says what its trainings say."""

from __future__ import annotations

import numpy as np
import pytest

from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.compare import spearman
from asng_edu.nas.training.tabulate import train
from asng_edu.nas.training.tabulation import SIGNALS
from asng_edu.problems.tabular import BUILT_IN, load


@pytest.fixture(scope="module")
def known() -> KnownSpace:
    return KnownSpace.load()


def test_it_is_the_space_and_the_training_that_the_library_names(known: KnownSpace) -> None:
    assert known.tabulation == SIGNALS
    assert known.test_errors.shape == (len(known.codes), 3)
    assert BUILT_IN.stat().st_size < 1e6


def test_architecture_decides_more_than_seeds_and_more_than_size(known: KnownSpace) -> None:
    within = known.test_errors.var(axis=1, ddof=1).mean()
    of_means = known.test_errors.mean(axis=1)
    assert 1 - within / 3 / of_means.var(ddof=1) >= 0.8  # the reliability of a mean of three
    assert abs(spearman(known.parameters, of_means)) < 0.7
    best = int(of_means.argmin())
    assert known.parameters.min() < known.parameters[best] < known.parameters.max()


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_the_core_reads_the_same_problem_as_the_search(known: KnownSpace, seed: int) -> None:
    plain, table = load(seed), known.tabular(seed)
    every = table.codes(np.arange(table.size))
    assert plain.sizes == table.sizes
    assert plain.options == table.options
    np.testing.assert_array_equal(plain.network(every), table.network(every))
    np.testing.assert_allclose(plain.losses(every), table.losses(every), rtol=1e-15)
    np.testing.assert_array_equal(plain.observed(every), table.observed(every))


def test_a_network_trained_again_has_the_errors_of_its_row(known: KnownSpace) -> None:
    validation, test, _ = train(SIGNALS, (*known.codes[500].tolist(), 1))  # on other machines sums differ in their ends
    assert validation == pytest.approx(known.validation_errors[500, 1], abs=0.05)
    assert test == pytest.approx(known.test_errors[500, 1], abs=0.05)
