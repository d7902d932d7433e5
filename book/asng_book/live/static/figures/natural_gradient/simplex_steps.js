/* The triangle of three categories: what lies equally far in KL, and what one step and many steps of that length buy. */
ASNG.register("simplex-steps", function (element, options) {
  "use strict";
  const ui = ASNG.ui, { uphill, klStep, walk, klContour, ellipse, lattice, dot, FLOOR } = ASNG.naturalGradient;
  const NAMES = ["a", "b", "c"], GOAL = 0.95, MOST = 200, MARGIN = 0.01;
  const KINDS = { plain: { colour: "muted", dash: [7, 4] }, natural: { colour: "asng", dash: [] } };
  let theta = Float64Array.from(options.theta || [0.05, 0.5, 0.45]), place = null, rings = null, ringsOf = null, now = null;

  const controls = ui.controls(element);
  const middle = ui.slider(controls, { label: "f(b), with f(a) = 1, f(c) = 0", min: 0, max: 1, step: 0.05,
    value: options.f ?? 0.7, format: (value) => ui.number(value, 2), onInput: update });
  const kappa = ui.slider(controls, { label: "KL of one step", min: 0.001, max: 0.02, log: true, steps: 40,
    value: options.kappa || 0.006, format: (value) => ui.number(value, 2), onInput: update });
  const grid = ui.panels(element);
  const left = ui.panel(grid, "Rings of equal KL; drag θ");
  const right = ui.panel(grid, "Near θ, magnified: one step");
  const picture = ui.canvas(left, { height: (width) => Math.min(400, width * 0.9), draw });
  const places = ui.buttons(left);
  [["Centre", [1, 1, 1]], ["Near an edge", [0.05, 0.5, 0.45]], ["Near a corner", [0.03, 0.03, 0.94]]]
    .forEach(([label, where]) => ui.button(places, { label, onClick: () => move(where) }));
  const follow = ui.checkbox(places, { label: "show both journeys", checked: options.follow ?? true, onInput: update });
  const lens = ui.canvas(right, { height: 250, label: "The ring round θ, and the two steps to it", draw: drawLens });
  const bars = ui.canvas(right, { height: 66, label: "Gain in J by the plain and by the natural step", draw: drawBars });
  right.append(ui.el("p", { class: "asng-hint" },
    "Solid ring: equal KL from θ. Dotted: its approximation by F. Shading: J. Dashed lines: the J that each step reaches."));
  const summary = ui.summary(element);

  const move = ui.dragTheta(picture, {
    place: () => place, theta: () => theta, margin: MARGIN, set: (next) => { theta = next; update(); },
  });

  const values = () => [1, middle.value, 0];

  function update() {
    const f = values(), nats = kappa.value;
    if (ringsOf !== nats) [rings, ringsOf] = [lattice(8).map((centre) => klContour(centre, nats, 40)), nats];
    now = { f, exact: klContour(theta, nats, 90), ellipse: ellipse(theta, nats, 90) };
    for (const kind of Object.keys(KINDS)) {
      const next = klStep(theta, uphill(kind, theta, f), nats);
      now[kind] = { next, gain: dot(next, f) - dot(theta, f), path: follow.value ? walk(kind, theta, f, nats, MOST, GOAL) : null };
    }
    picture.redraw();
    lens.redraw();
    bars.redraw();
    summary.say(words());
  }

  function words() {
    const { plain, natural, f } = now, ratio = natural.gain / plain.gain;
    const at = `At θ = (${Array.from(theta, (value) => ui.number(value, 2)).join(", ")}) `;
    const one = `one plain step raises J by ${ui.number(plain.gain)} and one natural step by ${ui.number(natural.gain)}, ` +
      (Math.abs(ratio - 1) < 0.005 ? "the same." : `${ui.number(ratio, 3)} times that.`);
    if (!follow.value) return at + one;
    const far = ({ path }) => {
      const end = dot(path[path.length - 1], f), steps = path.length - 1;
      return end >= GOAL ? `${steps} steps` : `more than ${steps} steps`;
    };
    return `${at}${one} To J = ${GOAL} the plain gradient needs ${far(plain)} of equal KL, the natural gradient ${far(natural)}` +
      ` (in both, no probability may fall below ${FLOOR}).`;
  }

  /** The triangle with a on top: pixels of probabilities, and back. */
  function layout(width, height) {
    const side = Math.min(width - 24, (height - 46) / (Math.sqrt(3) / 2)), tall = (side * Math.sqrt(3)) / 2;
    const cx = width / 2, top = (height - tall) / 2 + 1, low = top + tall;
    const point = (t) => [cx + ((t[2] - t[1]) * side) / 2, low - t[0] * tall];
    const inverse = (x, y) => {
      const a = (low - y) / tall, difference = (2 * (x - cx)) / side;
      return [a, (1 - a - difference) / 2, (1 - a + difference) / 2];
    };
    return { point, inverse, corners: corners(point) };
  }

  const corners = (point) => [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map(point);

  function draw(g, width, height, colours) {
    place = layout(width, height);
    const { point } = place, [a, b, c] = place.corners;
    triangle(g, point, colours, () => {
      g.strokeStyle = colours.muted;
      g.globalAlpha = 0.7;
      g.lineWidth = 1;
      rings.forEach((ring) => line(g, ring.map(point), true));
      g.globalAlpha = 1;
      g.lineWidth = 2;
      g.strokeStyle = colours.text;
      line(g, now.exact.map(point), true);
    });
    for (const [kind, style] of Object.entries(KINDS)) {
      g.strokeStyle = g.fillStyle = colours[style.colour];
      if (!now[kind].path) {
        arrow(g, point(theta), point(now[kind].next), style.dash);
        continue;
      }
      g.lineWidth = kind === "plain" ? 4.5 : 1.5; // drawn first, and wider, so that it can be seen where both run along an edge
      line(g, now[kind].path.map(point), false);
      now[kind].path.forEach((step) => (kind === "plain" ? square : disc)(g, ...point(step), 2.6));
    }
    dotAt(g, point(theta), colours);
    g.font = `600 13px ${colours.font}`;
    g.fillStyle = colours.text;
    const titles = NAMES.map((name, k) => `${name}: f = ${ui.number(now.f[k], 2)}`);
    g.textAlign = "center";
    g.fillText(titles[0], a[0], a[1] - 8);
    g.textAlign = "left";
    g.fillText(titles[1], Math.max(0, b[0] - 20), b[1] + 18);
    g.textAlign = "right";
    g.fillText(titles[2], Math.min(width, c[0] + 20), c[1] + 18);
  }

  /** The neighbourhood of θ, so large that the ring fills it. */
  function drawLens(g, width, height, colours) {
    const flat = layout(1000, 1000).point, [x0, y0] = flat(theta), reach = [0, 0];
    [...now.exact, ...now.ellipse].map(flat).forEach(([x, y]) => {
      reach[0] = Math.max(reach[0], Math.abs(x - x0));
      reach[1] = Math.max(reach[1], Math.abs(y - y0));
    });
    const zoom = Math.min((width / 2 - 16) / reach[0], (height / 2 - 14) / reach[1]);
    const point = (t) => {
      const [x, y] = flat(t);
      return [width / 2 + zoom * (x - x0), height / 2 + zoom * (y - y0)];
    };
    g.save();
    g.beginPath();
    g.roundRect(0.5, 0.5, width - 1, height - 1, 8);
    g.clip();
    triangle(g, point, colours, () => {
      const [rise, run] = slope(point, now.f);
      for (const [kind, style] of Object.entries(KINDS)) { // the line of equal J through the tip
        const [x, y] = point(now[kind].next), long = 2000 / Math.hypot(rise, run);
        g.strokeStyle = colours[style.colour];
        g.lineWidth = 1;
        g.setLineDash([4, 4]);
        line(g, [[x - run * long, y + rise * long], [x + run * long, y - rise * long]], false);
        g.setLineDash([]);
      }
      g.strokeStyle = colours.text;
      g.lineWidth = 2;
      line(g, now.exact.map(point), true);
      g.setLineDash([2, 3]);
      g.lineWidth = 1.5;
      line(g, now.ellipse.map(point), true);
      g.setLineDash([]);
    });
    for (const [kind, style] of Object.entries(KINDS)) {
      g.strokeStyle = g.fillStyle = colours[style.colour];
      arrow(g, point(theta), point(now[kind].next), style.dash);
    }
    dotAt(g, point(theta), colours);
    g.restore();
    g.strokeStyle = colours.grid;
    g.lineWidth = 1;
    g.beginPath();
    g.roundRect(0.5, 0.5, width - 1, height - 1, 8);
    g.stroke();
  }

  function drawBars(g, width, _, colours) {
    const x0 = 64, x1 = width - 76, longest = Math.max(now.plain.gain, now.natural.gain);
    g.textBaseline = "middle";
    Object.entries(KINDS).forEach(([kind, style], i) => {
      const y = 20 + i * 28, long = Math.max(1, ((x1 - x0) * now[kind].gain) / longest);
      g.fillStyle = colours[style.colour];
      g.fillRect(x0, y - 9, long, 18);
      g.font = `600 13px ${colours.font}`;
      g.textAlign = "right";
      g.fillText(kind, x0 - 8, y);
      g.textAlign = "left";
      g.font = `13px ${colours.font}`;
      g.fillStyle = colours.text;
      g.fillText(`J + ${ui.number(now[kind].gain)}`, x0 + long + 6, y);
    });
    g.textBaseline = "alphabetic";
  }

  /** The triangle shaded by J, with what `inside` draws clipped to it, and its border. */
  function triangle(g, point, colours, inside) {
    const ends = corners(point), [rise, run] = slope(point, now.f), [x, y] = ends[2], long = rise * rise + run * run;
    const fill = g.createLinearGradient(x, y, x + rise / long, y + run / long); // J is linear: from c, 0, to a's level, 1
    fill.addColorStop(0, ui.mix(colours.ground, colours.high, 0.02));
    fill.addColorStop(1, ui.mix(colours.ground, colours.high, 0.3));
    g.save();
    trace(g, ends, true);
    g.fillStyle = fill;
    g.fill();
    g.clip();
    inside();
    g.restore();
    g.strokeStyle = colours.text;
    g.lineWidth = 1.2;
    line(g, ends, true);
  }

  /** How fast J changes with x and with y in pixels, from its values at the corners. */
  function slope(point, f) {
    const [[ax, ay], [bx, by], [cx, cy]] = corners(point);
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    return [((f[1] - f[0]) * (cy - ay) - (f[2] - f[0]) * (by - ay)) / area,
      ((f[2] - f[0]) * (bx - ax) - (f[1] - f[0]) * (cx - ax)) / area];
  }

  function trace(g, points, closed) {
    g.beginPath();
    points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    if (closed) g.closePath();
  }

  function line(g, points, closed) {
    trace(g, points, closed);
    g.stroke();
  }

  function disc(g, x, y, radius) {
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.fill();
  }

  function square(g, x, y, radius) {
    g.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  }

  function dotAt(g, [x, y], colours) {
    g.fillStyle = colours.text;
    g.strokeStyle = colours.ground;
    g.lineWidth = 2;
    disc(g, x, y, 5.5);
    g.stroke();
  }

  function arrow(g, [x, y], [u, v], dash) {
    const long = Math.hypot(u - x, v - y);
    if (long < 1) return;
    const [dx, dy] = [(u - x) / long, (v - y) / long], head = Math.min(10, long * 0.6);
    g.lineWidth = 3;
    g.setLineDash(dash);
    line(g, [[x, y], [u - head * dx, v - head * dy]], false);
    g.setLineDash([]);
    trace(g, [[u, v], [u - head * dx - 0.5 * head * dy, v - head * dy + 0.5 * head * dx],
      [u - head * dx + 0.5 * head * dy, v - head * dy - 0.5 * head * dx]], true);
    g.fill();
  }

  update();
});
