/* One step of the search, phase by phase: paths drawn from P_θ, run, their gradients, the weights' move, θ's move.
 *
 * Options: `trace`, from asng_book.measured.trace; `phase`, where to start. data-summary has { phase, step, kind, crossings, theta }.
 */
ASNG.register("search-step", function (element, options) {
  "use strict";
  const { ui, cells, supernet: S } = ASNG;
  const { trace } = options, all = S.phases(trace), each = all.length / trace.steps.length;
  const ROW = 26, HEAD = 28, LABEL = 116, BAR = 17, RATE = 0.75; // the last: phases a second
  let at = Math.min(options.phase || 0, all.length - 1), shown = null;

  element.append(ui.el("style", {}, `
    .asng-halves { display: flex; flex-wrap: wrap; gap: 0.3rem 1.6rem; margin: 0.3rem 0; }
    .asng-half { display: flex; flex-wrap: wrap; align-items: center; gap: 0.3rem 0.5rem; } .asng-half > span { color: var(--asng-muted); }
    .asng-track-list { list-style: none; display: flex; gap: 0.3rem; margin: 0; padding: 0; }
    .asng-figure .asng-track-list li { margin: 0; padding: 0.05rem 0.5rem; border: 1px solid var(--asng-grid); border-radius: 999px; color: var(--asng-muted); font-size: 0.92em; white-space: nowrap; }
    .asng-figure .asng-track-list li[aria-current] { background: var(--asng-text); border-color: var(--asng-text); color: var(--asng-ground); font-weight: 600; }
    .asng-figure .asng-halves + .asng-summary { min-height: 2.9em; margin: 0.3rem 0; }
    @media (max-width: 480px) { .asng-figure .asng-halves + .asng-summary { min-height: 5.7em; } }`));
  cells.legend(element, []); // the colours of the operations
  const bar = ui.transport(element, { label: "step of the search", at: () => at, last: () => all.length - 1, go, rate: () => RATE,
    format: (i) => String(trace.steps[all[i].step].step) });
  const items = all.slice(0, each).map(({ kind, path }) =>
    ui.el("li", {}, { run: `path ${path + 1}`, move: "weights move", compare: `path ${path + 1}`, shift: "θ moves" }[kind]));
  const middle = all.findIndex(({ kind }) => kind === "compare");
  element.append(ui.el("div", { class: "asng-halves" }, ...[["weights, on D_x", items.slice(0, middle)], ["θ, on D_θ", items.slice(middle)]].map(([name, half]) =>
    ui.el("div", { class: "asng-half" }, ui.el("span", {}, ...ui.math(name)), ui.el("ol", { class: "asng-track-list" }, ...half)))));
  const summary = ui.summary(element);
  const grid = ui.panels(element), left = ui.panel(grid), right = ui.panel(grid);
  const board = S.drawing(left, trace);
  const bars = ui.canvas(right, { height: HEAD + trace.decisions.length * ROW + 6, label: "θ", draw });

  const motion = ui.animation(element, tick);
  const top = Math.max(...trace.steps.flatMap(({ weights }) => weights.gradients.flat()));
  const far = Math.max(...trace.steps.flatMap(({ weights }) => weights.moved));

  /* ---- What a reader does ---- */

  function go(wanted) {
    at = Math.min(all.length - 1, Math.max(0, wanted));
    update();
  }

  /* ---- What is shown ---- */

  const number = (value) => ui.number(value, 4);
  const named = (i) => (i < trace.inputs ? `input ${i}` : `node ${i - trace.inputs}`);

  function meters({ kind, step, path }) {
    const table = Array.from({ length: trace.nodes }, () => trace.operations.map(() => null));
    const { weights } = trace.steps[step], { still } = S.atRest(trace, step);
    trace.parts.forEach(([node, name], i) => {
      const k = trace.operations.indexOf(name);
      if (kind === "run") table[node][k] = weights.gradients.slice(0, path + 1).map((share, p) => ({ value: share[i] / top / 1.2, kind: p % 2 ? "second" : "first" }));
      else if (kind === "move") table[node][k] = [{ value: weights.moved[i] / far, kind: still[i] ? "still" : "first" }];
      else table[node][k] = [];
    });
    return table;
  }

  /** What happens in a phase. */
  function words({ kind, step, path, of }) {
    const { weights, theta } = trace.steps[step];
    if (kind === "run") {
      return `A path drawn from P_θ runs on a batch: loss ${number(weights.losses[path])}. Its weights, and no others, get 1/${of} of its gradient ` +
        "(bars below the operations).";
    }
    if (kind === "move") {
      const rest = S.atRest(trace, step), count = rest.still.filter(Boolean).length;
      return `All weights move, (8). ${count} of ${trace.parts.length} sets had no gradient (hollow bars): momentum and decay move them, ` +
        `by ${Math.round(100 * rest.movement)} % of all movement (squared length).`;
    }
    if (kind === "compare") {
      return `A new path from the same P_θ, forwards only, on images that no weight has learnt from: loss ${number(theta.losses[path])}.`;
    }
    if (!theta.updated) return "The losses are equal, so there is nothing to follow: θ rests.";
    const best = theta.losses.indexOf(Math.min(...theta.losses)), gap = Math.max(...theta.losses) - Math.min(...theta.losses);
    return `Path ${best + 1} has the least loss, by ${number(gap)}. θ moves towards its choices, (9), by δ = ${number(theta.delta)}, however small the gap. ` +
      `${S.alike(theta.codes)} of ${trace.decisions.length} decisions were made alike and stay.`;
  }

  function chosen({ kind, step, path }) {
    const half = kind === "run" || kind === "move" ? trace.steps[step].weights : trace.steps[step].theta;
    return kind === "move" || kind === "shift" ? half.codes : half.codes.slice(0, path + 1);
  }

  function update() {
    const phase = all[at], { kind, step, path } = phase, running = kind === "run" || kind === "compare";
    const half = trace.steps[step][kind === "run" || kind === "move" ? "weights" : "theta"];
    const cell = running ? cells.decode(trace, half.codes[path]) : null;
    summary.say(words(phase));
    items.forEach((item, i) => (i === at % each ? item.setAttribute("aria-current", "step") : item.removeAttribute("aria-current")));
    const path_ = cell ? cell.map((node, n) => `node ${n} adds ${node.map(([s, name]) => `${cells.fullName(name)} of ${named(s)}`).join(" and ")}`).join("; ") : "no path is lit";
    board.show({ cell, meters: meters(phase), running: running && !ui.reducedMotion(), label: `The supernet as a switchboard of ${trace.nodes} nodes; ${path_}.` });
    bar.refresh();
    const [before, after] = S.thetas(trace, step), goal = kind === "shift" ? after : before;
    bars.describe(`θ: the most probable options are ${goal.map((row, i) => trace.decisions[i].options[row.indexOf(Math.max(...row))]).join(", ")}.`);
    if (!shown || ui.reducedMotion()) { shown = goal; bars.redraw(); } else { start = shown; target = goal; t = 0; motion.start(); }
    element.dataset.summary = JSON.stringify({ phase: at, step: trace.steps[step].step, kind, crossings: cell ? cell.flat().length : 0, theta: goal.flat() });
  }

  let start = null, target = null, t = 0;
  function tick(seconds) {
    t = Math.min(1, t + seconds / 0.5);
    const eased = t * t * (3 - 2 * t);
    shown = start.map((row, i) => row.map((p, k) => p + (target[i][k] - p) * eased));
    bars.draw();
    return t < 1;
  }

  function draw(g, width, _, colours) {
    const phase = all[at], [before] = S.thetas(trace, phase.step), codes = chosen(phase), most = trace.operations.length;
    const pitch = Math.min(44, (width - LABEL) / most), style = getComputedStyle(element);
    heads(g, pitch, colours);
    trace.decisions.forEach((decision, i) => {
      const y = HEAD + i * ROW + BAR, reads = decision.what === "input", { options: names } = decision;
      g.textAlign = "left";
      g.fillStyle = colours.text;
      g.font = `12px ${colours.font}`;
      g.fillText(rowName(decision), 0, y - 4);
      names.forEach((name, k) => {
        const step = reads ? (pitch * most) / Math.max(...trace.decisions.map(({ what, options: all_ }) => (what === "input" ? all_.length : 1))) : pitch;
        const wide = reads ? step - 32 : pitch - 6, x = LABEL + k * step + (reads ? 26 : 0), p = shown[i][k];
        if (reads) {
          g.fillStyle = colours.muted;
          g.textAlign = "right";
          g.fillText(k < trace.inputs ? `in ${k}` : `n ${k - trace.inputs}`, x - 3, y - 4);
        }
        g.fillStyle = colours.low;
        g.fillRect(x, y - BAR, wide, BAR);
        g.fillStyle = reads ? colours.muted : tint(name);
        g.fillRect(x, y - p * BAR, wide, Math.max(1, p * BAR));
        if (phase.kind === "shift") {
          g.strokeStyle = colours.text;
          g.lineWidth = 1;
          g.strokeRect(x + 0.5, y - before[i][k] * BAR - 0.5, wide - 1, before[i][k] * BAR);
        }
        g.fillStyle = colours.text;
        codes.forEach((code, c) => {
          if (code[i] !== k) return;
          g.beginPath();
          g.arc(x + wide / 2 + (c - (codes.length - 1) / 2) * 8, y + 4.5, 2.6, 0, 2 * Math.PI);
          if (c % 2) { g.strokeStyle = colours.text; g.lineWidth = 1.4; g.stroke(); } else g.fill();
        });
      });
    });
    function tint(name) {
      const probe = tints[name] || (tints[name] = makeProbe(name));
      return getComputedStyle(probe).getPropertyValue("--op").trim() || style.color;
    }
  }

  /** A decision in words: what a node does to an input that is given, what else it reads, and what it does to that. */
  function rowName({ node, slot, what }) {
    const given = trace.fixed.find(([a, b]) => a === node && b === slot);
    if (what === "input") return `node ${node} also reads`;
    return given ? `node ${node}, on ${named(given[2])}` : "   and applies";
  }

  function heads(g, pitch, colours) {
    g.font = `600 11px ${colours.font}`;
    g.fillStyle = colours.text;
    g.textAlign = "left";
    g.fillText("θ, in bars", 0, 10);
    g.textAlign = "center";
    g.fillStyle = colours.muted;
    trace.operations.forEach((name, k) => cells.shortName(name).forEach((word, line) => g.fillText(word, LABEL + k * pitch + (pitch - 6) / 2, 10 + 11 * line)));
  }

  const tints = {};
  function makeProbe(name) {
    const probe = ui.el("span", { class: cells.styleClass(name), hidden: true });
    element.append(probe);
    return probe;
  }

  update();
});
