/* Empty axes of Fig. 4: the reader draws updates against δ⁰ for each method, then lays the measured curves over it.
 *
 * Options: `rows` of the sweep, as asng_book.live.read_sweep gives them.
 */
ASNG.register("sketch-sweep", function (element, options) {
  "use strict";
  const { ui } = ASNG, math = ASNG.robustnessSweep, { rows } = options;
  const METHODS = Object.keys(ui.METHODS), LOW = 700, HIGH = 100000, STEP = 1.12;
  const PAD = { left: 44, right: 12, top: 34, bottom: 36 };
  const rates = [...new Set(rows.map((row) => row.eps_x))].sort((a, b) => a - b);
  const grid = [...new Set(rows.map((row) => row.delta0))].sort((a, b) => a - b);
  const empty = () => Object.fromEntries(METHODS.map((method) => [method, grid.map(() => null)]));
  const sketches = new Map(rates.map((eps_x) => [eps_x, empty()]));
  const frame = { width: 1, height: 1 };
  let method = "asng", shown = false, warned = false, last = null;
  let chosen = grid.length >> 1; // the place of the δ⁰ that the keys move

  const top = ui.buttons(element);
  const eps_x = ui.select(top, { label: "ε_x", choices: rates.map((value) => [value, String(value)]), value: rates[0], onInput: other });
  const choice = ui.el("div", { class: "asng-racers", role: "radiogroup", "aria-label": "the curve to draw" });
  const name = ui.newId();
  METHODS.forEach((key) => {
    const input = ui.el("input", { type: "radio", name, value: key });
    input.checked = key === method;
    input.addEventListener("input", () => { method = key; other(); });
    const label = ui.el("label", { class: "asng-check" }, input, ui.el("span", {}, ui.METHODS[key].label), ui.key(key, ui.METHODS[key].dash));
    label.style.setProperty("--asng-mark", `var(--asng-${key})`);
    choice.append(label);
  });
  top.append(choice);
  const picture = ui.canvas(element, { height: (width) => Math.min(370, Math.max(290, 0.55 * width)), draw });
  const bar = ui.buttons(element);
  const reveal = ui.button(bar, { label: "Show the measured curves", primary: true, onClick: toggle });
  ui.button(bar, { label: "Clear", onClick: clear });
  element.append(ui.el("p", { class: "asng-hint" }, ...ui.math(
    "Updates until a solution is drawn, against δ⁰. Draw with the mouse or a finger, or with the arrow keys once the figure has the focus: " +
    "← → choose a δ⁰, ↑ ↓ raise and lower the curve there. A point above the dashed line says that no trial finds a solution.")));
  const summary = ui.summary(element);
  summary.node.style.whiteSpace = "pre-line"; // a line for each method

  ui.drag(picture, { label: "Your expectation: left and right arrows choose a δ⁰, up and down change the updates there", move: stroke, nudge });
  picture.node.addEventListener("focus", picture.redraw);
  picture.node.addEventListener("blur", picture.redraw);

  const sketch = () => sketches.get(eps_x.value)[method];
  const drawnHere = () => METHODS.filter((key) => math.drawn(sketches.get(eps_x.value)[key]) > 0);

  /* ---- Drawing by hand ---- */

  /** A piece of a stroke: every δ⁰ that it passes gets its height. */
  function stroke(x, y, event) {
    if (event.type === "pointerdown" || !last) last = { x, y };
    const from = last, near = nearest(x);
    grid.forEach((delta0, i) => {
      const at = placeX(delta0), between = (at - from.x) * (at - x) <= 0;
      if (!between && !(i === near && Math.abs(at - x) < 8)) return;
      const t = between && x !== from.x ? (at - from.x) / (x - from.x) : 1;
      sketch()[i] = valueAt(from.y + t * (y - from.y));
    });
    if (event.type === "pointerdown") sketch()[near] = valueAt(y);
    last = { x, y };
    chosen = near;
    say();
    picture.redraw();
  }

  function nudge(dx, dy) {
    if (dx) chosen = Math.min(grid.length - 1, Math.max(0, chosen + Math.sign(dx)));
    else {
      const now = sketch()[chosen];
      if (now === null) sketch()[chosen] = 10000;
      else if (now === Infinity) sketch()[chosen] = dy > 0 ? HIGH : Infinity;
      else {
        const next = now * STEP ** -dy;
        sketch()[chosen] = next > HIGH * 1.001 ? Infinity : Number(Math.max(LOW, next).toPrecision(3));
      }
    }
    say(`${ui.METHODS[method].label} at δ⁰ = ${ui.number(grid[chosen])}: ${inWords(sketch()[chosen])}.`);
    picture.redraw();
  }

  const inWords = (value) => (value === null ? "nothing drawn" : value === Infinity ? "no trial finds a solution" : `${ui.number(value)} updates`);
  const nearest = (x) => grid.reduce((best, delta0, i) => (Math.abs(placeX(delta0) - x) < Math.abs(placeX(grid[best]) - x) ? i : best), 0);

  function clear() {
    sketches.set(eps_x.value, empty());
    other();
  }

  function other() {
    last = null;
    warned = false;
    say();
    picture.redraw();
  }

  function toggle() {
    if (!shown && !warned && !drawnHere().length) {
      warned = true;
      summary.say("You have drawn nothing yet. A guess costs nothing, and a surprise is easier to remember. Press again to look without one.");
      return;
    }
    shown = !shown;
    reveal.textContent = shown ? "Hide the measured curves" : "Show the measured curves";
    other();
  }

  /* ---- What is said ---- */

  function say(first = "") {
    const parts = first ? [first] : [];
    if (shown) parts.push(...drawnHere().map(verdict));
    else if (!first) parts.push(`You have drawn ${METHODS.map((key) => `${ui.METHODS[key].label} at ${math.drawn(sketches.get(eps_x.value)[key])}`).join(", ")} of ${grid.length} values of δ⁰.`);
    if (shown && !drawnHere().length) parts.push("Lines: the medians of 100 trials, bands: their quartiles, ✕: no trial found a solution. You have drawn nothing here.");
    summary.say(parts.join("\n"));
    picture.describe(`Updates against δ⁰ at ε_x = ${eps_x.value}, both logarithmic. ${parts.join(" ")}`);
  }

  function verdict(key) {
    const mine = sketches.get(eps_x.value)[key], measured = math.curve(rows, key, eps_x.value);
    const { factor, worst, hoped, feared } = math.compare(mine, measured), parts = [];
    if (factor !== null) {
      const there = measured[worst].median_updates, ratio = mine[worst] / there, size = ui.number(Math.max(ratio, 1 / ratio), 2);
      parts.push(`half of your points are off by a factor of ${ui.number(factor, 2)} or more`,
        `your worst point is at δ⁰ = ${ui.number(grid[worst])}, where you drew ${ui.number(mine[worst])} and ${ui.number(there, 5)} updates were measured` +
        (size === "1" ? "" : `, a factor of ${size} ${ratio > 1 ? "less" : "more"}`));
    }
    if (hoped.length) parts.push(`you expected solutions where there were none, at ${list(hoped)}`);
    if (feared.length) parts.push(`you expected none where there were some, at ${list(feared)}`);
    return `${ui.METHODS[key].label}: ${parts.length ? parts.join("; ") : "as you expected"}.`;
  }

  const list = (places) => `δ⁰ = ${places.map((i) => ui.number(grid[i], 2)).join(" and ").replace(/ and (?=.* and )/g, ", ")}`;

  /* ---- The picture ---- */

  const span = () => [Math.log(grid[0]) - 0.4, Math.log(grid[grid.length - 1]) + 0.4];
  function placeX(delta0) {
    const [low, high] = span();
    return PAD.left + ((Math.log(delta0) - low) / (high - low)) * (frame.width - PAD.left - PAD.right);
  }
  function placeY(updates) {
    if (updates === Infinity) return PAD.top / 2;
    return frame.height - PAD.bottom - (Math.log(updates / LOW) / Math.log(HIGH / LOW)) * (frame.height - PAD.top - PAD.bottom);
  }
  function valueAt(y) {
    if (y < PAD.top) return Infinity;
    const share = (frame.height - PAD.bottom - y) / (frame.height - PAD.top - PAD.bottom);
    return Number((LOW * (HIGH / LOW) ** Math.min(1, Math.max(0, share))).toPrecision(3));
  }

  function draw(g, width, height, colours) {
    Object.assign(frame, { width, height });
    axes(g, colours);
    g.lineJoin = g.lineCap = "round";
    for (const key of METHODS) mine(g, key, colours);
    if (shown) {
      for (const key of METHODS) measured(g, key, colours);
      for (const key of drawnHere()) gap(g, key, colours);
    }
    if (!picture.node.matches(":focus")) return;
    const value = sketch()[chosen], y = placeY(value === null ? 10000 : value);
    g.strokeStyle = colours.accent;
    g.lineWidth = 2;
    ui.marker(g, "circle", placeX(grid[chosen]), y, 9, true);
  }

  function axes(g, colours) {
    const { width, height } = frame;
    g.lineWidth = 1;
    g.font = `11.5px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.textAlign = "center";
    g.textBaseline = "top";
    for (let e = -4; e <= 1; e++) {
      ui.rule(g, colours.grid, placeX(10 ** e), PAD.top, placeX(10 ** e), height - PAD.bottom);
      g.fillText(ui.number(10 ** e), placeX(10 ** e), height - PAD.bottom + 8);
    }
    g.fillText("δ⁰", (PAD.left + width - PAD.right) / 2, height - 13);
    for (const delta0 of grid) ui.rule(g, colours.muted, placeX(delta0), height - PAD.bottom, placeX(delta0), height - PAD.bottom + 5);
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const updates of [1000, 3000, 10000, 30000, 100000]) {
      ui.rule(g, colours.grid, PAD.left, placeY(updates), width - PAD.right, placeY(updates));
      g.fillText(`${ui.number(updates / 1000)}k`, PAD.left - 6, placeY(updates));
    }
    g.setLineDash([4, 4]);
    ui.rule(g, colours.muted, PAD.left, PAD.top, width - PAD.right, PAD.top);
    g.setLineDash([]);
    if (!shown && METHODS.every((key) => !sketches.get(eps_x.value)[key].includes(Infinity))) {
      g.textAlign = "center";
      g.fillText("no trial finds a solution", (PAD.left + width - PAD.right) / 2, PAD.top / 2);
    }
    if (shown || drawnHere().length) return;
    g.font = `15px ${colours.font}`;
    g.textAlign = "center";
    g.fillText("Draw what you expect", (PAD.left + width - PAD.right) / 2, height / 2);
  }

  /** The reader's curve: broad and pale, as by a felt pen. */
  function mine(g, key, colours) {
    const values = sketches.get(eps_x.value)[key], side = 3 * (METHODS.indexOf(key) - 1);
    g.globalAlpha = shown ? 0.35 : 0.6;
    g.strokeStyle = g.fillStyle = colours[key];
    g.lineWidth = 7;
    g.beginPath();
    let pen = false;
    values.forEach((value, i) => {
      const up = value === null || value === Infinity;
      if (!up && pen) g.lineTo(placeX(grid[i]), placeY(value));
      else if (!up) g.moveTo(placeX(grid[i]), placeY(value));
      pen = !up;
    });
    g.stroke();
    values.forEach((value, i) => {
      if (value === Infinity) ui.cross(g, placeX(grid[i]) + side, placeY(value), 5, 3.5);
      else if (value !== null) {
        g.beginPath();
        g.arc(placeX(grid[i]), placeY(value), 5.5, 0, 2 * Math.PI);
        g.fill();
      }
    });
    g.globalAlpha = 1;
  }

  function measured(g, key, colours) {
    const curve = math.curve(rows, key, eps_x.value), found = curve.filter(math.found), side = 6 * (METHODS.indexOf(key) - 1);
    g.strokeStyle = g.fillStyle = colours[key];
    ui.medians(g, found, { placeX, placeY, dash: ui.METHODS[key].dash, shade: 0.13 });
    for (const row of curve) {
      const x = placeX(row.delta0), some = row.successes < row.trials;
      if (!math.found(row)) {
        ui.cross(g, x + side, placeY(Infinity), 3.5, 2);
        continue;
      }
      g.fillStyle = some ? colours.ground : colours[key];
      ui.marker(g, ui.METHODS[key].marker, x, placeY(row.median_updates), 3.6);
      ui.marker(g, ui.METHODS[key].marker, x, placeY(row.median_updates), 3.6, true);
    }
  }

  /** Where a sketch and its measurement differ most. */
  function gap(g, key, colours) {
    const values = sketches.get(eps_x.value)[key], curve = math.curve(rows, key, eps_x.value), { worst } = math.compare(values, curve);
    if (worst === null) return;
    const x = placeX(grid[worst]), y0 = placeY(values[worst]), y1 = placeY(curve[worst].median_updates);
    const ratio = values[worst] / curve[worst].median_updates, text = `× ${ui.number(Math.max(ratio, 1 / ratio), 2)}`;
    if (Math.abs(y1 - y0) < 14) return;
    g.lineWidth = 1.5;
    g.setLineDash([2, 3]);
    ui.rule(g, colours.text, x, y0, x, y1);
    g.setLineDash([]);
    g.font = `600 12.5px ${colours.font}`;
    const right = x > frame.width - 60;
    g.textAlign = right ? "right" : "left";
    g.textBaseline = "middle";
    g.lineWidth = 4;
    g.strokeStyle = colours.ground;
    g.fillStyle = colours[key];
    g.strokeText(text, x + (right ? -7 : 7), (y0 + y1) / 2);
    g.fillText(text, x + (right ? -7 : 7), (y0 + y1) / 2);
  }

  say();
});
