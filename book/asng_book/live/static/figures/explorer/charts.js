/* What the explorer draws of a race: δ, the loss, θ, and, where it is asked for, ‖s‖²/α against γ.
 *
 * `until()` is the update up to which all is drawn; `key` joins the charts' cursors. The axes depend on the problem and on
 * the length of the run, and on no other setting, so that nothing jumps while δ⁰ is dragged.
 */
(function () {
  "use strict";
  const { ui, engine } = ASNG;
  const RIGHT = 52; // room for names, in pixels
  const SOLVED = "solved below";
  const DELTA = [1e-5, 30]; // the axis of δ: all first steps, and what the guard lets through

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
    let hovered = null, signal = null, maps = null, xs = []; // hovered: the point under the mouse, or null
    const start = () => (race.state ? ASNG.Race.every(race.state) / 2 : 0.5); // where update 0 stands on the logarithmic axis
    const end = () => (race.state ? race.state.updates : 100);
    const powers = () => [10, 100, 1000, 10000, 100000].filter((n) => n > 2.5 * start() && n <= end());
    const x = { log: true, range: () => [start(), end()], splits: () => [start(), ...powers()], format: (v) => (v === start() ? "0" : ui.number(v, 7)) };
    const shared = { sync: key, onHover: hover, x, right: RIGHT };
    const delta = ui.chart(ui.panel(parent, "Step size δ of the updates"), {
      ...shared, height: 206, label: "Step size δ against updates", y: { log: true, range: () => DELTA }, series: series(METHODS, 2.2),
      lines: () => [{ y: Math.sqrt(nTheta()), text: race.state?.guard ? "the longest step that the guard allows" : "where the guard would be", align: "right", dash: [3, 3] }, ...now()],
      over: (g, frame) => label(g, frame, "delta"),
    });
    const loss = ui.chart(ui.panel(parent, "Loss of the best sample, without noise"), {
      ...shared, height: 116, label: "Loss against updates", y: { log: true, range: lossRange }, series: series(METHODS),
      lines: () => [{ y: 1 / race.state.categories, text: SOLVED, dash: [3, 3] }, ...now()],
      marks: () => solutions(race, until(), 1.2 * lossRange()[0]),
      over: (g, frame) => label(g, frame, "best"),
    });
    const nTheta = () => (race.state ? race.state.dim * (race.state.categories - 1) : 1);
    const now = () => (until() >= race.reach ? [] : [{ x: Math.max(start(), until()), colour: "muted" }]);

    /** From what a single start can be to what solves the problem: both are the problem's, not the run's. */
    function lossRange() {
      const { dim, categories } = race.state || { dim: 30, categories: 5 };
      return [0.25 / categories, Math.max(4, 1.6 * dim)];
    }

    /** Names at the ends of the lines or, under the mouse, values; what an earlier setting has left is paler. */
    function label(g, frame, name) {
      const least = frame.top + frame.height, labels = [];
      for (const method of race.state.methods) {
        const ghost = race.ghosts[method], run = ghost || race.runs[method];
        if (!run) continue;
        const values = column(run, name, xs, until()), last = values.findLastIndex((value) => value !== null);
        const at = hovered === null ? last : hovered;
        if (at < 0 || values[at] === null || values[at] === undefined) continue;
        const solved = name === "best" && at === last && run.solved !== null;
        const value = name === "delta" && at === 0 ? run.delta0 : values[at];
        labels.push({
          x: frame.x(solved ? run.solved : Math.max(start(), xs[at])), y: Math.min(least, frame.y(value)), colour: frame.palette[method] + (ghost ? "99" : ""),
          text: hovered === null ? ui.METHODS[method].label : `${ui.METHODS[method].label} ${ui.number(values[at])}`,
        });
      }
      labels.sort((a, b) => b.text.length - a.text.length); // the longest chooses first
      const y = frame.y(1 / race.state.categories), rule = { left: frame.left, right: frame.left + g.measureText(SOLVED).width + 6, top: y - 16, bottom: y };
      ui.lineLabels(g, room(frame), labels, frame.palette.ground, name === "best" ? [rule] : []);
    }

    /** Where labels may stand: over the curves and to their right. */
    const room = ({ left, top, width, height }) => ({ left, top, width: width + RIGHT, height });

    function hover(index) {
      hovered = index;
      delta.redraw();
      loss.redraw();
      if (maps) maps.redraw();
    }

    function addTheta(place) {
      const panel = ui.panel(place, "");
      const ramp = ui.el("span", { class: "asng-ramp", "aria-hidden": "true" }, "0", ui.el("i"), "1");
      panel.append(ui.el("p", { class: "asng-title" }, ramp, "θ: a column for each choice, its best option at the top"));
      const shown = () => Math.min(until(), hovered === null ? Infinity : xs[hovered]);
      maps = ui.thetaMaps(panel, () => (race.state ? thetas(race, shown()) : []), { abreast: true });
    }

    /** ‖s‖²/α against γ, for whoever wants to see why δ grows. */
    function addSignal(place) {
      const pieces = [{ label: "‖s‖²/α", colour: "text" }, { label: "γ", colour: "text", dash: [5, 4] }];
      signal = ui.chart(ui.panel(place, "ASNG’s δ grows where ‖s‖^2/α lies above γ, and shrinks where it lies below"), {
        ...shared, height: 150, label: "‖s‖²/α and γ of ASNG against updates", y: { log: true, range: () => [1e-3, 100] }, lines: () => now(),
        series: [...pieces.map((one) => ({ ...one, ghost: true })), ...pieces],
        over(g, frame) {
          const ends = [["ratio", "‖s‖²/α", "text"], ["gamma", "γ", "text"]].map(([name, text, colour]) => {
            const values = column(race.runs.asng, name, xs, until()), last = values.findLastIndex((value) => value !== null);
            return last < 1 ? null : { x: frame.x(xs[last]), y: frame.y(values[last]), text, colour: frame.palette[colour] };
          });
          ui.lineLabels(g, room(frame), ends.filter(Boolean), frame.palette.ground);
        },
      });
    }

    /** Draw all that there is up to the update until(). */
    function draw() {
      const shown = until();
      xs = times(race);
      const along = xs.map((update) => Math.max(start(), update));
      const deltas = columns(race, METHODS, "delta", xs, shown);
      [...METHODS.map((method) => race.ghosts[method]), ...METHODS.map((method) => race.runs[method])].forEach((run, i) => {
        if (run && deltas[i][1] !== null && race.state.methods.includes(run.method) && run.method !== "adam") deltas[i][0] = run.delta0;
      });
      delta.set(along, deltas);
      loss.set(along, columns(race, METHODS, "best", xs, shown));
      if (signal) {
        signal.set(along, [...columns(race, ["asng"], "ratio", xs, shown), ...columns(race, ["asng"], "gamma", xs, shown)].map(
          (_, i, all) => all[[0, 2, 1, 3][i]])); // both ghosts first
      }
      if (maps) maps.fit();
    }

    function describe(text) {
      delta.describe(`Step size δ against updates. ${text}`);
      loss.describe(`Loss against updates. ${text}`);
    }

    return { draw, describe, addTheta, addSignal };
  }

  ASNG.raceCharts = raceCharts;
})();
