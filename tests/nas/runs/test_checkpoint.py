"""Checkpoints: what is stored comes back to the bit; what is damaged, foreign or hostile is refused and never run."""

from __future__ import annotations

import errno
import os
import pickle
import random
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from asng_edu.nas.runs import checkpoint  # noqa: E402
from asng_edu.nas.runs.checkpoint import CheckpointError  # noqa: E402

TENSORS = {"weights": torch.linspace(-1, 1, 6).reshape(2, 3), "count": torch.tensor(3)}
OLD, NEW, NEWER = {"step": 1}, {"step": 2}, {"step": 3}


def same(found: Any, tensors: Any, values: Any) -> bool:
    return (
        found[0].keys() == tensors.keys()
        and all(torch.equal(found[0][name], tensor) for name, tensor in tensors.items())
        and found[1] == values
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder with two good checkpoints."""
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, TENSORS, OLD)
    checkpoint.save(path, TENSORS, NEW)
    return path


def names(path: Path) -> list[str]:
    return sorted(item.name for item in path.parent.iterdir())


@pytest.mark.parametrize(
    "dtype", ["float64", "float32", "float16", "bfloat16", "int64", "int8", "uint8", "bool", "complex64"]
)
def test_tensors_come_back_to_the_bit(tmp_path: Path, dtype: str) -> None:
    bits = torch.randint(0, 256, (96,), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    bits = bits % 2 if dtype == "bool" else bits
    for tensor in (bits.view(getattr(torch, dtype)), bits.view(getattr(torch, dtype))[0], bits[:0]):
        checkpoint.save(tmp_path / "c.pt", {"x": tensor}, {})
        found = checkpoint.load(tmp_path / "c.pt")[0]["x"]
        assert (found.dtype, found.shape) == (tensor.dtype, tensor.shape)
        assert bytes(found.reshape(-1).view(torch.uint8).numpy()) == bytes(tensor.reshape(-1).view(torch.uint8).numpy())


def test_memory_layout_and_views(tmp_path: Path) -> None:
    large = torch.arange(100_000.0)
    tensors = {
        "last": torch.rand(2, 3, 4, 4).to(memory_format=torch.channels_last),
        "part": large[10:20],
        "spread": torch.tensor([2.0]).expand(5),
        "weight": torch.nn.Parameter(torch.ones(3)),
    }
    checkpoint.save(tmp_path / "c.pt", tensors, {})
    found, _ = checkpoint.load(tmp_path / "c.pt")
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    assert found["last"].is_contiguous(memory_format=torch.channels_last)
    assert not found["weight"].requires_grad
    assert (tmp_path / "c.pt").stat().st_size < 10_000  # not all of what a part is of


def test_values_come_back(tmp_path: Path) -> None:
    drawn = np.random.default_rng(3).normal(size=50) * 10.0 ** np.arange(-25, 25)
    values = {
        "large": 2**128 - 1,
        "negative zero": -0.0,
        "infinite": float("-inf"),
        "text": "δ ≤ √n, \ud800",
        "array": drawn,
        "numbers": (np.int64(3), np.float32(0.1), np.bool_(True)),
        "nested": {"list": [[1, "identity"], None]},
    }
    checkpoint.save(tmp_path / "c.pt", {}, {**values, "nan": float("nan")})
    _, found = checkpoint.load(tmp_path / "c.pt")
    assert np.isnan(found.pop("nan"))
    assert found == {**values, "array": drawn.tolist(), "numbers": [3, float(np.float32(0.1)), True]}
    assert str(found["negative zero"]) == "-0.0"


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"])
def test_generators_go_on(tmp_path: Path, kind: str) -> None:
    rng = np.random.Generator(getattr(np.random, kind)(7))
    rng.integers(5, size=3, dtype=np.uint16)
    checkpoint.save(tmp_path / "c.pt", {}, {"rng": rng.bit_generator.state})
    other = np.random.Generator(getattr(np.random, kind)(8))
    other.bit_generator.state = checkpoint.load(tmp_path / "c.pt")[1]["rng"]
    assert rng.integers(5, size=9, dtype=np.uint16).tolist() == other.integers(5, size=9, dtype=np.uint16).tolist()
    assert rng.normal(size=9).tolist() == other.normal(size=9).tolist()


def test_the_one_before_is_kept(path: Path) -> None:
    assert same(checkpoint.read(path), TENSORS, NEW)
    assert same(checkpoint.read(path.with_name("previous.pt")), TENSORS, OLD)
    checkpoint.save(path, TENSORS, NEWER)
    assert same(checkpoint.read(path), TENSORS, NEWER)
    assert same(checkpoint.read(path.with_name("previous.pt")), TENSORS, NEW)
    assert names(path) == ["checkpoint.pt", "previous.pt"]


def test_half_a_letter_is_stored_like_any(path: Path) -> None:
    """JSON writes it as an escape; a forged file may hold it as it is, even under a digest that is right."""
    text = '{"step": "\ud800"}'
    torch.save(sealed(text=text), path)
    assert checkpoint.load(path)[1] == {"step": "\ud800"}


def test_what_the_caller_cannot_use_gives_way_too(path: Path) -> None:
    def check(values: Any) -> None:
        if values != OLD:
            raise ValueError("step must be 1.")

    said: list[str] = []
    assert same(checkpoint.load(path, said.append, check), TENSORS, OLD)
    assert "checkpoint.pt is not the checkpoint of a run: step must be 1. The one before it, " in said[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the memory of a process is read as Unix tells it")
def test_a_bomb_is_refused_before_it_is_unpacked(path: Path) -> None:
    resource = pytest.importorskip("resource")
    for how in ("bomb", "bomb that lies"):
        damage(path, how, path.with_name("marker"))
        child = os.fork()
        if not child:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with suppress(CheckpointError):
                checkpoint.read(path)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            os._exit(int(grown > 20_000))  # kB, of the 40,000 that the tensor would have
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_many_damaged_checkpoints(path: Path, count: int) -> None:
    """Each is refused in one sentence, or is as it was."""
    good, draw, refused = path.read_bytes(), random.Random(count), 0
    for _ in range(count):
        bad = bytearray(good)
        for _ in range(draw.choice([1, 1, 4, 50])):
            start = draw.randrange(len(bad) or 1)
            how = draw.randrange(3)
            bad[start : start + draw.choice([1, 1, 8, 200])] = (b"", bytes(draw.randrange(1, 9)), draw.randbytes(3))[
                how
            ]
        try:
            found = checkpoint.loads(bytes(bad))
        except CheckpointError:
            refused += 1
        else:
            assert same(found, TENSORS, NEW)
    assert refused > count / 2


class Hostile:
    """What makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> Any:
        return os.mkdir, (self.folder,)


def sealed(tensors: Any = None, text: str = "{}", **other: Any) -> dict[str, Any]:
    """The content of a file whose digest is right."""
    tensors = {} if tensors is None else tensors
    with suppress(Exception):
        other = {"digest": checkpoint._digest(tensors, text), **other}
    return {"format": checkpoint.FORMAT, "json": text, "digest": "", "tensors": tensors, **other}


def damage(path: Path, how: str, marker: Path) -> None:
    good = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    elif how in ("empty", "text", "truncated", "cut head", "zeros", "flipped", "pickle"):
        where = good.index(b"step")  # in the middle of the JSON text
        flipped = good[:where] + bytes([good[where] ^ 1]) + good[where + 1 :]
        path.write_bytes(
            {
                "empty": b"",
                "text": b"step 2\n",
                "truncated": good[: len(good) // 2],
                "cut head": good[10:],
                "zeros": bytes(len(good)),
                "flipped": flipped,
                "pickle": pickle.dumps(Hostile(marker)),
            }[how]
        )
    else:
        content: dict[str, Any] = {
            "another torch file": {"weights": torch.ones(2)},
            "a list": [1, 2],
            "hostile": Hostile(marker),
            "hostile, old form": Hostile(marker),
            "hostile inside": sealed({"x": Hostile(marker)}),
            "hostile beside": {**sealed(), "more": Hostile(marker)},
            "another format": sealed(format="asng_edu checkpoint 2"),
            "more keys": {**sealed(), "more": 1},
            "another digest": sealed({"x": torch.ones(2)}, digest="0" * 64),
            "no tensors": sealed([1]),
            "no tensor": sealed({"x": 1}),
            "a sparse tensor": sealed({"x": torch.ones(2).to_sparse()}),
            "a tensor of nothing": sealed({"x": torch.ones(2, device="meta")}),
            "no text": {**sealed(), "json": 3},
            "no JSON": sealed(text="{"),
            "no object": sealed(text="[]"),
            "deep JSON": sealed(text="[" * 100_000),
            "endless number": sealed(text='{"step": ' + "9" * 10_000 + "}"),
            "half a letter": sealed(text='{"step": "\ud800"}', digest="0" * 64),
            "bomb": sealed({"x": torch.zeros(10**7)}),
            "bomb that lies": sealed({"x": torch.zeros(10**7)}),
            "bytes": {**sealed(), "tensors": bytearray(10**6)},
            "format is a tensor": sealed(format=torch.ones(3)),
        }
        torch.save(content[how], path, _use_new_zipfile_serialization=how != "hostile, old form")
        if how.startswith("bomb"):
            compress(path, lie=how == "bomb that lies")


def compress(path: Path, lie: bool) -> None:
    """Make a zip file small, or let it say that it is not compressed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert path.stat().st_size < 10**6
    if lie:
        data = path.read_bytes()
        for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            at = -1
            while (at := data.find(mark, at + 1)) >= 0:
                data = data[: at + place] + b"\0\0" + data[at + place + 2 :]
        path.write_bytes(data)


BAD = [
    "missing", "a folder", "empty", "text", "truncated", "cut head", "zeros", "flipped", "pickle",
    "another torch file", "a list", "hostile", "hostile, old form", "hostile inside", "hostile beside",
    "another format", "more keys", "another digest", "no tensors", "no tensor", "a sparse tensor",
    "a tensor of nothing", "no text", "no JSON", "no object", "deep JSON", "endless number", "half a letter", "bomb",
    "bomb that lies", "bytes", "format is a tensor",
]  # fmt: skip


@pytest.mark.parametrize("how", BAD)
def test_a_bad_checkpoint_gives_way_to_the_one_before(path: Path, how: str) -> None:
    marker = path.with_name("marker")
    damage(path, how, marker)
    with pytest.warns(UserWarning, match=r"checkpoint\.pt .*\. The one before it, .*previous\.pt, is used\.$") as said:
        found = checkpoint.load(path)
    assert same(found, TENSORS, OLD)
    assert len(said) == 1
    assert "\n" not in str(said[0].message)
    assert not marker.exists()


@pytest.mark.parametrize("how", BAD)
def test_two_bad_checkpoints_are_an_error(path: Path, how: str) -> None:
    marker = path.with_name("marker")
    damage(path, how, marker)
    path.with_name("previous.pt").write_bytes(b"no")
    with pytest.raises(CheckpointError, match=r"Nor can the one before it be used: .*previous\.pt is no checkpoint"):
        checkpoint.load(path)
    assert not marker.exists()


@pytest.mark.parametrize("how", ["hostile", "hostile, old form", "hostile inside", "hostile beside"])
def test_hostile_files_would_run(path: Path, how: str) -> None:
    """Read without care these files do make the folder: the tests above can fail."""
    marker = path.with_name("marker")
    damage(path, how, marker)
    torch.load(path, weights_only=False)
    assert marker.is_dir()


def test_a_damaged_one_does_not_drive_out_the_good_one_before(path: Path) -> None:
    path.write_bytes(b"damaged")
    checkpoint.save(path, TENSORS, NEWER)
    assert same(checkpoint.read(path), TENSORS, NEWER)
    assert same(checkpoint.read(path.with_name("previous.pt")), TENSORS, OLD)


def test_a_warning_goes_where_it_is_wanted(path: Path) -> None:
    path.write_bytes(b"")
    said: list[str] = []
    assert same(checkpoint.load(path, said.append), TENSORS, OLD)
    assert len(said) == 1


def test_a_flipped_byte_is_noticed_or_means_nothing(path: Path) -> None:
    good = path.read_bytes()
    draw = random.Random(0)
    noticed = 0
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1 << draw.randrange(8)
        try:
            found = checkpoint.loads(bytes(bad))
        except CheckpointError:
            noticed += 1
        else:
            assert same(found, TENSORS, NEW), place
    assert noticed > 0


def test_every_kind_of_truncation_is_noticed(path: Path) -> None:
    good = path.read_bytes()
    for length in random.Random(0).sample(range(len(good)), 200):
        with pytest.raises(CheckpointError):
            checkpoint.loads(good[:length])


class Killed(BaseException):
    """Ends the process at a system call."""


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("bad", [None, "checkpoint.pt", "previous.pt"])
def test_whenever_it_is_killed_a_good_one_remains(
    path: Path, bad: str | None, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the calls that change the folder, each is once the last; nothing is tidied after it, as after a kill."""
    before = {name: path.with_name(name).read_bytes() for name in ("checkpoint.pt", "previous.pt")}
    if bad:
        before[bad] = b"damaged"
    real = {name: getattr(os, name) for name in ("replace", "link", "fsync")}
    outcomes, count = [], 0

    def no_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    real["link"] = real["link"] if links else no_links
    for last in range(20):
        for name in names(path):
            path.with_name(name).unlink()
        for name, data in before.items():
            path.with_name(name).write_bytes(data)
        count = 0

        def counted(name: str, last: int = last) -> Any:
            def call(*arguments: Any) -> Any:
                nonlocal count
                if count == last:
                    raise Killed
                count += 1
                return real[name](*arguments)

            return call

        with monkeypatch.context() as patch:
            patch.setattr(checkpoint, "clean", lambda _: None)
            for name in real:
                patch.setattr(os, name, counted(name))
            with suppress(Killed):
                checkpoint.save(path, TENSORS, NEWER)
        step = checkpoint.load(path, lambda _: None)[1]["step"]
        outcomes.append(step)
        checkpoint.save(path, TENSORS, NEWER)  # what was left over is no hindrance
        assert names(path) == ["checkpoint.pt", "previous.pt"]
        if count < last:
            break
    old = 1 if bad == "checkpoint.pt" else 2
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {old, 3}
    assert len(outcomes) >= 5


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_a_sentence(path: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = {name: path.with_name(name).read_bytes() for name in names(path)}
    monkeypatch.setattr(os, call, full)
    with pytest.raises(CheckpointError, match=r"cannot be written: No space left on device\. What was there .* kept"):
        checkpoint.save(path, TENSORS, NEWER)
    assert {name: path.with_name(name).read_bytes() for name in names(path)} == before


def test_a_write_that_ends_in_the_middle(path: Path) -> None:
    """The system itself refuses to write more than some bytes of a file."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    before = {name: path.with_name(name).read_bytes() for name in names(path)}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(CheckpointError, match="cannot be written: File too large"):
            checkpoint.save(path, TENSORS, NEWER)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert {name: path.with_name(name).read_bytes() for name in names(path)} == before


def test_no_folder_to_write_into(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be written: No such file"):
        checkpoint.save(tmp_path / "none" / "checkpoint.pt", TENSORS, OLD)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("tensors", "values", "part"),
    [
        ({"x": 3}, {}, "x must be a dense tensor"),
        ({"x": torch.ones(2).to_sparse()}, {}, "x must be a dense tensor"),
        ({}, {"x": torch.ones(2)}, "must be what JSON can hold"),
        ({}, {"x": {1, 2}}, "must be what JSON can hold"),
        ({}, {("a", "b"): 1}, "must be what JSON can hold"),
    ],
)
def test_what_cannot_be_stored_changes_nothing(path: Path, tensors: Any, values: Any, part: str) -> None:
    with pytest.raises(CheckpointError, match=part):
        checkpoint.save(path, tensors, values)
    assert same(checkpoint.load(path), TENSORS, NEW)


def test_exists(path: Path) -> None:
    assert checkpoint.exists(path)
    path.unlink()
    assert checkpoint.exists(path)
    path.with_name("previous.pt").unlink()
    assert not checkpoint.exists(path)
    with pytest.raises(CheckpointError, match="does not exist"):
        checkpoint.load(path)
