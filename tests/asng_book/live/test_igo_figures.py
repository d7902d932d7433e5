"""The language for functions of bits against Python, and the figure with its two searches in a browser."""

import json

import numpy as np
import pytest
from figure_script import MATHEMATICS, Script

from asng_edu.problems import leading_ones, onemax

N = 6
BITS = ((np.arange(2**N)[:, None] >> np.arange(N - 1, -1, -1)) & 1).astype(float)
ONES = BITS.sum(axis=1)
FORMULAS = [
    ("n - ones", N - ONES),
    ("zeros", N - ONES),
    ("n - lead", leading_ones(1 - BITS)),
    ("ones + (n + 2) * (ones = n) * -1", ONES - (N + 2) * (ONES == N)),
    ("-x1^2 + 2 * x2 / 4 - -3", -(BITS[:, 0] ** 2) + 2 * BITS[:, 1] / 4 + 3),
    ("abs(ones − 3) × (x1 >= x6)", abs(ONES - 3) * (BITS[:, 0] >= BITS[:, 5])),
    ("min(x1, x2) + max(1, x3, 2) + exp(x4) - log(1 + x5) + sqrt(4)",
     np.minimum(BITS[:, 0], BITS[:, 1]) + 2 + np.exp(BITS[:, 3]) - np.log(1 + BITS[:, 4]) + 2),
    ("2^3^2 * 0 + .5", np.full(2**N, 0.5)),
]  # fmt: skip


@pytest.fixture(scope="module")
def script():
    return Script(*MATHEMATICS, "figures/without_weights/formula.js")


@pytest.mark.parametrize(("text", "expected"), FORMULAS)
def test_a_formula_means_what_python_makes_of_it(script, text, expected):
    found = script("return Array.from(ASNG.formula.table(text, n));", text=text, n=N)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_classics_are_those_of_the_library():
    np.testing.assert_allclose(FORMULAS[0][1], onemax(1 - BITS))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Type a function"),
        ("x7", "only 6 bits"),
        ("ones +", "ends too early"),
        ("(ones", "is missing"),
        ("ones ones", "too much"),
        ("alert(1)", "is not known"),
        ("constructor", "is not known"),
        ("ones; 1", "has no meaning"),
        ("x1[0]", "has no meaning"),
        ("1 / x1", "At 000000"),
        ("sqrt(1, 2)", "takes one value"),
        ("1" * 300, "At most 200"),
    ],
)
def test_what_is_no_formula_is_refused_in_a_sentence(script, text, said):
    assert said in script.error("ASNG.formula.table(text, n);", text=text, n=N)


# ---- in a browser


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_ranks_do_not_see_an_increasing_function_and_means_do(page):
    opened = page("igo-bits")
    figure = opened.locator(".asng-figure")
    many = figure.get_by_role("button", name="50 updates")
    many.click()
    assert summary(opened)["t"] == 50
    assert summary(opened)["apart"] == 0
    assert summary(opened)["best"] == [0, 0]
    figure.get_by_label("utility").select_option(label="f minus its mean")
    many.click()
    assert summary(opened)["apart"] > 0.01
    figure.get_by_label("samples of an update").press("Home")
    many.click()
    assert summary(opened)["apart"] < 1e-6, "of two samples only the order is left"


def test_a_function_can_be_typed(page):
    opened = page("igo-bits")
    figure = opened.locator(".asng-figure")
    field = figure.get_by_label("or type it", exact=False)
    field.fill("10 - x1 - 3 * (x2 = 0)")
    assert summary(opened)["least"] == 6
    field.fill("10 - x1 -")
    assert "ends too early" in figure.locator(".asng-notice").inner_text()
    assert summary(opened)["least"] == 6
    for _ in range(3):
        figure.get_by_role("button", name="50 updates").click()
    theta = summary(opened)["theta"][0]
    assert theta[0] > 0.8
    assert theta[1] < 0.2
