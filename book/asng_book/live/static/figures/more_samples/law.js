/* What λ does, for the figure of chapter "More samples at once": asng_book.measured.lambda_law again, with no DOM.
 * A test compares it with Python.
 */
ASNG.lambdaLaw = (function () {
  "use strict";
  const E = ASNG.engine, N = ASNG.numbers;
  const DIM = 30, CATEGORIES = 5, N_THETA = DIM * (CATEGORIES - 1), ALPHA = 1.5, LAMBDAS = [2, 4, 8, 16, 32, 64];
  const BLOCK = 16; // updates between two yields

  /* ---- Where δ rests ---- */

  /** The logarithm of Γ(n / 2), for whole n above 0. */
  function logGammaOfHalf(n) {
    let sum = n % 2 ? 0.5 * Math.log(Math.PI) : 0;
    for (let k = n % 2 ? 1 : 2; k < n; k += 2) sum += Math.log(k / 2);
    return sum;
  }

  /** How many samples' worth of signal λ samples hold. */
  const agreeing = (lam) => 2 * Math.exp(2 * (logGammaOfHalf(lam) - logGammaOfHalf(lam - 1))); // (M3)

  /** The signal-to-noise ratio of an estimate, h being the share of the losses' variance that single decisions make. */
  const signal = (lam, share, n_theta = N_THETA) => (agreeing(lam) * share) / n_theta; // (M4)

  function restingDelta(lam, share, n_theta = N_THETA, alpha = ALPHA) {
    const rho = signal(lam, share, n_theta);
    return (Math.sqrt(n_theta) * 2 * rho) / (alpha - 1 + (alpha + 1) * rho); // (M5)
  }

  /** The λ at which δ rests at half of its greatest. */
  const bend = (share, n_theta = N_THETA, alpha = ALPHA) => 1.5 + (((alpha - 1) / (alpha + 1)) * n_theta) / share; // (M6)

  /** Seconds of a search whose updates have one or two phases of λ evaluations each. */
  const wallClock = ({ lam, updates, workers, evaluation, overhead, phases = 1 }) =>
    updates * (phases * Math.ceil(lam / workers) * evaluation + overhead); // (M7)

  /* ---- Searches ---- */

  /**
   * ASNG on c_1 + … + c_D, with normal noise of so many standard deviations of uniform codes' losses: update() draws λ
   * codes and returns whether one is the best, or else takes a step. uniform(n) and normal(n) give n random numbers.
   */
  function startSum({ lam, noise }, uniform, normal) {
    const scale = noise * Math.sqrt((DIM * (CATEGORIES ** 2 - 1)) / 12);
    const setting = E.searchSetting(new Array(DIM).fill(CATEGORIES), { alpha: ALPHA, lam });
    const trial = E.newTrial(setting, []), c = new Int32Array(lam * DIM), losses = new Float64Array(lam);
    function update() {
      E.categoricalSample(trial.theta, setting.offsets, uniform(lam * DIM), c, lam); // c ~ P_θ
      for (let n = 0; n < lam; n++) {
        losses[n] = 0;
        for (let i = 0; i < DIM; i++) losses[n] += c[n * DIM + i];
      }
      if (losses.includes(0)) return true;
      const luck = normal(lam);
      for (let n = 0; n < lam; n++) losses[n] += scale * luck[n];
      E.thetaStep(setting, trial, c, losses);
      return false;
    }
    return { trial, update };
  }

  /** The toy of Fig. 4, weights and all. */
  function startToy({ lam, eps_x }, seed) {
    const { trial, step } = E.startTrial(E.makeSetting({ method: "asng", delta0: 1, eps_x, lam }), seed);
    return { trial, update: step };
  }

  const PROBLEMS = {
    sum: { label: "a sum of 30 choices", noise: 0, share: 1, phases: 1, most: 50000, trials: 9 },
    noisy: { label: "the same sum, with noise", noise: 1, share: 0.5, phases: 1, most: 50000, trials: 9 },
    toy: { label: "Fig. 4: weights learn too", eps_x: 0.05, share: null, phases: 2, most: 100000, trials: 3 },
  };

  function start(problem, lam, seed) {
    const { noise, eps_x } = PROBLEMS[problem];
    if (eps_x !== undefined) return startToy({ lam, eps_x }, seed);
    const u = E.generator(seed, 1), z = E.generator(seed, 2), uniforms = new Float64Array(lam * DIM), normals = new Float64Array(lam);
    return startSum({ lam, noise }, () => u.fillUniform(uniforms), () => z.fillNormal(normals));
  }

  /** { updates, delta }: until a batch has the optimum in it, or null, and the geometric mean of δ in the second half. */
  function* search(problem, lam, seed) {
    const { trial, update } = start(problem, lam, seed), deltas = [], { most } = PROBLEMS[problem];
    let updates = 0, solved = false;
    while (!solved && updates < most) {
      solved = update();
      updates += 1;
      if (!solved) deltas.push(trial.info.delta);
      if (updates % BLOCK === 0) yield;
    }
    return { updates: solved ? updates : null, delta: lateMean(deltas.length ? deltas : [1]) };
  }

  function lateMean(deltas) {
    const late = deltas.slice(deltas.length >> 1);
    return Math.exp(N.mean(late.map(Math.log)));
  }

  /** All λ, some searches each; a job for ASNG.makeDesk, whose parts are { lam, updates, delta, trials }: medians. */
  function* searches(problem, seed) {
    const rows = [], { trials } = PROBLEMS[problem];
    let taken = 0;
    const take = () => (taken < rows.length ? rows.slice(taken, (taken = rows.length)) : null);
    for (const lam of LAMBDAS) {
      const found = [];
      for (let trial = 0; trial < trials; trial++) {
        const steps = search(problem, lam, 1000 * seed + trial);
        for (;;) {
          const { done, value } = steps.next();
          if (done) {
            found.push(value);
            break;
          }
          yield { fraction: (rows.length + found.length / trials) / LAMBDAS.length, take };
        }
      }
      const needed = found.map(({ updates }) => (updates === null ? Infinity : updates));
      rows.push({ lam, trials, updates: N.quantile(needed, 0.5), delta: N.quantile(found.map(({ delta }) => delta), 0.5) });
    }
    yield { fraction: 1, take };
  }

  /* ---- What it costs ---- */

  /** Of rows { lam, updates }, that with the least wall-clock: { lam, seconds }. */
  function fastest(rows, cost) {
    return rows.map(({ lam, updates }) => ({ lam, seconds: wallClock({ ...cost, lam, updates }) }))
      .reduce((best, one) => (one.seconds < best.seconds ? one : best));
  }

  return { LAMBDAS, PROBLEMS, agreeing, signal, restingDelta, bend, wallClock, startSum, search, searches, fastest };
})();
