/* The map of a space whose every network was trained: error against size, seed noise on and off, operations lit up.
 *
 * Options, from asng_book.live.known_space: `space`; `errors[training][network]`, in units of 1e-5; `parameters`;
 * `operations`, multiply-adds; `codes`, how many describe a network. data-summary has { across, one, lit, correlation,
 * selected: { network, error, rank }, means } in JSON.
 */
ASNG.register("network-map", function (element, options) {
  "use strict";
  const { ui, cells, numbers, known: K } = ASNG;
  const { space, parameters, codes } = options, all = K.networks(space), errors = options.errors.map(K.inUnits), last = errors.length - 1;
  const averages = (trainings) => parameters.map((_, i) => numbers.mean(trainings.map((one) => one[i])));
  const mean = averages(errors), others = averages(errors.slice(0, last));
  const used = Object.fromEntries(space.operations.map((name) => [name, K.uses(all, name)]));
  const slots = 2 * space.nodes, whole = (value) => ui.number(value, 6);
  const top = errors.flat(), low = 0.98 * Math.min(...top), high = 1.02 * Math.max(...top);
  const errorAxis = (label) => ({ low, high, label, format: (v) => `${Math.round(100 * v)} %` });
  const sizeAxis = (values, label) => ({ low: 0.9 * Math.min(...values), high: 1.03 * Math.max(...values), label, format: whole });
  let chosen = K.argmin(mean);

  element.append(ui.el("style", {}, `
    .asng-atlas { display: grid; grid-template-columns: minmax(0, 1.75fr) minmax(0, 1fr); gap: 0.5rem 1.6rem; align-items: start; }
    @media (max-width: 640px) { .asng-atlas { grid-template-columns: minmax(0, 1fr); } }
    .asng-figure .asng-who { font-weight: 600; } .asng-figure .asng-said { font-variant-numeric: tabular-nums; min-height: 5.6em; margin-bottom: 0.4rem; }
    .asng-counts { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; font-variant-numeric: tabular-nums; min-height: 1.5em; color: var(--asng-muted); }
    .asng-counts i { display: inline-block; width: 0.75rem; height: 0.75rem; border-radius: 50%; margin-right: 0.35rem; vertical-align: -0.08em; }
    .asng-figure { --asng-few: #c9d3dc; --asng-many: #08406f; } .asng-figure[data-asng-theme="dark"] { --asng-few: #46525e; --asng-many: #b9e2ff; }`));
  const row = ui.controls(element);
  row.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, 15.5rem), 1fr))";
  const across = ui.select(row, { label: "horizontal axis", onInput: update,
    choices: [["parameters", "parameters"], ["operations", "multiply-adds"], ["training", `error of training ${last + 1}`]] });
  const lit = ui.select(row, { label: "highlight", onInput: update,
    choices: [[null, "nothing"], ...space.operations.map((name) => [name, cells.fullName(name)])] });
  const one = ui.checkbox(row, { label: "with the noise of a single training", checked: Boolean(options.one), onInput: update });
  const grid = ui.el("div", { class: "asng-atlas" }), left = ui.el("div"), right = ui.el("div");
  grid.append(left, right);
  element.append(grid);
  const plot = ASNG.scatter(left, { label: "All networks: the arrow keys go to the next one", style, decorate, choose,
    height: (width) => Math.max(280, Math.min(420, 0.8 * width)) });
  const counts = ui.el("p", { class: "asng-counts" });
  left.append(counts);
  const bar = ui.buttons(left);
  ui.button(bar, { label: "Least error", onClick: () => choose(K.argmin(heights())) });
  ui.button(bar, { label: "Smallest", onClick: () => choose(K.argmin(parameters)) });
  ui.button(bar, { label: "Largest", onClick: () => choose(K.argmin(parameters.map((v) => -v))) });
  const title = ui.el("p", { class: "asng-who" }), said = ui.el("p", { class: "asng-said" });
  right.append(title, said);
  const drawing = cells.drawing(right, { title: "Its cell", output: "last" });
  const summary = ui.summary(element);

  const mixed = (i, colours) => ui.mix(colours.dark ? "#46525e" : "#c9d3dc", colours.dark ? "#b9e2ff" : "#08406f", i / slots);
  const heights = () => (across.value === "training" ? (one.value ? errors[0] : others) : one.value ? errors[0] : mean);
  const WIDTHS = { parameters, operations: options.operations, training: errors[last] };
  const DRAWN = { ...WIDTHS, parameters: K.spread(parameters), operations: K.spread(options.operations) };
  const widths = () => WIDTHS[across.value];

  function style(i, colours) {
    if (lit.value === null) return { fill: colours.muted, alpha: 0.55 };
    const count = used[lit.value][i];
    return { fill: mixed(count, colours), alpha: count ? 0.9 : 0.55, front: count > 0 };
  }

  /** The least error that a size allows, and the trainings of the chosen network. */
  function decorate(g, X, Y, colours) {
    g.strokeStyle = colours.accent;
    g.lineWidth = 1.6;
    if (across.value === "training") {
      ui.rule(g, colours.accent, X(low), Y(low), X(high), Y(high));
      return;
    }
    const edge = K.frontier(widths(), heights());
    g.beginPath();
    edge.forEach(([x, y], i) => {
      if (i) g.lineTo(X(x), Y(edge[i - 1][1]));
      g.lineTo(X(x), Y(y));
    });
    g.stroke();
    const x = X(DRAWN[across.value][chosen]), mine = errors.map((of) => of[chosen]);
    g.lineWidth = 2;
    ui.rule(g, colours.text, x, Y(Math.min(...mine)), x, Y(Math.max(...mine)));
    mine.forEach((value) => ui.rule(g, colours.text, x - 5, Y(value), x + 5, Y(value)));
  }

  function choose(i) {
    chosen = i;
    update();
  }

  function update() {
    const x = widths(), y = heights(), noisy = one.value, crossed = across.value === "training";
    const measured = noisy ? "test error of training 1" : crossed ? `mean test error of the other ${last}` : `mean test error of ${last + 1} trainings`;
    const axis = crossed ? errorAxis(`test error of training ${last + 1}`) : sizeAxis(x, across.value === "parameters" ? "parameters" : "multiply-adds");
    plot.set({ x: DRAWN[across.value], y, axes: { x: axis, y: errorAxis(measured) }, chosen });
    const rank = K.rankOf(y, y[chosen]), correlation = numbers.spearman(x, y), mine = errors.map((of) => K.percent(of[chosen]));
    title.textContent = `Rank ${whole(rank)} of ${whole(all.count)} by the ${noisy ? "error of training 1" : "mean"}`;
    said.textContent = `Test errors of its ${errors.length} trainings: ${mine.join(", ")}; mean ${K.percent(mean[chosen])}, rank ${whole(K.rankOf(mean, mean[chosen]))}. ` +
      `${whole(parameters[chosen])} parameters, ${whole(options.operations[chosen])} multiply-adds. ${codes[chosen] === 1 ? "One code describes it." : `${codes[chosen]} codes describe it.`}`;
    plot.describe(`${all.count} networks. Chosen: ${title.textContent}, ${cells.describe(all.cell(chosen), { output: "last" })}`);
    drawing.draw(all.cell(chosen), { moving: !ui.reducedMotion() });
    const means = count(y);
    summary.say(`Rank correlation of the ${crossed ? "two errors" : `error with the ${axis.label}`}: ${correlation.toFixed(2).replace("-", "−")}.` +
      (crossed ? " The line is where both are equal." : " The line is the least error that a network of that size or less has; the upright bar spans the trainings of the chosen network."));
    element.dataset.summary = JSON.stringify({ across: across.value, one: noisy, lit: lit.value, correlation,
      selected: { network: chosen, error: y[chosen], rank }, means });
  }

  /** Say which mean error networks have that apply the lit operation so many times, and return the means. */
  function count(y) {
    counts.replaceChildren();
    if (lit.value === null) return null;
    return Array.from({ length: slots + 1 }, (_, times) => {
      const mine = y.filter((_, i) => used[lit.value][i] === times), value = mine.length ? numbers.mean(mine) : null;
      const dot = ui.el("i", { "aria-hidden": "true" });
      dot.style.background = `color-mix(in srgb, var(--asng-many) ${(100 * times) / slots}%, var(--asng-few))`;
      if (mine.length) counts.append(ui.el("span", {}, dot, `${times} ×: mean ${K.percent(value)}`));
      return value;
    });
  }

  ui.onTheme(element, () => plot.redraw());
  update();
});
