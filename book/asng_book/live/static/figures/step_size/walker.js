/* A walker whose steps have a signal part and a noise part; Algorithm 1 sets their length. */
ASNG.register("walker", function (element, options) {
  "use strict";
  const { ui, stepSize } = ASNG;
  const STEPS = 1500, HALF = STEPS / 2, PLAY = 9; // seconds for a whole walk
  const SNRS = [0, ...Array.from({ length: 21 }, (_, i) => Number((10 ** (i / 4 - 4)).toPrecision(2)))];
  const WHEN = [["fades", "until half-way"], ["steady", "all the way"], ["comes", "from half-way on"]];
  let seed = options.seed || 1, noise = null, noiseKey = "", run = null, mean = null, shown = 0, exact = 0;

  /* ---- Controls ---- */

  const controls = ui.controls(element);
  const snr = ui.slider(controls, { label: "SNR of a step", values: SNRS, value: options.snr === undefined ? 0.032 : options.snr,
    format: (v) => (v === 0 ? "0: pure noise" : ui.number(v, 2)), onInput: update });
  const delta0 = ui.slider(controls, { label: "first step size δ^0", min: 0.01, max: 10, log: true, steps: 60, value: options.delta0 || 0.1,
    format: (v) => ui.number(v, 2), onInput: update });

  /* ---- Pictures ---- */

  const key = ui.newId(), RIGHT = 44; // px beside the curves, for their names
  const turn = () => (when.value === "steady" ? [] : [{ x: HALF, dash: [2, 4], text: when.value === "fades" ? "the signal stops" : "the signal begins" }]);
  const now = () => [{ x: shown + 1, colour: "text" }];
  const size = ui.chart(ui.panel(element, "Step size δ"), { height: 170, label: "δ", sync: key, right: RIGHT, x: { range: () => [0, STEPS] }, y: { log: true },
    series: [{ label: "δ", colour: "asng", width: 2.2 }, { label: "on average", colour: "text", dash: [6, 5], width: 1.2 },
      { label: "rest", colour: "aim", dash: [2, 4], width: 2 }],
    lines: () => [...turn(), ...now()], over: nameSizes });
  const square = ui.chart(ui.panel(element, "Above αγ, δ grows; below, it shrinks"), { height: 150, label: "‖s‖²", sync: key, right: RIGHT, x: { range: () => [0, STEPS] },
    y: { log: true, range: (_, __, high) => [0.3, Math.max(5, 1.2 * high)] },
    series: [{ label: "‖s‖²", colour: "text", width: 1.4 }, { label: "γ", colour: "text", dash: [6, 5], width: 1.2 },
      { label: "αγ", colour: "aim", dash: [2, 4], width: 2 }], lines: now, over: nameSquares });
  const bar = ui.buttons(element);
  const play = ui.button(bar, { label: "Play", primary: true, onClick: () => (animation.running ? animation.stop() : start()) });
  const time = ui.slider(bar, { label: "shown up to step", min: 1, max: STEPS, step: 1, value: 700, onInput: (v) => { animation.stop(); show(v - 1); } });
  time.row.classList.add("asng-time");
  ui.button(bar, { label: "Other noise", onClick: () => { seed += 1; update(); } });
  const pair = ui.panels(element);
  const left = ui.panel(pair, "s: along the signal, and across it");
  const memory = ui.canvas(left, { height: 210, label: "s", draw: drawMemory });
  const right = ui.panel(pair, "The walk: along the signal, and beside it");
  const path = ui.canvas(right, { height: 210, label: "the walk", draw: drawPath });
  pair.before(ui.tabs(element, [["s", "s", left], ["walk", "The walk", right]], { narrow: true }).node);
  const summary = ui.summary(element);
  const drawer = ui.controls(ui.more(element, "Settings"));
  const alpha = ui.slider(drawer, { label: "target α of ‖s‖^2/γ", min: 1.1, max: 3, step: 0.1, value: options.alpha || 1.5, onInput: update });
  const dims = ui.slider(drawer, { label: "dimensions n_θ", values: [2, 5, 10, 30, 120, 500], value: options.n || 120, onInput: update });
  const when = ui.select(drawer, { label: "signal", choices: WHEN, value: options.when || "fades", onInput: update });
  const animation = ui.animation(element, tick, (running) => { play.textContent = running ? "Pause" : "Play"; });

  /* ---- From the controls to a walk ---- */

  const snrAt = (t) => (when.value === "steady" || (t < HALF) === (when.value === "fades") ? snr.value : 0);
  const restDelta = (t) => (snrAt(t) > 0 ? Math.sqrt(dims.value) * stepSize.restBeta(snrAt(t), alpha.value) : null);

  function update() {
    const n = dims.value, setting = { n, snrs: Float64Array.from({ length: STEPS }, (_, t) => snrAt(t)), alpha: alpha.value, delta0: delta0.value };
    if (noiseKey !== `${n} ${seed}`) noise = stepSize.noise(n, STEPS, seed);
    noiseKey = `${n} ${seed}`;
    run = stepSize.walk({ ...setting, noise });
    mean = stepSize.expected(setting);
    draw();
    say();
  }

  function start() {
    if (ui.reducedMotion()) return show(STEPS - 1);
    exact = shown >= STEPS - 1 ? 0 : shown;
    return animation.start();
  }

  function tick(seconds) {
    exact = Math.min(STEPS - 1, exact + (seconds * STEPS) / PLAY);
    show(Math.floor(exact));
    return exact < STEPS - 1;
  }

  function show(step) {
    shown = step;
    time.value = step + 1;
    [size, square, memory, path].forEach((picture) => picture.redraw());
  }

  function draw() {
    const xs = Array.from({ length: STEPS }, (_, t) => t + 1);
    size.set(xs, [Array.from(run.delta), Array.from(mean.delta), xs.map((_, t) => restDelta(t))]);
    square.set(xs, [Array.from(run.s2), Array.from(run.gamma), Array.from(run.gamma, (g) => alpha.value * g)]);
    show(shown);
  }

  /* ---- Words ---- */

  /** The mean of ‖s‖²/γ from step a to step b, each weighted with its β, as line 8 weights it. */
  function ratio(a, b) {
    let total = 0, weight = 0;
    for (let t = a; t < b; t++) {
      total += (run.beta[t] * run.s2[t]) / run.gamma[t];
      weight += run.beta[t];
    }
    return total / weight;
  }

  function phase(a, b) {
    const end = run.delta[b - 1], rest = restDelta(b - 1);
    if (rest === null) {
      const law = 1 / (1 / run.delta[a] + ((1 - 1 / alpha.value) * (b - a)) / Math.sqrt(dims.value));
      return `in pure noise δ shrinks from ${ui.number(run.delta[a])} to ${ui.number(end)} (the law 1/t, derived below: ${ui.number(law)})`;
    }
    return `with SNR ${ui.number(snrAt(a), 2)} δ goes from ${ui.number(run.delta[a])} to ${ui.number(end)}; it can rest at ${ui.number(rest)}, ` +
      `and ‖s‖²/γ over the last ${(b - a) / 3} of these steps was ${ui.number(ratio(b - (b - a) / 3, b))} (target ${ui.number(alpha.value)})`;
  }

  function say() {
    const text = when.value === "steady" ? phase(0, STEPS) : `${phase(0, HALF)}; then ${phase(HALF, STEPS)}`;
    summary.say(`${text[0].toUpperCase()}${text.slice(1)}.`);
    size.describe(`Step size against steps. ${text}.`);
    square.describe(`Squared length of s against steps, its level for noise γ, and the target αγ. ${text}.`);
    memory.describe(`s after ${STEPS} steps: ${ui.number(run.along[STEPS - 1])} along the signal, ${ui.number(run.across[STEPS - 1])} across it.`);
    path.describe(`The walk after ${STEPS} steps: ${ui.number(run.ahead[STEPS - 1])} along the signal, ${ui.number(run.beside[STEPS - 1])} beside it.`);
    element.dataset.summary = JSON.stringify({ half: run.delta[HALF - 1], end: run.delta[STEPS - 1], rest: restDelta(HALF - 1) });
  }

  /* ---- Drawing ---- */

  /** Names at their lines: of each [step, value, text, colour, px below], unless there is no such value. */
  function names(g, frame, points, taken = []) {
    const room = { ...frame, width: frame.width + RIGHT, height: frame.height + 8 };
    ui.lineLabels(g, room, points.filter(([, y]) => y > 0).map(([step, y, text, colour, below = 0]) =>
      ({ x: frame.x(step), y: frame.y(y) + below, text, colour: frame.palette[colour] })), frame.palette.ground, taken);
  }

  function nameSizes(g, frame) {
    const rests = Math.round((when.value === "comes" ? 0.6 : 0.22) * STEPS), falls = Math.round(0.72 * STEPS);
    names(g, frame, [[STEPS, run.delta[STEPS - 1], "δ", "asng"], [rests, restDelta(rests), "where it can rest", "aim", -16],
      [falls, mean.delta[falls], "on average", "text", -12]], turn().map(({ x, text }) => // where it is said that the signal turns
      ({ left: frame.x(x), right: frame.x(x) + g.measureText(text).width + 8, top: frame.top, bottom: frame.top + 16 })));
  }

  function nameSquares(g, frame) {
    const gamma = run.gamma[STEPS - 1], early = run.s2.indexOf(Math.max(...run.s2.subarray(0, 200)));
    names(g, frame, [[STEPS, alpha.value * gamma, "αγ", "aim"], [STEPS, gamma, "γ", "text"], [early, run.s2[early], "‖s‖²", "text"]]);
  }

  function drawMemory(g, width, height, colours) {
    const a = Math.sqrt(alpha.value * run.gamma[shown]), noiseOnly = Math.sqrt(run.gamma[shown]);
    let reach = 1.5 * Math.sqrt(alpha.value);
    for (let t = Math.max(0, shown - 80); t <= shown; t++) reach = Math.max(reach, 1.12 * Math.sqrt(run.s2[t]));
    const x0 = width * 0.36, y0 = height - 26, unit = Math.min((width - x0 - 8) / reach, (y0 - 6) / reach);
    const X = (x) => x0 + unit * x, Y = (y) => y0 - unit * y;
    g.save();
    g.beginPath();
    g.rect(0, 0, width, y0);
    g.clip();
    g.globalAlpha = 0.1;
    g.fillStyle = colours.asng;
    g.fillRect(0, 0, width, y0);
    disc(g, X(0), Y(0), unit * a, colours.ground, 1);
    disc(g, X(0), Y(0), unit * a, colours.muted, 0.16);
    g.globalAlpha = 1;
    ring(g, X(0), Y(0), unit * a, colours.aim, [2, 4], 2);
    ring(g, X(0), Y(0), unit * noiseOnly, colours.text, [6, 5], 1.2);
    for (let t = Math.max(0, shown - 80); t < shown; t++) {
      disc(g, X(run.along[t]), Y(run.across[t]), 2, colours.muted, 0.08 + 0.5 * (1 - (shown - t) / 81));
    }
    g.restore();
    line(g, [[4, y0], [width - 4, y0]], colours.muted, 1);
    arrow(g, X(0), Y(0), X(run.along[shown]), Y(run.across[shown]), colours.text);
    cross(g, X(Math.sqrt(alpha.value - 1)), Y(1), colours.aim);
    g.font = `12px ${colours.font}`;
    g.fillStyle = colours.text;
    g.textAlign = "right";
    g.fillText("δ grows", width - 6, 16);
    g.textAlign = "center";
    if (unit * a > 44) g.fillText("δ shrinks", X(-0.5 * a), Y(0.12 * a));
    g.fillStyle = colours.muted;
    g.textAlign = "right";
    g.fillText("along the signal →", width - 4, height - 8);
    g.textAlign = "left";
    g.fillText("✕ where s can rest", 4, height - 8);
  }

  function drawPath(g, width, height, colours) {
    let least = 0, far = 1e-9, high = 1e-9;
    for (let t = 0; t < STEPS; t++) {
      least = Math.min(least, run.ahead[t]);
      far = Math.max(far, run.ahead[t]);
      high = Math.max(high, run.beside[t]);
    }
    const y0 = height - 26, side = Math.max(far - least, 0.6 * high);
    const unit = Math.min((width - 30) / side, (y0 - 14) / high);
    const X = (x) => 14 + unit * (x - least) + (width - 30 - unit * side) * (far - least < side ? 0.3 : 0), Y = (y) => y0 - unit * y;
    line(g, [[4, y0], [width - 4, y0]], colours.muted, 1);
    const points = [[X(0), Y(0)]];
    for (let t = 0; t <= shown; t++) points.push([X(run.ahead[t]), Y(run.beside[t])]);
    line(g, points, ui.mix(colours.ground, colours.muted, 0.6), 2);
    const memories = Math.min(shown + 1, Math.max(1, Math.round(1 / run.beta[shown])));
    line(g, points.slice(-memories - 1), colours.asng, 3);
    disc(g, X(0), Y(0), 4, colours.text, 1);
    disc(g, ...points[points.length - 1], 5, colours.asng, 1);
    const bar = nice(70 / unit);
    line(g, [[10, 20], [10 + bar * unit, 20]], colours.text, 2);
    g.font = `12px ${colours.font}`;
    g.fillStyle = colours.text;
    g.textAlign = "left";
    g.fillText(ui.number(bar), 12, 15);
    g.fillStyle = colours.muted;
    g.textAlign = "right";
    g.fillText("along the signal →", width - 4, height - 8);
    g.textAlign = "left";
    g.fillText(`blue: the last ${ui.number(memories)} steps`, 4, height - 8);
  }

  const nice = (x) => [1, 2, 5, 10].map((f) => f * 10 ** Math.floor(Math.log10(x))).reduce((best, v) => (v <= x ? v : best));

  function line(g, points, colour, width) {
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.lineJoin = "round";
    g.beginPath();
    points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.stroke();
  }

  function disc(g, x, y, radius, colour, opacity) {
    g.globalAlpha = opacity;
    g.fillStyle = colour;
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.fill();
    g.globalAlpha = 1;
  }

  function ring(g, x, y, radius, colour, dash, width) {
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.setLineDash(dash);
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.stroke();
    g.setLineDash([]);
  }

  function arrow(g, x0, y0, x1, y1, colour) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 3) return;
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length], head = Math.min(9, length / 2);
    line(g, [[x0, y0], [x1 - ux * head, y1 - uy * head]], colour, 2);
    g.fillStyle = colour;
    g.beginPath();
    g.moveTo(x1, y1);
    g.lineTo(x1 - head * ux + 0.5 * head * uy, y1 - head * uy - 0.5 * head * ux);
    g.lineTo(x1 - head * ux - 0.5 * head * uy, y1 - head * uy + 0.5 * head * ux);
    g.fill();
  }

  function cross(g, x, y, colour) {
    line(g, [[x - 5, y - 5], [x + 5, y + 5]], colour, 2.5);
    line(g, [[x - 5, y + 5], [x + 5, y - 5]], colour, 2.5);
  }

  shown = Math.min(STEPS, time.value) - 1;
  update();
});
