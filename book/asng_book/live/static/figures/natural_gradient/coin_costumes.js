/* One Bernoulli in three costumes: follow a gradient in the probability, the logit and the angle, from the same coin. */
ASNG.register("coin-costumes", function (element, options) {
  "use strict";
  const ui = ASNG.ui, { COSTUMES, coinPath, evenCoins } = ASNG.naturalGradient;
  const TIME = 8; // ε × steps that are shown
  const ROWS = [
    { key: "p", title: "probability p", from: 0, to: 1, colour: "text", dash: [], wide: 6,
      ticks: [[0, "0"], [0.25, "¼"], [0.5, "½"], [0.75, "¾"], [1, "1"]] },
    { key: "logit", title: "logit ln(p/(1 − p))", from: -6, to: 6, colour: "muted", dash: [9, 6], wide: 3.5, open: true,
      ticks: [[-4, "−4"], [-2, "−2"], [0, "0"], [2, "2"], [4, "4"]] },
    { key: "angle", title: "angle 2 arcsin √p", from: 0, to: Math.PI, colour: "accent", dash: [], wide: 1.8,
      ticks: [[0, "0"], [Math.PI / 4, "π/4"], [Math.PI / 2, "π/2"], [(3 * Math.PI) / 4, "3π/4"], [Math.PI, "π"]] },
  ];
  const ROW = 66, PAD = 16;
  let natural = Boolean(options.natural), shown = TIME, paths = {};

  const mode = ui.buttons(element);
  const choices = [[false, "Follow the plain gradient"], [true, "Follow the natural gradient"]].map(([value, label]) => {
    const node = ui.button(mode, { label, onClick: () => { natural = value; update(); play.start(); } });
    return { value, node };
  });
  const controls = ui.controls(element);
  const start = ui.slider(controls, { label: "where the coin starts, p", min: 0.01, max: 0.99, step: 0.01,
    value: options.p || 0.05, onInput: still });
  const epsilon = ui.slider(controls, { label: "learning rate ε", min: 0.01, max: 1, log: true, steps: 80,
    value: options.epsilon || 0.25, format: (value) => ui.number(value, 2), onInput: still });
  const grid = ui.panels(element);
  const left = ui.panel(grid, "Three labels for the same coins");
  const right = ui.panel(grid, "The coin on the way, p against ε × steps");
  const rulers = ui.canvas(left, { height: 3 * ROW + 8, draw: drawRulers });
  const chart = ui.canvas(right, { height: 3 * ROW + 8, label: "p against steps, one curve for each coordinate", draw: drawChart });
  left.append(ui.el("p", { class: "asng-hint" }, "Upper ticks: coins equally far apart. Dots: one for each step. Drag along a scale to move the start."));
  const summary = ui.summary(element);
  const play = ui.animation(element, (seconds) => {
    shown = Math.min(TIME, shown + seconds * 2.5);
    redraw();
    return shown < TIME;
  });
  const began = play.start;
  play.start = () => { // from the first step, or at once for those who prefer no motion
    if (ui.reducedMotion()) return;
    shown = 0;
    began();
  };
  ui.button(mode, { label: "Replay", onClick: () => play.start() });

  ui.drag(rulers, {
    label: "The coin's start on the three rulers: left and right arrows change p by 0.01",
    scroll: "pan-y",
    move(x, y) {
      const row = ROWS[Math.max(0, Math.min(2, Math.floor(y / ROW)))];
      const width = rulers.node.clientWidth - 2 * PAD;
      setStart(COSTUMES[row.key].toP(row.from + (Math.min(1, Math.max(0, (x - PAD) / width))) * (row.to - row.from)));
    },
    nudge: (dx, dy) => setStart(start.value + 0.01 * (dx - dy)),
  });

  function setStart(p) {
    start.value = Math.round(100 * Math.min(0.99, Math.max(0.01, p))) / 100;
    still();
  }

  function still() {
    play.stop();
    shown = TIME;
    update();
  }

  const steps = () => Math.round(TIME / epsilon.value);
  const count = () => Math.round((shown / TIME) * steps());

  function update() {
    ROWS.forEach(({ key }) => { paths[key] = coinPath(key, natural, start.value, epsilon.value, steps()); });
    choices.forEach(({ value, node }) => {
      node.classList.toggle("asng-primary", value === natural);
      node.setAttribute("aria-pressed", String(value === natural));
    });
    redraw();
    summary.say(words());
  }

  function redraw() {
    rulers.redraw();
    chart.redraw();
  }

  /** The largest difference in p between two of the three paths, over all steps. */
  function gap() {
    return paths.p.reduce((widest, _, t) => {
      const here = ROWS.map(({ key }) => paths[key][t]);
      return Math.max(widest, Math.max(...here) - Math.min(...here));
    }, 0);
  }

  function words() {
    const n = steps(), [p, logit, angle] = ROWS.map(({ key }) => paths[key]);
    const left = p.findIndex((value) => value >= 1);
    const end = (path) => ui.number(path[n]);
    const overshoot = left > 0 && p[left] >= 1 ? ` (step ${left} hits p = 1, where it is stopped: there is no coin beyond)` : "";
    const paths3 = `p = ${end(p)} in the probability${overshoot}, ${end(logit)} in the logit, ${end(angle)} in the angle`;
    const which = natural ? "natural" : "plain";
    const verdict = natural
      ? `On the way the three are never further apart than ${ui.number(gap(), 2)} in p; halve ε and this gap halves.`
      : `On the way they are up to ${ui.number(gap(), 2)} apart in p.`;
    return `After ${n} steps of the ${which} gradient: ${paths3}. ${verdict}`;
  }

  function drawRulers(g, width, _, colours) {
    const inner = width - 2 * PAD;
    ROWS.forEach((row, i) => {
      const line = i * ROW + 36;
      const at = (p) => PAD + (inner * (COSTUMES[row.key].fromP(p) - row.from)) / (row.to - row.from);
      const value = (x) => PAD + (inner * (x - row.from)) / (row.to - row.from);
      g.font = `600 12px ${colours.font}`;
      g.fillStyle = colours[row.colour];
      g.textAlign = "left";
      g.fillText(row.title, PAD, line - 20);
      g.strokeStyle = colours.muted;
      g.lineWidth = 1.2;
      stroke(g, [[row.open ? 2 : PAD, line], [row.open ? width - 2 : PAD + inner, line]]);
      if (row.open) [[2, 7], [width - 2, width - 7]].forEach(([tip, base]) => stroke(g, [[base, line - 4], [tip, line], [base, line + 4]]));
      evenCoins(16).slice(row.open ? 1 : 0, row.open ? -1 : 17).forEach((p) => stroke(g, [[at(p), line - 13], [at(p), line - 5]]));
      g.font = `11px ${colours.font}`;
      g.fillStyle = colours.muted;
      g.textAlign = "center";
      row.ticks.forEach(([x, text]) => {
        stroke(g, [[value(x), line], [value(x), line + 4]]);
        g.fillText(text, value(x), line + 20);
      });
      const path = paths[row.key], last = count();
      g.fillStyle = colours[row.colour];
      for (let t = 0; t <= last; t++) if (inside(path[t], row)) disc(g, at(path[t]), line, 2.4, 0.55);
      g.strokeStyle = colours[row.colour];
      g.fillStyle = colours.ground;
      g.lineWidth = 2;
      ring(g, at(path[0]), line, 5);
      g.fillStyle = colours[row.colour];
      disc(g, Math.min(width - 6, Math.max(6, inside(path[last], row) ? at(path[last]) : path[last] < 0.5 ? 0 : width)), line, 6.5, 1);
    });
  }

  const inside = (p, row) => !row.open || Math.abs(COSTUMES[row.key].fromP(p)) <= row.to;

  function drawChart(g, width, height, colours) {
    const x0 = 30, x1 = width - 10, y0 = height - 30, y1 = 12;
    const X = (time) => x0 + ((x1 - x0) * time) / TIME, Y = (p) => y0 + (y1 - y0) * p;
    g.lineWidth = 1;
    g.strokeStyle = colours.grid;
    g.fillStyle = colours.muted;
    g.font = `11px ${colours.font}`;
    for (const p of [0, 0.5, 1]) {
      stroke(g, [[x0, Y(p)], [x1, Y(p)]]);
      g.textAlign = "right";
      g.fillText(String(p), x0 - 6, Y(p) + 4);
    }
    g.textAlign = "center";
    for (let time = 0; time <= TIME; time += 2) g.fillText(String(time), X(time), y0 + 16);
    const last = count(), n = steps();
    for (const row of ROWS) {
      const points = paths[row.key].slice(0, last + 1).map((p, t) => [X((t * TIME) / n), Y(p)]);
      g.strokeStyle = colours[row.colour];
      g.lineWidth = natural ? row.wide : 2.4;
      g.setLineDash(row.dash);
      stroke(g, points);
      g.setLineDash([]);
    }
    const end = ROWS.map((row) => ({ row, y: Y(paths[row.key][last]) })).sort((a, b) => a.y - b.y);
    if (natural) label("all three", end[0].y, colours.text);
    else spread(end).forEach(({ row, y }) => label({ p: "in p", logit: "in the logit", angle: "in the angle" }[row.key], y, colours[row.colour]));
    function label(text, y, colour) {
      g.font = `600 12px ${colours.font}`;
      g.textAlign = "right";
      g.fillStyle = colour;
      g.fillText(text, x1, Math.max(24, y + (y > (y0 + y1) / 2 ? -8 : 16)));
    }
  }

  /** Labels of curves that end close to one another, at least 15 px apart. */
  function spread(ends) {
    ends.forEach((end, i) => { if (i && end.y < ends[i - 1].y + 15) end.y = ends[i - 1].y + 15; });
    return ends;
  }

  function stroke(g, points) {
    g.beginPath();
    points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.stroke();
  }

  function disc(g, x, y, radius, alpha) {
    g.globalAlpha = alpha;
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.fill();
    g.globalAlpha = 1;
  }

  function ring(g, x, y, radius) {
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.fill();
    g.stroke();
  }

  update();
});
