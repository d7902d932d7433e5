/* The first figure of the book: ASNG against a constant step, from one δ⁰ and on the same random numbers.
 *
 * Options: `delta0` and `eps_x`, where it starts; `updates`, how long a race is at most. data-summary says in JSON what
 * each method reached.
 */
ASNG.register("welcome-race", function (element, options) {
  "use strict";
  const { ui, settings, Race } = ASNG;
  const METHODS = ["asng", "sng"], NAMES = { asng: "ASNG, which adapts its step", sng: "SNG, which keeps it" };
  const FILM = 5; // seconds for a whole race
  const state = { ...settings.DEFAULTS, methods: METHODS, delta0: 0.002, updates: 20000, ...options };
  delete state.host;
  let head = null, exact = 0, asked = false, outcome = ""; // head: the point up to which is drawn, null for the end

  const race = new Race({ drawn: draw, progress: () => {}, finished, failed: (text) => summary.say(`The race failed: ${text}`) });
  const point = () => (head === null ? race.last : Math.min(head, race.last));

  const row = ui.controls(element);
  const delta0 = ui.slider(row, { label: "first step size δ⁰", min: 7e-5, max: 10.95, log: true, value: state.delta0, onInput: change });
  delta0.row.classList.add("asng-wide", "asng-lead");
  const chart = ui.chart(ui.panel(element, "Loss of the best of four samples, against updates"), {
    height: 190, label: "Loss against updates", x: { range: () => [0, state.updates] },
    y: { log: true, range: () => [0.05, 1.3 * Math.max(1, ...race.list.map((run) => run.best[1] || 1))] },
    series: METHODS.map((method) => ({ label: ui.METHODS[method].label, colour: method, dash: ui.METHODS[method].dash, width: 2 })),
    lines: () => [{ y: 1 / state.categories, text: "solved below this line", align: "right", dash: [3, 3] }],
    marks: () => race.list.filter((run) => run.solved !== null && run.length - 1 <= point()).map((run) => ({
      x: run.solved, y: Math.max(0.06, run.best[run.length - 1]), colour: run.method, marker: ui.METHODS[run.method].marker, size: 6,
    })),
  });
  const legend = ui.legend(element, METHODS.map((method) => ({ label: NAMES[method], colour: method, dash: ui.METHODS[method].dash })));
  const belief = ui.panel(element, "What they believe: 30 choices across, five options down; option 0, the best, is at the top");
  belief.style.marginTop = "0.8rem";
  const maps = ui.thetaMaps(belief, thetas);
  const summary = ui.summary(element);
  const bar = ui.buttons(element);
  ui.button(bar, { label: "Play", primary: true, onClick: play });
  ui.button(bar, { label: "Other random numbers", onClick: () => { state.seed += 1; start(); play(); } });
  const animation = ui.animation(element, tick);

  function change(value) {
    state.delta0 = value;
    animation.stop();
    head = null;
    if (asked) return;
    asked = true;
    requestAnimationFrame(start);
  }

  function start() {
    asked = false;
    race.start({ ...state });
  }

  function play() {
    exact = 0;
    if (ui.reducedMotion()) head = null; // no moving picture: straight to the end
    else {
      head = 0;
      animation.start();
    }
    draw();
  }

  /** The race may still be running when the animation begins. */
  function tick(seconds) {
    exact += (seconds * Race.POINTS) / FILM;
    head = Math.floor(exact);
    const over = race.list.every((run) => race.ended(run)) && head >= race.last;
    if (over) {
      head = null;
      summary.say(outcome);
    } else exact = Math.min(exact, race.last);
    draw();
    return !over;
  }

  function finished() {
    const [asng, sng] = METHODS.map((method) => race.runs[method]);
    const ends = (run) => (run.solved !== null ? `draws the best option of all 30 choices after ${ui.number(run.solved, 7)} updates`
      : `has not found it after ${ui.number(run.done, 7)}`);
    outcome = `From δ⁰ = ${ui.number(state.delta0)}, ASNG ${ends(asng)}. The constant step ${ends(sng)}.`;
    if (!animation.running) summary.say(outcome); // else when the animation has shown it
    chart.describe(`Loss against updates. ASNG ${race.outcome(asng)}; SNG ${race.outcome(sng)}.`);
    element.dataset.summary = JSON.stringify(race.results());
  }

  function draw() {
    const size = Math.ceil(state.updates / race.every) + 1;
    const xs = Array.from({ length: size }, (_, i) => Math.min(i * race.every, state.updates));
    chart.set(xs, METHODS.map((method) => {
      const run = race.runs[method], values = new Array(size).fill(null);
      for (let i = 0; run && i < run.length && i <= point(); i++) values[i] = run.best[i];
      return values;
    }));
    METHODS.forEach((method, i) => legend.say(i, result(race.runs[method])));
    maps.fit();
  }

  function result(run) {
    if (!run || point() < run.length - 1) return "";
    if (run.solved !== null) return `solved after ${ui.number(run.solved, 7)}`;
    return race.ended(run) ? "not solved" : "";
  }

  function thetas() {
    const { dim, categories } = state, width = dim * categories;
    return race.list.map((run) => {
      const at = Math.min(point(), run.length - 1);
      return { label: ui.METHODS[run.method].label, colour: run.method, dim, categories, updates: race.time(run, at),
        theta: run.theta.subarray(at * width, (at + 1) * width) };
    });
  }

  ui.onUnmount(element, () => race.cancel());
  start();
  play();
});
