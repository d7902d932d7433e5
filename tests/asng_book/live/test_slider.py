"""A move of δ⁰: the old curve stays until the new one is whole, nothing stale is said, few workers compute it all."""

import re

import numpy as np
import pytest
from figure_page import write_page
from figure_script import MATHEMATICS, Script

from asng_book.live.files import figure_html
from asng_edu import Categorical
from asng_edu.sweeps import trial

# Notes what each painted frame shows. An observer of sizes is called after all that draws and before the paint.
WATCH = """
() => {
  const figure = document.querySelector(".asng-figure"), canvas = figure.querySelector("canvas");
  const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  Object.assign(copy.canvas, { width: canvas.width, height: canvas.height });
  const probe = document.body.appendChild(document.createElement("div"));
  window.frames = [];
  new ResizeObserver(() => {
    copy.clearRect(0, 0, canvas.width, canvas.height);
    copy.drawImage(canvas, 0, 0);
    const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    window.frames.push({
      ink: pixels.reduce((total, pixel) => total + (pixel !== 0), 0), whole: "summary" in figure.dataset,
      said: figure.querySelector("[role=status]").textContent, busy: figure.querySelector("[role=status]").ariaBusy,
      delta0: figure.querySelector("output").textContent,
      described: [...figure.querySelectorAll("[role=img]")].map((node) => node.ariaLabel).join(" "),
    });
  }).observe(probe);
  let width = 100;
  (function next() {
    width = 201 - width;
    probe.style.width = `${width}px`;
    requestAnimationFrame(next);
  })();
}
"""
COUNT = """
window.made = 0;
window.Worker = class extends Worker { constructor(address) { super(address); window.made += 1; } };
"""


def moves(page, count, pause):
    page.slider("first step size").focus()
    for _ in range(count):
        page.page.keyboard.press("ArrowRight")
        page.page.wait_for_timeout(pause)
    page.wait("figure.dataset.summary")
    page.page.wait_for_timeout(100)
    return page.page.evaluate("window.frames")


@pytest.fixture
def moving(open_page):
    """Return an open page whose frames are noted."""
    page = open_page(figure_html("explorer", {}), script=COUNT, reduced_motion="reduce")
    page.page.evaluate("ASNG.Ahead.REACH = -1")  # so that it computes what it is asked for, and nothing ahead
    page.page.evaluate(WATCH)
    page.page.wait_for_timeout(100)
    return page


def test_the_old_curve_stays_until_the_new_one_is_whole(moving):
    frames = moves(moving, 6, 120)
    before = None
    for frame in frames:
        if not frame["whole"]:
            assert frame["ink"] > 0.98 * before["ink"], (frame, before)
        else:
            before = frame
    assert sum(not frame["whole"] for frame in frames) > 3  # it was seen at work


def test_no_frame_says_anything_of_another_setting(moving):
    frames = moves(moving, 6, 60)
    for frame in frames:
        shown = frame["delta0"].split(" =")[0]
        assert f"δ⁰ = {shown}" in frame["said"].replace("−", "-"), frame
        stale = "" if frame["whole"] else frame["said"] + frame["described"].partition("θ as a heat map")[0]
        assert not re.search(r"draws|not found", stale), frame
    assert frames[-1]["busy"] != "true" or moving.wait("figure.querySelector('[role=status]').ariaBusy !== 'true'")


def test_the_ghost_is_lighter_and_goes(open_page):
    page = open_page(figure_html("explorer", {"updates": 20000}))
    light = """[...figure.querySelectorAll("canvas")].map((canvas) => {
      const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      Object.assign(copy.canvas, { width: canvas.width, height: canvas.height });
      copy.drawImage(canvas, 0, 0);
      const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
      return data.filter((value, i) => i % 4 === 3 && Math.abs(value - 0x66) < 2).length; })[0]"""
    whole = page.wait(light)
    page.slider("first step size").fill("97")
    page.wait(f"Number(figure.dataset.drawn) > 0.0084 && !figure.dataset.summary && {light} > {whole + 100}")
    page.wait("figure.dataset.summary")
    assert page.wait(light) < whole + 100


def test_twenty_moves_make_no_more_workers_than_leave_a_core_to_the_page(moving):
    frames = moves(moving, 20, 25)
    assert len({frame["delta0"] for frame in frames}) > 15
    assert 1 <= moving.page.evaluate("made") <= moving.page.evaluate("Math.max(1, navigator.hardwareConcurrency - 1)")


@pytest.mark.parametrize("script", [
    "window.Worker = function () { throw new Error('no workers here'); };",
    "const Real = Worker; window.Worker = function () { return new Real('blob:nowhere'); };",
])  # fmt: skip
def test_where_no_worker_can_be_had_the_page_computes_in_slices(browser, tmp_path, script):
    page = browser.new_page()
    page.add_init_script(script)
    page.goto(write_page(tmp_path, figure_html("explorer", {})))
    page.wait_for_selector(".asng-figure[data-summary]")
    page.get_by_label("first step size").first.fill("90")
    page.wait_for_selector(".asng-figure:not([data-summary])")
    page.wait_for_selector(".asng-figure[data-summary]")
    assert '"updates":10000' in page.locator(".asng-figure").get_attribute("data-summary")
    page.close()


def test_the_explorer_knows_the_races_round_the_one_that_it_shows(open_page):
    page = open_page(figure_html("explorer", {"updates": 1000}), reduced_motion="reduce")
    page.wait("Number(figure.dataset.known) >= 8")
    page.page.evaluate(WATCH)
    frames = moves(page, 3, 100)
    assert all(frame["whole"] and "Computing" not in frame["said"] for frame in frames)
    delta0 = float(page.figure.get_attribute("data-delta0"))
    alone = open_page(figure_html("explorer", {"updates": 1000, "delta0": delta0}), reduced_motion="reduce")
    assert alone.reached == page.reached


def test_another_setting_forgets_the_races_that_were_known(open_page):
    page = open_page(figure_html("explorer", {"updates": 1000}), reduced_motion="reduce")
    page.wait("Number(figure.dataset.known) >= 8")
    page.figure.get_by_text("Settings", exact=True).click()
    other = page.after(lambda: page.slider("learning rate").fill("150"))
    page.slider("first step size").focus()
    there = page.after(lambda: page.page.keyboard.press("ArrowRight"))
    assert there != other


def test_the_number_of_right_dimensions_is_what_python_expects():
    updates, dim, categories, options = 500, 30, 5, {"method": "asng", "delta0": 0.5, "eps_x": 0.05}
    found = Script(*MATHEMATICS)(
        """
        const normal = E.generator(3, 2), x = [...normal.fillNormal(new Float64Array(dim * categories))];
        const uniforms = [...E.generator(3, 1).fillUniform(new Float64Array(updates * 4 * dim))];
        const normals = [...normal.fillNormal(new Float64Array(updates * 2 * dim))];
        const run = ASNG.runNow("race", [options], 3, updates, updates)[0];
        return { x, uniforms, normals, right: [...run.right], solved: run.solved };
        """,
        updates=updates, dim=dim, categories=categories, options=options,
    )  # fmt: skip
    run = trial.new_trial(setting := trial.make_setting(**options), np.reshape(found["x"], (dim, categories)))
    trial.run_updates(
        setting, run, np.reshape(found["uniforms"], (updates, 4, dim)), np.reshape(found["normals"], (updates, 2, dim))
    )
    family, theta = Categorical(categories, dim=dim), run.theta.ravel()
    expected = [dim / categories, np.sum([row[0] for row in family.rows(theta)])]
    np.testing.assert_allclose(found["right"], expected, rtol=1e-6)
    drawn = family.sample(theta, np.random.default_rng(0), 4000)
    assert (drawn == 0).sum(axis=1).mean() == pytest.approx(found["right"][-1], abs=0.2)


DESK = """
let slices = [];
const posts = [], engine = {
  *count(name, to) {
    for (let n = 1; n <= to; n++) {
      const part = [`${name}${n}`];
      now += 10;
      yield { fraction: n / to, take: () => part.splice(0) };
    }
  },
  *fail() { yield { fraction: 0, take: () => null }; throw new Error("no more"); },
};
let now = 0;
globalThis.performance = { now: () => now };
const tell = ASNG.makeDesk(engine, (post) => posts.push(post), (slice) => slices.push(slice));
const turn = () => slices.splice(0).forEach((slice) => slice());
"""


def test_the_desk_takes_the_newest_job_first_and_drops_one_between_slices():
    posts = Script(*MATHEMATICS, "jobs.js")(
        DESK
        + """
        tell({ id: 1, job: "count", args: ["ahead", 2], background: true });
        turn();
        tell({ id: 2, job: "count", args: ["old", 9] });
        turn();
        tell({ id: 3, job: "count", args: ["new", 2] });
        turn();
        tell({ id: 2 });
        for (let i = 0; i < 9; i++) turn();
        return posts.map(({ id, part, done }) => [id, ...(part || []), done]);
        """
    )
    assert posts == [
        [1, "ahead1", False], [2, "old1", False], [3, "new1", False], [3, "new2", False], [3, True],
        [1, "ahead2", False], [1, True],
    ]  # fmt: skip


def test_a_job_that_fails_says_so_and_the_next_one_runs():
    posts = Script(*MATHEMATICS, "jobs.js")(
        DESK
        + """
        tell({ id: 1, job: "count", args: ["next", 1] });
        tell({ id: 2, job: "fail", args: [] });
        for (let i = 0; i < 9; i++) turn();
        return posts.map(({ id, failed = null }) => [id, failed]);
        """
    )
    assert posts == [[2, "no more"], [1, None], [1, None]]


def test_a_slice_that_is_over_before_it_begins_takes_one_step():
    posts = Script(*MATHEMATICS, "jobs.js")(
        DESK
        + """
        globalThis.performance = { now: () => (now += 1000) }; // as if something else had the core in between
        tell({ id: 1, job: "count", args: ["slow", 2] });
        for (let i = 0; i < 9; i++) turn();
        return posts.map(({ id, failed = null, part = [], done = null }) => [id, failed, ...part, done]);
        """
    )
    assert posts == [[1, None, "slow1", False], [1, None, "slow2", False], [1, None, True]]
