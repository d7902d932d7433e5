"""DARTS: its gradients against autograd's own, to second order, and what it leaves behind in a supernet."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call

from asng_edu.nas import STRATEGIES, LayerSpace, OneShot
from asng_edu.nas.evaluators.one_shot import WeightStep
from asng_edu.nas.strategies import darts2
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD

SPACE = LayerSpace(layers=2, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)
RATE, MOMENTUM, DECAY = 0.3, 0.9, 0.02


class Tiny(nn.Module):
    """Two layers of three matrices each, BN with running statistics, and a classifier; float64."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.matrices = nn.Parameter(torch.randn(2, 3, 4, 4, generator=generator, dtype=torch.float64) / 2)
        self.norm = nn.BatchNorm1d(4).double()
        self.last = nn.Linear(4, 3).double()
        nn.init.normal_(self.last.weight, generator=generator)
        nn.init.zeros_(self.last.bias)

    def forward(self, x, gates):
        for layer, gate in zip(self.matrices, gates, strict=True):
            x = self.norm(torch.tanh(torch.einsum("k,bi,kij->bj", gate, x, layer)))
        return self.last(x)


def batch(seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(12, 4, generator=generator, dtype=torch.float64)
    return x, torch.randint(3, (12,), generator=generator)


def loss_of(module, gates, x, labels, weights=None):
    weights = dict(module.named_parameters()) if weights is None else weights
    return nn.functional.cross_entropy(functional_call(module, weights, (x, gates)), labels)


@pytest.fixture
def tiny():
    """A module, its SGD with a velocity, and the evaluator of both."""
    module = Tiny()
    sgd = MomentumSGD(FlatParameters(module), momentum=MOMENTUM, weight_decay=DECAY)
    sgd.velocity.copy_(torch.randn(sgd.velocity.shape, generator=torch.Generator().manual_seed(3)))

    def run(mixture, x, labels):
        gates = [node[0] for node in mixture.weights["layers"]]
        return loss_of(module, gates, x, labels), torch.zeros((), dtype=torch.float64)

    evaluator = OneShot(SPACE, run, [batch(1)], weight_step=lambda: WeightStep(sgd, RATE, batch(2)))
    return module, sgd, evaluator


def gradient_of(name, evaluator):
    """Return what a strategy's first step takes for the gradient; Adam's first moment has half of it."""
    strategy = STRATEGIES[name](gate_decay=0.0).make(SPACE, 5)
    logits = torch.tensor(strategy.logits, requires_grad=True)
    strategy.learn(evaluator)
    return torch.from_numpy(strategy.moments[0] / 0.5), logits


def exact(module, sgd, logits):
    """Return the slope of L_val(w'(a), a) in a, by autograd through the step of the weights."""
    gates = [row.softmax(0) for row in logits.split(3)]
    names, weights = zip(*module.named_parameters(), strict=True)
    gradients = torch.autograd.grad(loss_of(module, gates, *batch(2)), weights, create_graph=True)
    velocities = [sgd.velocity.as_strided(w.shape, w.stride(), w.storage_offset()) for w in weights]
    moved = [w - RATE * (MOMENTUM * v + g + DECAY * w) for w, v, g in zip(weights, velocities, gradients, strict=True)]
    loss = loss_of(module, gates, *batch(1), weights=dict(zip(names, moved, strict=True)))
    return torch.autograd.grad(loss, logits)[0]


def test_the_first_order_is_the_gradient_at_the_weights_as_they_are(tiny):
    module, _, evaluator = tiny
    found, logits = gradient_of("darts", evaluator)
    gates = [row.softmax(0) for row in logits.split(3)]
    (expected,) = torch.autograd.grad(loss_of(module, gates, *batch(1)), logits)
    assert torch.allclose(found, expected, rtol=1e-10, atol=1e-14)


def test_the_second_order_is_the_gradient_through_the_step_of_the_weights(tiny):
    module, sgd, evaluator = tiny
    found, logits = gradient_of("darts2", evaluator)
    expected = exact(module, sgd, logits)
    first, _ = gradient_of("darts", evaluator)
    assert torch.allclose(found, expected, rtol=1e-3, atol=1e-6)
    assert not torch.allclose(first, expected, rtol=0.1)


def test_the_finite_difference_errs_by_the_square_of_its_reach(tiny, monkeypatch):
    module, sgd, evaluator = tiny
    errors = []
    for reach in (0.1, 0.01, 0.001):
        monkeypatch.setattr(darts2, "REACH", reach)
        found, logits = gradient_of("darts2", evaluator)
        errors.append(float((found - exact(module, sgd, logits)).norm()))
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(100, rel=0.1)


def test_a_step_leaves_weights_velocity_and_statistics_as_they_were(tiny):
    module, sgd, evaluator = tiny
    before = copy.deepcopy(module.state_dict())
    velocity = sgd.velocity.clone()
    gradient_of("darts2", evaluator)
    assert before.keys() == module.state_dict().keys() >= {"norm.running_mean", "norm.num_batches_tracked"}
    assert all(torch.equal(before[name], now) for name, now in module.state_dict().items())
    assert torch.equal(velocity, sgd.velocity)
    assert not sgd.flat.gradients.any()


@pytest.mark.parametrize("passes", range(4))
def test_so_does_a_step_that_an_error_ends(tiny, passes):
    module, sgd, evaluator = tiny
    before, run, left = copy.deepcopy(module.state_dict()), evaluator._run, [passes]

    def failing(*given):
        if not left[0]:
            raise RuntimeError("no memory")
        left[0] -= 1
        return run(*given)

    evaluator._run = failing
    with pytest.raises(RuntimeError, match="no memory"):
        gradient_of("darts2", evaluator)
    assert all(torch.equal(before[name], now) for name, now in module.state_dict().items())
    assert not sgd.flat.gradients.any()


def test_without_a_step_of_the_weights_there_is_nothing_to_look_ahead_to(tiny):
    *_, evaluator = tiny
    alone = OneShot(SPACE, evaluator._run, evaluator.batches)
    with pytest.raises(ValueError, match="does not know how the weights are trained"):
        gradient_of("darts2", alone)


@pytest.mark.parametrize(
    "bad",
    [
        {"updates": -1},
        {"updates": 1.5},
        {"logits": [float("inf")] * 6},
        {"logits": [0.0] * 5},
        {"moments": [[0.0] * 6, [-1.0] * 6]},
        {"rng": {}},
    ],
)
def test_a_state_that_adam_cannot_have_is_refused_and_changes_nothing(bad):
    strategy = STRATEGIES["darts"]().make(SPACE, 0)
    before = repr(strategy.state_dict())
    with pytest.raises(ValueError, match=r"\.$"):
        strategy.load_state_dict(strategy.state_dict() | bad)
    assert repr(strategy.state_dict()) == before
