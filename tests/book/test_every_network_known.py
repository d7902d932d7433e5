"""What chapter "Every network known" says and counts, and its exercises."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises.every_network_known import EXERCISES, draws, narrowed, second_training, trainings
from asng_book.live import known_space
from asng_book.measured import landscape
from asng_edu import Categorical
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.tabulation import SIGNALS, networks_of
from asng_edu.optimizers.natural_gradient import mean_utility, natural_gradient

PAGE = Path(__file__).resolve().parents[2] / "book" / "every_network_known.md"


# ---- the page


@pytest.mark.parametrize("lam", [2, 3])
def test_the_estimate_expects_the_main_effects(lam):
    """(K3): at the uniform θ, by going through all samples of λ codes."""
    losses = np.random.default_rng(0).normal(size=(2, 3))
    family = Categorical(losses.shape)
    theta, codes = family.initial_theta(), list(itertools.product(*map(range, losses.shape)))
    total, G = np.zeros_like(theta), np.zeros_like(theta)
    for samples in itertools.product(codes, repeat=lam):
        drawn = np.array(samples)
        utility = np.empty(lam)
        mean_utility(losses[tuple(drawn.T)], utility)
        natural_gradient(family.statistics(drawn), theta, utility, G)
        total += G
    expected = total / len(codes) ** lam
    effects = [(losses.mean() - losses.mean(axis=1 - i)) / size for i, size in enumerate(losses.shape)]
    np.testing.assert_allclose(expected, (1 - 1 / lam) * np.concatenate(effects), atol=1e-12)


def test_a_network_has_as_many_codes_as_the_page_says():
    """Slots that read the same place can be swapped, unless they hold the same operation; nothing else can change."""
    space = SIGNALS.space
    for code, same in networks_of(space).items():
        swaps = [a[0] == b[0] and a[1] != b[1] for a, b in space.decode(code).normal]
        assert len(same) == 2 ** sum(swaps)


def test_one_shot_losses_are_read_by_supernet_and_epoch(tmp_path):
    file = tmp_path / "losses.csv"
    file.write_text("network,asng_5,asng_60,sng_free_7\n0,1.5,1,3\n1,2.5,2,4\n", encoding="utf-8")
    assert known_space.read_losses(file, unit=0.5)["sng_free"] == {7: [1.5, 2.0]}
    assert known_space.read_losses(file) == {"asng": {5: [1.5, 2.5], 60: [1.0, 2.0]}, "sng_free": {7: [3.0, 4.0]}}
    file.write_text("network,asng\n0,1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="one is called 'asng'"):
        known_space.read_losses(file)


@pytest.mark.slow
def test_asng_trains_the_supernet_of_random_paths_while_theta_rests():
    pytest.importorskip("torch")
    from asng_edu.nas.training.search import Search
    from asng_edu.nas.training.systems import Comparison

    known, found = KnownSpace.load(), []
    for system in ("random", "asng"):
        search = Search(Comparison(known=known, systems=("random", "asng"), seeds=1).search(system, 0), device="cpu")
        while search.step < search.epoch_steps:
            search.advance()
        found.append(search.evaluate_all(known.codes[:20])[:, 0])
    np.testing.assert_array_equal(*found)


def test_the_page_is_in_the_book_after_the_cell_search():
    toc = (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("file: cell_search") < toc.index("file: every_network_known") < toc.index("Beyond the book")


def test_every_value_in_the_text_is_made_by_a_cell():
    text = PAGE.read_text(encoding="utf-8")
    made = set(re.findall(r'^say\("([\w-]+)"', text, flags=re.MULTILINE))
    assert made == set(re.findall(r"\{glue:text\}`([\w-]+)`", text))


# ---- the exercises


def test_trainings_to_average():
    spread = landscape.Variances(1.5**2, 1.0)
    assert spread.reliability(trainings()) >= 0.95 > spread.reliability(trainings() - 1)
    assert EXERCISES["every-network-known-1"].verdict(9) is None
    assert "too small" in EXERCISES["every-network-known-1"].verdict(8)


def test_what_was_lucky_is_less_so_again():
    found = second_training()
    reliability = landscape.Variances(1.5**2, 1.0).reliability(1)
    assert found["second"] == pytest.approx(reliability * found["first"], rel=0.03)
    verdict = EXERCISES["every-network-known-2"].verdict
    assert verdict("(c)") is None
    assert all(verdict(letter) for letter in "abd")


def test_the_same_network():
    verdict = EXERCISES["every-network-known-3"].verdict
    assert verdict(lambda one, other: list(map(sorted, one)) == list(map(sorted, other))) is None
    assert "says False, but they are the same" in verdict(lambda one, other: one == other)
    assert "says True, but they are different" in verdict(lambda one, other: True)
    assert "True or False" in verdict(lambda one, other: 1)


def test_draws_without_repetition():
    rng = np.random.default_rng(0)
    first = [rng.permutation(1092)[: draws()].min() < 11 for _ in range(4000)]
    assert np.mean(first) == pytest.approx(0.5, abs=0.03)
    missed = [math.comb(1081, n) / math.comb(1092, n) for n in (draws() - 1, draws())]
    assert missed[0] > 0.5 >= missed[1]
    assert EXERCISES["every-network-known-4"].verdict(67) is None
    assert "too large" in EXERCISES["every-network-known-4"].verdict(100)


def test_counting_local_optima():
    verdict = EXERCISES["every-network-known-5"].verdict

    def right(losses):
        lowest = [losses == losses.min(axis=i, keepdims=True) for i in range(losses.ndim)]
        return int(np.all(lowest, axis=0).sum())

    assert verdict(right) is None
    assert "too small" in verdict(lambda losses: (losses == losses.min()).sum())
    assert "too large" in verdict(lambda losses: losses.size)
    assert "a number is asked for" in verdict(lambda losses: "many")


def test_a_narrower_range_lowers_the_correlation():
    every, best = narrowed()
    assert every == pytest.approx(0.9, abs=0.02)
    assert best == pytest.approx(0.55, abs=0.05)
    verdict = EXERCISES["every-network-known-6"].verdict
    assert verdict("c") is None
    assert all(verdict(letter) for letter in "abd")
    truth = np.sort(np.random.default_rng(0).normal(0, 8, 200_000))[:20_000]
    assert truth.std() < 4  # as the solution says


def test_a_short_list():
    verdict = EXERCISES["every-network-known-9"].verdict

    def right(losses, errors, k):
        return 1 + sum(errors < min(errors[i] for i in np.argsort(losses)[:k]))

    assert verdict(right) is None
    assert "with k = 2" in verdict(lambda losses, errors, k: right(losses, errors, 1))
    assert "a rank is asked for" in verdict(lambda losses, errors, k: None)
