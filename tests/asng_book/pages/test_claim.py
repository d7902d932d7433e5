"""A claim stops the build when it fails, and cannot be written so that it never does."""

import pytest

from asng_book.pages.prose import claim


def test_a_claim_holds_or_stops():
    claim(1 < 2, "one is less than two")
    with pytest.raises(AssertionError, match="two is less"):
        claim(2 < 1, "two is less than one")


def test_a_claim_the_wrong_way_round_is_refused():
    with pytest.raises(TypeError):
        claim("two is less than one", 2 < 1)
