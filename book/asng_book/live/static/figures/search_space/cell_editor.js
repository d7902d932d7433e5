/* The cell editor: tap a node, choose what it reads and what it does; the one-hot rows, the number of the code among all
 * and the size of the network follow. Options: `genotype`, as JSON; `seed` of the first random one; `kind`, the cell shown.
 * data-summary says in JSON what is shown: { genotype, index, parameters, multiply_adds, depth, same }.
 */
ASNG.register("cell-editor", function (element, options) {
  "use strict";
  const { ui, cells, searchSpace: S, engine } = ASNG;
  const space = S.ARTICLE, { decisions } = S, all = decisions(space);
  const NETWORK = { cells: 8, channels: 16 };
  const TITLES = { normal: "Normal cell", reduction: "Reduction cell" };
  let kind = options.kind || "normal", selected = 2, seed = options.seed || 1, c = null;
  if (options.genotype) c = S.encode(space, S.read(space, JSON.stringify(options.genotype)));
  else c = S.random(space, engine.generator(seed));

  /* ---- What there is ---- */

  element.append(ui.el("style", {}, `
    .asng-row { border: 0; margin: 0 0 0.55rem; padding: 0; min-width: 0; }
    .asng-row legend { font-size: 0.92em; color: var(--asng-muted); padding: 0; margin: 0 0 0.2rem; float: none; width: auto; }
    .asng-options { display: flex; flex-wrap: wrap; gap: 0.3rem; }
    .asng-figure .asng-options label { position: relative; font-weight: 400; cursor: pointer; }
    .asng-options input { position: absolute; opacity: 0; width: 100%; height: 100%; margin: 0; left: 0; top: 0; cursor: pointer; }
    .asng-options span { display: block; padding: 0.22rem 0.55rem; border: 1px solid var(--asng-grid); border-radius: 6px; }
    .asng-options input:hover + span { border-color: var(--asng-muted); }
    .asng-options input:checked + span { background: var(--op, var(--asng-text)); border-color: var(--op, var(--asng-text)); color: var(--asng-ground); font-weight: 600; }
    .asng-options input:focus-visible + span { outline: 2px solid var(--asng-accent); outline-offset: 2px; }
    .asng-facts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.35rem 1rem; margin: 0.7rem 0 0; padding-top: 0.6rem; border-top: 1px solid var(--asng-grid); }
    .asng-figure .asng-facts dt { font-weight: 400; color: var(--asng-muted); margin: 0; font-size: 0.92em; }
    .asng-figure .asng-facts dd { margin: 0 !important; padding: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
    .asng-code { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
    .asng-code b { font-weight: 600; }
    .asng-hot { display: block; width: 100%; max-width: 400px; height: auto; margin: 0.2rem 0 0.4rem; }
    .asng-hot rect { fill: var(--asng-low); } .asng-hot .asng-one { fill: var(--op, var(--asng-text)); }
    .asng-hot .asng-band { fill: var(--asng-accent); opacity: 0; } .asng-hot .asng-band.asng-on { opacity: 0.18; }
    .asng-hot text { fill: var(--asng-muted); font-size: 12.4px; } .asng-hot g { cursor: pointer; }
    .asng-figure textarea { width: 100%; font: 12px/1.45 ui-monospace, monospace; color: var(--asng-text); background: var(--asng-panel);
      border: 1px solid var(--asng-grid); border-radius: 6px; padding: 0.5rem; resize: vertical; }`));
  const bar = ui.buttons(element);
  const tabs = space.kinds.map((name) => ui.button(bar, { label: TITLES[name], onClick: () => { kind = name; update(); } }));
  bar.append(ui.el("span", { class: "asng-space" }));
  ui.button(bar, { label: "Random cell", onClick: randomise });
  const grid = ui.panels(element);
  const left = ui.panel(grid), right = ui.panel(grid);
  const picture = cells.drawing(left);
  const title = ui.el("p", { class: "asng-title" });
  const rows = ui.el("div");
  right.append(title, rows);
  const facts = {};
  const list = ui.el("dl", { class: "asng-facts" });
  for (const [name, label] of [["parameters", "parameters of the network"], ["multiply_adds", "multiply-adds per image"],
    ["depth", "depth of this cell"], ["same", "codes of this same cell"]]) {
    facts[name] = ui.el("dd");
    list.append(ui.el("div", {}, ui.el("dt", {}, label), facts[name]));
  }
  right.append(list);
  const lower = ui.panels(element);
  const hot = makeHot();
  ui.panel(lower, `All ${all.length} decisions as one-hot vectors, c`).append(hot.svg);
  const words = ui.panel(lower, "The same as a number");
  const number = ui.el("p", { class: "asng-code" });
  words.append(number);
  const summary = ui.summary(words);
  grid.before(ui.tabs(element, [["cell", "The cell", grid], ["code", "Its code", lower]], { narrow: true }).node);
  const inside = ui.more(words, "The same as JSON: copy it, or paste another");
  const text = ui.el("textarea", { rows: 8, spellcheck: "false", "aria-label": "The genotype as JSON" });
  inside.append(text);
  const jsonBar = ui.buttons(inside);
  ui.button(jsonBar, { label: "Use this text", onClick: use });
  ui.button(jsonBar, { label: "Copy", onClick: copy });
  const problem = ui.notice(inside);

  /* ---- What a reader does ---- */

  function randomise() {
    seed += 1;
    const fresh = S.random(space, engine.generator(seed));
    c = c.map((option, i) => (all[i].kind === kind ? fresh[i] : option));
    update();
  }

  function choose(i, option) {
    c[i] = option;
    selected = all[i].node;
    kind = all[i].kind;
    update();
  }

  function use() {
    try {
      c = S.encode(space, S.read(space, text.value));
      problem.say("");
      update();
    } catch (error) {
      problem.say(error.message);
    }
  }

  async function copy() {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      summary.say("The genotype is copied.");
    } catch {
      summary.say("The text is selected: copy it with Ctrl+C or, on a Mac, with ⌘C.");
    }
  }

  /* ---- What is shown ---- */

  /** One row of buttons for each decision of the selected node; built anew only for another node. */
  let shownRows = "";
  function showRows() {
    if (shownRows !== `${kind} ${selected}`) {
      shownRows = `${kind} ${selected}`;
      rows.replaceChildren(...all.map((decision, i) => ({ ...decision, i }))
        .filter((d) => d.kind === kind && d.node === selected).map(makeRow));
    }
    title.textContent = `Node ${selected} of the ${kind} cell`;
    rows.querySelectorAll("input").forEach((input) => { input.checked = c[input.dataset.i] === Number(input.value); });
  }

  function makeRow({ i, slot, what, size }) {
    const group = ui.newId();
    const choices = Array.from({ length: size }, (_, option) => {
      const operation = space.operations[option];
      const words = what === "input" ? cells.inputName(option).replace(/^the /, "") : cells.fullName(operation);
      const input = ui.el("input", { type: "radio", name: group, value: option, "data-i": i, oninput: () => choose(i, option) });
      return ui.el("label", {}, input, ui.el("span", { class: what === "input" ? null : cells.styleClass(operation) }, words));
    });
    const of = what === "input" ? `It reads, ${S.SLOTS[slot]}:` : "and applies:";
    return ui.el("fieldset", { class: "asng-row" }, ui.el("legend", {}, of), ui.el("div", { class: "asng-options" }, ...choices));
  }

  /** The vectors of all decisions: a block for each cell, a line for each slot, the input's options before the operation's. */
  function makeHot() {
    const CELL = 11, GAP = 2, LINE = 14, LEFT = 14, RIGHT = LEFT + 6 * (CELL + GAP) + 10, BLOCK = 184;
    const svg = cells.svgEl("svg", { class: "asng-hot", viewBox: `0 0 ${2 * BLOCK} ${18 + 10 * LINE}`, role: "img" });
    const bands = [], squares = [];
    space.kinds.forEach((name, k) => {
      const end = RIGHT + space.operations.length * (CELL + GAP) - GAP;
      [[`${name}: reads`, LEFT, "start"], ["applies", end, "end"]].forEach(([words, x, anchor]) => {
        const head = cells.svgEl("text", { x: k * BLOCK + x, y: 10, "text-anchor": anchor });
        head.textContent = words;
        svg.append(head);
      });
      for (let node = 0; node < space.nodes; node++) {
        const y = 16 + 2 * node * LINE;
        const band = cells.svgEl("rect", { class: "asng-band", x: k * BLOCK, y: y - 1, width: BLOCK - 10, height: 2 * LINE, rx: 3 });
        const label = cells.svgEl("text", { x: k * BLOCK + 1, y: y + LINE + 3 });
        label.textContent = node;
        svg.append(band, label);
        bands.push({ band, kind: name, node });
      }
    });
    all.forEach(({ kind: name, node, slot, what, size }, i) => {
      const y = 16 + (2 * node + slot) * LINE, x = space.kinds.indexOf(name) * BLOCK + (what === "input" ? LEFT : RIGHT);
      for (let option = 0; option < size; option++) {
        const style = what === "input" ? "" : cells.styleClass(space.operations[option]);
        const square = cells.svgEl("rect", { x: x + option * (CELL + GAP), y, width: CELL, height: CELL, rx: 2 });
        const group = cells.svgEl("g", { class: style }, square);
        group.addEventListener("click", () => choose(i, option));
        svg.append(group);
        squares.push({ square, i, option });
      }
    });
    return {
      svg,
      show() {
        bands.forEach(({ band, kind: k, node }) => band.classList.toggle("asng-on", k === kind && node === selected));
        squares.forEach(({ square, i, option }) => square.classList.toggle("asng-one", c[i] === option));
        svg.setAttribute("aria-label", `${all.length} one-hot vectors; the options taken: ${c.map((option) => option + 1).join(", ")}`);
      },
    };
  }

  const grouped = (big) => big.toString().replace(/\B(?=(\d{3})+$)/g, ",");

  function update() {
    const genotype = S.decode(space, c), cell = genotype[kind];
    const size = S.count(space, genotype, NETWORK), same = S.sameCells(cell).length, depth = Math.max(...cells.depths(cell));
    const index = S.index(space, c) + 1n;
    tabs.forEach((tab, k) => {
      tab.classList.toggle("asng-primary", space.kinds[k] === kind);
      tab.setAttribute("aria-pressed", String(space.kinds[k] === kind));
    });
    picture.draw(cell, { title: TITLES[kind], selected, select: (node) => { selected = node; update(); } });
    showRows();
    hot.show();
    facts.parameters.textContent = ui.number(size.parameters, 7);
    facts.multiply_adds.textContent = `${ui.number(size.multiply_adds / 1e6, 3)} million`;
    facts.depth.textContent = `${depth} of ${space.nodes}`;
    facts.same.textContent = ui.number(same, 5);
    number.replaceChildren("This is code ", ui.el("b", {}, grouped(index)), ` of ${grouped(S.figures(space).size)}.`);
    text.value = JSON.stringify(genotype).replace(/\]\],/g, "]],\n  ").replace(/:\[/g, ": [\n  ").replace(/,"reduction"/, ',\n"reduction"');
    const ends = cells.looseEnds(cell);
    summary.say(`${TITLES[kind]}: depth ${depth}, ${ends.length === 1 ? "one loose end, node" : "loose ends: nodes"} ${cells.list(ends)}. ` +
      `Renumbering its nodes and swapping its slots gives ${same === 1 ? "no other code" : `${ui.number(same - 1, 5)} other code${same === 2 ? "" : "s"}`} of the same cell.`);
    element.dataset.summary = JSON.stringify({ genotype, index: index.toString(), ...size, depth, same });
  }

  element.append(ui.el("p", { class: "asng-hint" },
    `Sizes are those of a network of ${NETWORK.cells} cells that starts with ${NETWORK.channels} channels, for images of 32×32 pixels.`));
  update();
});
