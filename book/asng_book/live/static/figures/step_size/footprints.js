/* A walker in fog: the reader puts the goal near, far or nowhere, and ‖s‖² tells the three apart.
 *
 * Options: `goal`, "near", "far" or "nowhere"; `length` of a step; `automatic`; `seed`.
 */
ASNG.register("footprints", function (element, options) {
  "use strict";
  const { ui, fog } = ASNG, { BETA, ALPHA } = fog;
  const PACE = 7, FIRST = 40, MOST = 400; // steps a second, steps before anyone has touched it, and in one go
  const GOALS = { near: [0.3, 0], far: [40, 12], nowhere: null }; // from where the walker stands
  const SAYS = { short: ["Too short.", "The steps agree."], long: ["Too long.", "The steps contradict."],
    noise: ["Nothing there.", "The steps are unrelated."] };
  let walk, goal, camera = [0, 0], exact = 0, left = 0, tips = [], dragging = null, unit = 30;

  const pair = ui.el("div", { class: "asng-fog" });
  element.append(pair);
  const field = ui.panel(pair, "");
  const plane = ui.canvas(field, { height: 270, label: "the plane", draw: drawPlane });
  const side = ui.panel(pair, "");
  const verdict = ui.el("p", { class: "asng-verdict" });
  side.append(verdict);
  const rings = ui.canvas(side, { height: 222, label: "s", draw: drawRings });
  const bar = ui.buttons(element);
  const go = ui.button(bar, { label: "Walk", primary: true, onClick: () => (animation.running ? animation.stop() : walkOn()) });
  ui.button(bar, { label: "Goal near", onClick: () => put("near") });
  ui.button(bar, { label: "Goal far", onClick: () => put("far") });
  ui.button(bar, { label: "No goal", onClick: () => put("nowhere") });
  const automatic = ui.checkbox(bar, { label: "automatic step length", checked: Boolean(options.automatic), onInput: walkOn });
  const length = ui.slider(bar, { label: "step length", min: fog.SHORTEST, max: fog.LONGEST, log: true, value: options.length || 1,
    format: (v) => ui.number(v, 2), onInput: (value) => { walk.length = value; walkOn(); } });
  length.row.classList.add("asng-time");
  const summary = ui.summary(element);
  const animation = ui.animation(element, tick, (running) => { go.textContent = running ? "Pause" : "Walk"; });

  ui.drag(plane, {
    label: "the goal: the arrow keys move it", scroll: "pan-y",
    move: (x, y, event) => {
      dragging = event.buttons ? [x, y] : null;
      goal = [camera[0] + (x - plane.node.clientWidth / 2) / unit, camera[1] + (y - plane.node.clientHeight / 2) / unit];
      if (ui.reducedMotion()) show(); // the walker goes on once the goal is let go
      else walkOn();
    },
    nudge: (dx, dy) => setGoal([(goal || walk.place)[0] + 0.5 * dx, (goal || walk.place)[1] + 0.5 * dy]),
  });
  for (const end of ["pointerup", "pointercancel"]) {
    plane.node.addEventListener(end, () => {
      dragging = null;
      if (ui.reducedMotion()) walkOn();
    });
  }

  /* ---- The walk ---- */

  function put(where) {
    const from = walk.place;
    setGoal(GOALS[where] && [from[0] + GOALS[where][0], from[1] + GOALS[where][1]]);
  }

  function setGoal(wanted) {
    goal = wanted;
    walkOn();
  }

  /** Walk, or where nothing should move, be some steps further. */
  function walkOn() {
    left = MOST;
    if (!ui.reducedMotion()) return animation.start();
    for (let i = 0; i < FIRST; i++) step();
    return show();
  }

  function tick(seconds) {
    exact += seconds * PACE;
    for (; exact >= 1; exact -= 1) {
      step();
      left -= 1;
    }
    show();
    return left > 0;
  }

  function step() {
    fog.step(walk, goal, automatic.value);
    tips.push([walk.s[0], walk.s[1]]);
    if (tips.length > fog.WINDOW) tips.shift();
    if (walk.prints.length > 90) walk.prints.shift();
  }

  function show() {
    length.value = walk.length;
    plane.redraw();
    rings.redraw();
    const mean = fog.meanSquare(walk), said = fog.verdict(walk), far = goal && Math.hypot(goal[0] - walk.place[0], goal[1] - walk.place[1]);
    verdict.replaceChildren(ui.el("b", {}, SAYS[said][0]), ` ${SAYS[said][1]}`);
    const numbers = `Over the last ${walk.recent.length} steps the mean of ‖s‖² was ${ui.number(mean, 2)}. Noise alone would give γ = ${ui.number(walk.gamma, 2)}.`;
    summary.say(numbers);
    plane.describe(`A walker in fog${goal ? `, ${ui.number(far, 2)} from the goal` : ", and no goal"}; the steps are ${ui.number(walk.length, 2)} long. The arrow keys move the goal.`);
    rings.describe(`Footprints in fog, ${goal ? `${ui.number(far, 2)} from the goal` : "without a goal"}, and beside them s, which is ${ui.number(Math.sqrt(walk.s2), 2)} long; the ring of noise has the radius ${ui.number(Math.sqrt(walk.gamma), 2)}. ${SAYS[said].join(" ")}`);
    element.dataset.summary = JSON.stringify({ mean, verdict: said, length: walk.length, far: goal ? far : null, place: Array.from(walk.place) });
  }

  /* ---- The plane ---- */

  function drawPlane(g, width, height, colours) {
    unit = Math.max(22, width / 18);
    const room = [0.28 * width / unit, 0.24 * height / unit]; // the walker stays so near to the middle
    const at = here();
    camera = camera.map((c, i) => Math.max(at[i] - room[i], Math.min(at[i] + room[i], c)));
    if (dragging) goal = [camera[0] + (dragging[0] - width / 2) / unit, camera[1] + (dragging[1] - height / 2) / unit];
    const X = (x) => width / 2 + unit * (x - camera[0]), Y = (y) => height / 2 + unit * (y - camera[1]);
    drawFog(g, width, height, colours, X, Y, at);
    const known = walk.prints, end = known.length - 1 - (animation.running ? 1 : 0);
    for (let i = 0; i <= end; i++) {
      const age = end - i;
      footprint(g, X(known[i].x), Y(known[i].y), known[Math.min(i + 1, known.length - 1)].angle, i % 2 ? 1 : -1, colours, Math.max(0.06, (1 - BETA) ** age));
    }
    g.fillStyle = colours.text;
    ui.marker(g, "circle", X(at[0]), Y(at[1]), 6);
    if (goal) drawGoal(g, width, height, colours, X(goal[0]), Y(goal[1]));
    drawLength(g, height, colours);
  }

  /** Where the walker is on its way from the last print to the next. */
  function here() {
    const [before, last] = walk.prints.slice(-2), t = animation.running ? exact : 1;
    return last ? [before.x + t * (last.x - before.x), before.y + t * (last.y - before.y)] : [before.x, before.y];
  }

  /** Clouds that belong to the ground, so that one sees the walker move, thin round the walker. */
  function drawFog(g, width, height, colours, X, Y, at) {
    const hash = (i, j) => Math.abs(Math.sin(127.1 * i + 311.7 * j) * 43758.5453) % 1, every = 2.2, rim = 3;
    g.fillStyle = ui.mix(colours.ground, colours.muted, 0.2);
    g.fillRect(0, 0, width, height);
    const across = Math.ceil(width / unit / every / 2) + 2, down = Math.ceil(height / unit / every / 2) + 2;
    const [ci, cj] = camera.map((c) => Math.round(c / every));
    for (let i = ci - across; i <= ci + across; i++) {
      for (let j = cj - down; j <= cj + down; j++) {
        const x = X(every * (i + hash(i, j) - 0.5)), y = Y(every * (j + hash(j, i + 7) - 0.5)), r = unit * every * (0.6 + hash(i + 3, j));
        const cloud = g.createRadialGradient(x, y, 0, x, y, r), shade = ui.mix(colours.ground, colours.muted, hash(i, j + 5) < 0.5 ? 0.02 : 0.34);
        cloud.addColorStop(0, shade.replace("rgb", "rgba").replace(")", ",0.5)"));
        cloud.addColorStop(1, shade.replace("rgb", "rgba").replace(")", ",0)"));
        g.fillStyle = cloud;
        g.fillRect(x - r, y - r, 2 * r, 2 * r);
      }
    }
    const clear = g.createRadialGradient(X(at[0]), Y(at[1]), 0, X(at[0]), Y(at[1]), unit * rim);
    const ground = ui.mix(colours.ground, colours.ground, 0).replace("rgb", "rgba");
    clear.addColorStop(0, ground.replace(")", ",0.95)"));
    clear.addColorStop(0.35, ground.replace(")", ",0.7)"));
    clear.addColorStop(1, ground.replace(")", ",0)"));
    g.fillStyle = clear;
    g.fillRect(0, 0, width, height);
  }

  function footprint(g, x, y, angle, side_, colours, opacity) {
    g.save();
    g.translate(x, y);
    g.rotate(angle);
    g.globalAlpha = opacity;
    g.fillStyle = colours.asng;
    for (const [along, long, wide] of [[2.5, 4.6, 2.9], [-4.4, 2.4, 2.2]]) {
      g.beginPath();
      g.ellipse(along, 3.2 * side_, long, wide, 0, 0, 2 * Math.PI);
      g.fill();
    }
    g.restore();
  }

  /** A flag; where it is out of sight, an arrow at the edge that says how far. */
  function drawGoal(g, width, height, colours, x, y) {
    const pad = 22, out = x < 8 || x > width - 8 || y < 8 || y > height - 8;
    g.fillStyle = g.strokeStyle = colours.text;
    g.lineWidth = 2;
    g.font = `600 12px ${colours.font}`;
    if (!out) {
      ui.rule(g, colours.text, x, y, x, y - 24);
      g.beginPath();
      g.moveTo(x, y - 24);
      g.lineTo(x + 15, y - 18.5);
      g.lineTo(x, y - 13);
      g.fill();
      ui.marker(g, "circle", x, y, 2.5);
      return;
    }
    const dx = x - width / 2, dy = y - height / 2, t = Math.min((width / 2 - pad) / Math.abs(dx || 1e-9), (height / 2 - pad) / Math.abs(dy || 1e-9));
    const px = width / 2 + t * dx, py = height / 2 + t * dy, angle = Math.atan2(dy, dx);
    g.save();
    g.translate(px, py);
    g.rotate(angle);
    g.beginPath();
    g.moveTo(12, 0);
    g.lineTo(-4, -7);
    g.lineTo(-4, 7);
    g.fill();
    g.restore();
    const far = Math.hypot(goal[0] - walk.place[0], goal[1] - walk.place[1]);
    g.textAlign = px > width / 2 ? "right" : "left";
    g.fillText(`goal, ${ui.number(far, 2)} away`, px + (px > width / 2 ? -12 : 12), py + (py > height / 2 ? -10 : 18));
  }

  function drawLength(g, height, colours) {
    const x = 12, y = height - 14, far = unit * walk.length;
    g.lineWidth = 2;
    ui.rule(g, colours.text, x, y, x + far, y);
    for (const end of [x, x + far]) ui.rule(g, colours.text, end, y - 4, end, y + 4);
    g.fillStyle = colours.text;
    g.font = `12px ${colours.font}`;
    g.textAlign = "left";
    g.fillText("one step", x, y - 9);
  }

  /* ---- s and its rings ---- */

  function drawRings(g, width, height, colours) {
    const x0 = width / 2, y0 = height / 2, scale = Math.min(width, height) / 2 / 3.3;
    const ring = (radius, colour, dash, thick) => {
      g.setLineDash(dash);
      g.lineWidth = thick;
      g.strokeStyle = colour;
      g.beginPath();
      g.arc(x0, y0, Math.max(0.1, scale * radius), 0, 2 * Math.PI);
      g.stroke();
      g.setLineDash([]);
    };
    const noise = Math.sqrt(walk.gamma), target = Math.sqrt(ALPHA * walk.gamma);
    g.globalAlpha = 0.1;
    g.fillStyle = colours.asng;
    g.beginPath();
    g.arc(x0, y0, scale * 3.25, 0, 2 * Math.PI);
    g.arc(x0, y0, scale * target, 0, 2 * Math.PI, true);
    g.fill();
    g.globalAlpha = 1;
    g.textAlign = "center";
    label(g, "shorter!", x0, y0 - scale * 0.28, colours.muted, colours);
    g.fillStyle = colours.muted;
    tips.forEach(([x, y], i) => {
      g.globalAlpha = 0.6 * (1 - BETA) ** (tips.length - 1 - i) + 0.08;
      ui.marker(g, "circle", x0 + scale * x, y0 + scale * y, 2.4);
    });
    g.globalAlpha = 1;
    ring(noise, colours.text, [6, 5], 1.2);
    ring(target, colours.aim, [2, 4], 2);
    ui.arrow(g, colours.text, [x0, y0], [x0 + scale * walk.s[0], y0 + scale * walk.s[1]], { width: 3, head: 10 });
    label(g, "γ", x0, y0 + scale * noise - 6, colours.text, colours);
    label(g, "αγ", x0, y0 + scale * target + 15, colours.aim, colours);
    label(g, "longer!", x0, y0 - scale * 2.5, colours.text, colours);
    if (walk.s2 > 0.7) label(g, "s", x0 + scale * walk.s[0] * 1.13 + 4, y0 + scale * walk.s[1] * 1.13 + 4, colours.text, colours, 600);
  }

  function label(g, text, x, y, colour, colours, weight = 400) {
    g.font = `${weight} ${weight > 400 ? 14 : 12}px ${colours.font}`;
    g.strokeStyle = colours.ground;
    g.lineWidth = 3;
    g.lineJoin = "round";
    g.strokeText(text, x, y);
    g.fillStyle = colour;
    g.fillText(text, x, y);
  }

  walk = fog.newWalk(options.seed || 1, length.value);
  const where = Object.hasOwn(GOALS, options.goal || "far") ? options.goal || "far" : "far";
  goal = GOALS[where] && [...GOALS[where]];
  for (let i = 0; i < FIRST; i++) step();
  camera = Array.from(walk.place);
  show();
});
