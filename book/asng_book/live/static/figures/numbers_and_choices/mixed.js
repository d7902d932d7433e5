/* ASNG over integers, real numbers and one choice, as the library has it for such a product; no DOM.
 *
 * θ has (μ, μ² + σ²) of each number, then the probabilities of the choice: Product(Integer…, Real…, Categorical). A test
 * compares every step with Python. Equation numbers are those of the chapter and of the article.
 */
ASNG.mixed = (function () {
  "use strict";
  const E = ASNG.engine;
  const RESOLVED = 2 ** -22; // σ of so small a part of |μ| is as small as floats can hold it

  const integer = (low, high, weight = 1) => ({ low, high, whole: true, least: 0.25, weight });
  const real = (low, high, weight = 1) => ({ low, high, whole: false, least: 1e-3 * (high - low), weight });

  /** A search at its beginning. Groups of variables, the choice being the last one, share an s and a Δ each. */
  function begin({ numbers, options, delta0, together = true }) {
    const first = 2 * numbers.length, width = first + options, variables = [...numbers.keys(), numbers.length];
    const theta = new Float64Array(width);
    numbers.forEach(({ low, high, least }, i) => {
      const mu = low / 2 + high / 2, sigma = Math.max((high - low) / 4, least);
      theta[2 * i] = mu;
      theta[2 * i + 1] = mu * mu + sigma * sigma;
    });
    theta.set(E.uniformTheta(E.makeOffsets([options])), first);
    const groups = (together ? [variables] : variables.map((v) => [v])).map((members) => ({
      members, n_theta: members.reduce((sum, v) => sum + (v < numbers.length ? 2 : options - 1), 0), gamma: 0, Delta: 1, delta: 0 }));
    const search = { numbers, options, delta0, theta, groups, s: new Float64Array(width), t: 0 };
    groups.forEach((group) => { [group.delta] = E.trustRegion(delta0, 1, Math.sqrt(group.n_theta), group.n_theta); });
    return search;
  }

  const mu = (search, i) => search.theta[2 * i];
  const variance = (search, i) => search.theta[2 * i + 1] - search.theta[2 * i] ** 2;
  const odds = (search) => search.theta.subarray(2 * search.numbers.length);
  const indices = (search, v) => { // of θ that belong to a variable
    const first = 2 * search.numbers.length;
    return v < search.numbers.length ? [2 * v, 2 * v + 1] : Array.from({ length: search.options }, (_, k) => first + k);
  };

  /** What the loss sees of a sample: clipped to the bounds, and rounded where it must be a whole number. */
  function decode({ low, high, whole }, y) {
    const inside = Math.min(high, Math.max(low, y));
    return whole ? Math.min(high, Math.max(low, roundEven(inside))) : inside;
  }

  function roundEven(x) { // as NumPy does
    const floor = Math.floor(x), part = x - floor;
    return part < 0.5 || (part === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  }

  /** Two samples { ys, k }. Mirrored, the second has the first one's normals with their signs turned. */
  function ask(search, normals, uniforms, mirrored = false) {
    const n = search.numbers.length, c = new Int32Array(2);
    E.categoricalSample(odds(search), E.makeOffsets([search.options]), uniforms, c, 2);
    return [0, 1].map((row) => ({
      k: c[row],
      ys: search.numbers.map((_, i) => mu(search, i) + Math.sqrt(variance(search, i)) * (mirrored && row ? -normals[i] : normals[row * n + i])),
    }));
  }

  /** Weighted misses: of each number in its own range, of the choice 1. */
  function loss(search, { ys, k }, target) {
    return search.numbers.reduce((sum, number, i) => sum + (number.weight * Math.abs(decode(number, ys[i]) - target.numbers[i])) / (number.high - number.low),
      k === target.option ? 0 : 1);
  }

  /** (dθ₁/σ, (dθ₂ − 2μ dθ₁)/(√2 σ²)) of each number, and the choice's part: F^{1/2}v. */
  function fisherSqrt(search, v, out) {
    const first = 2 * search.numbers.length, offsets = E.makeOffsets([search.options]);
    search.numbers.forEach((_, i) => {
      const s2 = variance(search, i);
      out[2 * i] = v[2 * i] / Math.sqrt(s2);
      out[2 * i + 1] = (v[2 * i + 1] - 2 * mu(search, i) * v[2 * i]) / (Math.SQRT2 * s2); // (G3)
    });
    E.categoricalFisherSqrt(odds(search), offsets, E.centrePole(offsets), v.subarray(first), out.subarray(first));
  }

  /** Keep μ within the bounds, σ between its least and the range, and the odds off the border. */
  function project(search) {
    const { theta } = search;
    search.numbers.forEach(({ low, high, least }, i) => {
      const before = variance(search, i), inside = Math.min(high, Math.max(low, mu(search, i)));
      theta[2 * i] = inside;
      theta[2 * i + 1] = inside ** 2 + Math.min((high - low) ** 2, Math.max(before, Math.max(least, RESOLVED * Math.abs(inside)) ** 2));
    });
    E.categoricalProject(odds(search), E.makeOffsets([search.options]), E.smallestProbability("asng", [search.options]));
  }

  /** One update from two samples and their losses; returns whether there was a step, and the parts of its squared length. */
  function tell(search, samples, losses) {
    const { theta, s } = search, width = theta.length, n = search.numbers.length;
    const stats = new Float64Array(2 * width), u = new Float64Array(2), G = new Float64Array(width), white = new Float64Array(width);
    samples.forEach(({ ys, k }, row) => {
      ys.forEach((y, i) => { stats[row * width + 2 * i] = y; stats[row * width + 2 * i + 1] = y * y; });
      stats[row * width + 2 * n + k] = 1;
    });
    E.meanUtility(losses, u);
    E.naturalGradient(stats, theta, u, G);
    fisherSqrt(search, G, white);
    const shares = new Float64Array(n + 1);
    let moved = false;
    for (const group of search.groups) {
      const mine = group.members.flatMap((v) => indices(search, v)), part = Float64Array.from(mine, (k) => white[k]);
      const norm = E.euclideanNorm(part); // the joint norm of the group
      if (!E.isInformative(losses, u, norm)) continue;
      moved = true;
      const [delta, beta] = E.trustRegion(search.delta0, group.Delta, Math.sqrt(group.n_theta), group.n_theta);
      mine.forEach((k) => { theta[k] += (delta / norm) * G[k]; }); // (9), (10)
      const own = Float64Array.from(mine, (k) => s[k]), squared = E.accumulate(own, part, norm, beta);
      mine.forEach((k, j) => { s[k] = own[j]; });
      [group.gamma, group.Delta] = E.adapt(group.gamma, group.Delta, squared, beta, 1.5);
      [group.delta] = E.trustRegion(search.delta0, group.Delta, Math.sqrt(group.n_theta), group.n_theta);
      group.members.forEach((v) => { shares[v] = indices(search, v).reduce((sum, k) => sum + white[k] ** 2, 0) / norm ** 2; });
    }
    if (moved) project(search);
    search.t += 1;
    return { moved, shares };
  }

  /** Whether what the search would now answer is the target, for those numbers that count. */
  function arrived(search, target, tolerance = 0.02) {
    const p = odds(search);
    return p[target.option] === Math.max(...p) && search.numbers.every((number, i) => number.weight === 0
      || Math.abs(decode(number, mu(search, i)) - target.numbers[i]) <= (number.whole ? 0.5 : tolerance * (number.high - number.low)));
  }

  return { integer, real, begin, ask, tell, loss, decode, mu, variance, odds, fisherSqrt, arrived };
})();
