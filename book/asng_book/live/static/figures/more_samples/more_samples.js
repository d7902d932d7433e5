/* Ten machines, ten times as fast? ASNG runs on the page for λ from 2 to 64; the reader guesses first, then says how many
 * workers there are, what an evaluation costs, and what an update costs that no worker takes over.
 *
 * Options: `measured`, medians of the book's own searches, [{ problem, lam, updates, delta }]; `seed`. data-summary has
 * { problem, lam, workers, guess, rows, running, one, many, speedup } in JSON: one and many are { lam, seconds } of the
 * fastest λ on one worker and on all.
 */
ASNG.register("more-samples", function (element, options) {
  "use strict";
  const { ui, lambdaLaw: L } = ASNG, { LAMBDAS, PROBLEMS } = L, { measured } = options;
  const PAD = { left: 56, right: 84, top: 18, bottom: 34 };
  const CURVES = [ // of a row, relative to the row of λ = 2
    { name: "δ", colour: "asng", of: ({ delta }) => delta },
    { name: "updates", colour: "muted", dash: [6, 4], of: ({ updates }) => updates },
    { name: "samples", colour: "text", of: ({ updates, lam }) => updates * lam },
  ];
  const found = {}; // by problem: rows as they come
  let seed = options.seed || 1, running = null;

  const problem = ui.select(ui.buttons(element), { label: "what is searched", choices: Object.entries(PROBLEMS).map(([key, { label }]) => [key, label]), onInput: () => { stop(); update(); } });
  const top = ui.controls(element);
  const workers = ui.slider(top, { label: "workers", values: [1, 2, 3, 4, 6, 8, 10, 16, 24, 32, 64], value: 10, onInput: update });
  const guess = ui.slider(top, { label: "your guess: times as fast as one", values: [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50], value: 10, onInput: update });
  const bar = ui.buttons(element);
  const run = ui.button(bar, { label: "Run the searches", primary: true, onClick: start });
  ui.button(bar, { label: "Other random numbers", onClick: () => { seed += 1; start(); } });
  const best = ui.button(bar, { label: "Take the fastest λ", onClick: () => { lam.value = times().many.lam; update(); } });
  const progress = ui.el("progress", { class: "asng-thin", max: 1, value: 0, "aria-label": "searches done" });
  element.append(progress);
  const bottom = ui.controls(element);
  const lam = ui.slider(bottom, { label: "λ, samples of an update", values: LAMBDAS, value: 2, onInput: update });
  const evaluation = ui.slider(bottom, { label: "an evaluation takes", values: [0.01, 0.1, 1, 10, 60, 600, 3600], value: 10, format: duration, onInput: update });
  const overhead = ui.slider(bottom, { label: "overhead of an update", values: [0, 0.01, 0.1, 1, 10, 60], value: 1, format: duration, onInput: update });
  const grid = ui.panels(element);
  const height = (width) => Math.min(300, Math.max(250, 0.72 * width));
  const left = ui.panel(grid, "What λ changes, relative to λ = 2"), right = ui.panel(grid, "How long the search takes");
  grid.before(ui.tabs(element, [["ratios", "What λ changes", left], ["clock", "How long it takes", right]], { narrow: true }).node);
  const ratios = ui.canvas(left, { height, draw: drawRatios });
  const clock = ui.canvas(right, { height, draw: drawClock });
  const round = ui.canvas(ui.panel(grid, "One update: who works, and who waits", { wide: true }), { height: 74, draw: drawUpdate });
  const summary = ui.summary(element);

  const rows = () => found[problem.value] || [];
  const whole = () => rows().length === LAMBDAS.length;
  const price = (many) => ({ workers: many, evaluation: evaluation.value, overhead: overhead.value, phases: PROBLEMS[problem.value].phases });
  const seconds = (row, many) => L.wallClock({ ...price(many), lam: row.lam, updates: row.updates });
  const book = () => measured.filter((row) => row.problem === problem.value);

  /** The fastest λ of what has been run, on one worker and on all: { one, many, speedup }. */
  function times() {
    const one = L.fastest(rows(), price(1)), many = L.fastest(rows(), price(workers.value));
    return { one, many, speedup: one.seconds / many.seconds };
  }

  function duration(time) {
    if (time === 0) return "nothing";
    const [unit, size] = [["d", 86400], ["h", 3600], ["min", 60]].find(([, seconds]) => time >= seconds) || ["s", 1];
    return `${ui.number(time / size, 2)} ${unit}`;
  }

  /* ---- Running ---- */

  function start() {
    stop();
    const key = problem.value, mine = (found[key] = []), id = {};
    running = id;
    const heard = ({ fraction, part, done, failed }) => {
      if (running !== id) return;
      if (failed !== undefined) throw new Error(failed);
      progress.value = fraction;
      if (part) mine.push(...part);
      if (done) stop();
      if (part || done) update();
    };
    const channel = new MessageChannel(); // a timer would idle between slices
    const desk = ASNG.makeDesk({ searches: L.searches }, heard, (slice) => {
      channel.port1.onmessage = () => (running === id ? slice() : channel.port1.close());
      channel.port2.postMessage(null);
    });
    desk({ id: 1, job: "searches", args: [key, seed] });
    update();
  }

  function stop() {
    if (running && !whole()) found[problem.value] = [];
    for (const key of Object.keys(found)) if (found[key].length < LAMBDAS.length) delete found[key];
    running = null;
  }
  ui.onUnmount(element, stop);

  /* ---- Charts ---- */

  const placeX = (width) => (value) => PAD.left + 8 + ((Math.log2(value) - 1) / 5) * (width - PAD.left - PAD.right - 16);
  const placeY = (tall, low, high) => (value) => tall - PAD.bottom - (Math.log(value / low) / Math.log(high / low)) * (tall - PAD.top - PAD.bottom);

  /** Axes with λ below; ticks on the left: [[value, text], …]. */
  function axes(g, width, tall, colours, X, Y, ticks) {
    g.font = `11.5px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.lineWidth = 1;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (const [value, text] of ticks) {
      ui.rule(g, colours.grid, PAD.left, Y(value), width - PAD.right, Y(value));
      g.fillText(text, PAD.left - 6, Y(value));
    }
    g.fillStyle = colours.high;
    g.globalAlpha = 0.1;
    g.fillRect(X(lam.value) - 11, PAD.top, 22, tall - PAD.top - PAD.bottom);
    g.globalAlpha = 1;
    g.textAlign = "center";
    for (const value of LAMBDAS) {
      g.font = `${value === lam.value ? "700 " : ""}11.5px ${colours.font}`;
      g.fillStyle = value === lam.value ? colours.text : colours.muted;
      g.fillText(String(value), X(value), tall - PAD.bottom + 11);
    }
    g.font = `11.5px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.fillText("λ", (PAD.left + width - PAD.right) / 2, tall - 8);
  }

  function line(g, points, colour, { wide = 2, alpha = 1, dash = [] } = {}) {
    g.strokeStyle = colour;
    g.lineWidth = wide;
    g.lineJoin = g.lineCap = "round";
    g.globalAlpha = alpha;
    g.setLineDash(dash);
    g.beginPath();
    for (const [x, y] of points) g.lineTo(x, y);
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  /** Text that lies on what is drawn. */
  function label(g, colours, text, x, y, colour, align = "left") {
    g.font = `600 12px ${colours.font}`;
    g.textAlign = align;
    g.textBaseline = "middle";
    g.lineWidth = 4;
    g.strokeStyle = colours.ground;
    g.strokeText(text, x, y);
    g.fillStyle = colour;
    g.fillText(text, x, y);
  }

  function nothingYet(g, width, tall, colours) {
    label(g, colours, running ? "running …" : "Guess, then run the searches", (PAD.left + width - PAD.right) / 2, tall / 2 - 10, colours.muted, "center");
  }

  /** Heights of labels at the right end, moved apart: [[text, y, colour], …]. */
  function spread(labels) {
    const sorted = [...labels].sort((a, b) => a[1] - b[1]);
    sorted.forEach((one, i) => { if (i && one[1] < sorted[i - 1][1] + 15) one[1] = sorted[i - 1][1] + 15; });
    return sorted;
  }

  function drawRatios(g, width, tall, colours) {
    const X = placeX(width), Y = placeY(tall, 1 / 80, 40), list = rows(), { share } = PROBLEMS[problem.value];
    axes(g, width, tall, colours, X, Y, list.length ? [[10, "10"], [1, "1"], [0.1, "1/10"], [0.02, "1/50"]] : []);
    if (!list.length) {
      nothingYet(g, width, tall, colours);
      return;
    }
    if (share !== null && whole()) bendAt(g, colours, X(L.bend(share)), tall);
    const ends = [];
    for (const { name, colour, dash, of } of CURVES) {
      const at = (all) => all.map((row) => [X(row.lam), Y(of(row) / of(all[0]))]);
      if (whole()) line(g, at(book()), colours[colour], { wide: 7, alpha: 0.22 });
      const points = at(list);
      line(g, points, colours[colour], { dash });
      g.fillStyle = colours[colour];
      for (const [x, y] of points) ui.marker(g, "circle", x, y, 3.5);
      const [x, y] = points[points.length - 1];
      ends.push([name, y, colours[colour], x]);
    }
    for (const [text, y, colour, x] of spread(ends)) label(g, colours, text, x + 8, y, colour);
  }

  /** Where the formula puts half of the greatest δ. */
  function bendAt(g, colours, x, tall) {
    g.lineWidth = 1.5;
    g.setLineDash([4, 4]);
    ui.rule(g, colours.text, x, PAD.top, x, tall - PAD.bottom);
    g.setLineDash([]);
    label(g, colours, "bend by (M6)", x - 5, PAD.top + 6, colours.text, "right");
  }

  function drawClock(g, width, tall, colours) {
    const X = placeX(width), list = rows();
    const all = list.flatMap((row) => [seconds(row, 1), seconds(row, workers.value)]).filter(Number.isFinite);
    const high = all.length ? Math.max(...all) * 1.5 : 1e4, low = all.length ? Math.min(...all, times().one.seconds / guess.value) / 1.5 : 1;
    const Y = placeY(tall, low, high), powers = [1e-2, 0.1, 1, 10, 60, 600, 3600, 36000, 86400, 864000, 8.64e6, 8.64e7];
    axes(g, width, tall, colours, X, Y, powers.filter((value) => value > low && value < high && list.length).map((value) => [value, duration(value)]));
    if (!list.length) {
      nothingYet(g, width, tall, colours);
      return;
    }
    const { one, many } = times(), ends = [];
    if (whole()) {
      const y = Y(one.seconds / guess.value);
      g.lineWidth = 1.5;
      g.setLineDash([4, 4]);
      ui.rule(g, colours.muted, PAD.left, y, width - PAD.right, y);
      g.setLineDash([]);
      label(g, colours, `your guess: ${guess.value} ×`, PAD.left + 6, y - 9, colours.muted);
    }
    for (const [count, colour, fastest] of [[1, "muted", one], [workers.value, "asng", many]]) {
      const points = list.map((row) => [X(row.lam), Y(seconds(row, count))]);
      line(g, points, colours[colour]);
      g.fillStyle = colours[colour];
      for (const [x, y] of points) ui.marker(g, "circle", x, y, 3.5);
      g.strokeStyle = colours[colour];
      g.lineWidth = 2;
      ui.marker(g, "circle", X(fastest.lam), Y(fastest.seconds), 8, true);
      const [x, y] = points[points.length - 1];
      ends.push([count === 1 ? "1 worker" : `${count} workers`, y, colours[colour], x]);
    }
    if (workers.value === 1) ends.pop();
    for (const [text, y, colour, x] of spread(ends)) label(g, colours, text, x + 8, y, colour);
  }

  /** Time to the right, workers downwards: evaluations, idle places, and what the update adds. */
  function drawUpdate(g, width, tall, colours) {
    const { phases } = PROBLEMS[problem.value], rounds = Math.ceil(lam.value / workers.value), lasts = phases * rounds * evaluation.value + overhead.value;
    const left = 2, right = width - 2, high = tall - 24, X = (time) => left + (time / lasts) * (right - left), row = high / workers.value;
    for (let n = 0; n < phases * rounds; n++) {
      const x = X(n * evaluation.value), wide = Math.max(0.5, X((n + 1) * evaluation.value) - x - (phases * rounds < width / 5 ? 2 : 0));
      for (let worker = 0; worker < workers.value; worker++) {
        const busy = (n % rounds) * workers.value + worker < lam.value;
        g.fillStyle = busy ? colours[n < rounds && phases > 1 ? "text" : "asng"] : colours.grid;
        g.fillRect(x, 2 + worker * row, wide, Math.max(0.5, row - (row > 3 ? 1 : 0)));
      }
    }
    const end = X(phases * rounds * evaluation.value);
    g.fillStyle = colours.muted;
    g.globalAlpha = 0.55;
    g.fillRect(end, 2, right - end, high - 1);
    g.globalAlpha = 1;
    g.font = `11.5px ${colours.font}`;
    g.textBaseline = "alphabetic";
    g.textAlign = "left";
    g.fillStyle = colours.muted;
    g.fillText(`${duration(lasts)}: ${idle()}`, left, tall - 6);
  }

  function idle() {
    const rounds = Math.ceil(lam.value / workers.value), free = rounds * workers.value - lam.value;
    const words = `${rounds === 1 ? "one round" : `${rounds} rounds`} of evaluations${PROBLEMS[problem.value].phases > 1 ? " for x and for θ" : ""}`;
    return words + (free ? `, ${free} ${free === 1 ? "place" : "places"} idle` : ", nobody waits");
  }

  /* ---- What is said ---- */

  function update() {
    run.disabled = running !== null;
    best.disabled = !whole() || times().many.lam === lam.value;
    progress.style.visibility = running ? "visible" : "hidden";
    const { one, many, speedup } = whole() ? times() : { one: null, many: null, speedup: null };
    say(one, many, speedup);
    ratios.redraw();
    clock.redraw();
    round.redraw();
    element.dataset.summary = JSON.stringify({ problem: problem.value, lam: lam.value, workers: workers.value, guess: guess.value,
      rows: rows(), running: running !== null, one, many, speedup });
  }

  function say(one, many, speedup) {
    round.describe(`One update with λ = ${lam.value} on ${workers.value} workers: ${idle()}.`);
    if (!one) {
      summary[running ? "wait" : "say"](running ? "ASNG is searching, for one λ after another." :
        `How many times as fast are ${workers.value} workers as one, if each side uses the λ that suits it best? Set your guess, then press “Run the searches”.`);
      for (const picture of [ratios, clock]) picture.describe("Empty until the searches have run.");
      return;
    }
    const here = rows().find((row) => row.lam === lam.value), first = rows()[0], n = ui.number;
    const text = `λ = ${lam.value}: ${n(here.updates)} updates, ${n(here.updates * here.lam)} samples for the steps of θ, δ ≈ ${n(here.delta, 2)} (medians of ${here.trials} searches); ` +
      `${duration(seconds(here, workers.value))} on ${workers.value} ${workers.value === 1 ? "worker" : "workers"}. ` +
      `One worker is fastest with λ = ${one.lam}, ${workers.value} with λ = ${many.lam}: ${n(speedup, 2)} times as fast. Your guess was ${guess.value}.`;
    summary.say(text);
    ratios.describe(`Against λ = 2: ${rows().map((row) => `λ = ${row.lam}, δ × ${n(row.delta / first.delta, 2)}, updates × ${n(row.updates / first.updates, 2)}`).join("; ")}.`);
    clock.describe(`Wall-clock on ${workers.value} workers: ${rows().map((row) => `λ = ${row.lam}, ${duration(seconds(row, workers.value))}`).join("; ")}.`);
  }

  update();
});
