/* The mathematics of the race in chapter "Nine systems, one bench", with no DOM; a test compares it with Python.
 *
 * A landscape is a table e of signed errors, e[i][j] being what the network with option i in the first decision and j
 * in the second puts out, less what it should; its loss is e[i][j]². A mixture with weights u and v puts out the mean,
 * so its error is Σ u_i v_j e_ij, (R1), and errors of opposite signs cancel in it.
 */
ASNG.nineSystems = (function () {
  "use strict";
  const OPTIONS = 3, SAMPLES = 2;
  const TAU = { first: 1, last: 0.1 }; // SNAS's temperature, over the steps of a race
  const indices = [0, 1, 2];

  const zeros = () => [[0, 0, 0], [0, 0, 0]];
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  const largest = (values) => values.indexOf(Math.max(...values));

  function softmax(z) {
    const top = Math.max(...z), raised = z.map((value) => Math.exp(value - top)), sum = total(raised);
    return raised.map((value) => value / sum);
  }

  function draw(p, random) {
    const u = random.uniform();
    let k = 0, cumulative = p[0];
    while (k < p.length - 1 && u >= cumulative) cumulative += p[++k];
    return k;
  }

  const loss = (e, [i, j]) => e[i][j] ** 2;

  /** The error of the mixture with weights u of the first decision's options and v of the second's. */
  const blend = (e, [u, v]) => total(u.map((weight, i) => weight * total(v.map((other, j) => other * e[i][j]))));

  /** The expected loss of a draw, −J of eq. (3). */
  const expected = (e, [p, q]) => total(p.map((weight, i) => weight * total(q.map((other, j) => other * e[i][j] ** 2))));

  /** ∂(error²)/∂w of the mixture, for the weights of both decisions. */
  function mixtureSlope(e, [u, v]) {
    const error = 2 * blend(e, [u, v]);
    return [indices.map((i) => error * total(v.map((other, j) => other * e[i][j]))),
      indices.map((j) => error * total(u.map((weight, i) => weight * e[i][j])))];
  }

  /** ∂L/∂z of w = softmax(z/τ), from ∂L/∂w: Σ_j ∂L/∂w_j w_j (δ_jk − w_k) / τ. */
  function throughSoftmax(slope, w, tau = 1) {
    const mean = total(slope.map((value, k) => value * w[k]));
    return slope.map((value, k) => (w[k] * (value - mean)) / tau);
  }

  /** The best network, [i, j]. */
  function best(e) {
    const all = indices.flatMap((i) => indices.map((j) => [i, j]));
    return all.reduce((found, code) => (loss(e, code) < loss(e, found) ? code : found));
  }

  /* ---- The score function: two networks a step ---- */

  /** Draw codes from rows p; return them and the mean of (mean loss − loss)(onehot − p), (7). */
  function scoreStep(e, p, random) {
    const codes = Array.from({ length: SAMPLES }, () => p.map((row) => draw(row, random)));
    const losses = codes.map((code) => loss(e, code)), mean = total(losses) / SAMPLES;
    const step = p.map((row, d) => row.map((value, k) =>
      total(codes.map((code, n) => (mean - losses[n]) * ((code[d] === k ? 1 : 0) - value))) / SAMPLES));
    return { codes, losses, step };
  }

  /** REINFORCE: the step is added to the logits. */
  function reinforce() {
    const z = zeros();
    return {
      rows: () => z.map(softmax),
      step(e, rate, random) {
        const found = scoreStep(e, z.map(softmax), random);
        found.step.forEach((row, d) => row.forEach((value, k) => { z[d][k] += rate * value; }));
        return { networks: found.codes, added: found.step };
      },
    };
  }

  /** SNG: the same vector is added to θ, which is then projected to the margin. */
  function sng() {
    const E = ASNG.engine, offsets = E.makeOffsets([OPTIONS, OPTIONS]), margin = E.smallestProbability("catcma", [OPTIONS, OPTIONS]);
    const theta = E.uniformTheta(offsets), rows = () => [Array.from(theta.subarray(0, OPTIONS)), Array.from(theta.subarray(OPTIONS))];
    return {
      rows,
      step(e, rate, random) {
        const found = scoreStep(e, rows(), random);
        found.step.flat().forEach((value, k) => { theta[k] += rate * value; });
        E.categoricalProject(theta, offsets, margin);
        return { networks: found.codes, added: found.step };
      },
    };
  }

  /* ---- Gradients through gates ---- */

  /** DARTS: all options run, weighed by a softmax. */
  function darts() {
    const z = zeros();
    return {
      rows: () => z.map(softmax),
      step(e, rate) {
        const w = z.map(softmax);
        mixtureSlope(e, w).forEach((slope, d) => throughSoftmax(slope, w[d]).forEach((value, k) => { z[d][k] -= rate * value; }));
        return { weights: w };
      },
    };
  }

  /** SNAS: all options run, weighed by one relaxed draw whose temperature falls. `progress` goes from 0 to 1. */
  function snas() {
    const z = zeros();
    return {
      rows: () => z.map(softmax),
      step(e, rate, random, progress) {
        const tau = TAU.first + (TAU.last - TAU.first) * progress;
        const w = z.map((row) => softmax(row.map((value) => (value - Math.log(-Math.log(Math.max(random.uniform(), 1e-300)))) / tau)));
        mixtureSlope(e, w).forEach((slope, d) => throughSoftmax(slope, w[d], tau).forEach((value, k) => { z[d][k] -= rate * value; }));
        return { weights: w };
      },
    };
  }

  /** Two options of a decision, drawn without replacement, and which of both has the gate 1. */
  function drawPair(z, random) {
    const p = softmax(z), first = draw(p, random);
    const left = p.map((value, k) => (k === first ? 0 : value)), rest = total(left);
    const pair = [first, draw(left.map((value) => value / rest), random)];
    const odds = softmax(pair.map((k) => z[k]));
    return { pair, odds, open: pair[draw(odds, random)] };
  }

  /** ∂L/∂z of the pairs: Σ_j ∂L/∂g_j p_j (δ_ij − p_i), with the gates one-hot; zero for the options that do not run. */
  function pairSlope(e, [one, other]) {
    const error = 2 * e[one.open][other.open];
    return [one, other].map(({ pair, odds }, d) => {
      const slope = pair.map((k) => error * (d === 0 ? e[k][other.open] : e[one.open][k]));
      const found = throughSoftmax(slope, odds);
      return indices.map((k) => (pair.includes(k) ? found[pair.indexOf(k)] : 0));
    });
  }

  /** ProxylessNAS: two gates for each decision; the pair's share of the probability stays what it was. */
  function twoGates() {
    const z = zeros();
    return {
      rows: () => z.map(softmax),
      step(e, rate, random) {
        const drawn = z.map((row) => drawPair(row, random));
        pairSlope(e, drawn).forEach((slope, d) => {
          const { pair } = drawn[d], share = () => total(pair.map((k) => Math.exp(z[d][k]))), before = share();
          pair.forEach((k) => { z[d][k] -= rate * slope[k]; });
          const shift = Math.log(before / share());
          pair.forEach((k) => { z[d][k] += shift; });
        });
        const [one, other] = drawn;
        return { networks: [[one.open, other.open], ...one.pair.filter((k) => k !== one.open).map((k) => [k, other.open]),
          ...other.pair.filter((k) => k !== other.open).map((k) => [one.open, k])] };
      },
    };
  }

  /** How many operations of the two decisions a step runs: two for each path, one for each gate that is not closed. */
  const RACERS = [
    { name: "reinforce", label: "REINFORCE", colour: "text", make: reinforce, operations: 2 * SAMPLES },
    { name: "sng", label: "SNG", colour: "sng", make: sng, operations: 2 * SAMPLES },
    { name: "darts", label: "DARTS", colour: "mixture", make: darts, operations: 2 * OPTIONS },
    { name: "snas", label: "SNAS", colour: "mixture", make: snas, operations: 2 * OPTIONS },
    { name: "two-gates", label: "Two gates", colour: "mixture", make: twoGates, operations: 4 },
  ];

  /** Let one racer run; returns the network that it names, [i, j]. */
  function run(make, e, { rate, steps, seed }) {
    const racer = make(), random = ASNG.engine.generator(seed);
    for (let t = 0; t < steps; t++) racer.step(e, rate, random, t / (steps - 1));
    return racer.rows().map(largest);
  }

  /** How often each racer names the best network in so many races, and its mean loss: { name: { right, loss } }. */
  function races(e, { rate, steps, count, seed = 1 }) {
    const [i, j] = best(e);
    return Object.fromEntries(RACERS.map(({ name, make }) => {
      const named = Array.from({ length: count }, (_, n) => run(make, e, { rate, steps, seed: seed + n }));
      return [name, { right: named.filter(([a, b]) => a === i && b === j).length, loss: total(named.map((code) => loss(e, code))) / count }];
    }));
  }

  /** Landscapes to begin with; rows are options of the first decision. */
  const PRESETS = {
    plain: { label: "all err to one side", errors: [[0.9, 0.6, 0.8], [0.6, 0.2, 0.5], [0.8, 0.5, 0.7]] },
    cancel: { label: "errors that cancel", errors: [[0.7, -0.7, 0.4], [-0.7, 0.7, 0.4], [0.4, 0.4, 0.2]] },
    company: { label: "the best in bad company", errors: [[0.1, 0.9, 0.9], [0.9, 0.5, 0.6], [0.9, 0.6, 0.7]] },
    flat: { label: "nearly level", errors: [[0.56, 0.6, 0.58], [0.54, 0.52, 0.57], [0.58, 0.55, 0.6]] },
  };

  return { OPTIONS, RACERS, PRESETS, softmax, draw, loss, blend, expected, mixtureSlope, throughSoftmax, best, scoreStep, drawPair, pairSlope, run, races, largest };
})();
