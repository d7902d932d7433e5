"""The cell editor, "decode this θ" and the counter of the space in a browser."""

import json

import pytest

from asng_edu.nas import CellSpace, Genotype

SPACE = CellSpace()
START = SPACE.random(7).to_json()


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_the_editor_starts_with_the_cell_it_is_given_and_follows_every_choice(page):
    page = page("cell-editor", genotype=START)
    before = summary(page)
    assert before["genotype"] == START
    page.get_by_role("button", name="node 4:").click()
    page.get_by_text("Node 4 of the normal cell").wait_for()
    rows = page.locator("fieldset")
    assert rows.count() == 4
    rows.nth(0).get_by_label("node 3").check()
    rows.nth(1).get_by_label("max pool 3×3").check()
    after = summary(page)
    assert after["genotype"]["normal"][4][0] == [5, "max_pool_3x3"]
    assert after["genotype"]["reduction"] == START["reduction"]
    assert after["index"] != before["index"]
    c = SPACE.encode(Genotype.from_json(after["genotype"]))
    taken = page.locator(".asng-hot").get_attribute("aria-label").partition(": ")[2]
    assert taken.removeprefix("the options taken: ").split(", ") == [str(k + 1) for k in c]
    assert page.locator(".asng-hot .asng-one").count() == 40
    assert page.locator(".asng-code b").inner_text().replace(",", "") == after["index"]


def test_a_square_of_the_one_hot_vectors_can_be_tapped(page):
    page = page("cell-editor", genotype=START)
    page.get_by_role("tab", name="Its code").click()  # the window is a phone's
    squares = page.locator(".asng-hot g")
    assert squares.count() == SPACE.options
    squares.last.click()
    assert summary(page)["genotype"]["reduction"][4][1][1] == SPACE.operations[-1]
    page.get_by_role("tab", name="The cell").click()
    page.get_by_text("Node 4 of the reduction cell").wait_for()


def test_a_random_cell_leaves_the_other_kind_alone(page):
    page = page("cell-editor", genotype=START)
    page.get_by_role("button", name="Reduction cell").click()
    page.get_by_role("button", name="Random cell").click()
    after = summary(page)["genotype"]
    assert after["normal"] == START["normal"]
    assert after["reduction"] != START["reduction"]
    SPACE.check(Genotype.from_json(after))


def test_json_goes_both_ways_and_bad_json_gets_a_sentence(page):
    page = page("cell-editor", genotype=START)
    page.get_by_role("tab", name="Its code").click()
    page.get_by_text("The same as JSON").click()
    text = page.get_by_label("The genotype as JSON")
    assert json.loads(text.input_value()) == START
    other = SPACE.random(8).to_json()
    text.fill(json.dumps(other))
    page.get_by_role("button", name="Use this text").click()
    assert summary(page)["genotype"] == other
    text.fill('{"normal": [')
    page.get_by_role("button", name="Use this text").click()
    assert "This is not JSON" in page.get_by_role("alert").inner_text()
    assert summary(page)["genotype"] == other
    text.fill(json.dumps(other))
    page.get_by_role("button", name="Use this text").click()
    assert page.get_by_role("alert").count() == 0


def test_the_page_marks_what_the_reader_decodes(page):
    page = page("decode-theta", ready=".asng-theta", seed=3)
    page.get_by_role("button", name="Check my cell").click()
    page.wait_for_function("document.querySelector('.asng-summary').textContent.includes('12 not decided')")
    state = summary(page)
    rows = page.locator(".asng-theta")
    for i, best in enumerate(state["mode"]):
        wrong = (best + 1) % len(state["theta"][i])
        rows.nth(i).locator("input").nth(wrong if i == 5 else best).check()
    page.get_by_role("button", name="Check my cell").click()
    page.wait_for_function("document.querySelector('.asng-summary').textContent.startsWith('11 of 12 rows are right')")
    assert rows.nth(5).locator(".asng-mark").inner_text() == "✗"
    rows.nth(5).locator("input").nth(state["mode"][5]).check()
    page.get_by_role("button", name="Check my cell").click()
    page.wait_for_function("document.querySelector('.asng-summary').textContent.startsWith('Right')")
    assert summary(page)["right"] == 12
    page.get_by_role("button", name="Another θ").click()
    page.wait_for_function("document.querySelector('.asng-summary').textContent.startsWith('0 of 12')")
    page.get_by_role("button", name="Show it").click()
    assert summary(page)["right"] == 12
    assert summary(page)["mode"] != state["mode"]


@pytest.mark.parametrize(("nodes", "operations", "kinds"), [(5, 5, 2), (1, 1, 1), (10, 12, 2)])
def test_the_counter_counts_as_the_library(page, nodes, operations, kinds):
    page = page("space-counter", nodes=nodes, operations=operations, kinds=kinds)
    names = tuple(f"o{i}" for i in range(operations))
    space = CellSpace(nodes=nodes, operations=names, kinds=("normal", "reduction")[:kinds])
    assert summary(page) == {"size": str(space.size), "options": space.options, "n_theta": space.n_theta}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    slider = page.get_by_label("nodes of a cell")
    slider.focus()
    slider.press("ArrowRight" if nodes < 10 else "ArrowLeft")
    other = CellSpace(nodes=nodes + (1 if nodes < 10 else -1), operations=names, kinds=space.kinds)
    assert summary(page)["size"] == str(other.size)
