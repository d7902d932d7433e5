"""What chapter "Nine systems, one bench" derives, its solutions, and its exercises."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from chapters import code_of, exercises_of

from asng_book.exercises.nine_systems import (
    CODES,
    EXERCISES,
    LOGITS,
    LOSSES,
    ODDS,
    OUTPUTS,
    gate_expectations,
    mixed,
    permuted,
    score_vector,
    trainings,
    two_gates,
)
from asng_book.measured.compare import FAMILIES
from asng_book.permutations import permutation
from asng_edu import Categorical
from asng_edu.nas.training.systems import SYSTEMS
from asng_edu.optimizers.natural_gradient import natural_gradient

PAGE = Path(__file__).resolve().parents[2] / "book" / "nine_systems.md"
TEXT = PAGE.read_text(encoding="utf-8")


# ---- the page


def test_every_system_has_a_card():
    cards = set(re.findall(r"\{glue:text\}`([\w-]+)-error`", TEXT))
    assert cards == set(SYSTEMS)
    assert {name for _, members in FAMILIES.values() for name in members} == cards


def test_the_page_stands_after_the_search():
    toc = (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("cell_search") < toc.index("nine_systems") < toc.index("Beyond the book")


def test_the_score_is_onehot_less_p_and_the_librarys_natural_gradient():
    """(B1) by finite differences, and the vector of (B2) against the library's estimate (7)."""
    z, h = np.array([0.2, -0.4, 0.7]), 1e-6

    def logs(z):
        return z - np.log(np.exp(z).sum())

    p = np.exp(logs(z))
    for c in range(3):
        score = [(logs(z + h * e)[c] - logs(z - h * e)[c]) / (2 * h) for e in np.eye(3)]
        np.testing.assert_allclose(score, np.eye(3)[c] - p, atol=1e-8)
    family = Categorical(3, dim=1)
    samples, losses = np.array(CODES)[:, None], np.array(LOSSES)
    theta = np.array(ODDS)
    utilities = losses.mean() - losses
    estimate = np.empty(3)
    natural_gradient(family.statistics(samples), theta, utilities, estimate)
    np.testing.assert_allclose(score_vector(), estimate, atol=1e-12)


def test_the_gates_formula_is_the_derivative_of_the_softmax_of_the_pair():
    """(B4): with the loss linear in p, finite differences in α give it exactly."""
    rng, h = np.random.default_rng(0), 1e-6
    for _ in range(10):
        alpha, slopes = rng.normal(size=2), rng.normal(size=2)

        def loss(alpha, slopes=slopes):
            return float(slopes @ np.exp(alpha) / np.exp(alpha).sum())

        numeric = [(loss(alpha + h * e) - loss(alpha - h * e)) / (2 * h) for e in np.eye(2)]
        np.testing.assert_allclose(two_gates(alpha, slopes), numeric, atol=1e-8)


# ---- the exercises


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_the_solution_on_the_page_is_right_and_the_first_answer_is_not(name):
    found = exercises_of("nine_systems")[name]
    assert found.solution
    made = {"np": np, "itertools": itertools}
    exec(code_of(found.solution), made)
    answer = made[re.search(rf'check\("{name}", (\w+), hint=0\)', TEXT)[1]]
    assert EXERCISES[name].verdict(answer) is None
    first = {"np": np}
    cell = re.search(rf'```\{{code-cell\}} ipython3\n((?:(?!```)[\s\S])*?)check\("{name}"', TEXT)[1]
    exec("\n".join(line for line in cell.splitlines() if not line.startswith(":")), first)
    assert EXERCISES[name].verdict(first[re.search(rf'check\("{name}", (\w+), hint=0\)', TEXT)[1]]) is not None


def test_two_gates_wish_for_the_mixture_even_where_the_draw_wishes_for_the_opposite():
    found = gate_expectations()
    assert found["two gates"] == pytest.approx(found["b"])
    assert found["two gates"] * found["a"] < 0
    p, o = np.exp(LOGITS) / np.exp(LOGITS).sum(), np.array(OUTPUTS)
    h, values = 1e-6, []
    for sign in (1, -1):
        raised = np.array(LOGITS) + sign * h * np.eye(2)[0]
        q = np.exp(raised) / np.exp(raised).sum()
        values.append(((q @ o) ** 2, q @ o**2))
    mixture, draw = ((up - down) / (2 * h) for up, down in zip(*values, strict=True))
    assert found["b"] == pytest.approx(mixture, rel=1e-5)
    assert found["a"] == pytest.approx(draw, rel=1e-5)
    assert p.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [("b", None), ("a", "the loss of the closed gate's operation"), ("c", "cancel"), ("d", "one of the letters")],
)
def test_replies(answer, said):
    verdict = EXERCISES["nine-systems-3"].verdict(answer)
    assert verdict is None if said is None else said in verdict


def test_gates_that_are_wrong_are_told_how():
    verdict = EXERCISES["nine-systems-2"].verdict
    assert "must sum to 0" in verdict(lambda alpha, slopes: slopes)
    assert "should be" in verdict(lambda alpha, slopes: two_gates(alpha, slopes) * 2)
    assert "two numbers" in verdict(lambda alpha, slopes: 0.0)


def test_a_wrong_test_is_told_how():
    verdict = EXERCISES["nine-systems-4"].verdict
    assert verdict(permutation) is None
    assert "too small" in verdict(lambda a, b: permuted(a, b) / 2)
    assert "too large" in verdict(lambda a, b: 1.5)


def test_trainings_by_drawing():
    assert 1 - 0.99 ** trainings() >= 0.95 > 1 - 0.99 ** (trainings() - 1)


def test_the_trap():
    verdict = EXERCISES["nine-systems-6"].verdict
    assert "within 0.05 of the best" in verdict([[0.9, 0.6, 0.8], [0.6, 0.2, 0.5], [0.8, 0.5, 0.7]])
    assert "trapped as well" in verdict([[0.05, 0.9, 0.9], [0.9, 0.4, -0.6], [0.9, -0.6, 0.6]])
    assert "in one place only" in verdict([[0.5] * 3] * 3)
    assert "three rows of three" in verdict([[2, 0, 0]] * 3)
    assert "three rows of three" in verdict("none")


def test_a_mixture_goes_downhill():
    errors = np.random.default_rng(2).uniform(-1, 1, (3, 3))
    losses = [float(u @ errors @ v) ** 2 for u, v in (mixed(errors, steps) for steps in range(0, 200, 20))]
    assert all(after <= before + 1e-9 for before, after in itertools.pairwise(losses))
