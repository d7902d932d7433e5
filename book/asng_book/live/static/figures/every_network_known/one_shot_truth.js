/* One-shot losses of all networks beside their true errors, as a supernet trains.
 *
 * Options, from asng_book.live.known_space: `space`; `errors`; `supernets`, [{ name, moments: [{ epoch, losses }] }], numbers in
 * units of 1e-5. data-summary has { supernet, epoch, correlation, best: the same among the best tenth, pick: { network, rank },
 * kept, selected } in JSON; `kept` is how many of the best tenth the supernet has in its own.
 */
ASNG.register("one-shot-truth", function (element, options) {
  "use strict";
  const { ui, cells, numbers, known: K } = ASNG;
  const { space, supernets } = options, all = K.networks(space), errors = K.inUnits(options.errors);
  const tenth = Math.round(all.count / 10), best = K.least(errors, tenth), good = new Set(best);
  const LABELS = options.labels || {}, labelOf = (name) => LABELS[name] || name;
  let chosen = K.argmin(errors), moment = null;

  element.append(ui.el("style", {}, `
    .asng-truth { display: grid; grid-template-columns: minmax(0, 1.75fr) minmax(0, 1fr); gap: 0.5rem 1.6rem; align-items: start; }
    @media (max-width: 640px) { .asng-truth { grid-template-columns: minmax(0, 1fr); } }
    .asng-figure .asng-who { font-weight: 600; } .asng-figure .asng-said { font-variant-numeric: tabular-nums; min-height: 4.2em; margin-bottom: 0.4rem; }`));
  const row = ui.controls(element);
  row.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, 15.5rem), 1fr))";
  const which = ui.select(row, { label: "supernet trained by", onInput: () => { makeSlider(); update(); },
    choices: supernets.map(({ name }, i) => [i, labelOf(name)]) });
  const holder = ui.el("div");
  row.append(holder);
  const zoom = ui.checkbox(row, { label: "only the best tenth", onInput: update });
  const grid = ui.el("div", { class: "asng-truth" }), left = ui.el("div"), right = ui.el("div");
  grid.append(left, right);
  element.append(grid);
  const plot = ASNG.scatter(left, { label: "All networks: the arrow keys go to the next one", style, decorate, choose: (i) => { chosen = i; update(); },
    height: (width) => Math.max(280, Math.min(420, 0.8 * width)) });
  const bar = ui.buttons(left);
  ui.button(bar, { label: "The supernet’s choice", onClick: () => { chosen = K.argmin(now().losses); update(); } });
  ui.button(bar, { label: "The best network", onClick: () => { chosen = best[0]; update(); } });
  const title = ui.el("p", { class: "asng-who" }), said = ui.el("p", { class: "asng-said" });
  right.append(title, said);
  const drawing = cells.drawing(right, { title: "Its cell", output: "last" });
  const summary = ui.summary(element);

  const decoded = supernets.map(({ moments }) => moments.map(({ epoch, losses }) => ({ epoch, losses: K.inUnits(losses) })));
  const moments = () => decoded[which.value];
  const now = () => moments()[moment.value];

  /** A slider over the moments of the chosen supernet; it stays at the end if it was there. */
  function makeSlider() {
    holder.replaceChildren();
    const { length } = moments();
    moment = ui.slider(holder, { label: "epochs of the supernet", values: Array.from({ length }, (_, i) => i), value: length - 1,
      format: (i) => `${moments()[i].epoch}`, onInput: update });
  }

  function style(i, colours) {
    if (zoom.value && !good.has(i)) return { fill: colours.muted, alpha: 0 };
    return good.has(i) ? { fill: colours.aim, alpha: 0.85, front: true } : { fill: colours.muted, alpha: 0.5 };
  }

  function decorate(g, X, Y, colours) {
    const pick = K.argmin(now().losses), x = X(errors[pick]), y = Y(now().losses[pick]);
    g.strokeStyle = g.fillStyle = colours.text;
    ui.cross(g, x, y, 5, 2.4);
  }

  function range(values, room = 0.06) {
    const low = Math.min(...values), high = Math.max(...values);
    return { low: low - room * (high - low), high: high + room * (high - low) };
  }

  function update() {
    const { epoch, losses } = now(), inside = zoom.value ? best : [...errors.keys()];
    const x = range(inside.map((i) => errors[i])), y = range(inside.map((i) => losses[i]));
    plot.set({ x: errors, y: losses, chosen, axes: { x: { ...x, label: "true test error", format: (v) => `${Number((100 * v).toFixed(1))} %` },
      y: { ...y, label: "one-shot loss", format: (v) => ui.number(v) } } });
    const correlation = numbers.spearman(losses, errors), among = numbers.spearman(best.map((i) => losses[i]), best.map((i) => errors[i]));
    const pick = K.argmin(losses), rank = K.rankOf(errors, errors[pick]), kept = K.least(losses, tenth).filter((i) => good.has(i)).length;
    const two = (value) => value.toFixed(2).replace("-", "−");
    title.textContent = `Rank ${K.rankOf(errors, errors[chosen])} in truth, ${K.rankOf(losses, losses[chosen])} for the supernet`;
    said.textContent = `Test error ${K.percent(errors[chosen])}, one-shot loss ${ui.number(losses[chosen])}.${chosen === pick ? " It is the supernet’s choice." : ""}`;
    plot.describe(`${all.count} networks. Chosen: ${title.textContent}, ${cells.describe(all.cell(chosen), { output: "last" })}`);
    drawing.draw(all.cell(chosen), { moving: !ui.reducedMotion() });
    summary.say(`After ${epoch} ${epoch === 1 ? "epoch" : "epochs"} the rank correlation is ${two(correlation)} over all networks and ${two(among)} over the best tenth (red). ` +
      `The network with the least one-shot loss (cross) has rank ${rank} in truth; the supernet’s best tenth holds ${kept} of the true ${tenth}.`);
    element.dataset.summary = JSON.stringify({ supernet: supernets[which.value].name, epoch, correlation, best: among, pick: { network: pick, rank }, kept, selected: chosen });
  }

  ui.onTheme(element, () => plot.redraw());
  makeSlider();
  update();
});
