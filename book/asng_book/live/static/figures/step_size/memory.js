/* How s forgets: the weights of past steps in the sum of line 6 at a constant β; no DOM. A test compares it with Python.
 *
 * A step is e = (m, 0) + √(1 − m²) w, with w on the unit circle: its mean squared length is 1, its mean has the length m.
 */
ASNG.memory = (function () {
  "use strict";
  const engine = ASNG.engine;
  const STEPS = 240; // enough for the longest memory that is shown to be full

  /** Steps end to end, the oldest first. */
  function steps(m, seed) {
    const all = ASNG.stepSize.noise(2, STEPS, seed).map((v) => v * Math.sqrt(1 - m * m));
    for (let t = 0; t < STEPS; t++) all[2 * t] += m;
    return all;
  }

  /** √(β(2 − β)) (1 − β)^k, what a step counts in s when k others have followed it. */
  const weight = (beta, k) => Math.sqrt(beta * (2 - beta)) * (1 - beta) ** k;

  /** { s, s2, gamma } after all steps. */
  function sum(all, beta) {
    const s = new Float64Array(2);
    let s2 = 0, gamma = 0;
    for (let t = 0; t < STEPS; t++) {
      s2 = engine.accumulate(s, all.subarray(2 * t, 2 * t + 2), 1, beta);
      [gamma] = engine.adapt(gamma, 1, s2, beta, 1);
    }
    return { s, s2, gamma };
  }

  /** E‖s‖² after many steps. */
  const expected = (m, beta) => 1 + (2 * (1 - beta) * m * m) / beta; // (S1)

  return { STEPS, steps, weight, sum, expected };
})();
