/* The first figure of the book: ASNG against a constant step, from one δ⁰ and on the same random numbers.
 *
 * Options: `delta0` and `eps_x`, where it starts; `updates`, how long a race is at most. Behind the reader's back all
 * positions of the slider are computed, the nearest first, so that a move of it only looks up; data-known counts them.
 * data-delta0 is the δ⁰ that is asked for, data-drawn that of the newest curves on the page; data-summary says in JSON what
 * each method reached, and is missing as long as not all of that is known.
 */
ASNG.register("welcome-race", function (element, options) {
  "use strict";
  const { ui, engine, settings, Race } = ASNG, parts = ASNG.raceParts;
  const METHODS = ["asng", "sng"], NAMES = { asng: "ASNG, which adapts its step", sng: "SNG, which keeps it" };
  const PLAY = 5; // seconds for a whole race
  const BATCH = 4; // positions that are computed abreast, on the same random numbers
  const state = { ...settings.DEFAULTS, methods: METHODS, delta0: 0.002, updates: 20000, ...options };
  delete state.host;
  const known = new Map(); // by δ⁰: runs by method, with θ at their end alone
  let head = null, exact = 0; // head: the point up to which is drawn, null for the end
  let frame = null, batch = null;

  const race = new Race({ changed: redraw, failed: (text) => summary.say(`The race failed: ${text}`) });
  const every = Race.every(state), last = () => Math.ceil(race.reach / every);
  const until = () => (head === null ? Infinity : head * every);

  const row = ui.controls(element);
  const delta0 = ui.slider(row, { label: "first step size δ⁰", min: 7e-5, max: 10.95, log: true, value: state.delta0, onInput: change });
  delta0.row.classList.add("asng-wide", "asng-lead");
  const chart = ui.chart(ui.panel(element, "Loss of the best of four samples, against updates"), {
    height: 190, label: "Loss against updates", x: { range: () => [0, state.updates] },
    y: { log: true, range: () => [0.05, 1.3 * parts.worstLoss(race)] }, series: parts.series(METHODS, 2),
    lines: () => [{ y: 1 / state.categories, text: "solved below this line", align: "right", dash: [3, 3] }],
    marks: () => parts.solutions(race, until(), 0.06, 6),
  });
  const legend = ui.legend(element, METHODS.map((method) => ({ label: NAMES[method], colour: method, dash: ui.METHODS[method].dash })));
  const belief = ui.panel(element, "What they believe: 30 choices across, five options down; option 0, the best, is at the top. " +
    "“Right”: how many choices a sample is expected to get right");
  belief.style.marginTop = "0.8rem";
  const maps = ui.thetaMaps(belief, () => (race.state ? parts.thetas(race, until()) : []));
  const summary = ui.summary(element);
  const bar = ui.buttons(element);
  ui.button(bar, { label: "Play", primary: true, onClick: play });
  ui.button(bar, { label: "Other random numbers", onClick: others });
  const animation = ui.animation(element, tick);

  /* ---- What is shown ---- */

  function change(value) {
    state.delta0 = value;
    animation.stop();
    head = null;
    delete element.dataset.summary;
    element.dataset.delta0 = value;
    const runs = known.get(value);
    if (runs) race.show({ ...state }, runs);
    else start();
  }

  function start() {
    race.start({ ...state });
    wait(`Computing δ⁰ = ${ui.number(state.delta0)} …`);
    redraw();
  }

  function wait(text) {
    delete element.dataset.summary;
    summary.wait(text);
    chart.describe(text);
  }

  function others() {
    state.seed += 1;
    known.clear();
    if (batch) batch.cancel();
    play();
    foresee();
  }

  /** Run the race again with θ on its way, and show it as it goes. */
  function play() {
    exact = 0;
    head = ui.reducedMotion() ? null : 0; // no moving picture: straight to the end
    start();
    if (head === null) return;
    race.ghosts = {};
    wait(`The race from δ⁰ = ${ui.number(state.delta0)} is on.`);
    animation.start();
  }

  /** The race may still be computed while it is shown. */
  function tick(seconds) {
    exact = Math.min(exact + (seconds * Race.POINTS) / PLAY, last());
    head = Math.floor(exact);
    const over = race.whole && head >= last();
    if (over) head = null;
    draw();
    return !over;
  }

  function redraw() {
    if (frame === null) frame = requestAnimationFrame(() => { frame = null; draw(); });
  }

  function draw() {
    const xs = parts.times(race);
    chart.set(xs, parts.columns(race, METHODS, "best", xs, until()));
    METHODS.forEach((method, i) => legend.say(i, result(race.runs[method])));
    maps.fit();
    if (race.list.some((run) => run.length > 1)) element.dataset.drawn = state.delta0;
    if (race.whole && head === null && !element.dataset.summary) tell();
  }

  function result(run) {
    if (!run || !race.ended(run) || until() < run.done) return "";
    return run.solved !== null ? `solved after ${ui.number(run.solved, 7)}` : "not solved";
  }

  function tell() {
    const [asng, sng] = METHODS.map((method) => race.runs[method]);
    const ends = (run) => (run.solved !== null ? `draws the best option of all 30 choices after ${ui.number(run.solved, 7)} updates`
      : `has not found it after ${ui.number(run.done, 7)}`);
    summary.say(`From δ⁰ = ${ui.number(state.delta0)}, ASNG ${ends(asng)}. The constant step ${ends(sng)}.`);
    chart.describe(`Loss against updates. ASNG ${race.outcome(asng)}; SNG ${race.outcome(sng)}.`);
    element.dataset.summary = JSON.stringify(race.results());
  }

  /* ---- What is computed ahead ---- */

  function foresee() {
    const apart = (value) => Math.abs(Math.log(value / state.delta0));
    const next = delta0.positions().filter((value) => !known.has(value)).sort((a, b) => apart(a) - apart(b)).slice(0, BATCH);
    element.dataset.known = known.size;
    if (!next.length) return;
    const list = next.flatMap((value) => Race.problems({ ...state, delta0: value })), runs = [];
    batch = ASNG.runAside("race", [list, state.seed, state.updates, every, false], {
      part: (stretches) => {
        for (const stretch of stretches) runs[stretch.place] = engine.joinStretch(runs[stretch.place], stretch);
      },
      done: () => {
        next.forEach((value, i) => known.set(value, Object.fromEntries(METHODS.map((method, j) => [method, runs[i * METHODS.length + j]]))));
        foresee();
      },
      failed: (text) => console.error(text), // the figure computes each position when it is asked for
    }, { background: true });
  }

  ui.onUnmount(element, () => {
    race.cancel();
    if (batch) batch.cancel();
    if (frame !== null) cancelAnimationFrame(frame);
  });
  play();
  foresee();
});
