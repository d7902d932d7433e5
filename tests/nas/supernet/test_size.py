"""The size of a network, counted without its weights, against the network itself and against torch's own counter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Genotype
from asng_edu.nas.supernet.network import Network
from asng_edu.nas.supernet.operations import OPERATIONS
from asng_edu.nas.supernet.size import count, widest

SPACES = [
    CellSpace(),
    CellSpace(nodes=3, operations=tuple(OPERATIONS), output="last"),
    CellSpace(nodes=4, operations=tuple(OPERATIONS), share_inputs=True),
    CellSpace(nodes=2, kinds=("normal",), inputs=3),
]


@pytest.mark.parametrize("space", SPACES)
def test_the_count_is_that_of_the_network(space: CellSpace) -> None:
    rng = np.random.default_rng(0)
    for cells, channels, classes, image in ((3, 2, 2, (1, 8, 8)), (5, 7, 10, (3, 15, 16))):
        genotype = space.random(rng)
        network = Network(
            space,
            cells=cells,
            channels=channels,
            classes=classes,
            image_channels=image[0],
            genotype=genotype,
            affine=True,
        ).eval()
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            network.to("meta")(torch.zeros(1, *image, device="meta"))  # on a CPU, averages are convolutions too
        size = count(genotype, space, cells, channels, classes, image)
        assert size.parameters == sum(parameter.numel() for parameter in network.parameters())
        assert 2 * size.multiply_adds == counter.get_total_flops()


def test_the_auxiliary_head_is_not_counted() -> None:
    space = CellSpace()
    genotype = space.random(0)
    network = Network(space, cells=6, channels=4, genotype=genotype, affine=True, auxiliary=True)
    parts = {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}
    assert count(genotype, cells=6, channels=4).parameters == sum(parts.values()) - parts["auxiliary"]


def test_a_count_by_hand() -> None:
    c, side = 6, 10
    node = ((1, "sep_conv_5x5"), (0, "conv_3x3"))
    size = count(
        Genotype(normal=(node,)),
        CellSpace(nodes=1, operations=tuple(OPERATIONS), kinds=("normal",)),
        1,
        c,
        4,
        (2, side, side),
    )
    stem, inputs = 2 * 9 * 3 * c, 2 * 3 * c * c
    separable, dense, mix = 2 * (25 * c + c * c), 9 * c * c, c * c
    filters = stem + inputs + separable + dense + mix
    norms = 2 * (3 * c + 2 * c + 2 * c + c + c)
    assert size.parameters == filters + norms + 4 * c + 4
    assert size.multiply_adds == side * side * filters + 4 * c


def test_the_widest_network_fits_and_the_next_does_not() -> None:
    space = CellSpace(nodes=2)
    genotype = space.random(1)
    for limit in (20_000, 300_000):
        channels = widest(genotype, space, max_parameters=limit, cells=5, classes=3, image=(1, 16, 16))
        sizes = [count(genotype, space, 5, c, 3, (1, 16, 16)).parameters for c in (channels, channels + 1)]
        assert sizes[0] <= limit < sizes[1]


def test_a_limit_that_is_met_exactly() -> None:
    genotype = CellSpace(nodes=1).random(0)
    exactly = count(genotype, cells=3, channels=11).parameters
    assert widest(genotype, max_parameters=exactly, cells=3) == 11
    assert widest(genotype, max_parameters=exactly - 1, cells=3) == 10


GENOTYPE = CellSpace(nodes=1).random(0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: widest(GENOTYPE, max_parameters=10), "must admit a network of two channels, but is 10"),
        (lambda: widest(GENOTYPE, max_parameters=float("inf")), "max_parameters must be a finite number above 0"),
        (lambda: count(GENOTYPE, cells=2), "must be a whole number of at least 3, but is 2"),
        (lambda: count(GENOTYPE, image=(3, 32)), r"image must be \(channels, height, width\), but is \(3, 32\)"),
        (lambda: count(GENOTYPE, image=(3, 0, 32)), "image must be a whole number of at least 1, but is 0"),
        (lambda: count(GENOTYPE, CellSpace(nodes=2)), "the normal cell must have nodes: 2, but has 1"),
        (lambda: count(Genotype()), "a genotype must have a cell"),
    ],
)
def test_bad_arguments_are_refused_in_a_sentence(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
