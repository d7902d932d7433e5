/* θ of a replay: as a heat map, a row for each decision, and one decision over all epochs. */
(function () {
  "use strict";
  const { ui, cells } = ASNG;
  const SLOTS = ["first", "second"];

  const STYLE = `
    .asng-map { display: grid; gap: 2px 2px; align-items: stretch; margin: 0.4rem 0 0.2rem; padding-right: 3px; }
    .asng-map > span { font-size: 11px; line-height: 1.1; color: var(--asng-muted); text-align: center; align-self: end; padding-bottom: 2px; }
    .asng-map > .asng-side { text-align: left; font-size: 12px; align-self: center; padding: 0; white-space: nowrap; }
    .asng-figure .asng-map label { position: relative; min-width: 0; cursor: pointer; }
    .asng-map input { position: absolute; opacity: 0; inset: 0; width: 100%; height: 100%; margin: 0; cursor: pointer; }
    .asng-map div { display: flex; gap: 2px; height: 19px; border-radius: 2px; }
    .asng-map .asng-last { margin-bottom: 5px; }
    .asng-map i { flex: 1; min-width: 0; border-radius: 2px; background: color-mix(in srgb, var(--asng-high) calc(var(--p) * 100%), var(--asng-low)); }
    .asng-map i.asng-top { box-shadow: inset 0 -3px 0 var(--asng-text); }
    .asng-map input:hover + div { box-shadow: 0 0 0 1.5px var(--asng-muted); }
    .asng-map input:checked + div { box-shadow: 0 0 0 2px var(--asng-text); }
    .asng-figure .asng-map input:focus-visible + div { outline: 2px solid var(--asng-accent); outline-offset: 3px; }
    .asng-shares { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; font-variant-numeric: tabular-nums; }
    .asng-shares b { font-weight: 600; }
    .asng-shares i { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.35em; border-radius: 2px; vertical-align: -0.05em; }`;

  /** "node 3, first input". */
  const name = ([, node, slot, what]) => `node ${node}, ${SLOTS[slot]} ${what}`;
  const inWords = (what, option) => (what === "operation" ? cells.fullName(option) : option.replace(/^the /, ""));
  const percent = (p) => (p > 0.0995 && p < 0.9945 ? `${Math.round(100 * p)} %` : `${(100 * p).toFixed(1)} %`);

  /** A decision's options, the most probable first: [[words, probability, place], …]. */
  const ranked = ([, , , what, options], row) =>
    options.map((option, k) => [inWords(what, option), row[k], k]).sort((a, b) => b[1] - a[1]);

  /**
   * The decisions of one kind of cell, as radio buttons: `choose(i)` is called for the one that is chosen, `hover(i or
   * null)` for the one below the mouse. The arrow keys go up, down, left and right. Returns { show(rows, code), mark(i) }.
   */
  function map(parent, record, kind, { choose, hover }) {
    const own = record.decisions.map((decision, i) => ({ decision, i })).filter(({ decision }) => decision[0] === kind);
    const inputs = Math.max(0, ...own.filter(({ decision }) => decision[3] === "input").map(({ decision }) => decision[4].length));
    const operations = own.some(({ decision }) => decision[3] === "operation") ? record.operations : [];
    const grid = ui.el("div", { class: "asng-map", role: "radiogroup", "aria-label": `θ of the ${kind} cell: a decision to look at` });
    grid.style.gridTemplateColumns = `2.9rem repeat(${inputs}, minmax(0, 1fr)) 5px repeat(${operations.length}, minmax(0, 1fr))`;
    const heads = [
      ...Array.from({ length: inputs }, (_, k) => [2 + k, [k < cells.INPUTS ? `in${k}` : `n${k - cells.INPUTS}`]]),
      ...operations.map((operation, k) => [3 + inputs + k, cells.shortName(operation)]),
    ];
    for (const [column, words] of heads) {
      const head = ui.el("span", { "aria-hidden": "true" }, words[0], ...words.slice(1).flatMap((word) => [ui.el("br"), word]));
      head.style.gridArea = `1 / ${column}`;
      grid.append(head);
    }

    const lines = new Map(), group = ui.newId(); // lines of the grid: one for each slot
    const choices = own.map(({ decision, i }) => {
      const [, node, slot, what, options] = decision, key = `${node} ${slot}`;
      if (!lines.has(key)) {
        lines.set(key, lines.size + 2);
        const side = ui.el("span", { class: slot ? "asng-side asng-last" : "asng-side", "aria-hidden": "true" }, slot ? "" : `node ${node}`);
        side.style.gridArea = `${lines.get(key)} / 1`;
        grid.append(side);
      }
      const line = lines.get(key), first = what === "input" ? 2 : 3 + inputs;
      const input = ui.el("input", { type: "radio", name: group, oninput: () => choose(i), onfocus: () => choose(i) });
      const squares = ui.el("div", {}, ...options.map(() => ui.el("i")));
      const row = ui.el("label", {
        class: slot ? "asng-last" : null,
        onpointerenter: (event) => event.pointerType === "mouse" && hover(i), onpointerleave: () => hover(null),
      }, input, squares);
      row.style.gridArea = `${line} / ${first} / auto / span ${options.length}`;
      grid.append(row);
      return { row, input, squares, decision, i, line, first };
    });

    grid.addEventListener("keydown", (event) => {
      const now = choices.find(({ input }) => input === event.target);
      const go = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!now || !go) return;
      event.preventDefault();
      const there = go[0] ? choices.filter((c) => c.first === now.first && Math.sign(c.line - now.line) === go[0])
        : choices.filter((c) => c.line === now.line && Math.sign(c.first - now.first) === go[1]);
      there.sort((a, b) => Math.abs(a.line - now.line) - Math.abs(b.line - now.line));
      if (there.length) there[0].input.focus();
    });

    parent.append(grid);
    return {
      show(rows, code) {
        for (const { row, input, squares, decision, i } of choices) {
          [...squares.children].forEach((square, k) => {
            square.style.setProperty("--p", rows[i][k]);
            square.classList.toggle("asng-top", k === code[i]);
          });
          const said = `${name(decision)}: ${ranked(decision, rows[i]).map(([words, p]) => `${words} ${percent(p)}`).join(", ")}`;
          input.setAttribute("aria-label", said);
          row.title = said;
        }
      },
      mark(chosen) {
        choices.forEach(({ input, i }) => { input.checked = i === chosen; });
      },
    };
  }

  /** One decision over all epochs, as bands. `go(e)` is called for a place that is tapped. Returns { show(i, e) }. */
  function bands(parent, record, { go }) {
    const RIGHT = 96, LEFT = 44, BOTTOM = 20, TOP = 6;
    const title = ui.el("p", { class: "asng-title" }), shares = ui.el("p", { class: "asng-shares" });
    const sample = ui.el("span", { hidden: true }); // tells the colour of an operation
    parent.append(title, sample);
    const all = record.epochs.map((_, e) => ASNG.replay.rows(record, e)), last = all.length - 1;
    let shown = 0, now = 0;
    const picture = ui.canvas(parent, { height: 150, draw });
    parent.append(shares);
    const place = (width) => (e) => LEFT + ((width - LEFT - RIGHT) * (last ? e / last : 0.5));

    /** Operations have the colours of the cells' pictures; inputs go from grey to the accent. */
    function paint(k, colours) {
      const [, , , what, options] = record.decisions[shown];
      if (what === "input") return ui.mix(colours.grid, colours.text, options.length > 1 ? k / (options.length - 1) : 1);
      sample.className = cells.styleClass(options[k]);
      return getComputedStyle(sample).getPropertyValue("--op").trim();
    }

    function draw(g, width, height, colours) {
      const [, , , what, options] = record.decisions[shown], x = place(width);
      const y = (p) => TOP + (height - TOP - BOTTOM) * (1 - p);
      const sums = all.map((rows) => options.map((_, k) => rows[shown].slice(0, k + 1).reduce((a, b) => a + b, 0)));
      const edge = (e, k) => (k < 0 ? 0 : k === options.length - 1 ? 1 : Math.min(1, sums[e][k])); // rounded ones make no gap
      options.forEach((option, k) => {
        g.beginPath();
        if (last === 0) g.rect(LEFT, y(edge(0, k)), width - LEFT - RIGHT, y(edge(0, k - 1)) - y(edge(0, k)));
        for (let e = 0; last && e <= last; e++) g.lineTo(x(e), y(edge(e, k)));
        for (let e = last; last && e >= 0; e--) g.lineTo(x(e), y(edge(e, k - 1)));
        g.fillStyle = paint(k, colours);
        g.fill();
        g.strokeStyle = colours.ground;
        g.lineWidth = 1;
        g.stroke();
        const [low, high] = [y(edge(last, k - 1)), y(edge(last, k))];
        if (low - high < 12) return;
        g.fillStyle = colours.text;
        g.textAlign = "left";
        g.textBaseline = "middle";
        g.fillText(inWords(what, option).replace("cell before the previous", "cell before it"), width - RIGHT + 7, (low + high) / 2);
      });
      g.fillStyle = colours.muted;
      g.textAlign = "right";
      for (const p of [0, 0.5, 1]) g.fillText(`${100 * p} %`, LEFT - 5, y(p) + (p === 1 ? 4 : p === 0 ? -3 : 0));
      g.textBaseline = "alphabetic";
      const every = Math.max(1, Math.ceil((last + 1) / 10 / 5) * 5);
      g.textAlign = "center";
      record.epochs.forEach((epoch, e) => {
        if (e === 0 || epoch % every === 0) g.fillText(String(epoch), x(e), height - 5);
      });
      g.strokeStyle = colours.text;
      g.lineWidth = 1.5;
      g.beginPath();
      g.moveTo(x(now), TOP - 4);
      g.lineTo(x(now), height - BOTTOM + 3);
      g.stroke();
    }

    ui.drag(picture, { scroll: "pan-y", move(px) {
      const width = picture.node.clientWidth, part = (px - LEFT) / (width - LEFT - RIGHT);
      go(Math.max(0, Math.min(last, Math.round(part * last))));
    } });

    return {
      show(i, e) {
        [shown, now] = [i, e];
        const decision = record.decisions[i], order = ranked(decision, all[e][i]);
        title.textContent = `${decision[0][0].toUpperCase()}${decision[0].slice(1)} cell, ${name(decision)}, over the epochs`;
        const colours = ui.colours(shares);
        shares.replaceChildren(...order.map(([words, p, k], at) =>
          ui.el("span", {}, ui.el("i", { style: `background: ${paint(k, colours)}` }), `${words} `, ui.el(at ? "span" : "b", {}, percent(p)))));
        picture.describe(`${title.textContent}, as bands. At epoch ${record.epochs[e]}: ${order.map(([words, p]) => `${words} ${percent(p)}`).join(", ")}.`);
        picture.redraw();
      },
    };
  }

  ASNG.replayTheta = { STYLE, map, bands };
})();
