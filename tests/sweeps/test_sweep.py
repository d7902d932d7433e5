"""The sweep: same results whatever the workers, the interruptions and the backend; bad input loses nothing."""

from __future__ import annotations

import functools
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import killing
import numpy as np
import pytest

from asng_edu import cli
from asng_edu.sweeps import sweep

SMALL = {"eps_x": (0.05,), "delta0": (1.0, 0.1), "trials": 7, "dim": 4, "categories": 3, "max_updates": 3000}
WORDS = [
    "sweep", "--eps-x", "0.05", "--delta0", "1,0.1", "--trials", "7",
    "--dim", "4", "--categories", "3", "--max-updates", "3000",
]  # fmt: skip


# Long enough that a kill comes in the middle.
LONG = {"eps_x": (0.0005,), "delta0": (1.0, 0.1), "trials": 7, "max_updates": 30_000}
LONG_WORDS = ["sweep", "--eps-x", "0.0005", "--delta0", "1,0.1", "--trials", "7", "--max-updates", "30000"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a long sweep that nothing has interrupted."""
    out = tmp_path_factory.mktemp("whole") / "whole.csv"
    sweep.run(out=out, workers=2, **LONG)
    return files(out)


def files(out: Path) -> dict[str, bytes]:
    return {suffix: out.with_suffix(suffix).read_bytes() for suffix in (".csv", ".trials.csv")}


def test_rows_are_the_statistics_of_the_trials(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    rows = sweep.run(out=out, **{**SMALL, "max_updates": 60})  # so few that some trials fail
    lines = [line.split(",") for line in out.with_suffix(".trials.csv").read_text().splitlines()[1:]]
    assert len(lines) == 3 * 2 * 7
    assert any(row["successes"] < row["trials"] for row in rows)
    for row in rows:
        mine = [line for line in lines if line[0] == row["method"] and float(line[2]) == row["delta0"]]
        found = [int(line[4]) for line in mine if line[4]]
        assert row["trials"] == len(mine) == 7
        assert row["successes"] == len(found)
        assert row["success_rate"] == len(found) / 7
        if found:
            assert row["median_updates"] == statistics.median(found)
            assert row["score"] == pytest.approx(statistics.median(found) / (len(found) / 7))
        else:
            assert row["median_updates"] is row["q25"] is row["q75"] is row["score"] is None


def test_columns_and_empty_fields(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    rows = sweep.run(out=out, methods=("adam",), eps_x=(0.05,), delta0=(5.0,), trials=2, max_updates=20)
    head, line = out.read_text().splitlines()
    assert head == "method,eps_x,delta0,lam,alpha,trials,successes,success_rate,median_updates,q25,q75,score"
    assert line == "adam,0.05,5.0,2,1.5,2,0,0.0,,,,"
    assert sweep.read_rows(out) == rows


def test_results_do_not_depend_on_workers(tmp_path: Path) -> None:
    sweep.run(out=tmp_path / "one.csv", workers=1, **SMALL)
    sweep.run(out=tmp_path / "two.csv", workers=2, **SMALL)
    assert files(tmp_path / "one.csv") == files(tmp_path / "two.csv")


def test_results_do_not_depend_on_the_rest_of_the_grid() -> None:
    rows = sweep.run(**SMALL)
    alone = sweep.run(**{**SMALL, "methods": ("sng",), "delta0": (0.1,)})
    assert alone == [row for row in rows if row["method"] == "sng" and row["delta0"] == 0.1]


def test_another_seed_gives_other_trials() -> None:
    assert sweep.run(**SMALL) != sweep.run(**SMALL, seed=1)


def test_on_a_dask_cluster() -> None:
    joblib = pytest.importorskip("joblib")
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        rows = sweep.run(**SMALL)
    assert rows == sweep.run(**SMALL)


def test_on_a_backend_that_gives_no_generator() -> None:
    """As Ray's joblib backend does not."""
    joblib = pytest.importorskip("joblib")
    from joblib._parallel_backends import ThreadingBackend

    class Lists(ThreadingBackend):  # type: ignore[misc]
        supports_return_generator = False

    joblib.register_parallel_backend("lists", Lists)
    with joblib.parallel_config(backend="lists", n_jobs=2):
        with pytest.raises(ValueError, match="generator"):
            joblib.Parallel(return_as="generator")
        rows = sweep.run(**SMALL)
    assert rows == sweep.run(**SMALL)


def start(out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "asng_edu.cli", *LONG_WORDS, "--workers", "2", "--out", str(out), *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_for_rows(out: Path, count: int, process: subprocess.Popen[str]) -> None:
    journal = out.with_suffix(".trials.csv")
    while process.poll() is None and (not journal.exists() or journal.read_bytes().count(b"\n") <= count):
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path, kills: int) -> None:
    some = {**LONG, "methods": ("asng",), "delta0": (1.0,), "trials": 12 * kills}
    out = tmp_path / "killed.csv"
    sweep.run(out=tmp_path / "whole.csv", workers=2, **some)
    words = ["sweep", "--methods", "asng", "--eps-x", "0.0005", "--delta0", "1", "--max-updates", "30000"]
    words += ["--trials", str(12 * kills), "--workers", "2", "--out", str(out), "--resume"]
    said = killing.kill("asng_edu.cli", words, kills, [out.with_suffix(".json"), out.with_suffix(".trials.csv")])
    assert "Traceback" not in said
    sweep.run(out=out, resume=True, workers=2, **some)
    assert files(out) == files(tmp_path / "whole.csv")
    resumed = json.loads(out.with_suffix(".json").read_text())["resumed"]
    assert len({part["from_trial"] for part in resumed}) > kills // 2


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process there")
def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    command = [sys.executable, "-m", "asng_edu.cli", "sweep", "--trials", "2000", "--out", str(out)]
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which a shell's background jobs do not
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=hear)
    wait_for_rows(out, 5, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in said
    assert "Traceback" not in said
    assert not out.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGUSR1", marks=pytest.mark.slow)])
def test_a_scheduler_s_signal_says_how_to_go_on(tmp_path: Path, whole: dict[str, bytes], name: str) -> None:
    out = tmp_path / "s.csv"
    process = start(out)
    wait_for_rows(out, 3, process)
    while process.poll() is None:  # a second one must not end it before its exit code is out
        process.send_signal(getattr(signal, name))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "go on with the same command and --resume" in said
    assert "Traceback" not in said
    assert {path.suffix for path in tmp_path.glob("s.*")} == {".csv", ".json"}
    sweep.run(out=out, resume=True, workers=2, **LONG)
    assert files(out) == whole


@pytest.mark.skipif(os.name == "nt", reason="the others stop by other words there")
def test_of_several_that_go_on_at_once_one_does(tmp_path: Path, whole: dict[str, bytes]) -> None:
    out = tmp_path / "s.csv"
    first = start(out)
    wait_for_rows(out, 3, first)
    first.send_signal(signal.SIGSTOP)  # on a busy machine it might end before the others have begun
    others = [start(out, "--resume") for _ in range(2)]
    said = [process.communicate()[1] for process in others]
    first.send_signal(signal.SIGCONT)
    assert [process.returncode for process in others] == [2, 2]
    assert all("another process is working in" in text and "Traceback" not in text for text in said)
    first.communicate()
    assert first.returncode == 0
    assert files(out) == whole


def test_every_cut_of_the_journal_is_completed(tmp_path: Path) -> None:
    """A kill can end the file at any byte."""
    out = tmp_path / "s.csv"
    sweep.run(out=out, **SMALL)
    whole, journal = files(out), out.with_suffix(".trials.csv")
    head = whole[".trials.csv"].index(b"\n") + 1
    draw = random.Random(0)
    for cut in [head, head + 1, *draw.sample(range(head, len(whole[".trials.csv"])), 5)]:
        journal.write_bytes(whole[".trials.csv"][:cut])
        out.unlink()
        sweep.run(out=out, resume=True, **SMALL)
        assert files(out) == whole


def test_what_is_there_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "s.csv"
    out.write_text("mine")
    assert cli.main([*WORDS, "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert sorted(tmp_path.iterdir()) == [out]


def test_resume_with_other_settings_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "s.csv"
    sweep.run(out=out, **SMALL)
    before = files(out)
    assert cli.main([*WORDS, "--alpha", "2", "--out", str(out), "--resume"]) == 2
    said = capsys.readouterr().err
    assert "alpha was 1.5, now 2.0" in said
    assert files(out) == before


@pytest.mark.parametrize("name", [".json", ".trials.csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"\xff\xfe\x00", b'{"settings": 3}', b"method,eps_x\n1,2\n", b"[" * 100_000, b"9" * 5000,
        b'{"settings": {}, "provenance": []}', b'{"settings": {}, "provenance": {"command": "x"}, "resumed": 5}',
        b'{"settings": {}, "provenance": {"command": "x"}, "resumed": [[]]}', b"\n\n",
    ],
)  # fmt: skip
def test_corrupt_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    out = tmp_path / "s.csv"
    sweep.run(out=out, **SMALL)
    out.with_suffix(name).write_bytes(content)
    with pytest.raises(sweep.SweepError):
        sweep.run(out=out, resume=True, **SMALL)
    assert out.with_suffix(name).read_bytes() == content


HOSTILE = [b"", b"\0", b"\xff", b"\n", b'"', b",,", b"9" * 400, b"nan", "δ".encode(), b"\r\n", b"x" * 200_000]


def damaged(good: bytes, draw: random.Random) -> bytes:
    bad = bytearray(good)
    for _ in range(draw.choice([1, 1, 3])):
        start = draw.randrange(len(bad) or 1)
        bad[start : start + draw.choice([0, 1, 5, 50])] = draw.choice(HOSTILE)
    return bytes(bad)


@pytest.mark.parametrize("count", [20, pytest.param(500, marks=pytest.mark.slow)])
def test_many_damaged_files(tmp_path: Path, count: int) -> None:
    """Each is refused in one sentence, or read; and a sweep that goes on has the same result."""
    out, draw, refused = tmp_path / "s.csv", random.Random(count), 0
    sentence = ""
    small = {**SMALL, "methods": ("sng",), "trials": 2}
    sweep.run(out=out, **small)
    whole = {suffix: out.with_suffix(suffix).read_bytes() for suffix in (".csv", ".trials.csv", ".json")}
    for _ in range(count):
        for suffix, content in whole.items():
            out.with_suffix(suffix).write_bytes(content)
        suffix = draw.choice(list(whole))
        out.with_suffix(suffix).write_bytes(damaged(whole[suffix], draw))
        try:
            sweep.read_rows(out)
            sweep.run(out=out, resume=True, **small)
            assert files(out) == {suffix: whole[suffix] for suffix in (".csv", ".trials.csv")}
        except sweep.SweepError as error:
            refused += 1
            sentence = str(error)
        assert "\n" not in sentence
    assert refused > count / 3


HEAD = "method,eps_x,delta0,lam,alpha,trials,successes,success_rate,median_updates,q25,q75,score"
ROW = "asng,0.05,1.0,2,1.5,7,7,1.0,20.0,10.0,30.0,20.0"


def test_a_summary_may_begin_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"{HEAD}\n{ROW}\n", encoding="utf-8-sig")
    (row,) = sweep.read_rows(path)
    assert (row["method"], row["lam"], row["median_updates"]) == ("asng", 2, 20.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not the summary of a sweep: it must begin with the line method,eps_x"),
        ("method,eps_x\n", "is not the summary of a sweep"),
        ("\udcff", "is not the summary of a sweep"),
        (f"{HEAD}\n{ROW},5\n", "must have 12 fields in line 2, but has 13"),
        (f"{HEAD}\n{ROW}\nasng,0.05\n", "must have 12 fields in line 3, but has 2"),
        (f"{HEAD}\n" + ROW.replace("0.05", "fast"), "line 2: eps_x must be a finite number, but is 'fast'"),
        (f"{HEAD}\n" + ROW.replace("0.05", "nan"), "line 2: eps_x must be a finite number, but is nan"),
        (f"{HEAD}\n" + ROW.replace(",7,7,", f",7,{10**30},"), "line 2: successes must be a whole number from 0"),
        (f"{HEAD}\n" + ROW.replace("asng", "x" * 200_000), "is not the summary of a sweep"),
    ],
)
def test_a_damaged_summary_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(sweep.SweepError, match=re.escape(sentence)) as error:
        sweep.read_rows(path)
    assert len(str(error.value).splitlines()) == 1


def test_an_edited_trial_is_noticed(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    sweep.run(out=out, **SMALL)
    journal = out.with_suffix(".trials.csv")
    journal.write_text(journal.read_text().replace("sng,0.05,1.0,3,", "sng,0.05,1.0,4,", 1))
    with pytest.raises(sweep.SweepError, match="damaged in line"):
        sweep.run(out=out, resume=True, **SMALL)


def test_unwritable_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert cli.main([*WORDS, "--out", str(blocked / "s.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("--methods asng,sgd", "sgd"),
        ("--methods asng,asng", "twice"),
        ("--methods ,", "must not name a value twice"),
        ("--delta0 0", "delta0 must be a finite number above 0"),
        ("--delta0 -1", "delta0"),
        ("--delta0 nan", "delta0"),
        ("--delta0 one", "numbers with commas"),
        ("--delta0 1 --exponents 0", "not allowed with"),
        ("--exponents nan", "exponents must be a number"),
        ("--eps-x 0", "eps_x"),
        ("--alpha 0", "alpha"),
        ("--lam 1", "lam"),
        ("--dim 0", "dim"),
        ("--categories 1", "categories"),
        ("--margin wide", "margin"),
        ("--margin 0.5", "margin"),
        ("--utility best", "utility"),
        ("--trials 0", "trials"),
        ("--max-updates 0", "max_updates"),
        ("--max-updates 99999999999999999999", "at most 1,000,000,000"),
        ("--workers 100000", "workers must be at most"),
        ("--exponents -1000", "delta0 must be a finite number above 0"),
        ("--seed -1", "seed"),
        (f"--seed {10**50}", "seed must be at most"),
        (f"--categories {2**62} --dim 4", "categories must be at most"),
        (f"--exponents 1 --categories {2**62}", "categories (K) must be at most"),
        ("--dim 1000000000", "dim (D) must be at most"),
        ("--dim 50000 --lam 4", "lam × dim must be at most 100,000, but is 4 × 50000"),
        ("--dim 50000 --categories 1000", "lam × dim × categories must be at most 10,000,000"),
        (f"--trials {10**30}", "trials must be at most 1,000,000"),
        (f"--lam {10**30}", "lam must be at most"),
        ("--exponents -400", "delta0 must be a finite number above 0"),
        ("--workers 0", "workers"),
        ("--resume", "--out"),
        ("--out s.txt", ".csv"),
        ("--nonsense", "unrecognized arguments"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = cli.main(["sweep", *words.split()])
    except SystemExit as exit:  # argparse's own errors
        code = int(exit.code or 0)
    said = capsys.readouterr().err
    assert code == 2
    assert part in said.splitlines()[-1]
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_exponents(capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep.exponents_to_delta0((-0.5, 0, 2)) == pytest.approx((120**0.5, 1, 120**-2))
    words = "sweep --methods asng --eps-x 0.05 --trials 1 --dim 4 --categories 3 --max-updates 5"
    assert cli.main([*words.split(), "--exponents", "-0.5,1"]) == 0
    assert "2.828" in capsys.readouterr().out  # √(4·(3−1))


def test_a_diverging_trial_fails() -> None:
    """With ε_x far too large x leaves the numbers; that is no solution, and neither utility hangs on it."""
    for utility in ("mean", "rank"):
        rows = sweep.run(eps_x=(100.0,), delta0=(1.0,), trials=2, dim=3, utility=utility, max_updates=20_000)
        assert [row["successes"] for row in rows] == [0, 0, 0]


def test_the_record_of_a_resumed_sweep_names_both_runs(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    sweep.run(out=out, command="first", **SMALL)
    journal, record = out.with_suffix(".trials.csv"), out.with_suffix(".json")
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:11]))
    sweep.run(out=out, resume=True, command="second", **SMALL)
    said = json.loads(record.read_text())
    assert said["provenance"]["command"] == "first"
    assert [(part["from_trial"], part["command"]) for part in said["resumed"]] == [(10, "second")]
    before = record.read_bytes()
    sweep.run(out=out, resume=True, command="third", **SMALL)  # nothing was left to do
    assert record.read_bytes() == before


def test_a_resume_with_nothing_to_resume_begins(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    sweep.run(out=out, resume=True, command="mine", **SMALL)
    assert json.loads(out.with_suffix(".json").read_text())["provenance"]["command"] == "mine"


def test_impossible_numbers_of_updates_are_noticed(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    sweep.run(out=out, **SMALL)
    journal = out.with_suffix(".trials.csv")
    text = journal.read_text()
    first = text.splitlines()[1]
    for updates in ("0", "3001", "²", "1e3", "-5"):
        journal.write_text(text.replace(first, first.rpartition(",")[0] + "," + updates, 1))
        with pytest.raises(sweep.SweepError, match="damaged in line 2"):
            sweep.run(out=out, resume=True, **SMALL)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.csv"
    try:
        link.symlink_to(tmp_path / "real" / "s.csv")
    except OSError:
        pytest.skip("links cannot be made here")
    sweep.run(out=link, **SMALL)
    assert link.is_symlink()
    assert (tmp_path / "real" / "s.csv").is_file()


def test_a_grid_takes_numpy_and_refuses_scalars() -> None:
    rows = sweep.run(**{**SMALL, "delta0": np.array([1.0, 0.1]), "trials": np.int64(7)})
    assert rows == sweep.run(**SMALL)
    with pytest.raises(ValueError, match="delta0 must be a sequence"):
        sweep.Grid(delta0=1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="leave out trials"):
        sweep.run(sweep.Grid(), trials=3)


@pytest.mark.skipif(os.name == "nt", reason="the others stop by other words there")
def test_of_several_that_begin_at_once_one_wins(tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    processes = [start(out) for _ in range(2)]
    said = [process.communicate()[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 2], said
    assert sum("exists already" in text or "another process" in text for text in said) == 1
    assert files(out)[".trials.csv"].count(b"\n") == 1 + 3 * 2 * 7
    assert {path.name for path in tmp_path.iterdir()} == {"s.csv", "s.trials.csv", "s.json"}


@pytest.mark.parametrize("head", ["", "method,eps", "method,eps_x,delta0,trial,updates\n"])
def test_a_kill_at_the_very_beginning(tmp_path: Path, head: str) -> None:
    out = tmp_path / "s.csv"
    out.with_suffix(".trials.csv").write_text(head)
    rows = sweep.run(out=out, resume=True, **SMALL)
    assert rows == sweep.run(**SMALL)


def test_help_on_a_console_without_greek(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "asng_edu.cli", "sweep", "--help"]
    done = subprocess.run(command, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"--delta0" in done.stdout
