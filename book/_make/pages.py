"""Which pages have cells, and which of them must run again: those of which anything that they read has changed.

A page's outputs are kept by jupyter-cache under its code cells. Beside them stands what the page read while it ran:
modules and data of the project, each with the hash of its content (``watch/sitecustomize.py`` sees them opened), and a
hash of what all pages depend on. The outputs are good as long as both are as they were. So an edit counts for the pages
that read the file, and no page is judged by what its imports seem to say.

What is not seen being read is taken for read by all: which files there are, for a page may ask whether one exists; the
versions of Python and of all that is installed; the settings of the execution; and how pages are run, this folder.
"""

import hashlib
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path

import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from sphinx_external_toc.parsing import parse_toc_yaml

CODE = ("asng_edu", "book/asng_book", "examples", "figures")  # what pages import and read
HERE = Path(__file__).resolve().parent


def files(folder):
    """Yield the files at or below a folder, but for what Python writes."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file


def content(file):
    """Return the hash of a file's content; empty if there is no such file."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


class Pages:
    """The pages of a book that have cells, and what is stored of them.

    The sources are looked at once, before anything runs: an edit meanwhile counts in the next build.

    Attributes
    ----------
    notebooks : dict of str to NotebookNode
        What is to run, by the page's name, in the order of the table of contents.
    count : int
        How many pages the book has, with cells or without.
    settings : dict
        What ``_config.yml`` says about the execution.
    build : Path
        Where all that is built lies.
    around : str
        A hash of what the pages are made of beside their own text.
    """

    def __init__(self, root):
        self.root, self.build = root, root / "_build"
        config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
        self.settings = config["execute"]
        self.cache = get_cache(self.build / ".jupyter_cache")
        self.hashes = {self._name(file): content(file) for folder in CODE for file in files(root / folder)}
        self.common = self._common()
        self.around = self._around(config)
        # as MyST-NB reads them, or it would not find their outputs again
        dialect = MdParserConfig(enable_extensions=config["parse"]["myst_enable_extensions"])
        self.notebooks = {}
        every = list(parse_toc_yaml(root / "book" / "_toc.yml"))
        self.count = len(every)
        for page in every:
            file = root / "book" / f"{page}.md"
            text = file.read_text(encoding="utf-8")
            if is_myst_markdown_notebook(text):
                self.notebooks[page] = read_myst_markdown_notebook(text, dialect, add_source_map=True, path=file)

    def _name(self, file):
        return file.relative_to(self.root).as_posix()

    def _common(self):
        """Return a hash of what every page depends on."""
        installed = sorted(f"{one.name} {one.version}" for one in metadata.distributions())
        ours = [content(file) for file in files(HERE)]
        return hashlib.sha256(
            repr([sys.version, installed, list(self.hashes), self.settings, ours]).encode()
        ).hexdigest()

    def _around(self, config):
        """Return a hash of what may change how Sphinx reads and writes any page."""
        book = {self._name(file): content(file) for file in files(self.root / "book") if file.suffix != ".md"}
        return hashlib.sha256(repr([self.common, self.hashes, book, config]).encode()).hexdigest()

    def hash_of(self, name):
        """Return the hash of a file as it was when the build began; of one that the pages make, as it is."""
        if name not in self.hashes:
            self.hashes[name] = content(self.root / name)
        return self.hashes[name]

    def is_current(self, page):
        """Tell whether the stored outputs of a page are what it would compute now."""
        try:
            record = self.cache.match_cache_notebook(self.notebooks[page])
            self.cache.get_cache_bundle(record.pk)
        except (KeyError, ValueError):  # there are none, or an interrupted build has left half of them
            return False
        read = record.data.get("read")
        return (
            read is not None
            and record.data["common"] == self.common
            and all(self.hash_of(name) == known for name, known in read.items())
        )

    def stale(self):
        """Return the pages that must run, first those that took longest when they ran last, or that never ran."""
        took = self.seconds()
        return sorted(
            (page for page in self.notebooks if not self.is_current(page)),
            key=lambda page: -took.get(page, float("inf")),
        )

    def seconds(self):
        """Return how long each page took when it ran last."""
        records = sorted(self.cache.list_cache_records(), key=lambda record: record.created or datetime.min)
        return {Path(record.uri).stem: record.data.get("execution_seconds", 0) for record in records}

    def keep(self, page, executed, seconds, read):
        """Store the outputs of a page that has run, and what it read; Sphinx will read the page again."""
        data = {
            "execution_seconds": seconds,
            "common": self.common,
            "read": {name: self.hash_of(name) for name in read},
        }
        bundle = CacheBundleIn(executed, str(self.root / "book" / f"{page}.md"), data=data)
        self.cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        (self.build / ".doctrees" / f"{page}.doctree").unlink(missing_ok=True)
