"""A folder, or a file and those that belong to it, for one process at a time."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

NAME = ".lock"
TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class InUse(ValueError):
    """What is to be written belongs to another process, or another thread of this one."""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a folder or a file for oneself; raise :class:`InUse` if somebody else does.

    The lock is the system's, on the empty file ``.lock`` in the folder, or ``.NAME.lock`` beside the file, and so ends
    with the process however that ends. On file systems that know no locks, there is none.
    """
    place = path / NAME if path.is_dir() else path.with_name(f".{path.name}{NAME}")
    descriptor = _open_locked(place, path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            place.unlink()  # before the lock goes, so that it is nobody else's
        os.close(descriptor)


def _open_locked(place: Path, path: Path) -> int:
    while True:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
        except OSError as error:
            if error.errno in TAKEN:
                os.close(descriptor)
                raise InUse(f"another process is working in {path}.") from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), place.stat()):
                return descriptor
        os.close(descriptor)  # whoever had the lock has just removed the file


def _lock(descriptor: int) -> None:
    """Take the lock of an open file, or raise an OSError at once."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
