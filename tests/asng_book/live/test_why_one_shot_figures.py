"""The one-hot gates and the price of a search, in a browser and, for the mathematics, without one."""

import itertools
import json
import math

import pytest
from figure_script import Script

from asng_book.exercises.why_one_shot import told_apart
from asng_book.live.files import STATIC
from asng_book.pages import results
from asng_edu.nas import CellSpace


def table():
    return [
        {
            "method": line["method"], "days": float(line["gpu_days"]), "error": float(line["test_error"]),
            "similar": line["similar"] == "yes", "shared": line["method"] not in ("NASNet-A", "NAONet"),
            "idea": f"The idea of {line['method']}.",
        }
        for line in results.table1()
    ]  # fmt: skip


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def said(page, text):
    page.wait_for_function("text => document.querySelector('.asng-summary').textContent.includes(text)", arg=text)


# ---- the gates


def test_every_decision_multiplies_the_counter(page):
    page = page("one-hot", layers=3)
    assert summary(page) == {"choices": [None, None, None], "size": "125", "singled": "1"}
    layers = page.get_by_role("radiogroup")
    for made, name in enumerate(("sep conv 5×5", "identity", "max pool 3×3"), start=1):
        layers.nth(made - 1).get_by_role("radio", name=name).click()
        assert summary(page)["singled"] == str(5**made)
        assert page.locator(".asng-count strong").inner_text() == str(5**made)
    assert summary(page)["choices"] == [2, 0, 4]
    said(page, "h1 = (0, 0, 1, 0, 0), h2 = (1, 0, 0, 0, 0), h3 = (0, 0, 0, 0, 1).")
    space = CellSpace()
    said(page, f"{len(space.decisions)} such decisions")
    mantissa, exponent = f"{space.size:.2e}".split("e+")
    said(page, f"{mantissa} × 10{exponent.translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}")
    page.get_by_role("button", name="Start over").click()
    assert summary(page)["singled"] == "1"
    assert page.locator("[aria-checked=true]").count() == 0


def test_one_wire_is_left_and_the_gates_say_so(page):
    page = page("one-hot", choices=[1, None, None])
    first = page.get_by_role("radiogroup").first
    assert first.locator(".asng-on").count() == 1
    assert first.locator(".asng-off").count() == 4
    assert page.get_by_role("radiogroup").nth(1).locator(".asng-on, .asng-off").count() == 0
    gates = first.locator(":scope > g > text")
    assert gates.all_text_contents() == ["0", "1", "0", "0", "0"]


def test_the_gates_work_by_keyboard(page):
    page = page("one-hot", layers=2)
    stops = page.locator("[role=radio][tabindex='0']")
    assert stops.count() == 2  # one stop for each layer
    stops.first.focus()
    page.keyboard.press("Enter")
    assert summary(page)["choices"] == [0, None]
    page.keyboard.press("ArrowLeft")  # round to the last
    assert summary(page)["choices"] == [4, None]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert summary(page)["choices"] == [4, 1]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "sep conv 3×3"


def test_layers_come_and_go_and_keep_what_was_chosen(page):
    page = page("one-hot", choices=[3], layers=1)
    more, fewer = page.get_by_role("button", name="One layer more"), page.get_by_role("button", name="One layer fewer")
    assert fewer.is_disabled()
    for _ in range(3):
        more.click()
    assert more.is_disabled()
    assert summary(page) == {"choices": [3, None, None, None], "size": "625", "singled": "5"}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Choose at random").click()
    assert summary(page)["singled"] == "625"
    fewer.click()
    assert len(summary(page)["choices"]) == 3


@pytest.mark.parametrize("width", [390, 800])
def test_the_sub_graph_is_shown_at_every_width(page, width):
    page = page("one-hot", choices=[1, None, 4])
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(200)
    chain = page.locator(".asng-gates > .asng-on, .asng-gates > .asng-open")
    assert chain.count() == 3
    assert [part.get_attribute("class").split()[0] for part in chain.all()] == ["asng-on", "asng-open", "asng-on"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---- the price of a search: the mathematics


@pytest.fixture(scope="module")
def price():
    script = Script("engine.js")
    script.context.eval("ASNG.register = () => {};")
    script.context.eval((STATIC / "figures" / "why_one_shot" / "price_of_search.js").read_text(encoding="utf-8"))
    return script


@pytest.mark.parametrize("n", [1000, 10_000, 1_000_000])
def test_the_figure_tells_apart_as_the_library_does(price, n):
    errors = [row["error"] / 100 for row in table()] + [0.0, 0.5, 0.9]
    found = price(
        "return errors.map((p) => errors.map((q) => ASNG.priceOfSearch.toldApart(p, q, n)));", errors=errors, n=n
    )
    assert found == [[told_apart(p, q, n) for q in errors] for p in errors]
    for p in errors:
        assert price("return ASNG.priceOfSearch.standardError(p, n);", p=p, n=n) == pytest.approx(
            math.sqrt(p * (1 - p) / n)
        )
        low, high = price("return ASNG.priceOfSearch.band(p, n);", p=p, n=n)
        for edge in (low, high):
            if 0 < edge < 1:
                assert abs(p - edge) == pytest.approx(2 * math.sqrt((p * (1 - p) + edge * (1 - edge)) / n))
        for q in errors:
            assert (not low <= q <= high) == told_apart(p, q, n)


def test_the_front_is_what_nobody_beats(price):
    rows = [*table(), {"method": "twin", "days": 4, "error": 2.08, "similar": False}]
    found = price("return ASNG.priceOfSearch.front(rows).map((row) => row.method);", rows=rows)
    expected = [
        row["method"]
        for row in rows
        if not any(
            other["days"] <= row["days"] and other["error"] <= row["error"]
            and (other["days"], other["error"]) != (row["days"], row["error"])
            for other in rows
        )
    ]  # fmt: skip
    assert sorted(found) == sorted(expected)
    assert found[0] == "ASNG-NAS"
    assert "twin" in found


# ---- the price of a search: the picture


def test_every_row_is_a_point_that_names_itself(page):
    rows = table()
    page = page("price-of-search", rows=rows)
    assert summary(page)["method"] == "ASNG-NAS"
    for row in rows:
        page.get_by_role("radio", name=f"{row['method']}:").click()
        now, p = summary(page), row["error"] / 100
        alike = {o["method"] for o in rows if o is not row and not told_apart(p, o["error"] / 100, 10_000)}
        assert now["method"] == row["method"]
        assert set(now["alike"]) == alike
        card = page.locator(".asng-card").inner_text()
        assert row["method"] in card
        assert row["idea"] in card
        assert f"{row['error']:.2f} ± {100 * math.sqrt(p * (1 - p) / 10_000):.2f} %" in card
        assert ("five similar" in card) == row["similar"]
        assert page.locator(".asng-apart").count() == len(rows) - 1 - len(alike)


def test_the_points_can_be_walked_by_keyboard(page):
    rows = table()
    page = page("price-of-search", rows=rows, selected="ENAS")
    page.locator("[role=radio][tabindex='0']").focus()
    seen = []
    for _ in rows:
        page.keyboard.press("ArrowRight")
        seen.append(summary(page)["method"])
        assert page.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    assert sorted(seen) == sorted(row["method"] for row in rows)
    assert seen[-1] == "ENAS"
    page.keyboard.press("ArrowLeft")
    assert summary(page)["method"] == "ASNG-NAS"


def test_larger_tests_tell_more_apart_and_the_front_can_be_of_similar_spaces(page):
    page = page("price-of-search", rows=table())
    assert summary(page)["front"] == ["ASNG-NAS", "ProxylessNAS-G"]
    slider = page.get_by_label("images in the test")
    slider.focus()
    counts = [len(summary(page)["alike"])]
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        counts.append(len(summary(page)["alike"]))
    assert summary(page)["images"] == 1_000_000
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    page.get_by_label("front of the similar spaces only").check()
    assert summary(page)["front"] == ["ASNG-NAS", "DARTS (second order)"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [390, 800])
def test_no_two_names_lie_on_each_other(page, width):
    page = page("price-of-search", rows=table())
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(200)
    boxes = page.evaluate(
        "[...document.querySelectorAll('.asng-point text')].map((text) => {"
        " const { left, top, right, bottom } = text.getBoundingClientRect();"
        " return [left, top, right, bottom, text.textContent]; })"
    )
    assert len(boxes) == 9
    for a, b in itertools.combinations(boxes, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 2 or b[3] <= a[1] + 2
        assert apart, (a[4], b[4])
