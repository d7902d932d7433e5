"""Writes pictures that stand in their own address, as notebooks put them, into files."""

import base64
import hashlib
import re

DATA = re.compile(r"data:image/(svg\+xml|png|jpeg|gif);base64,(.*)", re.DOTALL)
ENDINGS = {"svg+xml": "svg", "png": "png", "jpeg": "jpg", "gif": "gif"}


def as_file(source, folder):
    """Write a picture, given by its address, into a file of a folder, and return the path of the file."""
    kind, data = DATA.fullmatch(source).groups()
    content = base64.b64decode(data)
    file = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.{ENDINGS[kind]}"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
