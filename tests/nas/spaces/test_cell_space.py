"""The search space: its counts, vectors there and back, JSON there and back, and what is refused."""

import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from generators import seeds, spaces
from hypothesis import given

from asng_edu import ASNG, nas
from asng_edu.nas import CellSpace, Genotype, chain
from asng_edu.nas.spaces.cell_space import ARTICLE_OPERATIONS
from asng_edu.nas.spaces.genotype import GenotypeError, loose_ends, node_depths, short

ROOT = Path(__file__).resolve().parents[3]


def sentence(caught):
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 400
    return text


# What follows from the numbers.


def test_the_articles_space():
    space = CellSpace()
    assert len(space.decisions) == 40
    assert space.options == 180
    assert space.n_theta == 140
    assert space.size == ((2 * 3 * 4 * 5 * 6) ** 2 * 5**10) ** 2 == 25628906250000000000000000
    assert f"{space.size:.2e}" == "2.56e+25"
    family = space.categorical()
    assert (family.dim, family.n_stats, family.n_theta) == (40, 180, 140)
    assert family.categories.tolist() == [decision.size for decision in space.decisions]
    assert family.margin == "asng"
    assert space.categorical("catcma").margin == "catcma"


def test_the_decisions_come_in_order():
    expected = [
        (kind, node, slot, what)
        for kind in ("normal", "reduction")
        for node in range(5)
        for slot in range(2)
        for what in ("input", "operation")
    ]
    assert [decision[:4] for decision in CellSpace().decisions] == expected
    words = CellSpace().decisions[4 * 2].options
    assert words == ("the cell before the previous", "the previous cell", "node 0", "node 1")
    assert CellSpace().decisions[1].options == ARTICLE_OPERATIONS
    assert CellSpace(inputs=3).decisions[0].options[0] == "the cell 3 back"
    assert {decision.kind for decision in CellSpace(kinds=("reduction", "normal")).decisions[:20]} == {"reduction"}


def test_what_has_one_option_is_no_decision():
    assert CellSpace(nodes=1, inputs=1, kinds=("normal",)).size == 25  # its inputs are given
    assert [d.what for d in CellSpace(nodes=2, operations=("mine",), kinds=("normal",)).decisions] == ["input"] * 4
    fixed = CellSpace(nodes=2, kinds=("normal",), fixed=chain(2))
    assert [(d.node, d.slot) for d in fixed.decisions if d.what == "input"] == [(0, 1), (1, 1)]
    alone = CellSpace(nodes=1, inputs=1, operations=("identity",), kinds=("normal",))
    assert (alone.decisions, alone.size, alone.options, alone.n_theta) == ((), 1, 0, 0)
    assert alone.encode(alone.decode([])).shape == (0,)
    assert alone.random(0) == Genotype(normal=(((0, "identity"), (0, "identity")),))
    with pytest.raises(ValueError, match="nothing to decide") as caught:
        alone.categorical()
    sentence(caught)


def test_a_reader_adds_an_operation_or_a_node_in_one_line():
    space = CellSpace(operations=(*ARTICLE_OPERATIONS, "my_own"))
    assert space.size == CellSpace().size // 5**20 * 6**20
    assert any("my_own" in line for seed in range(3) for line in space.describe(space.random(seed)))
    assert CellSpace(nodes=6).size == CellSpace().size * (7**2 * 5**2) ** 2


def test_a_chain_makes_every_cell_as_deep_as_it_has_nodes():
    assert chain(4, inputs=1) == ((0, 0, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3))
    space = CellSpace(fixed=chain(5))
    for seed in range(20):
        genotype = space.random(seed)
        assert space.depth(genotype.normal) == space.depth(genotype.reduction) == 5
        assert loose_ends(genotype.normal) == (4,)
        assert genotype.normal[0][0][0] == 1


# There and back.


@given(spaces(), seeds)
def test_vectors_and_genotypes_there_and_back(space, seed):
    genotype = space.random(seed)
    c = space.encode(genotype)
    assert c.shape == (len(space.decisions),)
    assert c.dtype == np.int64
    assert space.decode(c) == space.decode(c.tolist()) == genotype == space.check(genotype)
    for node, slot, source in space.fixed:
        assert all(genotype.cell(kind)[node][slot][0] == source for kind in space.kinds)
    assert hash(genotype) == hash(space.decode(c))


@given(spaces(), seeds)
def test_json_there_and_back(space, seed):
    genotype = space.random(seed)
    assert Genotype.from_json(json.loads(json.dumps(genotype.to_json()))) == genotype
    assert set(genotype.to_json()) == set(space.kinds)
    again = CellSpace.from_json(json.loads(json.dumps(space.to_json())))
    assert again == space
    assert hash(again) == hash(space)
    assert again.decisions == space.decisions


@given(spaces(), seeds)
def test_every_decision_in_words_tells_the_genotype(space, seed):
    genotype = space.random(seed)
    lines = space.describe(genotype)
    assert lines == space.describe(space.encode(genotype))
    assert len(set(lines)) == len(lines) == len(space.decisions)
    for decision, line in zip(space.decisions, lines, strict=True):
        source, operation = genotype.cell(decision.kind)[decision.node][decision.slot]
        assert line.startswith(f"{decision.kind} cell, node {decision.node}, {('first', 'second')[decision.slot]} ")
        assert line.endswith(f"input: {space.input_name(source)}" if decision.what == "input" else f": {operation}")


@given(spaces(most_nodes=2).filter(lambda space: space.size < 3000))
def test_the_size_is_the_number_of_genotypes(space):
    vectors = itertools.product(*(range(decision.size) for decision in space.decisions))
    assert len({space.decode(c) for c in vectors}) == space.size


def test_random_genotypes_are_uniform():
    space = CellSpace(nodes=2, operations=("identity", "mine"), kinds=("normal",), fixed=((0, 0, 1), (1, 1, 0)))
    rng = np.random.default_rng(0)
    counts = Counter(space.random(rng) for _ in range(200 * space.size))
    assert len(counts) == space.size == 96
    chi2 = sum((count - 200) ** 2 / 200 for count in counts.values())
    assert 50 < chi2 < 150  # 95 degrees of freedom: 95 ± 14
    assert space.random(3) == space.random(np.random.default_rng(3))


def test_samples_and_modes_decode():
    space = CellSpace()
    asng = ASNG(space.categorical(), rng=0)
    for c in asng.ask():
        assert space.encode(space.decode(c)).tolist() == c.tolist()
    assert space.decode(asng.mode()).normal[0] == ((0, "identity"), (0, "identity"))


def test_a_file_there_and_back(tmp_path):
    path = tmp_path / "cell.json"
    genotype = CellSpace().random(1)
    genotype.write(path)
    assert Genotype.read(path) == genotype
    assert len(path.read_text().splitlines()) == 16
    path.write_text(json.dumps({"settings": {}, "theta": [1.0], "genotype": genotype.to_json()}))
    assert Genotype.read(str(path)) == genotype


# The graph of a cell.


def ways(cell, inputs, place):
    """Return all ways from the cell's inputs to a node, as lists of nodes."""
    before = [source - inputs for source, _ in cell[place]]
    return [[*way, place] for node in before for way in ([[]] if node < 0 else ways(cell, inputs, node))]


@given(spaces(most_nodes=6), seeds)
def test_depth_loose_ends_and_live_nodes_by_walking_every_way(space, seed):
    cell = space.random(seed).cell(space.kinds[0])
    every = [ways(cell, space.inputs, place) for place in range(len(cell))]
    assert node_depths(cell, space.inputs) == tuple(max(map(len, some)) for some in every)
    passed = {node for some in every for way in some for node in way[:-1]}
    assert loose_ends(cell, space.inputs) == tuple(n for n in range(len(cell)) if n not in passed)
    outputs = space.outputs(cell)
    assert outputs == ((len(cell) - 1,) if space.output == "last" else loose_ends(cell, space.inputs))
    assert space.live(cell) == tuple(sorted({node for place in outputs for way in every[place] for node in way}))
    assert space.depth(cell) == max(len(way) for place in outputs for way in every[place])
    read = {source for node in space.live(cell) for source, _ in cell[node]}
    assert set(space.unread(cell)) == set(range(space.inputs)) - read


def test_with_unused_nodes_put_out_every_node_has_an_effect():
    space = CellSpace()
    assert all(space.live(space.random(seed).normal) == (0, 1, 2, 3, 4) for seed in range(20))


# What is refused.


def described(value):
    """Return a name for a test that is the same in every process: without addresses."""
    return re.sub(r" at 0x\w+", "", short(value))


DEEP = []
for _ in range(100_000):
    DEEP = [DEEP]
PAIR = [[0, "identity"], [1, "identity"]]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "must be a dictionary"),
        ([], "must be a dictionary"),
        ("normal", "must be a dictionary"),
        ({}, "is empty"),
        ({"normal": [PAIR], "weird": [PAIR]}, "names 'weird'"),
        ({3: [PAIR]}, "names 3"),
        ({"normal": []}, "the normal cell must be a list of one node or more"),
        ({"normal": "identity"}, "the normal cell must be a list"),
        ({"normal": {"0": PAIR}}, "the normal cell must be a list"),
        ({"reduction": None}, "the reduction cell must be a list"),
        ({"normal": [PAIR, []]}, "node 1 of the normal cell must be pairs"),
        ({"normal": [[*PAIR, 5]]}, "third of node 0 of the normal cell must be a pair"),
        ({"normal": ["ab"]}, "must be"),
        ({"normal": [["ab", "cd"]]}, "first of node 0 of the normal cell must be a pair"),
        ({"normal": [[PAIR[0], [1]]]}, "second of node 0 of the normal cell must be a pair"),
        ({"normal": [[[True, "identity"], PAIR[1]]]}, "first input of node 0 of the normal cell .* but is True"),
        ({"normal": [[[0.0, "identity"], PAIR[1]]]}, "whole number from 0 up, but is 0.0"),
        ({"normal": [[["0", "identity"], PAIR[1]]]}, "whole number from 0 up, but is '0'"),
        ({"normal": [[[-1, "identity"], PAIR[1]]]}, "whole number from 0 up, but is -1"),
        ({"normal": [[[-(10**9000), "identity"], PAIR[1]]]}, "too many digits"),
        ({"normal": [[[0, None], PAIR[1]]]}, "first operation of node 0 of the normal cell must be a name"),
        ({"normal": [[[0, ["identity"]], PAIR[1]]]}, "must be a name"),
        ({"normal": DEEP}, "must be"),
        ({"normal": [[DEEP, DEEP]]}, "must be a pair"),
        ({"normal": [[[0, DEEP], PAIR[1]]]}, "must be a name"),
        (DEEP, "must be a dictionary"),
        ({"normal": ["x" * 10**6]}, "must be"),
    ],
    ids=described,
)
def test_what_is_no_genotype(value, says):
    with pytest.raises(GenotypeError, match=says) as caught:
        Genotype.from_json(value)
    sentence(caught)


ONE = CellSpace(nodes=1, kinds=("normal",))
TWO = CellSpace(nodes=2, kinds=("normal",), fixed=((1, 0, 2),))
READS_0 = ((0, "identity"), (0, "identity"))


@pytest.mark.parametrize(
    ("space", "genotype", "says"),
    [
        (ONE, {"normal": [PAIR]}, "must be a Genotype"),
        (ONE, (READS_0,), "must be a Genotype"),
        (ONE, Genotype(), "has the cells normal, but this one has none"),
        (ONE, Genotype((READS_0,), (READS_0,)), "but this one has normal, reduction"),
        (CellSpace(), Genotype((READS_0,)), "has the cells normal, reduction, but this one has normal"),
        (ONE, Genotype((READS_0, READS_0)), "must have nodes: 1, but has 2"),
        (ONE, Genotype((READS_0[:1],)), "node 0 of the normal cell must have slots: 2, but has 1"),
        (CellSpace(nodes=2, kinds=("normal",)), Genotype((READS_0,)), "must have nodes: 2, but has 1"),
        (ONE, Genotype((((2, "identity"), (0, "identity")),)), "first input of node 0 .* 0 to 1, but is 2"),
        (ONE, Genotype((((0, "identity"), (10**9000, "identity")),)), "second input .* too many digits"),
        (ONE, Genotype((((0, "identity"), (0, "conv")),)), "second operation of node 0 .* identity, .*but is 'conv'"),
        (ONE, Genotype((((0, "Identity"), (0, "identity")),)), "but is 'Identity'"),
        (ONE, Genotype(5), "must be a list"),
        (TWO, Genotype((READS_0, READS_0)), "first input of node 1 of the normal cell .* 2, which is fixed, but is 0"),
    ],
    ids=described,
)
def test_a_genotype_of_another_space(space, genotype, says):
    for refuse in (space.check, space.encode):
        with pytest.raises(GenotypeError, match=says) as caught:
            refuse(genotype)
        sentence(caught)


@pytest.mark.parametrize(
    ("c", "says"),
    [
        ([0, 0, 0], "c must have shape .4,"),
        ([[0, 0, 0, 0]], "c must have shape"),
        ([], "c must have shape"),
        ([0, 5, 0, 0], "dimension 1 must lie between 0 and 4, but one is 5"),
        ([0, -1, 0, 0], "but one is -1"),
        ([0.5, 0, 0, 0], "whole numbers"),
        (["a", "b", "c", "d"], "whole numbers"),
        ([0, [1], 2, 3], "c must be numbers"),
        (DEEP, "c must"),
        (None, "c must be numbers"),
        ([np.nan] * 4, "whole numbers"),
    ],
)
def test_vectors_of_another_space(c, says):
    for refuse in (ONE.decode, ONE.describe):
        with pytest.raises(ValueError, match=says) as caught:
            refuse(c)
        sentence(caught)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("slots", [0, 101, 1.0]),
        ("chain", [1, None]),
        ("nodes", [0, -1, 101, 10**12, 2.0, "5", None, True, [5]]),
        ("inputs", [0, 101, True, None]),
        (
            "operations",
            [(), "identity", None, 3, {"identity"}, ("identity", "identity"), (1,), ("a b",), ("",), ("a.b",)],
        ),
        ("operations", [("a\n",), ("-",), ([],), ("/etc/passwd",)]),
        ("kinds", [(), "normal", ("weird",), ("normal", "normal"), (None,), None]),
        (
            "fixed",
            [3, None, "abc", ((0, 0),), ((0, 0, 0, 0),), ((5, 0, 0),), ((-1, 0, 0),), ((0, 2, 0),), ((0, 0, 2),)],
        ),
        ("fixed", [((0, 0, -1),), ((0, 0, True),), ((0, 0, 0), (0, 0, 1)), ((0, 0, 0), (0, 0, 0)), (DEEP,)]),
        ("output", ["first", None, 3, ["last"]]),
        ("share_inputs", [1, None, "yes"]),
    ],
    ids=described,
)
def test_what_is_no_space(field, values):
    for value in values:
        with pytest.raises(ValueError, match=field) as caught:
            CellSpace(**{field: value})
        sentence(caught)
        if not isinstance(value, set):
            with pytest.raises(ValueError, match=field):
                CellSpace.from_json({field: value})


@pytest.mark.parametrize(
    "value", [None, [], "space", DEEP, {"node": 3}, {"nodes": 3, 4: 5}, {"decisions": []}], ids=described
)
def test_what_is_no_space_in_json(value):
    with pytest.raises(ValueError, match="space") as caught:
        CellSpace.from_json(value)
    sentence(caught)


def test_random_needs_a_source():
    with pytest.raises(ValueError, match="rng"):
        CellSpace().random("dice")
    with pytest.raises(ValueError, match="kind must be one of normal, reduction"):
        CellSpace().random(0).cell("count")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"3", b"\xff\xfe", b'"normal"', b"[" * 10**6, b'{"genotype": 3}', b'{"genotype": {}}',
        b'{"normal": [[[' + b"9" * 5000 + b', "identity"]]]}', b'{"normal": [[[NaN, "identity"], [0, "identity"]]]}',
    ],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
def test_files_without_a_genotype(tmp_path, content):
    path = tmp_path / "cell.json"
    path.write_bytes(content)
    with pytest.raises(GenotypeError, match=re.escape(repr(str(path)))) as caught:
        Genotype.read(path)
    sentence(caught)


def test_files_that_cannot_be_read_or_written(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(GenotypeError, match="cannot be read: ") as caught:
            Genotype.read(path)
        sentence(caught)
    with pytest.raises(GenotypeError, match="cannot be written: ") as caught:
        ONE.random(0).write(tmp_path)
    sentence(caught)


def test_the_space_that_holds_a_genotype():
    genotype = CellSpace(nodes=3, kinds=("reduction",), operations=("mine", "identity")).decode([0] * 12)
    space = CellSpace.holding(genotype)
    assert (space.nodes, space.kinds) == (3, ("reduction",))
    assert space.operations == (*ARTICLE_OPERATIONS, "mine")
    assert CellSpace.holding(CellSpace().random(0)) == CellSpace()
    for bad, says in [
        (Genotype(), "has none"),
        (Genotype((READS_0,), (READS_0, READS_0)), "nodes: 2, but has 1"),
        (Genotype((((3, "identity"), (0, "identity")),)), "but is 3"),
    ]:
        with pytest.raises(GenotypeError, match=says) as caught:
            CellSpace.holding(bad)
        sentence(caught)


# The package.


def python(code):
    """Run code in a fresh Python and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_space_and_its_drawing_need_no_torch():
    code = "import sys; from asng_edu.nas import CellSpace, cell_figure; CellSpace().random(0); print(*sys.modules)"
    modules = python(code).split()
    assert "asng_edu.nas.spaces.cell_space" in modules
    assert not {"torch", "torchvision", "sklearn"} & set(modules)
    assert not {"numpy", "torch", "matplotlib"} & set(python("import sys, asng_edu.nas; print(*sys.modules)").split())


def test_what_is_not_installed_is_named():
    code = """import sys
sys.modules.update(torch=None, matplotlib=None)
import asng_edu.nas as nas
for name in ("Network", "cell_figure"):
    try:
        getattr(nas, name)
    except ImportError as error:
        print(error)
print(nas.CellSpace().n_theta)"""
    assert python(code).splitlines() == [
        "Network needs torch: pip install 'asng_edu[nas]'.",
        "cell_figure needs matplotlib: pip install 'asng_edu[plot]'.",
        "140",
    ]


def test_names_of_the_package():
    for name in nas.__all__:
        assert getattr(getattr(nas, name), "__name__", name) == name
    assert nas.spaces.cell_space.CellSpace is nas.CellSpace
    assert {"spaces", "CellSpace"} <= set(dir(nas))
    with pytest.raises(AttributeError, match=r"asng_edu.nas has no 'CelSpace'; it has .*\.$"):
        nas.CelSpace  # noqa: B018
