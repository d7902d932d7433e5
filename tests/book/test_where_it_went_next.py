"""The chapter "Where it went next": its tree, its data, its mathematics and its exercises."""

import re
from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises.where_it_went_next import EXERCISES
from asng_book.live.family import FAMILY, INGREDIENTS
from asng_book.measured import successors
from asng_edu import ASNG, Categorical

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "book" / "where_it_went_next.md"


def test_every_method_descends_from_older_ones():
    years = {method.name: method.year for method in FAMILY}
    assert len(years) == len(FAMILY)
    for method in FAMILY:
        assert all(years[parent] < method.year for parent in method.parents)
        assert set(method.has) <= set(INGREDIENTS)
        assert method.column in (0, 1, 2)
    assert {parent for method in FAMILY if method.name == "CatCMA" for parent in method.parents} == {"ASNG", "CMA-ES"}


def test_losses_of_the_best_so_far_never_rise():
    for method, losses in successors.read()["mixed"].items():
        assert losses.shape[1] == len(successors.MOMENTS["mixed"])
        assert (np.diff(losses, axis=1) <= 0).all(), method


@pytest.mark.parametrize("delta", [0.05, 0.5, 1.0])
def test_a_step_leaves_as_many_samples_as_the_bound_says(delta):
    """(F1) exactly, over all categories of one variable, and Pinsker's inequality behind (F2)."""
    family, rng = Categorical(6), np.random.default_rng(0)
    for _ in range(20):
        asng = ASNG(family, delta)
        before = asng.theta
        asng.tell(asng.ask(rng), rng.random(2))
        p, q = (family.rows(theta)[0] for theta in (before, asng.theta))
        reused = np.minimum(p, q).sum()
        assert reused == pytest.approx(1 - np.abs(p - q).sum() / 2)
        assert reused >= 1 - np.sqrt(family.kl(before, asng.theta) / 2) - 1e-12
        assert reused >= 1 - delta / 2 - 0.02


def test_every_value_in_the_text_is_made_by_a_cell():
    text = PAGE.read_text(encoding="utf-8")
    made = set(re.findall(r'^say\("([\w-]+)"', text, flags=re.MULTILINE))
    assert made == set(re.findall(r"\{glue:text\}`([\w-]+)`", text))


def test_the_verdicts():
    verdict = {name: each.verdict for name, each in EXERCISES.items()}
    assert verdict["where-it-went-next-1"](0.7) is None
    assert verdict["where-it-went-next-2"](0.1 / (1 - 0.73**0.1)) is None
    assert verdict["where-it-went-next-3"]("c") is None
    assert all(verdict["where-it-went-next-3"](letter) for letter in "abd")

    def right(p, q, c, rng):
        p, q, c = np.asarray(p), np.asarray(q), np.asarray(c)
        kept = list(c[rng.random(len(c)) < np.minimum(1, q[c] / p[c])])
        while len(kept) < len(c):
            new = rng.choice(len(q), p=q)
            if rng.random() < max(0, 1 - p[new] / q[new]):
                kept.append(new)
        return np.array(kept)

    mix = verdict["where-it-went-next-4"]
    assert mix(right) is None
    assert "every old sample can be kept" in mix(lambda p, q, c, rng: rng.choice(len(q), size=len(c), p=q))
    assert "should be about q" in mix(lambda p, q, c, rng: c)
    assert "shape" in mix(lambda p, q, c, rng: c[:5])
