"""What chapter "Why one-shot?" says, and its exercises."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises import why_one_shot
from asng_book.exercises.why_one_shot import EXERCISES, PAIRS, encode, lean, told_apart
from asng_book.pages import results
from asng_edu import ASNG, Categorical

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "book" / "why_one_shot.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def errors():
    return {row["method"]: float(row["test_error"]) / 100 for row in results.table1()}


def z(p, q, n=10_000):
    return abs(p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / n)


# ---- the page


def test_the_chapter_comes_before_the_method():
    toc = (ROOT / "book" / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("caption: Why one-shot?") < toc.index("file: why_one_shot") < toc.index("caption: The method")


def test_what_cannot_be_told_apart_makes_three_groups(errors):
    alike = [frozenset(b for b in errors if z(errors[a], errors[b]) <= 2) for a in errors]
    groups = set(alike)
    assert sum(map(len, groups)) == len(errors)  # each row in one group: the page says that this is luck
    assert sorted(map(len, groups)) == [1, 2, 6]
    assert z(errors["NASNet-A"], errors["ASNG-NAS"]) < 1


def test_every_row_has_an_idea_and_a_source(errors):
    named = re.search(r"IDEAS = \{(.*?)\n\}", PAGE, flags=re.DOTALL)[1]
    assert set(re.findall(r'^ {4}"([^"]+)":', named, flags=re.MULTILINE)) == set(errors)


def toy(seed):
    """The toy of the page: networks from best to worst when trained alone, and the one that the loop names."""
    D, K = 4, 5
    rng = np.random.default_rng(0)
    suits, price, row = rng.normal(size=(D, K)), rng.random((D, K)), np.arange(D)
    left = suits * 0.8**60  # after 60 steps of rate 0.1 from zero
    trained = {c: (left[row, list(c)] ** 2 + price[row, list(c)]).sum() for c in itertools.product(range(K), repeat=D)}
    x, asng = np.zeros((D, K)), ASNG(Categorical(K, dim=D), rng=seed)
    for _ in range(300):
        for c in asng.ask():
            x[row, c] -= 0.2 * (x[row, c] - suits[row, c])
        c = asng.ask()
        asng.tell(c, [((x[row, k] - suits[row, k]) ** 2 + price[row, k]).sum() for k in c])
    return sorted(trained, key=trained.get), tuple(map(int, asng.mode()))


def test_the_loop_names_the_best_network_mostly_and_a_good_one_always():
    places = [ranked.index(named) + 1 for ranked, named in map(toy, range(20))]
    assert sum(place == 1 for place in places) > 10
    assert max(places) < 20  # of 625


def shared_losses(p):
    """Return the losses (1 − wu)² of u = 1 and u = −1 under the w that is best when u = 1 has probability p."""
    w = 2 * p - 1
    return (1 - w) ** 2, (1 + w) ** 2


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_no_weight_is_better_for_both_inputs_than_that_of_the_page(p):
    a, b = shared_losses(p)
    w = np.linspace(-2, 2, 4001)
    assert p * a + (1 - p) * b == pytest.approx((p * (1 - w) ** 2 + (1 - p) * (1 + w) ** 2).min(), abs=1e-6)


def test_shared_weights_rank_the_worst_of_three_first_until_the_search_leans():
    assert min(shared_losses(0.5)) > 0.5
    assert shared_losses(lean())[0] == pytest.approx(0.5)
    assert shared_losses(lean() + 0.01)[0] < 0.5 < shared_losses(lean() - 0.01)[0]


# ---- the exercises


def decode(h, sizes):
    return [int(part.argmax()) for part in np.split(h, np.cumsum(sizes)[:-1])]


def apart(p, q, n):
    variance = (p * (1 - p) + q * (1 - q)) / n
    return abs(p - q) > 2 * math.sqrt(variance)


def bill(gpu_days, price, watts):
    hours = 24 * gpu_days
    return hours, hours * price, hours * watts / 1000


def test_the_solutions_pass():
    assert EXERCISES["why-one-shot-1"].verdict(11_250_000) is None
    assert EXERCISES["why-one-shot-2"].verdict(decode) is None
    assert EXERCISES["why-one-shot-3"].verdict(apart) is None
    assert EXERCISES["why-one-shot-4"].verdict("c") is None
    assert EXERCISES["why-one-shot-4"].verdict("(C)") is None
    assert EXERCISES["why-one-shot-5"].verdict(bill) is None
    assert EXERCISES["why-one-shot-6"].verdict(0.6464) is None


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("why-one-shot-1", 15_625, "too small"),
        ("why-one-shot-2", lambda h, sizes: np.flatnonzero(h).tolist(), "it returns"),
        ("why-one-shot-2", lambda h, sizes: 3, "1 whole numbers, one for each decision"),
        ("why-one-shot-3", lambda p, q, n: abs(p - q) > 2 * math.sqrt(p * (1 - p) / n), "are not told apart"),
        ("why-one-shot-3", lambda p, q, n: abs(p - q) > 4 * math.sqrt(p * (1 - p) / n), "are told apart"),
        ("why-one-shot-3", lambda p, q, n: 1, "must return True or False, but returns 1"),
        ("why-one-shot-4", "a", "within two standard errors"),
        ("why-one-shot-4", "e", "one of the letters a, b, c, d"),
        (
            "why-one-shot-5",
            lambda d, price, watts: (24 * d, 24 * d * price, 24 * d * watts),
            "kilowatt-hours are too large",
        ),
        ("why-one-shot-5", lambda d, price, watts: d, "three numbers"),
        ("why-one-shot-6", 0.5, "too small"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, answer, said):
    assert said in EXERCISES[name].verdict(answer)


def test_the_pairs_are_those_of_the_table_and_one_is_told_apart(errors):
    names = {
        "a": ("NASNet-A", "ASNG-NAS"),
        "b": ("ENAS", "DARTS (first order)"),
        "c": ("DARTS (second order)", "ProxylessNAS-G"),
        "d": ("NAONet", "ProxylessNAS-G"),
    }
    for letter, (one, other) in names.items():
        assert PAIRS[letter] == pytest.approx((errors[one], errors[other]))
    assert [letter for letter, pair in PAIRS.items() if told_apart(*pair, 10_000)] == ["c"]
    found = {letter: f"{z(*pair):.1f}" for letter, pair in PAIRS.items()}
    assert (found["c"], found["a"]) == ("3.1", "0.8")  # as the solution says


def test_so_many_vectors_and_gates():
    nodes, operations = 6, 5
    sizes = [operations] * nodes + list(range(2, nodes + 1))  # node 0 reads the only place there is
    assert (len(sizes), sum(sizes), math.prod(sizes)) == (11, 50, why_one_shot.architectures(nodes, operations))


def test_one_hot_vectors_end_to_end():
    assert encode([2, 0, 4], [5, 5, 5]).tolist() == Categorical(5, dim=3).statistics(np.array([[2, 0, 4]]))[0].tolist()
