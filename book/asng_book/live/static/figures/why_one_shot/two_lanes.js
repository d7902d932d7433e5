/* Training each network alone against sharing weights, racing on one budget: what each has judged, and what it favours.
 *
 * Options, from asng_book.live.two_lanes: `suits`, `price`, `pull` of the toy; `training`, the steps of an inner level; `budget`, in steps
 * of the weights; `conflict`; `seed`. data-summary has { steps, training, conflict, seed, two: { judged, favourite, rank, believed }, one: … } in JSON.
 */
ASNG.register("two-lanes", function (element, options) {
  "use strict";
  const { ui, lanes: L } = ASNG;
  const { suits, price, pull } = options, numbers = { suits, price, pull };
  const SECONDS = 10, EDGE = 8; // of a whole race; pixels round a map
  const LANES = { two: { title: "Two levels: each network is trained alone", name: "Two levels", colour: "text" },
    one: { title: "One-shot: all networks share their weights", name: "One-shot", colour: "asng" } };
  const names = Object.keys(LANES);
  let seed = options.seed || 1, race = null, ranks = null;

  element.append(ui.el("style", {}, `
    .asng-lanes { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0.3rem 1.4rem; }
    .asng-figure .asng-lane { color: var(--asng-muted); font-variant-numeric: tabular-nums; display: flex; flex-wrap: wrap; column-gap: 1.2rem; }
    .asng-ringed { display: inline-block; width: 0.85em; height: 0.85em; border: 2px solid; border-radius: 50%; vertical-align: -0.1em; }
    .asng-lane b { color: var(--asng-text); font-size: 1.35rem; line-height: 1.1; }
    @media (max-width: 480px) { .asng-lanes { gap: 0.3rem 0.8rem; } .asng-lanes .asng-title { min-height: 4.2em; } }`));
  const controls = ui.controls(element);
  const training = ui.slider(controls, { label: "steps of each training", min: 1, max: 200, log: true, whole: true, value: options.training || 60, onInput: begin });
  const budget = ui.slider(controls, { label: "budget, in steps", min: 100, max: 6000, log: true, whole: true, value: options.budget || 600,
    format: (v) => ui.number(v, 2), onInput: begin });
  const conflict = ui.slider(controls, { label: "disagreement", min: 0, max: 2, step: 0.1, value: options.conflict || 0,
    format: (v) => (v === 0 ? "none" : v.toFixed(1)), onInput: begin });
  const grid = ui.el("div", { class: "asng-lanes" });
  element.append(grid);
  const order = L.byTruth(numbers); // of the rows and the columns of a map
  const parts = Object.fromEntries(names.map((name) => {
    const panel = ui.panel(grid, LANES[name].title), said = ui.el("p", { class: "asng-lane" });
    panel.append(said);
    return [name, { said, map: ui.canvas(panel, { height: (width) => Math.min(width, 320), label: LANES[name].title, draw: (...given) => drawMap(name, ...given) }) }];
  }));
  element.append(ui.el("p", { class: "asng-hint" }, "A square is a network that was judged: the stronger its colour, the less loss it seems to have. The networks are ordered by their choices, each from good to bad: the best is at the top left, the worst at the bottom right. ",
    ...[["aim", "the best"], ["text", "the favourite"]].flatMap(([colour, words]) =>
      [ui.el("i", { class: "asng-ringed", style: `border-color: var(--asng-${colour})` }), ` ${words} `])));
  const chart = ui.chart(ui.panel(element, "True rank of the favourite"), { height: 130, right: 78, x: { range: () => [0, 2 * last()] },
    y: { log: true, range: () => [0.8, 800], splits: () => [1, 10, 100, 625] }, over: labels,
    series: names.map((name) => ({ label: LANES[name].name, colour: LANES[name].colour, width: 2.25 })), lines: () => [{ x: steps(), colour: "muted" }] });
  const bar = ui.transport(element, { label: "steps so far", at: () => (race ? race.position : 0), last, go, rate: () => last() / SECONDS,
    format: (position) => ui.number(L.STEPS * position, 4) });
  const row = ui.buttons(element);
  ui.button(row, { label: "Other random numbers", onClick: () => { seed += 1; begin(); } });
  const truth = ui.checkbox(row, { label: "show the networks as they are in truth", onInput: show });
  const summary = ui.summary(element);

  function last() { return Math.round(budget.value / L.STEPS); }
  function steps() { return L.STEPS * race.position; }
  const settings = () => ({ training: training.value, conflict: conflict.value, seed });

  /** Run the race of the settings to its end. */
  function begin() {
    ranks = L.ranks(numbers, settings(), last());
    chart.set(ranks.one.map((_, position) => L.STEPS * position), names.map((name) => ranks[name]));
    race = null;
    bar.stop();
    go(last());
  }

  /** Be at a position of the race; what lies before it is run again where that must be. */
  function go(position) {
    if (!race || position < race.position) race = L.start(numbers, settings());
    while (race.position < position) race.advance();
    show();
  }

  function show() {
    bar.refresh();
    chart.redraw();
    const found = Object.fromEntries(names.map((name) => [name, tell(name)]));
    summary.say(`After ${ui.number(steps(), 4)} steps. ${names.map((name) => sentence(name, found[name])).join(" ")}`);
    chart.describe(`True rank of the favourite: ${names.map((name) => `${LANES[name].name.toLowerCase()} ${found[name].rank === null ? "none yet" : found[name].rank}`).join(", ")}.`);
    element.dataset.summary = JSON.stringify({ steps: steps(), ...settings(), ...found });
  }

  function tell(name) {
    const { toy, lanes } = race, { finds } = lanes[name], { favourite, judged, believed } = finds, rank = L.rankOf(toy, favourite);
    const { said, map } = parts[name];
    said.replaceChildren(ui.el("span", {}, ui.el("b", {}, String(judged)), ` of ${toy.count} judged`),
      ui.el("span", {}, ...(rank === null ? ["no favourite yet"] : ["favours number ", ui.el("b", {}, String(rank))])));
    map.redraw();
    map.describe(`${LANES[name].title}. A map of ${toy.count} networks, of which ${judged} are judged. ${rank === null ? "No favourite yet." : `The favourite is number ${rank} in truth.`}`);
    return { judged, favourite, rank, believed: favourite === null || Number.isNaN(believed[favourite]) ? null : believed[favourite] };
  }

  function sentence(name, { favourite, believed }) {
    const who = LANES[name].name;
    if (favourite === null) return `${who}: nothing is judged yet.`;
    const heard = believed === null ? "has not been judged yet" : `seemed to have a loss of ${ui.number(believed, 3)}`;
    return `${who}: the favourite ${heard}; fully trained on its own, it has ${ui.number(race.toy.truth[favourite], 3)}.`;
  }

  /* ---- What is drawn ---- */

  /** All networks: a row for each choice in the first half of the decisions, a column for each in the second. */
  function drawMap(name, g, width, height, colours) {
    if (!race) return;
    const { toy, lanes } = race, { believed, favourite } = lanes[name].finds, values = truth.value ? toy.truth : believed;
    const { rows, columns } = order, size = Math.min(width, height), pitch = (size - 2 * EDGE) / columns.length;
    const low = Math.min(...toy.truth), high = Math.max(...toy.truth);
    const corner = (network) => ({ x: EDGE + pitch * columns[network % columns.length], y: EDGE + pitch * rows[Math.floor(network / columns.length)] });
    g.fillStyle = colours.panel;
    g.fillRect(EDGE, EDGE, size - 2 * EDGE, size - 2 * EDGE);
    values.forEach((value, network) => {
      if (Number.isNaN(value)) return;
      const { x, y } = corner(network);
      g.fillStyle = ui.mix(colours.high, colours.low, Math.min(1, Math.max(0, (value - low) / (high - low))));
      g.fillRect(x, y, Math.max(1, pitch - 0.8), Math.max(1, pitch - 0.8));
    });
    const best = toy.truth.indexOf(low), mark = (network, wide, colour) => {
      const { x, y } = corner(network);
      ring(g, { x: x + pitch / 2, y: y + pitch / 2 }, 0.5 * pitch + wide, colour, colours);
    };
    if (favourite !== null) mark(favourite, 6, colours.text);
    mark(best, 3, colours.aim);
  }

  function ring(g, { x, y }, r, colour, colours) {
    for (const [stroke, wide] of [[colours.ground, 5], [colour, 2.4]]) {
      g.strokeStyle = stroke;
      g.lineWidth = wide;
      ui.marker(g, "circle", x, y, r, true);
    }
  }

  function labels(g, { x, y, left, top, width, height, palette }) {
    const ends = names.map((name) => ({ name, rank: ranks[name][last()] })).filter(({ rank }) => rank !== null);
    ui.lineLabels(g, { left, top: top - 8, width: width + 78, height: height + 16 },
      ends.map(({ name, rank }) => ({ x: x(L.STEPS * last()), y: y(rank), text: LANES[name].name.toLowerCase(), colour: palette[LANES[name].colour] })), palette.ground);
  }

  begin();
});
