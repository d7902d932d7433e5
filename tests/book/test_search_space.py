"""What chapter "The search space" says, its exercises, and the mathematics of its figures in JavaScript."""

import itertools
import json
import math

import numpy as np
import pytest

from asng_book.exercises.search_space import EXERCISES, deepest, expected_loose_ends, pairs_of_cells
from asng_book.live import files
from asng_book.pages import results
from asng_edu.nas import CellSpace
from asng_edu.nas.spaces import isomorphism

STATIC = files.STATIC
ARTICLE = CellSpace()


@pytest.fixture(scope="module")
def call():
    quickjs = pytest.importorskip("quickjs")
    context = quickjs.Context()
    context.eval(files.operations_script())
    for file in ("engine.js", "cells.js", "figures/search_space/search_space.js"):
        context.eval((STATIC / file).read_text(encoding="utf-8"))

    def call(body, **values):
        constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
        plain = "(_, v) => typeof v === 'bigint' ? v.toString() : v"
        return json.loads(
            context.eval(f"JSON.stringify((() => {{ const S = ASNG.searchSpace;\n{constants}{body} }})(), {plain})")
        )

    return call


def as_data(space):
    return {"nodes": space.nodes, "operations": list(space.operations), "kinds": list(space.kinds)}


SPACES = [
    ARTICLE,
    CellSpace(nodes=1, kinds=("normal",)),
    CellSpace(nodes=4, operations=("identity", "conv_1x1", "conv_3x3", "sep_conv_5x5"), kinds=("normal",)),
    CellSpace(nodes=7, operations=("identity",)),
]


# ---- the space


@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{space.nodes} nodes")
def test_codes_are_those_of_the_library(call, space):
    data, rng = as_data(space), np.random.default_rng(3)
    found = call("return S.figures(space);", space=data)
    assert found == {
        "size": str(space.size), "decisions": len(space.decisions), "options": space.options, "n_theta": space.n_theta,
    }  # fmt: skip
    sizes = [decision.size for decision in space.decisions]
    assert [d["size"] for d in call("return S.decisions(space);", space=data)] == sizes
    for _ in range(5):
        genotype = space.random(rng)
        c = call("return S.encode(space, genotype);", space=data, genotype=genotype.to_json())
        assert c == space.encode(genotype).tolist()
        assert call("return S.decode(space, c);", space=data, c=c) == genotype.to_json()
        number = 0
        for digit, size in zip(c, sizes, strict=True):
            number = number * size + digit
        assert call("return S.index(space, c);", space=data, c=c) == str(number)
    last = [size - 1 for size in sizes]
    assert call("return S.index(space, c);", space=data, c=last) == str(space.size - 1)


def test_a_random_code_is_one_and_every_option_comes_up(call):
    codes = np.array(
        call("const g = ASNG.engine.generator(2); return Array.from({ length: 400 }, () => S.random(S.ARTICLE, g));")
    )
    assert (codes.max(axis=0) + 1).tolist() == [decision.size for decision in ARTICLE.decisions]
    assert codes.min() == 0


@pytest.mark.parametrize(
    ("space", "cells", "channels", "image"),
    [
        (ARTICLE, 8, 16, (3, 32, 32)),
        (ARTICLE, 5, 7, (1, 15, 13)),
        (SPACES[1], 2, 4, (3, 8, 8)),
        (SPACES[2], 3, 6, (3, 9, 9)),
    ],
)
def test_the_size_of_a_network_is_that_of_the_network(call, space, cells, channels, image):
    size = pytest.importorskip("asng_edu.nas.supernet.size")
    rng = np.random.default_rng(cells)
    for _ in range(1 if space is ARTICLE else 3):
        genotype = space.random(rng)
        found = call(
            "return S.count(space, genotype, { cells, channels, image });",
            space=as_data(space), genotype=genotype.to_json(), cells=cells, channels=channels, image=image,
        )  # fmt: skip
        expected = size.count(genotype, space, cells=cells, channels=channels, image=image)
        assert found == expected._asdict()


@pytest.mark.parametrize("nodes", [1, 2, 4, 5])
def test_the_codes_of_a_cell_are_those_of_the_library(call, nodes):
    space, rng = CellSpace(nodes=nodes, operations=ARTICLE.operations[:2], kinds=("normal",)), np.random.default_rng(8)
    for _ in range(12):
        cell = space.random(rng).normal
        same = call("return S.sameCells(cell);", cell=cell)
        assert len(same) == isomorphism.codes(cell)
        as_cells = {tuple(tuple(map(tuple, node)) for node in each) for each in same}
        assert {isomorphism.canonical(each) for each in sorted(as_cells)[:: 1 + len(same) // 20]} == {
            isomorphism.canonical(cell)
        }
        assert cell in as_cells


GOOD = CellSpace(nodes=2, kinds=("normal",)).random(0).to_json()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no text"),
        ("{", "not JSON"),
        ("[]", "is an object with the cells normal, but this is []"),
        ("null", "but this is null"),
        ('{"big": []}', "one here is “big”"),
        ("{}", "The normal cell is missing"),
        ('{"normal": 3}', "must be a list of 2 nodes, but is 3"),
        ('{"normal": [[]]}', "is one of 1"),
        ('{"normal": [[], []]}', "two slots, but there is []"),
        ('{"normal": [[1, 2], []]}', 'must be [input, "operation"], but is 1'),
        (json.dumps(GOOD).replace("[[[", "[[[7", 1), "a whole number from 0 to 1"),
        ('{"normal": [[[0.5, "identity"], [0, "identity"]], []]}', "but is 0.5"),
        ('{"normal": [[[0, "toString"], [0, "identity"]], []]}', 'but is "toString"'),
        ('{"normal": [[[0, {"a": "%s"}], [0, "identity"]], []]}' % ("x" * 99), "…"),
    ],
)
def test_a_text_that_is_no_genotype_gets_a_sentence(call, text, said):
    space = as_data(CellSpace(nodes=2, kinds=("normal",)))
    problem = call(
        "try { S.read(space, text); } catch (error) { return error.message; } return null;", space=space, text=text
    )
    assert said in problem
    assert problem.endswith(".")


def test_a_genotype_and_a_record_are_read(call):
    space = as_data(CellSpace(nodes=2, kinds=("normal",)))
    for value in (GOOD, {"theta": [], "genotype": GOOD}):
        assert call("return S.read(space, text);", space=space, text=json.dumps(value)) == GOOD


# ---- the distribution


def test_the_mode_in_any_order_is_that_of_enumeration(call):
    space = CellSpace(nodes=2, operations=ARTICLE.operations[:2], kinds=("normal",))
    for seed in range(6):
        theta = call("return S.randomTheta(space, ASNG.engine.generator(seed), 0.7);", space=as_data(space), seed=seed)
        assert [len(row) for row in theta] == [decision.size for decision in space.decisions]
        np.testing.assert_allclose([sum(row) for row in theta], 1)
        unordered = {}
        for c in itertools.product(*(range(len(row)) for row in theta)):
            network = tuple(tuple(sorted(node)) for node in space.decode(c).normal)
            unordered[network] = unordered.get(network, 0) + math.prod(row[k] for row, k in zip(theta, c, strict=True))
        found = call("return S.modeInAnyOrder(theta);", theta=theta)
        assert found["probability"] == pytest.approx(max(unordered.values()))
        network = tuple(tuple(sorted(node)) for node in space.decode(found["c"]).normal)
        assert unordered[network] == pytest.approx(found["probability"])
        mode = call("return S.mode(theta);", theta=theta)
        assert mode == space.categorical().mode(np.concatenate(theta)).tolist()
        network = tuple(tuple(sorted(node)) for node in space.decode(mode).normal)
        assert call("return S.probabilityInAnyOrder(theta, c);", theta=theta, c=mode) == pytest.approx(
            unordered[network]
        )
        log = space.categorical().log_likelihood(np.concatenate(theta), [mode])[0]
        assert call("return S.probability(theta, c);", theta=theta, c=mode) == pytest.approx(math.exp(log))


def test_another_network_is_often_more_probable_while_theta_is_hardly_sure(call):
    share = """
      const space = { ...S.ARTICLE, nodes: 3, kinds: ["normal"] };
      let other = 0;
      for (let seed = 1; seed <= 200; seed++) {
        const theta = S.randomTheta(space, ASNG.engine.generator(seed), sharp), mode = S.mode(theta);
        other += S.modeInAnyOrder(theta).probability > S.probabilityInAnyOrder(theta, mode) * (1 + 1e-12);
      }
      return other / 200;"""
    assert call(share, sharp=0.4) > 0.6
    assert call(share, sharp=3) < 0.1


def test_sizes_in_any_order_of_slots(call):
    space = CellSpace(nodes=2, operations=ARTICLE.operations[:2])
    one = CellSpace(nodes=2, operations=ARTICLE.operations[:2], kinds=("normal",))
    sizes = [decision.size for decision in one.decisions]
    found = {tuple(tuple(sorted(node)) for node in one.decode(c).normal) for c in itertools.product(*map(range, sizes))}
    assert call("return S.sizeInAnyOrder(space);", space=as_data(space)) == str(len(found) ** 2)


# ---- the page


def test_the_closed_forms_of_the_page():
    for nodes, operations in ((5, 5), (3, 2), (6, 4)):
        space = CellSpace(nodes=nodes, operations=tuple(f"o{i}" for i in range(operations)))
        assert space.size == (math.factorial(nodes + 1) * operations**nodes) ** 4  # (C1)
        assert space.options == 4 * sum(i + 2 + operations for i in range(nodes))  # (C2)
        assert space.n_theta == space.options - 8 * nodes  # (C3)


def test_a_sixth_node():
    six = CellSpace(nodes=6)
    assert (ARTICLE.n_theta, six.n_theta) == (140, 180)
    assert six.size // ARTICLE.size == 35**4 > 1e6


def test_the_committed_sample_is_what_the_library_draws_and_counts():
    size = pytest.importorskip("asng_edu.nas.supernet.size")
    drawn = results.read("random_cells.json")
    settings, rng = drawn["settings"], np.random.default_rng(drawn["settings"]["seed"])
    for i in range(settings["genotypes"]):
        genotype = ARTICLE.random(rng)
        for kind in ARTICLE.kinds:
            assert drawn[f"depth_{kind}"][i] == ARTICLE.depth(genotype.cell(kind))
            assert drawn[f"loose_ends_{kind}"][i] == len(ARTICLE.outputs(genotype.cell(kind)))
        if i < 2:
            counted = size.count(genotype, ARTICLE, cells=settings["cells"], channels=settings["channels"])
            assert (drawn["parameters"][i], drawn["multiply_adds"][i]) == counted


def test_random_cells_are_as_deep_and_as_loose_as_the_formulas_say():
    for nodes in (1, 2, 3, 4):
        space = CellSpace(nodes=nodes, operations=("identity",), kinds=("normal",))
        sizes = [decision.size for decision in space.decisions]
        cells = [space.decode(c).normal for c in itertools.product(*map(range, sizes))]
        assert np.mean([len(space.outputs(cell)) for cell in cells]) == pytest.approx(expected_loose_ends(nodes))
        assert np.mean([space.depth(cell) == nodes for cell in cells]) == pytest.approx(deepest(nodes))


# ---- the exercises


def loose_ends(nodes):
    return sum((j + 2) ** 2 for j in range(nodes)) / (nodes + 1) ** 2


def test_the_solutions_pass():
    assert EXERCISES["search-space-1"].verdict(288120**4) is None
    assert (
        EXERCISES["search-space-2"].verdict(lambda a, b: isomorphism.canonical(a) == isomorphism.canonical(b)) is None
    )
    assert EXERCISES["search-space-3"].verdict(loose_ends) is None
    assert EXERCISES["search-space-4"].verdict(5 / 9 * 7 / 16 * 9 / 25 * 11 / 36) is None
    assert EXERCISES["search-space-5"].verdict(0.4) is None


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("search-space-1", 288120**2, "too small"),
        ("search-space-2", lambda a, b: [sorted(n) for n in a] == [sorted(n) for n in b], "are the same network"),
        ("search-space-2", lambda a, b: True, "are different networks"),
        ("search-space-2", lambda a, b: sorted(map(sorted, a)) == sorted(map(sorted, b)), "network"),
        ("search-space-2", lambda a, b: 1, "True or False, but returns 1"),
        ("search-space-3", lambda nodes: nodes / 3, "with 1 node it gives 0.333333, which is too small"),
        ("search-space-4", 0.5, "too large"),
        ("search-space-5", 0.25, "too small"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, answer, said):
    assert said in EXERCISES[name].verdict(answer)


def test_the_pairs_are_what_they_are_said_to_be():
    for one, other, same in pairs_of_cells(0, 4, 3, 40):
        assert (isomorphism.canonical(one) == isomorphism.canonical(other)) == same
