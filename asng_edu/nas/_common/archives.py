"""Zip files whose size is known before they are read."""

from __future__ import annotations

import os
import zipfile
from typing import IO


def is_stored(file: IO[bytes]) -> bool:
    """Tell whether a zip file holds all its parts as they are: none grows when it is read, and together they fit."""
    length = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    plain = all(part.compress_type == zipfile.ZIP_STORED and part.file_size == part.compress_size for part in parts)
    return plain and sum(part.file_size for part in parts) <= length
