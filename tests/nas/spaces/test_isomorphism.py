"""Which codes are the same network: against enumeration of small spaces, and by sampling where there are too many."""

import itertools

import numpy as np
import pytest

from asng_edu.nas import CellSpace, chain
from asng_edu.nas.spaces import isomorphism

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
        groups.setdefault(isomorphism.canonical(cell), []).append(cell)
    assert len(groups) == isomorphism.networks(space)
    for members in groups.values():
        assert {isomorphism.codes(cell) for cell in members} == {len(members)}
        assert {space.depth(cell) for cell in members} == {space.depth(members[0])}
    for depth in range(nodes + 2):
        assert isomorphism.networks(space, depth) == sum(space.depth(cell) == depth for cell in groups)


def test_the_sum_over_depths_is_the_whole_and_both_kinds_multiply():
    one = space_of(4, 5)
    assert sum(isomorphism.networks(one, depth) for depth in range(1, 5)) == isomorphism.networks(one)
    assert isomorphism.networks(CellSpace(nodes=4)) == isomorphism.networks(one) ** 2


def test_the_article_s_space_by_sampling():
    """Over random codes the mean of 1/codes is networks/size."""
    space, rng = space_of(5, 5), np.random.default_rng(0)
    shares = [1 / isomorphism.codes(space.random(rng).normal) for _ in range(500)]
    error = np.std(shares) / np.sqrt(len(shares))
    assert np.mean(shares) * space.size == pytest.approx(isomorphism.networks(space), abs=4 * error * space.size)


def test_a_flat_cell_has_the_most_codes_and_a_chain_few():
    pairs = [((0, NAMES[i]), (1, NAMES[i])) for i in range(5)]
    assert isomorphism.codes(tuple(pairs)) == 120 * 2**5
    assert isomorphism.codes((pairs[0],) * 5) == 2**5  # five equal nodes: no other numbers tell them apart
    line = tuple(((1 + i, "identity"), (0, "identity")) for i in range(5))
    assert isomorphism.codes(line) == 2**5
    assert isomorphism.codes((((0, "identity"), (0, "identity")),)) == 1


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
        isomorphism.networks(space)


def test_a_cell_with_too_many_numberings_is_refused():
    with pytest.raises(ValueError, match="at most 8 nodes"):
        isomorphism.canonical(CellSpace(nodes=9).random(0).normal)
