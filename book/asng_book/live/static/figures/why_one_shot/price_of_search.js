/* Table 1 of the article on logarithmic axes: GPU-days of the search against test error; a standard error for each row, the
 * Pareto front, and which rows a test of so many images does not tell apart from the one that is selected.
 *
 * Options: `rows`, a list of { method, days, error (in %), similar, shared, idea }; `images` of the test, where the slider
 * starts; `selected`, the name of a method. data-summary has { method, images, alike, front } in JSON.
 */
ASNG.priceOfSearch = (function () {
  "use strict";
  const variance = (p, n) => (p * (1 - p)) / n;

  /** √(p(1 − p)/n): of a share of errors p on n images. */
  const standardError = (p, n) => Math.sqrt(variance(p, n));

  /** Whether two shares differ by more than two standard errors of their difference. */
  const toldApart = (p, q, n) => Math.abs(p - q) > 2 * Math.sqrt(variance(p, n) + variance(q, n));

  /**
   * The least and the greatest share that are not told from p: the roots q of (p − q)² = 4(p(1 − p) + q(1 − q))/n, that is
   * of (1 + e)q² − (2p + e)q + (1 + e)p² − ep = 0 with e = 4/n.
   */
  function band(p, n) {
    const e = 4 / n, half = (2 * p + e) / 2, root = Math.sqrt(Math.max(0, half ** 2 - (1 + e) * ((1 + e) * p * p - e * p)));
    return [(half - root) / (1 + e), (half + root) / (1 + e)];
  }

  /** The rows to which no other is at least equal in both days and error, by days. */
  function front(rows) {
    const beats = (a, b) => a.days <= b.days && a.error <= b.error && (a.days < b.days || a.error < b.error);
    return rows.filter((row) => !rows.some((other) => beats(other, row))).sort((a, b) => a.days - b.days);
  }

  return { standardError, toldApart, band, front };
})();

ASNG.register("price-of-search", function (element, options) {
  "use strict";
  const { ui, cells, priceOfSearch: P } = ASNG, { svgEl } = cells;
  const X = [0.05, 5000], Y = [1.7, 4.6], HOURS = 24;
  const rows = [...options.rows].sort((a, b) => a.days - b.days || a.error - b.error);
  let now = Math.max(0, rows.findIndex(({ method }) => method === (options.selected || "ASNG-NAS"))), place = null, built = null;

  /* Where a name stands if not above its error bar, so that no two lie on each other. */
  const NAMES = {
    SNAS: "below", "ASNG-NAS": "below", "DARTS (first order)": "right", "DARTS (second order)": "right", "ProxylessNAS-G": "below",
  };

  element.append(ui.el("style", {}, `
    .asng-price { display: block; max-width: 100%; overflow: visible; font-family: inherit; }
    .asng-price text { fill: var(--asng-muted); font-size: 12px; }
    .asng-price .asng-grid { stroke: var(--asng-grid); } .asng-price .asng-band { fill: var(--asng-accent); opacity: 0.13; }
    .asng-price .asng-front { fill: none; stroke: var(--asng-muted); stroke-width: 2; stroke-dasharray: 7 4; }
    .asng-price .asng-fronts { fill: var(--asng-muted); font-weight: 600; }
    .asng-price .asng-point { cursor: pointer; outline: none; } .asng-price .asng-point * { transition: opacity 0.25s; }
    .asng-price .asng-mark { fill: var(--asng-ground); stroke: var(--asng-text); stroke-width: 2; }
    .asng-price .asng-kin .asng-mark { fill: var(--asng-text); } .asng-price .asng-own .asng-mark { fill: var(--asng-asng); stroke: var(--asng-asng); }
    .asng-price .asng-own .asng-bar { stroke: var(--asng-asng); } .asng-price .asng-point.asng-own text { fill: var(--asng-asng); }
    .asng-price .asng-bar { stroke: var(--asng-text); stroke-width: 1.5; } .asng-price .asng-point text { fill: var(--asng-text); }
    .asng-price .asng-apart :is(.asng-mark, .asng-bar) { opacity: 0.4; } .asng-price .asng-apart text { fill: var(--asng-muted); }
    .asng-price .asng-ring { fill: transparent; stroke: none; } .asng-price .asng-point:hover .asng-ring { stroke: var(--asng-muted); }
    .asng-price [aria-checked="true"] .asng-ring { stroke: var(--asng-accent); stroke-width: 2; }
    .asng-price [aria-checked="true"] .asng-bar { stroke-width: 2.5; } .asng-price [aria-checked="true"] text { font-weight: 700; }
    .asng-price .asng-point:focus-visible .asng-ring { stroke: var(--asng-accent); stroke-width: 2; }
    .asng-figure .asng-keys { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; color: var(--asng-muted); font-size: 0.92em; margin: 0.3rem 0; }
    .asng-keys svg { display: inline-block; width: 1rem; height: 1rem; vertical-align: -0.18em; margin-right: 0.3rem; }
    .asng-card { border-left: 3px solid var(--asng-accent); background: var(--asng-panel); padding: 0.55rem 0.8rem; margin: 0.6rem 0; min-height: 7.6rem; }
    .asng-figure .asng-card .asng-title { font-size: 1.05em; } .asng-figure .asng-card p + p { margin-top: 0.25rem; }
    .asng-card .asng-hint { font-variant-numeric: tabular-nums; }`));
  const controls = ui.controls(element);
  const images = ui.slider(controls, { label: "images in the test, n", min: 1000, max: 1e6, value: options.images || 10000,
    values: [1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000], format: (n) => ui.number(n, 7), onInput: draw });
  const similar = ui.checkbox(controls, { label: "front of the similar spaces only", onInput: draw });
  const holder = ui.el("div");
  element.append(holder, keys());
  const card = ui.el("div", { class: "asng-card" });
  element.append(card);
  const summary = ui.summary(element);

  function text(words, x, y, anchor = "start", kind = null) {
    const node = svgEl("text", { x, y, "text-anchor": anchor });
    if (kind) node.setAttribute("class", kind);
    node.textContent = words;
    return node;
  }

  function shape({ shared }, x, y, r) {
    if (shared) return svgEl("circle", { class: "asng-mark", cx: x, cy: y, r });
    return svgEl("rect", { class: "asng-mark", x: x - 0.9 * r, y: y - 0.9 * r, width: 1.8 * r, height: 1.8 * r });
  }

  function keys() {
    const key = (row, words) => {
      const svg = svgEl("svg", { class: "asng-price", viewBox: "0 0 16 16", "aria-hidden": "true" },
        svgEl("g", { class: row.similar ? "asng-kin" : "" }, shape(row, 8, 8, 5.5)));
      return ui.el("span", {}, svg, words);
    };
    return ui.el("p", { class: "asng-keys" }, key({ shared: true, similar: true }, "weights shared, similar space"),
      key({ shared: true }, "weights shared or generated, another space"), key({}, "every candidate trained, another space"));
  }

  /* ---- The picture ---- */

  function build() {
    const width = Math.min(720, Math.round(holder.clientWidth)), height = width < 500 ? 350 : 380;
    if (!width) return;
    const x0 = 34, x1 = width - 8, y0 = height - 40, y1 = 26;
    const between = (value, [low, high], a, b) => a + ((b - a) * Math.log(value / low)) / Math.log(high / low);
    place = { x: (days) => between(days, X, x0, x1), y: (error) => between(error, Y, y0, y1), x0, x1, y0, y1, width };
    const svg = svgEl("svg", { class: "asng-price", viewBox: `0 0 ${width} ${height}`, width, height });
    svg.append(text("test error, %", 0, 12), text("GPU-days of search", x1, height - 5, "end"));
    for (const error of [2, 2.5, 3, 3.5, 4, 4.5]) {
      svg.append(svgEl("line", { class: "asng-grid", x1: x0, x2: x1, y1: place.y(error), y2: place.y(error) }), text(error, x0 - 6, place.y(error) + 4, "end"));
    }
    for (const days of [0.1, 1, 10, 100, 1000]) {
      svg.append(svgEl("line", { class: "asng-grid", x1: place.x(days), x2: place.x(days), y1: y0, y2: y1 }), text(ui.number(days), place.x(days), y0 + 17, "middle"));
    }
    const under = svgEl("g"), group = svgEl("g", { role: "radiogroup", "aria-label": "the methods of Table 1, by GPU-days" });
    const points = rows.map((row, i) => {
      const point = svgEl("g", { role: "radio", "aria-label": `${row.method}: ${ui.number(row.days)} GPU-days, ${row.error.toFixed(2)} % error` });
      point.addEventListener("click", () => select(i));
      point.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") select(i); });
      point.addEventListener("keydown", press);
      group.append(point);
      return point;
    });
    svg.append(under, group);
    holder.replaceChildren(svg);
    built = { under, points, width };
    draw();
  }

  function select(i) {
    if (i === now) return;
    now = i;
    draw();
  }

  function press(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    select((now + by + rows.length) % rows.length);
    built.points[now].focus();
  }

  /** A name in the lines that there is room for. */
  const short = ({ method }) => (place.width < 500 ? method.replace(" (first order)", " 1st").replace(" (second order)", " 2nd").replace("-NAS", "") : method);

  function drawPoint(row, i, n) {
    const se = 100 * P.standardError(row.error / 100, n), x = place.x(row.days), y = place.y(row.error), r = i === now ? 7 : 5.5;
    const low = place.y(row.error - se), high = place.y(row.error + se), side = NAMES[row.method] || "above";
    const line = (a, b, c, d) => svgEl("line", { class: "asng-bar", x1: a, y1: b, x2: c, y2: d });
    const top = Math.min(high, y - r), bottom = Math.max(low, y + r);
    const right = x > place.x1 - 34, anchor = side === "right" ? "start" : right ? "end" : "middle";
    const name = side === "right" ? text(short(row), x + 11, y + 4, anchor) : text(short(row), right ? place.x1 : x, side === "above" ? top - 6 : bottom + 15, anchor);
    built.points[i].replaceChildren(svgEl("circle", { class: "asng-ring", cx: x, cy: y, r: 12 }),
      line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high), shape(row, x, y, r), name);
  }

  function drawUnder(front, [low, high]) {
    const { x, y, x0, x1, y0, y1 } = place, clip = (value) => Math.min(y0, Math.max(y1, value));
    const top = clip(y(100 * high)), bottom = low > 0 ? clip(y(100 * low)) : y0;
    const steps = front.map((row, i) => `${i ? "" : `M${x(row.days)} ${y1}`}V${y(row.error)}H${i + 1 < front.length ? x(front[i + 1].days) : x1}`).join("");
    const last = front[front.length - 1];
    built.under.replaceChildren(svgEl("rect", { class: "asng-band", x: x0, y: top, width: x1 - x0, height: bottom - top }),
      svgEl("path", { class: "asng-front", d: steps }), text("Pareto front", x1, y(last.error) + (similar.value ? -6 : 16), "end", "asng-fronts"));
  }

  function draw() {
    if (!built) return;
    const n = images.value, row = rows[now], p = row.error / 100;
    const counted = similar.value ? rows.filter((each) => each.similar) : rows, front = P.front(counted);
    drawUnder(front, P.band(p, n));
    const apart = rows.filter((each) => P.toldApart(p, each.error / 100, n)), alike = rows.filter((each) => each !== row && !apart.includes(each));
    rows.forEach((each, i) => {
      drawPoint(each, i, n);
      built.points[i].setAttribute("class", `asng-point${each.similar ? " asng-kin" : ""}${each.method === "ASNG-NAS" ? " asng-own" : ""}${apart.includes(each) ? " asng-apart" : ""}`);
      built.points[i].setAttribute("aria-checked", String(i === now));
      built.points[i].setAttribute("tabindex", i === now ? 0 : -1);
    });
    const se = 100 * P.standardError(p, n), names = (list) => cells.list(list.map(({ method }) => method));
    card.replaceChildren(ui.el("p", { class: "asng-title" }, row.method), ui.el("p", {}, row.idea),
      ui.el("p", { class: "asng-hint" }, `${ui.number(row.days, 4)} GPU-days, ${ui.number(HOURS * row.days)} hours of one GPU. ${row.error.toFixed(2)} ± ${se.toFixed(2)} % error. ` +
        `The article counts its search space ${row.similar ? "among the five similar ones." : "as a different one."}`));
    summary.say(`With ${ui.number(n, 7)} test images ${row.method} is ${alike.length ? `not told apart from ${names(alike)}` : "told apart from all the others"}. ` +
      `The shaded band, from ${P.band(p, n).map((q) => (100 * q).toFixed(2)).join(" to ")} %, holds the errors within two standard errors of the difference. ` +
      `On the Pareto front${similar.value ? " of the similar spaces" : ""}: ${names(front)}.`);
    element.dataset.summary = JSON.stringify({ method: row.method, images: n, alike: alike.map(({ method }) => method), front: front.map(({ method }) => method) });
  }

  ui.onResize(holder, () => { if (!built || built.width !== Math.min(720, Math.round(holder.clientWidth))) build(); });
});
