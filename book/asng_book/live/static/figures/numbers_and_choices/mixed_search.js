/* One search for a whole number, a real number and a choice: drag the target, and two Gaussians and three bars follow.
 *
 * Options: `delta0`, `bystanders`, where the controls start. data-summary has { t, target, mu, sigma, odds, delta, s2 } in
 * JSON: delta and ‖s‖² once, or once for each variable if each has its own.
 */
ASNG.register("mixed-search", function (element, options) {
  "use strict";
  const { ui, mixed, numbers, engine } = ASNG;
  const ACTIVATIONS = ["relu", "tanh", "elu"], KEPT = 300; // updates that the chart shows
  const NAMES = ["units", "dropout", "activation"], HEIGHT = 112, DECADE = 29; // pixels for a factor of ten of δ
  const VARIABLES = [
    { name: "units", ...mixed.integer(1, 30), step: 1, digits: 0, ticks: [1, 5, 10, 15, 20, 25, 30], say: (v) => String(v) },
    { name: "dropout", ...mixed.real(0, 0.8), step: 0.02, digits: 2, ticks: numbers.ticks(0, 0.8, 4), say: (v) => v.toFixed(2) },
  ];
  const target = { numbers: [25, 0.2], option: 1 };
  let seed = options.seed || 1, search = null, random = null, last = null, history = [], reached = null;

  /* ---- Controls ---- */

  const bar = ui.buttons(element);
  const play = ui.button(bar, { label: "Play", primary: true, onClick: () => (animation.running ? animation.stop() : animation.start()) });
  play.hidden = ui.reducedMotion(); // the other buttons do the same, update by update
  const doing = (label, action) => ui.button(bar, { label, onClick: () => { animation.stop(); action(); show(); } });
  doing("One update", () => updates(1));
  doing("50 updates", () => updates(50));
  doing("Start again", () => { seed += 1; begin(); });
  const controls = ui.controls(element);
  const delta0 = ui.slider(controls, { label: "first step size δ^0", values: [0.03, 0.1, 0.3, 1, 3], value: options.delta0 || 0.3, onInput: again });
  const bystanders = ui.slider(controls, { label: "numbers that do not matter", values: [0, 1, 2, 4, 8, 16], value: options.bystanders || 0, onInput: again });
  const together = ui.select(controls, { label: "s and Δ", value: true, onInput: again,
    choices: [[true, "one for all"], [false, "one for each"]] });
  const mirrored = ui.checkbox(controls, { label: "mirrored draws", onInput: again });

  /* ---- Pictures ---- */

  const places = ui.panels(element);
  const pictures = VARIABLES.map((variable, i) => {
    const picture = ui.canvas(ui.panel(places, `${variable.name}: ${i ? "a real number" : "a whole number"}`), { height: HEIGHT, label: variable.name, draw: (...all) => drawNumber(i, ...all) });
    ui.drag(picture, {
      label: `target of the ${variable.name}: left and right arrow keys move it`, scroll: "pan-y",
      move: (x) => aim(i, variable.low + ((x - variable.x0) / (variable.x1 - variable.x0)) * (variable.high - variable.low)),
      nudge: (dx) => aim(i, target.numbers[i] + dx * variable.step),
    });
    return picture;
  });
  const bars = ui.canvas(ui.panel(places, "activation: a choice"), { height: HEIGHT, label: "activation", draw: drawOdds });
  ui.drag(bars, {
    label: "target of the activation: left and right arrow keys change it", scroll: "pan-y",
    move: (x) => choose(Math.floor((x / bars.node.clientWidth) * ACTIVATIONS.length)), nudge: (dx) => choose(target.option + Math.sign(dx)),
  });
  const steps = ui.panel(places, "step size δ = δ^0/Δ, update by update");
  const chart = ui.chart(steps, {
    height: HEIGHT, label: "δ", x: { range },
    y: { log: true, range: () => [0.01, 5], format: (v) => (Number.isInteger(Math.log10(v)) ? ui.number(v) : "") },
    series: [{ label: "all, or units", colour: "asng", width: 2.2 }, { label: "dropout", colour: "asng", dash: [7, 4] }, { label: "activation", colour: "asng", dash: [2, 3] }],
    marks: labels,
  });
  const summary = ui.summary(element);
  const animation = ui.paced(element, {
    perSecond: () => 20,
    advance: (due) => {
      updates(due);
      show();
    },
  }, (running) => { play.textContent = running ? "Pause" : "Play"; });

  /** The updates that the chart shows, with room for the lines' names. */
  function range() {
    const first = Math.max(0, search.t - KEPT), end = Math.max(100, search.t);
    return [first, end + (steps.clientWidth < 370 ? 0.45 : 0.32) * (end - first)];
  }

  /** The lines' names at their ends, moved apart where they would overlap. */
  function labels() {
    const ends = history[history.length - 1].map((y, i) => ({ x: search.t, y, colour: "asng", size: 3.5,
      text: together.value ? "one δ" : NAMES[i] })).sort((a, b) => b.y - a.y);
    ends.forEach((end, i) => {
      const above = i ? ends[i - 1] : null, lower = above ? DECADE * Math.log10(above.y / end.y) : Infinity; // pixels below the one above
      end.shift = above ? Math.max(0, above.shift + 13 - lower) : 0;
    });
    return ends;
  }

  /* ---- The search ---- */

  function begin() {
    const idle = Array.from({ length: bystanders.value }, () => mixed.real(0, 1, 0));
    search = mixed.begin({ numbers: [...VARIABLES, ...idle], options: ACTIVATIONS.length, delta0: delta0.value, together: together.value });
    random = engine.generator(seed);
    [last, history, reached] = [null, [], null];
    history.push(deltas());
  }

  function again() {
    begin();
    show();
  }

  const wanted = () => ({ ...target, numbers: [...target.numbers, ...new Array(bystanders.value).fill(0.5)] });

  function updates(count) {
    for (let i = 0; i < count; i++) {
      const normals = random.fillNormal(new Float64Array(2 * search.numbers.length)), uniforms = random.fillUniform(new Float64Array(2));
      const samples = mixed.ask(search, normals, uniforms, mirrored.value);
      const losses = Float64Array.from(samples, (c) => mixed.loss(search, c, wanted()));
      mixed.tell(search, samples, losses);
      last = { samples, better: losses[0] === losses[1] ? null : losses[0] < losses[1] ? 0 : 1 };
      history.push(deltas());
      if (reached === null && mixed.arrived(search, wanted())) reached = search.t;
    }
  }

  /** δ: one, or those of the three variables that matter. */
  function deltas() {
    const of = (v) => search.groups[v].delta;
    return together.value ? [of(0)] : [of(0), of(1), of(search.numbers.length)];
  }

  function aim(i, value) {
    const { low, high, whole } = VARIABLES[i], inside = Math.min(high, Math.max(low, value));
    target.numbers[i] = whole ? Math.round(inside) : Number(inside.toFixed(2));
    reached = null;
    show();
  }

  function choose(k) {
    target.option = Math.min(ACTIVATIONS.length - 1, Math.max(0, k));
    reached = null;
    show();
  }

  /* ---- What the reader sees ---- */

  const sigma = (i) => Math.sqrt(mixed.variance(search, i));

  function show() {
    const first = Math.max(0, search.t - KEPT), xs = history.slice(first).map((_, i) => first + i);
    chart.set(xs, [0, 1, 2].map((i) => history.slice(first).map((row) => (row[i] === undefined ? null : row[i]))));
    [...pictures, bars].forEach((picture) => picture.redraw());
    const odds = [...mixed.odds(search)], now = deltas().map((v) => ui.number(v, 2));
    const where = VARIABLES.map((v, i) => `${v.name} ${v.say(mixed.decode(v, mixed.mu(search, i)))} (σ ${ui.number(sigma(i), 2)})`);
    const favourite = odds.indexOf(Math.max(...odds));
    summary.say(`After ${search.t} updates the search’s answer is ${where.join(", ")}, ${ACTIVATIONS[favourite]} (${(100 * odds[favourite]).toFixed(0)} %). `
      + `The target is ${VARIABLES.map((v, i) => v.say(target.numbers[i])).join(", ")}, ${ACTIVATIONS[target.option]}`
      + `${reached === null ? "" : `, first met after ${reached} updates`}. δ is ${now.join(", ")}.`);
    pictures.forEach((picture, i) => picture.node.setAttribute("aria-description", `${where[i]}, target ${VARIABLES[i].say(target.numbers[i])}`));
    bars.node.setAttribute("aria-description", ACTIVATIONS.map((name, k) => `${name} ${odds[k].toFixed(2)}`).join(", "));
    chart.describe(`Step size after ${search.t} updates: ${now.join(", ")}.`);
    element.dataset.summary = JSON.stringify({ t: search.t, target, mu: [0, 1].map((i) => mixed.mu(search, i)), sigma: [sigma(0), sigma(1)],
      odds, delta: deltas(), reached });
  }

  /* ---- Drawing ---- */

  function drawNumber(i, g, width, height, colours) {
    const variable = VARIABLES[i], x0 = 16, x1 = width - 16, y0 = height - 24, top = 26;
    const X = (v) => x0 + ((v - variable.low) / (variable.high - variable.low)) * (x1 - x0);
    Object.assign(variable, { x0, x1 });
    const mean = mixed.mu(search, i), wide = sigma(i), goal = X(target.numbers[i]);
    g.beginPath();
    for (let x = x0; x <= x1; x += 1) {
      const v = variable.low + ((x - x0) / (x1 - x0)) * (variable.high - variable.low);
      g.lineTo(x, y0 - (y0 - top - 8) * Math.exp(-0.5 * ((v - mean) / wide) ** 2));
    }
    g.lineTo(x1, y0);
    g.lineTo(x0, y0);
    g.fillStyle = colours.asng;
    g.globalAlpha = 0.3;
    g.fill();
    g.globalAlpha = 1;
    ui.rule(g, colours.muted, x0, y0, x1, y0);
    g.fillStyle = colours.muted;
    g.textAlign = "center";
    variable.ticks.forEach((v) => g.fillText(variable.say(v), X(v), height - 7));
    g.lineWidth = 2;
    ui.rule(g, colours.asng, X(mean), y0, X(mean), top + 8);
    samples(g, colours, (row) => X(mixed.decode(variable, last.samples[row].ys[i])), y0 - 7);
    g.lineWidth = 2;
    g.setLineDash([3, 3]);
    ui.rule(g, colours.aim, goal, top, goal, y0);
    g.setLineDash([]);
    flag(g, colours, goal, top - 8);
    g.fillStyle = colours.asng;
    g.textAlign = goal > width / 2 ? "left" : "right";
    g.fillText(`σ ${ui.number(wide, 2)}`, goal > width / 2 ? x0 : x1, 16);
  }

  function drawOdds(g, width, height, colours) {
    const odds = mixed.odds(search), wide = width / ACTIVATIONS.length, y0 = height - 24, top = 26;
    ACTIVATIONS.forEach((name, k) => {
      const x = k * wide + wide / 2, y = y0 - odds[k] * (y0 - top - 8), half = Math.min(38, 0.32 * wide);
      g.fillStyle = colours.asng;
      g.globalAlpha = 0.55;
      g.fillRect(x - half, y, 2 * half, y0 - y);
      g.globalAlpha = 1;
      g.textAlign = "center";
      g.fillStyle = colours.text;
      g.fillText(odds[k].toFixed(2), x, Math.min(y - 4, y0 - 17)); // above the samples
      g.fillStyle = k === target.option ? colours.text : colours.muted;
      g.fillText(name, x, height - 7);
      if (k === target.option) flag(g, colours, x, top - 8);
    });
    const drawn = (row) => (last.samples[row].k + 0.5) * wide + (last.samples[0].k === last.samples[1].k ? 12 * row - 6 : 0);
    samples(g, colours, drawn, y0 - 7);
    ui.rule(g, colours.muted, 4, y0, width - 4, y0);
  }

  /** The last two samples: the better one filled, the worse one hollow. */
  function samples(g, colours, X, y) {
    if (!last) return;
    [0, 1].forEach((row) => {
      g.fillStyle = last.better === row ? colours.text : colours.ground;
      g.strokeStyle = colours.text;
      g.lineWidth = 1.6;
      g.beginPath();
      g.arc(X(row), y, 5, 0, 2 * Math.PI);
      g.fill();
      g.stroke();
    });
  }

  /** The handle of the target. */
  function flag(g, colours, x, y) {
    g.fillStyle = colours.aim;
    g.beginPath();
    g.moveTo(x - 9, y - 8);
    g.lineTo(x + 9, y - 8);
    g.lineTo(x, y + 8);
    g.closePath();
    g.fill();
  }

  begin();
  show();
});
