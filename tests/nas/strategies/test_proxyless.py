"""ProxylessNAS: its gradients against enumerated expectations, its pairs, and what runs in a supernet."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional

from asng_edu import Categorical
from asng_edu.nas import STRATEGIES, CellSpace, LayerSpace, NotFinite, OneShot, Search, load
from asng_edu.nas.strategies._formulas import softmax
from asng_edu.nas.supernet.cell import Cell
from asng_edu.nas.training.settings import CLUTTER

TWO = LayerSpace(layers=1, operations=("identity", "conv_1x1"), halvings=0)
THREE = LayerSpace(layers=4, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)
NO_BATCH = torch.zeros(1), torch.zeros(1)


def evaluator(space, loss):
    """The loss of a mixture, or of a code, is that of its gates laid end to end."""

    def run(choice, *_):
        if hasattr(choice, "weights"):
            gates = torch.cat([node[0] for node in choice.weights["layers"]])
        else:
            gates = torch.from_numpy(space.categorical().statistics(space.encode(choice)[None])[0])
        return loss(gates), torch.zeros(()).double()

    return OneShot(space, run, [NO_BATCH])


def make(space, seed=0, logits=None, **changes):
    strategy = STRATEGIES["proxyless"](**changes).make(space, seed)
    if logits is not None:
        strategy.logits = np.array(logits, dtype=np.float64)
    return strategy


def learned(strategy, evaluator):
    """Return the choice and the gradient of a first step; Adam's first moment is the gradient, for β₁ is 0."""
    choice = strategy.learn(evaluator).choices[0]
    return choice, strategy.moments[0]


COSTS = torch.tensor([0.3, 1.1], dtype=torch.float64)


def test_for_a_linear_loss_every_draw_gives_the_gradient_of_the_expectation():
    p = softmax(np.array([0.4, -0.2]))
    exact = p * (COSTS.numpy() - p @ COSTS.numpy())  # of Σ p COSTS
    for seed in range(5):
        _, gradient = learned(make(TWO, seed, [0.4, -0.2]), evaluator(TWO, lambda gates: gates @ COSTS))
        assert gradient == pytest.approx(exact, rel=1e-12)


def test_the_mean_over_both_draws_is_the_enumerated_expectation():
    def loss(gates):
        return (gates @ COSTS) ** 3 + gates[0] * gates[1]

    p, found = softmax(np.array([0.4, -0.2])), {}
    for seed in range(20):
        (active,), gradient = learned(make(TWO, seed, [0.4, -0.2]), evaluator(TWO, loss))
        found[int(active)] = gradient
    slopes = torch.func.jacrev(loss)
    of_gates = {k: slopes(torch.eye(2, dtype=torch.float64)[k]).numpy() for k in (0, 1)}
    delta = np.eye(2)
    expected = sum(
        p[k] * np.array([sum(of_gates[k][j] * p[j] * (delta[i, j] - p[i]) for j in (0, 1)) for i in (0, 1)])
        for k in (0, 1)
    )
    assert sum(p[k] * found[k] for k in (0, 1)) == pytest.approx(expected, rel=1e-12)


def test_pairs_are_drawn_without_replacement_and_one_of_them_is_on():
    logits = np.log([0.5, 0.3, 0.2])
    strategy = make(LayerSpace(layers=1, operations=THREE.operations, halvings=0), logits=logits)
    count, seen = 20_000, {}
    for _ in range(count):
        pairs, p, on = strategy._draw_pairs()
        assert p[0] == pytest.approx(softmax(logits[pairs[0]]))
        key = frozenset(pairs[0].tolist()), int(pairs[0, on[0]])
        seen[key] = seen.get(key, 0) + 1
    p = np.exp(logits)
    for i, j in itertools.combinations(range(3), 2):
        either = p[i] * p[j] / (1 - p[i]) + p[j] * p[i] / (1 - p[j])
        for active in (i, j):
            expected = either * p[active] / (p[i] + p[j])
            spread = np.sqrt(expected * (1 - expected) / count)
            assert abs(seen[frozenset((i, j)), active] / count - expected) < 4.5 * spread


def test_a_step_moves_the_pair_alone_and_keeps_the_sum_of_its_probabilities():
    strategy = make(THREE, seed=3, gate_rate=0.3)
    for _ in range(20):
        before, theta = strategy.logits.copy(), strategy.theta
        strategy.learn(evaluator(THREE, lambda gates: (gates * torch.arange(12).double()).sum()))
        moved = (strategy.logits != before).reshape(4, 3)
        assert moved.sum(axis=1).tolist() == [2] * 4
        for old, new, pair in zip(theta.reshape(4, 3), strategy.theta.reshape(4, 3), moved, strict=True):
            assert new[~pair] == pytest.approx(old[~pair], rel=1e-12)
            assert new[pair].sum() == pytest.approx(old[pair].sum(), rel=1e-12)


@pytest.fixture(scope="module", params=["unused", "last"])
def supernet(request):
    operations = ("identity", "conv_1x1", "max_pool_3x3", "sep_conv_3x3")
    space = CellSpace(nodes=3, kinds=("normal",), operations=operations, output=request.param)
    torch.manual_seed(0)
    network = space.make_network(cells=2, channels=4, image_channels=1).double()
    return space, network, torch.randn(6, 1, 6, 6, dtype=torch.float64), torch.randint(10, (6,))


@pytest.mark.parametrize("seed", range(3))
def test_closed_gates_have_the_gradient_that_they_have_when_everything_runs(supernet, seed):
    space, network, x, labels = supernet
    strategy = make(space, seed)
    pairs, _, on = strategy._draw_pairs()
    active = pairs[np.arange(len(pairs)), on]
    code = active - strategy._starts
    gates = torch.zeros(space.options, dtype=torch.float64)
    gates[active] = 1.0
    gates.requires_grad_()
    some = strategy.mixture(gates, pairs)
    every = strategy.mixture(gates).running(space.mixture([torch.full((d.size,), 0.5) for d in space.decisions]))
    losses = [functional.cross_entropy(network(x, mixture), labels) for mixture in (some, every)]
    path = functional.cross_entropy(network(x, space.decode(code)), labels)
    found, expected = (torch.autograd.grad(loss, gates)[0] for loss in losses)
    assert losses[0].item() == pytest.approx(path.item(), rel=1e-12)
    assert torch.allclose(found[pairs.ravel()], expected[pairs.ravel()], rtol=1e-9, atol=1e-12)
    most = 3 * space.slots * space.nodes
    assert sum(runs.sum() for runs in some.runs["normal"]) <= most < sum(r.sum() for r in every.runs["normal"])


def test_the_weights_learn_along_paths(supernet, monkeypatch):
    space, network, x, _ = supernet
    monkeypatch.setattr(Cell, "_run_mixture", None)
    (code,) = make(space).propose(1)
    network(x, space.decode(code))


def test_a_search_moves_the_gates_once_in_so_many_steps():
    data = load("clutter", images=200)
    settings = CLUTTER.change(channels=2, epochs=4, warmup=0.25, batch=32, theta_batch=40, strategy="proxyless")
    search, moved = Search(settings.change(gate_every=2), data=data, device="cpu"), []
    while search.step < search.epochs_end:
        search.advance()
        moved.append(search.strategy.updates)
    assert search.epoch_steps == 3
    assert moved == [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_reinforce_follows_the_score_function():
    losses = np.array([0.3, 1.1])
    p = softmax(np.array([0.4, -0.2]))
    exact = p * (losses - p @ losses)
    total = np.zeros(2)
    for codes in itertools.product((0, 1), repeat=3):
        strategy = make(TWO, logits=[0.4, -0.2], variant="reinforce", gate_samples=3)
        with pytest.MonkeyPatch.context() as patched:
            given = np.array(codes)[:, None]
            patched.setattr(Categorical, "sample", lambda *_, given=given: given)
            strategy.learn(evaluator(TWO, lambda gates: gates @ COSTS))
        total += np.prod(p[list(codes)]) * strategy.moments[0]
    assert total == pytest.approx((1 - 1 / 3) * exact, rel=1e-12)  # the baseline is the mean of the batch itself


def test_reinforce_finds_the_best_and_its_baseline_follows_the_losses():
    strategy = make(THREE, variant="reinforce", gate_rate=0.1)
    given = evaluator(THREE, lambda gates: (gates * torch.tensor([2.0, 1.0, 3.0] * 4).double()).sum())
    for _ in range(100):
        last = strategy.learn(given)
    assert THREE.encode(strategy.result()).tolist() == [1] * 4
    assert strategy.baseline == pytest.approx(np.mean(last.losses), abs=0.1)


def test_reinforce_learns_nothing_from_what_is_no_number():
    strategy = make(TWO, variant="reinforce")
    before = repr(strategy.state_dict() | {"rng": 0})
    with pytest.raises(NotFinite):
        strategy.learn(evaluator(TWO, lambda gates: gates.sum() * torch.nan))
    assert repr(strategy.state_dict() | {"rng": 0}) == before


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"variant": "both"}, "variant must be one of gradient, reinforce"),
        ({"gate_every": 0}, "gate_every must be"),
        ({"gate_samples": 1}, "gate_samples must be"),
    ],
)
def test_bad_settings_are_refused(bad, says):
    with pytest.raises(ValueError, match=says):
        STRATEGIES["proxyless"](**bad)
