"""Folders of pixels: read as they are, kept in a cache that is never wrong, refused in a sentence with the path."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from asng_edu.cli import main
from asng_edu.nas.data.datasets import load
from asng_edu.nas.data.sets import folder as module
from asng_edu.nas.data.sets.folder import read_folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "asng_edu"


def image(seed: int, height: int = 6, width: int = 8, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(seed)
    shape = (height, width, 3) if mode == "RGB" else (height, width)
    return Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8), mode)


def save(image: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three and two training images of cats and dogs, one test image of each."""
    root = tmp_path / "pets"
    for seed, name in enumerate(
        ["train/dog/1.png", "train/dog/2.PNG", "train/cat/b.png", "train/cat/a.bmp", "train/cat/c.png"]
    ):
        save(image(seed), root / name)
    save(image(10), root / "test/cat/x.png")
    save(image(11), root / "test/dog/y.png")
    return root


def test_images_labels_and_classes(root: Path) -> None:
    (train, test), classes = read_folder(root)
    assert classes == ["cat", "dog"]
    assert train.labels.tolist() == [0, 0, 0, 1, 1]
    assert test.labels.tolist() == [0, 1]
    expected = np.stack([np.asarray(image(seed)) for seed in (3, 2, 4, 0, 1)]).transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(train.pixels, expected)
    np.testing.assert_array_equal(test.pixels[1], np.asarray(image(11)).transpose(2, 0, 1))


def test_load(root: Path) -> None:
    data = load(f"folder:{root}", images=3)
    assert data.classes == ("cat", "dog")
    assert (data.channels, data.size, data.crop, data.flip) == (3, (6, 8), 0, True)
    assert data.train.labels.tolist() == [0, 0, 1]
    assert len(data.test.labels) == 2


def test_a_home_folder_is_meant_by_a_tilde(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root.parent))
    assert load("folder:~/pets").classes == ("cat", "dog")


def test_jpeg_is_near(root: Path) -> None:
    smooth = np.add.outer(np.arange(6), np.arange(8))[..., None].repeat(3, axis=2).astype(np.uint8) * 15
    Image.fromarray(smooth).save(root / "test/cat/x.jpg", quality=95)
    (_, test), _ = read_folder(root)
    assert np.abs(test.pixels[0].astype(int) - smooth.transpose(2, 0, 1)).max() < 12


def test_grey_images_have_one_channel(root: Path) -> None:
    for number, path in enumerate(sorted(root.rglob("*.*"))):
        save(image(number, mode="L"), path)
    (train, test), _ = read_folder(root)
    assert train.pixels.shape == (5, 1, 6, 8)
    assert test.pixels.shape == (2, 1, 6, 8)


@pytest.mark.parametrize("name", ["train/cat/a.bmp", "train/dog/2.PNG", "test/dog/y.png"])
def test_a_grey_image_among_colours_has_three_equal_channels(root: Path, name: str) -> None:
    save(image(5, mode="L"), root / name)
    (train, test), _ = read_folder(root)
    both = np.concatenate([train.pixels, test.pixels])
    assert both.shape == (7, 3, 6, 8)
    equal = [bool((one == one[0]).all()) for one in both]
    assert sum(equal) == 1
    np.testing.assert_array_equal(both[equal.index(True)][1], np.asarray(image(5, mode="L")))


def test_colour_after_grey_keeps_what_was_read(root: Path) -> None:
    """All images but the very last are grey."""
    colours = image(3)
    for number, path in enumerate(sorted(root.rglob("*.*"))):
        save(image(number, mode="L"), path)
    save(colours, root / "test/dog/y.png")
    (train, test), _ = read_folder(root)
    assert (train.pixels == train.pixels[:, :1]).all()
    np.testing.assert_array_equal(test.pixels[1], np.asarray(colours).transpose(2, 0, 1))


def test_palettes_transparency_and_black_and_white(root: Path) -> None:
    save(image(0).convert("P"), root / "train/cat/a.bmp")
    save(image(1).convert("RGBA"), root / "train/cat/b.png")
    save(image(2, mode="L").convert("1"), root / "train/cat/c.png")
    (train, _), _ = read_folder(root)
    assert train.pixels.shape == (5, 3, 6, 8)
    np.testing.assert_array_equal(train.pixels[1], np.asarray(image(1)).transpose(2, 0, 1))
    assert set(np.unique(train.pixels[2])) == {0, 255}


def test_hidden_and_other_files_are_left_out(root: Path) -> None:
    (root / "train/.DS_Store").write_text("x")
    (root / "train/README.txt").write_text("x")
    (root / "train/cat/.hidden.png").write_text("x")
    (root / "train/cat/notes.txt").write_text("x")
    (root / "test/.ipynb_checkpoints").mkdir()
    (train, _), classes = read_folder(root)
    assert classes == ["cat", "dog"]
    assert len(train.labels) == 5


def count_decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    decoded: list[Path] = []
    real = module._image

    def counting(path: Path) -> np.ndarray:
        decoded.append(path)
        return real(path)

    monkeypatch.setattr(module, "_image", counting)
    return decoded


def test_images_are_decoded_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (train, test), _ = read_folder(root)
    decoded = count_decoded(monkeypatch)
    (train2, test2), _ = read_folder(root)
    assert not decoded
    np.testing.assert_array_equal(train.pixels, train2.pixels)
    np.testing.assert_array_equal(test.pixels, test2.pixels)
    assert train2.labels.tolist() == [0, 0, 0, 1, 1]


def rewrite(root: Path) -> None:
    before = (root / "train/cat/b.png").stat()
    save(image(99), root / "train/cat/b.png")
    os.utime(root / "train/cat/b.png", ns=(before.st_atime_ns, before.st_mtime_ns + 1))


@pytest.mark.parametrize(
    "change",
    [
        rewrite,
        lambda root: save(image(99), root / "train/cat/d.png"),
        lambda root: (root / "train/cat/c.png").unlink(),
        lambda root: (root / "train/cat/c.png").rename(root / "train/cat/A.png"),
        lambda root: (root / "train/cat/c.png").rename(root / "train/dog/c.png"),
    ],
    ids=["rewritten", "added", "removed", "renamed", "moved"],
)
def test_changed_folders_are_read_again(
    root: Path, cache: Path, change: Callable[[Path], object], tmp_path: Path
) -> None:
    read_folder(root)
    change(root)
    again = read_folder(root)
    fresh = read_folder(root, cache=tmp_path / "other")
    for ours, expected in zip(again[0], fresh[0], strict=True):
        np.testing.assert_array_equal(ours.pixels, expected.pixels)
        np.testing.assert_array_equal(ours.labels, expected.labels)
    assert len(list(cache.iterdir())) == 1  # the old one is replaced


def test_two_folders_with_equal_listings_are_told_apart(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(root, other, copy_function=shutil.copy2)
    before = (root / "train/cat/b.png").stat()
    data = bytearray((other / "train/cat/a.bmp").read_bytes())
    data[-1] ^= 255
    (other / "train/cat/a.bmp").write_bytes(data)
    when = (root / "train/cat/a.bmp").stat().st_mtime_ns
    os.utime(other / "train/cat/a.bmp", ns=(before.st_atime_ns, when))
    assert (read_folder(root)[0][0].pixels != read_folder(other)[0][0].pixels).sum() == 1


def test_a_damaged_cache_is_made_again(root: Path, cache: Path) -> None:
    expected = read_folder(root)[0][0].pixels
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    damages = [b"", whole[:100], whole[:-1], b"not a zip file at all", np.savez.__doc__.encode()]
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        damages.append(bytes(damaged))
    for damaged in damages:
        file.write_bytes(damaged)
        np.testing.assert_array_equal(read_folder(root)[0][0].pixels, expected)
        assert [path.name for path in cache.iterdir()] == [file.name]


def test_a_cache_that_would_grow_is_not_read(root: Path, cache: Path) -> None:
    expected = read_folder(root)[0][0].pixels
    (file,) = cache.iterdir()
    with np.load(file) as kept:
        key = kept["key"]
    np.savez_compressed(file, key=key, pixels=np.zeros((7, 3, 6, 8), np.uint8))
    np.testing.assert_array_equal(read_folder(root)[0][0].pixels, expected)


def test_a_link_in_a_circle_is_no_class(root: Path) -> None:
    (root / "train/cow").symlink_to("cow")
    assert read_folder(root)[1] == ["cat", "dog"]


def test_reading_goes_on_without_a_place_for_its_bar(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHOWN", 1)
    with open(os.devnull) as not_for_writing:
        for number, stream in enumerate((None, not_for_writing)):
            monkeypatch.setattr(sys, "stderr", stream)
            assert len(read_folder(root, cache=root.parent / str(number))[0][0].labels) == 5


def test_a_cache_with_pickled_code_is_not_run(root: Path, cache: Path) -> None:
    expected = read_folder(root)[0][0].pixels
    (file,) = cache.iterdir()

    class Hostile:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(root / "hacked"),)

    np.savez(file, key=np.array([Hostile()], dtype=object), pixels=np.array([Hostile()], dtype=object))
    np.testing.assert_array_equal(read_folder(root)[0][0].pixels, expected)
    assert not (root / "hacked").exists()


def test_without_a_place_for_the_cache_images_are_read_all_the_same(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert len(read_folder(root, cache=tmp_path / "file")[0][0].labels) == 5
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_full_disk_leaves_no_half_cache(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: object, **arrays: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert len(read_folder(root)[0][0].labels) == 5
    assert list(cache.iterdir()) == []


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 6\n%%EndComments\nshowpage\n%%EOF\n"


def replace_by_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("x")


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        (shutil.rmtree, "{root} is missing: images must lie in PATH/train/CLASS"),
        (replace_by_file, "{root} must be a folder, but is a file"),
        (lambda root: shutil.rmtree(root / "train"), "{root}/train is missing"),
        (lambda root: shutil.rmtree(root / "test"), "{root}/test is missing"),
        (lambda root: replace_by_file(root / "test"), "{root}/test must be a folder, but is a file"),
        (lambda root: shutil.rmtree(root / "test/cat"), "{root}/test lacks the class folder cat"),
        (lambda root: replace_by_file(root / "test/cat"), "{root}/test lacks the class folder cat"),
        (lambda root: shutil.rmtree(root / "train/dog"), "{root}/train lacks the class folder dog"),
        (
            lambda root: [shutil.rmtree(root / part / "dog") for part in ("train", "test")],
            "{root}/train must hold a folder for each of at least 2 classes, but has 1",
        ),
        (lambda root: (root / "test/cat/x.png").unlink(), "{root}/test/cat holds no image"),
        (
            lambda root: save(image(0, 7, 8), root / "train/dog/1.png"),
            "the same size, but {root}/train/dog/1.png is 8×7 pixels and {root}/train/cat/a.bmp 8×6.",
        ),
        (lambda root: (root / "test/dog/y.png").write_text("?"), "{root}/test/dog/y.png cannot be read as an image"),
        (lambda root: (root / "train/cat/a.bmp").write_text(""), "{root}/train/cat/a.bmp cannot be read as an image"),
        (
            lambda root: os.truncate(root / "test/dog/y.png", (root / "test/dog/y.png").stat().st_size // 2),
            "{root}/test/dog/y.png cannot be read as an image",
        ),
        (
            lambda root: Image.fromarray(np.zeros((6, 8), np.uint16)).save(root / "test/dog/y.png"),
            "{root}/test/dog/y.png must have 8 bits a colour, but its mode is I;16",
        ),
        (lambda root: (root / "test/dog/z.png").symlink_to("nowhere"), "{root}/test/dog/z.png cannot be read as"),
        (lambda root: (root / "test/dog/z.png").mkdir(), "{root}/test/dog/z.png cannot be read as"),
        (lambda root: (root / "test/dog/z.png").symlink_to("z.png"), "{root}/test/dog/z.png cannot be read as"),
        (lambda root: (root / "test/dog/z.png").write_bytes(POSTSCRIPT), "{root}/test/dog/z.png cannot be read as"),
        (
            lambda root: Image.new("1", (4097, 4096)).save(root / "train/cat/a.png"),
            "{root}/train/cat/a.png must have at most 16,777,216 pixels, but has 4097×4096",
        ),
        (
            lambda root: Image.new("1", (20_000, 20_000)).save(root / "train/cat/a.png"),
            "{root}/train/cat/a.png cannot be read as an image: Image size (400000000 pixels) exceeds",
        ),
        pytest.param(
            lambda root: os.mkfifo(root / "test/dog/z.png"), "{root}/test/dog/z.png cannot be read as an image: it is",
            marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here"),
        ),
    ],
    ids=[
        "no folder", "a file", "no train", "no test", "test a file", "class missing", "class a file",
        "class only in test", "one class", "empty class", "sizes", "text", "empty file", "cut short", "16 bits",
        "broken link", "a folder for an image", "a link to itself", "PostScript", "many pixels", "too many pixels",
        "a pipe for an image",
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(root: Path, breaking: Callable[[Path], object], words: str) -> None:
    breaking(root)
    with pytest.raises(ValueError, match=re.escape(words.format(root=root))) as error:
        load(f"folder:{root}")
    assert len(str(error.value).splitlines()) == 1


def test_a_search_goes_on_with_images_that_were_moved_and_not_with_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there, out = tmp_path / "here", tmp_path / "there", tmp_path / "run"
    for number in range(80):
        part = "train" if number < 64 else "test"
        save(image(number, 16, 16, "L"), here / part / "ab"[number % 2] / f"{number}.png")
    words = ["--epochs", "2", "--batch", "16", "--theta-batch", "16", "--channels", "2"]
    words += ["--device", "cpu", "--out", str(out), "--stop-after", "0.001"]
    assert main(["search", "--data", f"folder:{here}", *words]) == 0
    here.rename(there)
    assert main(["search", "--data", f"folder:{there}", *words, "--resume"]) == 0
    assert json.loads((out / "search.json").read_text())["step"] == 2
    save(image(99, 16, 16, "L"), there / "train/a/0.png")
    shutil.copytree(there, here)
    assert main(["search", "--data", f"folder:{here}", *words, "--resume"]) == 2
    assert "was begun with another data: data was" in capsys.readouterr().err
