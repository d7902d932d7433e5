"""SNAS: its draws and gradients against expectations over all noise, on one decision between two operations."""

import numpy as np
import pytest
import torch

from asng_edu.nas import STRATEGIES, LayerSpace, OneShot
from asng_edu.nas.strategies._formulas import relaxed, softmax

SPACE = LayerSpace(layers=1, operations=("identity", "conv_1x1"), halvings=0)
COSTS = torch.tensor([0.3, 1.1], dtype=torch.float64)
NO_BATCH = torch.zeros(1), torch.zeros(1)


def evaluator(progress):
    """The loss of gates z is (z · COSTS)²."""

    def run(mixture, *_):
        return ((mixture.weights["layers"][0][0] @ COSTS) ** 2, torch.zeros(()).double())

    return OneShot(SPACE, run, [NO_BATCH], progress=progress)


class Noise:
    """What draws Gumbel noise whose difference is given: of two such variables it is logistic."""

    def __init__(self, difference):
        self.difference = difference

    def gumbel(self, size):
        return np.array([self.difference, 0.0])


def test_the_mean_gradient_is_that_of_the_expectation_over_all_noise():
    shares = (np.arange(400) + 0.5) / 400
    differences = np.log(shares / (1 - shares))  # the quantiles of the logistic distribution
    settings = STRATEGIES["snas"](gate_decay=0.0, tau=0.7, tau_end=0.7)
    logits = settings.make(SPACE, 2).logits
    gradients = []
    for difference in differences:
        strategy = settings.make(SPACE, 2)
        strategy.rng = Noise(difference)
        strategy.learn(evaluator(0.5))
        gradients.append(strategy.moments[0] / 0.5)

    def expectation(logits):
        z = 1 / (1 + np.exp(-(logits[0] - logits[1] + differences) / 0.7))
        return ((z * 0.3 + (1 - z) * 1.1) ** 2).mean()

    h = 1e-5
    slopes = [(expectation(logits + h * e) - expectation(logits - h * e)) / (2 * h) for e in np.eye(2)]
    assert np.mean(gradients, axis=0) == pytest.approx(slopes, rel=1e-6)


def test_at_a_low_temperature_it_tends_to_the_gradient_of_the_discrete_expectation():
    shares = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    noise = torch.stack([(shares / (1 - shares)).log(), torch.zeros_like(shares)])
    errors = []
    for tau in (0.4, 0.2, 0.1):
        logits = torch.tensor([[0.8], [0.1]], dtype=torch.float64, requires_grad=True)
        (COSTS @ relaxed(logits, noise, tau)).mean().backward()
        p = softmax(logits.detach().numpy().ravel())
        exact = p * (COSTS.numpy() - p @ COSTS.numpy())  # of Σ p COSTS
        errors.append(np.abs(logits.grad.numpy().ravel() - exact).max())
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
    assert errors[2] < 1e-3


def test_the_temperature_falls_in_a_line_with_the_progress_of_the_search():
    strategy = STRATEGIES["snas"](tau=1.0, tau_end=0.2).make(SPACE, 0)
    seen = [strategy.tau]
    for progress in (0.0, 0.25, 1.0):
        strategy.learn(evaluator(progress))
        seen.append(strategy.tau)
    assert seen == pytest.approx([1.0, 1.0, 0.8, 0.2])
    assert strategy.epoch_metrics()["tau"] == strategy.tau


def test_one_draw_serves_a_step_and_the_next_has_another():
    strategy = STRATEGIES["snas"]().make(SPACE, 0)
    drawn = [strategy.propose(3) for _ in range(2)]
    assert [len(mixtures) for mixtures in drawn] == [1, 1]
    assert not torch.equal(*(mixtures[0].weights["layers"][0] for mixtures in drawn))


@pytest.mark.parametrize("bad", [{"tau": 0.0}, {"tau_end": 0.0}, {"gate_rate": 0.0}])
def test_bad_settings_are_refused(bad):
    with pytest.raises(ValueError, match="must be a finite number above 0"):
        STRATEGIES["snas"](**bad)
