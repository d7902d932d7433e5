/* Five ways of choosing race over two decisions of three options, on a landscape that the reader bends.
 *
 * Options: `preset`, a name of ASNG.nineSystems.PRESETS; `errors`, a table in its place; `rate`. data-summary has
 * { errors, best, steps, named, right, races } in JSON: the network that each racer names, and how often each was right.
 */
ASNG.register("bench-race", function (element, options) {
  "use strict";
  const { ui, nineSystems: N, engine } = ASNG;
  const STEPS = 150, RACES = 100, PER_SECOND = 30, NUDGE = 0.05;
  const FIRST = ["a", "b", "c"], SECOND = ["x", "y", "z"];
  const nameOf = ([i, j]) => FIRST[i] + SECOND[j];
  let errors = copy(options.errors || N.PRESETS[options.preset || "cancel"].errors);
  let chosen = [0, 0], time = 0, owed = 0, runners = [], counts = null, bars = null;
  let seed = 5; // the first two networks that it draws differ in loss

  const controls = ui.controls(element);
  ui.select(controls, { label: "landscape", choices: Object.entries(N.PRESETS).map(([name, { label }]) => [name, label]),
    value: options.preset || "cancel", onInput: (name) => { errors = copy(N.PRESETS[name].errors); restart(); } });
  const rate = ui.slider(controls, { label: "learning rate of all five", min: 0.1, max: 5, value: options.rate || 1, log: true, onInput: restart });
  const row = ui.buttons(element);
  const go = ui.button(row, { label: "Race", primary: true, onClick: toggle });
  ui.button(row, { label: "One step", onClick: () => { racing.stop(); step(); update(); } });
  ui.button(row, { label: "Other dice", onClick: () => { seed += 1; restart(); } });
  ui.button(row, { label: `Race ${RACES} times`, onClick: raceOften });

  const landscape = ui.panel(element, "What each of the nine networks gets wrong: drag a bar, up or down");
  const picture = ui.canvas(landscape, { height: 150, draw: drawBars });
  landscape.append(ui.el("p", { class: "asng-hint" }, "The height is a network’s error, above or below the target; its loss is the square. ★ marks the best."));
  ui.drag(picture, { label: "errors of the nine networks: left and right choose one, up and down change it", move: reach,
    nudge: (dx, dy) => {
      const place = Math.max(0, Math.min(8, 3 * chosen[0] + chosen[1] + Math.sign(dx)));
      chosen = [Math.floor(place / 3), place % 3];
      if (dy) bend(errors[chosen[0]][chosen[1]] - dy * NUDGE);
      else update();
    }, scroll: "pan-y" });
  const grid = ui.el("div", { class: "asng-panels" });
  grid.style.gridTemplateColumns = "repeat(auto-fit, minmax(5.6rem, 1fr))";
  element.append(grid);
  const lanes = N.RACERS.map((racer) => {
    const box = ui.panel(grid, racer.label);
    const square = ui.canvas(box, { height: (width) => Math.min(150, width), draw: (...all) => drawLane(racer.name, ...all) });
    const words = ui.el("p", { class: "asng-hint" });
    box.append(words);
    return { ...racer, square, words };
  });
  element.append(ui.el("p", { class: "asng-hint" }, "Rows a to c and columns x to z are the options. The larger a square, the more probable (or the heavier in the mixture) is that network. Frames show what the last step ran: thick if it asked for a network’s loss, thin if the network had a share in a mixture, or was asked for a slope."));
  const summary = ui.summary(element);

  const racing = ui.animation(element, (seconds) => {
    owed += seconds * PER_SECOND;
    while (owed >= 1 && time < STEPS) { step(); owed -= 1; }
    update();
    return time < STEPS;
  }, (running) => { go.textContent = running ? "Pause" : "Race"; });

  function copy(table) {
    return table.map((line) => [...line]);
  }

  function toggle() {
    if (racing.running) return racing.stop();
    if (time >= STEPS) restart();
    if (!ui.reducedMotion()) return racing.start();
    while (time < STEPS) step();
    return update();
  }

  function restart() {
    racing.stop();
    time = owed = 0;
    counts = null;
    runners = N.RACERS.map(({ make }) => ({ racer: make(), random: engine.generator(seed), seen: null }));
    update();
  }

  function step() {
    if (time >= STEPS) return;
    for (const one of runners) one.seen = one.racer.step(errors, rate.value, one.random, time / (STEPS - 1));
    time += 1;
  }

  function raceOften() {
    racing.stop();
    counts = N.races(errors, { rate: rate.value, steps: STEPS, count: RACES, seed });
    update();
  }

  /** Take hold of the bar at (x, y), or go on with the one that is held. */
  function reach(x, y, event) {
    if (event.type === "pointerdown") {
      const place = Math.max(0, Math.min(8, bars.at(x)));
      chosen = [Math.floor(place / 3), place % 3];
    }
    bend(bars.error(y));
  }

  function bend(wanted) {
    errors[chosen[0]][chosen[1]] = Math.max(-1, Math.min(1, Math.round(wanted * 100) / 100));
    restart();
  }

  /* ---- What is said ---- */

  const signed = (value) => (value < -0.004 ? "−" : "+") + Math.abs(value).toFixed(2);

  function update() {
    const best = N.best(errors), names = runners.map(({ racer }) => racer.rows().map(N.largest));
    lanes.forEach(({ square, words, operations, label, name }, k) => {
      square.redraw();
      square.describe(`${label}: most probable network ${nameOf(names[k])}, with ${percent(names[k], runners[k])}`);
      words.textContent = time || counts ? `${counts ? `${counts[name].right} of ${RACES}` : `names ${nameOf(names[k])}`}, ${operations} operations a step` : `${operations} operations a step`;
    });
    picture.redraw();
    picture.describe(`errors: ${errors.map((line, i) => line.map((value, j) => `${nameOf([i, j])} ${signed(value)}`).join(", ")).join("; ")}. Chosen: ${nameOf(chosen)}. Arrow keys choose and change.`);
    summary.say(counts ? often() : time === 0 ? beginning() : said(best, names));
    element.dataset.summary = JSON.stringify({ errors, best: nameOf(best), steps: time, races: counts,
      named: Object.fromEntries(lanes.map(({ name }, k) => [name, nameOf(names[k])])), right: names.map(([i, j]) => nameOf([i, j]) === nameOf(best)) });
  }

  const percent = ([i, j], { racer }) => { const [p, q] = racer.rows(); return `${Math.round(100 * p[i] * q[j])} %`; };

  function beginning() {
    const even = [[1 / 3, 1 / 3, 1 / 3], [1 / 3, 1 / 3, 1 / 3]];
    return `With equal probabilities, the expected loss of a draw is ${N.expected(errors, even).toFixed(2)}; the mixture of all nine has a loss of ${(N.blend(errors, even) ** 2).toFixed(2)}, and ${nameOf(N.best(errors))}, the best network, one of ${N.loss(errors, N.best(errors)).toFixed(2)}. Whom do you trust?`;
  }

  function said(best, names) {
    const right = lanes.filter((_, k) => nameOf(names[k]) === nameOf(best)).map(({ label }) => inside(label));
    const wrong = lanes.map((lane, k) => [lane.label, names[k]]).filter(([, code]) => nameOf(code) !== nameOf(best));
    const first = runners[0].seen.added, now = time === 1 ? `First step: REINFORCE and SNG drew the same networks and add the same vector, (${first[0].map(signed).join(", ")}) for the first decision: one to its logits, the other to θ. ` : "";
    return `${now}After ${time} step${time > 1 ? "s" : ""}: ${right.length ? `${list(right)} ${right.length > 1 || right[0] === "the two gates" ? "name" : "names"} ${nameOf(best)}, the best` : "nobody names the best"}` +
      (wrong.length ? `; ${wrong.map(([label, code]) => `${inside(label)} name${label === "Two gates" ? "" : "s"} ${nameOf(code)}, with a loss of ${N.loss(errors, code).toFixed(2)}`).join("; ")}.` : ".");
  }

  function often() {
    return `Of ${RACES} races of ${STEPS} steps, with other dice each time, the best network was named by ${lanes.map(({ name, label }) => `${inside(label)} in ${counts[name].right}`).join(", ")}.`;
  }

  const inside = (label) => (label === "Two gates" ? "the two gates" : label);
  const list = (words) => (words.length < 2 ? words[0] : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`);

  /* ---- Drawing ---- */

  function drawBars(g, width, height, colours) {
    const left = 30, right = width - 6, top = 8, bottom = height - 22, middle = (top + bottom) / 2, gap = 14;
    const slot = (right - left - 2 * gap) / 9, start = (place) => left + place * slot + Math.floor(place / 3) * gap;
    const Y = (error) => middle - (error * (bottom - top)) / 2;
    bars = { at: (x) => [...Array(9).keys()].reduce((found, place) => (x >= start(place) ? place : found), 0), error: (y) => (2 * (middle - y)) / (bottom - top) };
    ui.rule(g, colours.muted, left - 4, middle, right, middle);
    g.fillStyle = colours.muted;
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const value of [1, 0, -1]) g.fillText(value === 0 ? "0" : signed(value).slice(0, 2), left - 8, Y(value));
    g.textAlign = "center";
    const winner = nameOf(N.best(errors));
    errors.forEach((line, i) => line.forEach((value, j) => {
      const x = start(3 * i + j) + 0.16 * slot, wide = 0.68 * slot, name = nameOf([i, j]);
      g.fillStyle = ui.mix(colours.grid, colours.muted, 0.25 + 0.75 * value * value);
      g.fillRect(x, Math.min(Y(value), middle) - 1, wide, Math.abs(Y(value) - middle) + 2);
      if (chosen[0] === i && chosen[1] === j) {
        g.strokeStyle = colours.accent;
        g.lineWidth = 2;
        g.strokeRect(x - 2, Math.min(Y(value), middle) - 3, wide + 4, Math.abs(Y(value) - middle) + 6);
      }
      g.fillStyle = colours.text;
      g.fillText(name + (name === winner ? " ★" : ""), x + wide / 2, height - 9);
    }));
  }

  function drawLane(name, g, width, height, colours) {
    const k = lanes.findIndex((lane) => lane.name === name);
    if (!runners[k]) return;
    const { racer, seen } = runners[k], [p, q] = racer.rows(), main = colours[lanes[k].colour], winner = N.best(errors);
    const side = Math.min(height, width) - 18, cell = side / 3, x0 = 14, y0 = 14;
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillStyle = colours.muted;
    for (let n = 0; n < 3; n++) {
      g.fillText(SECOND[n], x0 + (n + 0.5) * cell, 6);
      g.fillText(FIRST[n], 5, y0 + (n + 0.5) * cell);
    }
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
      const x = x0 + j * cell, y = y0 + i * cell;
      g.fillStyle = colours.panel;
      g.fillRect(x + 1, y + 1, cell - 2, cell - 2);
      g.fillStyle = main;
      const half = (cell / 2 - 3) * Math.sqrt(p[i] * q[j]);
      g.fillRect(x + cell / 2 - half, y + cell / 2 - half, 2 * half, 2 * half);
      if (winner[0] === i && winner[1] === j) {
        g.fillStyle = g.strokeStyle = colours.ground; // on a ring of the ground, to be seen on any square
        g.beginPath();
        g.arc(x + cell - 8, y + 8, Math.min(7, cell / 6), 0, 2 * Math.PI);
        g.fill();
        g.fillStyle = colours.text;
        g.fillText("★", x + cell - 8, y + 8);
      }
    }
    if (!seen) return;
    g.strokeStyle = colours.text;
    const frame = ([i, j], thick) => {
      g.lineWidth = thick;
      g.strokeRect(x0 + j * cell + 2.5, y0 + i * cell + 2.5, cell - 5, cell - 5);
    };
    if (seen.weights) for (let n = 0; n < 9; n++) frame([Math.floor(n / 3), n % 3], 0.4 + 2 * seen.weights[0][Math.floor(n / 3)] * seen.weights[1][n % 3]);
    else seen.networks.forEach((code, n) => frame(code, lanes[k].name === "two-gates" && n ? 0.8 : 2));
  }

  restart();
});
