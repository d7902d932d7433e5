/* The mathematics of the walker in chapter "The step size that adapts", as far as engine.js does not have it; no DOM.
 * A test compares it with Python. Equation numbers are the chapter's.
 *
 * The walker's step is δ(m e + √(1 − m²) w): e is the signal's direction, w is drawn from the unit sphere of all n
 * dimensions. Its mean squared length is δ², its mean length along e is δm, and its SNR is m²/(1 − m²).
 */
ASNG.stepSize = (function () {
  "use strict";
  const engine = ASNG.engine;

  /** m, the signal's share of a step. */
  const share = (snr) => Math.sqrt(snr / (1 + snr));

  /** β at which the expectation of ‖s‖² is αγ; (S2) solved for β. */
  function restBeta(snr, alpha) {
    const m2 = snr / (1 + snr);
    return (2 * m2) / (alpha - 1 + 2 * m2);
  }

  /** Rows of unit vectors in random directions, end to end. */
  function noise(n, steps, seed) {
    const all = engine.generator(seed).fillNormal(new Float64Array(n * steps));
    for (let t = 0; t < steps; t++) {
      const row = all.subarray(t * n, (t + 1) * n), length = engine.euclideanNorm(row);
      for (let k = 0; k < n; k++) row[k] /= length;
    }
    return all;
  }

  /**
   * A walk of snrs.length steps, with Algorithm 1's lines 3 and 6 to 8. Of each step: δ and β that it was taken with;
   * ‖s‖², γ after it, s along the signal and across it; and where the walker then is, along the signal and beside it.
   * Without the guard β can exceed 2, where √(β(2 − β)) is no number: `broken` is that step, or null.
   */
  function walk({ n, snrs, alpha, delta0, noise: w, guard = true }) {
    const column = () => new Float64Array(snrs.length);
    const run = { delta: column(), beta: column(), s2: column(), gamma: column(), along: column(), across: column(),
      ahead: column(), beside: column(), broken: null };
    const s = new Float64Array(n), v = new Float64Array(n), place = new Float64Array(n);
    let gamma = 0, Delta = 1;
    for (let t = 0; t < snrs.length; t++) {
      const m = share(snrs[t]), rest = Math.sqrt(1 - m * m);
      const [delta, beta] = engine.trustRegion(delta0, Delta, guard ? Math.sqrt(n) : Infinity, n);
      if (beta > 2) {
        run.broken = t;
        break;
      }
      for (let k = 0; k < n; k++) v[k] = rest * w[t * n + k];
      v[0] += m; // e is the first axis
      engine.naturalStep(place, v, delta);
      const s2 = engine.accumulate(s, v, 1, beta);
      [gamma, Delta] = engine.adapt(gamma, Delta, s2, beta, alpha);
      run.delta[t] = delta;
      run.beta[t] = beta;
      run.s2[t] = s2;
      run.gamma[t] = gamma;
      run.along[t] = s[0];
      run.across[t] = Math.sqrt(Math.max(0, s2 - s[0] * s[0]));
      run.ahead[t] = place[0];
      run.beside[t] = engine.euclideanNorm(place.subarray(1));
    }
    return run;
  }

  /** The same walk with ‖s‖² replaced by its expectation, (S1) step by step: { delta, s2 }. */
  function expected({ n, snrs, alpha, delta0 }) {
    const delta = new Float64Array(snrs.length), s2 = new Float64Array(snrs.length);
    let along = 0, squared = 0, gamma = 0, Delta = 1;
    for (let t = 0; t < snrs.length; t++) {
      const m = share(snrs[t]), [size, beta] = engine.trustRegion(delta0, Delta, Math.sqrt(n), n);
      const gain = Math.sqrt(beta * (2 - beta));
      squared = (1 - beta) ** 2 * squared + 2 * (1 - beta) * gain * m * along + beta * (2 - beta);
      along = (1 - beta) * along + gain * m;
      [gamma, Delta] = engine.adapt(gamma, Delta, squared, beta, alpha);
      delta[t] = size;
      s2[t] = squared;
    }
    return { delta, s2 };
  }

  /** δ after t steps of pure noise: the law 1/t, (S3). */
  const noiseLaw = ({ n, alpha, delta0 }, t) => 1 / (1 / delta0 + ((1 - 1 / alpha) * t) / Math.sqrt(n));

  return { share, restBeta, noise, walk, expected, noiseLaw };
})();
