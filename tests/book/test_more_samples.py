"""What chapter "More samples at once" says and counts, and its exercises."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises.more_samples import EXERCISES, samples_alone
from asng_book.measured import lambda_law
from asng_edu import Categorical
from asng_edu.optimizers.natural_gradient import estimate

PAGE = Path(__file__).resolve().parents[2] / "book" / "more_samples.md"


# ---- the page


@pytest.mark.parametrize(("lam", "noise"), [(4, 0.0), (16, 1.0)])
def test_the_part_along_and_the_part_across(lam, noise):
    """(M2) at the uniform θ of the sum, with what stands under its root taken from the same samples."""
    family, rng = Categorical(5, dim=30), np.random.default_rng(2)
    box, theta, share = lambda_law.additive(noise), family.initial_theta(), 1 / (1 + noise**2)
    sigma = math.sqrt(30 * 2 * (1 + noise**2))
    downhill = -np.tile(np.arange(5.0) - 2, 30)
    direction = family.fisher_sqrt(theta, downhill * theta)
    direction /= np.linalg.norm(direction)
    along, across, predicted = [], [], []
    for _ in range(1500):
        codes = family.sample(theta, rng, lam)
        losses = box.losses(codes, rng)
        found = estimate(family, theta, family.statistics(codes), losses, "mean")
        part = found.white @ direction
        along.append(part / found.norm)
        across.append(np.linalg.norm(found.white - part * direction) / found.norm)
        predicted.append(math.sqrt(share / 120) * np.linalg.norm(found.utility) / sigma)
    assert np.mean(along) / np.mean(across) == pytest.approx(np.mean(predicted), rel=0.08)


def test_the_page_is_in_the_book_before_what_is_beyond_it():
    toc = (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("Beyond one search") < toc.index("file: more_samples") < toc.index("Beyond the book")


def test_every_value_in_the_text_is_made_by_a_cell():
    text = PAGE.read_text(encoding="utf-8")
    made = {re.escape(name) for name in re.findall(r'^ *say\(f?"([\w{}.\[\]()-]+)"', text, flags=re.MULTILINE)}
    made |= {f"{kind}-{name}" for kind in ("cheapest", "bend") for name in ("sum", "noisy", "table")}
    used = set(re.findall(r"\{glue:text\}`([\w-]+)`", text))
    assert used <= {name.replace("\\", "") for name in made}


# ---- the exercises


def test_where_delta_rests():
    verdict = EXERCISES["more-samples-1"].verdict
    assert verdict(1.95) is None
    assert "too small" in verdict(1.0)
    assert EXERCISES["more-samples-2"].verdict(121.5) is None
    assert "too small" in EXERCISES["more-samples-2"].verdict(25.5)


def test_eleven_samples_on_ten_workers_waste_most():
    verdict = EXERCISES["more-samples-3"].verdict
    assert verdict("(b)") is None
    assert all(verdict(letter) for letter in "acd")


def test_the_fastest_lambda():
    verdict = EXERCISES["more-samples-4"].verdict

    def right(updates, workers, evaluation, overhead):
        return min(updates, key=lambda lam: updates[lam] * (math.ceil(lam / workers) * evaluation + overhead))

    assert verdict(right) is None
    assert "there is a faster one" in verdict(lambda updates, *_: min(updates, key=updates.get))
    assert "there is a faster one" in verdict(lambda updates, *_: min(updates))
    assert "must return one of" in verdict(lambda *_: "two")


def test_a_single_machine_gains_too():
    found = samples_alone()
    assert found[16] < 0.7 * found[2]
    verdict = EXERCISES["more-samples-5"].verdict
    assert verdict("c") is None
    assert all(verdict(letter) for letter in "abd")
