/* What the explorer draws of a race: loss, δ, ‖s‖²/α against γ, and θ. */
ASNG.raceCharts = function raceCharts(parent, { race, key, head }) {
  const { ui, engine } = ASNG;
  const METHODS = Object.entries(ui.METHODS).map(([colour, { label, dash }]) => ({ label, colour, dash }));
  let hovered = null; // the point under the mouse, or null

  const x = { range: () => [0, race.state ? race.state.updates : 1] };
  const shared = { sync: key, onHover: hover, x };

  const loss = ui.chart(ui.panel(parent, "Loss of the best sample, without noise"), {
    ...shared, height: 210, label: "Loss against updates", y: { log: true, range: lossRange }, series: METHODS,
    lines: () => [{ y: 1 / race.state.categories, text: "solved below this line", align: "right", dash: [3, 3] }, ...now()],
    marks: () => race.list.filter((run) => run.solved !== null && run.length - 1 <= head()).map((run) => ({
      x: run.solved, y: Math.max(run.best[run.length - 1], 1.2 * lossRange()[0]), colour: run.method, marker: ui.METHODS[run.method].marker,
    })),
  });
  const pair = ui.panels(parent);
  const delta = ui.chart(ui.panel(pair, "Step size δ"), {
    ...shared, height: 160, label: "Step size δ against updates", y: { log: true }, series: METHODS,
    lines: () => [{ y: Math.sqrt(nTheta()), text: "√n_θ", dash: [3, 3] }, ...now()],
  });
  const signal = ui.chart(ui.panel(pair, "ASNG: δ grows where ‖s‖²/α (line) > γ (dashes)"), {
    ...shared, height: 160, label: "‖s‖²/α and γ against updates", y: { log: true }, lines: () => now(),
    series: [{ label: "‖s‖²/α", colour: "asng" }, { label: "γ", colour: "text", dash: [5, 4] }],
  });
  const panel = ui.panel(parent, "");
  const ramp = ui.el("span", { class: "asng-ramp", "aria-hidden": "true" }, "0", ui.el("i"), "1");
  panel.append(ui.el("p", { class: "asng-title" }, ramp, "θ: a column for each dimension, category 0 at the top"));
  const theta = ui.thetaMaps(panel, thetas);

  const nTheta = () => race.state.dim * (race.state.categories - 1);
  const now = () => (head() >= race.last ? [] : [{ x: race.timeOf(head()), colour: "muted" }]);
  const pointOf = (run) => Math.min(head(), hovered === null ? Infinity : hovered, run.length - 1);

  function lossRange() {
    const tops = race.list.map((run) => run.best.reduce((most, v) => (v > most && v < 1e6 ? v : most), 1));
    return [0.25 / (race.state ? race.state.categories : 5), 1.3 * Math.max(1, ...tops)];
  }

  function thetas() {
    if (!race.state) return [];
    const { dim, categories } = race.state, width = dim * categories;
    return race.list.map((run) => ({
      label: ui.METHODS[run.method].label, colour: run.method, dim, categories, updates: race.time(run, pointOf(run)),
      theta: run.theta.subarray(pointOf(run) * width, (pointOf(run) + 1) * width),
    }));
  }

  function hover(index) {
    hovered = index;
    theta.redraw();
  }

  /** Draw all up to the point head(). */
  function draw() {
    const { updates, methods } = race.state, size = Math.ceil(updates / race.every) + 1;
    const xs = Array.from({ length: size }, (_, i) => Math.min(i * race.every, updates));
    const column = (run, name) => {
      const values = new Array(size).fill(null);
      if (run) for (let i = 0; i < run.length && i <= head(); i++) values[i] = run[name][i] > 0 ? run[name][i] : null;
      return values;
    };
    const runs = engine.METHODS.map((method) => (methods.includes(method) ? race.runs[method] : null));
    loss.set(xs, runs.map((run) => column(run, "best")));
    delta.set(xs, runs.map((run) => column(run, "delta")));
    signal.set(xs, [column(runs[0], "ratio"), column(runs[0], "gamma")]);
    theta.fit();
  }

  return { draw, describe: (text) => loss.describe(`Loss against updates. ${text}`) };
};
