"""The mathematics of the supernet's figures against the library, and both figures in a browser."""

import itertools
import json

import numpy as np
import pytest
from figure_script import Script
from search_trace import SPACE, make_trace

from asng_book.measured.clutter import groups

TRACE = make_trace()


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "cells.js", "figures/supernet/supernet.js")


# ---- dots


@pytest.mark.parametrize("count", [1, 5, 40])
def test_dots_do_not_overlap_and_stay_near_the_middle(script, count):
    xs = np.random.default_rng(count).normal(0, 25, count).tolist()
    ys = script("return ASNG.supernet.swarm(xs, 9);", xs=xs)
    for (x, y), (other, above) in itertools.combinations(zip(xs, ys, strict=True), 2):
        assert np.hypot(x - other, y - above) > 9 - 1e-6
    assert ys[int(np.argmin(xs))] == 0
    assert script("return ASNG.supernet.swarm([0, 20, 40], 9);") == [0, 0, 0]
    assert sorted(map(abs, script("return ASNG.supernet.swarm([0, 0, 0], 9);"))) == [0, 9, 9]


# ---- the switchboard


@pytest.mark.parametrize("width", [280, 340, 440])
@pytest.mark.parametrize("seed", range(6))
def test_a_path_closes_its_own_crossings(script, seed, width):
    cell = SPACE.random(seed).normal
    plan, lit = script(
        "const S = ASNG.supernet, plan = S.board(trace, width); return [plan, S.lit(plan, cell, trace.operations)];",
        trace=TRACE, cell=cell, width=width,
    )  # fmt: skip
    pairs = {(n, source, SPACE.operations.index(name)) for n, node in enumerate(cell) for source, name in node}
    assert {tuple(crossing) for crossing in lit["crossings"]} == pairs
    assert len(lit["crossings"]) == len(pairs)
    for n, source, operation in pairs:
        node = plan["nodes"][n]
        assert lit["rails"][n][source] >= node["columns"][operation]
        assert lit["lanes"][source] >= node["rails"][source]
    for n, node in enumerate(plan["nodes"]):
        assert [x is not None for x in lit["rails"][n]] == [any(n == a and s == b for a, b, _ in pairs)
                                                            for s in range(2 + n)]  # fmt: skip
        heights = [*node["rails"], node["chip"], node["meter"], node["bar"]]
        assert heights == sorted(heights)
        assert plan["left"] < min(node["columns"])
        assert max(node["columns"]) < plan["right"] < width
    tops = [(node["rails"][0], node["bar"]) for node in plan["nodes"]]
    assert all(bar < rail for (_, bar), (rail, _) in itertools.pairwise(tops))
    assert tops[-1][1] < plan["height"]
    xs = [lane["x"] for lane in plan["lanes"]]
    assert xs == sorted(set(xs))
    assert max(xs) < plan["left"]


# ---- the trace


def test_a_code_is_decoded_as_by_the_library(script):
    for step in TRACE["steps"]:
        for code in step["weights"]["codes"]:
            cell = script("return ASNG.cells.decode(trace, code);", trace=TRACE, code=code)
            assert tuple(tuple(map(tuple, node)) for node in cell) == SPACE.decode(code).normal


def test_the_phases_follow_algorithm_1(script):
    phases = script("return ASNG.supernet.phases(trace);", trace=TRACE)
    assert [p["kind"] for p in phases[:6]] == ["run", "run", "move", "compare", "compare", "shift"]
    assert [p["step"] for p in phases] == [0] * 6 + [1] * 6 + [2] * 6


def test_what_moves_without_a_gradient_is_counted_as_in_python(script):
    trace_module = pytest.importorskip("asng_book.measured.trace", reason="needs torch")
    shares = [script("return ASNG.supernet.atRest(trace, step);", trace=TRACE, step=step) for step in range(3)]
    weights, movement = trace_module.at_rest(TRACE)
    assert np.mean([share["weights"] for share in shares]) == pytest.approx(weights)
    assert np.mean([share["movement"] for share in shares]) == pytest.approx(movement)


def test_theta_before_and_after_and_the_decisions_made_alike(script):
    before, after = script("return ASNG.supernet.thetas(trace, 1);", trace=TRACE)
    assert np.concatenate(before).tolist() == TRACE["steps"][0]["theta"]["theta"]
    assert [len(row) for row in after] == [d.size for d in SPACE.decisions]
    assert np.concatenate(script("return ASNG.supernet.thetas(trace, 0);", trace=TRACE)[0]).tolist() == TRACE["theta"]
    assert script("return ASNG.supernet.alike([[1, 2, 3, 0], [1, 0, 3, 1]]);") == 2


# ---- in a browser


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_a_step_is_gone_through_phase_by_phase(page):
    page = page("search-step", trace=TRACE)
    scrub = page.get_by_label("step of the search")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seen = [summary(page)]
    for _ in range(6):
        page.get_by_role("button", name="Step").press("Enter")
        seen.append(summary(page))
    assert [s["kind"] for s in seen] == ["run", "run", "move", "compare", "compare", "shift", "run"]
    assert [s["step"] for s in seen] == [32] * 6 + [33]
    assert seen[4]["theta"] == TRACE["theta"]
    assert seen[5]["theta"] == TRACE["steps"][0]["theta"]["theta"]
    lit = page.locator(".asng-board .asng-chip[data-on]").count()
    cell = SPACE.decode(TRACE["steps"][1]["weights"]["codes"][0]).normal
    assert lit == len({(node, name) for node, slots in enumerate(cell) for _, name in slots})
    scrub.press("ArrowLeft")
    assert summary(page)["kind"] == "shift"
    page.wait_for_function(
        "document.querySelector('.asng-summary').textContent.startsWith('Path 2 has the least loss')"
    )
    assert page.locator(".asng-board .asng-chip[data-on]").count() == 0


def test_what_moves_without_a_gradient_is_marked(page):
    page = page("search-step", trace=TRACE, phase=2)
    gradients = np.sum(TRACE["steps"][0]["weights"]["gradients"], axis=0)
    assert page.locator(".asng-board .asng-still").count() == int((gradients == 0).sum())
    page.wait_for_function(
        f"document.querySelector('.asng-summary').textContent.includes('{int((gradients == 0).sum())} of 9 sets')"
    )


def test_theta_rests_where_losses_are_equal_and_the_slider_goes_to_a_step(page):
    page = page("search-step", trace=TRACE)
    slider = page.get_by_label("step of the search")
    slider.fill("6")
    assert summary(page) | {"theta": None} == {
        "phase": 6, "step": 33, "kind": "run", "crossings": 6, "theta": None,
    }  # fmt: skip
    assert slider.get_attribute("aria-valuetext") == "33"
    for _ in range(5):
        page.get_by_role("button", name="Step").click()
    page.wait_for_function("document.querySelector('.asng-summary').textContent.endsWith('θ rests.')")


def dots():
    rng, found = np.random.default_rng(1), []
    for place, group in enumerate(groups()):
        for number in range(3 + place):
            cell = SPACE.random(rng)
            found.append(
                {
                    "group": group["name"], "number": number, "error": round(0.2 + 0.4 * rng.random(), 4), "se": 0.01,
                    "parameters": int(rng.integers(2000, 9000)), "depth": 3, "live": [0, 1, 2],
                    "cell": cell.to_json()["normal"],
                }
            )  # fmt: skip
    return found


def test_a_dot_shows_its_cell(page):
    points = dots()
    page = page("clutter-cells", points=points, groups=groups(), repeats=[[0.3, 0.35], [0.4, 0.5]])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    best = min((p for p in points if p["group"] == "asng"), key=lambda p: p["error"])
    assert summary(page)["selected"]["error"] == best["error"]
    assert page.locator("[role=option]").count() == len(points)
    means = summary(page)["means"]
    for group in groups():
        mine = [p["error"] for p in points if p["group"] == group["name"]]
        assert means[group["name"]] == pytest.approx(np.mean(mine))
    chosen = points[-1]
    page.get_by_role("option", name=f"{chosen['parameters']:,} parameters").first.click()
    state = summary(page)["selected"]
    assert (state["group"], state["number"]) == ("no-chain", chosen["number"])
    assert f"{100 * chosen['error']:.1f} % ± 1.0" in page.locator(".asng-said").inner_text()
    described = page.locator(".asng-cell").get_attribute("aria-label")
    assert described.count("node") >= 3
    assert chosen["cell"][2][1][1] in described


def test_arrow_keys_go_through_the_dots(page):
    points = dots()
    page = page("clutter-cells", points=points, groups=groups())
    row = sorted(p["error"] for p in points if p["group"] == "asng")
    listing = page.locator("[role=listbox]")
    listing.press("ArrowRight")
    assert summary(page)["selected"]["error"] == row[1]
    listing.press("ArrowLeft")
    listing.press("ArrowLeft")
    assert summary(page)["selected"]["error"] == row[0]
    listing.press("ArrowDown")
    assert summary(page)["selected"]["group"] == "small-step"
    active = listing.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert page.locator("[aria-selected=true]").count() == 1


def test_dots_fly_to_their_sizes_and_take_their_colours(page):
    points = dots()
    page = page("clutter-cells", points=points, groups=groups())
    page.get_by_role("button", name="Error against size").click()
    assert summary(page)["view"] == "size"
    places = page.evaluate(
        "[...document.querySelectorAll('.asng-dot')].map((dot) => [dot.getAttribute('aria-label'), "
        "...dot.style.transform.match(/-?[\\d.]+/g).map(Number)])"
    )
    by_name = {name: (x, y) for name, x, y, *_ in places}
    names = [next(n for n in by_name if f"{p['parameters']:,} parameters" in n) for p in points]
    x, y = np.array([by_name[name] for name in names]).T
    assert np.corrcoef(x, [p["error"] for p in points])[0, 1] > 0.999
    assert np.corrcoef(y, [p["parameters"] for p in points])[0, 1] < -0.999
    page.get_by_label("colour by size").check()
    assert summary(page)["colour"] is True
    page.locator(".asng-scale").wait_for()
    fills = page.evaluate("[...document.querySelectorAll('.asng-dot path')].map((path) => path.style.fill)")
    assert len(set(fills)) > 10
