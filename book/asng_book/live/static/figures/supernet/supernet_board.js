/* The supernet of a cell as a switchboard: ASNG.supernet.drawing(parent, space) draws it, show(path, …) lights a path.
 *
 * Rails carry what the cell's inputs and nodes hold, columns lead to the operations, and every crossing is a choice. Below
 * each operation with weights lies a meter. show({ cell, meters, running, label }): `cell` is the lit path or null;
 * `meters[node][operation]` is null (no weights) or a list of { value, kind }, value from 0 to 1, drawn one after another;
 * `running` says whether data flow.
 */
(function () {
  "use strict";
  const { ui, cells, supernet: S } = ASNG;
  const { svgEl } = cells, { CHIP, METER, BAR } = S.SIZES;
  const STYLE = `
    .asng-board { display: block; max-width: 100%; overflow: visible; font-family: inherit; }
    .asng-board text { fill: var(--asng-muted); font-size: 11px; } .asng-board .asng-op-label { font-size: 11px; font-weight: 600; text-anchor: middle; fill: var(--op); }
    .asng-board .asng-wire { fill: none; stroke: var(--asng-grid); stroke-width: 1.2; }
    .asng-board .asng-cross { fill: var(--asng-grid); } .asng-board .asng-live { fill: none; stroke: var(--asng-text); stroke-width: 2.4; stroke-linejoin: round; }
    .asng-board .asng-down { fill: none; stroke: var(--op); stroke-width: 3; } .asng-board .asng-closed { fill: var(--op); stroke: var(--asng-ground); stroke-width: 1.5; }
    .asng-board .asng-chip rect { fill: var(--asng-ground); stroke: var(--op); stroke-width: 1.4; opacity: 0.55; transition: fill 0.25s; } .asng-board .asng-chip[data-on] rect { fill: var(--op); opacity: 1; }
    .asng-board .asng-chip .asng-op-label { opacity: 0.75; } .asng-board .asng-chip[data-on] .asng-op-label { fill: var(--asng-ground); opacity: 1; }
    .asng-board .asng-track { fill: var(--asng-low); } .asng-board .asng-first { fill: var(--asng-text); } .asng-board .asng-second { fill: var(--asng-muted); }
    .asng-board .asng-still { fill: var(--asng-ground); stroke: var(--asng-text); stroke-width: 1.2; }
    .asng-board .asng-sum rect { fill: var(--asng-panel); stroke: var(--asng-muted); } .asng-board .asng-sum text { fill: var(--asng-text); text-anchor: middle; }
    .asng-flow { stroke-dasharray: 5 4; animation: asng-flow 0.6s linear infinite; } @keyframes asng-flow { to { stroke-dashoffset: -9; } }
    @media (prefers-reduced-motion: reduce) { .asng-flow { animation: none; } }`;

  function drawing(parent, space) {
    const svg = svgEl("svg", { class: "asng-board", role: "img" });
    parent.append(ui.el("style", {}, STYLE), svg);
    let plan = null, shown = null, parts = null;

    function build() {
      plan = S.board(space, Math.max(280, Math.min(440, Math.round(parent.clientWidth))));
      svg.setAttribute("viewBox", `0 0 ${plan.width} ${plan.height}`);
      svg.setAttribute("width", plan.width);
      svg.setAttribute("height", plan.height);
      const under = svgEl("g"), path = svgEl("g"), over = svgEl("g");
      svg.replaceChildren(under, path, over);
      parts = { path, chips: [], meters: [] };
      const { lanes, nodes, right, pitch } = plan, line = (d) => under.append(svgEl("path", { class: "asng-wire", d }));
      lanes.forEach(({ x, y }, source) => {
        const last = nodes[nodes.length - 1].rails[source];
        line(source < space.inputs ? `M${x} ${y}V${last}` : `M${plan.left} ${y}H${x}V${last}`);
        if (source < space.inputs) under.append(svgEl("circle", { cx: x, cy: y, r: 3, fill: "var(--asng-muted)" }));
      });
      nodes.forEach(({ rails, columns, chip, meter, bar }, n) => {
        rails.forEach((y, source) => {
          line(`M${lanes[source].x} ${y}H${right}`);
          under.append(svgEl("circle", { class: "asng-cross", cx: lanes[source].x, cy: y, r: 2.4 }));
          label(under, right + 6, y + 4, source < space.inputs ? `input ${source}` : `node ${source - space.inputs}`);
        });
        columns.forEach((x, k) => {
          const style = cells.styleClass(space.operations[k]);
          line(`M${x} ${rails[0]}V${chip}M${x} ${meter}V${bar}`);
          rails.forEach((y) => under.append(svgEl("circle", { class: "asng-cross", cx: x, cy: y, r: 2 })));
          const wide = Math.min(40, pitch - 4), group = svgEl("g", { class: `asng-chip ${style}` }, svgEl("rect", { x: x - wide / 2, y: chip, width: wide, height: CHIP, rx: 4 }));
          cells.shortName(space.operations[k]).forEach((word, i, all) => label(group, x, chip + (all.length === 1 ? 18 : i ? 23.5 : 12), word, "asng-op-label"));
          over.append(group);
          parts.chips.push({ group, n, k });
          const slot = svgEl("g");
          over.append(slot);
          parts.meters.push({ slot, n, k, x: x - wide / 2, y: meter, wide });
        });
        const sum = svgEl("g", { class: "asng-sum" }, svgEl("rect", { x: plan.left, y: bar, width: right - plan.left, height: BAR, rx: 5 }));
        label(sum, (plan.left + right) / 2, bar + 11.5, n < nodes.length - 1 ? `node ${n}: sum` : `node ${n}: sum, the cell's output`);
        over.append(sum);
      });
    }

    function label(parent, x, y, words, kind = "") {
      const node = svgEl("text", { x, y, class: kind });
      node.textContent = words;
      parent.append(node);
    }

    function light() {
      const { cell, meters, running, label: words } = shown, { path, chips } = parts;
      path.replaceChildren();
      const on = cell ? S.lit(plan, cell, space.operations) : { crossings: [], lanes: [], rails: [] };
      const flow = running ? " asng-flow" : "";
      on.lanes.forEach((y, source) => {
        if (y === null) return;
        const from = plan.lanes[source];
        path.append(svgEl("path", { class: `asng-live${flow}`, d: source < space.inputs ? `M${from.x} ${from.y}V${y}` : `M${plan.left} ${from.y}H${from.x}V${y}` }));
      });
      on.rails.forEach((rails, n) => rails.forEach((x, source) => {
        if (x !== null) path.append(svgEl("path", { class: `asng-live${flow}`, d: `M${plan.lanes[source].x} ${plan.nodes[n].rails[source]}H${x}` }));
      }));
      on.crossings.forEach(([n, source, k]) => {
        const { rails, columns, chip, meter, bar } = plan.nodes[n], style = cells.styleClass(space.operations[k]);
        path.append(svgEl("path", { class: `asng-down${flow} ${style}`, d: `M${columns[k]} ${rails[source]}V${chip}M${columns[k]} ${meter - 3}V${bar}` }),
          svgEl("circle", { class: `asng-closed ${style}`, cx: columns[k], cy: rails[source], r: 5 }));
      });
      chips.forEach(({ group, n, k }) => group.toggleAttribute("data-on", on.crossings.some(([a, , c]) => a === n && c === k)));
      parts.meters.forEach(({ slot, n, k, x, y, wide }) => {
        slot.replaceChildren();
        const bars = meters[n][k];
        if (!bars) return;
        slot.append(svgEl("rect", { class: "asng-track", x, y, width: wide, height: METER, rx: 2 }));
        let start = 0;
        bars.forEach(({ value, kind }) => {
          const size = Math.min(1 - start, value) * wide;
          if (size > 0) slot.append(svgEl("rect", { class: `asng-${kind}`, x: x + start * wide, y, width: Math.max(1, size), height: METER, rx: 2 }));
          start += value;
        });
      });
      svg.setAttribute("aria-label", words);
    }

    ui.onResize(parent, () => { build(); if (shown) light(); });
    return { show(next) { shown = next; if (plan) light(); } };
  }

  S.drawing = drawing;
})();
