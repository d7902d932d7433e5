/* The δ⁰ explorer: ASNG, SNG and Adam race on the problem of Fig. 4 from the same δ⁰, on the same random numbers.
 *
 * Options: any of ASNG.settings.DEFAULTS, `fig4`, rows of a sweep, whose curves are the track of the slider of δ⁰, and `trials`, those behind them. While a setting is computed, the
 * curves before it stay as ghosts. The element's data-delta0 is the δ⁰ that is asked for, data-drawn that of the newest
 * curves on the page, be they whole or not; data-summary says in JSON what each method reached, and is missing as long as not all of that is drawn.
 * Its parts: settings.js (ranges, the address), race.js (runs), ahead.js (those that may be wanted next), charts.js,
 * theta.js, fig4_slider.js, fig4.js. data-known counts the positions of the slider of δ⁰ that are computed already.
 */
ASNG.register("explorer", function (element, options) {
  "use strict";
  const { ui, settings, engine, Race } = ASNG;
  const PLAY = 8; // seconds for a whole run

  const { fig4 = null, trials = null, host = "page", ...given } = options;
  const begin = settings.lay(settings.DEFAULTS, given);
  const first = begin.state;
  const key = settings.newKey(element, "explorer");
  let state = { ...first };
  let head = null; // the point up to which is drawn; null for the end
  let complaints = begin.complaints; // about the address, to be told with the curves
  let frame = null; // in which all will be drawn, or null
  const race = new Race({ changed: redraw, failed });
  const every = () => Race.every(state);
  const last = () => Math.ceil(race.reach / every()); // the last point
  const point = () => (head === null ? last() : Math.min(head, last()));
  const until = () => (head === null ? Infinity : head * every());
  const shown = () => Math.min(until(), race.reach); // the largest update that is drawn

  /* ---- What the reader sees, from above ---- */

  const knobs = {};
  const nTheta = () => state.dim * (state.categories - 1);
  const power = (v) => ui.number(Math.round((100 * Math.log(v)) / Math.log(Math.max(2, nTheta()))) / 100);

  const charts = ASNG.raceCharts(element, { race, key, until });
  const progress = ui.el("progress", { max: 1, value: 0, "aria-label": "computing", class: "asng-thin" });
  const lead = ASNG.fig4Slider(element, { rows: fig4, trials, state: () => state, range: settings.RANGES.delta0,
    format: (v) => `${ui.number(v)} = n_θ^{${power(v)}}`, onInput: (delta0) => change({ delta0 }) });
  knobs.delta0 = lead.control;
  element.append(progress);
  const ahead = new ASNG.Ahead(knobs.delta0.positions(), (count) => { element.dataset.known = count; });
  const bar = ui.transport(element, { label: "shown up to update", at: point, last, go: move, rate: () => Race.POINTS / PLAY,
    format: () => ui.number(shown(), 7) });
  charts.addTheta(element);
  const trouble = ui.notice(element);
  const summary = ui.summary(element);

  const drawers = ui.el("div", { class: "asng-drawers" });
  element.append(drawers);
  const drawer = ui.more(drawers, "Settings");
  const checks = {}, racers = ui.el("div", { class: "asng-racers", role: "group", "aria-label": "methods" });
  drawer.append(racers);
  for (const [method, { label, dash }] of Object.entries(ui.METHODS)) {
    checks[method] = ui.checkbox(racers, { label, colour: method, onInput: () => {
      const methods = engine.METHODS.filter((m) => checks[m].value);
      if (methods.length) change({ methods });
      else checks[method].value = true; // at least one runs
    } });
    checks[method].row.append(ui.key(method, dash));
  }
  const more = ui.controls(drawer);
  slider(more, "eps_x", { label: "learning rate ε_x of x", log: true });
  slider(more, "lam", { label: "samples λ", values: [2, 3, 4, 6, 8, 12, 16, 24, 32] });
  slider(more, "alpha", { label: "target α of ‖s‖²/γ", step: 0.05 });
  slider(more, "dim", { label: "dimensions D", step: 1 });
  slider(more, "categories", { label: "categories K", step: 1 });
  slider(more, "seed", { label: "seed", step: 1, max: 100 });
  slider(more, "updates", { label: "updates at most", values: [200, 400, 1000, 2000, 5000, 10000, 20000, 50000, 100000] });
  knobs.guard = ui.checkbox(more, { label: "guard δ ≤ √n_θ", onInput: (guard) => change({ guard }) });
  const buttons = ui.buttons(drawer);
  ui.button(buttons, { label: "Reset", onClick: reset });
  ui.button(buttons, { label: host === "notebook" ? "Copy as Python" : "Copy link", onClick: copy });
  charts.addSignal(ui.more(drawers, "Inside ASNG"));
  const sweep = ASNG.fig4(ui.more(drawers, "Run Fig. 4 yourself"), { slider: lead, state: () => state });

  function slider(parent, name, shape) {
    const [min, max] = settings.RANGES[name];
    knobs[name] = ui.slider(parent, { min, max, value: state[name], ...shape, onInput: (value) => change({ [name]: value }) });
  }

  /** Controls that say what the state is. */
  function show() {
    for (const [name, knob] of Object.entries(knobs)) if (knob.value !== state[name]) knob.value = state[name];
    for (const method of engine.METHODS) checks[method].value = state.methods.includes(method);
    knobs.delta0.refresh(); // its exponent depends on D and K
  }

  /* ---- A change of the setting ---- */

  function change(given) {
    state = { ...state, ...given };
    show();
    address.changed();
    request();
  }

  function request() {
    delete element.dataset.summary;
    element.dataset.delta0 = state.delta0;
    const known = ahead.find(state);
    if (known) race.show({ ...state }, known);
    else race.start({ ...state });
    const text = `Computing δ⁰ = ${ui.number(state.delta0)} …`;
    summary.wait(text);
    charts.describe(text);
    trouble.say("");
    lead.redraw();
    sweep.redraw();
    redraw();
  }

  function redraw() {
    if (frame === null) frame = requestAnimationFrame(() => { frame = null; draw(); });
  }

  function failed(text) {
    trouble.say(`The run failed: ${text}`);
    summary.say(`There is no curve for δ⁰ = ${ui.number(state.delta0)}.`);
  }

  function reset() {
    bar.stop();
    head = null;
    change({ ...first });
  }

  function draw() {
    if (!race.state) return;
    charts.draw();
    bar.refresh();
    progress.value = race.fraction;
    progress.style.visibility = race.whole ? "hidden" : "visible";
    element.dataset.shown = shown();
    if (race.list.some((run) => run.length > 1)) element.dataset.drawn = race.state.delta0;
    if (race.whole && !element.dataset.summary) tell();
  }

  /** Say, to readers and to tests, what came out. */
  function tell() {
    const text = race.list.map((run) => `${ui.METHODS[run.method].label} ${race.outcome(run)}`).join("; ");
    summary.say(`From δ⁰ = ${ui.number(state.delta0)} with ε_x = ${ui.number(state.eps_x)}, ${2 * state.lam} samples per update: ${text}.`);
    charts.describe(`${text}.`);
    const stopped = race.list.filter((run) => run.broken);
    trouble.say([...complaints, ...stopped.map((run) => `${ui.METHODS[run.method].label} stops after ${ui.number(run.done, 7)} updates: ${run.broken}`)].join(" "));
    complaints = [];
    element.dataset.summary = JSON.stringify(race.results());
    lead.mark(state.delta0, Object.fromEntries(race.list.map((run) => [run.method, run.solved])));
    ahead.keep(state, race.runs);
    ahead.foresee(state);
  }

  function move(to) {
    head = to >= last() ? null : to;
    draw();
  }

  /* ---- The address of the page, and what is copied ---- */

  const address = settings.link(element, key, {
    off: host === "notebook", // there the address is the notebook's
    text: () => settings.write(state, first),
    take(found) {
      const laid = settings.lay(first, settings.read(found));
      complaints = laid.complaints;
      state = laid.state;
      show();
      request();
    },
  });

  async function copy({ currentTarget }) {
    const label = currentTarget.textContent;
    const text = host === "notebook" ? settings.python(state) : address.whole();
    try {
      await navigator.clipboard.writeText(text);
      currentTarget.textContent = "Copied";
      setTimeout(() => { currentTarget.textContent = label; }, 1500);
    } catch {
      trouble.say(`This browser does not let the page copy; here it is: ${text}`);
    }
  }

  ui.onUnmount(element, () => {
    race.cancel();
    ahead.cancel();
    if (frame !== null) cancelAnimationFrame(frame);
  });
  show();
  request();
  address.follow();
});
