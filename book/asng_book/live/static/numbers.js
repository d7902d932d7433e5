/* Small statistics for the live figures, with no DOM: ASNG.numbers. A test compares them with NumPy's and ours. */
(function () {
  "use strict";
  const ASNG = (globalThis.ASNG = globalThis.ASNG || {});

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  /** The value below which a share of the values lies, between two of them in proportion (numpy.quantile). */
  function quantile(values, share) {
    const sorted = Array.from(values).sort((a, b) => a - b), at = share * (sorted.length - 1), first = Math.floor(at);
    return first + 1 < sorted.length ? sorted[first] + (at - first) * (sorted[first + 1] - sorted[first]) : sorted[first];
  }

  /** The rank of each value, from 1; equal ones share their mean rank. */
  function ranks(values) {
    const order = [...values.keys()].sort((a, b) => values[a] - values[b]), found = new Array(values.length);
    for (let first = 0, end = 0; first < order.length; first = end) {
      while (end < order.length && values[order[end]] === values[order[first]]) end++;
      for (let i = first; i < end; i++) found[order[i]] = (first + end + 1) / 2;
    }
    return found;
  }

  /** Spearman's rank correlation; NaN where all values of one are equal. */
  function spearman(one, other) {
    const a = ranks(one), b = ranks(other), middle = (one.length + 1) / 2;
    let both = 0, left = 0, right = 0;
    a.forEach((rank, i) => {
      both += (rank - middle) * (b[i] - middle);
      left += (rank - middle) ** 2;
      right += (b[i] - middle) ** 2;
    });
    return left > 0 && right > 0 ? both / Math.sqrt(left * right) : NaN;
  }

  /** Round ticks between two numbers, about `count` of them. */
  function ticks(low, high, count) {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(Number((i * step).toPrecision(12)));
    return found;
  }

  ASNG.numbers = { mean, quantile, ranks, spearman, ticks };
})();
