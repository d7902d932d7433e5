"""Files that are whole or not there: written beside their place, put onto the disk, then moved to it in one step."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

PART = ".part"  # ends the name of a file that is being written


def replace(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write a file in one step: whatever happens, it is there whole or as it was before.

    A link stays, and what it leads to is written; so does a pipe or a device, such as ``/dev/stdout``.

    Parameters
    ----------
    path : path
    content : bytes or str
        Text is stored as UTF-8.

    Raises
    ------
    OSError
        If it cannot be written, for example because the disk is full.
    """
    path, data = Path(path), content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    path = follow(path)
    part = path.with_name(f"{path.name}.{os.getpid()}{PART}")
    try:
        write(part, data)
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def follow(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path to which links lead; raise an OSError if they lead in a circle."""
    found = Path(os.path.realpath(path))
    if found.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return found


def clean(path: Path) -> None:
    """Remove what kills in the middle of :func:`replace` left beside a file that nobody else writes now."""
    for left in path.parent.glob(f"{path.name}.*{PART}"):
        with suppress(OSError):
            left.unlink()


def write(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Put the names in a folder onto the disk, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
