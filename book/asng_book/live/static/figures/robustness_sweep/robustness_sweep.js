/* What the sketch in chapter "The robustness sweep" computes; no DOM. A test compares it with Python.
 *
 * A sketch has, for each δ⁰ of the sweep in rising order, the number of updates that the reader expects: Infinity where
 * no trial should find a solution, null where nothing is drawn. `rows` are those of the sweep in the same order.
 */
ASNG.robustnessSweep = (function () {
  "use strict";

  const found = (row) => row.successes > 0;
  const drawn = (sketch) => sketch.filter((value) => value !== null).length;

  /** The rows of one method and ε_x by rising δ⁰. */
  function curve(rows, method, eps_x) {
    return rows.filter((row) => row.method === method && row.eps_x === eps_x).sort((a, b) => a.delta0 - b.delta0);
  }

  function median(values) {
    const sorted = [...values].sort((a, b) => a - b), half = sorted.length / 2;
    return sorted.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /**
   * How a sketch differs from what was measured: the number of points `drawn`; of those where both have a number, the
   * median `factor` between them (1 or more, null without any) and the place where it is largest, `worst`, or null; the
   * places where a solution was hoped for and none was found, `hoped`; and those where one was found against
   * expectation, `feared`.
   */
  function compare(sketch, rows) {
    const places = rows.map((_, i) => i).filter((i) => sketch[i] !== null);
    const both = places.filter((i) => found(rows[i]) && Number.isFinite(sketch[i]));
    const apart = (i) => Math.abs(Math.log(sketch[i] / rows[i].median_updates));
    return {
      drawn: places.length,
      factor: both.length ? Math.exp(median(both.map(apart))) : null,
      worst: both.length ? both.reduce((best, i) => (apart(i) > apart(best) ? i : best)) : null,
      hoped: places.filter((i) => Number.isFinite(sketch[i]) && !found(rows[i])),
      feared: places.filter((i) => !Number.isFinite(sketch[i]) && found(rows[i])),
    };
  }

  return { curve, compare, drawn, found };
})();
