/* A debugger on paper: Algorithm 1 line by line on a small problem, every line with its numbers.
 *
 * Options: `lines`, as asng_book.pages.algorithm1.data() gives them: { number, text, says, equations, code: [{ code, place }] };
 * `position`, the line to begin at, counted from the first. data-summary has { position, line, update }.
 */
ASNG.register("algorithm1", function (element, options) {
  "use strict";
  const { ui, algorithm1: A } = ASNG;
  const { lines } = options, DIM = 4, CATEGORIES = 3, UPDATES = 40, SEED = 4, RATE = 2; // lines a second
  const run = A.record({ delta0: 1, eps_x: 0.05, dim: DIM, categories: CATEGORIES, margin: "catcma" }, SEED, UPDATES);
  let position = options.position === undefined ? 7 : options.position;

  /* ---- What the reader sees ---- */

  element.append(ui.el("style", {}, `
    .asng-debug { position: relative; display: grid; grid-template-columns: minmax(0, 1fr) 15.5rem; gap: 0 2.2rem; }
    .asng-steps { list-style: none; margin: 0; padding: 0; }
    .asng-figure .asng-steps li { display: grid; grid-template-columns: 1.2rem minmax(0, 1fr); padding: 0.18rem 0.5rem; margin: 0; border-left: 4px solid transparent; border-radius: 3px; }
    .asng-figure .asng-steps li.asng-now { background: var(--asng-panel); border-color: var(--asng-accent); }
    .asng-steps .asng-no { color: var(--asng-muted); }
    .asng-steps .asng-text { color: var(--asng-muted); overflow-wrap: anywhere; } .asng-now .asng-text { color: var(--asng-text); }
    .asng-steps .asng-filled { grid-column: 2; font-variant-numeric: tabular-nums; }
    .asng-steps .asng-old { color: var(--asng-muted); }
    .asng-steps b { font-weight: 600; } .asng-now b { border-radius: 3px; box-shadow: inset 0 -2px 0 var(--asng-accent); animation: asng-flash 0.9s ease-out; }
    @keyframes asng-flash { from { background: var(--asng-accent); } to { background: transparent; } }
    .asng-link { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; overflow: visible; }
    .asng-link path { fill: none; stroke: var(--asng-accent); stroke-width: 2; }
    .asng-steps li:not(:first-child) .asng-filled { min-height: 1.4em; }
    .asng-codes { min-height: 11.6rem; }
    .asng-codes pre { margin: 0 0 0.4rem; padding: 0.4rem 0.6rem; white-space: pre-wrap; color: var(--asng-text); background: var(--asng-panel);
      border: 1px solid var(--asng-grid); border-radius: 4px; font-size: 0.9em; }
    @media (prefers-reduced-motion: reduce) { .asng-now b { animation: none; } }
    @media (max-width: 600px) {
      .asng-debug { grid-template-columns: minmax(0, 1fr); }
      .asng-tables { order: -1; display: grid; grid-template-columns: 1fr 1fr; gap: 0.8rem; }
      .asng-link { display: none; }
    }`));
  const board = ui.el("div", { class: "asng-debug" });
  const list = ui.el("ol", { class: "asng-steps" });
  const tables = ui.el("div", { class: "asng-tables" });
  const link = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  link.setAttribute("class", "asng-link");
  link.setAttribute("aria-hidden", "true");
  const thread = document.createElementNS("http://www.w3.org/2000/svg", "path");
  link.append(thread);
  board.append(list, tables, link);
  element.append(board);
  const items = lines.map((line) => {
    const filled = ui.el("span", { class: "asng-filled" });
    const item = ui.el("li", {}, ui.el("span", { class: "asng-no" }, String(line.number)), ui.el("span", { class: "asng-text" }, ...ui.math(line.text)), filled);
    list.append(item);
    return { item, filled };
  });
  const thetas = ui.panel(tables, "θ, by variable"), memories = ui.panel(tables, "s, the sum of steps");
  const theta = ui.canvas(thetas, { height: 104, label: "θ", draw: drawTheta });
  thetas.append(ui.el("p", { class: "asng-hint" }, "● better, ○ worse sample"));
  const memory = ui.canvas(memories, { height: 104, label: "s", draw: drawS });
  const strip = ui.canvas(element, { height: 120, label: "δ, ‖s‖² and γ", draw: drawStrip });
  ui.drag(strip, { label: "time", scroll: "pan-y", move: (x) => { bar.stop(); go(Math.round(((x - LEFT) / (strip.node.clientWidth - LEFT - RIGHT)) * run.last)); } });
  const bar = ui.transport(element, { label: "update", at: () => position, last: () => run.last, go, rate: () => RATE,
    format: (v) => { const { line, update } = A.at(v); return `t = ${Math.max(0, update)}, line ${line}`; } });
  const summary = ui.summary(element);
  const says = ui.el("p", { class: "asng-hint" }), code = ui.el("div", { class: "asng-codes" });
  ui.panel(element, "The library’s code for this line").append(says, code);
  ui.onResize(board, connect);

  /* ---- What changes ---- */

  const n = (v, digits = 3) => ui.number(v, digits);

  function go(to) {
    position = Math.min(run.last, Math.max(0, to));
    show();
  }

  function show() {
    const { line, update } = A.at(position);
    items.forEach(({ item, filled }, i) => {
      const now = i === line - 1, old = i > line - 1; // what this update has not reached yet shows the update before
      item.classList.toggle("asng-now", now);
      if (now) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      filled.classList.toggle("asng-old", old);
      const text = update >= (old ? 1 : 0) ? A.substituted(run, i + 1, old ? update - 1 : update, n) : "";
      filled.replaceChildren(...text.split("*").flatMap((piece, k) => (k % 2 ? [ui.el("b", {}, ...ui.math(piece))] : ui.math(piece))));
    });
    const { says: inWords, equations } = lines[line - 1];
    says.textContent = inWords + (equations.length ? ` Equation${equations.length > 1 ? "s" : ""} ${equations.join(", ")}.` : "");
    code.replaceChildren(...lines[line - 1].code.flatMap((piece) => [
      ui.el("p", { class: "asng-hint" }, piece.place), ui.el("pre", { tabindex: 0 }, piece.code),
    ]));
    bar.refresh();
    summary.say(A.inWords(run, position, n));
    const probabilities = A.value(run, position, "theta").now;
    theta.describe(`θ after line ${line}: ${Array.from({ length: DIM }, (_, i) =>
      `variable ${i + 1} has its best category with probability ${n(probabilities[i * CATEGORIES], 2)}`).join(", ")}.`);
    memory.describe(`s after line ${line}: its squared length is ${n(A.value(run, position, "s2").now)}.`);
    strip.describe(`Over ${UPDATES} updates; now δ is ${n(A.value(run, position, "delta").now)}, ‖s‖² ${n(A.value(run, position, "s2").now)} and γ ${n(A.value(run, position, "gamma").now)}.`);
    [theta, memory, strip].forEach((picture) => picture.draw());
    connect();
    element.dataset.summary = JSON.stringify({ position, line, update });
  }

  /** A thread from the line to what it has just changed. */
  function connect() {
    const { line } = A.at(position), target = { 5: theta, 6: memory }[line], name = { 5: "theta", 6: "s" }[line];
    if (!target || !A.value(run, position, name).fresh) return thread.setAttribute("d", "");
    const whole = board.getBoundingClientRect(), from = items[line - 1].item.getBoundingClientRect(), to = target.node.getBoundingClientRect();
    const x0 = from.right - whole.left, y0 = (from.top + from.bottom) / 2 - whole.top, x1 = to.left - whole.left, y1 = (to.top + to.bottom) / 2 - whole.top;
    return thread.setAttribute("d", `M${x0} ${y0}C${x0 + 22} ${y0} ${x1 - 22} ${y1} ${x1 - 3} ${y1}`);
  }

  /* ---- Drawing ---- */

  /** A table of the values, a column for each variable, cells that this line has changed in a frame; each(i, k, left, middle) adds to a cell. */
  function drawTable(g, width, height, colours, name, each = () => {}) {
    const { now, fresh } = A.value(run, position, name), before = fresh ? A.value(run, position - 1, name).now : now;
    const wide = Math.min(72, (width - 2) / DIM), tall = (height - 4) / CATEGORIES;
    const narrow = wide < 54, pad = narrow ? 6 : 8;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (let i = 0; i < DIM; i++) {
      for (let k = 0; k < CATEGORIES; k++) {
        const v = now[i * CATEGORIES + k], x = 2 + i * wide, y = 2 + k * tall, shade = Math.min(1, Math.abs(v));
        g.fillStyle = ui.mix(colours.low, colours.high, shade);
        g.fillRect(x, y, wide - 4, tall - 4);
        if (Math.abs(v - before[i * CATEGORIES + k]) > 1e-4) {
          g.strokeStyle = colours.accent;
          g.lineWidth = 2;
          g.strokeRect(x, y, wide - 4, tall - 4);
        }
        g.fillStyle = shade > 0.55 ? colours.ground : colours.text;
        g.fillText(v.toFixed(2).replace("-", "−"), x + wide - pad, y + (narrow ? 0.34 : 0.5) * tall - (narrow ? 0 : 2));
        each(i, k, x, y + (narrow ? 0.72 : 0.5) * tall - 2);
      }
    }
    g.textBaseline = "alphabetic";
  }

  function drawS(g, width, height, colours) {
    drawTable(g, width, height, colours, "s");
  }

  function drawTheta(g, width, height, colours) {
    const { line, update } = A.at(position), one = run.updates[update], shown = line >= 5 && one && one.updated;
    drawTable(g, width, height, colours, "theta", (i, k, x, y) => {
      if (!shown) return;
      one.losses.forEach((loss, j) => {
        if (one.samples[2 + j][i] !== k) return;
        const good = loss === Math.min(...one.losses);
        g.beginPath();
        g.arc(x + 8 + (good ? 0 : 10), y, 3.6, 0, 2 * Math.PI);
        g.lineWidth = 1.6;
        g.strokeStyle = g.fillStyle;
        if (good) g.fill();
        g.stroke();
      });
    });
  }

  const LEFT = 34, RIGHT = 40, TOP = 8, BOTTOM = 18, RANGE = [0.2, 4];

  /** δ, ‖s‖² and γ over all updates: pale what is still to come. */
  function drawStrip(g, width, height, colours) {
    const X = (update) => LEFT + (update / UPDATES) * (width - LEFT - RIGHT);
    const Y = (v) => height - BOTTOM - (Math.log(Math.min(RANGE[1], Math.max(RANGE[0], v)) / RANGE[0]) / Math.log(RANGE[1] / RANGE[0])) * (height - TOP - BOTTOM);
    const now = position / 8;
    g.font = `11.5px ${colours.font}`;
    g.textAlign = "right";
    g.textBaseline = "middle";
    g.lineWidth = 1;
    for (const v of [0.25, 0.5, 1, 2, 4]) {
      ui.rule(g, colours.grid, LEFT, Y(v), width - RIGHT, Y(v));
      g.fillStyle = colours.muted;
      g.fillText(ui.number(v), LEFT - 6, Y(v));
    }
    g.textAlign = "center";
    for (let update = 0; update <= UPDATES; update += 10) g.fillText(update ? String(update) : "updates: 0", Math.max(X(update), 0), height - 8);
    const rows = [
      { label: "γ", colour: colours.text, dash: [5, 4], values: run.updates.map(({ after }) => after.gamma) },
      { label: "‖s‖²", colour: colours.text, dash: [], values: run.updates.map(({ after }) => after.s2) },
      { label: "δ", colour: colours.asng, dash: [], values: run.updates.map(({ delta }) => delta) },
    ];
    for (const [clip, alpha] of [[[X(now), width], 0.5], [[0, X(now)], 1]]) {
      g.save();
      g.beginPath();
      g.rect(clip[0], 0, clip[1] - clip[0], height);
      g.clip();
      g.globalAlpha = alpha;
      for (const { colour, dash, values } of rows) {
        g.strokeStyle = colour;
        g.lineWidth = 2;
        g.setLineDash(dash);
        g.beginPath();
        values.forEach((v, i) => g.lineTo(X(i + 1), Y(v)));
        g.stroke();
      }
      g.restore();
    }
    g.setLineDash([]);
    g.lineWidth = 1.5;
    ui.rule(g, colours.text, X(now), 0, X(now), height - BOTTOM);
    g.font = `12px ${colours.font}`;
    ui.lineLabels(g, { left: 0, top: 0, width, height }, rows.map(({ label, colour, values }) =>
      ({ x: X(UPDATES) - 2, y: Y(values[UPDATES - 1]), text: label, colour })), colours.ground);
  }

  show();
});
