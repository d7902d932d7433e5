/* A debugger on paper: Algorithm 1 line by line on a small problem, with what every variable then is.
 *
 * Options: `lines`, as asng_book.pages.algorithm1.data() gives them: { number, text, says, equations, code: [{ code, place }] }.
 */
ASNG.register("algorithm1", function (element, options) {
  "use strict";
  const { ui, engine } = ASNG;
  const { lines } = options, DIM = 4, CATEGORIES = 3;
  const n_theta = DIM * (CATEGORIES - 1);
  let number = 1, past = 0; // the line that was run last, and how many were run before it
  let setting = null, run = null, update = null; // of the trial; the trial; what its last update did
  let seed = options.seed || 1;

  /* ---- What the reader sees ---- */

  element.append(ui.el("style", {}, `
    .asng-steps { list-style: none; margin: 0; padding: 0; }
    .asng-steps li { display: flex; gap: 0.6rem; padding: 0.28rem 0.5rem; margin: 0; border-left: 4px solid transparent; border-radius: 3px; }
    .asng-steps li.asng-now { background: var(--asng-panel); border-color: var(--asng-accent); font-weight: 600; }
    .asng-steps .asng-no { color: var(--asng-muted); min-width: 1ch; }
    .asng-values { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.3rem 0.8rem; margin: 0 0 0.8rem; }
    .asng-figure .asng-values dt { font-weight: 400; color: var(--asng-muted); margin: 0; }
    .asng-figure .asng-values dd { margin: 0 !important; font-variant-numeric: tabular-nums; padding: 0 0.3rem 0 0; border-bottom: 3px solid transparent; width: fit-content; }
    .asng-values dd.asng-fresh { font-weight: 700; border-color: var(--asng-accent); }
    .asng-codes pre { margin: 0 0 0.4rem; padding: 0.4rem 0.6rem; overflow-x: auto; color: var(--asng-text); background: var(--asng-panel);
      border: 1px solid var(--asng-grid); border-radius: 4px; font-size: 0.9em; }
    .asng-codes { min-height: 6rem; }`));
  const bar = ui.buttons(element);
  const play = ui.button(bar, { label: "Play", onClick: () => (animation.running ? animation.stop() : animation.start()) });
  play.hidden = ui.reducedMotion(); // the other buttons do the same, line by line
  function button(label, action, primary = false) {
    return ui.button(bar, { label, primary, onClick: () => { animation.stop(); action(); show(); } });
  }
  const back = button("Line back", () => goTo(past - 1));
  button("Next line", next, true);
  button("Next update", () => updates(1));
  button("20 updates", () => updates(20));
  button("Start again", () => { seed += 1; begin(); });
  const sliders = ui.controls(element);
  const speed = ui.slider(sliders, { label: "lines a second", min: 0.25, max: 32, log: true, steps: 28, value: 1, format: (v) => ui.number(v, 2) });
  let waited = 0; // seconds since the last line
  const animation = ui.animation(element, (seconds) => {
    waited += seconds;
    const due = Math.floor(waited * speed.value);
    for (let i = 0; i < due; i++) next();
    if (due) {
      waited -= due / speed.value;
      show();
    }
    return true;
  }, (running) => { play.textContent = running ? "Pause" : "Play"; });
  const delta0 = ui.slider(sliders, { label: "first step size δ^0", min: 0.01, max: 3, log: true, steps: 60,
    value: options.delta0 || 1, format: (v) => ui.number(v, 2), onInput: () => { animation.stop(); begin(); show(); } });
  const summary = ui.summary(element);
  const pair = ui.panels(element);
  const left = ui.panel(pair, "Algorithm 1");
  const list = ui.el("ol", { class: "asng-steps" });
  left.append(list);
  const items = lines.map((line) => {
    const item = ui.el("li", {}, ui.el("span", { class: "asng-no" }, String(line.number)), ui.el("span", {}, ...ui.math(line.text)));
    list.append(item);
    return item;
  });
  const right = ui.panel(pair, "What the variables are now");
  const table = ui.el("dl", { class: "asng-values" });
  right.append(table);
  const cells = {};
  const VALUES = { t: "update t", delta: "δ", beta: "β", s2: "‖s‖^2", gamma: "γ", Delta: "Δ" };
  for (const [name, label] of Object.entries(VALUES)) {
    cells[name] = ui.el("dd");
    table.append(ui.el("div", {}, ui.el("dt", {}, ...ui.math(label)), cells[name]));
  }
  const picture = ui.canvas(right, { height: 104, label: "θ", draw: drawTheta });
  right.append(ui.el("p", { class: "asng-hint" }, `θ: a column for each of ${DIM} variables, a row for each of ${CATEGORIES} categories; ` +
    "the categories at the top are the best. ● the better and ○ the worse sample of line 5."));
  const memory = ui.canvas(right, { height: 80, label: "s", draw: drawS });
  right.append(ui.el("p", { class: "asng-hint" }, "s, laid out alike: the darker, the further from 0."));
  const codePanel = ui.panel(element, "The library’s code for this line");
  const says = ui.el("p", { class: "asng-hint" }), code = ui.el("div", { class: "asng-codes" });
  codePanel.append(says, code);

  /* ---- Running ---- */

  function begin() {
    setting = engine.makeSetting({ method: "asng", delta0: delta0.value, eps_x: 0.05, dim: DIM, categories: CATEGORIES, margin: "catcma" });
    run = engine.startTrial(setting, seed);
    number = 1;
    past = 0;
    update = null;
  }

  /** Go to where so many lines were run: the same seed runs the same lines. */
  function goTo(position) {
    begin();
    while (past < position) next();
  }

  /** The variables of a trial, copied. */
  function snapshot({ theta, s, adaptation, counts }) {
    return { theta: theta.slice(), s: s.slice(), s2: engine.euclideanNorm(s) ** 2, gamma: adaptation[0], Delta: adaptation[1], t: counts[0] };
  }

  function next() {
    past += 1;
    number = number === 9 ? 2 : number + 1;
    if (number !== 2) return;
    const before = snapshot(run.trial), x = run.trial.x.slice(), solved = run.step(), { info, work } = run.trial;
    const samples = Array.from({ length: 4 }, (_, i) => Array.from(work.c.slice(i * DIM, (i + 1) * DIM)));
    const moved = Math.sqrt(run.trial.x.reduce((total, value, k) => total + (value - x[k]) ** 2, 0));
    let dot = 0;
    for (let k = 0; k < before.s.length; k++) dot += (before.s[k] * work.white[k]) / (info.norm || 1);
    update = { before, after: snapshot(run.trial), ...info, losses: Array.from(work.losses), samples, moved, solved,
      cosine: before.s2 > 0 ? dot / Math.sqrt(before.s2) : 0 };
  }

  function updates(count) {
    for (let i = 0; i < count; i++) {
      do next(); while (number !== 9);
    }
  }

  /** What a variable is after the current line, and whether this line set it. */
  function value(name) {
    const setBy = { delta: 3, beta: 3, theta: 5, s: 6, s2: 6, gamma: 7, Delta: 8, t: 9 }[name];
    if (number === 1) return { now: { theta: run.trial.theta, s: run.trial.s, s2: 0, gamma: 0, Delta: 1, t: 0 }[name], fresh: !["theta", "delta", "beta"].includes(name) };
    const known = number >= setBy, skipped = !update.updated && setBy >= 5 && setBy <= 8;
    if (setBy === 3) return { now: known ? update[name] : undefined, fresh: number === 3 };
    return { now: (known ? update.after : update.before)[name], fresh: number === setBy && !skipped };
  }

  /* ---- Words ---- */

  const n = (v, digits = 3) => ui.number(v, digits);
  const sample = (c) => `(${c.map((k) => k + 1).join(", ")})`;

  function words() {
    if (number === 1) return "Line 1: nothing is known about the steps. Δ = 1, so the first one will have the length δ⁰. Press “Next line”.";
    const { before, after, delta, beta, losses, samples, updated } = update, t = before.t;
    const drive = after.s2 / setting.alpha;
    const skipped = "the two samples pointed nowhere (equal losses or equal samples), so this update leaves it alone";
    const first = Math.min(delta0.value / before.Delta, Math.sqrt(n_theta)) < delta0.value / before.Delta ? ", held at √n_θ by the guard" : "";
    const better = losses[0] < losses[1] ? "first" : "second";
    return `Line ${number}: ` + [
      `update ${t} begins.`,
      `δ = ${n(delta0.value)}/${n(before.Delta)} = ${n(delta)}${first}. β = δ/√${n_theta} = ${n(beta)}: s remembers about ${n(1 / beta, 2)} steps.`,
      `the samples ${sample(samples[0])} and ${sample(samples[1])} give G_x, and x moves by ${n(update.moved)} down the loss.`,
      updated ? `the samples ${sample(samples[2])} and ${sample(samples[3])} have the losses ${n(losses[0])} and ${n(losses[1])}; the ${better} is better. ` +
        `The Fisher length of G is ${n(update.norm)}, so ε = ${n(update.delta)}/${n(update.norm)} = ${n(update.epsilon)} makes that of the step δ; a projection then keeps θ off the border.` : `θ: ${skipped}.`,
      updated ? `the direction of this step and s ${before.s2 === 0 ? "(still 0)" : `had the cosine ${n(update.cosine, 2)}`}; ‖s‖² goes from ${n(before.s2)} to ${n(after.s2)}.` : `s: ${skipped}.`,
      updated ? `γ goes from ${n(before.gamma)} to ${n(after.gamma)}; mere noise would make ‖s‖² as large on average.` : `γ: ${skipped}.`,
      updated ? `‖s‖²/α = ${n(drive)} is ${drive > after.gamma ? "above" : "below"} γ = ${n(after.gamma)}, so Δ is multiplied by ` +
        `exp(β(γ − ‖s‖²/α)) = ${n(after.Delta / before.Delta)} and δ ${drive > after.gamma ? "grows" : "shrinks"}.` : `Δ: ${skipped}.`,
      update.solved ? "a sample good enough was drawn: the search would stop here; you may go on." : "no sample was good enough yet: back to line 2.",
    ][number - 2];
  }

  /* ---- Drawing ---- */

  function show() {
    items.forEach((item, i) => {
      item.classList.toggle("asng-now", i === number - 1);
      if (i === number - 1) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    for (const [name, cell] of Object.entries(cells)) {
      const { now, fresh } = value(name);
      cell.textContent = now === undefined ? "–" : n(now);
      cell.classList.toggle("asng-fresh", fresh);
    }
    back.disabled = past === 0;
    const { says: inWords, equations } = lines[number - 1];
    says.textContent = inWords + (equations.length ? ` Equation${equations.length > 1 ? "s" : ""} ${equations.join(", ")}.` : "");
    code.replaceChildren(...lines[number - 1].code.flatMap((piece) => [
      ui.el("p", { class: "asng-hint" }, piece.place), ui.el("pre", { tabindex: 0 }, piece.code),
    ]));
    const text = words();
    summary.say(text);
    picture.describe(`θ after line ${number}: ${thetaWords()}`);
    picture.redraw();
    memory.describe(`s after line ${number}: its squared length is ${n(value("s2").now)}.`);
    memory.redraw();
  }

  function thetaWords() {
    const theta = value("theta").now;
    return Array.from({ length: DIM }, (_, i) => `variable ${i + 1} has its best category with probability ${n(theta[i * CATEGORIES], 2)}`).join(", ") + ".";
  }

  /** A table of the values, a column for each variable; each(i, k, x, y, tall) adds to a cell. */
  function drawTable(g, width, height, colours, values, each = () => {}) {
    const wide = Math.min(90, (width - 8) / DIM), tall = (height - 6) / CATEGORIES;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (let i = 0; i < DIM; i++) {
      for (let k = 0; k < CATEGORIES; k++) {
        const v = values[i * CATEGORIES + k], x = 2 + i * wide, y = 2 + k * tall, shade = Math.min(1, Math.abs(v));
        g.fillStyle = ui.mix(colours.low, colours.high, shade);
        g.fillRect(x, y, wide - 4, tall - 4);
        g.fillStyle = shade > 0.55 ? colours.ground : colours.text;
        g.fillText(v.toFixed(2).replace("-", "−"), x + wide - 10, y + tall / 2 - 1);
        each(i, k, x, y, tall);
      }
    }
    g.textBaseline = "alphabetic";
  }

  function drawS(g, width, height, colours) {
    drawTable(g, width, height, colours, value("s").now);
  }

  function drawTheta(g, width, height, colours) {
    const shown = number >= 5 && update && update.updated;
    drawTable(g, width, height, colours, value("theta").now, (i, k, x, y, tall) => {
      if (!shown) return;
      update.losses.forEach((loss, j) => {
        if (update.samples[2 + j][i] !== k) return;
        const good = loss === Math.min(...update.losses);
        g.beginPath();
        g.arc(x + 11 + (good ? 0 : 14), y + tall / 2 - 2, 4.5, 0, 2 * Math.PI);
        g.lineWidth = 1.8;
        g.strokeStyle = g.fillStyle;
        if (good) g.fill();
        g.stroke();
      });
    });
  }

  begin();
  show();
});
