/* What the explorer draws of a race: loss, δ, ‖s‖²/α against γ, and θ.
 *
 * `until()` is the update up to which all is drawn; `key` joins the charts' cursors.
 */
(function () {
  "use strict";
  const { ui, engine } = ASNG;

  /** Series of a chart for the ghosts and the runs of some methods, ghosts below. */
  function series(methods, width) {
    const made = methods.map((method) => ({ label: ui.METHODS[method].label, colour: method, dash: ui.METHODS[method].dash, width }));
    return [...made.map((one) => ({ ...one, ghost: true })), ...made];
  }

  /** The updates along the axis. */
  function times({ state }) {
    const every = ASNG.Race.every(state);
    return Array.from({ length: Math.ceil(state.updates / every) + 1 }, (_, i) => Math.min(i * every, state.updates));
  }

  /** A column of a run at each of the times up to `until`; null where the run has nothing. */
  function column(run, name, xs, until) {
    const values = new Array(xs.length).fill(null);
    if (!run) return values;
    for (let i = 0; i < xs.length && xs[i] <= until; i++) {
      const point = Math.ceil(xs[i] / run.every); // where a run is solved between two points, its last stands on the next
      if (point >= run.length) break;
      if (run[name][point] > 0) values[i] = run[name][point];
    }
    return values;
  }

  /** Columns for `series(methods)`. */
  function columns(race, methods, name, xs, until) {
    const wanted = methods.map((method) => (race.state.methods.includes(method) ? method : null));
    return [...wanted.map((method) => race.ghosts[method]), ...wanted.map((method) => race.runs[method])]
      .map((run) => column(run, name, xs, until));
  }

  /** Marks where solutions were drawn, up to `until`, none below `least`. */
  function solutions(race, until, least, size) {
    const mark = (ghost) => (run) => ({
      x: run.solved, y: Math.max(least, run.best[run.length - 1]), colour: run.method, marker: ui.METHODS[run.method].marker, ghost, size,
    });
    const shown = (run) => run.solved !== null && run.solved <= until;
    return [...race.ghostList.filter(shown).map(mark(true)), ...race.list.filter(shown).map(mark(false))];
  }

  /** The largest loss that a chart must show, infinite and absurd ones apart. */
  function worstLoss(race) {
    return [...race.list, ...race.ghostList].reduce(
      (most, run) => run.best.reduce((worst, v) => (v > worst && v < 1e6 ? v : worst), most), 1);
  }

  /** The maps of θ at an update, for ui.thetaMaps: of each method the whole run if there is one, be it a ghost. */
  function thetas(race, update) {
    return race.state.methods.flatMap((method) => {
      const ghost = race.ghosts[method], run = ghost || race.runs[method];
      if (!run) return [];
      const point = ASNG.Race.pointAt(run, update);
      return [{ label: ui.METHODS[method].label, colour: method, dim: run.dim, categories: run.categories, ghost: Boolean(ghost),
        theta: engine.thetaAt(run, point), updates: ASNG.Race.updateAt(run, point), right: run.right[point] }];
    });
  }

  function raceCharts(parent, { race, key, until }) {
    const METHODS = engine.METHODS;
    let hovered = null; // the update under the mouse, or null
    const x = { range: () => [0, race.state ? race.state.updates : 1] };
    const shared = { sync: key, onHover: hover, x };

    const loss = ui.chart(ui.panel(parent, "Loss of the best sample, without noise"), {
      ...shared, height: 210, label: "Loss against updates", y: { log: true, range: lossRange }, series: series(METHODS),
      lines: () => [{ y: 1 / race.state.categories, text: "solved below this line", align: "right", dash: [3, 3] }, ...now()],
      marks: () => solutions(race, until(), 1.2 * lossRange()[0]),
    });
    const pair = ui.panels(parent);
    const delta = ui.chart(ui.panel(pair, "Step size δ"), {
      ...shared, height: 160, label: "Step size δ against updates", y: { log: true }, series: series(METHODS),
      lines: () => [{ y: Math.sqrt(nTheta()), text: "√n_θ", dash: [3, 3] }, ...now()],
    });
    const pieces = [{ label: "‖s‖²/α", colour: "asng" }, { label: "γ", colour: "text", dash: [5, 4] }];
    const signal = ui.chart(ui.panel(pair, "ASNG: δ grows where ‖s‖²/α (line) > γ (dashes)"), {
      ...shared, height: 160, label: "‖s‖²/α and γ against updates", y: { log: true }, lines: () => now(),
      series: [...pieces.map((one) => ({ ...one, ghost: true })), ...pieces],
    });
    const panel = ui.panel(parent, "");
    const ramp = ui.el("span", { class: "asng-ramp", "aria-hidden": "true" }, "0", ui.el("i"), "1");
    panel.append(ui.el("p", { class: "asng-title" }, ramp, "θ: a column for each dimension; category 0, the right one, at the top. Expected of a sample: how many are right"));
    const theta = ui.thetaMaps(panel, () => (race.state ? thetas(race, Math.min(until(), hovered === null ? Infinity : hovered)) : []));

    const nTheta = () => race.state.dim * (race.state.categories - 1);
    const now = () => (until() >= race.reach ? [] : [{ x: until(), colour: "muted" }]);

    function lossRange() {
      return race.state ? [0.25 / race.state.categories, 1.3 * worstLoss(race)] : [0.05, 1];
    }

    function hover(index) {
      hovered = index === null ? null : index * ASNG.Race.every(race.state);
      theta.redraw();
    }

    /** Draw all that there is up to the update until(). */
    function draw() {
      const xs = times(race), end = until();
      loss.set(xs, columns(race, METHODS, "best", xs, end));
      delta.set(xs, columns(race, METHODS, "delta", xs, end));
      signal.set(xs, [...columns(race, ["asng"], "ratio", xs, end), ...columns(race, ["asng"], "gamma", xs, end)].map(
        (_, i, all) => all[[0, 2, 1, 3][i]])); // both ghosts first
      theta.fit();
    }

    return { draw, describe: (text) => loss.describe(`Loss against updates. ${text}`) };
  }

  Object.assign(ASNG, { raceCharts, raceParts: { series, times, columns, solutions, worstLoss, thetas } });
})();
