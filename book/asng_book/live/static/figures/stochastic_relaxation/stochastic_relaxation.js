/* The mathematics of the figure in chapter "How can two evaluations point uphill?", as far as engine.js does not have
 * it; no DOM. A test compares it with Python. θ is one row of probabilities, f the values of its categories, higher is
 * better. Norms are Fisher norms: for vectors that sum to 0, F = diag(1/θ).
 */
ASNG.stochasticRelaxation = (function () {
  "use strict";
  const engine = ASNG.engine;
  const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);

  /** The natural gradient of J: E[f(c)(T(c) − θ)], which is θ_k (f_k − J) for one categorical variable. */
  function gradient(theta, f) {
    const mean = dot(theta, f);
    return Float64Array.from(theta, (value, k) => value * (f[k] - mean)); // (5)
  }

  /** ‖∇̃J‖²_F, which is the variance of f under P_θ. */
  function signal(theta, f) {
    const mean = dot(theta, f);
    return theta.reduce((sum, value, k) => sum + value * (f[k] - mean) ** 2, 0);
  }

  /** E‖f(c)(T(c) − θ)‖²_F. */
  const secondMoment = (theta, f) => theta.reduce((sum, value, k) => sum + (1 - value) * f[k] * f[k], 0);

  /** Tr(F Cov G) of the raw estimate (7) of λ samples. */
  function rawNoise(theta, f, lam) {
    return (secondMoment(theta, f) - signal(theta, f)) / lam;
  }

  /** Tr(F Cov G) of (7) with the samples' own mean subtracted from f: G is then a sample covariance. */
  function baselineNoise(theta, f, lam) {
    const mean = dot(theta, f), V = signal(theta, f), degrees = theta.length - 1;
    const fourth = secondMoment(theta, f.map((value) => value - mean));
    return ((lam - 1) ** 2 / lam ** 3) * (fourth - ((lam - 2) / (lam - 1)) * V + (degrees * V) / (lam - 1));
  }

  /** Tr(F Cov G) / ‖E G‖²_F, one over the ratio in (11). */
  function noiseToSignal(theta, f, lam, baseline) {
    if (!baseline) return rawNoise(theta, f, lam) / signal(theta, f);
    return baselineNoise(theta, f, lam) / ((1 - 1 / lam) ** 2 * signal(theta, f));
  }

  /** The constant that makes the raw estimate of f + constant least noisy. */
  function bestConstant(theta, f) {
    return -theta.reduce((sum, value, k) => sum + (1 - value) * f[k], 0) / (theta.length - 1);
  }

  /**
   * What the samples c of one estimate (7) weigh, by category: Σ u_i/λ over those that drew it. The estimate is the sum
   * of each weight times the arrow T(k) − θ: a weight above 0 pulls θ towards its corner, one below 0 pushes it away.
   */
  function weights(f, c, baseline) {
    const losses = Float64Array.from(c, (k) => -f[k]), utility = losses.map((loss) => -loss), w = new Float64Array(f.length);
    if (baseline) engine.meanUtility(losses, utility);
    c.forEach((k, i) => { w[k] += utility[i] / c.length; });
    return w;
  }

  /** Σ_k w_k (T(k) − θ), and the derivative of J along it. */
  function fromWeights(theta, f, w) {
    const total = w.reduce((sum, value) => sum + value, 0), G = Float64Array.from(w, (value, k) => value - total * theta[k]); // (7)
    return { G, rise: dot(G, f) };
  }

  /**
   * `count` estimates (7) of λ samples each. Equal ones are one entry of `groups`: { G, count, rise }, rise being the
   * derivative of J along G. Besides: their mean, and the measured Tr(F Cov G).
   */
  function estimates({ theta, f, lam, baseline, count, seed }) {
    const width = theta.length, offsets = engine.makeOffsets([width]), random = engine.generator(seed);
    const u = new Float64Array(lam), c = new Int32Array(lam), stats = new Float64Array(lam * width);
    const losses = new Float64Array(lam), utility = new Float64Array(lam), G = new Float64Array(width);
    const found = new Map(), mean = new Float64Array(width);
    for (let n = 0; n < count; n++) {
      engine.categoricalSample(theta, offsets, random.fillUniform(u), c, lam); // c ~ P_θ
      c.sort(); // the order of the samples does not matter, and equal samples become equal estimates
      for (let i = 0; i < lam; i++) losses[i] = -f[c[i]];
      if (baseline) engine.meanUtility(losses, utility);
      else losses.forEach((loss, i) => { utility[i] = -loss; });
      engine.categoricalStatistics(c, offsets, lam, stats);
      engine.naturalGradient(stats, theta, utility, G); // (7)
      const key = c.join();
      if (!found.has(key)) found.set(key, { G: G.slice(), count: 0, rise: dot(G, f) });
      found.get(key).count += 1;
      for (let k = 0; k < width; k++) mean[k] += G[k] / count;
    }
    const groups = [...found.values()];
    const squared = (entry) => engine.fisherNorm(theta, entry.G.map((value, k) => value - mean[k])) ** 2;
    const noise = groups.reduce((sum, entry) => sum + entry.count * squared(entry), 0) / (count - 1);
    return { groups, mean, noise };
  }

  return { dot, gradient, signal, rawNoise, baselineNoise, noiseToSignal, bestConstant, weights, fromWeights, estimates };
})();
