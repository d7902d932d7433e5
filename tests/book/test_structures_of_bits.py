"""What chapter "Structures made of bits" derives and counts, its measurement, and its exercises."""

from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises.structures_of_bits import EXERCISES, LOSSES, estimate, expected_loss, slope, structures
from asng_book.measured import bits
from asng_book.pages import results
from asng_edu.distributions import Bernoulli
from asng_edu.jobs import rows

BOOK = Path(__file__).resolve().parents[2] / "book"


def a_loss(n, seed):
    table = np.random.default_rng(seed).normal(size=2**n)
    return lambda code: float(table[int("".join(map(str, code)), 2)])


@pytest.mark.parametrize("n", [1, 3, 5])
def test_a_bit_is_judged_by_its_mean_over_the_company(n):
    """(Z3) against the derivative of (Z1) and the inverse of F."""
    theta, loss, small = np.random.default_rng(n).uniform(0.1, 0.9, n), a_loss(n, n), 1e-6
    inverse = np.linalg.inv(Bernoulli(n).fisher(theta))
    steps = small * np.eye(n)
    gradient = [expected_loss(theta + step, loss) - expected_loss(theta - step, loss) for step in steps]
    np.testing.assert_allclose([slope(theta, i, loss) for i in range(n)], inverse @ gradient / (2 * small), rtol=1e-6)


def test_the_estimate_is_on_average_half_of_it():
    """Subtracting the samples' mean leaves 1 − 1/λ, and λ is 2."""
    theta, loss = np.array([0.3, 0.6, 0.8]), a_loss(3, 0)
    codes = structures(3)
    chances = np.where(codes == 1, theta, 1 - theta).prod(axis=1)
    mean = sum(
        p * q * estimate(theta, np.array([a, b]), np.array([loss(a), loss(b)]))
        for a, p in zip(codes, chances, strict=True)
        for b, q in zip(codes, chances, strict=True)
    )
    np.testing.assert_allclose(mean, [-0.5 * slope(theta, i, loss) for i in range(3)], atol=1e-12)


def test_averaging_is_never_worse_than_drawing():
    """The inequality after (Z4), for probabilities of the right label."""
    q = np.random.default_rng(0).uniform(0.01, 1, size=(50, 7))
    assert (-np.log(q.mean(axis=1)) <= -np.log(q).mean(axis=1)).all()


def test_the_measurement_names_its_settings_and_its_structures_follow_from_theta():
    found = rows.read_csv(results.path("structures_of_bits.csv"))
    record = results.read("structures_of_bits.json")
    written = {name: record["settings"][name] for name in bits.SETTINGS.to_json()}
    assert type(bits.SETTINGS).from_json(written) == bits.SETTINGS
    for row in found:
        assert len(row["code"]) == len(bits.SPACE.decisions)
        if row["arm"] == "asng":
            trace = bits.read_trace(row["theta"])
            assert trace.shape == (bits.SETTINGS.epochs, len(bits.SPACE.decisions))
            assert "".join(map(str, (trace[-1] > 0.5).astype(int))) == row["code"]


def test_the_page_is_in_the_book():
    toc = (BOOK / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("Beyond one search") < toc.index("file: structures_of_bits") < toc.index("Beyond the book")


@pytest.mark.parametrize(
    ("number", "right", "wrong", "says"),
    [
        (1, 75, 60, "too small"),
        (2, 0.055, 0.075, "too large"),
        (3, "b", "a", "pushes it down"),
    ],
)
def test_verdicts_on_answers(number, right, wrong, says):
    exercise = EXERCISES[f"structures-of-bits-{number}"]
    assert exercise.verdict(right) is None
    assert says in exercise.verdict(wrong)


def test_verdicts_on_functions():
    four, five = (EXERCISES[f"structures-of-bits-{number}"].verdict for number in (4, 5))

    def gradient(theta, codes, losses):
        return ((losses.mean() - losses)[:, None] * (codes - theta)).mean(axis=0)

    assert four(gradient) is None
    assert "larger loss" in four(lambda *given: -gradient(*given))
    assert "mean over the samples" in four(lambda *given: len(given[2]) * gradient(*given))
    assert five(expected_loss) is None
    assert "θ is missing" in five(lambda theta, loss: np.mean([loss(code) for code in structures(len(theta))]))
    assert min(LOSSES.values()) == 0.5
