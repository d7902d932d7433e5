/* The mathematics of the figures in chapter "Two relaxations", with no DOM; a test compares it with Python.
 *
 * A blend is { a, b, depth, lean }: the losses of two operations, how far the loss of a mixture of both lies below the
 * straight line between them (negative: above), and whether it does so more towards a (−1) or towards b (+1).
 */
ASNG.twoRelaxations = (function () {
  "use strict";
  const SURE = 0.002; // nearer to an end than this counts as the end
  const SPEED = 6, TICK = 0.01; // of the way downhill, in logits for a slope of 1 a second; seconds

  /* ---- Two operations, one decision ---- */

  /** The expected loss, −J of eq. (3), if b is drawn with probability θ: a straight line. */
  const expected = ({ a, b }, theta) => (1 - theta) * a + theta * b;

  /** The loss of the mixture that has weight w on b: the line, less a cubic that is zero at both ends. */
  function mixture({ a, b, depth, lean }, w) {
    return expected({ a, b }, w) - 4 * depth * w * (1 - w) * (1 + lean * (2 * w - 1));
  }

  const expectedSlope = ({ a, b }) => b - a;

  function mixtureSlope({ a, b, depth, lean }, w) {
    return b - a - 4 * depth * ((1 - 2 * w) * (1 + lean * (2 * w - 1)) + 2 * lean * w * (1 - w));
  }

  /** Follow −slope(w) in the logit of w for some seconds; near an end, be there. Returns the new w. */
  function downhill(slope, w, seconds) {
    if (w <= 0 || w >= 1) return w;
    let z = Math.log(w / (1 - w));
    for (let t = 0; t < seconds - 1e-9; t += TICK) {
      w = 1 / (1 + Math.exp(-z));
      z -= SPEED * slope(w) * Math.min(TICK, seconds - t);
    }
    w = 1 / (1 + Math.exp(-z));
    return w < SURE ? 0 : w > 1 - SURE ? 1 : w;
  }

  /** Whether a step of one tick would still move it. */
  const moves = (slope, w) => w > 0 && w < 1 && Math.abs(slope(w)) > 2e-3;

  /** Where the way downhill from w ends. */
  function rest(slope, w) {
    for (let i = 0; i < 4000 && moves(slope, w); i++) w = downhill(slope, w, TICK);
    return w;
  }

  /** The operation with the greater weight: 1 for b, 0 for a. */
  const discretise = (w) => (w > 0.5 ? 1 : 0);

  /** By how much the loss rises when only the operation with the greater weight is kept. */
  const gap = (blend, w) => mixture(blend, discretise(w)) - mixture(blend, w);

  /* ---- A graph of layers, each with a choice of operations ---- */

  /**
   * Draws paths c ~ P_θ, θ being a list of rows: draw() returns the operation taken in each layer and counts it;
   * `counts[layer][operation]`, `steps`.
   */
  function sampler(theta, seed) {
    const E = ASNG.engine, flat = Float64Array.from(theta.flat()), offsets = E.makeOffsets(theta.map((row) => row.length));
    const random = E.generator(seed), u = new Float64Array(theta.length), c = new Int32Array(theta.length);
    const found = { steps: 0, counts: theta.map((row) => row.map(() => 0)), draw };
    function draw() {
      E.categoricalSample(flat, offsets, random.fillUniform(u), c, 1);
      c.forEach((k, layer) => { found.counts[layer][k] += 1; });
      found.steps += 1;
      return Array.from(c);
    }
    return found;
  }

  /** How many operations have run after so many steps: { mixture, paths }. */
  const run = (theta, steps) => ({ mixture: steps * theta.flat().length, paths: steps * theta.length });

  /** The operation whose frequency is furthest from its θ: { layer, k, off, error }, error being the standard error. */
  function furthest(theta, { counts, steps }) {
    let found = null;
    theta.forEach((row, layer) => row.forEach((p, k) => {
      const off = counts[layer][k] / steps - p;
      if (!found || Math.abs(off) > Math.abs(found.off)) found = { layer, k, off, error: Math.sqrt((p * (1 - p)) / steps) };
    }));
    return found;
  }

  /** Move the border after entry k of a row to `at`, between its neighbours; no entry gets below `least`. */
  function moveBorder(row, k, at, least) {
    const before = row.slice(0, k).reduce((sum, p) => sum + p, 0), both = row[k] + row[k + 1];
    const size = Math.max(least, Math.min(both - least, at - before));
    return row.map((p, i) => (i === k ? size : i === k + 1 ? both - size : p));
  }

  return { expected, expectedSlope, mixture, mixtureSlope, downhill, moves, rest, discretise, gap, sampler, run, furthest, moveBorder, TICK };
})();
