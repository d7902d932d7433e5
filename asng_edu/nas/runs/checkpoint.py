"""Checkpoints: one file that is whole or not there, that is checked when read, and that can run no code.

A checkpoint holds tensors by name and one JSON text, with a digest of both. Beside ``checkpoint.pt`` stands
``previous.pt``, the one before it: whenever the process is killed, or the disk is full, one of the two is whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickletools
import re
import shutil
import stat
import warnings
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from asng_edu._common import files
from asng_edu._common.checks import short
from asng_edu.nas._common import archives

FORMAT = "asng_edu checkpoint 1"
PREVIOUS = "previous.pt"
# What the pickle inside may name, and the operations that would name something else.
NAMED = re.compile(r"collections OrderedDict|torch\._utils _rebuild_tensor_v2|torch \w+Storage")
OTHER_NAMES = {"STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"}
ZIP = b"PK\x03\x04"  # how torch's files begin since 2020; the older form is not read at all

Tensors = dict[str, torch.Tensor]
Values = dict[str, Any]


class CheckpointError(ValueError):
    """A checkpoint that cannot be written or read; the message says why, and what is kept."""


def save(path: str | os.PathLike[str], tensors: Mapping[str, torch.Tensor], values: Mapping[str, Any]) -> None:
    """Write a checkpoint in one step, and keep the one before it as ``previous.pt`` in the same folder.

    Parameters
    ----------
    path : path
        The file, such as ``runs/mine/checkpoint.pt``.
    tensors : mapping of str to tensor
        Any shapes, types and devices; they are stored as tensors of the CPU, strides kept.
    values : mapping
        What JSON can hold, NaN, infinity and whole numbers of any size included. NumPy's arrays and numbers become
        lists and numbers, to the bit for float64; tuples become lists, and keys text.

    Raises
    ------
    CheckpointError
        If the values are no JSON, or the file cannot be written, for example because the disk is full. The
        checkpoints that were there are as they were.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.
    """
    path = Path(path)
    data = dumps(tensors, values)
    part, older = path.with_name(path.name + files.PART), path.with_name(PREVIOUS + files.PART)
    try:
        try:
            files.write(part, data)
            # A second name for the old file first, its place for the new one next, and only then is the oldest file
            # given up: at every instant a known name leads to a whole file. A damaged old file is not kept.
            older.unlink(missing_ok=True)
            with suppress(CheckpointError):
                read(path)
                _link(path, older)
            os.replace(part, path)
            files.sync_folder(path.parent)
            if older.exists():
                os.replace(older, path.with_name(PREVIOUS))
                files.sync_folder(path.parent)
        finally:
            clean(path)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be written: {error.strerror or error}. What was there before is kept."
        ) from None


def load(
    path: str | os.PathLike[str],
    warn: Callable[[str], object] = warnings.warn,
    check: Callable[[Values], object] = lambda _: None,
) -> tuple[Tensors, Values]:
    """Return the tensors and values of a checkpoint, or, if it is bad, those of ``previous.pt`` beside it.

    Parameters
    ----------
    path : path
        The file that :func:`save` wrote.
    warn : callable
        Told in one sentence if ``previous.pt`` is used, and why.
    check : callable
        Raises a ValueError for values that cannot be used, such as those of a forged file.

    Raises
    ------
    CheckpointError
        If both are missing, truncated, corrupt or no checkpoints. Nothing in them is ever run.
    """
    try:
        return read(path, check)
    except CheckpointError as error:
        return before(path, error, warn, check)


def before(
    path: str | os.PathLike[str],
    why: CheckpointError,
    warn: Callable[[str], object],
    check: Callable[[Values], object],
) -> tuple[Tensors, Values]:
    """Return what ``previous.pt`` holds, in place of a checkpoint that cannot be used; see :func:`load`."""
    previous = Path(path).with_name(PREVIOUS)
    try:
        found = read(previous, check)
    except CheckpointError as error:
        raise CheckpointError(f"{why} Nor can the one before it be used: {error}") from None
    warn(f"{why} The one before it, {previous}, is used.")
    return found


def exists(path: str | os.PathLike[str]) -> bool:
    """Tell whether there is a checkpoint, good or bad, or the one before it."""
    return Path(path).exists() or Path(path).with_name(PREVIOUS).exists()


def read(path: str | os.PathLike[str], check: Callable[[Values], object] = lambda _: None) -> tuple[Tensors, Values]:
    """Return the tensors and values of this one file; raise a CheckpointError if it is bad."""
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep its reader waiting for ever
            raise CheckpointError(f"{path} is no file.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path} does not exist.") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from None
    try:
        tensors, values = loads(data)
        check(values)
    except CheckpointError as error:
        raise CheckpointError(f"{path} {error}") from None
    except ValueError as error:
        raise CheckpointError(f"{path} is not the checkpoint of a run: {error}") from None
    return tensors, values


def dumps(tensors: Mapping[str, torch.Tensor], values: Mapping[str, Any]) -> bytes:
    """Return a checkpoint as bytes."""
    stored = {name: _plain(name, tensor) for name, tensor in tensors.items()}
    try:
        text = json.dumps(values, default=_listed)
    except (TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"the values of a checkpoint must be what JSON can hold, but: {error}.") from None
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, "json": text, "digest": _digest(stored, text), "tensors": stored}, buffer)
    return buffer.getvalue()


def loads(data: bytes) -> tuple[Tensors, Values]:
    """Return the tensors and values of a checkpoint given as bytes; the CheckpointError continues "this file"."""
    if not data.startswith(ZIP):
        raise CheckpointError("is no checkpoint, or is damaged at its beginning.")
    try:
        found = _unpack(data)
        if not isinstance(found, dict) or found.keys() != {"format", "json", "digest", "tensors"}:
            raise CheckpointError("was not written by asng_edu.")
        tensors, text = found["tensors"], found["json"]
        if found["format"] != FORMAT:
            raise CheckpointError(f"has the format {short(found['format'])}, but this version reads {FORMAT!r}.")
        if not (
            isinstance(text, str)
            and isinstance(tensors, dict)
            and all(isinstance(name, str) and _is_plain(tensor) for name, tensor in tensors.items())
            and found["digest"] == _digest(tensors, text)
        ):
            raise CheckpointError("is corrupt: its digest is another.")
    except CheckpointError:
        raise
    except Exception:  # a damaged file can make torch raise anything; what would run code is an error too
        raise CheckpointError("is truncated, damaged or holds more than tensors and text.") from None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise CheckpointError("holds no JSON.") from None
    if not isinstance(values, dict):
        raise CheckpointError("holds JSON, but no object.")
    return tensors, values


def _unpack(data: bytes) -> Any:
    """Return what torch reads in a file that is no larger unpacked, and that names tensors and nothing else."""
    if not archives.is_stored(io.BytesIO(data)):
        raise CheckpointError("is compressed, as asng_edu's are not, or claims to be larger than it is.")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith("data.pkl"):
                opcodes = list(pickletools.genops(archive.read(name)))
                if not all(
                    NAMED.fullmatch(str(argument)) if code.name == "GLOBAL" else code.name not in OTHER_NAMES
                    for code, argument, _ in opcodes
                ):
                    raise CheckpointError("holds more than tensors and text.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's advice on foreign files
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def clean(path: str | os.PathLike[str]) -> None:
    """Remove the unfinished files that a kill in the middle of :func:`save` left beside ``path``."""
    path = Path(path)
    for name in (path.name, PREVIOUS):
        with suppress(OSError):
            path.with_name(name + files.PART).unlink(missing_ok=True)


def _link(path: Path, other: Path) -> None:
    """Give a file a second name, or, where the file system has no hard links, a copy."""
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)


def _plain(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor on the CPU that has its memory to itself: a part of a larger one would store all of it."""
    if not isinstance(tensor, torch.Tensor) or tensor.layout is not torch.strided:
        raise CheckpointError(f"{name} must be a dense tensor to be stored, but is {tensor!r}.")
    tensor = tensor.detach().cpu()
    return tensor if tensor.untyped_storage().nbytes() == tensor.nbytes else tensor.clone()


def _is_plain(value: Any) -> bool:
    """Tell whether a value is an ordinary dense tensor on the CPU."""
    return (
        type(value) is torch.Tensor
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not (value.is_quantized or value.is_conj() or value.is_neg())
        and value.untyped_storage().nbytes() >= value.nbytes  # not a small storage seen as a huge tensor
    )


def _digest(tensors: Mapping[str, torch.Tensor], text: str) -> str:
    """Return the SHA-256 of names, types, shapes and contents of the tensors, and of the text."""
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        digest.update(f"{name!r} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    digest.update(text.encode(errors="surrogatepass"))
    return digest.hexdigest()


def _listed(value: Any) -> Any:
    """Return NumPy's arrays and numbers as JSON's."""
    if hasattr(value, "tolist") and not isinstance(value, torch.Tensor):
        return value.tolist()
    raise TypeError(f"{value!r} of type {type(value).__name__} is none of its kinds")
