"""A recorded search, replayed: what Python makes of its record, the script's arithmetic, the figure in a browser."""

import html
import json
import math
import re

import numpy as np
import pytest
from figure_page import write_page
from figure_script import Script

from asng_book.live.files import figure_html
from asng_book.live.replay import compact, read, replay
from asng_edu.nas.training.settings import CIFAR10, CLUTTER

SMALL = CIFAR10.change(nodes=2, epochs=6)


def as_json(settings):
    return json.loads(json.dumps(settings.to_json()))


def make_record(settings=SMALL, epochs=6):
    """Return a record as a search writes it, of a θ that goes from uniform to one code, which changes once."""
    space = settings.space
    family, rng = space.categorical(settings.strategy.margin), np.random.default_rng(3)
    targets = [family.statistics(space.encode(space.random(rng))[None])[0] for _ in range(2)]
    history = []
    for epoch in range(1, epochs + 1):
        part = 0.9 * epoch / epochs
        theta = family.project((1 - part) * family.initial_theta() + part * targets[epoch > epochs // 2])
        resting = epoch <= settings.warmup_epochs
        history.append({
            "epoch": epoch, "warmup": resting, "train_loss": 2 / epoch, "train_accuracy": 0.1 * epoch,
            "theta_loss": None if resting else 2.1 / epoch, "theta_accuracy": None if resting else 0.1 * epoch,
            "mean_max_theta": float(np.mean([row.max() for row in family.rows(theta)])),
            "entropy": family.entropy(theta), "delta": None if resting else 0.1, "s_norm2": None if resting else 1.2,
            "gamma": None if resting else 0.9, "Delta": 10.0, "snr": 0.0, "skipped": 0, "steps_per_second": 1.0,
            "genotype": space.decode(family.mode(theta)).to_json(), "theta": theta.tolist(),
        })  # fmt: skip
    return {
        "kind": "search", "settings": as_json(settings), "provenance": {"command": "a test"}, "resumed": [],
        "seconds": 1, "step": 10 * epochs, "steps": 10 * settings.epochs,
        "finished": epochs == settings.epochs, "history": history,
        "genotype": history[-1]["genotype"], "parameters": 1, "multiply_adds": 1,
        "data": {"name": "clutter", "classes": ["0", "1"], "shape": [1, 16, 16]},
    }  # fmt: skip


def changed(place, **values):
    """Return a record of which a line has other values."""
    record = make_record()
    record["history"][place] |= values
    return record


# ---- from the record


def test_a_record_is_kept_as_codes_and_thousandths():
    record = make_record()
    kept, space = compact(record), SMALL.space
    assert kept["finished"]
    assert kept["epochs"] == [1, 2, 3, 4, 5, 6]
    for line, code, theta in zip(record["history"], kept["codes"], kept["theta"], strict=True):
        assert space.decode(code).to_json() == line["genotype"]
        assert np.abs(np.array(theta) / 1000 - line["theta"]).max() <= 0.0005 + 1e-12
    uniform = sum(math.log(decision.size) for decision in space.decisions)
    assert kept["entropy_range"][1] == pytest.approx(uniform, rel=1e-3)
    assert 0 < kept["entropy_range"][0] < record["history"][-1]["entropy"]
    json.dumps(kept, allow_nan=False)


def test_a_figure_is_made_from_whatever_holds_the_record(tmp_path):
    (tmp_path / "search.json").write_text(json.dumps(make_record()), encoding="utf-8")
    shown = []
    for source in (make_record(), tmp_path, tmp_path / "search.json"):
        found = re.search(r'data-options="([^"]*)"', figure_of(replay(source, epoch=2)))
        shown.append(json.loads(html.unescape(found[1])))
    assert shown[0] == shown[1] == shown[2]
    assert shown[0]["epoch"] == 2


def figure_of(figure):
    return figure._repr_html_() if hasattr(figure, "_repr_html_") else figure._html


def test_the_records_of_the_book_have_names():
    kept = compact(read("cifar10_search.json"))
    assert len(kept["decisions"]) == 40
    assert len(json.dumps(kept)) < 200_000  # it stands on the page


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (make_record() | {"kind": "sweep"}, "kind must be"),
        ([], "must be an object, but is []"),
        (5, "must be an object, but is 5"),
        (make_record() | {"history": []}, "no epoch yet"),
        (make_record(SMALL.change(slots=3)), "this search has inputs: 2, slots: 3"),
        (make_record(SMALL.change(inputs=1)), "this search has inputs: 1, slots: 2"),
        ({"kind": "search"}, "the record must have"),
        (make_record() | {"settings": {"nodes": 2, "depth": 3}}, "depth"),
        (make_record() | {"history": [{"theta": []}]}, "history[0] must have"),
        (make_record() | {"settings": as_json(CIFAR10)}, "must have 180 entries"),
        (changed(0, theta=[0.5]), "must have 60 entries"),
        (changed(1, theta=[10**30]), "history[1].theta[0] must be a finite number from 0 to 1"),
        (changed(1, genotype=5), "history[1].genotype must be an object, but is 5"),
        (changed(2, genotype={"normal": [[5]]}), "must"),
        (changed(0, epoch="one"), "history[0].epoch must be a whole number"),
        (changed(0, entropy=[]), "history[0].entropy must be a finite number or null"),
        (changed(0, warmup=None), "history[0].warmup must be true or false"),
        (
            make_record() | {"data": {"name": "x", "classes": 5, "shape": [1, 2, 2]}},
            "data.classes must be a list, but is 5",
        ),
        (make_record() | {"provenance": []}, "provenance must be an object, but is []"),
        (make_record() | {"resumed": 5}, "resumed must be a list, but is 5"),
    ],
)
def test_what_is_no_record_gets_a_sentence(record, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        compact(record)


def test_a_wrong_path_or_epoch_gets_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        replay(tmp_path / "nothing.json")
    with pytest.raises(ValueError, match="cannot be read"):
        replay("nothing.json")
    (tmp_path / "search.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="no JSON"):
        replay(tmp_path)
    with pytest.raises(ValueError, match="from 1 to 6"):
        replay(make_record(), epoch=7)


# ---- the script's arithmetic


@pytest.fixture(scope="module")
def script():
    return Script("engine.js", "figures/replay/record.js")


EVERYTHING = """
    const R = ASNG.replay;
    return { genotype: R.genotype(record, e), strength: R.strength(record, e), sure: R.sure(record, e, 0.6),
      settled: R.settled(record, e), changes: R.changes(record, e) };"""


@pytest.mark.parametrize("settings", [SMALL, CLUTTER.change(epochs=6, warmup=1 / 3)])
def test_the_script_reads_the_record_as_the_library_does(script, settings):
    record, space = make_record(settings), settings.space
    family = space.categorical(settings.strategy.margin)
    kept = compact(record)
    codes = np.array(kept["codes"])
    for e, line in enumerate(record["history"]):
        found = script(EVERYTHING, record=kept, e=e)
        assert found["genotype"] == line["genotype"]
        rows = family.rows(np.array(kept["theta"][e]) / 1000)
        assert found["sure"] == sum(row.max() >= 0.6 for row in rows)
        assert found["settled"] == (codes[e] == codes[-1]).sum()
        assert found["changes"] == (np.flatnonzero(codes[e] != codes[e - 1]).tolist() if e else [])
        expected = {kind: np.ones((settings.space.nodes, 2)) for kind in space.kinds}
        for row, c, d in zip(rows, codes[e], space.decisions, strict=True):
            expected[d.kind][d.node, d.slot] *= row[c]
        for kind in space.kinds:
            np.testing.assert_allclose(found["strength"][kind], expected[kind])


def test_the_next_change_is_found_in_both_directions(script):
    kept = compact(make_record())
    there = "return [0, 1, 2, 3, 4, 5].map((e) => ASNG.replay.nextChange(record, e, step));"
    assert script(there, record=kept, step=1) == [3, 3, 3, None, None, None]
    assert script(there, record=kept, step=-1) == [None, None, None, None, 3, 3]


# ---- in a browser


@pytest.fixture
def show(browser, tmp_path):
    """Return a function that opens a page with the figure of a record; no script may fail on it."""
    contexts, errors = [], []

    def show(record, width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        context.set_default_timeout(120_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.goto(write_page(tmp_path, figure_html("replay", compact(record) | options)))
        page.wait_for_selector(".asng-figure[data-summary]")
        return page

    yield show
    for context in contexts:
        context.close()
    assert errors == []


def summary(page):
    return json.loads(page.locator(".asng-figure").get_attribute("data-summary"))


def test_the_slider_goes_through_the_epochs(show):
    record = make_record()
    page = show(record)
    assert summary(page)["epoch"] == 6
    assert page.locator(".asng-notice").count() == 0
    slider = page.get_by_label("epoch", exact=True)
    slider.press("Home")
    for epoch in range(1, 7):
        found = summary(page)
        assert (found["epoch"], found["genotype"]) == (epoch, record["history"][epoch - 1]["genotype"])
        assert slider.get_attribute("aria-valuetext") == f"{epoch} of 6"
        slider.press("ArrowRight")
    page.get_by_role("button", name="Back to the last change").click()
    assert summary(page)["epoch"] == 4
    assert page.get_by_role("button", name="Back to the last change").is_disabled()
    page.wait_for_function("document.querySelector('.asng-summary').textContent.startsWith('Epoch 4')")
    assert "changed since the epoch before" in page.locator(".asng-summary").inner_text()


def test_it_plays_to_the_end_and_can_be_paused_from_the_slider(show):
    page = show(make_record())
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.asng-primary').textContent.includes('Play')")
    assert summary(page)["epoch"] == 6
    slider = page.get_by_label("epoch", exact=True)
    slider.press(" ")
    assert "Pause" in page.locator(".asng-primary").inner_text()
    slider.press(" ")
    assert "Play" in page.locator(".asng-primary").inner_text()


def test_a_decision_is_chosen_by_keys_and_by_mouse_and_told_in_words(show):
    record = make_record()
    page = show(record, epoch=1)
    page.get_by_role("tab", name="θ").click()
    radios = page.get_by_role("radiogroup", name="θ of the reduction cell")
    assert radios.get_by_role("radio").count() == len(SMALL.space.decisions) // 2
    first = radios.get_by_role("radio").first
    first.focus()
    assert summary(page)["decision"] == len(SMALL.space.decisions) // 2
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    chosen = SMALL.space.decisions[summary(page)["decision"]]
    assert str(chosen) == "reduction cell, node 1, first input"
    page.get_by_text("Reduction cell, node 1, first input, over the epochs").wait_for()
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert re.match("node 1, first input: .*previous cell .* %", label)
    assert page.locator(".asng-map input:checked").count() == 1
    row = page.get_by_role("radiogroup", name="θ of the normal cell").locator("label").nth(1)
    row.hover()
    assert summary(page)["decision"] == 1
    page.mouse.move(0, 0)
    assert SMALL.space.decisions[summary(page)["decision"]] == chosen
    row.click()
    page.mouse.move(0, 0)
    assert summary(page)["decision"] == 1


@pytest.mark.parametrize("settings", [SMALL, CLUTTER.change(epochs=8, warmup=0.25)])
def test_it_fits_a_telephone_with_one_cell_at_a_time(show, settings):
    record = make_record(settings, epochs=3)
    page = show(record, width=390, epoch=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("svg.asng-cell:visible").count() == 1
    if settings is SMALL:
        page.get_by_role("tab", name="θ").click()
        page.get_by_role("button", name="Reduction cell").click()
        page.get_by_role("radiogroup", name="θ of the reduction cell").wait_for()
        assert page.get_by_role("radiogroup", name="θ of the normal cell").is_hidden()
    notice = page.locator(".asng-notice").inner_text()
    assert f"it ends at step 30 of {10 * settings.epochs}, in epoch 4 of {settings.epochs}" in notice


def test_a_warm_up_and_a_record_of_one_epoch_are_no_trouble(show):
    record = make_record(CLUTTER.change(epochs=4, warmup=0.25), epochs=1)
    page = show(record)
    page.wait_for_function("document.querySelector('.asng-summary').textContent.includes('warm-up')")
    assert page.get_by_role("button", name="On to the next change").is_disabled()
