/* ASNG.cells.draw: a cell as inline SVG, which moves to the next cell when it is called again; see the top of cells.js. */
(function () {
  "use strict";
  const ASNG = globalThis.ASNG, { ui, cells } = ASNG;
  const { INPUTS, layout, describe, inputName, shortName, fullName } = cells;
  const { BAR, NODE } = cells.SIZES, CHIP = 33;
  const SECONDS = 0.55, SETTLED = 0.9;

  /* The table of operations is Python's (asng_edu.nas.supernet.operations), which the page, the notebook or the test hands
   * over as ASNG.operations: { known: { name: { light, dark, dash, thick, costs } }, spare: [[light, dark], …] }. */
  const known = () => ASNG.operations.known;
  const spare = (name) => [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % ASNG.operations.spare.length;

  /** The class that gives an element an operation's colour, dash and thickness; unknown ones share the spare colours. */
  const styleClass = (name) => `asng-op-${name in known() ? name : `spare${spare(name)}`}`;

  const rule = (name, { light, dark, dash = [], thick = false }) =>
    `.asng-op-${name} { --op: ${light};${dash.length ? ` --dash: ${dash.join(" ")};` : ""}${thick ? " --thick: 3.8;" : ""} } ` +
    `[data-asng-theme="dark"] .asng-op-${name} { --op: ${dark}; }`;
  const palette = () => [
    ...Object.entries(known()).map(([name, style]) => rule(name, style)),
    ...ASNG.operations.spare.map(([light, dark], i) => rule(`spare${i}`, { light, dark })),
  ].join("\n");
  const STYLE = `
    .asng-cell { display: block; margin: 0 auto; max-width: 100%; overflow: visible; font-family: inherit; }
    .asng-cell .asng-line { fill: none; stroke: var(--op); stroke-width: var(--thick, 2.2); stroke-dasharray: var(--dash, none); stroke-linecap: butt; }
    .asng-cell .asng-exit { fill: none; stroke: var(--asng-muted); stroke-width: 4; stroke-linecap: butt; }
    .asng-cell .asng-bar rect { fill: var(--asng-panel); stroke: var(--asng-muted); }
    .asng-cell .asng-node > rect { fill: var(--asng-ground); stroke: var(--asng-muted); }
    .asng-cell .asng-chip rect { fill: var(--op); }
    .asng-cell text { fill: var(--asng-text); font-size: 12px; text-anchor: middle; }
    .asng-cell .asng-chip text { fill: var(--asng-ground); font-size: 11.5px; font-weight: 600; }
    .asng-cell .asng-pale text { fill: var(--asng-text); }
    .asng-cell [role="button"] { cursor: pointer; outline: none; }
    .asng-cell [role="button"]:hover > .asng-ground { stroke: var(--asng-text); }
    .asng-cell .asng-node > .asng-ring { fill: none; stroke: none; }
    .asng-cell [role="button"]:focus-visible > .asng-ring { stroke: var(--asng-accent); stroke-width: 2; }
    .asng-cell [aria-pressed="true"] > .asng-ground { stroke: var(--asng-text); stroke-width: 3; }
    .asng-cell [aria-pressed="true"] > text { font-weight: 700; }
    .asng-ops { display: flex; flex-wrap: wrap; gap: 0.15rem 0.9rem; color: var(--asng-muted); font-size: 0.92em; }
    .asng-ops svg { width: 1.9rem; height: 0.8rem; margin-right: 0.35rem; vertical-align: -0.05em; }
    .asng-ops line { stroke: var(--op); stroke-width: var(--thick, 2.2); stroke-dasharray: var(--dash, none); }`;

  function svgEl(tag, attributes = {}, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  /** The elements for a cell of so many nodes: lines first, so that boxes lie over them. */
  function build(svg, nodes) {
    const under = svgEl("g"), over = svgEl("g");
    svg.replaceChildren(svgEl("style", {}, STYLE + palette()), under, over);
    svg.classList.add("asng-cell");
    const path = (kind) => under.appendChild(svgEl("path", { class: kind }));
    const exits = Array.from({ length: nodes }, () => path("asng-exit"));
    const lines = Array.from({ length: nodes }, () => [path("asng-line"), path("asng-line")]);
    const bar = () => over.appendChild(svgEl("g", { class: "asng-bar" }, svgEl("rect", { height: BAR, rx: 6, y: 0.5 }), svgEl("text", { y: 17.5 })));
    const inputs = [bar(), bar()];
    const boxes = Array.from({ length: nodes }, (_, i) => {
      const chip = () => svgEl("g", { class: "asng-chip" }, svgEl("rect", { height: CHIP, rx: 4 }), svgEl("text"));
      const chips = [chip(), chip()];
      const label = svgEl("text", { y: NODE - 5 });
      label.textContent = `node ${i}`;
      const ring = svgEl("rect", { class: "asng-ring", height: NODE + 8, y: -4, rx: 9 });
      const group = svgEl("g", { class: "asng-node" }, svgEl("rect", { class: "asng-ground", height: NODE, rx: 6 }), ...chips, label, ring);
      over.append(group);
      return { group, chips, ring };
    });
    const output = bar();
    const drawing = { nodes, exits, lines, inputs, boxes, output, now: null, frame: null };
    if (ui) ui.onUnmount(svg, () => cancelAnimationFrame(drawing.frame));
    return drawing;
  }

  /** Operations, names, opacities: what does not move. */
  function label(drawing, cell, { opacity = null, selected = null, select = null, output = "unused" }) {
    cell.forEach((node, i) => {
      const { group, chips } = drawing.boxes[i];
      node.forEach(([, operation], slot) => {
        const strength = opacity ? Math.min(1, Math.max(0, opacity[i][slot])) : 1, chip = chips[slot];
        drawing.lines[i][slot].setAttribute("class", `asng-line ${styleClass(operation)}`);
        drawing.lines[i][slot].style.opacity = strength === 0 ? 0 : 0.15 + 0.85 * strength;
        chip.setAttribute("class", `asng-chip ${styleClass(operation)}${strength < SETTLED ? " asng-pale" : ""}`);
        chip.firstChild.style.fillOpacity = strength < SETTLED ? 0.45 * strength : 1; // a tint on which the name is legible
        const words = strength === 0 ? ["?"] : shortName(operation);
        chip.lastChild.replaceChildren(...words.map((word, line) => {
          const span = svgEl("tspan", { y: words.length === 1 ? 20.5 : line === 0 ? 14.5 : 27.5 });
          span.textContent = word;
          return span;
        }));
      });
      for (const name of ["role", "tabindex", "aria-pressed", "aria-label"]) group.removeAttribute(name);
      group.onclick = group.onkeydown = null;
      if (!select) return;
      const words = node.map(([source, operation]) => `${operation} of ${inputName(source)}`).join(" and ");
      const attributes = { role: "button", tabindex: 0, "aria-pressed": String(i === selected), "aria-label": `node ${i}: ${words}` };
      for (const [name, value] of Object.entries(attributes)) group.setAttribute(name, value);
      group.onclick = () => select(i);
      group.onkeydown = (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        select(i);
      };
    });
    drawing.output.lastChild.textContent = output === "last" ? "output" : "output: loose ends, mixed 1×1";
  }

  /* A drawing as numbers, so that two can be mixed. */
  const measure = ({ boxes, lines, exits, sides, node, width }, shown) => ({ boxes, lines, exits, sides, node, width, shown });

  function blend(a, b, t) {
    const mix = (p, q) => (typeof p === "number" ? p + (q - p) * t : p.map((value, i) => mix(value, q[i])));
    return Object.fromEntries(Object.keys(a).map((key) => [key, mix(a[key], b[key])]));
  }

  const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

  /** Put everything where the numbers say. */
  function place(drawing, now) {
    const { boxes, lines, exits, sides, node, width, shown } = now, last = INPUTS + drawing.nodes;
    const bar = (group, at, wide) => {
      group.setAttribute("transform", `translate(${boxes[at][0]} ${boxes[at][1]})`);
      group.firstChild.setAttribute("width", wide);
      group.firstChild.setAttribute("x", -wide / 2);
    };
    [[170, 0.5], [120, 0.4]].forEach(([most, share], i) => {
      const wide = Math.min(most, width * share);
      bar(drawing.inputs[i], i, wide);
      drawing.inputs[i].lastChild.textContent = wide < 0.94 * most ? `${INPUTS - i} back` : inputName(i).replace(/^the /, "");
    });
    bar(drawing.output, last, Math.min(220, width * 0.62));
    drawing.boxes.forEach(({ group, chips, ring }, i) => {
      group.setAttribute("transform", `translate(${boxes[INPUTS + i].map((v) => v.toFixed(1)).join(" ")})`);
      const ground = group.firstChild;
      ground.setAttribute("width", node);
      ground.setAttribute("x", -node / 2);
      ring.setAttribute("width", node + 8);
      ring.setAttribute("x", -node / 2 - 4);
      const wide = node / 2 - 3;
      chips.forEach((chip, slot) => {
        chip.setAttribute("transform", `translate(${(sides[i][slot] * (wide + 2) - wide) / 2} 2)`);
        chip.firstChild.setAttribute("width", wide);
        chip.lastChild.querySelectorAll("tspan").forEach((span) => span.setAttribute("x", wide / 2));
      });
      drawing.lines[i].forEach((line, slot) => line.setAttribute("d", path(lines[i][slot])));
      drawing.exits[i].setAttribute("d", path(exits[i]));
      drawing.exits[i].style.opacity = 0.5 * shown[i];
    });
    drawing.now = now;
  }

  const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

  function draw(svg, cell, options = {}) {
    const width = Math.round(options.width || Math.min(460, svg.parentElement.clientWidth || 340));
    let drawing = svg.asngCell;
    if (!drawing || drawing.nodes !== cell.length) drawing = svg.asngCell = build(svg, cell.length);
    const found = layout(cell, { ...options, width });
    svg.setAttribute("viewBox", `0 0 ${width} ${found.height + 1}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", found.height + 1);
    svg.setAttribute("role", options.select ? "group" : "img");
    svg.setAttribute("aria-label", describe(cell, options));
    label(drawing, cell, options);
    const ends = cells.outputs(cell, options.output);
    const from = drawing.now, to = measure(found, cell.map((_, i) => (ends.includes(i) ? 1 : 0)));
    cancelAnimationFrame(drawing.frame);
    const still = !from || from.width !== width || options.moving === false || ui.reducedMotion();
    if (still) return place(drawing, to);
    let began = null;
    drawing.frame = requestAnimationFrame(function step(time) {
      began ??= time;
      const t = Math.min(1, (time - began) / 1000 / (options.seconds || SECONDS));
      place(drawing, t < 1 ? blend(from, to, ease(t)) : to);
      if (t < 1) drawing.frame = requestAnimationFrame(step);
    });
  }

  /** An <svg> in a parent that stays as wide as it: draw(cell, options) draws, and a new width draws again. */
  function drawing(parent, always = {}) {
    const svg = svgEl("svg");
    parent.append(svg);
    let last = null;
    const redraw = (moving) => last && draw(svg, last.cell, { ...always, ...last.options, moving });
    ui.onResize(parent, () => redraw(false));
    return {
      svg,
      draw(cell, options = {}) {
        last = { cell, options };
        redraw(options.moving !== false);
      },
    };
  }

  /** Which line is which operation. */
  function legend(parent, operations) {
    const row = ui.el("div", { class: "asng-ops" }, ui.el("style", {}, STYLE + palette()));
    operations.forEach((name) => {
      const sample = svgEl("svg", { viewBox: "0 0 30 12", "aria-hidden": "true" }, svgEl("line", { class: styleClass(name), x1: 0, x2: 30, y1: 6, y2: 6 }));
      row.append(ui.el("span", {}, sample, fullName(name)));
    });
    parent.append(row);
    return row;
  }

  Object.assign(cells, { draw, drawing, legend, styleClass, svgEl });
})();
