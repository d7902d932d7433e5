/* Choosing operations as one-hot vectors (Fig. 1 of the article): tap an operation, its gate becomes 1 and the others of
 * its layer 0; what is left of the wires is a sub-graph, and a counter says of how many.
 *
 * Options: `layers`, from 1 to 4; `operations`, their names; `choices`, for each layer the number of an operation or null.
 * data-summary has { choices, size, singled } in JSON, size and singled as text.
 */
ASNG.register("one-hot", function (element, options) {
  "use strict";
  const { ui, cells, searchSpace: S } = ASNG, { svgEl } = cells;
  const MOST = 4, WIDE = 560, SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
  const HEAD = 26, BAR = 26, FAN = 42, BOX = 38, STEM = 16, GATE = 24, LAYER = FAN + BOX + STEM + GATE + FAN;
  const operations = options.operations || S.ARTICLE.operations, K = operations.length;
  let choices = Array.from({ length: Math.min(MOST, options.layers || 3) }, (_, i) => (options.choices || [])[i] ?? null);
  let seed = 0, built = null;

  element.append(cells.legend(ui.el("div"), []).querySelector("style"), ui.el("style", {}, `
    .asng-gates { display: block; margin: 0 auto; max-width: 100%; overflow: visible; font-family: inherit; }
    .asng-gates text { fill: var(--asng-text); font-size: 12px; text-anchor: middle; }
    .asng-gates .asng-head, .asng-gates .asng-name { fill: var(--asng-muted); }
    .asng-gates .asng-head { font-weight: 600; } .asng-gates .asng-name { font-style: italic; font-size: 14px; }
    .asng-gates * { transition: opacity 0.3s, fill 0.3s, stroke 0.3s, stroke-width 0.3s; }
    .asng-gates path { fill: none; stroke: var(--op); stroke-width: 1.6; opacity: 0.65; }
    .asng-gates .asng-on path { stroke-width: 4; opacity: 1; } .asng-gates .asng-off path { opacity: 0.16; }
    .asng-gates .asng-box { fill: var(--asng-ground); stroke: var(--op); stroke-width: 1.5; }
    .asng-gates .asng-gate { fill: var(--asng-ground); stroke: var(--asng-muted); }
    .asng-gates .asng-on .asng-box, .asng-gates .asng-on .asng-gate { fill: var(--op); stroke: var(--op); }
    .asng-gates .asng-on text { fill: var(--asng-ground); font-weight: 700; }
    .asng-gates .asng-off .asng-box { stroke: var(--asng-grid); } .asng-gates .asng-off .asng-gate { stroke: var(--asng-grid); }
    .asng-gates .asng-off text { fill: var(--asng-muted); }
    .asng-gates .asng-solid { fill: var(--asng-panel); stroke: var(--asng-muted); }
    .asng-gates .asng-bracket, .asng-gates .asng-spine { stroke: var(--asng-muted); stroke-width: 1.5; opacity: 1; }
    .asng-gates .asng-open .asng-box { stroke: var(--asng-muted); stroke-dasharray: 4 4; } .asng-gates .asng-open text { fill: var(--asng-muted); }
    .asng-gates [role="radio"] { cursor: pointer; outline: none; } .asng-gates .asng-ring { fill: none; stroke: none; }
    .asng-gates [role="radio"]:hover .asng-box { stroke: var(--asng-text); stroke-width: 2.5; }
    .asng-gates [role="radio"]:focus-visible .asng-ring { stroke: var(--asng-accent); stroke-width: 2.5; }
    .asng-figure .asng-count { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.1rem 0.45rem; margin: 0.7rem 0 0; font-size: 1.05em; }
    .asng-count b { display: inline-block; min-width: 1.6rem; text-align: center; border-radius: 5px; padding: 0 0.35rem; border: 1.5px dashed var(--asng-muted); font-weight: 400; color: var(--asng-muted); }
    .asng-count b.asng-made { border: 1.5px solid var(--asng-text); background: var(--asng-text); color: var(--asng-ground); font-weight: 700; }
    .asng-count strong { font-size: 1.25em; font-variant-numeric: tabular-nums; }`));

  const holder = ui.el("div");
  element.append(holder);
  const count = ui.el("p", { class: "asng-count" });
  element.append(count);
  const bar = ui.buttons(element);
  ui.button(bar, { label: "Choose at random", primary: true, onClick: randomise });
  ui.button(bar, { label: "Start over", onClick: () => { choices.fill(null); update(); } });
  bar.append(ui.el("span", { class: "asng-space" }));
  const fewer = ui.button(bar, { label: "One layer fewer", onClick: () => { choices.pop(); rebuild(); } });
  const more = ui.button(bar, { label: "One layer more", onClick: () => { choices.push(null); rebuild(); } });
  const summary = ui.summary(element);

  function randomise() {
    const random = ASNG.engine.generator((seed += 1));
    choices = choices.map(() => Math.floor(K * random.uniform()));
    update();
  }

  function choose(layer, k) {
    choices[layer] = k;
    update();
  }

  /* ---- The picture: built for a width and a number of layers, then only its classes and words change ---- */

  function text(words, x, y, kind = null) {
    const node = svgEl("text", { x, y });
    if (kind) node.setAttribute("class", kind);
    node.textContent = words;
    return node;
  }

  const rect = (kind, x, y, width, height) => svgEl("rect", { class: kind, x, y, width, height, rx: 5 });

  /** The name of an operation in one or two lines round the middle of a box. */
  const named = (operation, x, y) => cells.shortName(operation).map((word, i, all) => text(word, x, y + 4 + (i - (all.length - 1) / 2) * 14));

  function canvas(width, height, label) {
    const svg = svgEl("svg", { class: "asng-gates", viewBox: `0 0 ${width} ${height}`, width, height, "aria-label": label });
    holder.append(svg);
    return svg;
  }

  function rebuild() {
    const width = Math.min(720, Math.round(holder.clientWidth));
    if (!width) return;
    const wide = width >= WIDE, left = 26, right = wide ? 0.62 * width : width - 7, gap = 6;
    const step = (right - left + gap) / K, box = step - gap, middle = (left + right) / 2;
    const height = HEAD + 2 * BAR + choices.length * LAYER + 2;
    holder.replaceChildren();
    const svg = canvas(width, height, "Every layer with all its operations; one of them is chosen in each");
    svg.append(text("the supernet, with all operations", middle, 14, "asng-head"));
    const ends = [["input", HEAD], ["output", height - BAR - 1]];
    ends.forEach(([words, y]) => svg.append(rect("asng-solid", middle - 42, y, 84, BAR), text(words, middle, y + 17)));
    const layers = choices.map((_, layer) => {
      const top = HEAD + BAR + layer * LAYER, y = { box: top + FAN, gate: top + FAN + BOX + STEM, end: top + LAYER };
      const group = svgEl("g", { role: "radiogroup", "aria-label": `layer ${layer + 1}` });
      const ways = operations.map((operation, k) => {
        const x = left + k * step + box / 2, way = svgEl("g", { class: cells.styleClass(operation) });
        const wire = (x0, y0, x1, y1) => svgEl("path", { d: `M${x0} ${y0}C${x0} ${(y0 + y1) / 2} ${x1} ${(y0 + y1) / 2} ${x1} ${y1}` });
        const gate = text("", x, y.gate + 17);
        const button = svgEl("g", { role: "radio", "aria-label": cells.fullName(operation) },
          rect("asng-box", x - box / 2, y.box, box, BOX), ...named(operation, x, y.box + BOX / 2), rect("asng-ring", x - box / 2 - 3, y.box - 3, box + 6, BOX + 6));
        way.append(wire(middle, top, x, y.box), wire(x, y.box + BOX, x, y.gate), wire(x, y.gate + GATE, middle, y.end),
          rect("asng-gate", x - 13, y.gate, 26, GATE), gate, button);
        way.addEventListener("click", () => choose(layer, k));
        button.addEventListener("keydown", (event) => press(event, layer, k));
        group.append(way);
        return { way, gate, button };
      });
      const bracket = (x, out) => svgEl("path", { class: "asng-bracket", d: `M${x - out} ${y.gate - 4}H${x}V${y.gate + GATE + 4}H${x - out}` });
      group.append(bracket(left - 2, -5), bracket(right + 2, 5), text(`h${SUBSCRIPTS[layer + 1]}`, left - 14, y.gate + 17, "asng-name"));
      svg.append(group);
      if (layer) svg.append(svgEl("circle", { class: "asng-solid", cx: middle, cy: top, r: 9 }), text("+", middle, top + 4.5));
      return ways;
    });
    built = { width, wide, layers, chain: wide ? column(svg, 0.83 * width, 0.15 * width, height) : strip(width) };
    fewer.disabled = choices.length <= 1;
    more.disabled = choices.length >= MOST;
    update();
  }

  /** The sub-graph beside the whole: its boxes stand where theirs do. */
  function column(svg, x, half, height) {
    svg.append(text("the chosen sub-graph", x, 14, "asng-head"),
      svgEl("path", { class: "asng-spine", d: `M${x} ${HEAD + BAR}V${height - BAR - 1}` }));
    [["input", HEAD], ["output", height - BAR - 1]].forEach(([words, y]) => svg.append(rect("asng-solid", x - 42, y, 84, BAR), text(words, x, y + 17)));
    return choices.map((_, layer) => {
      const y = HEAD + BAR + layer * LAYER + FAN, group = svgEl("g");
      svg.append(group);
      return (operation) => {
        const words = operation ? [text(cells.fullName(operation), x, y + BOX / 2 + 4)] : [text(`one of ${K}`, x, y + BOX / 2 + 4)];
        group.replaceChildren(rect("asng-box", x - half, y, 2 * half, BOX), ...words);
        group.setAttribute("class", operation ? `asng-on ${cells.styleClass(operation)}` : "asng-open");
      };
    });
  }

  /** The same below it, from left to right, where there is no room beside. */
  function strip(width) {
    const tall = HEAD + BOX + 4, svg = canvas(width, tall, "The sub-graph that is chosen"), end = 26, y = HEAD + 1;
    svg.setAttribute("style", "margin-top: 0.7rem");
    svg.append(text("the chosen sub-graph", width / 2, 14, "asng-head"), svgEl("path", { class: "asng-spine", d: `M4 ${y + BOX / 2}H${width - 4}` }));
    [[0, "in"], [width - end, "out"]].forEach(([x, words]) => svg.append(rect("asng-solid", x, y + 6, end, BAR), text(words, x + end / 2, y + 23)));
    const room = (width - 2 * end) / choices.length, box = Math.min(74, room - 12);
    return choices.map((_, layer) => {
      const x = end + (layer + 0.5) * room, group = svgEl("g");
      svg.append(group);
      return (operation) => {
        group.replaceChildren(rect("asng-box", x - box / 2, y, box, BOX), ...(operation ? named(operation, x, y + BOX / 2) : [text(`1 of ${K}`, x, y + BOX / 2 + 4)]));
        group.setAttribute("class", operation ? `asng-on ${cells.styleClass(operation)}` : "asng-open");
      };
    });
  }

  function press(event, layer, k) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, " ": 0, Enter: 0 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = (k + by + K) % K;
    choose(layer, next);
    built.layers[layer][next].button.focus();
  }

  /* ---- What is said ---- */

  function update() {
    if (!built) return;
    built.layers.forEach((ways, layer) => {
      ways.forEach(({ way, gate, button }, k) => {
        const chosen = choices[layer];
        way.classList.toggle("asng-on", chosen === k);
        way.classList.toggle("asng-off", chosen !== null && chosen !== k);
        gate.textContent = chosen === null ? "?" : chosen === k ? "1" : "0";
        button.setAttribute("aria-checked", String(chosen === k));
        button.setAttribute("tabindex", (chosen ?? 0) === k ? 0 : -1);
      });
      built.chain[layer](choices[layer] === null ? null : operations[choices[layer]]);
    });
    const made = choices.filter((k) => k !== null).length, singled = BigInt(K) ** BigInt(made), size = BigInt(K) ** BigInt(choices.length);
    const factors = choices.flatMap((k, i) => [...(i ? [" × "] : []), ui.el("b", { class: k === null ? null : "asng-made" }, String(K))]);
    count.replaceChildren(...factors, ` = ${size} sub-graphs.`, made ? ui.el("span", {}, "Your choices single out one in ", ui.el("strong", {}, String(singled)), ".") : ui.el("span", {}, "Nothing is chosen yet."));
    const vectors = choices.flatMap((chosen, layer) => (chosen === null ? [] : [`h_${layer + 1} = (${operations.map((_, k) => Number(k === chosen)).join(", ")})`]));
    const left = size / singled, article = S.figures(S.ARTICLE);
    summary.say((vectors.length ? `${vectors.join(", ")}. ` : "Tap an operation, or reach a layer with Tab and choose with the arrow keys. ") +
      (left === 1n ? `Of ${choices.length * K} operations only these ${choices.length} run. In the article’s cells there are ${article.decisions} such decisions, which single out one in ${ui.number(Number(article.size))}.`
        : `${left} of ${size} sub-graphs are still possible.`));
    element.dataset.summary = JSON.stringify({ choices, size: String(size), singled: String(singled) });
  }

  ui.onResize(holder, () => { if (!built || built.width !== Math.min(720, Math.round(holder.clientWidth))) rebuild(); });
});
