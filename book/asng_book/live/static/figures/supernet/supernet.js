/* The geometry of chapter "The supernet and the search", with no DOM: dots side by side in a row, the supernet as a
 * switchboard, and the phases of a trace of the search (asng_book.measured.trace).
 */
ASNG.supernet = (function () {
  "use strict";

  /* ---- Dots side by side ---- */

  /** For dots at these x, so many pixels apart at least, the y of each: as near to 0 as can be, the first ones first. */
  function swarm(xs, apart) {
    const order = [...xs.keys()].sort((a, b) => xs[a] - xs[b]), ys = new Array(xs.length), placed = [];
    for (const i of order) {
      const near = placed.filter((j) => xs[i] - xs[j] < apart);
      const free = (y) => near.every((j) => (xs[i] - xs[j]) ** 2 + (y - ys[j]) ** 2 >= apart ** 2 - 1e-9);
      const touching = near.flatMap((j) => {
        const dy = Math.sqrt(apart ** 2 - (xs[i] - xs[j]) ** 2);
        return [ys[j] + dy, ys[j] - dy];
      });
      ys[i] = [0, ...touching].filter(free).sort((a, b) => Math.abs(a) - Math.abs(b) || a - b)[0];
      placed.push(i);
    }
    return ys;
  }

  /* ---- The switchboard: each source is a rail, each operation a column, a path closes two crossings a node ---- */

  const RAIL = 12, CHIP = 28, METER = 4, BAR = 15, LANE = 12;

  /**
   * Where everything of a cell's supernet stands: `lanes[source]` is { x, y }, where its data come from; of each node
   * `rails[source]` is a y, `columns[operation]` an x; then the tops of chips, meters and the bar that sums.
   */
  function board({ nodes, inputs, operations }, width) {
    const sources = inputs + nodes - 1, left = 6 + LANE * sources + 8, right = width - 46;
    const pitch = (right - left) / operations.length;
    const columns = operations.map((_, k) => left + pitch * (k + 0.5));
    const lanes = Array.from({ length: inputs }, (_, source) => ({ x: 6 + LANE * source, y: 5 }));
    const found = [];
    let y = 4;
    for (let node = 0; node < nodes; node++) {
      const rails = Array.from({ length: inputs + node }, (_, source) => y + 8 + RAIL * source);
      const chip = rails[rails.length - 1] + 9, meter = chip + CHIP + 2, bar = meter + METER + 6;
      found.push({ rails, columns, chip, meter, bar });
      if (node < nodes - 1) lanes.push({ x: 6 + LANE * (inputs + node), y: bar + BAR / 2 });
      y = bar + BAR + 4;
    }
    return { width, height: y + 2, left, right, pitch, lanes, nodes: found };
  }

  /**
   * What a path lights: `crossings` [node, source, operation], without repeats; `lanes[source]`, down to which y, and
   * `rails[node][source]`, to which x, or null.
   */
  function lit(plan, cell, operations) {
    const crossings = [], lanes = plan.lanes.map(() => null), rails = plan.nodes.map(({ rails: all }) => all.map(() => null));
    cell.forEach((node, n) => {
      for (const [source, name] of node) {
        const operation = operations.indexOf(name), x = plan.nodes[n].columns[operation];
        if (crossings.some(([a, b, c]) => a === n && b === source && c === operation)) continue;
        crossings.push([n, source, operation]);
        lanes[source] = Math.max(lanes[source] || 0, plan.nodes[n].rails[source]);
        rails[n][source] = Math.max(rails[n][source] || 0, x);
      }
    });
    return { crossings, lanes, rails };
  }

  /* ---- The trace ---- */

  /** All phases in order: { step, kind: "run" | "move" | "compare" | "shift", path, of, first }. */
  function phases(trace) {
    return trace.steps.flatMap(({ weights, theta }, step) => [
      ...weights.codes.map((_, path) => ({ step, kind: "run", path, of: weights.codes.length, first: path === 0 })),
      { step, kind: "move" },
      ...theta.codes.map((_, path) => ({ step, kind: "compare", path, of: theta.codes.length })),
      { step, kind: "shift" },
    ]);
  }

  /** θ before and after a step, as a list of rows, one for each decision. */
  function thetas(trace, step) {
    const rows = (flat) => {
      let start = 0;
      return trace.decisions.map(({ options }) => flat.slice(start, (start += options.length)));
    };
    return [rows(step ? trace.steps[step - 1].theta.theta : trace.theta), rows(trace.steps[step].theta.theta)];
  }

  /** Of the weights' move: which parts had no gradient, their share of all weights and of all movement (squared length). */
  function atRest(trace, step) {
    const { gradients, moved } = trace.steps[step].weights;
    const still = trace.parts.map((_, i) => gradients.every((share) => share[i] === 0));
    const share = (values) => values.reduce((sum, v, i) => sum + (still[i] ? v : 0), 0) / values.reduce((sum, v) => sum + v, 0);
    return { still, weights: share(trace.parts.map(([, , numbers]) => numbers)), movement: share(moved.map((v) => v * v)) };
  }

  /** How many decisions all paths of the θ half made alike: their rows of θ stay where they are. */
  const alike = (codes) => codes[0].filter((k, i) => codes.every((code) => code[i] === k)).length;

  return { swarm, board, lit, phases, thetas, atRest, alike, SIZES: { RAIL, CHIP, METER, BAR } };
})();
