"""``asng-edu tabular``, as a user runs it."""

import csv
import functools
import hashlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asng_edu import cli
from asng_edu.problems import read_table
from asng_edu.sweeps import table_runs

GRID = [(op, width, depth) for op in ("conv", "pool", "skip") for width in (8, 16) for depth in (1, 2, 3)]
# Additive, but for one network that stands out.
SCORES = [0.1 * len(op) + width / 40 + depth / 30 + (op == "pool" and depth == 2) / 5 for op, width, depth in GRID]
WORDS = ["--methods", "asng,random", "--budget", "60", "--seeds", "5"]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    rows = [f"{op},{width},{depth},{score}" for (op, width, depth), score in zip(GRID, SCORES, strict=True)]
    path.write_text("\n".join(["op,width,depth,accuracy", *rows]) + "\n", encoding="utf-8")
    return path


def tabular(table, *words):
    return cli.main(["tabular", str(table), "--score", "accuracy", "--maximize", *WORDS, *map(str, words)])


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_files_hold_what_was_run(table, tmp_path, capsys):
    out = tmp_path / "new" / "runs.csv"
    assert tabular(table, "--seed", 3, "--out", out) == 0
    runs = table_runs.run(
        read_table(table, score="accuracy", maximize=True), methods=("asng", "random"), budget=60, seeds=5, seed=3
    )
    expected = [{key: "" if value is None else str(value) for key, value in row.items()} for row in runs.rows]
    assert read(out) == expected
    record = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["settings"] == {
        "table": str(table), "score": ["accuracy"], "maximize": True,
        "methods": ["asng", "random"], "budget": 60, "seeds": 5, "seed": 3, "margin": "asng",
    }  # fmt: skip
    assert record["table"]["sha256"] == hashlib.sha256(table.read_bytes()).hexdigest()
    assert record["table"]["decisions"] == {
        "op": ["conv", "pool", "skip"],
        "width": ["8", "16"],
        "depth": ["1", "2", "3"],
    }
    assert record["table"]["optimum"] == max(SCORES)
    assert record["evaluations_to_optimum"] == runs.found
    assert record["provenance"]["command"].startswith("asng-edu tabular ")
    assert record["provenance"]["seconds"] >= 0
    said = capsys.readouterr()
    assert "Decisions are op, width, depth" in said.err
    assert "18 networks, the best with a score of" in said.out


def test_the_summary_is_that_of_the_rows(table, tmp_path, capsys):
    out = tmp_path / "runs.csv"
    assert tabular(table, "--json", "--out", out) == 0
    printed = json.loads(capsys.readouterr().out)
    record = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert printed["summary"] == record["summary"]
    for row in printed["summary"]:
        last = [one for one in read(out) if one["method"] == row["method"] and one["evaluations"] == "60"]
        assert row["runs"] == len(last) == 5
        for name in ("best", "mode"):
            assert row[f"{name}_score"][1] == statistics.median(float(one[f"{name}_score"]) for one in last)
            assert row[f"{name}_rank"][1] == statistics.median(int(one[f"{name}_rank"]) for one in last)
        found = [number for number in record["evaluations_to_optimum"][row["method"]] if number is not None]
        assert row["found"] == len(found)
        if len(found) == 5:
            assert row["evaluations"][1] == statistics.median(found)


def test_what_no_run_has_met_has_no_number(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text("code,loss\n" + "".join(f"{n:012b},{n}\n" for n in range(4096)), encoding="utf-8")
    words = ["--score", "loss", "--methods", "asng", "--budget", "1", "--seeds", "3", "--seed", "1"]
    assert cli.main(["tabular", str(path), *words, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["summary"]
    assert row["mode_score"] == row["mode_rank"] == row["evaluations"] == [None] * 3
    assert row["found"] == 0
    assert cli.main(["tabular", str(path), *words]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.split()[-2:] == ["over", "1"]
    assert "none" in line


def test_how_to_read_a_table_is_an_option_each(tmp_path, capsys):
    path = tmp_path / "table.csv"
    rows = ["data,arch,test,val", "a,x-y,1,4", "a,x-z,2,3", "a,w-y,3,2", "a,w-y,5,2", "b,x-y,0,0"]
    path.write_text("\n".join(rows), encoding="utf-8")
    words = ["--score", "test", "--observe", "val", "--code", "arch", "--separator", "-", "--where", "data=a"]
    words += ["--missing", "worst", "--duplicates", "mean", *WORDS, "--out", str(tmp_path / "runs.csv"), "--json"]
    assert cli.main(["tabular", str(path), *words]) == 0
    told = json.loads(capsys.readouterr().out)["table"]
    assert told["decisions"] == {"arch[0]": ["w", "x"], "arch[1]": ["y", "z"]}
    assert told["optimum"] == 1.0
    assert sum("no score" in note or "several scores" in note for note in told["notes"]) == 2
    settings = json.loads((tmp_path / "runs.json").read_text(encoding="utf-8"))["settings"]
    assert settings["where"] == {"data": "a"}
    assert (settings["observe"], settings["separator"]) == (["val"], "-")


def test_files_do_not_depend_on_workers(table, tmp_path):
    for workers in (1, 2):
        assert tabular(table, "--workers", workers, "--out", tmp_path / f"{workers}.csv") == 0
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


@pytest.mark.parametrize("name", ["runs.csv", "runs.json"])
def test_what_is_there_is_never_overwritten(table, tmp_path, capsys, name):
    (tmp_path / name).write_text("mine")
    assert tabular(table, "--out", tmp_path / "runs.csv") == 2
    assert f"{name} exists already and is left as it is" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["table.csv", name])
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("none.csv --score accuracy", "none.csv cannot be read: "),
        ("table.csv", "--score must name"),
        ("table.csv --score error", "has no column 'error'"),
        ("table.csv --score op", "must have a number in the column 'op', but has 'conv' in line 2"),
        ("table.csv --score accuracy --decisions op,depth", "has different scores for the same decisions"),
        ("table.csv --score accuracy --decisions op --code op", "not allowed with"),
        ("table.csv --score accuracy --where op", "must be COLUMN=VALUE, but is 'op'"),
        ("table.csv --score accuracy --where op=bn", "has no rows with bn as op"),
        ("table.csv --score accuracy --missing best", "invalid choice: 'best'"),
        ("table.csv --score accuracy --methods asng,sgd", "method must be one of adam, asng"),
        ("table.csv --score accuracy --methods asng:speed=2", "an option of asng must be one of delta0"),
        ("table.csv --score accuracy --budget 0", "budget must be a whole number of at least 1"),
        ("table.csv --score accuracy --workers 0", "workers must be a whole number of at least 1"),
        ("table.csv --score accuracy --out runs.txt", "out must be the name of a .csv file"),
        ("table.csv --score accuracy --margin 0.9", "margin must be one of"),
        ("table.csv --score accuracy --budget 9 --seeds 1 --out table.csv/runs.csv", "runs.csv cannot be written: "),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(table, words, part, monkeypatch, capsys):
    monkeypatch.chdir(table.parent)
    try:
        code = cli.main(["tabular", *words.split()])
    except SystemExit as exit:  # argparse's own errors
        code = exit.code
    said = capsys.readouterr().err
    assert code == 2
    assert part in said.splitlines()[-1]
    assert "Traceback" not in said
    assert list(table.parent.iterdir()) == [table]


# ------------------------------------------------------------------------------------------------ processes


def start(table, out):
    words = ["--score", "accuracy", "--seeds", "10", "--budget", "1000000", "--workers", "2", "--out", str(out)]
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which a shell's background jobs do not
    return subprocess.Popen(
        [sys.executable, "-m", "asng_edu.cli", "tabular", str(table), *words],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=hear,
    )  # fmt: skip


def workers_of(process):
    """Wait until a process has its two workers, and return their numbers: the resource tracker is none of them."""
    while process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        found = [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
        if len(found) == 2:
            return found
        time.sleep(0.01)
    raise AssertionError(process.communicate()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_worker_that_is_killed_is_named(table, tmp_path):
    process = start(table, tmp_path / "runs.csv")
    os.kill(int(workers_of(process)[0]), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.splitlines()[-1].startswith("asng-edu: a worker process was ended from outside")
    assert list(tmp_path.iterdir()) == [table]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGKILL", -9)])
def test_workers_end_with_the_command(table, tmp_path, name, code):
    process = start(table, tmp_path / "runs.csv")
    workers = workers_of(process)
    time.sleep(1.0)  # in the middle of something, most likely
    process.send_signal(getattr(signal, name))
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in said
    deadline = time.monotonic() + 60
    while any(os.path.exists(f"/proc/{worker}") for worker in workers):
        assert time.monotonic() < deadline, "a worker lives on"
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == [table]


def test_the_table_that_comes_with_the_library(tmp_path, capsys):
    out = tmp_path / "runs.csv"
    words = ["--methods", "random", "--budget", "20", "--seeds", "2"]
    assert cli.main(["tabular", "signals", *words, "--out", str(out)]) == 0
    assert "1,092 networks" in capsys.readouterr().out
    assert {row["seed"] for row in read(out)} == {"0", "1"}
    assert cli.main(["tabular", "signals", *words, "--score", "test_error_0"]) == 2
    assert "--score" in capsys.readouterr().err
    assert cli.main(["tabular", "nowhere.csv", *words]) == 2
    assert "--score" in capsys.readouterr().err
