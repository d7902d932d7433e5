"""A package index in a folder, and a small project to install from it: pip and uv without a network."""

import zipfile

# A build backend beside the project that it builds, so that a build needs no other package.
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for path, text in {files}.items():
            wheel.writestr(path, text)
    return name
"""
PROJECT = """
[project]
name = "small"
version = "1.0"

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def content(name, version, module):
    """Return the files of a wheel with one module of that name."""
    about = f"{name}-{version}.dist-info"
    return {
        f"{name}/__init__.py": "",
        f"{name}/__main__.py": module,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }


def write_wheel(folder, name, version, module=""):
    """Write a wheel into a folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in content(name, version, module).items():
            wheel.writestr(file, text)
    return path


def add_to_index(index, name, version, module=""):
    """Add a package to an index, in the form in which a server would give it."""
    write_wheel(index / name, name, version, module)
    links = "".join(f'<a href="{wheel.name}">{wheel.name}</a>' for wheel in (index / name).glob("*.whl"))
    (index / name / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")


def write_project(root, pins):
    """Write a project that requirements/book.txt and a build backend of its own are enough to install."""
    (root / "requirements").mkdir(parents=True)
    (root / "requirements" / "book.txt").write_text("\n".join(pins))
    (root / "requirements" / "uv.txt").write_text("uv==1.0\n")
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "backend.py").write_text(BACKEND.replace("{files}", repr(content("small", "1.0", ""))))
