"""Which codes are the same network: against enumeration of small spaces, and by sampling where there are too many."""

import itertools

import numpy as np
import pytest

from asng_edu.nas import CellSpace, chain, repeats

NAMES = CellSpace().operations


def space_of(nodes, operations):
    return CellSpace(nodes=nodes, operations=NAMES[:operations], kinds=("normal",))


def every_cell(space):
    for c in itertools.product(*(range(decision.size) for decision in space.decisions)):
        yield space.decode(c).normal


@pytest.mark.parametrize(("nodes", "operations"), [(1, 2), (1, 5), (2, 1), (2, 2), (2, 3), (3, 1)])
def test_networks_and_codes_are_those_of_enumeration(nodes, operations):
    space = space_of(nodes, operations)
    groups = {}
    for cell in every_cell(space):
        groups.setdefault(repeats.canonical(cell), []).append(cell)
    assert len(groups) == repeats.networks(space)
    for members in groups.values():
        assert {repeats.codes(cell) for cell in members} == {len(members)}
        assert {space.depth(cell) for cell in members} == {space.depth(members[0])}
    for depth in range(nodes + 2):
        assert repeats.networks(space, depth) == sum(space.depth(cell) == depth for cell in groups)


def test_the_sum_over_depths_is_the_whole_and_both_kinds_multiply():
    one = space_of(4, 5)
    assert sum(repeats.networks(one, depth) for depth in range(1, 5)) == repeats.networks(one)
    assert repeats.networks(CellSpace(nodes=4)) == repeats.networks(one) ** 2


def test_the_article_s_space_by_sampling():
    """Over random codes the mean of 1/codes is networks/size."""
    space, rng = space_of(5, 5), np.random.default_rng(0)
    shares = [1 / repeats.codes(space.random(rng).normal) for _ in range(1500)]
    error = np.std(shares) / np.sqrt(len(shares))
    assert np.mean(shares) * space.size == pytest.approx(repeats.networks(space), abs=4 * error * space.size)


def test_a_flat_cell_has_the_most_codes_and_a_chain_few():
    pairs = [((0, NAMES[i]), (1, NAMES[i])) for i in range(5)]
    assert repeats.codes(tuple(pairs)) == 120 * 2**5
    assert repeats.codes((pairs[0],) * 5) == 2**5  # five equal nodes: no other numbers tell them apart
    line = tuple(((1 + i, "identity"), (0, "identity")) for i in range(5))
    assert repeats.codes(line) == 2**5
    assert repeats.codes((((0, "identity"), (0, "identity")),)) == 1


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (CellSpace(output="last"), "output"),
        (CellSpace(fixed=chain(5)), "fixed"),
        (CellSpace(nodes=7), "at most 6 nodes"),
    ],
)
def test_a_space_that_is_counted_otherwise_is_refused(space, said):
    with pytest.raises(ValueError, match=said):
        repeats.networks(space)


def test_a_cell_with_too_many_numberings_is_refused():
    with pytest.raises(ValueError, match="at most 8 nodes"):
        repeats.canonical(CellSpace(nodes=9).random(0).normal)
