"""What chapter "The supernet and the search" says, its exercises, and the data it reads."""

import json
import math

import numpy as np
import pytest

from asng_book import comparisons
from asng_book.exercises.supernet import EXERCISES, touched
from asng_book.measured import clutter, plot_clutter
from asng_book.pages import results
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.training.settings import CLUTTER

VARIANTS = {
    "asng": {}, "sng": {"strategy": "sng"}, "small-step": {"delta0": 0.2}, "random-search": {"strategy": "random"},
    "no-warmup": {"warmup": 0.0}, "no-chain": {"chain": False},
}  # fmt: skip
SEARCH = CLUTTER.to_json()


def search(variant, seed, space, rng):
    one_shot = [{"loss": 2 + rng.random(), "accuracy": rng.random()} for _ in range(24)]
    line = {"epoch": 1, "theta_loss": 2.0 + seed / 10, "entropy": 9.0}
    history = [line, {**line, "epoch": 2, "entropy": 5.0}]
    return {"job": "search", "variant": variant, "seed": seed, "genotype": space.random(rng).to_json(),
            "parameters": 5000, "history": history, "one_shot": one_shot}  # fmt: skip


def train(group, number, seed, space, rng, error):
    return {"job": "train", "group": group, "number": number, "seed": seed, "genotype": space.random(rng).to_json(),
            "parameters": int(rng.integers(2000, 9000)), "test_loss": 1.0, "test_error": error,
            "standard_error": math.sqrt(error * (1 - error) / 2000)}  # fmt: skip


@pytest.fixture(scope="module")
def lines():
    """Return the lines of an experiment whose numbers are made up, in no order."""
    rng = np.random.default_rng(0)
    head = {"settings": {"search": SEARCH, "variants": VARIANTS, "training": {}}, "provenance": {"command": "x"}}
    spaces = {name: CLUTTER.change(**change).space for name, change in VARIANTS.items()}
    jobs = [search(name, seed, space, rng) for name, space in spaces.items() for seed in range(3)]
    jobs += [train(name, n, 0, space, rng, 0.2 + n / 100) for name, space in spaces.items() for n in range(3)]
    jobs += [train("random", n, 0, spaces["asng"], rng, 0.3 + n / 100) for n in range(24)]
    jobs += [train("matched", n, 0, spaces["asng"], rng, 0.3) for n in range(4)]
    jobs += [train("repeat", n, seed, spaces["asng"], rng, 0.3 + n / 100 + seed / 50)
             for n in range(2) for seed in (1, 2)]  # fmt: skip
    rng.shuffle(jobs)
    return [head, *jobs]


@pytest.fixture
def found(lines, tmp_path):
    path = tmp_path / "clutter.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return clutter.read(path)


# ---- reading


def test_everything_is_read_in_order(found):
    assert found.errors("random").tolist() == pytest.approx((0.3 + np.arange(24) / 100).tolist())
    assert [line["seed"] for line in found.of_variant("sng")] == [0, 1, 2]
    assert [errors.tolist() for errors in found.repeats()] == [
        pytest.approx([0.3, 0.32, 0.34]),
        pytest.approx([0.31, 0.33, 0.35]),
    ]
    spread = clutter.spread(found)
    assert spread.cells == pytest.approx(np.std(np.arange(24) / 100, ddof=1))
    assert spread.seeds == pytest.approx(0.02)
    assert spread.reliability == pytest.approx(1 - spread.seeds**2 / spread.cells**2)


def test_cells_belong_to_the_space_of_their_group(found):
    assert found.depths("asng") == [3, 3, 3]
    assert found.space("no-chain").fixed == ()
    assert all(1 <= depth <= 3 for depth in found.depths("no-chain"))
    points = clutter.points(found)
    assert len(points) == 24 + 4 + 6 * 3
    assert json.loads(json.dumps(points)) == points
    groups = [group["name"] for group in clutter.groups()]
    assert list(dict.fromkeys(point["group"] for point in points)) == groups
    assert all(point["live"] == [0, 1, 2] for point in points if point["group"] == "asng")


def test_rankings_are_of_the_same_cells(found):
    loss = clutter.ranking(found, "asng", "loss")
    accuracy = clutter.ranking(found, "asng", "accuracy")
    assert loss.scores.shape == (3, 24)
    assert accuracy.scores.max() < 0
    for row, line in zip(loss.scores, found.of_variant("asng"), strict=True):
        assert row.tolist() == [cell["loss"] for cell in line["one_shot"]]


@pytest.mark.parametrize("text", ["", "{}", "[]\n", '{"settings": 1, "provenance": 2}\n{"job": "train"}\n', "{"])
def test_another_file_is_refused(tmp_path, text):
    path = tmp_path / "other.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="is not a file of the clutter experiment"):
        clutter.read(path)


# ---- pictures


def test_pictures_say_what_they_show(found):
    shown = plot_clutter.searches(found)
    assert "ASNG at first 9.0, at last 5.0 nats and a loss of 2.10" in shown.alt
    with pytest.raises(ValueError, match="no searches of the variant 'other'"):
        plot_clutter.searches(found, ["other"])
    loss = clutter.ranking(found, "asng", "loss")
    alone = comparisons.rank(-found.sizes("random")[None], found.errors("random"))
    shown = plot_clutter.rankings({"loss": loss}, alone, 0.9)
    assert f"loss: {loss.mean.value:.2f}" in shown.alt
    assert f"alone: {alone.mean.value:.2f}" in shown.alt
    shown = plot_clutter.scatter(loss, found.sizes("random"), "one-shot loss")
    assert f"rank correlation {np.sort(loss.rho)[1]:.2f}" in shown.alt


def test_differences_are_drawn_with_their_signs():
    rows = {"a − b": comparisons.Interval(-0.041, -0.09, 0.008), "c − d": comparisons.Interval(0.02, 0.01, 0.03)}
    assert "a − b: −4.1 (−9.0 to +0.8); c − d: +2.0 (+1.0 to +3.0)" in plot_clutter.differences(rows).alt
    with pytest.raises(ValueError, match="at least one row"):
        plot_clutter.differences({})


def test_a_history_is_drawn_with_and_without_warm_up():
    line = {"epoch": 1, "warmup": True, "train_loss": 2.3, "theta_loss": math.nan, "entropy": 9.0}
    last = {**line, "epoch": 2, "warmup": False, "theta_loss": 2.1, "train_loss": 2.0, "entropy": 4.0}
    assert "from 2.30 to 2.00 in 2 epochs, of which 1 warm up" in plot_clutter.history([line, last]).alt
    assert "in 1 epochs, of which 0 warm up" in plot_clutter.history([last]).alt
    with pytest.raises(ValueError, match="at least one epoch"):
        plot_clutter.history([])


# ---- the committed data


def committed():
    try:
        return clutter.read(results.path("clutter.jsonl"))
    except FileNotFoundError:
        pytest.skip("the experiment's data are not there yet")


def test_the_committed_experiment_is_whole():
    found = committed()
    assert len(found.errors("asng")) == len(found.errors("sng")) == len(found.errors("random-search")) >= 10
    assert len(found.errors("random")) >= 24
    assert len(found.errors("matched")) >= 12
    asng = {line["seed"]: line["genotype"] for line in found.of_variant("asng")}
    assert [line["genotype"] for line in found.group("asng")] == [asng[line["number"]] for line in found.group("asng")]
    for size in found.sizes("matched"):
        assert min(abs(size / line["parameters"] - 1) for line in found.group("asng")) <= 0.1
    for group in ("random", "matched"):
        cells = [json.dumps(line["genotype"]) for line in found.group(group)]
        assert len(set(cells)) == len(cells)
    assert all(len(search["one_shot"]) == len(found.errors("random")) for search in found.of_variant("random-search"))


# ---- the page


def test_probability_is_a_learning_rate():
    """(P1), for a uniform θ: the mean gradient over all paths is P times that over the paths with the operation."""
    torch = pytest.importorskip("torch")
    from asng_edu.nas.supernet.network import Network

    space = CellSpace(nodes=1, operations=("conv_1x1", "conv_3x3", "identity"), kinds=("normal",), share_inputs=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Network(space, cells=1, channels=2, image_channels=1).double()
        x, labels = torch.randn(6, 1, 5, 5, dtype=torch.float64), torch.randint(10, (6,))
    weight = network.cells[0].get_submodule("operations.node0_stride1_conv_3x3")[-2].weight
    gradients, used = [], []
    for c in np.ndindex(*(decision.size for decision in space.decisions)):
        path = space.decode(c)
        loss = torch.nn.functional.cross_entropy(network(x, path), labels)
        gradients.append(torch.autograd.grad(loss, weight, materialize_grads=True)[0])
        used.append(any(name == "conv_3x3" for _, name in path.normal[0]))
    gradients, used = torch.stack(gradients), torch.tensor(used)
    assert (gradients[~used] == 0).all()
    assert used.double().mean() == pytest.approx(1 - (2 / 3) ** 2)
    torch.testing.assert_close(gradients.mean(dim=0), used.double().mean() * gradients[used].mean(dim=0))


def test_a_path_costs_less_than_the_mixture():
    bench = results.read("bench_supernet.json")["mixture"]
    one, all_ = bench["one sampled path"], bench["mixture, and gradients of its gates"]
    assert np.median(all_["milliseconds"]) > 5 * np.median(one["milliseconds"])
    assert np.mean(all_["saved_bytes"]) > 5 * np.mean(one["saved_bytes"])


# ---- the exercises


def cross_entropy(network, path, x, labels):
    import torch

    return torch.nn.functional.cross_entropy(network(x, path), labels)


def one_by_one(network, paths, x, labels):
    for path in paths:
        (cross_entropy(network, path, x, labels) / len(paths)).backward()


def all_at_once(network, paths, x, labels):
    import torch

    torch.stack([cross_entropy(network, path, x, labels) for path in paths]).mean().backward()


def not_divided(network, paths, x, labels):
    for path in paths:
        cross_entropy(network, path, x, labels).backward()


def only_the_last(network, paths, x, labels):
    for path in paths:
        network.zero_grad()
        (cross_entropy(network, path, x, labels) / len(paths)).backward()


def nothing(network, paths, x, labels):
    return None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (one_by_one, None),
        (all_at_once, "more than one graph at a time"),
        (not_divided, "but 4 times the length"),
        (only_the_last, "is not that of the mean loss"),
        (nothing, "did you call backward"),
    ],
)
def test_one_graph_at_a_time(answer, said):
    pytest.importorskip("torch")
    verdict = EXERCISES["supernet-1"].verdict(answer)
    assert verdict is None if said is None else said in verdict


def test_how_often_a_weight_learns_is_what_sampling_gives():
    space, rng = CellSpace(), np.random.default_rng(0)
    draws = [(space.random(rng), space.random(rng)) for _ in range(4000)]
    hit = [any((3, "sep_conv_5x5") in path.normal[4] for path in pair) for pair in draws]
    assert np.mean(hit) == pytest.approx(touched(4, 2), abs=4 * math.sqrt(0.11 / 4000))
    assert EXERCISES["supernet-2"].verdict(1 - (29 / 30) ** 4) is None
    assert "too large" in EXERCISES["supernet-2"].verdict(4 / 30)


def test_the_best_of_a_few():
    exercise = EXERCISES["supernet-3"]

    def solution(errors, k):
        n = len(errors)
        ways = [math.comb(n - 1 - i, k - 1) for i in range(n)]
        return sum(w * e for w, e in zip(ways, sorted(errors), strict=True)) / math.comb(n, k)

    assert exercise.verdict(solution) is None
    assert "too large" in exercise.verdict(lambda errors, k: sum(errors) / len(errors))
    assert "too small" in exercise.verdict(lambda errors, k: min(errors))
