"""Files that are replaced in one step: links, pipes, rights and full disks."""

import errno
import os
import stat
import threading

import pytest

from asng_edu._common import files


def test_a_file_is_replaced_and_keeps_its_rights(tmp_path):
    path = tmp_path / "a.json"
    files.replace(path, "θ")
    assert path.read_bytes() == "θ".encode()
    path.chmod(0o600)
    files.replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    files.replace(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_written_into(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    files.replace(pipe, "through")
    reader.join()
    assert read == ["through"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_changes_nothing(tmp_path, monkeypatch, call):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space left"):
        files.replace(path, "new")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a", "old")]


def test_what_a_kill_left_is_removed(tmp_path):
    for name in ("a.json.123.part", "b.json.123.part", "a.json"):
        (tmp_path / name).write_text("x")
    files.clean(tmp_path / "a.json")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.json", "b.json.123.part"]
