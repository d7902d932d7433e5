/* What is a parameter worth? Searches that pay for parameters, on a table whose true front is known.
 *
 * Options, from asng_book.live.known_space: `space`; `networks`, of each code; `observed` and `errors` of each network, in
 * units of 1e-5; `parameters` of each network; `prices`, the parameters of each option, as θ has them; `runs`, `updates`, `price`.
 * data-summary has { price, penalty, step, cheapest, selected, found: { network: how often } or null, hits, excess } in JSON.
 */
ASNG.register("price-of-size", function (element, options) {
  "use strict";
  const { ui, cells, numbers, known: K, priced: P } = ASNG;
  const { space, networks, parameters, prices, runs = 20, updates = 200 } = options, all = K.networks(space);
  const observed = K.inUnits(options.observed), errors = K.inUnits(options.errors), front = P.front(parameters, errors);
  const PRICES = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15];
  const whole = (value) => ui.number(value, 6), low = 0.1, high = Math.max(...front.map(({ network }) => errors[network])) + 0.12;
  const across = K.spread(parameters);
  front.forEach(({ network }) => { across[network] = parameters[network]; });
  const axes = {
    x: { low: 0.93 * Math.min(...parameters), high: 1.03 * Math.max(...parameters), label: "parameters", format: whole },
    y: { low, high, label: "test error", format: (v) => `${Math.round(100 * v)} %` } };
  let searched = false, seed = 1, found = new Map(), chosen = front[front.length - 1].network;

  element.append(ui.el("style", {}, `
    .asng-shop { display: grid; grid-template-columns: minmax(0, 1.75fr) minmax(0, 1fr); gap: 0.5rem 1.6rem; align-items: start; }
    @media (max-width: 640px) { .asng-shop { grid-template-columns: minmax(0, 1fr); } }
    .asng-figure .asng-who { font-weight: 600; } .asng-figure .asng-said { font-variant-numeric: tabular-nums; min-height: 4.2em; margin-bottom: 0.4rem; }`));
  const row = ui.controls(element);
  row.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, 15.5rem), 1fr))";
  const price = ui.slider(row, { label: "ε, the price of 100 parameters", values: PRICES, value: options.price === undefined ? 2 : options.price,
    format: (v) => `${ui.number(v)} ${v === 1 ? "point" : "points"} of error`, onInput: change });
  const penalty = ui.select(row, { label: "penalty", choices: [["closed", "in closed form"], ["sampled", "sampled, with the loss"]], onInput: change });
  const step = ui.select(row, { label: "step", choices: [["asng", "ASNG: normalised"], ["plain", "plain: as long as the estimate"]], onInput: change });
  const noisy = ui.checkbox(row, { label: "the search sees a single training", onInput: change });
  const grid = ui.el("div", { class: "asng-shop" }), left = ui.el("div"), right = ui.el("div");
  grid.append(left, right);
  element.append(grid);
  const plot = ASNG.scatter(left, { label: "All networks: the arrow keys go to the next one", style, decorate, choose: (i) => { chosen = i; update(); },
    height: (width) => Math.max(300, Math.min(430, 0.85 * width)) });
  left.append(ui.el("p", { class: "asng-hint" }, "■ the true front · □ on it, but no price reaches it · ✕ cheapest at this price · ● found"));
  const bar = ui.buttons(left);
  ui.button(bar, { label: `Search ${runs} times`, primary: true, onClick: () => { seed += searched ? runs : 0; searched = true; change(); } });
  ui.button(bar, { label: "Forget what was found", onClick: () => { searched = false; seed = 1; change(); } });
  const title = ui.el("p", { class: "asng-who" }), said = ui.el("p", { class: "asng-said" });
  right.append(title, said);
  const drawing = cells.drawing(right, { title: "Its cell", output: "last" });
  const summary = ui.summary(element);

  const perParameter = () => price.value / 100 / 100; // points for 100 parameters, as error for one
  const total = (i) => errors[i] + perParameter() * parameters[i];
  const cheapest = () => K.argmin(errors.map((_, i) => total(i)));

  /** Let every run name a network; how often each was named. */
  function search() {
    const seen = noisy.value ? observed : errors, closed = penalty.value === "closed", each = perParameter();
    const charged = closed ? seen : seen.map((loss, i) => loss + each * parameters[i]);
    const names = Array.from({ length: runs }, (_, run) => networks[all.index(P.named({ sizes: all.sizes, step: step.value, updates, seed: seed + run,
      penalty: closed && each ? Float64Array.from(prices, (value) => each * value) : null, loss: (code) => charged[networks[all.index(code)]] }))]);
    found = new Map();
    names.forEach((network) => found.set(network, (found.get(network) || 0) + 1));
  }

  function style(i, colours) {
    return { fill: colours.muted, alpha: errors[i] > high ? 0 : 0.3, radius: 2.2 };
  }

  /** The front, the line of equal totals through the cheapest network, and what was found. */
  function decorate(g, X, Y, colours) {
    const reached = front.filter((one) => one.reached), best = cheapest();
    g.lineWidth = 1.6;
    g.setLineDash([5, 4]);
    reached.slice(1).forEach(({ network }, i) => ui.rule(g, colours.text, X(parameters[reached[i].network]), Y(errors[reached[i].network]), X(parameters[network]), Y(errors[network])));
    g.setLineDash([]);
    iso(g, X, Y, colours, best);
    for (const { network, reached: inside } of front) {
      g.fillStyle = g.strokeStyle = colours.text;
      g.lineWidth = 1.8;
      ui.marker(g, "square", X(parameters[network]), Y(errors[network]), 4.2, !inside);
    }
    for (const [network, count] of found) {
      const y = Math.min(errors[network], high - 0.004);
      g.globalAlpha = 0.75;
      g.fillStyle = colours.asng;
      ui.marker(g, "circle", X(across[network]), Y(y), 3 + 2.6 * Math.sqrt(count));
      g.globalAlpha = 1;
      if (count > 2) label(g, `${count}`, X(across[network]), Y(y) + 4, colours.ground, "center");
    }
    ui.cross(g, X(parameters[best]), Y(errors[best]), 13, 2.6);
  }

  /** Where error and price add up to as much as for the cheapest network: a line that leans as ε says. */
  function iso(g, X, Y, colours, best) {
    const least = total(best), each = perParameter(), at = (x) => least - each * x, { low: a, high: b } = axes.x;
    const clip = (x) => Math.max(low, Math.min(high, at(x))), back = (y) => (each ? (least - y) / each : b);
    const ends = [[Math.max(a, at(a) > high ? back(high) : a), clip(a)], [Math.min(b, at(b) < low ? back(low) : b), clip(b)]];
    g.lineWidth = 2.2;
    ui.rule(g, colours.accent, X(ends[0][0]), Y(ends[0][1]), X(ends[1][0]), Y(ends[1][1]));
    const fall = (Y(ends[1][1]) - Y(ends[0][1])) / (X(ends[1][0]) - X(ends[0][0])), ended = at(b) < low, near = ended && X(ends[1][0]) < 160; // at the lower edge; too far left for the words
    label(g, "equal totals", X(ends[1][0]) + (near ? 8 : ended ? -8 - 16 / fall : -2), Y(ends[1][1]) + (ended ? -4 : 15), colours.accent, near ? "left" : "right");
    g.strokeStyle = g.fillStyle = colours.text;
  }

  function label(g, text, x, y, colour, align) {
    g.fillStyle = colour;
    g.textAlign = align;
    g.fillText(text, x, y);
  }

  function change() {
    found = new Map();
    if (searched) {
      search();
      chosen = [...found].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
    } else chosen = cheapest();
    update();
  }

  function update() {
    const best = cheapest(), times = [...found.entries()], hits = found.get(best) || 0;
    const excess = searched ? (100 * numbers.mean(times.flatMap(([network, count]) => Array(count).fill(total(network))))) - 100 * total(best) : null;
    plot.set({ x: across, y: errors, axes, chosen });
    const place = front.find(({ network }) => network === chosen);
    const where = !place ? "Not on the front" : place.reached ? "A corner of the front" : "On the front, where no price reaches";
    title.textContent = chosen === best ? "The cheapest at this price" : where;
    said.textContent = `Test error ${K.percent(errors[chosen])}, ${whole(parameters[chosen])} parameters: together ${(100 * total(chosen)).toFixed(1)} points. ` +
      (searched ? `Named in ${found.get(chosen) || 0} of ${runs} searches.` : "");
    plot.describe(`${all.count} networks. Chosen: ${title.textContent}. ${said.textContent} ${cells.describe(all.cell(chosen), { output: "last" })}`);
    drawing.draw(all.cell(chosen), { moving: !ui.reducedMotion() });
    const cheap = `At this price the cheapest network (cross) has ${whole(parameters[best])} parameters and an error of ${K.percent(errors[best])}. `;
    const half = searched ? numbers.quantile(times.flatMap(([network, count]) => Array(count).fill(parameters[network])), 0.5) : null;
    summary.say(cheap + (searched
      ? `Of ${runs} searches (discs), ${hits} named it; their median network has ${whole(half)} parameters. On average their total is ${excess.toFixed(1)} points higher.`
      : "What will the searches find?"));
    element.dataset.summary = JSON.stringify({ price: price.value, penalty: penalty.value, step: step.value, cheapest: best, selected: chosen,
      found: searched ? Object.fromEntries(found) : null, hits, excess });
  }

  ui.onTheme(element, () => plot.redraw());
  change();
});
