/* One step of the search, phase by phase: paths drawn from P_θ, run, their gradients, the weights' move, θ's move.
 *
 * Options: `trace`, from asng_book.measured.trace; `phase`, where to start. data-summary has { phase, step, kind, crossings, theta }.
 */
ASNG.register("search-step", function (element, options) {
  "use strict";
  const { ui, cells, supernet: S } = ASNG;
  const { trace } = options, all = S.phases(trace), each = all.length / trace.steps.length;
  const ROW = 39, LABEL = 92, BAR = 25;
  let at = Math.min(options.phase || 0, all.length - 1), shown = null, timer = null;

  element.append(ui.el("style", {}, `
    .asng-halves { display: flex; flex-wrap: wrap; gap: 0.3rem 1.6rem; margin: 0.5rem 0 0.7rem; }
    .asng-half { display: flex; align-items: center; gap: 0.5rem; } .asng-half > span { color: var(--asng-muted); min-width: 1.6em; }
    .asng-track-list { list-style: none; display: flex; gap: 0.3rem; margin: 0; padding: 0; }
    .asng-figure .asng-track-list li { margin: 0; padding: 0.1rem 0.55rem; border: 1px solid var(--asng-grid); border-radius: 999px; color: var(--asng-muted); font-size: 0.92em; white-space: nowrap; }
    .asng-figure .asng-track-list li[aria-current] { background: var(--asng-text); border-color: var(--asng-text); color: var(--asng-ground); font-weight: 600; }
    .asng-figure .asng-tell + .asng-summary { min-height: 4.4em; margin-top: 0.1rem; } .asng-figure .asng-tell { font-weight: 600; }
    .asng-losses { display: flex; flex-wrap: wrap; gap: 0.1rem 1.2rem; font-variant-numeric: tabular-nums; min-height: 1.5em; }
    @media (max-width: 480px) { .asng-figure .asng-tell + .asng-summary { min-height: 9em; } }`));
  cells.legend(element, []); // the colours of the operations
  const bar = ui.buttons(element);
  const back = ui.button(bar, { label: "Back", onClick: () => go(at - 1) });
  const next = ui.button(bar, { label: "Next", primary: true, onClick: () => go(at + 1) });
  const play = ui.button(bar, { label: "Play", onClick: toggle });
  const controls = ui.controls(element);
  const slider = ui.slider(controls, { label: "step of the search", values: trace.steps.map((_, i) => i), value: all[at].step,
    format: (i) => `${trace.steps[i].step}`, onInput: (i) => go(i * each) });
  const items = all.slice(0, each).map(({ kind, path }) =>
    ui.el("li", {}, { run: `path ${path + 1}`, move: "weights move", compare: `path ${path + 1}`, shift: "θ moves" }[kind]));
  const middle = all.findIndex(({ kind }) => kind === "compare");
  element.append(ui.el("div", { class: "asng-halves" }, ...[["D_x", items.slice(0, middle)], ["D_θ", items.slice(middle)]].map(([name, half]) =>
    ui.el("div", { class: "asng-half" }, ui.el("span", {}, ...ui.math(name)), ui.el("ol", { class: "asng-track-list" }, ...half)))));
  const tell = ui.el("p", { class: "asng-tell" });
  element.append(tell);
  const summary = ui.summary(element);
  const grid = ui.panels(element), left = ui.panel(grid, "The supernet of one cell"), right = ui.panel(grid, "θ: a bar for each option");
  const board = S.drawing(left, trace);
  left.append(ui.el("p", { class: "asng-hint" }, "Input 0 is the cell before the previous, input 1 the previous cell. Under an operation with weights, a meter."));
  const bars = ui.canvas(right, { height: trace.decisions.length * ROW + 14, label: "θ", draw });
  const losses = ui.el("p", { class: "asng-losses" });
  right.append(losses, ui.el("p", { class: "asng-hint" }, "Dots: what the paths of this half step took. Outline: θ before the step."));

  const motion = ui.animation(element, tick);
  const top = Math.max(...trace.steps.flatMap(({ weights }) => weights.gradients.flat()));
  const far = Math.max(...trace.steps.flatMap(({ weights }) => weights.moved));

  /* ---- What a reader does ---- */

  function go(wanted, playing = false) {
    if (!playing) stop();
    at = Math.min(all.length - 1, Math.max(0, wanted));
    update();
  }

  function toggle() {
    if (timer) return stop();
    if (ui.reducedMotion()) return go(all.length - 1);
    if (at === all.length - 1) at = -1;
    play.textContent = "Pause";
    const beat = () => {
      if (at >= all.length - 1) return stop();
      go(at + 1, true);
      timer = setTimeout(beat, all[at].kind === "move" || all[at].kind === "shift" ? 1900 : 1300);
    };
    timer = setTimeout(beat, 0);
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
  }
  ui.onUnmount(element, stop);

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

  /** What happens in a phase: a heading and some sentences. */
  function words({ kind, step, path, of }) {
    const { weights, theta } = trace.steps[step];
    if (kind === "run") {
      return [`Weights, path ${path + 1} of ${of}`, `Drawn from P_θ and run on a batch of D_x: loss ${number(weights.losses[path])}. ` +
        `Backwards, 1/${of} of its gradient is added to what is there, ${of > 1 && path ? "on top of the path before" : "from zero"}; then its graph is freed. ` +
        "Operations off the path do not run."];
    }
    if (kind === "move") {
      const rest = S.atRest(trace, step), count = rest.still.filter(Boolean).length;
      return ["The weights move", `Momentum SGD along the mean gradient, eqs. (6) and (8). ${count} of ${trace.parts.length} sets of weights had no gradient in this step ` +
        `(orange), and move all the same, by momentum and decay: they make ${Math.round(100 * rest.movement)} % of all movement (squared length).`];
    }
    if (kind === "compare") {
      return [`θ, path ${path + 1} of ${of}`, `Drawn afresh from the same P_θ, run forwards only, with the weights just moved, on a batch of D_θ that no weight has learnt from: ` +
        `loss ${number(theta.losses[path])}. No graph is kept.`];
    }
    if (!theta.updated) return ["θ rests", "The losses are equal, so there is nothing to follow."];
    const best = theta.losses.indexOf(Math.min(...theta.losses)), gap = Math.max(...theta.losses) - Math.min(...theta.losses);
    return ["θ moves", `Path ${best + 1} has the least loss, by ${number(gap)}. θ moves towards its choices and away from the other's, eqs. (7) and (9), by the Fisher length ` +
      `δ = ${number(theta.delta)}, however small the gap. ${S.alike(theta.codes)} of ${trace.decisions.length} decisions were made alike: there nothing moves.`];
  }

  function chosen({ kind, step, path }) {
    const half = kind === "run" || kind === "move" ? trace.steps[step].weights : trace.steps[step].theta;
    return kind === "move" || kind === "shift" ? half.codes : half.codes.slice(0, path + 1);
  }

  function update() {
    const phase = all[at], { kind, step, path } = phase, running = kind === "run" || kind === "compare";
    const half = trace.steps[step][kind === "run" || kind === "move" ? "weights" : "theta"];
    const cell = running ? cells.decode(trace, half.codes[path]) : null, pieces = words(phase);
    tell.textContent = `Step ${trace.steps[step].step}. ${pieces[0]}.`;
    summary.say(pieces[1]);
    items.forEach((item, i) => (i === at % each ? item.setAttribute("aria-current", "step") : item.removeAttribute("aria-current")));
    const path_ = cell ? cell.map((node, n) => `node ${n} adds ${node.map(([s, name]) => `${cells.fullName(name)} of ${named(s)}`).join(" and ")}`).join("; ") : "no path is lit";
    board.show({ cell, meters: meters(phase), running: running && !ui.reducedMotion(), label: `The supernet as a switchboard of ${trace.nodes} nodes; ${path_}.` });
    losses.replaceChildren(...(kind === "move" ? [] : half.losses.slice(0, running ? path + 1 : half.losses.length)
      .map((loss, i) => ui.el("span", {}, `path ${i + 1}: loss ${number(loss)}`))));
    slider.value = step;
    back.disabled = at === 0;
    next.disabled = at === all.length - 1;
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
    const phase = all[at], [before] = S.thetas(trace, phase.step), codes = chosen(phase), most = Math.max(...trace.decisions.map((d) => d.options.length));
    const pitch = Math.min(44, (width - LABEL) / most), style = getComputedStyle(element);
    trace.decisions.forEach(({ node, slot, what, options: names }, i) => {
      const y = 6 + i * ROW + BAR;
      g.textAlign = "left";
      g.fillStyle = colours.text;
      g.font = `12px ${colours.font}`;
      const single = what === "operation" && trace.fixed.some(([a, b]) => a === node && b === slot);
      g.fillText(`node ${node}, ${slot ? "2nd" : "1st"}`, 0, y - 10);
      g.fillStyle = colours.muted;
      g.fillText(what === "input" ? "reads" : single ? `${named(trace.fixed.find(([a]) => a === node)[2])} by` : "by", 0, y + 4);
      names.forEach((name, k) => {
        const x = LABEL + k * pitch, wide = pitch - 6, p = shown[i][k];
        const hue = what === "operation" ? tint(name) : colours.muted;
        g.fillStyle = colours.low;
        g.fillRect(x, y - BAR, wide, BAR);
        g.fillStyle = hue;
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
          g.arc(x + wide / 2 + (c - (codes.length - 1) / 2) * 8, y + 5.5, 2.8, 0, 2 * Math.PI);
          if (c % 2) { g.strokeStyle = colours.text; g.lineWidth = 1.4; g.stroke(); } else g.fill();
        });
      });
    });
    function tint(name) {
      const probe = tints[name] || (tints[name] = makeProbe(name));
      return getComputedStyle(probe).getPropertyValue("--op").trim() || style.color;
    }
  }

  const tints = {};
  function makeProbe(name) {
    const probe = ui.el("span", { class: cells.styleClass(name), hidden: true });
    element.append(probe);
    return probe;
  }

  update();
});
