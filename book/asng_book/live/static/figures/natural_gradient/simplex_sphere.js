/* √θ bends the triangle onto a sphere: equal Fisher distance becomes equal distance, and steps are carried along it. */
ASNG.register("simplex-sphere", function (element, options) {
  "use strict";
  const ui = ASNG.ui, N = ASNG.naturalGradient, engine = ASNG.engine;
  const NAMES = ["a", "b", "c"], STEPS = ["text", "accent"], LEAST = 0.005, RADIUS = 0.16, MESH = 24;
  const POLES = [["centre", "the centre"], [0, "corner a"], [1, "corner b"], [2, "corner c"]];
  const CENTRE = engine.centrePole([0, 3]);
  const points = (options.points || [[0.7, 0.08, 0.22], [0.06, 0.64, 0.3]]).map((p) => Float64Array.from(p));
  let held = 0, camera = null;

  // Centres about evenly spread over the sphere; all rings lie inside the triangle.
  const rings = N.lattice(9).map((at) => at.map((x) => Math.sin((Math.PI / 2) * x) ** 2))
    .map((squares) => squares.map((x) => x / squares.reduce((sum, y) => sum + y)))
    .map((theta) => N.fisherCircle(theta, RADIUS, 40)).filter((ring) => ring.every(Boolean));

  const grid = ui.panels(element);
  const left = ui.panel(grid), right = ui.panel(grid);
  const picture = ui.canvas(left, { height: (width) => Math.min(430, width), draw });
  const controls = ui.controls(right);
  const bend = ui.slider(controls, { label: "bend, from θ to √θ", min: 0, max: 1, step: 0.01, value: options.bend ?? 1,
    format: (value) => (value === 0 ? "flat" : value === 1 ? "sphere" : ui.number(value, 2)), onInput: update });
  const turn = ui.slider(controls, { label: "turn it", min: -35, max: 35, step: 1, value: options.turn ?? 12,
    format: (value) => `${ui.number(value)}°`, onInput: update });
  const carry = ui.select(controls, { label: "carry steps to", value: options.carry ?? "none",
    choices: [["none", "nowhere"], ...POLES], onInput: () => { if (carry.value !== "none") bend.value = 1; update(); } });
  const buttons = ui.buttons(right);
  let rising = true;
  ui.button(buttons, { label: "Bend or flatten", primary: true, onClick: () => {
    carry.value = "none";
    rising = bend.value < 0.5;
    if (ui.reducedMotion()) { bend.value = rising ? 1 : 0; update(); } else motion.start();
  } });
  const holds = [0, 1].map((k) => ui.button(buttons, { label: `Move point ${k + 1}`,
    onClick: () => { held = k; picture.node.focus(); update(); } }));
  right.append(ui.el("p", { class: "asng-hint" },
    `All rings have the Fisher radius ${RADIUS}. Drag a point, or choose it and use the arrow keys.`));
  const summary = ui.summary(right);
  const motion = ui.animation(element, (seconds) => {
    bend.value = Math.min(1, Math.max(0, bend.value + (rising ? 1 : -1) * seconds * 0.6));
    update();
    return bend.value > 0 && bend.value < 1;
  });

  ui.drag(picture, {
    label: "Two points on the triangle: the arrow keys move the one that is held",
    move(x, y, event) {
      if (event.type === "pointerdown") held = nearer(x, y);
      place(nearest(x, y));
    },
    nudge(dx, dy) {
      const [x, y] = camera(N.bend(points[held], bend.value));
      place(nearest(x + 5 * dx, y + 5 * dy));
    },
  });

  function nearer(x, y) {
    const far = points.map((p) => Math.hypot(camera(N.bend(p, bend.value))[0] - x, camera(N.bend(p, bend.value))[1] - y));
    return far[0] <= far[1] ? 0 : 1;
  }

  function place(theta) {
    points[held] = theta;
    update();
  }

  /** The θ whose picture is nearest to a pixel: the best of a mesh, then of ever smaller meshes round it. */
  function nearest(x, y) {
    let best = null, least = Infinity;
    const look = (theta) => {
      const raised = theta.map((value) => Math.max(value, LEAST)), total = raised[0] + raised[1] + raised[2];
      const here = raised.map((value) => value / total), [u, v] = camera(N.bend(here, bend.value));
      const far = Math.hypot(u - x, v - y);
      if (far < least) [best, least] = [here, far];
    };
    for (let i = 0; i <= MESH; i++) for (let j = 0; i + j <= MESH; j++) look([i, j, MESH - i - j].map((k) => k / MESH));
    for (let size = 0.5 / MESH; size > 1e-4; size *= 0.6) {
      const from = best;
      for (const [a, b] of [[1, 0], [-1, 0], [0, 1], [0, -1], [1, -1], [-1, 1]]) {
        look([from[0] + a * size, from[1] + b * size, from[2] - (a + b) * size]);
      }
    }
    return Float64Array.from(best);
  }

  /** The step at each point: for the first as if c = a had been drawn, for the second c = b; of Fisher length 1. */
  function steps() {
    return points.map((theta, k) => {
      const v = N.sampleStep(theta, k);
      return [theta, v.map((value) => value / engine.fisherNorm(theta, v))];
    });
  }

  /** The Fisher length of the straight line from p to q, in short pieces. */
  function straight(p, q, pieces = 400) {
    const piece = Float64Array.from(p, (_, k) => (q[k] - p[k]) / pieces);
    const middle = (n) => p.map((value, k) => value + (n + 0.5) * piece[k]);
    return Array.from({ length: pieces }, (_, n) => engine.fisherNorm(middle(n), piece)).reduce((sum, length) => sum + length);
  }

  const pole = (key) => (key === "centre" ? CENTRE : Float64Array.from([0, 1, 2], (k) => (k === key ? 1 : 0)));

  function update() {
    holds.forEach((node, k) => node.setAttribute("aria-pressed", String(k === held)));
    picture.redraw();
    summary.say(words());
  }

  function words() {
    const [p, q] = points, show = (t) => `(${Array.from(t, (value) => ui.number(value, 2)).join(", ")})`;
    const far = `From ${show(p)} to ${show(q)} the Fisher distance is ${ui.number(engine.fisherDistance(p, q))}; along the ` +
      `straight line of the flat triangle it is ${ui.number(straight(p, q))}.`;
    if (carry.value === "none") return far;
    const angles = POLES.map(([key, name]) => `${Math.round(N.carriedAngle(...steps(), pole(key)))}° at ${name}`);
    return `Carried to one place, the two steps, towards a and towards b, make an angle of ${angles.join(", ")}: ` +
      "the answer depends on the place. Only the centre treats the three categories alike.";
  }

  /** Orthographic view with corner a on top: (x, y, depth), depth growing towards the eye. */
  function look(width, height) {
    const azimuth = ((45 + turn.value) * Math.PI) / 180, elevation = (27 * Math.PI) / 180;
    const [ca, sa, ce, se] = [Math.cos(azimuth), Math.sin(azimuth), Math.cos(elevation), Math.sin(elevation)];
    const size = Math.min((width - 70) / (ca + sa), (height - 60) / 1.34); // as wide as its corners b and c
    const cx = (width + size * (sa - ca)) / 2, cy = height / 2 + 0.24 * size;
    return ([a, b, c]) => [cx + size * (c * ca - b * sa), cy - size * (a * ce - (b * ca + c * sa) * se),
      a * se + (b * ca + c * sa) * ce];
  }

  function draw(g, width, height, colours) {
    camera = look(width, height);
    const t = bend.value, at = (theta) => camera(N.bend(theta, t));
    surface(g, at, t, colours);
    rings.forEach((ring) => {
      line(g, [...ring, ring[0]].map(at), colours.muted, 1);
      g.globalAlpha = 0.12;
      g.fillStyle = colours.muted;
      g.fill();
      g.globalAlpha = 1;
    });
    [[0, 1], [1, 2], [2, 0]].forEach(([i, j]) => line(g, edge(i, j).map(at), colours.text, 1.2));
    const q = carry.value === "none" ? null : pole(carry.value);
    if (q) transport(g, q, colours);
    else line(g, N.greatCircle(...points, 60).map(at), colours.text, 3);
    points.forEach((theta, k) => {
      const [x, y] = at(theta);
      g.fillStyle = q ? colours[STEPS[k]] : colours.text;
      g.strokeStyle = k === held ? colours.text : colours.ground;
      g.lineWidth = 2;
      g.beginPath();
      g.arc(x, y, 8, 0, 2 * Math.PI);
      g.fill();
      g.stroke();
      g.fillStyle = colours.ground;
      g.font = `700 11px ${colours.font}`;
      g.textAlign = "center";
      g.fillText(String(k + 1), x, y + 4);
    });
    g.fillStyle = colours.text;
    g.font = `600 14px ${colours.font}`;
    [[0, -9], [-12, 12], [12, 12]].forEach(([dx, dy], k) => {
      const [x, y] = at([0, 1, 2].map((i) => (i === k ? 1 : 0)));
      g.fillText(NAMES[k], x + dx, y + dy);
    });
  }

  const edge = (i, j) => Array.from({ length: 41 }, (_, n) => {
    const theta = [0, 0, 0];
    [theta[i], theta[j]] = [n / 40, 1 - n / 40];
    return theta;
  });

  /** Small triangles, shaded by how they face the light. */
  function surface(g, at, t, colours) {
    const n = 20, node = (i, j) => [i / n, j / n, (n - i - j) / n];
    for (let i = 0; i < n; i++) {
      for (let j = 0; i + j < n; j++) {
        face([node(i, j), node(i + 1, j), node(i, j + 1)]);
        if (i + j + 1 < n) face([node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)]);
      }
    }
    function face(corners) {
      const [a, b, c] = corners.map((theta) => N.bend(theta, t));
      const u = b.map((x, k) => x - a[k]), v = c.map((x, k) => x - a[k]);
      const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
      const light = Math.abs(N.dot(normal, [0.75, 0.28, 0.6])) / Math.hypot(...normal);
      g.fillStyle = g.strokeStyle = ui.mix(colours.ground, colours.high, colours.dark ? 0.08 + 0.22 * light ** 2 : 0.3 - 0.26 * light ** 2);
      g.lineWidth = 0.7;
      g.beginPath();
      corners.map(at).forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
      g.closePath();
      g.fill();
      g.stroke();
    }
  }

  /** Each step as an arrow that touches the sphere, at its own place, on the way, and at the pole. */
  function transport(g, q, colours) {
    const end = Float64Array.from(q, (x) => x * x);
    steps().forEach(([theta, v], k) => {
      const colour = colours[STEPS[k]], way = N.greatCircle(theta, end, 40);
      g.setLineDash([3, 4]);
      line(g, way.map((point) => camera(N.roots(point))), colour, 1.5);
      g.setLineDash([]);
      [0, 10, 20, 30, 40].forEach((n) => {
        const here = N.roots(way[n]), w = N.carried(theta, v, here);
        g.globalAlpha = n === 0 || n === 40 ? 1 : 0.4;
        arrow(g, camera(here), camera(here.map((x, i) => x + 0.32 * w[i])), colour, n === 0 || n === 40 ? 3.2 : 2);
      });
      g.globalAlpha = 1;
    });
  }

  function line(g, dots, colour, wide) {
    g.strokeStyle = colour;
    g.lineWidth = wide;
    g.beginPath();
    dots.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.stroke();
  }

  function arrow(g, [x, y], [u, v], colour, wide) {
    const long = Math.hypot(u - x, v - y);
    if (long < 2) return;
    const [dx, dy] = [(u - x) / long, (v - y) / long], head = Math.min(10, long * 0.5);
    line(g, [[x, y], [u - head * dx, v - head * dy]], colour, wide);
    g.fillStyle = colour;
    g.beginPath();
    g.moveTo(u, v);
    g.lineTo(u - head * dx - 0.5 * head * dy, v - head * dy + 0.5 * head * dx);
    g.lineTo(u - head * dx + 0.5 * head * dy, v - head * dy - 0.5 * head * dx);
    g.closePath();
    g.fill();
  }

  update();
});
