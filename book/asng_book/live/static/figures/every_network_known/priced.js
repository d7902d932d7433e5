/* Searches that pay for size: the penalty of asng_edu.ASNG and asng_edu.SNG again, with no DOM. A test runs them and the library
 * on one stream of random numbers. And the convex part of a front, which is all that a price can reach.
 *
 *   const search = ASNG.priced.start({ sizes: [4, 2], step: "asng", penalty, uniform });   // uniform() from [0, 1)
 *   const codes = search.ask();                                                        // two codes
 *   search.tell(codes, losses);
 */
ASNG.priced = (function () {
  "use strict";
  const E = ASNG.engine;
  const LAM = 2, ALPHA = 1.5, RATE = 4; // the rate of a plain step
  const NEGLIGIBLE = 1e-12, SMALLEST = 1e-300;

  /** Write F⁻¹v = Cov_θ(T)v: θ_k (v_k − Σ_j θ_j v_j) in each row. */
  function inverseFisher(theta, offsets, v, out) {
    for (let i = 0; i + 1 < offsets.length; i++) {
      let mean = 0;
      for (let k = offsets[i]; k < offsets[i + 1]; k++) mean += theta[k] * v[k];
      for (let k = offsets[i]; k < offsets[i + 1]; k++) out[k] = theta[k] * (v[k] - mean); // (E3)
    }
  }

  /** A search at its beginning: `step` is "asng" or "plain", `penalty` what each entry of T(c) costs, or null for none. */
  function start({ sizes, step, penalty, uniform, rate = RATE }) {
    const dim = sizes.length, offsets = E.makeOffsets(sizes), width = offsets[dim], n_theta = width - dim;
    const theta = E.uniformTheta(offsets), pole = E.centrePole(offsets), margin = E.smallestProbability("asng", sizes);
    const zeros = () => new Float64Array(width), s = zeros(), G = zeros(), white = zeros(), priced = zeros();
    const stats = new Float64Array(LAM * width), utility = new Float64Array(LAM), c = new Int32Array(LAM * dim), u = new Float64Array(LAM * dim);
    const dearest = penalty ? Math.max(...penalty.map(Math.abs)) : 0;
    let gamma = 0, Delta = 1;

    function ask() {
      for (let i = 0; i < u.length; i++) u[i] = uniform();
      E.categoricalSample(theta, offsets, u, c, LAM); // c ~ P_θ
      return [Array.from(c.subarray(0, dim)), Array.from(c.subarray(dim))];
    }

    function tell(codes, losses) {
      codes.forEach((code, n) => c.set(code, n * dim));
      E.categoricalStatistics(c, offsets, LAM, stats);
      E.meanUtility(losses, utility);
      E.naturalGradient(stats, theta, utility, G);
      if (dearest) {
        inverseFisher(theta, offsets, penalty, priced);
        for (let k = 0; k < width; k++) G[k] -= (1 - 1 / LAM) * priced[k]; // (E5)
      }
      E.categoricalFisherSqrt(theta, offsets, pole, G, white);
      const norm = E.euclideanNorm(white);
      const moves = dearest ? norm > Math.max(NEGLIGIBLE * Math.max(dearest, ...utility.map(Math.abs)), SMALLEST) : E.isInformative(losses, utility, norm);
      if (!moves) return;
      if (step === "plain") E.naturalStep(theta, G, rate);
      else {
        const [delta, beta] = E.trustRegion(1, Delta, Math.sqrt(n_theta), n_theta);
        E.naturalStep(theta, G, delta / norm); // (10)
        [gamma, Delta] = E.adapt(gamma, Delta, E.accumulate(s, white, norm, beta), beta, ALPHA);
      }
      E.categoricalProject(theta, offsets, margin);
    }

    /** The most probable code. */
    function mode() {
      return sizes.map((size, i) => {
        const row = Array.from(theta.subarray(offsets[i], offsets[i] + size));
        return row.indexOf(Math.max(...row));
      });
    }
    return { theta, ask, tell, mode };
  }

  /** The code that one search names after so many updates, given `loss(code)`. */
  function named({ loss, updates, seed, ...settings }) {
    const search = start({ ...settings, uniform: E.generator(seed, 4).uniform });
    for (let t = 0; t < updates; t++) {
      const codes = search.ask();
      search.tell(codes, codes.map(loss));
    }
    return search.mode();
  }

  /** The front of networks by size and error, from the smallest, each with whether a price can reach it: [{ network, reached }]. */
  function front(sizes, errors) {
    const order = [...sizes.keys()].sort((a, b) => sizes[a] - sizes[b] || errors[a] - errors[b]), corners = [];
    const slope = (a, b) => (errors[b] - errors[a]) / (sizes[b] - sizes[a]);
    const best = [];
    for (const network of order) {
      if (best.length && errors[network] >= errors[best[best.length - 1]]) continue;
      best.push(network);
      while (corners.length > 1 && slope(corners[corners.length - 2], corners[corners.length - 1]) >= slope(corners[corners.length - 2], network)) corners.pop();
      corners.push(network);
    }
    return best.map((network) => ({ network, reached: corners.includes(network) }));
  }

  return { inverseFisher, start, named, front };
})();
