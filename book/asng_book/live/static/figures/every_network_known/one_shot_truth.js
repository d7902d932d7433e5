/* One-shot losses of all networks beside their true errors, and how well they rank, as a supernet trains for longer.
 *
 * Options, from asng_book.live.known_space: `space`; `errors`, in units of 1e-5; `supernets`, [{ name, moments: [{ epoch, losses }] }],
 * with a list of losses for each seed, in thousandths; `labels` by name; `again`, { all, best }: the rank correlations of a second
 * training; `usual`, the epochs of a search; `begin`, the first supernet's moment at first, beyond which its curves appear as the
 * reader comes to them. data-summary has { supernet, seed, epoch, correlation, best: the same among the best
 * tenth, curves, pick: { network, rank }, kept, selected } in JSON; `kept` is how many of the best tenth the supernet has in its own.
 */
ASNG.register("one-shot-truth", function (element, options) {
  "use strict";
  const { ui, cells, numbers, known: K } = ASNG, THOUSANDTH = 1e-3;
  const { space, again = {}, usual = null } = options, all = K.networks(space), errors = K.inUnits(options.errors);
  const tenth = Math.round(all.count / 10), best = K.least(errors, tenth), good = new Set(best), truest = best.map((i) => errors[i]);
  const LABELS = options.labels || {}, two = (value) => value.toFixed(2).replace("-", "−");
  const supernets = options.supernets.map(({ name, moments }) => ({ name,
    moments: moments.map(({ epoch, losses }) => ({ epoch, seeds: losses.map((values) => judge(values.map((v) => v * THOUSANDTH))) })) }));
  let chosen = K.argmin(errors), seed = 0, at = supernets[0].moments.length - 1;
  const reached = supernets.map(({ moments }) => moments.length - 1); // how far the reader has come
  if (options.begin !== undefined && !matchMedia("print").matches) at = reached[0] = options.begin; // a still shows all

  element.append(ui.el("style", {}, `
    .asng-truth { display: grid; grid-template-columns: minmax(0, 1.75fr) minmax(0, 1fr); gap: 0.5rem 1.6rem; align-items: start; }
    @media (max-width: 640px) { .asng-truth { grid-template-columns: minmax(0, 1fr); } }
    .asng-figure .asng-who { font-weight: 600; } .asng-figure .asng-said { font-variant-numeric: tabular-nums; min-height: 4.2em; margin-bottom: 0.4rem; }`));
  const track = ASNG.rankingTrack(element, { label: "epochs of the supernet", hint: "rank correlation with the truth; dashed: a second training",
    onInput: (wanted) => { at = wanted; update(); } });
  const row = ui.buttons(element);
  const zoom = ui.checkbox(row, { label: "only the best tenth", colour: "aim", onInput: update });
  const other = ui.button(row, { label: "Another seed", onClick: () => { seed = (seed + 1) % moment().seeds.length; update(); } });
  const which = ui.select(row, { label: "supernet trained by", onInput: () => { seed = 0; at = moments().length - 1; update(); },
    choices: supernets.map(({ name }, i) => [i, LABELS[name] || name]) });
  const grid = ui.el("div", { class: "asng-truth" }), left = ui.el("div"), right = ui.el("div");
  grid.append(left, right);
  element.append(grid);
  const plot = ASNG.scatter(left, { label: "All networks: the arrow keys go to the next one", style, decorate, choose: (i) => { chosen = i; update(); },
    height: (width) => Math.max(280, Math.min(380, 0.76 * width)) });
  const bar = ui.buttons(left);
  ui.button(bar, { label: "The supernet’s choice", onClick: () => { chosen = now().pick; update(); } });
  ui.button(bar, { label: "The best network", onClick: () => { chosen = best[0]; update(); } });
  const title = ui.el("p", { class: "asng-who" }), said = ui.el("p", { class: "asng-said" });
  right.append(title, said);
  const drawing = cells.drawing(right, { title: "Its cell", output: "last" });
  const summary = ui.summary(element);

  const moments = () => supernets[which.value].moments;
  const moment = () => moments()[at];
  const now = () => moment().seeds[seed];

  /** What the losses of one supernet say: how they rank, and what they choose. */
  function judge(losses) {
    const pick = K.argmin(losses);
    return { losses, pick, rank: K.rankOf(errors, errors[pick]), every: numbers.spearman(losses, errors),
      among: numbers.spearman(best.map((i) => losses[i]), truest) };
  }

  /** Curves of a quantity over all lengths, one for each seed. */
  const curves = (what) => moments()[0].seeds.map((_, i) => moments().map(({ seeds }) => seeds[i][what]));

  function style(i, colours) {
    if (zoom.value && !good.has(i)) return { fill: colours.muted, alpha: 0 };
    return good.has(i) ? { fill: colours.aim, alpha: 0.85, front: true } : { fill: colours.muted, alpha: 0.5 };
  }

  /** A cross on the supernet's choice, and its true rank; an arrow where it is worse than what is shown. */
  function decorate(g, X, Y, colours) {
    const { pick, losses, rank } = now(), hidden = zoom.value && !good.has(pick), { clientWidth: width, clientHeight: height } = plot.picture.node;
    const y = Y(losses[pick]);
    g.strokeStyle = g.fillStyle = colours.text;
    if (!hidden) ui.cross(g, X(errors[pick]), y, 5, 2.4);
    g.font = `600 12px ${colours.font}`; // where bad networks with a low loss would be, a corner that stays empty
    g.textAlign = "right";
    g.fillText(`✕ its choice: rank ${ui.number(rank, 4)}${hidden ? " →" : ""}`, width - 12, height - 52);
    g.font = `12px ${colours.font}`;
  }

  function range(values, room = 0.06) {
    const low = Math.min(...values), high = Math.max(...values);
    return { low: low - room * (high - low), high: high + room * (high - low) };
  }

  /** The axis of the losses: the same for all lengths, unless only the best tenth is shown, which hardly differ. */
  function lossAxis() {
    if (zoom.value) return range(best.map((i) => now().losses[i]));
    const ends = moments().flatMap(({ seeds }) => seeds.flatMap(({ losses }) => [Math.min(...losses), Math.max(...losses)]));
    return range(ends);
  }

  function update() {
    const { epoch, seeds } = moment(), { losses, pick, rank, every, among } = now(), inside = zoom.value ? truest : errors;
    reached[which.value] = Math.max(reached[which.value], at);
    const seen = (what) => curves(what).map((values) => values.slice(0, reached[which.value] + 1));
    track.set({ epochs: moments().map((one) => one.epoch), seed, at,
      format: (i) => `${moments()[i].epoch}${moments()[i].epoch === usual ? ", as in a search" : ""}`,
      curves: [{ name: "all", colour: "text", seeds: seen("every"), limit: again.all }, { name: "best tenth", colour: "aim", seeds: seen("among"), limit: again.best }] });
    other.disabled = seeds.length === 1;
    plot.set({ x: errors, y: losses, chosen, axes: { x: { ...range(inside), label: "true test error", format: (v) => `${Number((100 * v).toFixed(1))} %` },
      y: { ...lossAxis(), label: "one-shot loss", format: (v) => ui.number(v) } } });
    const kept = K.least(losses, tenth).filter((i) => good.has(i)).length;
    title.textContent = `Rank ${K.rankOf(errors, errors[chosen])} in truth, ${K.rankOf(losses, losses[chosen])} for the supernet`;
    said.textContent = `Test error ${K.percent(errors[chosen])}, one-shot loss ${ui.number(losses[chosen])}.${chosen === pick ? " It is the supernet’s choice." : ""}`;
    plot.describe(`${all.count} networks. Chosen: ${title.textContent}, ${cells.describe(all.cell(chosen), { output: "last" })}`);
    drawing.draw(all.cell(chosen), { moving: !ui.reducedMotion() });
    summary.say(`After ${epoch} ${epoch === 1 ? "epoch" : "epochs"} the rank correlation is ${two(every)} over all networks and ${two(among)} over the best tenth (red). ` +
      `The network with the least one-shot loss (cross) has rank ${rank} in truth; the supernet’s best tenth holds ${kept} of the true ${tenth}.`);
    track.describe(`Rank correlations with the truth, over all networks: ${moments().map((one) => `${two(one.seeds[seed].every)} after ${one.epoch}`).join(", ")} epochs; ` +
      `over the best tenth: ${moments().map((one) => two(one.seeds[seed].among)).join(", ")}.`);
    element.dataset.summary = JSON.stringify({ supernet: supernets[which.value].name, seed, epoch, correlation: every, best: among,
      curves: { all: curves("every")[seed], best: curves("among")[seed] }, pick: { network: pick, rank }, kept, selected: chosen });
  }

  ui.onTheme(element, () => plot.redraw());
  update();
});
