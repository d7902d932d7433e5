"""Each strategy that needs a supernet, on a real one with an option that is plainly worse: another image's features."""

import pytest
from torch import nn

from asng_edu.nas import STRATEGIES, LayerSpace, Search, add_operation, load
from asng_edu.nas.supernet.operations import OPERATIONS
from asng_edu.nas.training.settings import CLUTTER

SETTINGS = {
    "darts": {"gate_rate": 0.1},
    "darts2": {"gate_rate": 0.1},
    "snas": {"gate_rate": 0.1},
    "proxyless": {"gate_rate": 0.3, "gate_every": 1, "theta_batch": 200, "epochs": 30},  # two noisy slopes a step
    "smash": {"candidates": 6, "changes": 2, "chain_steps": 4},
}


class NextImage(nn.Module):
    def forward(self, x):
        return x.roll(1, dims=0)


@pytest.fixture
def space():
    add_operation("next_image", lambda channels, stride, affine: NextImage())
    yield LayerSpace(layers=2, operations=("next_image", "conv_1x1"), halvings=0)
    del OPERATIONS["next_image"]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", [name for name, kind in STRATEGIES.items() if kind.needs_supernet])
def test_it_leaves_what_is_plainly_worse(space, name, seed):
    settings = CLUTTER.change(data="digits", space=space, strategy=name, channels=8, warmup=0.5, batch=20, seed=seed)
    settings = settings.change(**{"epochs": 20, "theta_batch": 100, **SETTINGS[name]})
    search = Search(settings, data=load("digits", images=400), device="cpu")
    while not search.done:
        search.advance()
    assert search.genotype().operations == ("conv_1x1", "conv_1x1")
