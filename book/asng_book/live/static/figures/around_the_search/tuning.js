/* The numbers of the figure of chapter "Around the search", with no DOM. A test compares them with the library's. */
ASNG.tuning = (function () {
  "use strict";
  const { ranks, spearman } = ASNG.numbers;
  const WIDE = 1.959963984540054; // standard errors on both sides of a 95 % interval
  const FEWEST = 6; // trials, for an interval or a share

  /** Where a value lies in its range: 0 at the lower end, 1 at the upper one. */
  const scaled = (value, { low, high, log }) =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);

  const unscaled = (share, { low, high, log }) => (log ? low * (high / low) ** share : low + share * (high - low));

  /** Spearman's rank correlation and its interval, { value, low, high }: (T2). */
  function correlation(xs, ys) {
    const value = spearman(xs, ys);
    if (xs.length < FEWEST || Number.isNaN(value)) return { value, low: NaN, high: NaN };
    const half = WIDE * Math.sqrt((1 + (value * value) / 2) / (xs.length - 3));
    return { value, low: Math.tanh(Math.atanh(value) - half), high: Math.tanh(Math.atanh(value) + half) };
  }

  /** The share of the variance of the ranks of ys that a parabola in xs predicts for a trial left out: (T3). */
  function explained(xs, ys) {
    const n = xs.length;
    if (n < FEWEST) return NaN;
    const y = ranks(ys), columns = [];
    for (let power = 0; power < 3; power++) { // Gram and Schmidt
      let column = xs.map((x) => x ** power);
      for (let pass = 0; pass < 2; pass++) {
        for (const q of columns) {
          const along = dot(q, column);
          column = column.map((value, i) => value - along * q[i]);
        }
      }
      const length = Math.sqrt(dot(column, column));
      if (length < 1e-9) return NaN;
      columns.push(column.map((value) => value / length));
    }
    const weights = columns.map((q) => dot(q, y)), middle = (n + 1) / 2;
    let missed = 0, whole = 0;
    for (let i = 0; i < n; i++) {
      const leverage = columns.reduce((sum, q) => sum + q[i] ** 2, 0);
      const fitted = columns.reduce((sum, q, j) => sum + weights[j] * q[i], 0);
      missed += ((y[i] - fitted) / (1 - leverage)) ** 2;
      whole += (((y[i] - middle) * n) / (n - 1)) ** 2;
    }
    return 1 - missed / whole;
  }

  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

  return { scaled, unscaled, correlation, explained };
})();
