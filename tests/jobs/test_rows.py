"""A table that grows row by row: the same bytes whoever computes them, and after whatever end."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asng_edu.jobs import processes, rows
from asng_edu.jobs.errors import RunError
from asng_edu.jobs.processes import in_order
from asng_edu.jobs.rows import Key

JOBS: list[Key] = [(name, seed) for name in ("a", "b,c", 'd"e') for seed in range(3)]
COLUMNS = ("name", "seed", "loss", "note")


def work(job: Key) -> Sequence[object]:
    return len(str(job[0])) / (1 + int(job[1])), None


def fill(path: Path, **options: object) -> list[rows.Row]:
    given = {"columns": COLUMNS, "settings": {"power": 1}} | options
    return rows.fill(path, JOBS, work, **given)  # type: ignore[arg-type]


def test_rows_are_returned_as_they_are_read(tmp_path: Path) -> None:
    found = fill(tmp_path / "t.csv", command="asng-edu fill")
    assert found == rows.read_csv(tmp_path / "t.csv")
    assert found[4] == {"name": "b,c", "seed": 1, "loss": 1.5, "note": None}
    record = json.loads((tmp_path / "t.json").read_text())
    assert record["settings"] == {"power": 1}
    assert [part["command"] for part in record["parts"]] == ["asng-edu fill"]


def a_code(job: Key) -> Sequence[object]:
    return f"{job[0]:04b}", job[0]


def test_a_code_keeps_its_zeros_and_its_column_is_text(tmp_path: Path) -> None:
    found = rows.fill(tmp_path / "t.csv", [(n,) for n in (0, 3, 9)], a_code, ("n", "code", "share"), {})
    assert found == rows.read_csv(tmp_path / "t.csv")
    assert [row["code"] for row in found] == ["0000", "0011", "1001"]
    assert [row["share"] for row in found] == [0, 3, 9]


def test_processes_change_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "one.csv")
    fill(tmp_path / "two.csv", workers=2)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


@given(st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_cut_anywhere_is_completed_to_the_same_bytes(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "t.csv"
    for file in (path, path.with_suffix(".json")):
        file.unlink(missing_ok=True)
    fill(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    fill(path, resume=True)
    assert path.read_bytes() == whole


def test_a_table_is_never_written_over_and_other_settings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    fill(path)
    before = path.read_bytes()
    with pytest.raises(RunError, match="exists already"):
        fill(path)
    with pytest.raises(RunError, match="power was 1, now 2"):
        fill(path, resume=True, settings={"power": 2})
    with pytest.raises(RunError, match=r"a \.csv file"):
        fill(tmp_path / "t.txt")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "broken"), [(1, "a,0,1.0"), (2, "a,7,0.5,"), (0, "name,seed,loss"), (9, "d,2,1.0,\nx,3,1.0,")]
)
def test_a_damaged_table_is_refused(tmp_path: Path, line: int, broken: str) -> None:
    path = tmp_path / "t.csv"
    fill(path)
    lines = path.read_text().splitlines()
    lines[line] = broken
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(RunError, match=r"damaged|not the table"):
        fill(path, resume=True)


def test_a_record_that_is_missing_or_no_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    fill(path)
    record = path.with_suffix(".json")
    for content in ("[]", "{", '{"settings": {}}'):
        record.write_text(content)
        with pytest.raises(RunError, match="not the record"):
            fill(path, resume=True)
    record.unlink()
    with pytest.raises(RunError, match="missing"):
        fill(path, resume=True)


def fail(job: int) -> int:
    if job == 3:
        raise ValueError("three")
    return job


def die(job: int) -> int:
    os._exit(1)


def test_what_a_job_raises_is_raised_here() -> None:
    for workers in (1, 2):
        with pytest.raises(ValueError, match="three"):
            list(in_order(fail, range(6), workers))


def a_function(job: int) -> object:
    return lambda: job


def test_what_cannot_be_handed_over_is_told() -> None:
    with pytest.raises(RunError, match="cannot be handed over"):
        list(in_order(a_function, range(2), 2))


def test_the_end_of_a_worker_is_told() -> None:
    with pytest.raises(RunError, match="ended from outside"):
        list(in_order(die, range(2), 2))


def test_a_worker_whose_parent_is_gone_ends_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    context = multiprocessing.get_context("spawn")
    (ours, theirs), (lifeline, watched) = context.Pipe(), context.Pipe()
    worker = context.Process(target=processes._serve, args=(theirs, watched, abs))
    worker.start()
    theirs.close()
    ours.send(-1)
    assert ours.recv() == (1, None)
    ours.close()
    worker.join()
    assert worker.exitcode == 0
    assert capfd.readouterr().err == ""
    lifeline.close()


SLOW = """
import sys, time
from pathlib import Path
from asng_edu.jobs import rows
def work(job):
    time.sleep(0.02)
    return (job[0] ** 2,)
if __name__ == "__main__":
    rows.fill(Path(sys.argv[1]), [(n,) for n in range(150)], work, ("n", "square"), {}, workers=2, resume=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system with SIGKILL")
def test_a_killed_table_goes_on_and_leaves_no_process(tmp_path: Path) -> None:
    script, path = tmp_path / "slow.py", tmp_path / "t.csv"
    script.write_text(SLOW)
    for rows_before in (5, 60):
        process = subprocess.Popen([sys.executable, str(script), str(path)])
        while not path.exists() or path.read_text().count("\n") < rows_before:
            assert process.poll() is None
            time.sleep(0.01)
        workers = children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
        while any(alive(worker) for worker in workers):
            time.sleep(0.01)
    subprocess.run([sys.executable, str(script), str(path)], check=True)
    assert path.read_text() == "n,square\n" + "".join(f"{n},{n * n}\n" for n in range(150))


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
