"""Tables of networks: the place of a code, the truth about it, and CSV files that are read or refused in a sentence."""

import csv
import io
import itertools
import math
import pickle
import re
import tracemalloc

import numpy as np
import pytest
from generators import seeds
from hypothesis import given
from hypothesis import strategies as st

from asng_edu.problems import TableError, Tabular, read_table
from asng_edu.problems._csv import BLOCK

sizes = st.lists(st.integers(2, 5), min_size=1, max_size=5)


# ------------------------------------------------------------------------------------------------ places and truth


@given(sizes)
def test_places_and_codes_are_each_other_s_inverse(sizes):
    table = Tabular(sizes, np.zeros(math.prod(sizes)))
    codes = np.array(list(itertools.product(*map(range, sizes))))
    np.testing.assert_array_equal(table.index(codes), np.arange(len(codes)))
    np.testing.assert_array_equal(table.codes(np.arange(len(codes))), codes)
    np.testing.assert_array_equal(table.index(codes), np.ravel_multi_index(tuple(codes.T), sizes))


@given(sizes, st.booleans(), seeds)
def test_losses_scores_and_ranks_counted_one_by_one(sizes, maximize, seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, sizes) / 4.0  # with ties
    table = Tabular(sizes, scores, maximize=maximize)
    sign = -1.0 if maximize else 1.0
    codes = rng.integers(0, sizes, (20, len(sizes)))
    for code, score, loss, rank in zip(
        codes, table.scores(codes), table.losses(codes), table.ranks(codes), strict=True
    ):
        assert score == scores[tuple(code)] == sign * loss
        assert rank == 1 + (sign * scores < sign * score).sum() == table.rank(code)
    assert table.optimum == (scores.max() if maximize else scores.min()) == scores[tuple(table.best)]
    assert table.rank(table.best) == 1
    np.testing.assert_array_equal(table.observed(codes), table.losses(codes))
    assert table.categorical(margin="none").categories.tolist() == sizes


def test_codes_of_one_network():
    table = Tabular([2, 2], [0.3, 0.1, 0.2], networks=[[0, 1], [1, 2]], observed=[0.0, 0.5, 0.6])
    assert table.n_networks == 3
    assert table.losses([[0, 0], [0, 1], [1, 0], [1, 1]]).tolist() == [0.3, 0.1, 0.1, 0.2]
    assert table.ranks([[0, 0], [0, 1], [1, 0], [1, 1]]).tolist() == [3, 1, 1, 2]  # of three, not of four
    assert table.observed([[1, 0], [1, 1]]).tolist() == [0.5, 0.6]
    assert (table.best.tolist(), table.optimum) == ([0, 1], 0.1)


def test_a_table_survives_pickling():
    table = Tabular([2, 3], np.arange(6), maximize=True, names=["a", "b"])
    again = pickle.loads(pickle.dumps(table))
    assert again.decode(again.best) == table.decode(table.best) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([], []), "sizes must name at least one decision"),
        (([3, 1], [0, 0, 0]), "each of the sizes (K) must be a whole number of at least 2"),
        (([10**5, 10**5], [0]), "the number of codes, the product of the sizes, must be at most"),
        (([2, 2], [0, 0, 0]), "scores must have shape (4,), but has shape (3,)"),
        (([2, 2], [[0, 0, 0], [0, 0, 0]]), "scores must have shape (2, 2)"),
        (([2, 2], [0, 0, 0, math.nan]), "scores must be finite"),
        (([2, 2], [0, 0, 0, math.inf]), "scores must be finite"),
    ],
)
def test_tables_that_are_none(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Tabular(*arguments)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"networks": [0, 1, 2]}, "networks must have a number for each of 4 codes"),
        ({"networks": [0, 1, 3, 3]}, "counted from 0 without a gap"),
        ({"networks": [0, 1, 1, 1]}, "scores must have shape (2,)"),
        ({"names": ["a"]}, "names and options must be those of decisions with 2, 2 options"),
        ({"names": ["a", "a"]}, "names must differ"),
        ({"options": [["x", "y"], ["x", "x"]]}, "the options of 1 must differ"),
        ({"options": [["x", "y"], ["x", 1]]}, "must be a text"),
        ({"observed": [1, 2]}, "observed must have shape (4,)"),
        ({"maximize": 1}, "maximize must be True or False"),
    ],
)
def test_what_does_not_fit_the_codes(options, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Tabular([2, 2], [0, 1, 2, 3], **options)


@pytest.mark.parametrize("codes", [[[0, 3]], [[-1, 0]], [[0, 0, 0]], [0, 0], [[0.5, 0]], []])
def test_codes_that_are_none(codes):
    with pytest.raises(ValueError, match=r"codes .*must"):
        Tabular([2, 3], np.arange(6)).losses(codes)


# ------------------------------------------------------------------------------------------------ reading


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding, errors="surrogateescape"))
    return path


GRID = "op,width,acc\nconv,8,.7\nconv,16,.9\npool,8,.6\npool,16,.5\n"
TRUTH = {("conv", "8"): 0.7, ("conv", "16"): 0.9, ("pool", "8"): 0.6, ("pool", "16"): 0.5}


def as_read(table):
    """Return the scores by the names of the options."""
    codes = table.codes(np.arange(table.size))
    return {
        tuple(table.decode(code).values()): score
        for code, score in zip(codes, table.scores(codes).tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (GRID, {}),
        ("\ufeff" + GRID, {}),
        (GRID.replace("\n", "\r\n"), {}),
        (GRID.replace("\n", "\n\n"), {}),
        (GRID.replace(",", ";"), {}),
        (GRID.replace(",", "\t"), {}),
        (GRID.replace(",", ", "), {}),
        (re.sub(r"([^,\n]+)", r'"\1"', GRID), {}),
        (GRID.replace(".7", "7e-1").rstrip(), {}),
        (GRID, {"decisions": ["op", "width"]}),
        (GRID + "pool,16,.5\n", {"decisions": ["op", "width"]}),
        (GRID.replace("op,width", "op,id,width").replace("v,", "v,x,").replace("l,", "l,x,"), {}),
        ("arch,acc\nconv|8,.7\nconv|16,.9\npool|8,.6\npool|16,.5\n", {}),
        ("arch,acc\n|conv|+|8|,.7\n|conv|+|16|,.9\n|pool|+|8|,.6\n|pool|+|16|,.5\n", {}),
        ("arch,acc,t\nconv--8,.7,1\nconv--16,.9,2\npool--8,.6,3\npool--16,.5,4\n", {"code": "arch", "separator": "--"}),
        ("op,width,acc\n" + "".join(f"{line}\n" for line in reversed(GRID.splitlines()[1:])), {}),
    ],
)  # fmt: skip
def test_one_table_in_many_forms(tmp_path, text, how):
    table = read_table(write(tmp_path, text), score="acc", maximize=True, **how)
    assert as_read(table) == TRUTH
    assert [list(words) for words in table.options] == [["conv", "pool"], ["8", "16"]]  # 8 is less than 16


word = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).filter(lambda text: text == text.strip())
decisions = st.lists(st.lists(word, min_size=2, max_size=4, unique=True), min_size=1, max_size=3)


@given(decisions, st.sampled_from(",;\t"), st.booleans(), seeds)
def test_whatever_is_written_is_read(tmp_path_factory, options, delimiter, mark, seed):
    rng = np.random.default_rng(seed)
    codes = list(itertools.product(*options))
    scores = dict(zip(codes, rng.normal(size=len(codes)).tolist(), strict=True))
    names = [f"decision {i}" for i in range(len(options))]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([*names, "score"])
    writer.writerows([*codes[i], scores[codes[i]]] for i in rng.permutation(len(codes)))
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    path.write_bytes(text.getvalue().encode("utf-8-sig" if mark else "utf-8"))
    assert as_read(read_table(path, score="score", decisions=names)) == scores


def test_a_code_of_characters(tmp_path):
    table = read_table(write(tmp_path, "code,acc\n00,4\n01,3\n10,2\n11,1\n"), score="acc")
    assert as_read(table) == {("0", "0"): 4, ("0", "1"): 3, ("1", "0"): 2, ("1", "1"): 1}
    assert table.names == ("code[0]", "code[1]")
    assert any("character by character" in note for note in table.notes)


def test_a_field_in_quotation_marks_may_hold_anything(tmp_path):
    text = 'op,acc\n"conv, ""3×3""\n wide",1\npool,2\nskip,many\n'
    with pytest.raises(TableError, match=r"'many' in line 5"):  # the break inside the field counts
        read_table(write(tmp_path, text), score="acc")
    table = read_table(write(tmp_path, text.replace("many", "3")), score="acc", decisions=["op"])
    assert table.decode(table.best) == {"op": 'conv, "3×3"\n wide'}


def test_several_scores_and_what_is_seen(tmp_path):
    text = "op,a,b,val\nx,1,2,9\ny,3,6,8\n"
    table = read_table(write(tmp_path, text), score=["a", "b"], observe="val", decisions=["op"])
    assert table.scores([[0], [1]]).tolist() == [1.5, 4.5]
    assert table.observed([[0], [1]]).tolist() == [9, 8]


def test_decisions_are_found_among_other_columns(tmp_path):
    rows = [f"{n},{a},{b},{n % 2},cpu,{n * 0.1}" for n, (a, b) in enumerate(itertools.product("xyz", "pqr"))]
    table = read_table(write(tmp_path, "\n".join(["id,a,b,parity,device,acc", *rows])), score="acc")
    assert table.names == ("a", "b")
    assert any("Decisions are a, b" in note for note in table.notes)


def test_only_some_of_the_rows(tmp_path):
    text = "data,op,acc\n" + "".join(f"{data},{op},{acc}\n" for data, op, acc in ("ax1", "bx9", "ay2", "by?"))
    table = read_table(write(tmp_path, text), score="acc", where={"data": "a"})
    assert as_read(table) == {("x",): 1, ("y",): 2}
    with pytest.raises(TableError, match=r"has '\?' in line 5"):  # lines that are left out count
        read_table(write(tmp_path, text), score="acc", where={"data": "b"})
    with pytest.raises(TableError, match="has no rows with c as data"):
        read_table(write(tmp_path, text), score="acc", where={"data": "c"})
    with pytest.raises(TableError, match="has no column 'set'"):
        read_table(write(tmp_path, text), score="acc", where={"set": "a"})
    with pytest.raises(TableError, match="line 6 has 2"):
        read_table(write(tmp_path, text + "a,x\n"), score="acc", where={"data": "b"}, missing="worst")
    with pytest.raises(ValueError, match=r"where must have .* as text, but has {'data': 1}"):
        read_table(write(tmp_path, text), score="acc", where={"data": 1})


def test_what_is_left_out_is_said(tmp_path):
    text = "op,kind,acc\nx,k,1\ny,k,2\ny,k,2\n"
    table = read_table(write(tmp_path, text), score="acc", decisions=["op", "kind"])
    assert table.names == ("op",)
    said = " ".join(table.notes)
    assert "one option only: kind" in said
    assert "1 rows repeated others" in said


def test_missing_networks(tmp_path):
    text = "a,b,acc\n0,0,.5\n0,1,nan\n1,0,\n2,0,-inf\n2,1,.7\n1,1,.6\n1,2,.9\n"
    how = {"score": "acc", "maximize": True, "decisions": ["a", "b"]}
    with pytest.raises(TableError, match="no finite score in line 3"):
        read_table(write(tmp_path, text), **how)
    with pytest.raises(TableError, match=r"4 of the 9 combinations .*; a=0, b=1 is missing"):
        read_table(write(tmp_path, "".join(line for line in text.splitlines(True) if line[4] in "ac.")), **how)
    for maximize, worst in ((True, 0.5), (False, 0.9)):
        table = read_table(write(tmp_path, text), **{**how, "maximize": maximize}, missing="worst")
        assert as_read(table)["0", "1"] == as_read(table)["0", "2"] == worst
        assert as_read(table)["1", "1"] == 0.6
        assert any("5 networks have no score" in note for note in table.notes)


def test_duplicates(tmp_path):
    text = GRID + "pool,16,.8\n"
    how = {"score": "acc", "decisions": ["op", "width"]}
    with pytest.raises(TableError, match="different scores for the same decisions, first in the lines 5 and 6"):
        read_table(write(tmp_path, text), **how)
    table = read_table(write(tmp_path, text), **how, duplicates="mean")
    assert as_read(table) == TRUTH | {("pool", "16"): (0.5 + 0.8) / 2}
    thrice = read_table(write(tmp_path, GRID + 2 * "conv,8,.7\n"), **how)
    assert as_read(thrice) == TRUTH  # to the bit, where a mean of three might not be


@pytest.mark.parametrize(
    ("text", "how", "sentence"),
    [
        ("", {}, "is empty: its first line must name the columns"),
        ("op,width,acc\n", {}, "has no rows below its first line"),
        (GRID, {"score": "loss"}, "has no column 'loss': its first line, which must name the columns, is ['op',"),
        (GRID.partition("\n")[2], {}, "has no column 'acc'"),
        (GRID, {"decisions": ["op", "depth"]}, "has no column 'depth'"),
        (GRID, {"code": "arch"}, "has no column 'arch'"),
        ("op,op,acc\n1,2,3\n", {}, "names the column 'op' twice"),
        (GRID + "pool,32\n", {}, "as many fields in each line as its first line, 3, but line 6 has 2"),
        (GRID + "pool,32,.5,1\n", {}, "but line 6 has 4"),
        (GRID + "pool,32,good\n", {}, "must have a number in the column 'acc', but has 'good' in line 6"),
        (GRID + 'pool,"32,.5\n', {}, "is no CSV file: line 6"),
        (GRID + "p\udcffol,32,.5\n", {}, "is not UTF-8 text: line 6 is not"),
        (GRID + f"{'x' * 200_000},32,.5\n", {}, "is no CSV file: line 6: field larger"),
        (GRID + "pool,32,.5\n", {}, "does not show which columns are its decisions"),
        ("op,acc\nx,nan\ny,inf\n", {"missing": "worst", "decisions": ["op"]}, "has no finite score at all"),
        ("op,acc\nx,1\nx,1\n", {"decisions": ["op"]}, "leaves nothing to choose"),
        ("arch,acc\na|b,1\na|b|c,2\n", {"code": "arch", "separator": "|"}, "a code of 3 parts in line 3"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused_in_a_sentence(tmp_path, text, how, sentence):
    with pytest.raises(TableError, match=re.escape(sentence)) as error:
        read_table(write(tmp_path, text), **{"score": "acc", **how})
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_other_encodings_are_refused(tmp_path):
    for encoding in ("utf-16", "latin-1"):
        with pytest.raises(TableError, match="is not UTF-8 text: line 1 is not"):
            read_table(write(tmp_path, "öp,acc\nx,1\ny,2\n", encoding), score="acc")


def test_a_table_too_large_is_refused(tmp_path):
    """A hundred rows can have more combinations than any memory has room for."""
    rows = [",".join([str(n)] * 8) for n in range(100)]
    text = "\n".join(["a,b,c,d,e,f,g,acc", *rows])
    with pytest.raises(TableError, match=r"100,000,000,000,000 combinations of a \(100\), b"):
        read_table(write(tmp_path, text), score="acc", decisions=list("abcdefg"), missing="worst")


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"decisions": ["op"], "code": "op"}, "give one of them"),
        ({"separator": "|"}, "separator needs code"),
        ({"missing": "best"}, "missing must be one of refuse, worst"),
        ({"duplicates": "first"}, "duplicates must be one of refuse, mean"),
        ({"decisions": []}, "decisions must name one column or several"),
        ({"score": ["acc", "acc"]}, "score must name one column or several different ones"),
        ({"score": 3}, "score must be a sequence"),
        ({"maximize": "yes"}, "maximize must be True or False"),
        ({"path": None}, "path must be the name of a file"),
    ],
)
def test_wrong_arguments(tmp_path, how, sentence):
    arguments = {"path": write(tmp_path, GRID), "score": "acc", **how}
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_table(arguments.pop("path"), **arguments)


def test_a_file_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(TableError, match="cannot be read: "):
            read_table(path, score="acc")


def test_a_large_table_is_read_in_blocks(tmp_path):
    """Errors far down name their line, and memory holds columns, not rows."""
    options = [f"op{n}" for n in range(20)]
    rows = [f"{n},{','.join(code)},{n}" for n, code in enumerate(itertools.product(options, repeat=4))]
    assert len(rows) > 3 * BLOCK
    path = write(tmp_path, "\n".join(["id,a,b,c,d,acc", *rows]))
    tracemalloc.start()
    table = read_table(path, score="acc")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert table.size == len(rows) == 160_000
    assert table.names == ("a", "b", "c", "d")  # id has too many options for a decision
    assert peak < 200 * len(rows)  # bytes: the rows as lists of text take 600
    rows[150_000] = rows[150_000].rpartition(",")[0] + ",?"
    with pytest.raises(TableError, match="has '\\?' in line 150002"):
        read_table(write(tmp_path, "\n".join(["id,a,b,c,d,acc", *rows])), score="acc")
