"""Journals and locks: complete lines stay, half a line goes, one process writes."""

import subprocess
import sys

import pytest

from asng_edu.jobs.journal import Journal, other_settings
from asng_edu.jobs.lock import InUse, locked


@pytest.mark.parametrize("left", ["", "a", "a\n", "a\nb", "a\nb\nδ"])
def test_a_line_counts_once_it_is_complete(tmp_path, left):
    journal = Journal(tmp_path / "j")
    journal.path.write_text(left, encoding="utf-8")
    complete = left.split("\n")[:-1]
    assert journal.lines() == complete
    assert journal.path.read_text(encoding="utf-8") == left  # to read changes nothing
    with journal.appending() as append:
        append("new")
        assert journal.lines() == [*complete, "new"]  # at once
    assert journal.path.read_text(encoding="utf-8") == "".join(f"{line}\n" for line in [*complete, "new"])


def test_half_a_letter_is_cut_off(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.path.write_bytes("one\nδ".encode()[:-1])
    assert journal.lines() == ["one"]


@pytest.mark.parametrize("name", [".", "run.csv"])
def test_a_folder_or_a_file_is_one_process_s(tmp_path, name):
    path = tmp_path / name
    code = "import sys; from pathlib import Path; from asng_edu.jobs.lock import locked\n"
    code += "with locked(Path(sys.argv[1])): pass"
    with locked(path):
        other = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
        assert "InUse: another process is working in" in other.stderr
        with pytest.raises(InUse, match="another process is working in"), locked(path):
            pass
        with locked(tmp_path / "other.csv"):
            pass
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_settings_that_differ_are_named():
    assert other_settings({"a": 1}, {"a": 1}) is None
    assert other_settings({"a": 1}, {"b": 2}) == ("was begun with another b, a: b was None, now 2; a was 1, now None")
    hostile = {"\ud800": 10**4000, "x" * 1000: [[[[[[0]]]]]]}
    assert len(other_settings(hostile, {})) < 800
    other_settings(hostile, {}).encode()
