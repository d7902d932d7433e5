"""Images in folders, PATH/train/CLASS/*.jpg and PATH/test/CLASS/*.jpg, read once and kept as one cache file.

Taught in the chapter *The CIFAR-10 cell search*.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asng_edu.jobs import streams
from asng_edu.nas._common.archives import is_stored
from asng_edu.nas.data.registry import DATASETS, takes

if TYPE_CHECKING:  # it needs torch
    from asng_edu.nas.data.datasets import Data

PARTS = ("train", "test")
ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".ppm", ".pgm", ".pnm", ".tif", ".tiff", ".webp")
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP")  # PIL knows others too, and some start programs
MOST_PIXELS = 2**24  # of an image; a small file may claim to be a very large one
SHOWN = 5000  # images that take long enough for a progress bar
MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}  # of PIL, with 8 bits a colour or fewer
_FORMAT = "asng_edu folder 1"


class Part(NamedTuple):
    """The images of one part: uint8 (N, C, H, W), and their labels, int64 (N,)."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]


@DATASETS.register("folder")
@takes("PATH")
def load(argument: str | None, *, root: str | Path | None, progress: bool) -> Data:
    """Return the images below a folder."""
    from asng_edu.nas.data.datasets import Data, images_of

    path = argument or ""
    (train, test), classes = read_folder(path, progress=progress)
    crop = min(train.pixels.shape[2:]) // 8  # 4 of 32 pixels, as is usual for CIFAR-10
    return Data(f"folder:{path}", tuple(classes), images_of(*train), images_of(*test), flip=True, crop=crop)


class _File(NamedTuple):
    part: str
    label: int
    path: str
    size: int
    changed: int  # ns


def cache_folder() -> Path:
    """Return the folder for what can be made again: ``asng_edu`` in ``$XDG_CACHE_HOME`` or else in ``~/.cache``."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asng_edu"
    except RuntimeError:  # nobody's home, as in some containers
        return Path(tempfile.gettempdir()) / "asng_edu"


def read_folder(
    path: str | Path, *, cache: str | Path | None = None, progress: bool = True
) -> tuple[tuple[Part, Part], list[str]]:
    """Read the training and the test images below a folder.

    Grey images have one channel; if any has colours, all have three. What was read is kept in one file in the cache
    folder and used again as long as no image's name, size or time of change differs.

    Parameters
    ----------
    path : path
        Holds ``train`` and ``test``, each of which holds a folder of images for every class. Hidden files and files
        that are no images by their ending are left out.
    cache : path, optional
        The folder for the cache file.
    progress : bool
        Show a progress bar while images are decoded, if tqdm is installed.

    Returns
    -------
    (train, test) : pair of Part
    classes : list of str
        In alphabetical order.

    Raises
    ------
    ValueError
        If a folder is missing, empty or no folder, the classes of train and test differ, or an image is unreadable or
        differs in size from the first.
    """
    try:
        root = Path(path).expanduser()
    except RuntimeError:
        raise ValueError(f"{path} begins in the home folder of nobody who is known here.") from None
    classes, files = _list(root)
    key = hashlib.sha256(repr((_FORMAT, classes, files)).encode()).hexdigest()
    kept = (
        Path(cache or cache_folder())
        / f"folder-{hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]}.npz"
    )
    pixels = _recall(kept, key)
    if pixels is None:
        pixels = _decode(root, files, progress)
        _keep(kept, key, pixels)
    labels = np.array([file.label for file in files], dtype=np.int64)
    first = sum(file.part == PARTS[0] for file in files)
    return (Part(pixels[:first], labels[:first]), Part(pixels[first:], labels[first:])), classes


def _list(root: Path) -> tuple[list[str], list[_File]]:
    """Return the classes and every image, those of train first."""
    _require_folder(root)
    for part in PARTS:
        _require_folder(root / part)
    classes, test = (sorted(entry.name for entry in _entries(root / part) if _is_dir(entry)) for part in PARTS)
    for here, missing in ((set(classes) - set(test), PARTS[1]), (set(test) - set(classes), PARTS[0])):
        if here:
            raise ValueError(f"{root / missing} lacks the class folder {min(here)}, which the other part has.")
    if len(classes) < 2:
        raise ValueError(
            f"{root / PARTS[0]} must hold a folder for each of at least 2 classes, but has {len(classes)}."
        )
    files = []
    for part in PARTS:
        for label, name in enumerate(classes):
            found = sorted(
                (entry for entry in _entries(root / part / name) if entry.name.lower().endswith(ENDINGS)),
                key=lambda entry: entry.name,
            )
            if not found:
                raise ValueError(f"{root / part / name} holds no image ({', '.join(ENDINGS)}).")
            files += [_File(part, label, f"{part}/{name}/{entry.name}", *_version(entry)) for entry in found]
    return classes, files


def _version(entry: os.DirEntry[str]) -> tuple[int, int]:
    """Return a file's size in bytes and the time of its last change in ns; zeros for a link that leads nowhere."""
    try:
        status = entry.stat()
    except OSError:
        return 0, 0  # what is wrong is said when it is opened
    return status.st_size, status.st_mtime_ns


def _is_dir(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder; a link that leads in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _require_folder(path: Path) -> None:
    if not path.exists():
        raise ValueError(f"{path} is missing: images must lie in PATH/train/CLASS and PATH/test/CLASS.")
    if not path.is_dir():
        raise ValueError(f"{path} must be a folder, but is a file.")


def _entries(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None


def _decode(root: Path, files: list[_File], progress: bool) -> NDArray[np.uint8]:
    """Return all images, (N, C, H, W)."""
    first = _image(root / files[0].path)
    height, width = first.shape[:2]
    grey = np.empty((len(files), 1, height, width), dtype=np.uint8)
    colour: NDArray[np.uint8] | None = None
    shown = progress and len(files) >= SHOWN
    for place, file in enumerate(streams.bar(files, shown=shown, desc="Reading images", unit="")):
        image = _image(root / file.path)
        if image.shape[:2] != (height, width):
            raise ValueError(
                f"All images must have the same size, but {root / file.path} is {image.shape[1]}×"
                f"{image.shape[0]} pixels and {root / files[0].path} {width}×{height}."
            )
        if image.ndim == 3 and colour is None:
            colour = np.empty((len(files), 3, height, width), dtype=np.uint8)
            colour[:place] = grey[:place]
        if colour is None:
            grey[place, 0] = image
        else:
            colour[place] = image.transpose(2, 0, 1) if image.ndim == 3 else image
    return grey if colour is None else colour


def _image(path: Path) -> NDArray[np.uint8]:
    """Return an image as (H, W) if it is grey and as (H, W, 3) otherwise."""
    try:
        from PIL import Image
    except ImportError:
        raise ValueError("Images in folders are read by Pillow, but it is not installed: pip install pillow.") from None
    if path.exists() and not path.is_file():  # a pipe would keep its reader waiting for ever
        raise ValueError(f"{path} cannot be read as an image: it is a folder or a device.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PIL's about large images, which are refused here
            image = Image.open(path, formats=FORMATS)
        with image:
            mode, (width, height) = image.mode, image.size
            if mode in MODES and width * height <= MOST_PIXELS:
                return np.asarray(image.convert("L" if mode in {"1", "L", "LA"} else "RGB"))
    except Exception as error:  # PIL's plugins raise errors of many kinds for a damaged file
        raise ValueError(f"{path} cannot be read as an image: {error}") from None
    if mode not in MODES:
        raise ValueError(f"{path} must have 8 bits a colour, but its mode is {mode}.")
    raise ValueError(f"{path} must have at most {MOST_PIXELS:,} pixels, but has {width}×{height}.")


def _recall(path: Path, key: str) -> NDArray[np.uint8] | None:
    """Return the images of a cache file; None if there is none, or if it is damaged or of other images."""
    try:
        with path.open("rb") as file:
            if not is_stored(file):
                return None
        with np.load(path, allow_pickle=False) as kept:
            if kept["key"].item() != key:
                return None
            pixels: NDArray[np.uint8] = kept["pixels"]  # its checksum is compared while it is read
    except Exception:  # a damaged file can look like nearly anything to NumPy
        return None
    return pixels


def _keep(path: Path, key: str, pixels: NDArray[np.uint8]) -> None:
    """Write a cache file in one step; where that fails (no room, no right), the images are read again next time."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            np.savez(file, key=np.array(key), pixels=pixels)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
