/* How can two evaluations point uphill? One estimate (7) in the triangle of three categories, then two hundred, then
 * their noise; a view for each.
 */
ASNG.register("two-evaluations", function (element, options) {
  "use strict";
  const ui = ASNG.ui, math = ASNG.stochasticRelaxation, engine = ASNG.engine, triangle = ASNG.triangle;
  const NAMES = ["a", "b", "c"], COUNT = 200, MARGIN = 0.02, FLAT = 1e-12, UNFOLD = 1.8; // seconds
  const KINDS = [["uphill", "asng", "circle"], ["downhill", "warn", "square"], ["zero", "muted", "ring"]];
  const base = options.f || [1, 0.7, 0];
  let theta = Float64Array.from(options.theta || [0.3, 0.3, 0.4]), seed = 1, place = null, now = null;
  let random = engine.generator(seed), pair = null, tips = [], phase = 3;

  /* ---- Views and controls ---- */

  const VIEWS = [["one", "One estimate"], ["many", `${COUNT} estimates`], ["noise", "Noise"]];
  let view = "one";
  const tabs = ui.tabs(element, VIEWS, { onOpen: open });
  const map = ui.panel(element, "");
  const picture = ui.canvas(map, { height: (width) => Math.min(390, width * 0.92), draw });
  const keys = ui.el("div", { class: "asng-legend" });
  const counts = KINDS.map(([word, colour, shape]) => {
    const count = ui.el("span");
    keys.append(ui.el("span", {}, swatch(shape, colour), word + " ", count));
    return count;
  });
  for (const [shape, colour, word] of [["arrow", "asng", "true natural gradient"], ["cross", "text", `mean of the ${COUNT}`]]) {
    keys.append(ui.el("span", {}, swatch(shape, colour), word));
  }
  map.append(keys);
  const right = ui.panel(element, "Noise ÷ signal of one estimate, against the constant added to f");
  const chart = ui.chart(right, {
    height: 270, x: { format: signed }, y: { log: true, format: (value) => ui.number(value, 2) },
    series: [{ label: "raw", colour: "muted", dash: [7, 4], width: 2 }, { label: "mean subtracted", colour: "asng", width: 2 }],
    lines: () => [{ x: math.bestConstant(theta, base), text: "least noise", colour: "muted", dash: [3, 4] }],
    marks: () => [
      { x: constant.value, y: now.measured, marker: baseline.value ? "circle" : "square", colour: baseline.value ? "asng" : "muted", size: 6 },
      { x: 10, y: noiseAt(10, false), text: "f as it is", colour: "muted", size: 0.1, shift: 32 },
      { x: 10, y: noiseAt(10, true), text: "mean subtracted", colour: "asng", size: 0.1, shift: -10 },
    ],
  });
  const one = ui.buttons(element);
  ui.button(one, { label: "Draw two others", primary: true, onClick: drawTwo });
  ui.button(one, { label: "Forget them", onClick: () => { tips = []; update(); } });
  const row = ui.buttons(element);
  ui.button(row, { label: `Draw ${COUNT} others`, primary: true, onClick: () => { seed += 1; update(); } });
  const baseline = ui.checkbox(row, { label: "subtract the samples’ mean from f", checked: options.baseline ?? true, onInput: update });
  const controls = ui.controls(element);
  const lam = ui.slider(controls, { label: "samples for one estimate, λ", values: [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64],
    value: options.lam || 2, onInput: update });
  const constant = ui.slider(controls, { label: "constant added to f", min: -5, max: 10, step: 0.1,
    value: options.constant || 0, format: signed, onInput: update });
  const summary = ui.summary(element);
  const animation = ui.animation(element, (seconds) => {
    phase = Math.min(3, phase + (3 * seconds) / UNFOLD);
    picture.redraw();
    return phase < 3;
  });

  ui.dragTheta(picture, {
    place: () => place, theta: () => theta, margin: MARGIN, set: (next) => { theta = next; tips = []; update(); },
  });

  function open(name) {
    view = name;
    map.hidden = view === "noise";
    keys.hidden = view !== "many";
    right.hidden = view !== "noise";
    one.hidden = view !== "one";
    row.hidden = controls.hidden = view === "one";
    update();
  }

  function signed(value) {
    return (value > 0 ? "+" : "") + ui.number(value, 2);
  }

  const noiseAt = (x, subtract) => math.noiseToSignal(theta, base.map((value) => value + x), lam.value, subtract);

  /* ---- One estimate ---- */

  function drawTwo() {
    pair = new Int32Array(2);
    engine.categoricalSample(theta, engine.makeOffsets([3]), random.fillUniform(new Float64Array(2)), pair, 2); // c ~ P_θ
    tips.push(estimateOf(pair));
    update();
    element.dataset.drawn = tips.length;
    if (ui.reducedMotion()) return;
    animation.stop();
    phase = 0;
    animation.start();
  }

  const estimateOf = (c) => math.fromWeights(theta, base, math.weights(base, c, true));

  function sayOne() {
    const [c, d] = [...pair].sort((i, j) => base[j] - base[i]), uphill = tips.filter(({ rise }) => rise > FLAT).length;
    const down = tips.filter(({ rise }) => rise < -FLAT).length;
    const first = base[c] === base[d]
      ? `Drawn: ${NAMES[c]} and ${NAMES[d]}, which are equally good. Nothing to compare, so no arrow.`
      : `Drawn: ${NAMES[c]} and ${NAMES[d]}. The better one, ${NAMES[c]}, pulls; ${NAMES[d]} pushes; one arrow remains.`;
    const far = tips.length > 1 ? ` Of ${tips.length} estimates so far ${uphill} point uphill, ${down} downhill.` : "";
    summary.say(first + far);
    element.dataset.summary = JSON.stringify({ view, drawn: [...pair], uphill, down, estimates: tips.length });
  }

  /** Pull and push unfold one after the other; the sum of the two comes last. */
  function drawOne(g, width, colours) {
    const at = place.point(theta), weights = math.weights(base, pair, true), { G } = estimateOf(pair);
    const tip = (v, t = 1) => place.point(theta.map((value, k) => value + t * v[k]));
    g.globalAlpha = 0.25;
    g.fillStyle = colours.asng;
    tips.slice(0, phase < 3 ? -1 : undefined).forEach((past) => ui.marker(g, "circle", ...tip(past.G), 4));
    g.globalAlpha = 1;
    const order = [0, 1, 2].filter((k) => weights[k] !== 0).sort((i, j) => weights[j] - weights[i]);
    const parts = order.map((k) => theta.map((value, j) => weights[k] * ((j === k) - value)));
    const grown = (n) => Math.max(0, Math.min(1, phase - n));
    parts.forEach((part, n) => triangle.arrow(g, n ? colours.muted : colours.asng, at, tip(part, grown(n)), 2));
    g.globalAlpha = grown(2);
    if (parts.length === 2) {
      g.lineWidth = 1;
      g.setLineDash([3, 3]);
      parts.forEach((part) => ui.rule(g, colours.muted, ...tip(part), ...tip(G)));
      g.setLineDash([]);
      triangle.arrow(g, colours.asng, at, tip(G, grown(2)), 5);
    }
    g.globalAlpha = 1;
    parts.forEach((part, n) => {
      if (grown(n) < 1) return;
      const [x, y] = tip(part), long = Math.hypot(x - at[0], y - at[1]);
      const off = (axis) => (14 * ([x, y][axis] - at[axis])) / long;
      triangle.label(g, n ? "pushes" : "pulls", x + 1.9 * off(0), y + off(1) + 4, width, n ? colours.muted : colours.asng, colours);
    });
    triangle.here(g, at, colours);
    corners(g, width, colours, (k) => (!pair.includes(k) ? "" : !parts.length ? ", drawn twice" : k === order[0] ? ", drawn: better" : ", drawn: worse"));
  }

  /* ---- Two hundred ---- */

  function update() {
    const f = base.map((value) => value + constant.value), L = lam.value;
    const drawn = math.estimates({ theta, f, lam: L, baseline: baseline.value, count: COUNT, seed });
    const true_ = math.gradient(theta, f), V = math.signal(theta, f), shrink = baseline.value ? 1 - 1 / L : 1;
    let along = 0; // ⟨mean, true⟩_F ÷ ‖true‖²_F
    for (let k = 0; k < theta.length; k++) along += (drawn.mean[k] * true_[k]) / theta[k] / V;
    now = { ...drawn, f, true: true_, shrink, along, measured: drawn.noise / (shrink * shrink * V) };
    now.exact = math.noiseToSignal(theta, f, L, baseline.value);
    now.tally = [0, 0, 0];
    drawn.groups.forEach((group) => { now.tally[kindOf(group)] += group.count; });
    now.tally.forEach((count, kind) => { counts[kind].textContent = String(count); });
    const xs = Array.from({ length: 151 }, (_, i) => -5 + 0.1 * i);
    const curves = [false, true].map((subtract) => xs.map((x) => noiseAt(x, subtract)));
    chart.set(xs, curves);
    chart.describe(`Noise divided by signal against the constant: with the mean subtracted ${ui.number(noiseAt(0, true))} everywhere; ` +
      `without, between ${ui.number(Math.min(...curves[0]))} near ${ui.number(math.bestConstant(theta, base), 2)} and ${ui.number(noiseAt(10, false))} at +10.`);
    picture.redraw();
    if (view === "one") return sayOne();
    summary.say(view === "many" ? sayMany() : sayNoise());
    element.dataset.summary = JSON.stringify({ view, tally: now.tally, measured: now.measured, exact: now.exact });
  }

  /** 0 uphill, 1 downhill, 2 neither. */
  const kindOf = ({ G, rise }) => (engine.euclideanNorm(G) < FLAT ? 2 : rise < -FLAT ? 1 : 0);

  function sayMany() {
    const [, down, zero] = now.tally;
    const first = baseline.value
      ? `With the mean subtracted, none of the ${COUNT} estimates points downhill` + (zero ? `; ${zero} are zero, because all their samples are alike.` : ".")
      : `With f as it is, ${down} of the ${COUNT} estimates point downhill.`;
    return `${first} Along the true gradient, their mean is ${ui.number(now.along, 2)} times as long as it (expected: ${baseline.value ? `1 − 1/λ = ${ui.number(now.shrink)}` : "1"}).`;
  }

  const sayNoise = () => `Noise ÷ signal: ${ui.number(now.measured, 2)} measured on ${COUNT} estimates (the mark), ${ui.number(now.exact, 2)} by the formula (the line).`;

  function draw(g, width, height, colours) {
    place = triangle.layout(width, height);
    const at = place.point(theta);
    triangle.ground(g, width, height, colours, place, base, at);
    if (view === "one") return drawOne(g, width, colours);
    const tip = (G) => place.point(theta.map((value, k) => value + G[k]));
    [2, 0, 1].forEach((kind) => now.groups.filter((group) => kindOf(group) === kind)
      .forEach((group) => estimate(g, kind, at, tip(group.G), group.count, width, height, colours)));
    g.lineWidth = 6;
    ui.rule(g, colours.ground, ...at, ...tip(now.true));
    triangle.arrow(g, colours.asng, at, tip(now.true));
    for (const [colour, wide] of [[colours.ground, 6], [colours.text, 2.5]]) {
      g.strokeStyle = colour;
      ui.cross(g, ...triangle.inside(at, tip(now.mean), width, height).at, 6, wide);
    }
    triangle.here(g, at, colours);
    corners(g, width, colours, () => "");
  }

  function corners(g, width, colours, more) {
    NAMES.forEach((name, k) => {
      const text = `${name}: f = ${ui.number(view === "one" ? base[k] : now.f[k], 3)}${more(k)}`;
      triangle.label(g, text, place.ends[k][0], place.ends[k][1] + (k === 0 ? -9 : 19), width, colours.text, colours, 600);
    });
  }

  /** One mark, its area as the number of equal estimates; on the frame, and hollow, if it lies outside. */
  function estimate(g, kind, at, tip, count, width, height, colours) {
    const { at: [x, y], out } = triangle.inside(at, tip, width, height), radius = Math.max(2.2, 1.25 * Math.sqrt(count));
    const [, colour, shape] = KINDS[kind];
    g.strokeStyle = g.fillStyle = colours[colour];
    if (kind === 2) {
      g.lineWidth = 1.5;
      ui.marker(g, "circle", ...at, radius + 6, true);
      return;
    }
    g.globalAlpha = 0.35;
    g.lineWidth = 1;
    if (now.groups.length <= 12 || out) ui.rule(g, colours[colour], ...at, x, y);
    g.globalAlpha = out ? 0.9 : 0.6;
    g.lineWidth = 2;
    ui.marker(g, shape, x, y, out ? Math.min(radius, 8.5) : radius, out);
    g.globalAlpha = 1;
  }

  /** A key of the legend as a small drawing. */
  function swatch(shape, colour) {
    const paint = `var(--asng-${colour})`;
    const inner = {
      circle: `<circle cx="8" cy="8" r="5" fill="${paint}"/>`,
      square: `<rect x="3" y="3" width="10" height="10" fill="${paint}"/>`,
      ring: `<circle cx="8" cy="8" r="5" fill="none" stroke="${paint}" stroke-width="1.5"/>`,
      arrow: `<path d="M1 8h9M15 8l-6-3.5v7z" stroke="${paint}" stroke-width="2.5" fill="${paint}"/>`,
      cross: `<path d="M3 3l10 10M3 13l10-10" stroke="${paint}" stroke-width="2.5"/>`,
    }[shape];
    const node = ui.el("span", { "aria-hidden": "true" });
    node.style.cssText = "display:inline-block;width:16px;margin-right:.35em;vertical-align:-2px";
    node.innerHTML = `<svg viewBox="0 0 16 16" width="16" height="16">${inner}</svg>`;
    return node;
  }

  pair = new Int32Array(2);
  engine.categoricalSample(theta, engine.makeOffsets([3]), random.fillUniform(new Float64Array(2)), pair, 2);
  tips.push(estimateOf(pair));
  tabs.open(options.view || "one");
  open(options.view || "one");
});
