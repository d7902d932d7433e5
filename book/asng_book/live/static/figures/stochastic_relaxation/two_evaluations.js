/* The triangle of three categories with a cloud of estimates (7) round θ: how can two evaluations point uphill? */
ASNG.register("two-evaluations", function (element, options) {
  "use strict";
  const ui = ASNG.ui, math = ASNG.stochasticRelaxation, engine = ASNG.engine;
  const NAMES = ["a", "b", "c"], COUNT = 200, MARGIN = 0.02, FLAT = 1e-12;
  const base = options.f || [1, 0.7, 0];
  let theta = Float64Array.from(options.theta || [0.3, 0.3, 0.4]), seed = 1, place = null, now = null;

  const controls = ui.controls(element);
  const lam = ui.slider(controls, { label: "samples for one estimate, λ", values: [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64],
    value: options.lam || 2, onInput: update });
  const constant = ui.slider(controls, { label: "constant added to f", min: -5, max: 10, step: 0.1,
    value: options.constant || 0, format: signed, onInput: update });
  const row = ui.buttons(element);
  const baseline = ui.checkbox(row, { label: "subtract the samples’ mean from f", checked: options.baseline ?? true, onInput: update });
  ui.button(row, { label: "Draw 200 others", onClick: () => { seed += 1; update(); } });
  const grid = ui.panels(element);
  const left = ui.panel(grid, "Where estimates lead from θ (drag it)");
  const right = ui.panel(grid, "Noise ÷ signal of one estimate");
  const picture = ui.canvas(left, { height: (width) => Math.min(370, width * 0.95), draw });
  const keys = ui.el("div", { class: "asng-legend" });
  const shapes = [["uphill", "asng", "circle"], ["downhill", "sng", "square"], ["zero", "muted", "ring"]].map(([word, colour, shape]) => {
    const count = ui.el("span");
    keys.append(ui.el("span", {}, swatch(shape, colour), word + " ", count));
    return count;
  });
  [["arrow", "accent", "true natural gradient"], ["cross", "text", `mean of the ${COUNT}`], ["line", "muted", "J as at θ"]]
    .forEach(([shape, colour, word]) => keys.append(ui.el("span", {}, swatch(shape, colour), word)));
  left.append(keys);
  const chart = ui.chart(right, {
    height: 270, x: { format: signed }, y: { log: true, format: (value) => ui.number(value, 2) },
    series: [{ label: "raw", colour: "sng", dash: [7, 4], width: 2 }, { label: "mean subtracted", colour: "asng", width: 2 }],
    lines: () => [{ x: math.bestConstant(theta, base), text: "least noise", colour: "muted", dash: [3, 4] }],
    marks: () => [{ x: constant.value, y: now.measured, marker: baseline.value ? "circle" : "square",
      colour: baseline.value ? "asng" : "sng", size: 6 }],
  });
  ui.legend(right, [{ label: "f as it is", colour: "sng", dash: [7, 4] }, { label: "mean subtracted", colour: "asng" }]);
  right.append(ui.el("p", { class: "asng-hint" },
    "Across: the constant. Lines: exact. Mark: measured on the 200 estimates. Height: Tr(F Cov G) ÷ ‖E G‖²."));
  const summary = ui.summary(element);

  ui.dragTheta(picture, {
    place: () => place, theta: () => theta, margin: MARGIN, set: (next) => { theta = next; update(); },
  });

  function signed(value) {
    return (value > 0 ? "+" : "") + ui.number(value, 2);
  }

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
    now.tally.forEach((count, kind) => { shapes[kind].textContent = String(count); });
    const xs = Array.from({ length: 151 }, (_, i) => -5 + 0.1 * i);
    chart.set(xs, [false, true].map((subtract) =>
      xs.map((x) => math.noiseToSignal(theta, base.map((value) => value + x), L, subtract))));
    chart.describe(`Noise divided by signal against the constant: with the mean subtracted ${ui.number(math.noiseToSignal(theta, base, L, true))} ` +
      `everywhere; without, between ${ui.number(Math.min(...xs.map((x) => math.noiseToSignal(theta, base.map((v) => v + x), L, false))))} ` +
      `near ${ui.number(math.bestConstant(theta, base), 2)} and ${ui.number(math.noiseToSignal(theta, base.map((v) => v + 10), L, false))} at +10.`);
    picture.redraw();
    summary.say(words());
  }

  /** 0 uphill, 1 downhill, 2 neither. */
  const kindOf = ({ G, rise }) => (engine.euclideanNorm(G) < FLAT ? 2 : rise < -FLAT ? 1 : 0);

  function words() {
    const [, down, zero] = now.tally;
    const first = baseline.value
      ? `With the mean subtracted, none of the ${COUNT} estimates points downhill` + (zero ? `; ${zero} are zero, their samples being all alike.` : ".")
      : `With f as it is, ${down} of the ${COUNT} estimates point downhill.`;
    const expected = baseline.value ? `1 − 1/λ = ${ui.number(now.shrink)}` : "1";
    return `${first} Measured along the true gradient, their mean is ${ui.number(now.along, 2)} times as long (expected: ${expected}). ` +
      `Noise ÷ signal: ${ui.number(now.measured, 2)} measured, ${ui.number(now.exact, 2)} exactly.`;
  }

  /** The triangle with a on top and room round it: pixels of probabilities, and back. */
  function layout(width, height) {
    const side = Math.min(width * 0.72, height * 0.74), tall = (side * Math.sqrt(3)) / 2;
    const cx = width / 2, low = height / 2 + tall * 0.56;
    const point = (t) => [cx + ((t[2] - t[1]) * side) / 2, low - t[0] * tall];
    const inverse = (x, y) => {
      const a = (low - y) / tall, difference = (2 * (x - cx)) / side;
      return [a, (1 - a - difference) / 2, (1 - a + difference) / 2];
    };
    return { point, inverse };
  }

  function draw(g, width, height, colours) {
    place = layout(width, height);
    const { point } = place, here = point(theta), ends = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map(point);
    ground(g, width, height, colours, ends, here);
    const tip = (G) => point(theta.map((value, k) => value + G[k]));
    [2, 0, 1].forEach((kind) => now.groups.filter((group) => kindOf(group) === kind)
      .forEach((group) => estimate(g, kind, here, tip(group.G), group.count, width, height, colours)));
    g.strokeStyle = g.fillStyle = colours.accent;
    arrow(g, here, tip(now.true));
    cross(g, ...inside(here, tip(now.mean), width, height).at, colours);
    g.fillStyle = colours.text;
    g.strokeStyle = colours.ground;
    g.lineWidth = 2;
    disc(g, ...here, 6);
    g.stroke();
    g.font = `600 13px ${colours.font}`;
    g.textAlign = "center";
    NAMES.forEach((name, k) => {
      const text = `${name}: f = ${ui.number(now.f[k], 3)}`;
      const half = g.measureText(text).width / 2, x = Math.max(half + 4, Math.min(width - half - 4, ends[k][0]));
      label(g, text, x, ends[k][1] + (k === 0 ? -9 : 19), colours);
    });
  }

  /** The triangle shaded by J, and the line of equal J through θ over the whole picture. */
  function ground(g, width, height, colours, ends, [x0, y0]) {
    const [a, b, c] = ends, area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
    const up = [0, 1].map((axis) => { // the slope of J in pixels: J is linear
      const other = 1 - axis, sign = axis === 0 ? 1 : -1;
      return (sign * ((base[1] - base[0]) * (c[other] - a[other]) - (base[2] - base[0]) * (b[other] - a[other]))) / area;
    });
    const steep = Math.hypot(...up), heights = ends.map(([x, y]) => (up[0] * (x - x0) + up[1] * (y - y0)) / steep);
    const along = (far) => [x0 + (far * up[0]) / steep, y0 + (far * up[1]) / steep];
    g.beginPath();
    ends.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.closePath();
    if (steep > 0) {
      const fill = g.createLinearGradient(...along(Math.min(...heights)), ...along(Math.max(...heights)));
      fill.addColorStop(0, ui.mix(colours.ground, colours.high, 0.02));
      fill.addColorStop(1, ui.mix(colours.ground, colours.high, 0.3));
      g.fillStyle = fill;
      g.fill();
    }
    g.strokeStyle = colours.muted;
    g.lineWidth = 1.2;
    g.stroke();
    if (!(steep > 0)) return;
    const far = 2 * (width + height), [dx, dy] = [(-up[1] / steep) * far, (up[0] / steep) * far];
    g.setLineDash([4, 4]);
    g.beginPath();
    g.moveTo(x0 - dx, y0 - dy);
    g.lineTo(x0 + dx, y0 + dy);
    g.stroke();
    g.setLineDash([]);
  }

  /** Where the way from `from` to `to` leaves the picture, if it does. */
  function inside([x0, y0], [x, y], width, height) {
    const pad = 9;
    let t = 1;
    if (x < pad) t = Math.min(t, (pad - x0) / (x - x0));
    if (x > width - pad) t = Math.min(t, (width - pad - x0) / (x - x0));
    if (y < pad) t = Math.min(t, (pad - y0) / (y - y0));
    if (y > height - pad) t = Math.min(t, (height - pad - y0) / (y - y0));
    return { at: [x0 + t * (x - x0), y0 + t * (y - y0)], out: t < 1 };
  }

  /** One mark, its area as the number of equal estimates; on the frame, and hollow, if it lies outside. */
  function estimate(g, kind, here, tip, count, width, height, colours) {
    const { at: [x, y], out } = inside(here, tip, width, height), radius = Math.max(2.2, 1.25 * Math.sqrt(count));
    const colour = [colours.asng, colours.sng, colours.muted][kind];
    g.strokeStyle = g.fillStyle = colour;
    if (kind === 2) {
      g.lineWidth = 1.5;
      g.beginPath();
      g.arc(...here, radius + 6, 0, 2 * Math.PI);
      g.stroke();
      return;
    }
    g.lineWidth = 1;
    g.globalAlpha = 0.35;
    if (now.groups.length <= 12 || out) {
      g.beginPath();
      g.moveTo(...here);
      g.lineTo(x, y);
      g.stroke();
    }
    g.globalAlpha = out ? 0.9 : 0.6;
    const size = Math.min(radius, 8.5);
    g.beginPath();
    if (kind === 0) g.arc(x, y, out ? size : radius, 0, 2 * Math.PI);
    else {
      const r = out ? size : radius;
      g.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    }
    g.lineWidth = 2;
    if (out) g.stroke();
    else g.fill();
    g.globalAlpha = 1;
  }

  function disc(g, x, y, radius) {
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.fill();
  }

  function arrow(g, [x0, y0], [x, y]) {
    const long = Math.hypot(x - x0, y - y0);
    if (long < 1) return;
    const [ux, uy] = [(x - x0) / long, (y - y0) / long], head = Math.min(11, long);
    g.lineWidth = 3;
    g.beginPath();
    g.moveTo(x0, y0);
    g.lineTo(x - 0.8 * head * ux, y - 0.8 * head * uy);
    g.stroke();
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(x - head * ux - 0.5 * head * uy, y - head * uy + 0.5 * head * ux);
    g.lineTo(x - head * ux + 0.5 * head * uy, y - head * uy - 0.5 * head * ux);
    g.fill();
  }

  function cross(g, x, y, colours) {
    for (const [colour, wide] of [[colours.ground, 6], [colours.text, 2.5]]) {
      g.strokeStyle = colour;
      g.lineWidth = wide;
      g.beginPath();
      for (const s of [-1, 1]) {
        g.moveTo(x - 6, y - 6 * s);
        g.lineTo(x + 6, y + 6 * s);
      }
      g.stroke();
    }
  }

  function label(g, text, x, y, colours) {
    g.strokeStyle = colours.ground;
    g.lineWidth = 4;
    g.lineJoin = "round";
    g.strokeText(text, x, y);
    g.fillStyle = colours.text;
    g.fillText(text, x, y);
  }

  /** A key of the legend as a small drawing. */
  function swatch(shape, colour) {
    const paint = `var(--asng-${colour})`;
    const inner = {
      circle: `<circle cx="8" cy="8" r="5" fill="${paint}"/>`,
      square: `<rect x="3" y="3" width="10" height="10" fill="${paint}"/>`,
      ring: `<circle cx="8" cy="8" r="5" fill="none" stroke="${paint}" stroke-width="1.5"/>`,
      arrow: `<path d="M1 8h9M15 8l-6-3.5v7z" stroke="${paint}" stroke-width="2.5" fill="${paint}"/>`,
      line: `<path d="M0 8h16" stroke="${paint}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
      cross: `<path d="M3 3l10 10M3 13l10-10" stroke="${paint}" stroke-width="2.5"/>`,
    }[shape];
    const node = ui.el("span", { "aria-hidden": "true" });
    node.style.cssText = "display:inline-block;width:16px;margin-right:.35em;vertical-align:-2px";
    node.innerHTML = `<svg viewBox="0 0 16 16" width="16" height="16">${inner}</svg>`;
    return node;
  }

  update();
});
