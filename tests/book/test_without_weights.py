"""What chapter "Without weights" derives, and its exercises."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asng_book.exercises.without_weights import EXERCISES, first_bit, leading, steps
from asng_book.pages import results
from asng_edu.optimizers.natural_gradient import mean_utility, rank_utility
from asng_edu.problems import leading_ones

PAGE = Path(__file__).resolve().parents[2] / "book" / "without_weights.md"
CHANGES = [np.exp, lambda f: f**3, lambda f: np.log1p(f), lambda f: 3 * f + 7]


# ---- what the method reads in f


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=12))
def test_ranks_do_not_see_an_increasing_function(losses):
    plain, changed = np.empty(len(losses)), np.empty(len(losses))
    rank_utility(np.array(losses, dtype=float), plain)
    rank_utility(np.exp(np.array(losses) / 4.0), changed)
    np.testing.assert_array_equal(plain, changed)


@pytest.mark.parametrize("change", CHANGES)
def test_two_samples_are_two_ranks(change):
    """(I3)."""
    np.testing.assert_allclose(steps("mean", 2, change), steps("rank", 2, lambda f: f), atol=1e-12)


def test_means_of_more_samples_see_all_but_straight_lines():
    plain = steps("mean", 6, lambda f: f)
    np.testing.assert_allclose(steps("mean", 6, CHANGES[-1]), plain)
    for change in CHANGES[:3]:
        assert np.abs(steps("mean", 6, change) - plain).max() > 1e-3


def test_utilities_of_two_are_opposite_halves():
    u = np.empty(2)
    mean_utility(np.array([1.0, 4.0]), u)
    np.testing.assert_allclose(u, [1.5, -1.5])


# ---- the page


def test_the_page_is_in_the_book():
    toc = (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("Beyond one search") < toc.index("file: without_weights") < toc.index("Beyond the book")


def test_every_value_in_the_text_is_made_by_a_cell():
    text = PAGE.read_text(encoding="utf-8")
    made = set(re.findall(r'^say\("([\w-]+)"', text, flags=re.MULTILINE))
    assert made == set(re.findall(r"\{glue:text\}`([\w-]+)`", text))


def test_the_table_has_a_row_for_every_measured_method():
    bench = results.read("bench_black_boxes.json")
    names = re.search(r"^names = (\{.*\})$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {run["method"] for run in bench["runs"]} == set(re.findall(r'"([^"]+)":', names[1]))
    for run in bench["runs"]:
        assert len(run["evaluations"]) == bench["settings"]["seeds"][run["method"]]
        assert all(n is None or 0 < n <= run["budget"] for n in run["evaluations"])


# ---- the exercises


def test_a_step_on_three_bits():
    assert first_bit() == pytest.approx(0.5 + 0.5 / (1 / 0.25 + 1 / 0.16) ** 0.5)
    assert EXERCISES["without-weights-1"].verdict(first_bit()) is None
    assert "too small" in EXERCISES["without-weights-1"].verdict(0.5)


def test_which_one_notices():
    verdict = EXERCISES["without-weights-2"].verdict
    assert verdict("d") is None
    assert all(verdict(letter) for letter in "abc")


def utilities(losses):
    mu = -(-len(losses) // 4)
    u = np.zeros(len(losses))
    order = np.argsort(losses)
    u[order[:mu]] += 1 / mu
    u[order[-mu:]] -= 1 / mu
    return u


def test_ties_must_be_shared():
    def shared(losses):
        u = utilities(losses)
        for value in set(losses.tolist()):
            u[losses == value] = u[losses == value].mean()
        return u

    verdict = EXERCISES["without-weights-3"].verdict
    assert verdict(shared) is None
    assert "share" in verdict(utilities)


def test_expected_leading_ones():
    theta = np.array([0.9, 0.6, 0.3, 0.8])
    bits = np.random.default_rng(0).random((200_000, 4)) < theta
    found = 4 - leading_ones(1 - bits.astype(int))
    assert leading(theta) == pytest.approx(found.mean(), abs=5 * found.std() / len(found) ** 0.5)
    assert EXERCISES["without-weights-4"].verdict(leading) is None
    assert "not the mean" in EXERCISES["without-weights-4"].verdict(np.sum)


def test_how_rarely_the_last_bit_speaks():
    assert EXERCISES["without-weights-5"].verdict(0.5**19) is None
    assert "too large" in EXERCISES["without-weights-5"].verdict(0.5**10)


def test_the_line_of_optuna_finds_what_the_page_says():
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    (block,) = re.findall(r"```python\n(import optuna.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    space = {f"x{i}": ("a", "b", "c") for i in range(8)}
    names = {"space": space, "wrong": lambda p: sum(value != "b" for value in p.values())}
    exec(block, names)
    assert names["study"].best_value == 0
