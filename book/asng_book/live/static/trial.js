/* One trial of Fig. 4, as asng_edu.problems and asng_edu.sweeps.trial have it: x by momentum SGD and θ by one of the methods,
 * in turn, until a solution is drawn. Extends ASNG.engine; no DOM. Fields of a setting are named as in Python.
 */
ASNG.makeTrials = function makeTrials(engine) {
  "use strict";
  const { METHODS, MOMENTUM } = engine;

  /* ---- The selective squared error; x is (D, K) row-major, c starts at `at` in an array of samples ---- */

  /** Σ_i ((x_{i,c_i} − z_i)² + c_i/K). */
  function selectiveLoss(x, c, z, categories, at = 0) {
    let squares = 0, penalty = 0;
    for (let i = 0; i < z.length; i++) {
      const difference = x[i * categories + c[at + i]] - z[i];
      squares += difference * difference;
      penalty += c[at + i];
    }
    return squares + penalty / categories;
  }

  /**
   * Σ_i (x_{i,c_i}² + c_i/K): the expected loss without its constant DK⁻². Below 1/K it counts as a solution. The sum
   * may end early once it is above `least`.
   */
  function selectiveNoiseFree(x, c, dim, categories, at = 0, least = Infinity) {
    const target = 1 / categories;
    let total = 0;
    for (let i = 0; i < dim && !(total > least); i++) {
      const entry = x[i * categories + c[at + i]];
      total += entry * entry + c[at + i] * target;
    }
    return total;
  }

  /** The mean over λ samples of the loss's gradient by x. */
  function selectiveGradient(x, c, z, lam, categories, gradient) {
    const scale = 2 / lam;
    gradient.fill(0);
    for (let n = 0; n < lam; n++) {
      for (let i = 0; i < z.length; i++) {
        const chosen = i * categories + c[n * z.length + i];
        gradient[chosen] += scale * (x[chosen] - z[i]); // (6)
      }
    }
  }

  /** ε_x at update t of `updates`, from `rate` down to 0. */
  function cosine(rate, t, updates) {
    return 0.5 * rate * (1 + Math.cos((Math.PI * t) / updates));
  }

  function momentumStep(x, velocity, gradient, rate) {
    for (let k = 0; k < x.length; k++) {
      velocity[k] = MOMENTUM * velocity[k] + gradient[k];
      x[k] -= rate * velocity[k]; // (8)
    }
  }

  /* ---- A setting, checked ---- */

  function need(name, value, meets, wants) {
    if (typeof value !== "number" || !meets(value)) throw new Error(`${name} must be ${wants}, but is ${value}.`);
    return value;
  }
  const positive = (name, value) => need(name, value, (v) => v > 0 && v < Infinity, "a finite number above 0");
  const whole = (name, value, least) =>
    need(name, value, (v) => Number.isInteger(v) && v >= least, `a whole number of at least ${least}`);
  function oneOf(name, value, names) {
    if (!names.includes(value)) throw new Error(`${name} must be one of ${names.join(", ")}, but is ${value}.`);
    return value;
  }

  /** What stays the same during a trial. delta_max = Infinity gives Algorithm 1 as printed, without its guard. */
  function makeSetting({
    method, delta0, eps_x, dim = 30, categories = 5, lam = 2, alpha = 1.5, margin = "asng", utility = "mean",
    max_updates = 100000, delta_max = null,
  }) {
    const rows = new Array(whole("dim (D)", dim, 1)).fill(whole("categories (K)", categories, 2));
    const search = searchSetting(rows, {
      method: oneOf("method", method, METHODS),
      utility: oneOf("utility", utility, ["mean", "rank"]),
      delta0: positive("delta0", delta0),
      alpha: positive("alpha", alpha),
      lam: whole("lam (λ)", lam, 2),
      margin, delta_max,
    });
    return {
      ...search, eps_x: positive("eps_x", eps_x), max_updates: whole("max_updates", max_updates, 1),
      categories, noise: 1 / categories,
    };
  }

  /** What stays the same in a search of θ alone; `categories` has the number of options of each variable. */
  function searchSetting(categories, {
    method = "asng", utility = "mean", delta0 = 1, alpha = 1.5, lam = 2, margin = "asng", delta_max = null,
  } = {}) {
    const dim = categories.length, offsets = engine.makeOffsets(categories), n_theta = offsets[dim] - dim;
    return {
      method, utility, delta0, alpha, lam, delta_max: delta_max === null ? Math.sqrt(n_theta) : delta_max, dim, n_theta, offsets,
      pole: engine.centrePole(offsets), margin: engine.smallestProbability(margin, categories),
    };
  }

  /** What a trial changes, from x (D K) and the uniform θ on. `info` tells what the last update computed. */
  function newTrial(setting, x) {
    const { dim, lam, offsets } = setting, width = offsets[offsets.length - 1];
    const zeros = () => new Float64Array(width);
    return {
      theta: engine.uniformTheta(offsets), x: Float64Array.from(x), velocity: zeros(), s: zeros(),
      adaptation: Float64Array.of(0, 1), // γ and Δ; Alg. 1, line 1
      m: zeros(), v: zeros(),
      counts: Int32Array.of(0, 0), // updates so far, and θ steps that were not skipped
      info: { best: NaN, loss: NaN, updated: false, norm: NaN, delta: NaN, beta: NaN, epsilon: NaN,
        s_norm2: NaN, gamma: NaN, Delta: NaN },
      work: { // what an update writes on its way
        c: new Int32Array(2 * lam * dim), losses: new Float64Array(lam),
        utility: new Float64Array(lam), G: zeros(), white: zeros(), before: zeros(), moved: zeros(), gradient: zeros(),
        rows: new Int32Array(dim),
        z_x: new Float64Array(dim), z_theta: new Float64Array(dim),
      },
    };
  }

  /* ---- Algorithm 1 ---- */

  /**
   * G of (7) from the samples in c, from sample `first` on. The utilities add up to 0: so θ drops out of the sum of
   * u_i (T(c_i) − θ), and rows in which all samples agree are 0. Lists the other rows and returns how many there are.
   */
  function sparseGradient(setting, c, first, utility, G, rows) {
    const { lam, dim, offsets } = setting, at = first * dim;
    let count = 0;
    G.fill(0);
    for (let i = 0; i < dim; i++) {
      let n = 1;
      while (n < lam && c[at + n * dim + i] === c[at + i]) n++;
      if (n === lam) continue;
      rows[count++] = i;
      for (n = 0; n < lam; n++) G[offsets[i] + c[at + n * dim + i]] += utility[n] / lam; // (7)
    }
    return count;
  }

  /** ‖G‖_F: by way of F^{1/2}G where that is wanted or where squares leave the range of doubles. */
  function fisherLength({ method, offsets, pole }, theta, { G, white }) {
    const norm = method === "asng" ? NaN : engine.fisherNorm(theta, G);
    if (norm > 1e-145 && norm < Infinity) return norm;
    engine.categoricalFisherSqrt(theta, offsets, pole, G, white);
    return engine.euclideanNorm(white);
  }

  /** Lines 3 and 5 to 8, or SNG's or Adam's step, from λ samples in c (from sample `first` on) and their losses. */
  function thetaStep(setting, trial, c, losses, first = 0) {
    const { theta, s, adaptation, m, v, counts, info, work } = trial, { G, white, utility, rows } = work;
    (setting.utility === "rank" ? engine.rankUtility : engine.meanUtility)(losses, utility);
    const count = sparseGradient(setting, c, first, utility, G, rows);
    const norm = fisherLength(setting, theta, work);
    info.updated = engine.isInformative(losses, utility, norm);
    info.norm = info.updated ? norm : 0;
    if (setting.method === "asng") {
      [info.delta, info.beta] = engine.trustRegion(setting.delta0, adaptation[1], setting.delta_max, setting.n_theta);
      if (info.beta > 2) {
        throw new Error(`β = ${info.beta.toPrecision(3)} exceeds 2 at update ${counts[0]}, so √(β(2 − β)) is no number: ` +
          "without the guard δ ≤ √n_θ nothing bounds δ.");
      }
    }
    if (!info.updated) {
      info.epsilon = 0;
      if (setting.method !== "asng") info.delta = 0;
      return;
    }
    counts[1] += 1;
    if (setting.method === "asng") {
      info.epsilon = info.delta / norm; // (10)
      engine.naturalStep(theta, G, info.epsilon);
      info.s_norm2 = engine.accumulate(s, white, norm, info.beta);
      [adaptation[0], adaptation[1]] = engine.adapt(adaptation[0], adaptation[1], info.s_norm2, info.beta, setting.alpha);
      [info.gamma, info.Delta] = adaptation;
    } else if (setting.method === "sng") {
      info.epsilon = setting.delta0 / norm; // (10) with Δ ≡ 1
      engine.naturalStep(theta, G, info.epsilon);
      info.delta = setting.delta0;
    } else {
      work.before.set(theta);
      engine.adamStep(theta, m, v, counts[1], G, norm, setting.delta0);
      info.epsilon = setting.delta0;
      engine.categoricalProject(theta, setting.offsets, setting.margin);
      for (let k = 0; k < theta.length; k++) work.moved[k] = theta[k] - work.before[k];
      info.delta = engine.fisherNorm(work.before, work.moved); // with the projection, for the step leads out of the simplex
      return;
    }
    engine.categoricalProject(theta, setting.offsets, setting.margin, rows, count); // the others have not moved
  }

  /** One update; u (2λ, D) and z (2, D) start at uAt and zAt. Returns whether a solution was drawn. */
  function oneUpdate(setting, trial, u, uAt, z, zAt) {
    const { lam, dim, categories } = setting, { x, counts, info, work } = trial, { c, z_x, z_theta, losses } = work;
    for (let i = 0; i < dim; i++) {
      z_x[i] = setting.noise * z[zAt + i]; // z ~ N(0, σ_z² I)
      z_theta[i] = setting.noise * z[zAt + dim + i];
    }
    engine.categoricalSample(trial.theta, setting.offsets, u, c, 2 * lam, uAt); // c ~ P_θ, for both steps
    let best = Infinity;

    for (let n = 0; n < lam; n++) best = Math.min(best, selectiveNoiseFree(x, c, dim, categories, n * dim, best));
    selectiveGradient(x, c, z_x, lam, categories, work.gradient);
    momentumStep(x, trial.velocity, work.gradient, cosine(setting.eps_x, counts[0], setting.max_updates)); // line 4

    let total = 0;
    for (let n = 0; n < lam; n++) {
      losses[n] = selectiveLoss(x, c, z_theta, categories, (lam + n) * dim);
      total += losses[n];
      best = Math.min(best, selectiveNoiseFree(x, c, dim, categories, (lam + n) * dim, best));
    }
    info.best = best; // the least expected loss among the 2λ samples, without its constant
    info.loss = total / lam;
    thetaStep(setting, trial, c, losses, lam);
    counts[0] += 1;
    return best < 1 / categories; // below K⁻¹ + DK⁻² with the constant
  }

  /** Run up to `updates` updates on given uniforms (updates, 2λ, D) and normals (updates, 2, D). */
  function runUpdates(setting, trial, uniforms, normals, updates) {
    const { lam, dim } = setting;
    for (let n = 0; n < updates; n++) {
      if (oneUpdate(setting, trial, uniforms, n * 2 * lam * dim, normals, n * 2 * dim)) return true;
    }
    return false;
  }

  /** A trial on random numbers of its own: { setting, trial, step() }, where step() runs one update. */
  function startTrial(setting, seed) {
    const { lam, dim, categories } = setting;
    const uniform = engine.generator(seed, 1), normal = engine.generator(seed, 2);
    const trial = newTrial(setting, normal.fillNormal(new Float64Array(dim * categories)));
    const u = new Float64Array(2 * lam * dim), z = new Float64Array(2 * dim);
    return { setting, trial, step: () => oneUpdate(setting, trial, uniform.fillUniform(u), 0, normal.fillNormal(z), 0) };
  }

  /* ---- A search of θ alone, by ask and tell ---- */

  /** λ codes from P_θ, each an array; uniform() gives one random number. */
  function drawCodes(theta, offsets, lam, uniform) {
    const dim = offsets.length - 1, u = Float64Array.from({ length: lam * dim }, uniform), c = new Int32Array(lam * dim);
    engine.categoricalSample(theta, offsets, u, c, lam); // c ~ P_θ
    return Array.from({ length: lam }, (_, n) => Array.from(c.subarray(n * dim, (n + 1) * dim)));
  }

  /** ASNG, or another method of a setting, on categories: tell() takes λ codes and their losses. */
  function startSearch(categories, uniform, options) {
    const setting = searchSetting(categories, options), trial = newTrial(setting, []);
    return {
      lam: setting.lam, theta: trial.theta, info: trial.info,
      ask: (count = setting.lam) => drawCodes(trial.theta, setting.offsets, count, uniform),
      tell(codes, losses) { thetaStep(setting, trial, Int32Array.from(codes.flat()), Float64Array.from(losses)); },
    };
  }

  return {
    selectiveLoss, selectiveNoiseFree, selectiveGradient, cosine, momentumStep, makeSetting, searchSetting, newTrial, thetaStep,
    oneUpdate, runUpdates, startTrial, drawCodes, startSearch,
  };
};

Object.assign(ASNG.engine, ASNG.makeTrials(ASNG.engine));
