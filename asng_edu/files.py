"""Files that are whole or not there: written beside their place, put onto the disk, then moved to it in one step."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PART = ".part"  # ends the name of a file that is being written


def replace(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write a file in one step: whatever happens, it is there whole or as it was before.

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
    path = Path(path)
    part = path.with_name(path.name + PART)
    try:
        write(part, content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


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
