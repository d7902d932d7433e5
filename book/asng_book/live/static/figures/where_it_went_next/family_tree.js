/* A family tree of methods, years downwards: tap one to see what it inherits and what it adds.
 *
 * Options, from asng_book.live.family: `methods`, a list of { name, year, column, parents, has, adds }, and `ingredients`,
 * pairs of a key and its words. data-summary has { chosen, ancestors, lit } in JSON.
 */
ASNG.register("family-tree", function (element, options) {
  "use strict";
  const { ui } = ASNG, { methods, ingredients } = options;
  const ROW = 54, TOP = 30, COLUMNS = ["discrete variables", "both", "real numbers"];
  const order = methods.map((_, i) => i).sort((a, b) => methods[a].year - methods[b].year || methods[a].column - methods[b].column);
  const byName = Object.fromEntries(methods.map((one) => [one.name, one]));
  let chosen = byName.ASNG, rows = 0;
  const levels = {}; // methods of a year share a row where their columns differ
  for (const i of order) {
    const { year, column } = methods[i], last = order.slice(0, order.indexOf(i)).map((j) => methods[j]).filter((one) => one.year === year);
    const room = last.length && !last.some((one) => one.column === column) ? Math.max(...last.map((one) => levels[one.name])) : rows++;
    levels[methods[i].name] = room;
  }

  element.append(ui.el("style", {}, `
    .asng-figure .asng-tree { position: relative; }
    .asng-figure .asng-tree button { position: absolute; transform: translate(-50%, -50%); padding: 0.15rem 0.3rem; font-size: 0.78rem; line-height: 1.15;
      width: max-content; max-width: 29%; background: var(--asng-ground); border: 1.5px solid var(--asng-muted); color: var(--asng-text); border-radius: 0.5rem; }
    .asng-figure .asng-tree button[data-kin="self"] { background: var(--asng-asng); border-color: var(--asng-asng); color: var(--asng-ground); font-weight: 600; }
    .asng-figure .asng-tree button[data-kin="ancestor"] { border-color: var(--asng-asng); border-width: 2.5px; }
    .asng-figure .asng-tree button[data-lit="true"] { box-shadow: 0 0 0 3px var(--asng-accent); }
    .asng-figure .asng-tree button[data-lit="false"] { border-style: dotted; }`));
  const lit = ui.select(ui.controls(element), { label: "highlight", onInput: update, choices: [[null, "nothing"], ...ingredients] });
  const holder = ui.el("div", { class: "asng-tree" });
  element.append(holder);
  const picture = ui.canvas(holder, { label: "Lines lead from each method to those that grew out of it", draw, height: TOP + ROW * rows });
  const buttons = order.map((i) => {
    const one = methods[i], button = ui.button(holder, { label: one.name.replaceAll("-", "\u2011"), onClick: () => { chosen = one; update(); } });
    button.style.left = `${100 * across(one)}%`;
    button.style.top = `${down(one)}px`;
    return [one, button];
  });
  const summary = ui.summary(element);

  function across({ column }) {
    return 0.26 + 0.285 * column;
  }

  function down({ name }) {
    return TOP + ROW * (levels[name] + 0.5);
  }

  /** The names of all from which a method grew. */
  function ancestors({ parents }) {
    return new Set(parents.flatMap((name) => [name, ...ancestors(byName[name])]));
  }

  function draw(g, width, _, colours) {
    const line = new Set([chosen.name, ...ancestors(chosen)]);
    COLUMNS.forEach((words, column) => {
      g.fillStyle = colours.muted;
      g.textAlign = "center";
      g.fillText(words, across({ column }) * width, 12);
    });
    const years = new Map(order.map((i) => [levels[methods[i].name], methods[i].year]));
    g.textAlign = "left";
    for (const [level, year] of years) g.fillText(String(year), 0, TOP + ROW * (level + 0.5) + 4);
    for (const one of methods) {
      for (const name of one.parents) {
        const mine = line.has(one.name) && line.has(name), parent = byName[name];
        g.strokeStyle = mine ? colours.asng : colours.muted;
        g.lineWidth = mine ? 2.8 : 1.2;
        const [x0, y0, x1, y1] = [across(parent) * width, down(parent), across(one) * width, down(one)];
        g.beginPath();
        g.moveTo(x0, y0);
        const far = levels[one.name] - levels[name] > 1;
        if (parent.column === one.column) { // round those between
          const aside = x0 + 0.185 * width * (one.column === 2 ? 1 : -1);
          g.bezierCurveTo(far ? aside : x0, far ? y0 : y0 + ROW / 2, far ? aside : x1, far ? y1 : y1 - ROW / 2, x1, y1);
        } else if (far) { // out at the side, down between the columns, and in at the side
          g.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
        } else g.bezierCurveTo(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, x1, y1);
        g.stroke();
      }
    }
  }

  function update() {
    const kin = ancestors(chosen), words = Object.fromEntries(ingredients);
    for (const [one, button] of buttons) {
      button.dataset.kin = one === chosen ? "self" : kin.has(one.name) ? "ancestor" : "other";
      button.setAttribute("aria-pressed", String(one === chosen));
      button.dataset.lit = lit.value === null ? "" : String(one.has.includes(lit.value));
    }
    const carriers = lit.value === null ? "" : ` ${methods.filter(({ has }) => has.includes(lit.value)).length} of ${methods.length} methods have ${words[lit.value]}.`;
    const born = chosen.parents.length ? ` It grew out of ${chosen.parents.join(" and ")}.` : "";
    summary.say(`${chosen.name}, ${chosen.year}. ${chosen.adds}${born} Its ideas: ${chosen.has.map((key) => words[key]).join(", ")}.${carriers}`);
    picture.redraw();
    element.dataset.summary = JSON.stringify({ chosen: chosen.name, ancestors: [...kin], lit: lit.value });
  }

  update();
});
