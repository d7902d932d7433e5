"""What chapter "Two relaxations" says and measures, and its exercises."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises.two_relaxations import (
    EXERCISES,
    applications,
    expectations,
    follow,
    mixture_loss,
    smallest_gap,
)
from asng_book.pages import results
from asng_edu.nas.spaces.cell_space import CellSpace

PAGE = Path(__file__).resolve().parents[2] / "book" / "two_relaxations.md"


# ---- the page


@pytest.mark.parametrize("sizes", [(2,), (3, 4), (2, 3, 2)])
def test_the_best_bet_is_a_vertex(sizes):
    """(R3) for several decisions: no θ has less expected loss than the best c, and J is linear in each row."""
    rng = np.random.default_rng(len(sizes))
    losses = rng.normal(size=sizes)

    def expected(rows):
        found = losses
        for row in rows:
            found = np.tensordot(row, found, axes=(0, 0))
        return float(found)

    for _ in range(50):
        rows = [rng.dirichlet(np.ones(size)) for size in sizes]
        assert expected(rows) >= losses.min()
        one, other = rng.dirichlet(np.ones(sizes[0])), rng.dirichlet(np.ones(sizes[0]))
        between = expected([0.3 * one + 0.7 * other, *rows[1:]])
        assert between == pytest.approx(0.3 * expected([one, *rows[1:]]) + 0.7 * expected([other, *rows[1:]]))
    best = np.unravel_index(losses.argmin(), sizes)
    vertex = [np.eye(size)[k] for size, k in zip(sizes, best, strict=True)]
    assert expected(vertex) == pytest.approx(losses.min())


def test_a_mixture_before_a_convex_loss_hangs_below_the_line():
    """(R4), for a linear classifier with cross-entropy."""
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(3, 40, 6, generator=generator, dtype=torch.float64)
    classifier = torch.randn(6, 5, generator=generator, dtype=torch.float64)
    labels = torch.randint(5, (40,), generator=generator)

    def loss(mixed):
        return float(torch.nn.functional.cross_entropy(mixed @ classifier, labels))

    alone = np.array([loss(output) for output in outputs])
    for w in np.random.default_rng(0).dirichlet(np.ones(3), 30):
        mixed = torch.einsum("k,kbf->bf", torch.from_numpy(w), outputs)
        assert loss(mixed) <= w @ alone


def test_one_hot_gates_are_the_path():
    """At the vertices both relaxations are the operation itself, in the chapter's own space."""
    torch = pytest.importorskip("torch")
    from asng_edu.nas.supernet.network import Network
    from asng_edu.nas.training.settings import CLUTTER

    space = CLUTTER.change(nodes=2, operations=("identity", "max_pool_3x3", "conv_1x1", "conv_3x3")).space
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Network(space, cells=1, channels=4, image_channels=1).double()
        x = torch.randn(6, 1, 8, 8, dtype=torch.float64)
    for seed in range(5):
        path = space.random(seed)
        code = space.encode(path)
        gates = [torch.eye(d.size, dtype=torch.float64)[k] for d, k in zip(space.decisions, code, strict=True)]
        torch.testing.assert_close(network(x, gates), network(x, path))


def test_the_measured_costs_are_those_of_the_page():
    bench = results.read("bench_supernet.json")["mixture"]
    text = PAGE.read_text(encoding="utf-8")
    ways = re.search(r"^ways = (\{.*\})$", text, flags=re.MULTILINE)
    keys = re.findall(r'"([a-z ,]+)": "', ways[1])
    assert set(keys) == set(bench)
    path, mixture, learned = (bench[key] for key in keys)
    for measure in ("milliseconds", "saved_bytes", "peak_bytes"):
        assert np.median(mixture[measure]) > 5 * np.median(path[measure])
        assert np.median(learned[measure]) > 5 * np.median(path[measure])


def test_the_page_is_in_the_book():
    toc = (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
    assert toc.index("Why one-shot?") < toc.index("two_relaxations") < toc.index("The method")


# ---- the exercises


def test_the_gap_is_found_by_trying_all_weights():
    w = np.linspace(0, 1, 1_000_001)
    loss = mixture_loss(w)
    assert smallest_gap() == pytest.approx(min(loss[0], loss[-1]) - loss.min(), abs=1e-9)
    assert EXERCISES["two-relaxations-1"].verdict(0.30625) is None
    assert "too small" in EXERCISES["two-relaxations-1"].verdict(0.2)


def test_estimates_are_on_average_what_sampling_gives():
    found, rng = expectations(), np.random.default_rng(0)
    z, count = 0.4, 400_000
    p = 1 / (1 + np.exp(-z))

    def loss(gate):
        return (2 * gate - 1.2) ** 2

    def slope(gate):
        return 4 * (2 * gate - 1.2)

    drawn = (rng.random(count) < p).astype(float)
    soft = 1 / (1 + np.exp(-(z + rng.logistic(size=count))))
    sampled = {"b": slope(drawn) * p * (1 - p), "c": slope(soft) * soft * (1 - soft), "d": loss(drawn) * (drawn - p)}
    for name, values in sampled.items():
        assert found[name] == pytest.approx(values.mean(), abs=5 * values.std() / np.sqrt(count))
    assert found["a"] == pytest.approx(slope(p) * p * (1 - p))
    h = 1e-6
    ahead, behind = (1 / (1 + np.exp(-(z + s * h))) for s in (1, -1))
    J = [q * loss(1) + (1 - q) * loss(0) for q in (ahead, behind)]
    assert found["J"] == pytest.approx((J[0] - J[1]) / (2 * h), rel=1e-5)


@pytest.mark.parametrize(
    ("answer", "said"),
    [("d", None), ("(D)", None), ("a", "(a) is −0.003"), ("b", "on average"), ("c", "−0.192"),
     ("e", "one of the letters"), (4, "one of the letters")],
)  # fmt: skip
def test_only_the_score_has_no_bias(answer, said):
    verdict = EXERCISES["two-relaxations-2"].verdict(answer)
    assert verdict is None if said is None else said in verdict


def formula(nodes, operations):
    return operations * nodes * (nodes + 3) // 2, 2 * nodes


def test_what_runs_is_counted_in_a_network():
    torch = pytest.importorskip("torch")
    from asng_edu.nas.supernet.network import Network

    space = CellSpace(nodes=3, operations=("conv_1x1", "conv_3x3"), kinds=("normal",))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Network(space, cells=1, channels=2, image_channels=1)
    ran = []
    for name, module in network.cells[0].named_modules():
        if re.fullmatch(r"operations\.\w+", name):
            module.register_forward_hook(lambda *_: ran.append(1))
    with torch.no_grad():
        network(torch.zeros(2, 1, 4, 4), [torch.full((d.size,), 1 / d.size) for d in space.decisions])
    mixture, path = applications(3, 2)
    assert len(ran) == mixture
    for seed in range(10):
        ran.clear()
        with torch.no_grad():
            network(torch.zeros(2, 1, 4, 4), space.random(seed))
        assert 3 <= len(ran) <= path
    exercise = EXERCISES["two-relaxations-3"]
    assert exercise.verdict(formula) is None
    assert "for the mixture: too small" in exercise.verdict(lambda n, m: (n * m, 2 * n))
    assert "for the path: too small" in exercise.verdict(lambda n, m: (formula(n, m)[0], n))
    assert "two numbers" in exercise.verdict(lambda n, m: n)


TRAP = [[0, 9, 9], [9, 1, 2], [9, 2, 3]]


def test_the_trap():
    exercise = EXERCISES["two-relaxations-4"]
    assert exercise.verdict(TRAP) is None
    assert exercise.verdict((np.array(TRAP) * 100 - 7).tolist()) is None
    assert "which is the best one" in exercise.verdict([[0, 1, 2], [1, 2, 3], [2, 3, 4]])
    assert "in one place only" in exercise.verdict([[1] * 3] * 3)
    assert "three rows of three" in exercise.verdict([[0, 9], [9, 1]])
    assert "does not settle" in exercise.verdict([[0, 9, 9], [9, 1, 1], [9, 1, 1]])
    neighbours = [TRAP[i][1] for i in (0, 2)] + [TRAP[1][j] for j in (0, 2)]
    assert min(neighbours) > TRAP[1][1] > 0  # every single change is a loss, as the solution says


def test_following_goes_downhill():
    losses = np.random.default_rng(1).random((3, 3))
    values = [float(a @ losses @ b) for a, b in (follow(losses, steps) for steps in range(0, 400, 40))]
    assert all(after <= before + 1e-12 for before, after in itertools.pairwise(values))
    assert values[0] == pytest.approx(losses.mean())
