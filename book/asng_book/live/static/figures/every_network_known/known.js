/* What the figures of chapter "Every network known" share, with no DOM: the space's networks and the numbers of a map.
 *
 * `space` comes from asng_book.live.known_space: { nodes, operations, decisions, fixed, codes }, a code for each
 * network in one text, a digit for each decision.
 */
ASNG.known = (function () {
  "use strict";
  const UNIT = 1e-5; // of errors and losses on their way here

  /** The space's networks: their `count`, code(network), cell(network), and index(code) among all codes. */
  function networks(space) {
    const dim = space.decisions.length, sizes = space.decisions.map(({ options }) => options.length);
    const code = (network) => Array.from(space.codes.slice(network * dim, (network + 1) * dim), (digit) => parseInt(digit, 36));
    return {
      count: space.codes.length / dim, sizes, code,
      cell: (network) => ASNG.cells.decode(space, code(network)),
      index: (choices) => choices.reduce((total, k, i) => total * sizes[i] + k, 0),
    };
  }

  const inUnits = (values) => values.map((value) => value * UNIT);

  /** How many values are smaller, plus 1. */
  const rankOf = (values, value) => 1 + values.reduce((count, other) => count + (other < value ? 1 : 0), 0);

  const argmin = (values) => values.reduce((best, value, i) => (value < values[best] ? i : best), 0);

  /** The places of the `count` smallest values. */
  const least = (values, count) => [...values.keys()].sort((a, b) => values[a] - values[b]).slice(0, count);

  /** How often the cell of each network applies an operation. */
  const uses = (all, operation) =>
    Array.from({ length: all.count }, (_, i) => all.cell(i).flat().filter(([, name]) => name === operation).length);

  /** Of points sorted by x: those with less y than all points of less x, [[x, y], …]. */
  function frontier(xs, ys) {
    const found = [];
    for (const i of [...xs.keys()].sort((a, b) => xs[a] - xs[b] || ys[a] - ys[b])) {
      if (!found.length || ys[i] < found[found.length - 1][1]) found.push([xs[i], ys[i]]);
    }
    return found;
  }

  /** Values with equal ones spread out evenly over less than the least gap, so that dots do not hide one another. */
  function spread(values) {
    const sorted = [...new Set(values)].sort((a, b) => a - b), gaps = sorted.slice(1).map((value, i) => value - sorted[i]);
    const room = 0.6 * Math.min(...gaps), golden = (Math.sqrt(5) - 1) / 2;
    return gaps.length && sorted.length < values.length / 4 ? values.map((value, i) => value + room * (((i * golden) % 1) - 0.5)) : values;
  }

  const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

  return { networks, inUnits, rankOf, argmin, least, uses, frontier, spread, percent };
})();
