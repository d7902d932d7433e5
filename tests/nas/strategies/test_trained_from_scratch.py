"""The systems that learn from losses run on networks trained from scratch as they do on a table."""

import numpy as np
import pytest

from asng_edu.nas import STRATEGIES, FromScratch, LayerSpace, load

SPACE = LayerSpace(layers=2, operations=("identity", "conv_3x3"), halvings=0)


@pytest.fixture(scope="module")
def scratch():
    """Return an evaluator that keeps what it has trained, so that all systems together train four networks."""
    data = load("digits", images=60)
    return FromScratch(SPACE, data, device="cpu", channels=2, epochs=1, batch=10, cutout=0)


@pytest.mark.parametrize("name", ["reinforce", "evolution", "enas", "nasnet", "nao"])
def test_it_learns_from_networks_that_are_trained(name, scratch):
    few = {"pool": 6, "nao_epochs": 2, "width": 4} if name == "nao" else {}
    strategy = STRATEGIES[name](lam=3, **few).make(SPACE, 0)
    seen = []
    for _ in range(4):
        learned = strategy.learn(scratch)
        np.testing.assert_array_equal(learned.losses, scratch.losses(np.array(learned.choices)))
        seen += learned.losses
    found = scratch.losses(SPACE.encode(strategy.result())[None])[0]
    if name in ("evolution", "nasnet", "nao"):
        assert found == min(seen)
    assert len(scratch.trained) <= SPACE.size
