"""What chapter "Small is beautiful" says and counts, its exercises, and the scripts that measured for it."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises.small_is_beautiful import EXERCISES, entry, indifference, mean_sign
from asng_book.measured import pareto
from asng_edu.jobs import rows
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.spaces.price_list import price_list

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "book" / "small_is_beautiful.md"


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "figures" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- the page


@pytest.mark.parametrize("theta", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("price", [1e-6, 0.5, 1.9])
def test_the_mean_direction_of_a_bit_does_not_know_the_price(theta, price):
    """(E6), for a price below twice the gain over 4θ(1−θ)."""
    assert mean_sign(theta, 1.0, price) == pytest.approx(-((1 - 2 * theta) ** 2), abs=1e-12)


def test_the_page_is_in_the_part_beyond_one_search():
    toc = (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("Beyond one search") < toc.index("file: small_is_beautiful") < toc.index("Beyond the book")


def test_every_value_in_the_text_is_made_by_a_cell():
    text = PAGE.read_text(encoding="utf-8")
    made = set(re.findall(r'^\s*say\("([\w-]+)"', text, flags=re.MULTILINE))
    used = set(re.findall(r"\{glue:text\}`([\w-]+)`", text))
    looped = {name for name in used if re.fullmatch(r"(one-)?(asng|sng|evolution|random)-(closed|sampled)", name)}
    assert made == used - looped
    assert looped


def test_the_price_list_is_the_true_cost_but_for_shared_modules():
    known, measured = KnownSpace.load(), script("price_of_size")
    listed = known.space.categorical().statistics(known.codes) @ price_list(known.space, measured.OPERATIONS)
    for code, own, charged in zip(known.codes, known.parameters - known.parameters.min(), listed, strict=True):
        twins = [node[0][1] for node in known.space.decode(code).normal if node[0] == node[1]]
        assert charged - own == sum(measured.OPERATIONS.get(name, 0.0) for name in twins)


def test_a_search_of_the_figure_gives_what_is_in_its_file():
    measured, known = script("price_of_size"), KnownSpace.load()
    lines = (ROOT / "figures" / "data" / "price_of_size.csv").read_text(encoding="utf-8").splitlines()
    rows = {tuple(line.split(",")[:4]): [int(n) for n in line.split(",")[4:]] for line in lines[1:]}
    assert [tuple(map(str, job)) for job in measured.JOBS] == list(rows)
    jobs = [("truth", "asng", "closed", 120), ("training", "sng", "sampled", 80), ("truth", "random", "sampled", 0)]
    for job in jobs:
        assert measured.named(known, *job[:3], 1e-6 * job[3], 5) == rows[tuple(map(str, job))][5]


def test_the_networks_picked_with_shared_weights_are_what_the_table_says_of_them():
    known, measured = KnownSpace.load(), script("price_on_supernet")
    found = rows.read_csv(ROOT / "figures" / "data" / "price_on_supernet.csv")
    assert len(found) == measured.SEEDS * (1 + 2 * len(measured.PRICES))
    for row in found:
        assert row["parameters"] == known.parameters[row["network"]]
        assert row["test_error"] == pytest.approx(known.test_errors[row["network"]].mean(), abs=1e-5)


# ---- the exercises


def test_indifference_and_one_row():
    assert indifference() == pytest.approx(1.5)
    assert entry() == pytest.approx(26.4)
    assert EXERCISES["small-is-beautiful-1"].verdict(1.5) is None
    assert "too large" in EXERCISES["small-is-beautiful-1"].verdict(2)
    assert EXERCISES["small-is-beautiful-3"].verdict(26.4) is None


@pytest.mark.parametrize(("name", "right", "wrong"), [("2", "a", "bcd"), ("5", "b", "ac")])
def test_choices(name, right, wrong):
    verdict = EXERCISES[f"small-is-beautiful-{name}"].verdict
    assert verdict(right) is None
    assert all(verdict(letter) for letter in wrong)


def test_the_closed_form_of_a_row():
    verdict = EXERCISES["small-is-beautiful-4"].verdict
    assert verdict(lambda theta, prices: theta * (prices - theta @ prices)) is None
    assert "sum to zero" in verdict(lambda theta, prices: prices)
    assert "something else" in verdict(lambda theta, prices: prices - prices.mean())
    assert "an array with 2 numbers" in verdict(lambda theta, prices: 3.0)


def test_what_no_price_reaches():
    verdict = EXERCISES["small-is-beautiful-6"].verdict

    def right(sizes, errors):
        front = pareto.front(sizes, errors)
        return sorted(set(range(len(sizes))) - set(front.networks[front.supported].tolist()))

    def only_dominated(sizes, errors):
        return sorted(set(range(len(sizes))) - set(pareto.front(sizes, errors).networks.tolist()))

    assert verdict(right) is None
    assert "too few" in verdict(only_dominated)
    assert "too many" in verdict(lambda sizes, errors: list(range(len(sizes))))
    assert "a list of indices" in verdict(lambda sizes, errors: None)
    assert np.isfinite(pareto.total([1], [0.5], 1.0)).all()
