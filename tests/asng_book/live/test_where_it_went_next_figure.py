"""The family tree in a browser."""

import json

import pytest

from asng_book.live import family


@pytest.fixture
def tree(page, monkeypatch):
    given = {}
    monkeypatch.setattr(family, "live", lambda name, **found: given.update(found))
    family.family_tree()
    return page("family-tree", **given)


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_a_tap_shows_what_a_method_comes_from(tree):
    assert summary(tree)["chosen"] == "ASNG"
    tree.get_by_role("button", name="CatCMA with margin").click()
    found = summary(tree)
    assert {"CatCMA", "CMA-ES with margin", "ASNG", "IGO"} <= set(found["ancestors"])
    assert "LRA-CMA-ES" not in found["ancestors"]
    assert "It grew out of CatCMA" in tree.locator(".asng-summary").inner_text()
    assert tree.locator('button[data-kin="self"]').count() == 1


def test_an_ingredient_lights_up_those_that_have_it(tree):
    tree.get_by_label("highlight").select_option(label="shared weights")
    expected = sum("weights" in method.has for method in family.FAMILY)
    assert tree.locator('button[data-lit="true"]').count() == expected > 0
    assert f"{expected} of {len(family.FAMILY)}" in tree.locator(".asng-summary").inner_text()


def test_names_do_not_cover_each_other(tree):
    boxes = [button.bounding_box() for button in tree.locator(".asng-tree button").all()]
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            apart = max(a["x"], b["x"]) >= min(a["x"] + a["width"], b["x"] + b["width"])
            below = max(a["y"], b["y"]) >= min(a["y"] + a["height"], b["y"] + b["height"])
            assert apart or below
    assert tree.evaluate("document.documentElement.scrollWidth <= innerWidth")
