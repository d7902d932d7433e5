/* The first figure of the book: ASNG against a constant step, from one δ⁰ and on the same random numbers.
 *
 * Options: `delta0`, where it starts; `outcomes` and `first`, what is known of all positions and of one (all_races.js). Behind the reader's back all
 * positions are computed, the nearest first, so that a move of the slider only looks up; data-known counts them.
 * data-delta0 is the δ⁰ that is asked for, data-drawn that of the newest whole race on the page; data-summary says in JSON
 * what each method reached, and is missing as long as the race that is asked for is not drawn.
 */
ASNG.register("welcome-race", function (element, options) {
  "use strict";
  const { ui, engine, WelcomeRaces } = ASNG, { METHODS, SETTING, POSITIONS, EVERY, POINTS } = WelcomeRaces;
  const PLAY = 5; // seconds for a whole race
  const races = new WelcomeRaces(options, { known, failed: (text) => summary.say(`The race failed: ${text}`) });
  let at = WelcomeRaces.place(options.delta0 || 0.002);
  let drawn = null; // { at, runs, point }: what the maps show; point is null at the end of the runs
  let exact = 0;

  element.append(ui.el("p", { class: "asng-hint" },
    "Each column is a choice among five options. The stronger its colour, the more probable an option; the right ones are on top."));
  const whats = { asng: "adapts its step", sng: "keeps its step" };
  const contenders = METHODS.map((method) => ASNG.contender(element, { method, what: whats[method] }));
  const strip = ASNG.outcomeStrip(element, { value: POSITIONS[at], outcomes: () => races.outcomes, onInput: (value) => go(WelcomeRaces.place(value)) });
  const bar = ui.buttons(element);
  ui.button(bar, { label: "Play", primary: true, onClick: play });
  ui.button(bar, { label: "Other random numbers", onClick: others });
  bar.append(ui.el("span", { class: "asng-hint" }, `Right: options in one draw, on average. Success: a single draw with all ${SETTING.dim} right, and their weights trained, within ${ui.number(SETTING.updates, 7)} updates.`));
  const summary = ui.summary(element);
  summary.node.classList.add("visually-hidden"); // the maps say it to the eye
  const animation = ui.animation(element, tick);

  /* ---- From the slider to a race ---- */

  function go(position) {
    animation.stop();
    races.drop();
    at = races.near = position;
    element.dataset.delta0 = POSITIONS[at];
    delete element.dataset.summary;
    const runs = races.runs.get(at);
    if (runs) show(runs);
    else compute();
  }

  function compute() {
    summary.wait(`Computing δ⁰ = ${ui.number(POSITIONS[at], 2)} …`);
    draw();
    races.run(at, (found) => { if (WelcomeRaces.whole(found)) show(found); });
  }

  function show(runs) {
    drawn = { at, runs, point: null };
    element.dataset.drawn = POSITIONS[at];
    races.keep(at, runs);
    draw();
    tell();
  }

  function others() {
    races.begin(races.seed + 1);
    drawn = null;
    strip.redraw();
    go(at);
    races.foresee(at);
  }

  /** Run the race again with θ on its way, and show it as it goes. */
  function play() {
    animation.stop();
    delete element.dataset.summary;
    if (ui.reducedMotion()) return compute(); // no moving picture: its end
    summary.wait(`The race from δ⁰ = ${ui.number(POSITIONS[at], 2)} is on.`);
    exact = 0;
    drawn = { at, runs: {}, point: 0 };
    races.run(at, (found) => { drawn.runs = { ...found }; });
    animation.start();
  }

  /** The race may still be computed while it is shown. */
  function tick(seconds) {
    const whole = WelcomeRaces.whole(drawn.runs), reach = Math.max(1, ...Object.values(drawn.runs).map((run) => run.length - 1));
    exact = Math.min(exact + (seconds * POINTS) / PLAY, reach);
    drawn.point = Math.floor(exact);
    if (whole && exact >= reach) {
      show(drawn.runs);
      return false;
    }
    draw();
    return true;
  }

  function known() {
    element.dataset.known = races.runs.size;
    strip.redraw();
  }

  /* ---- What is shown ---- */

  function draw() {
    const ghost = drawn !== null && drawn.at !== at;
    METHODS.forEach((method, i) => {
      const run = drawn?.runs[method];
      if (!run) return contenders[i].show({ says: drawn ? "" : outcome(races.outcomes[method][at]) });
      const last = run.length - 1, point = drawn.point === null ? last : Math.min(drawn.point, last);
      const says = ghost ? outcome(races.outcomes[method][at]) : point === last && engine.ended(run) ? outcome(run.solved) : `${ui.number(point * EVERY, 7)} updates`;
      contenders[i].show({ run, point, ghost, says });
    });
  }

  function outcome(solved) {
    if (solved === undefined) return "computing …";
    return solved === null ? `fails in ${ui.number(SETTING.updates, 7)}` : `succeeds after ${ui.number(solved, 7)}`;
  }

  function tell() {
    const results = Object.fromEntries(METHODS.map((method) => {
      const run = drawn.runs[method], last = run.length - 1;
      return [method, { solved: run.solved, updates: run.done, right: run.right[last], loss: run.best[last] }];
    }));
    const ends = ({ solved, right }) => `${outcome(solved)} updates, with ${right.toFixed(1)} of ${SETTING.dim} choices expected right`;
    summary.say(`From δ⁰ = ${ui.number(POSITIONS[at], 2)}, ASNG ${ends(results.asng)}. The constant step ${ends(results.sng)}.`);
    element.dataset.summary = JSON.stringify(results);
  }

  ui.onUnmount(element, () => races.cancel());
  go(at);
  races.foresee(at);
});
