/* Every network of the experiment on cluttered digits as a dot: by group, or against its size. Tap one to see its cell.
 *
 * Options: `points`, from asng_book.measured.clutter.points; `groups`, [{ name, label, kind }] in order, kind being "random",
 * "matched" or a search's variant; `repeats`, [[error, …], …], trainings of the same cell. data-summary has
 * { view, colour, selected: { group, number, error, parameters }, means } in JSON.
 */
ASNG.register("clutter-cells", function (element, options) {
  "use strict";
  const { ui, cells, numbers, supernet: S } = ASNG;
  const { svgEl } = cells, { points, groups, repeats = [] } = options;
  const STYLES = {
    random: ["muted", "circle"], matched: ["text", "circle"], asng: ["asng", "circle"], "small-step": ["asng", "square"], sng: ["sng", "square"],
    "random-search": ["muted", "triangle"], "no-warmup": ["asng", "diamond"], "no-chain": ["asng", "down"],
  };
  const SHAPES = { // of the area of a circle of radius 1
    circle: "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0 -2 0Z", square: "M-.88-.88H.88V.88H-.88Z", triangle: "M0-1.2L1.12.82H-1.12Z",
    diamond: "M0-1.25L1.25 0L0 1.25L-1.25 0Z", down: "M0 1.2L1.12-.82H-1.12Z",
  };
  const LABEL = 17, ROW = 46, TOP = 22, AXIS = 34;
  const errors = points.map((p) => p.error).concat(...repeats), sizes = points.map((p) => p.parameters);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)], top = 1.04 * most;
  let view = options.view === "size" ? "size" : "groups", chosen = options.selected ?? best(), width = 0;

  element.append(ui.el("style", {}, `
    .asng-swarm { display: block; max-width: 100%; overflow: visible; font-family: inherit; }
    .asng-swarm text { fill: var(--asng-text); font-size: 12px; } .asng-swarm .asng-faint { fill: var(--asng-muted); font-size: 11.5px; }
    .asng-swarm .asng-rule { stroke: var(--asng-grid); } .asng-swarm .asng-mean { stroke: var(--asng-text); stroke-width: 2; }
    .asng-swarm .asng-span { stroke: var(--asng-muted); } .asng-swarm .asng-seed { fill: var(--asng-ground); stroke: var(--asng-muted); stroke-width: 1.5; }
    .asng-dot { cursor: pointer; transition: transform 0.7s cubic-bezier(0.4, 0, 0.2, 1); }
    .asng-dot path { stroke: var(--asng-ground); stroke-width: 0.16; } .asng-dot .asng-reach { fill: transparent; stroke: none; }
    .asng-dot[aria-selected="true"] path { stroke: var(--asng-text); stroke-width: 0.4; }
    .asng-dots:focus { outline: none; } .asng-dots:focus-visible .asng-ring { stroke: var(--asng-accent); }
    .asng-ring { fill: none; stroke: none; stroke-width: 2; transition: transform 0.7s cubic-bezier(0.4, 0, 0.2, 1); }
    .asng-error { stroke: var(--asng-text); stroke-width: 2; }
    .asng-rows { transition: opacity 0.4s; } .asng-rows[data-away] { opacity: 0; }
    @media (prefers-reduced-motion: reduce) { .asng-dot, .asng-ring, .asng-rows { transition: none; } }
    .asng-known { display: grid; grid-template-columns: minmax(0, 1.45fr) minmax(0, 1fr); gap: 0.5rem 1.6rem; align-items: start; }
    @media (max-width: 640px) { .asng-known { grid-template-columns: minmax(0, 1fr); } }
    .asng-figure .asng-who { font-weight: 600; } .asng-figure .asng-said { font-variant-numeric: tabular-nums; min-height: 4.2em; margin-bottom: 0.4rem; }
    .asng-scale { display: inline-flex; align-items: center; gap: 0.4rem; color: var(--asng-muted); font-size: 0.92em; }
    .asng-scale:not([data-on]) { display: none; } .asng-scale i { width: 4.5rem; height: 0.6rem; border-radius: 2px; background: linear-gradient(to right, var(--asng-small), var(--asng-large)); }
    .asng-figure { --asng-small: #d9e4ee; --asng-large: #08406f; } .asng-figure[data-asng-theme="dark"] { --asng-small: #2b3947; --asng-large: #a9dcff; }`));

  const bar = ui.buttons(element);
  const byGroup = ui.button(bar, { label: "By group", onClick: () => show("groups") });
  const bySize = ui.button(bar, { label: "Error against size", onClick: () => show("size") });
  const colour = ui.checkbox(bar, { label: "colour by size", checked: Boolean(options.colour), onInput: paint });
  const scale = ui.el("span", { class: "asng-scale" }, ui.number(least), ui.el("i"), `${ui.number(most)} parameters`);
  bar.append(scale);
  const grid = ui.el("div", { class: "asng-known" });
  element.append(grid);
  const left = ui.el("div"), right = ui.el("div");
  grid.append(left, right);
  const svg = svgEl("svg", { class: "asng-swarm" }), back = svgEl("g", { "aria-hidden": "true" }), rows = svgEl("g", { class: "asng-rows", "aria-hidden": "true" });
  const away = svgEl("g", { class: "asng-rows", "aria-hidden": "true" });
  const list = svgEl("g", { class: "asng-dots", role: "listbox", tabindex: 0, "aria-label": "All networks; arrow keys go to the next one" });
  const bars = svgEl("line", { class: "asng-error" }), ring = svgEl("circle", { class: "asng-ring", r: 11 });
  svg.append(back, rows, away, list);
  left.append(svg);
  const title = ui.el("p", { class: "asng-who" }), said = ui.el("p", { class: "asng-said" });
  right.append(title, said);
  const picture = cells.drawing(right, { title: "Its cell", output: "last" });
  const summary = ui.summary(element);

  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const names = Object.fromEntries(groups.map(({ name, label }) => [name, label]));
  const dots = points.map((point, i) => {
    const id = ui.newId(), [, shape] = STYLES[point.group];
    const node = svgEl("g", { class: "asng-dot", role: "option", id, "aria-label": words(point) },
      svgEl("circle", { class: "asng-reach", r: 1.9 }), svgEl("path", { d: SHAPES[shape] }));
    node.addEventListener("click", () => choose(i));
    node.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") choose(i); });
    return node;
  });
  list.append(ring, bars, ...dots);
  const means = Object.fromEntries(groups.map(({ name }) => [name, numbers.mean(points.filter((p) => p.group === name).map((p) => p.error))]));

  function best() {
    const found = points.findIndex((p) => p.group === "asng");
    return points.reduce((b, p, i) => (p.group === "asng" && p.error < points[b].error ? i : b), Math.max(0, found));
  }

  function who({ group, number }) {
    return `${names[group]}, ${group === "random" || group === "matched" ? "number" : "seed"} ${number}`;
  }

  function words({ group, number, error, parameters }) {
    return `${who({ group, number })}: test error ${percent(error)}, ${ui.number(parameters, 5)} parameters`;
  }

  /* ---- Where the dots stand ---- */

  let X = null, Y = null, places = [], radius = 5;

  function layout() {
    width = Math.max(260, Math.round(left.clientWidth));
    radius = width > 420 ? 5.2 : 4.6;
    const low = Math.floor(20 * Math.min(...errors)) / 20, high = Math.ceil(20 * Math.max(...errors)) / 20;
    const inset = { groups: 12, size: 46 }[view];
    X = (error) => inset + ((width - inset - 12) * (error - low)) / (high - low);
    const tall = TOP + (groups.length + (repeats.length ? 1 : 0)) * (LABEL + ROW) + AXIS;
    const [y0, y1] = [tall - AXIS, TOP + 6];
    Y = (size) => y0 + ((y1 - y0) * size) / top;
    places = points.map(() => null);
    if (view === "size") points.forEach((p, i) => { places[i] = [X(p.error), Y(p.parameters)]; });
    else {
      groups.forEach(({ name }, row) => {
        const mine = [...points.keys()].filter((i) => points[i].group === name);
        const ys = S.swarm(mine.map((i) => X(points[i].error)), 2 * radius + 0.6);
        const most = Math.max(1, ...ys.map(Math.abs)), squeeze = Math.min(1, (ROW / 2 - radius) / most);
        mine.forEach((i, k) => { places[i] = [X(points[i].error), middle(row) + squeeze * ys[k]]; });
      });
    }
    svg.setAttribute("viewBox", `0 0 ${width} ${tall}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", tall);
    drawAxes(tall, low, high);
    drawRows();
    drawSizes();
  }

  const middle = (row) => TOP + row * (LABEL + ROW) + LABEL + ROW / 2;
  const text = (parent, x, y, words, attributes = {}) => {
    const node = svgEl("text", { x, y, ...attributes });
    node.textContent = words;
    parent.append(node);
    return node;
  };

  function drawAxes(tall, low, high) {
    back.replaceChildren();
    const marks = numbers.ticks(low, high, width > 420 ? 8 : 5);
    for (const mark of marks) {
      back.append(svgEl("line", { class: "asng-rule", x1: X(mark), x2: X(mark), y1: TOP - 4, y2: tall - AXIS + 4 }));
      text(back, X(mark), tall - AXIS + 18, `${Math.round(100 * mark)} %`, { class: "asng-faint", "text-anchor": "middle" });
    }
    text(back, width - 12, tall - 2, "test error after training from scratch", { class: "asng-faint", "text-anchor": "end" });
  }

  /** Names, means, and the trainings of one cell from several seeds. */
  function drawRows() {
    rows.replaceChildren();
    groups.forEach(({ name, label }, row) => {
      const y = TOP + row * (LABEL + ROW) + 12, [hue, shape] = STYLES[name];
      rows.append(svgEl("path", { d: SHAPES[shape], transform: `translate(7 ${y - 4}) scale(4.6)`, fill: `var(--asng-${hue})` }));
      const count = points.filter((p) => p.group === name).length;
      text(rows, 18, y, label, { "font-weight": 600 });
      text(rows, width - 12, y, `${count}, mean ${percent(means[name])}`, { class: "asng-faint", "text-anchor": "end" });
      rows.append(svgEl("line", { class: "asng-mean", x1: X(means[name]), x2: X(means[name]), y1: middle(row) - ROW / 2 + 3, y2: middle(row) + ROW / 2 - 3 }));
    });
    if (!repeats.length) return;
    const row = groups.length, y = TOP + row * (LABEL + ROW) + 12;
    text(rows, 18, y, "Same cell, other seeds", { "font-weight": 600 });
    text(rows, width - 12, y, `${repeats.length} random cells`, { class: "asng-faint", "text-anchor": "end" });
    repeats.forEach((found, k) => {
      const at = middle(row) + (k - (repeats.length - 1) / 2) * 12, xs = found.map(X);
      rows.append(svgEl("line", { class: "asng-span", x1: Math.min(...xs), x2: Math.max(...xs), y1: at, y2: at }),
        ...xs.map((x) => svgEl("circle", { class: "asng-seed", cx: x, cy: at, r: 3.6 })));
    });
  }

  function drawSizes() {
    away.replaceChildren();
    for (const mark of numbers.ticks(0, top, 6)) {
      away.append(svgEl("line", { class: "asng-rule", x1: X(Math.min(...errors)) - 6, x2: width - 6, y1: Y(mark), y2: Y(mark) }));
      text(away, 40, Y(mark) + 4, ui.number(mark, 5), { class: "asng-faint", "text-anchor": "end" });
    }
    text(away, 0, TOP - 8, "parameters", { class: "asng-faint" });
    if (colour.value) return;
    groups.forEach(({ name, short }, i) => { // a legend, for no row says now who is who
      const [hue, shape] = STYLES[name], columns = width < 440 ? 3 : 4, lines = Math.ceil(groups.length / columns);
      const x = 58 + ((i % columns) * (width - 60)) / columns, y = Y(0) - (lines - 1 - Math.floor(i / columns)) * 16 - 7;
      away.append(svgEl("path", { d: SHAPES[shape], transform: `translate(${x} ${y - 4}) scale(4.4)`, fill: `var(--asng-${hue})` }));
      text(away, x + 9, y, short, { class: "asng-faint" });
    });
  }

  /* ---- What a reader does ---- */

  function show(next) {
    view = next;
    layout();
    place();
    update();
  }

  function paint() {
    scale.toggleAttribute("data-on", colour.value);
    dots.forEach((dot, i) => {
      const share = (points[i].parameters - least) / (most - least || 1), [hue] = STYLES[points[i].group];
      dot.lastChild.style.fill = colour.value
        ? `color-mix(in srgb, var(--asng-large) ${(100 * share).toFixed(1)}%, var(--asng-small))` : `var(--asng-${hue})`;
    });
    if (width) drawSizes();
    update();
  }

  function place() {
    rows.toggleAttribute("data-away", view === "size");
    away.toggleAttribute("data-away", view === "groups");
    dots.forEach((dot, i) => {
      dot.style.transform = `translate(${places[i][0].toFixed(1)}px, ${places[i][1].toFixed(1)}px) scale(${radius})`;
    });
    mark();
  }

  function mark() {
    const { error, se } = points[chosen], [x, y] = places[chosen];
    ring.style.transform = `translate(${x}px, ${y}px)`;
    for (const [name, value] of [["x1", X(error - se)], ["x2", X(error + se)], ["y1", y], ["y2", y]]) bars.setAttribute(name, value);
    dots.forEach((dot, i) => dot.setAttribute("aria-selected", String(i === chosen)));
    list.setAttribute("aria-activedescendant", dots[chosen].id);
    list.append(dots[chosen]); // on top
  }

  function choose(i) {
    if (i === chosen) return;
    chosen = i;
    mark();
    update();
  }

  /** The next dot in a direction: along a row by error, up and down to the nearest one of the next row. */
  function step(dx, dy) {
    const now = points[chosen], order = groups.map(({ name }) => name);
    if (dx) {
      const row = [...points.keys()].filter((i) => view === "size" || points[i].group === now.group).sort((a, b) => points[a].error - points[b].error || a - b);
      return choose(row[Math.min(row.length - 1, Math.max(0, row.indexOf(chosen) + dx))]);
    }
    const next = order[order.indexOf(now.group) + dy];
    if (next === undefined) return;
    const row = [...points.keys()].filter((i) => points[i].group === next);
    choose(row.reduce((b, i) => (Math.abs(points[i].error - now.error) < Math.abs(points[b].error - now.error) ? i : b)));
  }

  list.addEventListener("keydown", (event) => {
    const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!keys[event.key]) return;
    event.preventDefault();
    step(...keys[event.key]);
  });

  function update() {
    const point = points[chosen], { group, number, error, se, parameters, depth } = point;
    [[byGroup, "groups"], [bySize, "size"]].forEach(([button, name]) => {
      button.classList.toggle("asng-primary", view === name);
      button.setAttribute("aria-pressed", String(view === name));
    });
    title.textContent = who(point);
    const worse = points.filter((p) => p.group === "random" && p.error > error).length, all = points.filter((p) => p.group === "random").length;
    const beats = group === "random" ? "" : ` Less error than ${worse === all ? `all ${all}` : `${worse} of the ${all}`} random cells.`;
    said.textContent = `Test error ${percent(error)} ± ${(100 * se).toFixed(1)} (one standard error). ${ui.number(parameters, 5)} parameters, depth ${depth}.${beats}`;
    picture.draw(point.cell, { opacity: point.cell.map((_, node) => (point.live.includes(node) ? [1, 1] : [0.15, 0.15])) });
    svg.setAttribute("aria-label", `Test errors of ${points.length} networks.`);
    summary.say(view === "groups"
      ? `Mean test errors: ${groups.map(({ name, label }) => `${label} ${percent(means[name])}`).join("; ")}.`
      : `The same ${points.length} networks: error to the right, parameters upwards, from ${ui.number(least, 5)} to ${ui.number(most, 5)}.`);
    element.dataset.summary = JSON.stringify({ view, colour: colour.value, selected: { group, number, error, parameters }, means });
  }

  ui.onResize(left, () => { layout(); place(); });
  paint();
});
