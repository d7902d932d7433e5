/* "Decode this θ": a distribution over the cells of three nodes; the reader says which cell is the most probable.
 *
 * Options: `seed` of the first θ. data-summary says in JSON { right, rows, theta, mode } after each check.
 */
ASNG.register("decode-theta", function (element, options) {
  "use strict";
  const { ui, cells, searchSpace: S, engine } = ASNG;
  const space = { ...S.ARTICLE, nodes: 3, kinds: ["normal"] }, decisions = S.decisions(space);
  let seed = options.seed || 16, theta = null, answer = null, checked = false;

  element.append(ui.el("style", {}, `
    .asng-figure { --asng-cap: 60; } .asng-figure[data-asng-theme="dark"] { --asng-cap: 34; }
    .asng-theta { border: 0; margin: 0 0 0.35rem; padding: 0; min-width: 0; display: flex; gap: 3px; align-items: stretch; }
    [data-slot="1"][data-what="input"] { margin-top: 0.75rem; }
    .asng-theta > p { flex: 0 0 3.6rem; align-self: center; color: var(--asng-muted); font-size: 0.9em; }
    .asng-theta > .asng-mark { flex: 0 0 1.2rem; align-self: center; text-align: center; font-size: 1em; font-weight: 700; background: none; height: auto; padding: 0; }
    .asng-figure .asng-theta label { position: relative; flex: 0 1 4.1rem; min-width: 0; font-weight: 400; cursor: pointer; }
    .asng-theta input { position: absolute; opacity: 0; inset: 0; width: 100%; height: 100%; margin: 0; cursor: pointer; }
    .asng-theta span { display: block; height: 100%; padding: 0.2rem 0.1rem; text-align: center; border-radius: 4px; font-size: 0.8em; line-height: 1.25; overflow-wrap: anywhere;
      background: color-mix(in srgb, var(--asng-high) calc(var(--p) * var(--asng-cap) * 1%), var(--asng-low)); font-variant-numeric: tabular-nums; }
    .asng-theta input:checked + span { box-shadow: inset 0 0 0 2.5px var(--asng-text); }
    .asng-theta input:focus-visible + span { outline: 2px solid var(--asng-accent); outline-offset: 2px; }
    .asng-stay { position: sticky; top: 4rem; align-self: start; }
    .asng-figure .asng-part { font-weight: 600; margin: 0.5rem 0 0.25rem; }`));
  const controls = ui.controls(element);
  const sharp = ui.slider(controls, { label: "how sure θ is", min: 0.2, max: 3, step: 0.1, value: options.sharp || 1,
    format: (v) => (v < 0.6 ? "hardly" : v < 1.3 ? "a little" : v < 2.2 ? "rather" : "very"), onInput: fresh });
  const bar = ui.buttons(element);
  ui.button(bar, { label: "Check my cell", primary: true, onClick: check });
  ui.button(bar, { label: "Show it", onClick: show });
  ui.button(bar, { label: "Another θ", onClick: () => { seed += 1; fresh(); } });
  const grid = ui.panels(element);
  const left = ui.panel(grid, "θ: choose one option in each row"), right = ui.panel(grid, "Your cell");
  const rows = ui.el("div"), picture = cells.drawing(right);
  left.append(rows, ui.el("p", { class: "asng-hint" }, "Input 0 is the cell before the previous, input 1 the previous cell."));
  right.classList.add("asng-stay");
  grid.before(ui.tabs(element, [["theta", "θ", left], ["cell", "Your cell", right]], { narrow: true }).node);
  const summary = ui.summary(element);

  function fresh() {
    theta = S.randomTheta(space, engine.generator(seed), sharp.value);
    answer = theta.map(() => null);
    checked = false;
    rows.replaceChildren();
    decisions.forEach((decision, i) => {
      if (i % 4 === 0) rows.append(ui.el("p", { class: "asng-part" }, `node ${decision.node}`));
      rows.append(makeRow(decision, i));
    });
    update();
  }

  function makeRow({ node, slot, what }, i) {
    const group = ui.newId();
    const choices = theta[i].map((p, option) => {
      const short = what === "operation" ? tiny(space.operations[option]) : option < S.INPUTS ? `input ${option}` : `node ${option - S.INPUTS}`;
      const full = what === "input" ? cells.inputName(option) : cells.fullName(space.operations[option]);
      const input = ui.el("input", { type: "radio", name: group, value: option, "aria-label": `${full}, probability ${percent(p)}`,
        oninput: () => { answer[i] = option; update(); } });
      const box = ui.el("span", {}, short, ui.el("br"), percent(p));
      box.style.setProperty("--p", p);
      return ui.el("label", {}, input, box);
    });
    const words = `node ${node}, ${S.SLOTS[slot]} ${what}`;
    return ui.el("div", { class: "asng-theta", role: "radiogroup", "aria-label": words, "data-slot": slot, "data-what": what },
      ui.el("p", { "aria-hidden": "true" }, what === "input" ? "reads" : "applies"), ...choices, ui.el("span", { class: "asng-mark" }));
  }

  /** "sep 5", "avg": as in the book's printed pictures. */
  const tiny = (operation) => operation.replace(/_conv_(\d).*/, " $1").replace(/_pool.*/, "").replace("identity", "id");
  const percent = (p) => `${p < 0.0995 ? (100 * p).toFixed(1) : Math.round(100 * p)} %`;

  function update() {
    const best = S.mode(theta);
    [...rows.querySelectorAll(".asng-theta")].forEach((row, i) => {
      row.querySelectorAll("input").forEach((input) => { input.checked = answer[i] === Number(input.value); });
      const mark = !checked || answer[i] === null ? "" : theta[i][answer[i]] === theta[i][best[i]] ? "✓" : "✗";
      row.lastChild.textContent = mark;
      row.lastChild.setAttribute("aria-label", mark === "✓" ? "right" : mark ? "not the most probable" : "");
    });
    const c = answer.map((option) => option || 0);
    const strength = Array.from({ length: space.nodes }, (_, node) => [0, 1].map((slot) => {
      const at = 4 * node + 2 * slot;
      return answer[at] !== null && answer[at + 1] !== null ? 1 : 0;
    }));
    picture.draw(S.decode(space, c).normal, { opacity: strength, title: "Your cell, what is undecided pale" });
    if (!checked) summary.say(`${answer.filter((option) => option !== null).length} of ${theta.length} rows decided.`);
  }

  function check() {
    checked = true;
    update();
    const best = S.mode(theta), right = answer.filter((option, i) => option !== null && theta[i][option] === theta[i][best[i]]).length;
    element.dataset.summary = JSON.stringify({ right, rows: theta.length, theta, mode: best });
    if (right < theta.length) {
      const open = answer.filter((option) => option === null).length;
      const wrong = theta.length - right - open;
      summary.say(`${right} of ${theta.length} rows are right${open ? `, ${open} not decided` : ""}${wrong ? `, ${wrong} marked ✗ name an option that is not the row’s most probable` : ""}.`);
      return;
    }
    const p = S.probability(theta, best), mine = S.probabilityInAnyOrder(theta, best), other = S.modeInAnyOrder(theta);
    const same = other.probability <= mine * (1 + 1e-12);
    const nodes = Array.from({ length: space.nodes }, (_, node) => node).filter((node) => {
      const [a, b, c, d] = best.slice(4 * node, 4 * node + 4), [e, f, g, h] = other.c.slice(4 * node, 4 * node + 4);
      return `${[a, b]};${[c, d]}` !== `${[e, f]};${[g, h]}` && `${[c, d]};${[a, b]}` !== `${[e, f]};${[g, h]}`;
    });
    summary.say(`Right: no other code is more probable. It comes up in ${ui.number(100 * p, 2)} % of samples. Whichever slot is called the first, ` +
      `this network comes up in ${ui.number(100 * mine, 2)} %` + (same ? ", and no other more often."
      : `; but another one does so more often, in ${ui.number(100 * other.probability, 2)} %: it differs in ${nodes.length > 1 ? "nodes" : "node"} ${cells.list(nodes)}.`));
  }

  function show() {
    answer = S.mode(theta);
    check();
  }

  fresh();
});
