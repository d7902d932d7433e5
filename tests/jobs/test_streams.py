"""Nothing that happens to standard output or error ends a computation, or changes how it ends."""

import errno
import io
import os
import shlex
import subprocess
import sys

import pytest

from asng_edu.jobs import streams
from asng_edu.jobs.streams import SafeStream

posix = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
SWEEP = "sweep --methods asng --eps-x 0.05 --trials 6 --dim 4 --categories 3 --max-updates 3000"


class Full(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("make", [Full, closed, lambda: None], ids=["full", "closed", "none"])
def test_writing_never_fails(monkeypatch, make):
    stream = SafeStream(make())
    print("told", file=stream, flush=True)
    assert not stream.isatty()
    monkeypatch.setattr(sys, "stderr", make())
    streams.say("told")
    assert list(streams.bar(range(3))) == [0, 1, 2]
    with streams.bar(total=3) as bar:
        bar.update()


def test_what_was_lost_is_known():
    stream = SafeStream(Full())
    print("told", file=stream)
    assert stream.failed.errno == errno.ENOSPC


def shell(redirection, words, folder):
    """Run a command whose streams lead somewhere else, and return its exit code and what it said."""
    command = f"{shlex.quote(sys.executable)} -m asng_edu {words} {redirection}"
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=100)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@posix
@pytest.mark.parametrize(
    ("redirection", "code"),
    [
        ("2>/dev/full", 0),
        (">/dev/full", 1),
        ("<&- >&- 2>&-", 0),
        pytest.param("2>&-", 0, marks=pytest.mark.slow),
        pytest.param(">&-", 0, marks=pytest.mark.slow),
    ],
)
def test_a_sweep_comes_to_its_end(tmp_path, redirection, code):
    assert shell("", f"{SWEEP} --out as_always.csv", tmp_path)[0] == 0
    found, said = shell(redirection, f"{SWEEP} --out other.csv", tmp_path)
    assert found == code
    assert ("the output cannot be written" in said) == (code == 1)
    for ending in (".csv", ".trials.csv"):
        assert (tmp_path / f"other{ending}").read_bytes() == (tmp_path / f"as_always{ending}").read_bytes()


@posix
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    "words",
    [
        "sweep --dim 0",
        pytest.param("sweep --nonsense", marks=pytest.mark.slow),
        pytest.param("cell none.json", marks=pytest.mark.slow),
    ],
)
def test_a_refusal_that_nobody_reads_has_its_code(tmp_path, words, redirection):
    assert shell(redirection, words, tmp_path)[0] == 2
