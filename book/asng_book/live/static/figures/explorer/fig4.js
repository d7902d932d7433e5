/* "Run Fig. 4 yourself": a small sweep over δ⁰ in a worker, laid over rows of a larger one.
 *
 * rows: [{ method, eps_x, delta0, successes, trials, median_updates, q25, q75 }, …] of asng_edu.sweeps.sweep, or null.
 * state() gives D, K, λ, α, δ⁰ and the methods of the explorer; pick(delta0) is called when a point is chosen.
 */
ASNG.fig4 = function fig4(parent, { rows = null, state, pick }) {
  const { ui } = ASNG;
  const EXPONENTS = [-0.5, 0, 0.5, 1, 1.5, 2];
  const committed = (rows || []).map((row) => ({ ...row, median_updates: row.median_updates || null }));
  let own = [], task = null, failure = "";

  parent.append(ui.el("p", { class: "asng-hint" }, ...ui.math(
    "Each trial starts from new random numbers. The sweep tries δ⁰ = n_θ^{−e} for six e from −0.5 to 2, with the methods and the settings above." +
    (committed.length ? " Lines and bands: medians and quartiles of the book’s sweep. " : " ") +
    "Hollow marks: medians and quartiles of your trials. ✕ at the top: no trial was solved in the updates it had.")));
  const controls = ui.controls(parent);
  const eps_x = ui.select(controls, { label: "ε_x", choices: [[0.05, "0.05"], [0.0005, "0.0005"]], value: state().eps_x > 0.005 ? 0.05 : 0.0005, onInput: redraw });
  const trials = ui.select(controls, { label: "trials", choices: [[3, "3"], [5, "5"], [10, "10"], [30, "30"]] });
  const limit = ui.select(controls, { label: "updates at most", choices: [[10000, "10,000"], [30000, "30,000"], [100000, "100,000"]], value: 30000, onInput: redraw });
  const bar = ui.buttons(parent);
  const run = ui.button(bar, { label: "Run the sweep", primary: true, onClick: start });
  const stop = ui.button(bar, { label: "Cancel", onClick: cancel });
  const progress = ui.el("progress", { max: 1, value: 0, "aria-label": "sweep", hidden: true });
  bar.append(progress);
  const trouble = ui.notice(parent);
  const picture = ui.canvas(parent, { label: "Updates to a solution against δ⁰", height: 260, draw });
  const summary = ui.summary(parent);
  ui.drag(picture, { label: "δ⁰", move: choose, scroll: "pan-y" });
  stop.disabled = true;

  const nTheta = () => Math.max(2, state().dim * (state().categories - 1));
  const same = (a, b) => Math.abs(Math.log(a / b)) < 1e-6;
  const ofThis = (row) => same(row.eps_x, eps_x.value) && state().methods.includes(row.method) && asNow(row);
  // The reader's own rows carry the settings that they were run with, and are shown only while those are set.
  const asNow = (row) => !row.run || Object.entries(row.run).every(([name, value]) => state()[name] === value);
  const articles = () => state().dim === 30 && state().categories === 5 && state().lam === 2 && state().alpha === 1.5;

  /* ---- The sweep ---- */

  function start() {
    const { methods, lam, alpha, dim, categories, seed } = state();
    const list = EXPONENTS.flatMap((e) => methods.map((method) => ({
      method, delta0: nTheta() ** -e, eps_x: eps_x.value, lam, alpha, dim, categories, give_up: limit.value,
    })));
    own = own.filter((row) => !same(row.eps_x, eps_x.value));
    working(true);
    failure = "";
    warn();
    const settings = { lam, alpha, dim, categories, seed };
    task = ASNG.runAside("sweep", [list, trials.value, seed], {
      progress: (fraction) => { progress.value = fraction; },
      part: (rows) => { own.push(...rows.map((row) => ({ ...row, run: settings }))); picture.redraw(); },
      done: () => { working(false); say(); },
      failed: (message) => { working(false); failure = `The sweep failed: ${message}`; warn(); },
    }, { background: true });
  }

  function cancel() {
    if (task) task.cancel();
    working(false);
    say("Cancelled. ");
  }

  function warn() {
    const another = committed.length && !articles();
    trouble.say(failure || (another ? "The book’s sweep is for D = 30, K = 5, λ = 2 and α = 1.5; yours is not." : ""));
  }

  function working(yes) {
    run.disabled = yes;
    stop.disabled = !yes;
    progress.hidden = !yes;
    progress.value = 0;
  }

  function say(before = "") {
    const found = own.filter(ofThis);
    const text = state().methods.map((method) => {
      const mine = found.filter((row) => row.method === method);
      const solved = mine.filter((row) => row.successes === row.trials).length;
      return `${ui.METHODS[method].label} was solved in every trial at ${solved} of ${mine.length} settings of δ⁰`;
    }).join("; ");
    summary.say(found.length ? `${before}At ε_x = ${eps_x.value}: ${text}.` : before);
    picture.describe(`Updates to a solution against δ⁰ at ε_x = ${eps_x.value}. ${found.length ? text : "Nothing was run yet"}.`);
  }

  ui.onUnmount(parent, () => task?.cancel());

  /* ---- The picture: both axes logarithmic ---- */

  const PAD = { left: 46, right: 14, top: 26, bottom: 34 };
  const frame = { width: 1, height: 1 };
  const xs = () => [Math.log(nTheta()) * -2.1, Math.log(nTheta()) * 0.6];
  const ys = () => [Math.log(500), Math.log(Math.max(limit.value, committed.length ? 1e5 : 0))];

  function placeX(delta0) {
    const [low, high] = xs();
    return PAD.left + ((Math.log(delta0) - low) / (high - low)) * (frame.width - PAD.left - PAD.right);
  }
  function placeY(updates) {
    const [low, high] = ys();
    return frame.height - PAD.bottom - ((Math.log(updates) - low) / (high - low)) * (frame.height - PAD.top - PAD.bottom);
  }

  function choose(x) {
    const [low, high] = xs();
    const at = low + ((x - PAD.left) / (frame.width - PAD.left - PAD.right)) * (high - low);
    pick(Number(Math.exp(Math.min(high, Math.max(low, at))).toPrecision(3)));
  }

  function draw(g, width, height, colours) {
    Object.assign(frame, { width, height });
    drawAxes(g, colours);
    const { methods } = state();
    methods.forEach((method, i) => {
      g.strokeStyle = g.fillStyle = colours[method];
      const shift = (i - (methods.length - 1) / 2) * 7; // so that marks at one δ⁰ stand side by side
      drawCommitted(g, method, shift);
      own.filter((row) => ofThis(row) && row.method === method).forEach((row) => drawOwn(g, row, shift, colours));
    });
  }

  function drawAxes(g, colours) {
    const { width, height } = frame, { delta0 } = state();
    g.lineWidth = 1;
    g.font = `11.5px ${colours.font}`;
    g.textAlign = "center";
    g.textBaseline = "top";
    for (let e = -5; e <= 2; e++) {
      const x = placeX(10 ** e);
      if (x < PAD.left || x > width - PAD.right) continue;
      ui.rule(g, colours.grid, x, PAD.top, x, height - PAD.bottom);
      g.fillStyle = colours.muted;
      g.fillText(ui.number(10 ** e), x, height - PAD.bottom + 4);
    }
    g.fillText("δ⁰", (PAD.left + width - PAD.right) / 2, height - 14);
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const updates of [1000, 10000, 100000]) {
      if (updates > Math.exp(ys()[1]) * 1.01) continue;
      ui.rule(g, colours.grid, PAD.left, placeY(updates), width - PAD.right, placeY(updates));
      g.fillStyle = colours.muted;
      g.fillText(ui.number(updates / 1000) + "k", PAD.left - 6, placeY(updates));
    }
    g.setLineDash([3, 3]);
    ui.rule(g, colours.accent, placeX(delta0), PAD.top - 8, placeX(delta0), height - PAD.bottom);
    g.setLineDash([]);
    g.fillStyle = colours.accent;
    g.textAlign = placeX(delta0) > width / 2 ? "right" : "left";
    g.fillText("δ⁰ above", placeX(delta0) + (g.textAlign === "right" ? -5 : 5), PAD.top - 12);
  }

  /** The median as a line and the quartiles as a band; a cross at the top where no trial was solved. */
  function drawCommitted(g, method, shift) {
    const sorted = committed.filter((row) => ofThis(row) && row.method === method).sort((a, b) => a.delta0 - b.delta0);
    const solved = sorted.filter((row) => row.median_updates !== null);
    ui.medians(g, solved, { placeX, placeY, dash: ui.METHODS[method].dash, shade: 0.16 });
    sorted.filter((row) => row.median_updates === null).forEach((row) => ui.cross(g, placeX(row.delta0) + shift, PAD.top - 2, 3, 1.8));
  }

  function drawOwn(g, row, shift, colours) {
    const x = placeX(row.delta0) + shift;
    g.lineWidth = 2;
    if (row.median_updates === null) return ui.cross(g, x, PAD.top - 2, 4.5, 1.8);
    g.strokeStyle = colours[row.method];
    g.beginPath();
    g.moveTo(x, placeY(row.q25));
    g.lineTo(x, placeY(row.q75));
    g.stroke();
    g.fillStyle = colours.ground;
    ui.marker(g, ui.METHODS[row.method].marker, x, placeY(row.median_updates), 5);
    ui.marker(g, ui.METHODS[row.method].marker, x, placeY(row.median_updates), 5, true);
    if (row.successes < row.trials) {
      g.fillStyle = colours[row.method];
      g.textAlign = "center";
      g.textBaseline = "bottom";
      g.fillText(`${row.successes}/${row.trials}`, x, placeY(row.median_updates) - 8);
    }
    g.fillStyle = colours[row.method];
    return null;
  }

  function redraw() {
    picture.redraw();
    say();
    warn();
  }

  return { redraw };
};
