/* A grid of bits above the network that they shape: both learn together, and a tap pins a bit. Two trainings run beside it
 * on the same points, one with bits drawn anew in every step, one with all bits on.
 *
 * Options: `kind` ("ring", "moons" or "straight"), `seed`, `steps`. data-summary has { step, kind, seed, theta, mode, pins,
 * settled, errors } in JSON; errors are those of the learned bits, of the random ones and of all bits on.
 */
ASNG.register("bits-and-weights", function (element, options) {
  "use strict";
  const { ui, bitNetwork: B } = ASNG, { el } = ui;
  const STEPS = options.steps || 600, EVERY = 20, SETTLED = 0.9, CELLS = 26, REACH = 1.6, PLOT = 160; // pixels
  const ARMS = [["learned", "asng", "bits learned"], ["random", "muted", "bits at random"], ["on", "text", "all bits on"]];
  let kind = options.kind || "ring", seed = options.seed || 1, runs = [], curves = null;

  element.append(el("style", {}, `
    .asng-bits { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 0.3rem 0.5rem; margin-bottom: 0.5rem; }
    .asng-bits > div { display: flex; flex-direction: column; gap: 0.3rem; }
    .asng-bits span { font-size: 12px; color: var(--asng-muted); }
    .asng-figure .asng-bits button { position: relative; overflow: hidden; padding: 0 0.2rem; min-height: 2rem; font-size: 12px; font-variant-numeric: tabular-nums; }
    .asng-bits button i { position: absolute; inset: 0 auto 0 0; background: var(--asng-asng); opacity: 0.3; }
    .asng-bits button b { position: relative; font-weight: 500; }
    .asng-figure .asng-bits button.asng-pinned { border: 2px solid var(--asng-text); } .asng-bits .asng-pinned b { font-weight: 700; }`));

  const row = ui.buttons(element);
  const play = ui.button(row, { label: "Learn", primary: true, onClick: () => (playing.running ? playing.stop() : learn()) });
  ui.button(row, { label: "One step", onClick: () => { playing.stop(); advance(1); } });
  ui.button(row, { label: "Start again", onClick: () => { seed += 1; restart(); } });
  ui.button(row, { label: "Unpin all", onClick: () => { runs.forEach(({ pins }) => pins.fill(null)); update(); } });
  ui.select(row, { label: "classes", value: kind, choices: [["ring", "a disc in a ring"], ["moons", "two moons"], ["straight", "a straight border"]],
    onInput: (wanted) => { kind = wanted; restart(); } });
  const playing = ui.paced(element, {
    perSecond: () => (runs[0].step < 12 ? 6 : 75), // slowly at first
    advance,
    more: () => runs[0].step < STEPS,
  }, (running) => { play.textContent = running ? "Pause" : "Learn"; });

  const grid = ui.panels(element), bits = ui.panel(grid, "The bits, and the network they make"), seen = ui.panel(grid, "What the learned network says");
  const holder = el("div", { class: "asng-bits" }), buttons = makeButtons();
  bits.append(holder);
  const network = ui.canvas(bits, { height: 190, draw: drawNetwork });
  const plane = ui.canvas(seen, { height: (width) => Math.min(360, width), draw: drawPlane });
  const below = ui.panel(element, "Error on new points, %");
  const chart = ui.chart(below, {
    height: PLOT + 35, x: { range: () => [0, STEPS * (below.clientWidth < 500 ? 1.65 : 1.22)], format: (v) => (v > STEPS ? "" : ui.number(v)) }, y: { range: () => [0, top()] },
    series: ARMS.map(([, colour, label]) => ({ label, colour, width: 2 })), marks: ends,
  });
  below.append(el("p", { class: "asng-hint" }, `Horizontally: steps. A step moves the weights once and, where bits are learned, θ once. With random bits, the prediction is the mean of ${B.DRAWS} draws.`));
  const views = [["bits", "The bits", bits], ["seen", "What it says", seen], ["error", "Error", below]];
  grid.before(ui.tabs(element, views, { narrow: true }).node);
  const summary = ui.summary(element);

  /* ---- The bits ---- */

  function makeButtons() {
    const net = B.shape(3, 4), found = new Array(net.bits), name = (source) => (source ? `layer ${source}` : "the input");
    const column = (title, entries) => {
      const node = el("div", {}, el("span", {}, title));
      entries.forEach(([bit, short, words]) => {
        const fill = el("i"), text = el("b"), button = el("button", { type: "button", onclick: () => pin(bit) }, fill, text);
        found[bit] = { button, fill, text, short, words };
        node.append(button);
      });
      holder.append(node);
    };
    for (let layer = 1; layer <= net.layers; layer++) {
      column(`layer ${layer}`, Array.from({ length: net.units }, (_, u) => [B.unitBit(net, layer, u), "tanh", `layer ${layer}, unit ${u + 1}: tanh`]));
    }
    column("extra links", net.connections.map(([layer, source], bit) => [bit, `${source || "in"}→${layer}`, `layer ${layer} reads ${name(source)}`]));
    return found;
  }

  /** Free, pinned to 1, pinned to 0, free again. */
  function pin(bit) {
    const before = runs[0].pins[bit], next = before === null ? 1 : before === 1 ? 0 : null;
    runs.slice(0, 2).forEach(({ pins }) => { pins[bit] = next; });
    update();
  }

  function showBits() {
    const [learned] = runs;
    buttons.forEach(({ button, fill, text, short, words }, bit) => {
      const pinned = learned.pins[bit], p = pinned === null ? learned.one(bit) : pinned, percent = `${Math.round(100 * p)} %`;
      fill.style.width = `${100 * p}%`;
      text.textContent = pinned === null ? `${short} ${percent}` : `${short} ${pinned ? "on" : "off"}`;
      button.classList.toggle("asng-pinned", pinned !== null);
      button.setAttribute("aria-label", words);
      button.setAttribute("aria-description", pinned === null ? `probability ${percent}` : pinned ? "pinned on" : "pinned off");
    });
  }

  /* ---- What happens ---- */

  function restart() {
    playing.stop();
    const pins = runs.length ? runs[0].pins : [];
    runs = ARMS.map(([arm]) => B.start(arm, { kind, seed, steps: STEPS }));
    runs.slice(0, 2).forEach((run) => pins.forEach((value, bit) => { run.pins[bit] = value; }));
    curves = ARMS.map(() => new Array(STEPS / EVERY + 1).fill(null));
    playing.owe(0);
    note();
    update();
  }

  function learn() {
    if (runs[0].step >= STEPS) { seed += 1; restart(); }
    playing.owe(1);
    if (ui.reducedMotion()) advance(STEPS);
    else playing.start();
  }

  function advance(count) {
    for (let i = 0; i < count && runs[0].step < STEPS; i++) {
      runs.forEach((run) => run.advance());
      if (runs[0].step % EVERY === 0) note();
    }
    update();
  }

  function note() {
    runs.forEach((run, k) => { curves[k][runs[0].step / EVERY] = 100 * run.error(); });
  }

  const top = () => 1.08 * Math.max(10, ...curves.flat().filter((v) => v !== null));
  const latest = (k) => curves[k][Math.floor(runs[0].step / EVERY)];

  /** At its end each curve bears its name, from the lowest up, with room between the names. */
  function ends() {
    const x = Math.floor(runs[0].step / EVERY) * EVERY, pixels = (v) => PLOT * (1 - v / top());
    let above = PLOT + 10;
    const names = ARMS.map(([, colour, text], k) => ({ k, colour, text })).sort((a, b) => latest(a.k) - latest(b.k)).map(({ k, colour, text }) => {
      const at = pixels(latest(k));
      above = Math.min(at, above - 15);
      return { x, y: latest(k), colour, text, size: 4, shift: above - at };
    });
    const clipped = Math.max(0, 8 - above); // of the uppermost name
    return names.map((name) => ({ ...name, shift: name.shift + clipped }));
  }

  function update() {
    const [learned] = runs, count = learned.net.bits, free = learned.pins.filter((value) => value === null).length;
    showBits();
    network.redraw();
    plane.redraw();
    chart.set(curves[0].map((_, i) => i * EVERY), curves);
    const mode = learned.mode(), settled = learned.pins.filter((value, i) => value === null && Math.max(learned.one(i), 1 - learned.one(i)) >= SETTLED).length;
    const first = learned.net.connections.length, bent = mode.slice(first).reduce((sum, bit) => sum + bit, 0);
    network.describe(`The network of the most probable bits: ${bent} of ${count - first} units apply a tanh, ${mode.slice(0, first).filter(Boolean).length} of ${first} extra connections are on.`);
    plane.describe(`The plane, coloured by the probability of the classes; error ${ui.number(latest(0), 2)} % on new points.`);
    chart.describe(`Error against steps. ${ARMS.map(([, , label], k) => `${label}: ${ui.number(latest(k), 2)} %`).join("; ")}.`);
    summary.say(`After ${learned.step} of ${STEPS} steps ${settled} of ${free} free bits have settled (a probability of at least ${SETTLED} for one side). ` +
      `Most probable: ${bent} of ${count - first} units with tanh. Errors: ${ARMS.map(([, , label], k) => `${label} ${ui.number(latest(k), 2)} %`).join(", ")}.`);
    element.dataset.summary = JSON.stringify({ step: learned.step, kind, seed, theta: Array.from({ length: count }, (_, i) => learned.one(i)), mode,
      pins: learned.pins, settled, errors: ARMS.map((_, k) => latest(k) / 100) });
  }

  /* ---- Drawing ---- */

  function drawNetwork(g, width, height, colours) {
    const { net, w, one, pins } = runs[0], mode = runs[0].mode(), columns = net.layers + 2;
    const X = (layer) => 26 + (layer * (width - 60)) / (columns - 1), Y = (i, count) => height / 2 + (i - (count - 1) / 2) * Math.min(44, height / 4.4);
    const wire = (x0, y0, x1, y1, weight, alpha, arch) => {
      g.globalAlpha = alpha;
      g.strokeStyle = weight > 0 ? colours.high : colours.muted;
      g.lineWidth = Math.min(5, 0.3 + 1.8 * Math.abs(weight));
      g.beginPath();
      g.moveTo(x0, y0);
      g.quadraticCurveTo((x0 + x1) / 2, (y0 + y1) / 2 + arch, x1, y1);
      g.stroke();
    };
    for (const { layer, source, bit, at } of net.wires) {
      const p = bit === null ? 1 : pins[bit] === null ? one(bit) : pins[bit], many = net.widths[source];
      for (let u = 0, k = at; u < net.units; u++) {
        for (let i = 0; i < many; i++, k++) wire(X(source), Y(i, many), X(layer), Y(u, net.units), w[k], 0.75 * p, bit === null ? 0 : -26);
      }
    }
    for (let u = 0; u < net.units; u++) wire(X(net.layers), Y(u, net.units), X(net.layers + 1), Y(0, 1), w[net.last + u], 0.75, 0);
    g.globalAlpha = 1;
    ["x₁", "x₂"].forEach((name, i) => node(g, colours, X(0), Y(i, 2), name));
    for (let layer = 1; layer <= net.layers; layer++) {
      for (let u = 0; u < net.units; u++) node(g, colours, X(layer), Y(u, net.units), null, mode[B.unitBit(net, layer, u)]);
    }
    node(g, colours, X(net.layers + 1), Y(0, 1), "p");
  }

  /** A unit as a disc with what it does: a bend or a straight line; or with a name. */
  function node(g, colours, x, y, name, bit) {
    g.fillStyle = colours.ground;
    g.strokeStyle = colours.text;
    g.lineWidth = 1.5;
    g.beginPath();
    g.arc(x, y, 13, 0, 2 * Math.PI);
    g.fill();
    g.stroke();
    g.fillStyle = colours.text;
    g.textAlign = "center";
    if (name) { g.fillText(name, x, y + 4); return; }
    g.strokeStyle = bit ? colours.asng : colours.muted;
    g.lineWidth = 2.5;
    g.beginPath();
    for (let t = -8; t <= 8; t++) g[t === -8 ? "moveTo" : "lineTo"](x + t, y - (bit ? 7 * Math.tanh(t / 3) : 0.8 * t));
    g.stroke();
  }

  function drawPlane(g, width, height, colours) {
    const side = Math.min(width, height), left = (width - side) / 2, cell = side / CELLS, [learned] = runs, codes = learned.known();
    const at = (value) => side * (0.5 + value / (2 * REACH));
    for (let i = 0; i < CELLS; i++) {
      for (let j = 0; j < CELLS; j++) {
        const p = learned.predict([REACH * ((2 * i + 1) / CELLS - 1), -REACH * ((2 * j + 1) / CELLS - 1)], codes);
        g.fillStyle = ui.mix(colours.ground, p > 0.5 ? colours.high : colours.muted, 0.08 + 0.62 * Math.abs(p - 0.5));
        g.fillRect(left + i * cell, j * cell, cell + 0.6, cell + 0.6);
      }
    }
    learned.data.test.slice(0, 160).forEach(({ x: [a, b], label }) => {
      g.fillStyle = label ? colours.high : colours.muted;
      ui.marker(g, label ? "circle" : "square", left + at(a), at(-b), 3);
    });
  }

  restart();
});
