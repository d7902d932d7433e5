/* The history of a study, dot by dot, and what its trials say about each setting.
 *
 * Options, from asng_book.live.tuning: `settings`, a list of { name, label, low, high, log }; `trials`,
 * `defaults`: lists of { values, loss, error, rank }, of which `values` are in the order of the settings; `networks`, how
 * many there are; `first`, how many trials were drawn at random. data-summary has { shown, chosen, best, across, up,
 * correlations, explained, bet } in JSON.
 */
ASNG.register("study-history", function (element, options) {
  "use strict";
  const { ui, numbers, tuning: T } = ASNG, { settings, trials, defaults, networks, first } = options;
  const LEFT = 50, RIGHT = 14, TOP = 34, BOTTOM = 40, REACH = 26, PER_SECOND = 4, START = 5; // trials at first: too few to say what matters
  const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`, signed = (v) => v.toFixed(2).replace("-", "−");
  const axes = { trial: { label: "trial", low: 0, high: trials.length + 1, format: (v) => ui.number(v), of: (_, i) => i + 1 } };
  settings.forEach((one, k) => { axes[one.name] = { ...one, format: (v) => ui.number(v, 2), of: ({ values }) => values[k] }; });
  for (const [name, label, format] of [["loss", "loss that the study sees", (v) => v.toFixed(1)], ["error", "true error", (v) => `${Math.round(100 * v)} %`]]) {
    const all = [...trials, ...defaults].map((one) => one[name]), room = 0.06 * (Math.max(...all) - Math.min(...all));
    axes[name] = { label, format, low: Math.min(...all) - room, high: Math.max(...all) + room, of: (one) => one[name] };
  }
  let shown = START, chosen = START - 1, due = 0;

  const row = ui.controls(element);
  row.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, 15rem), 1fr))";
  const named = (names) => names.map((name) => [name, axes[name].label]);
  const own = settings.map(({ name }) => name);
  const across = ui.select(row, { label: "horizontal axis", choices: named(["trial", ...own]), onInput: update });
  const up = ui.select(row, { label: "vertical axis", choices: named(["loss", "error", ...own]), onInput: update });
  const bet = ui.select(row, { label: "your bet", onInput: update,
    choices: [[null, "what matters most?"], ...named(own)] });
  const scrub = ui.slider(row, { label: "trials so far", min: 1, max: trials.length, step: 1, whole: true, value: shown,
    onInput: (value) => { motion.stop(); show(value); } });
  const plain = ui.checkbox(row, { label: "searches with default settings", onInput: update });
  const bar = ui.buttons(element);
  ui.button(bar, { label: "Run the study", primary: true, onClick: run });
  ui.button(bar, { label: "One more trial", onClick: () => { motion.stop(); show(Math.min(trials.length, shown + 1)); } });
  ui.button(bar, { label: "Least loss so far", onClick: () => { chosen = best(); update(); } });
  ui.button(bar, { label: "Start again", onClick: () => { motion.stop(); show(START); } });
  const picture = ui.canvas(element, { label: "The trials of the study", draw, height: (width) => Math.max(250, Math.min(360, 0.55 * width)) });
  ui.drag(picture, { label: "Trials: the arrow keys go to the one before or after", move: nearest, nudge: step, scroll: "pan-y" });
  picture.node.setAttribute("aria-roledescription", "scatter plot");
  const said = ui.el("p", { style: "font-variant-numeric: tabular-nums; min-height: 3.2em" });
  element.append(said);
  const matters = ui.canvas(element, { label: "What the trials say about each setting", draw: drawMatters, height: 46 + 27 * settings.length });
  const summary = ui.summary(element);
  const motion = ui.animation(picture.node, (seconds) => {
    due += PER_SECOND * seconds;
    if (due < 1) return true;
    due = 0;
    show(shown + 1);
    return shown < trials.length;
  });

  function run() {
    if (shown === trials.length) show(START);
    if (ui.reducedMotion()) show(trials.length);
    else motion.start();
  }

  function show(count) {
    shown = Math.max(1, Math.min(trials.length, count));
    scrub.value = shown;
    chosen = shown - 1;
    update();
  }

  const best = () => trials.slice(0, shown).reduce((found, { loss }, i) => (loss < trials[found].loss ? i : found), 0);

  /** Of each setting, how the loss goes with it in the trials that are shown. */
  function found() {
    const losses = trials.slice(0, shown).map(({ loss }) => loss);
    return settings.map((one, k) => {
      const xs = trials.slice(0, shown).map(({ values }) => T.scaled(values[k], one));
      return { ...T.correlation(xs, losses), share: T.explained(xs, losses) };
    });
  }

  function places(width, tall) {
    const along = (axis, v) => T.scaled(v, axis);
    return [(v) => LEFT + (width - LEFT - RIGHT) * along(axes[across.value], v), (v) => tall - BOTTOM - (tall - TOP - BOTTOM) * along(axes[up.value], v)];
  }

  const ticks = (axis, count) => axis.log
    ? [...decades(axis)] : numbers.ticks(axis.low, axis.high, count).filter((v) => axis !== axes.trial || v > 0);

  function* decades({ low, high }) {
    for (let power = Math.ceil(Math.log10(low) - 1e-9); 10 ** power <= high * (1 + 1e-9); power++) yield Number((10 ** power).toPrecision(1));
  }

  function write(g, text, x, y, colour, align) {
    g.fillStyle = colour;
    g.textAlign = align;
    g.fillText(text, x, y);
  }

  function draw(g, width, tall, colours) {
    const [X, Y] = places(width, tall), x = axes[across.value], y = axes[up.value];
    g.lineWidth = 1;
    for (const value of ticks(x, width > 420 ? 6 : 4)) {
      ui.rule(g, colours.grid, X(value), TOP, X(value), tall - BOTTOM);
      write(g, x.format(value), X(value), tall - BOTTOM + 15, colours.muted, "center");
    }
    for (const value of ticks(y, 5)) {
      ui.rule(g, colours.grid, LEFT, Y(value), width - RIGHT, Y(value));
      write(g, y.format(value), LEFT - 6, Y(value) + 4, colours.muted, "right");
    }
    write(g, `${x.label} →`, width - RIGHT, tall - 5, colours.muted, "right");
    write(g, `↑ ${y.label}`, 0, 11, colours.muted, "left");
    g.lineWidth = 1.4;
    g.strokeStyle = colours.muted;
    if (plain.value) defaults.forEach((one, i) => ui.marker(g, "square", X(x.of(one, i)), Y(y.of(one, i)), 3.6, true));
    if (across.value === "trial") {
      g.setLineDash([4, 3]);
      ui.rule(g, colours.muted, X(first + 0.5), TOP - 6, X(first + 0.5), tall - BOTTOM);
      g.setLineDash([]);
      write(g, "at random", X(first + 0.5) - 6, TOP - 2, colours.muted, "right");
      write(g, "by the study", X(first + 0.5) + 6, TOP - 2, colours.muted, "left");
    }
    if (across.value === "trial" && up.value === "loss") staircase(g, X, Y, colours);
    trials.slice(0, shown).forEach((one, i) => {
      g.globalAlpha = i < first ? 0.5 : 0.9;
      g.fillStyle = colours.asng;
      ui.marker(g, "circle", X(x.of(one, i)), Y(y.of(one, i)), 4);
    });
    g.globalAlpha = 1;
    g.lineWidth = 2.4;
    g.strokeStyle = colours.text;
    ui.marker(g, "circle", X(x.of(trials[best()], best())), Y(y.of(trials[best()], best())), 8.5, true);
    g.strokeStyle = colours.accent;
    g.lineWidth = 2;
    ui.marker(g, "circle", X(x.of(trials[chosen], chosen)), Y(y.of(trials[chosen], chosen)), 6, true);
  }

  /** The least loss so far. */
  function staircase(g, X, Y, colours) {
    let least = Infinity;
    g.strokeStyle = colours.text;
    g.beginPath();
    trials.slice(0, shown).forEach(({ loss }, i) => {
      if (i) g.lineTo(X(i + 1), Y(least));
      least = Math.min(least, loss);
      g.lineTo(X(i + 1), Y(least));
    });
    g.stroke();
  }

  /** A row for each setting: its rank correlation with the loss as a dot on its interval, and the share that it explains. */
  function drawMatters(g, width, _, colours) {
    const narrow = width < 480, start = narrow ? 96 : 130, end = width - (narrow ? 60 : 130);
    const at = (rho) => start + ((rho + 1) / 2) * (end - start), rows = found();
    write(g, narrow ? "rank correlation" : "rank correlation with the loss, 95 % interval", narrow ? start : (start + end) / 2, 12, colours.muted, narrow ? "left" : "center");
    write(g, "share explained", width, 12, colours.muted, "right");
    g.lineWidth = 1;
    if (rows.every(({ low }) => Number.isNaN(low))) {
      settings.forEach((one, k) => write(g, one.label, 0, 42 + 27 * k, colours.text, "left"));
      write(g, "so few trials say nothing yet", start, 24 + 13.5 * settings.length, colours.muted, "left");
      return;
    }
    for (const rho of [-1, -0.5, 0, 0.5, 1]) {
      ui.rule(g, rho ? colours.grid : colours.muted, at(rho), 22, at(rho), 24 + 27 * settings.length);
      write(g, `${rho}`.replace("-", "−"), at(rho), 40 + 27 * settings.length, colours.muted, "center");
    }
    rows.forEach(({ value, low, high, share }, k) => {
      const y = 38 + 27 * k;
      write(g, settings[k].label, 0, y + 4, colours.text, "left");
      write(g, Number.isNaN(share) ? "–" : percent(Math.max(0, share), 0), width, y + 4, colours.text, "right");
      if (Number.isNaN(low)) return;
      g.lineWidth = 3;
      ui.rule(g, low > 0 || high < 0 ? colours.asng : colours.muted, at(low), y, at(high), y);
      g.fillStyle = colours.text;
      ui.marker(g, "circle", at(value), y, 4.2);
    });
  }

  function nearest(px, py) {
    const [X, Y] = places(picture.node.clientWidth, picture.node.clientHeight), x = axes[across.value], y = axes[up.value];
    const far = trials.slice(0, shown).map((one, i) => Math.hypot(X(x.of(one, i)) - px, Y(y.of(one, i)) - py));
    const place = far.reduce((near, d, i) => (d < far[near] ? i : near), 0);
    if (far[place] < REACH) {
      chosen = place;
      update();
    }
  }

  function step(dx, dy) {
    chosen = Math.max(0, Math.min(shown - 1, chosen + (dx || -dy)));
    update();
  }

  function update() {
    chosen = Math.min(chosen, shown - 1);
    const one = trials[chosen], rows = found(), least = best();
    const values = settings.map(({ label }, k) => `${label} ${ui.number(one.values[k], 2)}`).join(", ");
    said.textContent = `Trial ${chosen + 1}: ${values}. The study sees a loss of ${one.loss.toFixed(3)}. The network that it found has a true error of ${percent(one.error)}, rank ${ui.number(one.rank, 6)} of ${ui.number(networks, 6)}.`;
    picture.describe(`${shown} trials, ${axes[up.value].label} against ${axes[across.value].label}. ${said.textContent}`);
    matters.describe(rows.map(({ value, low, high, share }, k) => Number.isNaN(low) ? `${settings[k].label}: too few trials.`
      : `${settings[k].label}: rank correlation ${signed(value)}, from ${signed(low)} to ${signed(high)}; explains ${percent(Math.max(0, share), 0)}.`).join(" "));
    picture.redraw();
    matters.redraw();
    const most = rows.reduce((top, { share }, k) => (share > rows[top].share ? k : top), 0), whole = shown === trials.length;
    const verdict = bet.value && whole ? ` You bet on the ${label(own.indexOf(bet.value))}; most of the loss’s order is explained by the ${label(most)}.` : "";
    const ask = bet.value || whole ? "" : " Place your bet, then run the study.";
    summary.say(`After ${shown} ${shown === 1 ? "trial" : "trials"} the smallest loss is ${trials[least].loss.toFixed(3)}, of trial ${least + 1}; the network that it found has the true rank ${ui.number(trials[least].rank, 6)}.${ask}${verdict}`);
    element.dataset.summary = JSON.stringify({ shown, chosen, best: least, across: across.value, up: up.value, bet: bet.value,
      correlations: rows.map(({ value, low, high }) => [value, low, high]), explained: rows.map(({ share }) => share) });
  }

  const label = (k) => settings[k].label;

  ui.onTheme(element, () => { picture.redraw(); matters.redraw(); });
  update();
});
