"""A style of bibliography for the article's own references: in the article's order, under the article's numbers.

The number of a work stands in its note in references.bib, as in "[7] of the article".
"""

import functools
import re

from pybtex import plugin
from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.alpha import Style

NOTE = re.compile(r"\[(\d+)\] of the article")


def number(entry):
    """Return the number under which the article lists a work; 0 for a work that it does not list."""
    found = NOTE.fullmatch(entry.fields.get("note", ""))
    return int(found[1]) if found else 0


class ArticleStyle(Style):
    """Works with the article's numbers as labels and without the notes that hold them."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.sort = lambda entries: sorted(entries, key=number)  # the base class keeps these two as attributes
        self.format_labels = lambda entries: map(str, map(number, entries))

    def format_entry(self, label, entry, bib_data=None):
        """Format an entry as the other bibliographies do, but for its note."""
        fields = [(name, value) for name, value in entry.fields.items() if name != "note"]
        plain = Entry(entry.type, fields=fields, persons=entry.persons)
        plain.key = entry.key
        return super().format_entry(label, plain, bib_data)


def setup(app):
    """Make the style known under the name that a bibliography asks for."""
    # For each citation pybtex looks through all that is installed, which for a book takes seconds; once is enough.
    plugin.entry_points = functools.cache(plugin.entry_points)
    register_plugin("pybtex.style.formatting", "article_numbers", ArticleStyle)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
