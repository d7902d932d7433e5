/* A recorded search under a slider: the most probable cell, θ and the curves, epoch by epoch; a view for each.
 *
 * Options: a record as asng_book.live.replay makes it; `epoch`, where the slider starts. data-summary says in JSON what
 * is shown: { epoch, genotype, sure, settled, decision }. The record's arithmetic: record.js; θ: theta.js.
 */
ASNG.register("replay", function (element, record) {
  "use strict";
  const { ui, cells, replay: R, replayTheta: T } = ASNG;
  const EPOCHS_A_SECOND = 4;
  const { epochs, curves, decisions } = record, last = epochs.length - 1, kinds = Object.keys(record.template);
  let now = record.epoch ? Math.max(0, epochs.indexOf(record.epoch)) : last;
  let chosen = null, hovered = null, kind = kinds[0], seen = 0;

  element.append(ui.el("style", {}, T.STYLE + `
    .asng-replay { container-type: inline-size; }
    .asng-scrub { position: sticky; top: var(--asng-top, 0); z-index: 3; background: var(--asng-ground); padding: 0.35rem 0; border-bottom: 1px solid var(--asng-grid); }
    .asng-scrub .asng-buttons { margin: 0; flex-wrap: nowrap; }
    .asng-scrub .asng-control { flex: 1; min-width: 0; }
    .asng-figure .asng-scrub button { white-space: nowrap; }
    .asng-figure .asng-scrub .asng-primary { min-width: 5.2rem; }
    .asng-scrub .asng-label { font-size: 0.95em; }
    .asng-scrub output { color: var(--asng-text); font-weight: 600; }
    .asng-pair { display: grid; grid-template-columns: repeat(${kinds.length}, minmax(0, 1fr)); gap: 0.8rem 1.8rem; margin: 0.7rem 0; }
    .asng-pair > div { min-width: 0; }
    .asng-kinds { display: none; }
    .asng-figure .asng-kinds [aria-pressed="true"] { background: var(--asng-text); border-color: var(--asng-text); color: var(--asng-ground); }
    .asng-curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); gap: 0.7rem 1.2rem; margin: 0.8rem 0; align-items: end; }
    .asng-figure .asng-replay > .asng-summary { min-height: 4.3em; }
    .asng-curves > div { min-width: 0; cursor: pointer; }
    .asng-curves .asng-legend { font-size: 0.92em; gap: 0 0.8rem; } .asng-curves .asng-hint { color: var(--asng-text); font-weight: 600; font-variant-numeric: tabular-nums; }
    .bd-article .asng-scrub { --asng-top: 3rem; } div.cell_output .output:has(.asng-replay) { overflow: visible; } /* or nothing sticks */
    @container (max-width: 38rem) {
      .asng-pair { grid-template-columns: minmax(0, 1fr); }
      .asng-figure .asng-replay > .asng-summary { min-height: 7.2em; }
      .asng-kinds:not(.asng-elsewhere) { display: flex; } .asng-pair > .asng-away { display: none; }
      .asng-scrub .asng-roomy { display: none; }
      .asng-curves { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.7rem 0.4rem; }
    }`));
  const page = ui.el("div", { class: "asng-replay" });
  element.append(page);

  /* ---- What there is ---- */

  if (!record.finished) {
    page.append(ui.el("p", { class: "asng-notice" }, `This record is not finished: it ends at step ${ui.number(record.step, 7)} of ` +
      `${ui.number(record.steps, 7)}, in epoch ${Math.min(record.planned, epochs[last] + 1)} of ${record.planned}. What it shows is where the search is, not where it ended.`));
  }
  const scrub = ui.el("div", { class: "asng-scrub" }), bar = ui.buttons(scrub);
  page.append(scrub);
  const play = ui.button(bar, { label: "▶ Play", primary: true, onClick: toggle });
  const slider = ui.slider(bar, { label: "epoch", values: epochs.map((_, e) => e), value: now,
    format: (e) => `${epochs[e]} of ${epochs[last]}`, onInput: (e) => { player.stop(); show(e); } });
  slider.input.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    toggle();
  });
  const jump = (label, title, step) => {
    const button = ui.button(bar, { label: "", title, onClick: () => { player.stop(); show(R.nextChange(record, now, step)); } });
    button.append(...label.map((part) => ui.el("span", { class: part.length > 1 ? "asng-roomy" : null }, part)));
    button.setAttribute("aria-label", title);
    return button;
  };
  const back = jump(["‹", " change"], "Back to the last change of the most probable cell", -1);
  const forth = jump(["change ", "›"], "On to the next change of the most probable cell", 1);
  const summary = ui.summary(page);

  const chooser = ui.el("div", { class: "asng-buttons asng-kinds" }); // of the cell, where there is room for one
  if (kinds.length < 2) chooser.hidden = true;
  const structure = ui.el("div"), probabilities = ui.el("div"), grid = ui.el("div", { class: "asng-curves" });
  ui.tabs(page, [["cells", "The cells", chooser, structure], ["theta", "θ", chooser, probabilities], ["curves", "Curves", grid]]);
  page.append(chooser, structure, probabilities, grid);
  const titles = Object.fromEntries(kinds.map((name) => [name, `${name[0].toUpperCase()}${name.slice(1)} cell`]));
  const pairs = [structure, probabilities].map((view) => view.appendChild(ui.el("div", { class: "asng-pair" })));
  const parts = kinds.map((name) => {
    const nodes = pairs.map((pair) => pair.appendChild(ui.el("div", {}, ui.el("p", { class: "asng-title" }, titles[name]))));
    const picture = cells.drawing(nodes[0], { title: `Most probable ${name} cell`, output: record.output });
    const map = T.map(nodes[1], record, name, { choose, hover });
    const button = ui.button(chooser, { label: titles[name], onClick: () => { kind = name; turn(); } });
    return { name, nodes, picture, map, button };
  });
  cells.legend(structure, record.operations);
  structure.append(ui.el("p", { class: "asng-hint" },
    "The more probable a slot’s choice (input and operation together), the stronger its line; its half of the node is in full colour from 90 % on, and pale below."));
  probabilities.append(ui.el("p", { class: "asng-hint" }, "From 0 ", ui.el("span", { class: "asng-ramp", style: "float: none" }, ui.el("i")),
    " to 1: a line for each slot, what it reads and what it applies, the most probable one underlined; " +
    "in0 is the cell before the previous, in1 the previous cell, n0 node 0. Tap a decision to see how it was made:"));
  const bands = T.bands(probabilities, record, { go: (e) => { player.stop(); show(e); } });

  const X = { min: epochs[0], max: Math.max(epochs[last], epochs[0] + 1), format: String };
  const ratio = curves.s_norm2.map((value, e) => (value === null || !curves.gamma[e] ? null : value / curves.gamma[e]));
  const [least, most] = record.entropy_range;
  const charts = [
    curve([["entropy of P_θ, nats (dashed: uniform, least)", "asng", curves.entropy]], { min: 0, max: 1.08 * most }, [{ y: most, dash: [3, 3] }, { y: least, dash: [3, 3] }]),
    curve([["mean of the largest θ", "asng", curves.mean_max_theta]], { min: 0, max: 1 }),
    curve([["δ", "asng", curves.delta]], { log: true, format: (v) => ui.number(v, 2) }),
    curve([[`‖s‖²/γ (dashed: α = ${record.alpha})`, "asng", ratio]], { range: () => [0, Math.max(2 * record.alpha, 1.1 * Math.max(...ratio))] }, [{ y: record.alpha, colour: "text", dash: [3, 3] }]),
    curve([["loss on D_x", "muted", curves.train_loss], ["on D_θ", "asng", curves.theta_loss, [6, 3]]], {}),
    curve([["accuracy on D_x, %", "muted", percents(curves.train_accuracy)], ["on D_θ", "asng", percents(curves.theta_accuracy), [6, 3]]], {}),
  ];

  const player = ui.animation(element, (seconds) => {
    seen += seconds * EPOCHS_A_SECOND;
    const steps = Math.max(0, Math.floor(seen)); // the first frame may have begun before the click
    seen -= steps;
    if (steps) show(Math.min(last, now + steps));
    return now < last;
  }, (running) => {
    play.textContent = running ? "❚❚ Pause" : "▶ Play";
    summary.node.setAttribute("aria-live", running ? "off" : "polite"); // not every epoch is read out
    if (!running) show(now);
  });

  /* ---- The curves ---- */

  function percents(values) {
    return values.map((value) => (value === null ? null : Math.round(1000 * value) / 10));
  }

  /** A small chart of some series [label, colour, values, dash], with the epoch that is shown; a click goes to another. */
  function curve(series, y, rules = []) {
    const node = ui.el("div");
    grid.append(node);
    const key = ui.legend(node, series.map(([label, colour, , dash]) => ({ label, colour, dash })));
    let below = null;
    const chart = ui.chart(node, {
      height: 118, x: X, y, series: series.map(([label, colour, , dash]) => ({ label, colour, dash })),
      lines: () => [...rules, { x: epochs[now], colour: "text" }],
      marks: () => series.filter(([, , values]) => values[now] !== null).map(([, colour, values]) => ({ x: epochs[now], y: values[now], colour, size: 4 })),
      onHover: (index) => { below = index; },
    });
    chart.set(epochs, series.map(([, , values]) => values));
    node.addEventListener("click", () => { if (below !== null) { player.stop(); show(below); } });
    return () => {
      series.forEach(([, , values], i) => key.say(i, values[now] === null ? "–" : ui.number(values[now])));
      chart.describe(`${series.map(([label]) => label.replace(/_/g, " ")).join(", ")} over the epochs ${epochs[0]} to ${epochs[last]}: ` +
        series.map(([, , values]) => `from ${ui.number(values[0] ?? NaN)} to ${ui.number(values[last] ?? NaN)}`).join(", "));
      chart.redraw();
    };
  }

  /* ---- What the reader does ---- */

  function toggle() {
    if (player.running) return player.stop();
    if (ui.reducedMotion()) return show(now === last ? 0 : last);
    if (now === last) show(0);
    seen = 0;
    player.start();
  }

  function choose(i) {
    chosen = i;
    hovered = null;
    detail();
  }

  function hover(i) {
    hovered = i;
    detail();
  }

  function turn() {
    parts.forEach(({ name, nodes, button }) => {
      nodes.forEach((node) => node.classList.toggle("asng-away", name !== kind));
      button.setAttribute("aria-pressed", String(name === kind));
    });
  }

  function detail() {
    parts.forEach(({ map }) => map.mark(chosen));
    bands.show(hovered ?? chosen, now);
    report();
  }

  /* ---- What is shown ---- */

  function show(e) {
    now = e;
    slider.value = e;
    const genotype = R.genotype(record, e), strength = R.strength(record, e), rows = R.rows(record, e);
    for (const { name, picture, map } of parts) {
      picture.draw(genotype[name], { opacity: strength[name], seconds: player.running ? 0.8 / EPOCHS_A_SECOND : 0.4 });
      map.show(rows, record.codes[e]);
    }
    charts.forEach((update) => update());
    back.disabled = R.nextChange(record, e, -1) === null;
    forth.disabled = R.nextChange(record, e, 1) === null;
    detail();
    summary.say(sentence(e));
  }

  function sentence(e) {
    const value = (name, factor = 1) => (curves[name][e] === null ? null : ui.number(factor * curves[name][e]));
    const changed = R.changes(record, e), sure = R.sure(record, e), D = decisions.length;
    const said = [`Epoch ${epochs[e]}${epochs[e] <= record.warmup ? ", in the warm-up, where θ rests" : ""}: the entropy is ${value("entropy")} of ${ui.number(most)} nats; ` +
      `${sure} of ${D} decisions have an option above 90 %.`];
    if (e > 0) said.push(changed.length ? `Of the most probable cell ${changed.length === 1 ? "one decision has" : `${changed.length} decisions have`} changed since the epoch before.` : "The most probable cell is that of the epoch before.");
    if (e < last) said.push(`${R.settled(record, e)} of ${D} decisions are as at epoch ${epochs[last]}.`);
    if (value("delta") !== null) said.push(`δ = ${value("delta")}.`);
    if (value("theta_accuracy") !== null) said.push(`The sampled cells get ${value("theta_accuracy", 100)} % of D_θ right.`);
    return said.join(" ");
  }

  function report() {
    element.dataset.summary = JSON.stringify({ epoch: epochs[now], genotype: R.genotype(record, now), sure: R.sure(record, now), settled: R.settled(record, now), decision: hovered ?? chosen });
  }

  // The operation of the first kind of cell that was the last to change its mind has the most to tell.
  const telling = (i) => decisions[i][0] === kinds[0] && decisions[i][3] === "operation";
  chosen = Math.max(0, [...decisions.keys()].findIndex(telling));
  for (let e = 1; e <= last; e++) chosen = R.changes(record, e).find(telling) ?? chosen;
  turn();
  show(now);
});
