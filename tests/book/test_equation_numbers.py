"""An equation's number means one equation in the whole book, so that a reference to it can mean only one."""

import re
from collections import Counter

from chapters import BOOK


def test_no_two_equations_bear_one_number():
    tags = Counter(tag for page in BOOK.glob("*.md") for tag in re.findall(r"\\tag\{(.+?)\}", page.read_text("utf-8")))
    assert len(tags) > 50
    assert [tag for tag, count in tags.items() if count > 1] == []
