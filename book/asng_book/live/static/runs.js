/* Longer computations for the explorer: recorded runs, and a small sweep. Extends ASNG.engine; no DOM.
 *
 * Each job is a generator function. What it yields is { fraction, take }: how far it is, and a function that returns a
 * list of what has come since its last call, or null. In the end it returns its whole result. So the same code runs at
 * once (ASNG.runNow), in a worker, or in slices between frames (jobs.js).
 */
ASNG.makeRuns = function makeRuns(engine) {
  "use strict";
  const BLOCK = 16; // updates between two yields
  const MOST = 4e6; // random numbers that are kept, 32 MB of them
  const COLUMNS = ["best", "delta", "ratio", "gamma", "right"];

  /** Σ_i θ_i0: how many dimensions a sample c ~ P_θ is expected to get right. */
  function expectedRight(theta, categories) {
    let total = 0;
    for (let k = 0; k < theta.length; k += categories) total += theta[k];
    return total;
  }

  /** An empty run of updates / every + 1 points at most; `thetas`: whether it keeps θ at each of them or at the last alone. */
  function newRun({ method, delta0, dim, categories }, updates, every, thetas) {
    const points = Math.ceil(updates / every) + 1;
    const run = { method, delta0, dim, categories, updates, every, thetas, length: 0, solved: null, broken: null, done: 0,
      theta: new Float32Array((thetas ? points : 1) * dim * categories) };
    for (const name of COLUMNS) run[name] = new Float32Array(points).fill(NaN);
    return run;
  }

  /** Whether a run has come to its end. */
  const ended = (run) => run.solved !== null || run.broken !== null || run.done >= run.updates;

  /** θ at a point of a run. */
  function thetaAt(run, point) {
    const width = run.dim * run.categories, at = run.thetas ? point * width : 0;
    return run.theta.subarray(at, at + width);
  }

  /**
   * A run that grows by update(u, uAt, z, zAt), which takes its random numbers from there on. It keeps a point before the
   * first update, and after each `every` updates `best` (the least loss among their samples), the mean of `delta` (δ) and
   * `ratio` (‖s‖²/α) over them, and `gamma`, `theta` and `right` (Σ_i θ_i0) at their end. `solved` is the update that
   * drew a solution, or null; `broken` says why the run could not go on, or is null; `done` counts the updates.
   */
  function recorder(options, x, updates, every, thetas) {
    const setting = engine.makeSetting(options), trial = engine.newTrial(setting, x), { info } = trial;
    const run = newRun(setting, updates, every, thetas);
    let best = Infinity, delta = 0, ratio = 0, steps = 0, taken = 0;

    function keep() {
      const at = run.length++;
      run.right[at] = expectedRight(trial.theta, setting.categories);
      thetaAt(run, at).set(trial.theta);
      if (at === 0) return;
      run.best[at] = best;
      run.delta[at] = steps ? delta / steps : run.delta[at - 1];
      run.ratio[at] = steps ? ratio / steps : run.ratio[at - 1];
      run.gamma[at] = info.gamma;
      best = Infinity;
      delta = ratio = steps = 0;
    }

    function update(u, uAt, z, zAt) {
      const n = run.done + 1;
      let solved = false;
      try {
        solved = engine.oneUpdate(setting, trial, u, uAt, z, zAt);
        if (!Number.isFinite(info.loss)) run.broken = `the loss is no finite number any more after update ${n}: ε_x is too large.`;
      } catch (error) {
        run.broken = error.message;
      }
      if (run.broken !== null) return;
      run.done = n;
      best = Math.min(best, info.best);
      if (info.updated) {
        delta += info.delta;
        ratio += info.s_norm2 / setting.alpha;
        steps += 1;
      }
      if (solved) run.solved = n;
      if (n % every === 0 || ended(run)) keep();
    }

    /** The points since the last call, as joinStretch wants them; null if nothing has come. */
    function take(place) {
      const { length, solved, broken, done } = run, from = taken;
      if (from === length && broken === null) return null;
      taken = length;
      const { method, delta0, dim, categories } = run, width = dim * categories;
      const stretch = { place, from, length, solved, broken, done, method, delta0, dim, categories, updates, every, thetas,
        theta: thetas ? run.theta.slice(from * width, length * width) : run.theta.slice() };
      for (const name of COLUMNS) stretch[name] = run[name].slice(from, length);
      return stretch;
    }

    keep();
    return { run, update, take };
  }

  /** Add a stretch of points to the run that it goes on with, or begin one; returns the run. */
  function joinStretch(run, stretch) {
    const { from, length, solved, broken, done, updates, every, thetas } = stretch;
    const joined = from === 0 ? newRun(stretch, updates, every, thetas) : run;
    for (const name of COLUMNS) joined[name].set(stretch[name], from);
    joined.theta.set(stretch.theta, thetas ? from * stretch.dim * stretch.categories : 0);
    return Object.assign(joined, { length, solved, broken, done });
  }

  let kept = {};

  /**
   * The random numbers of a race: x, and block(n) with those of BLOCK updates, asked for in order. Those of the newest
   * race are kept, for the next one mostly wants the same.
   */
  function randomNumbers(seed, { lam, dim, categories }, updates) {
    const key = [seed, lam, dim, categories].join(), few = updates * (2 * lam + 2) * dim <= MOST;
    if (few && kept.key === key) return kept;
    const uniform = engine.generator(seed, 1), normal = engine.generator(seed, 2), blocks = [];
    const x = normal.fillNormal(new Float64Array(dim * categories));
    const next = () => ({
      u: uniform.fillUniform(new Float64Array(BLOCK * 2 * lam * dim)), z: normal.fillNormal(new Float64Array(BLOCK * 2 * dim)),
    });
    const made = { key, x, block: (n) => (few ? (blocks[n] = blocks[n] || next()) : next()) };
    if (few) kept = made;
    return made;
  }

  /** Recorded runs, abreast and on the same random numbers, of settings that agree in λ, D and K. */
  function* race(list, seed, updates, every, thetas = true) {
    const setting = engine.makeSetting(list[0]), { lam, dim } = setting;
    const random = randomNumbers(seed, setting, updates);
    const racers = list.map((options) => recorder(options, random.x, updates, every, thetas));
    const open = () => racers.filter(({ run }) => !ended(run));
    const take = () => racers.map((racer, place) => racer.take(place)).filter(Boolean);
    for (let n = 0; n < updates && open().length; n += BLOCK) {
      const { u, z } = random.block(n / BLOCK);
      for (const { run, update } of open()) {
        for (let i = 0; i < BLOCK && !ended(run); i++) update(u, i * 2 * lam * dim, z, i * 2 * dim);
      }
      yield { fraction: n / updates, take };
    }
    return racers.map(({ run }) => run);
  }

  /** The updates that each of several trials needs, null where they do not suffice; a row for each setting. */
  function* sweep(list, trials, seed) {
    const rows = [];
    let taken = 0;
    const take = () => (taken < rows.length ? rows.slice(taken, (taken = rows.length)) : null);
    for (const options of list) {
      const setting = engine.makeSetting(options), needed = [];
      for (let trial = 0; trial < trials; trial++) {
        const { step } = engine.startTrial(setting, seed * 1000 + trial);
        let n = 0, solved = false;
        while (!solved && n < setting.max_updates && n < options.give_up) {
          n += 1;
          solved = step();
          if (n % (8 * BLOCK) === 0) yield { fraction: (rows.length + (trial + n / options.give_up) / trials) / list.length, take };
        }
        needed.push(solved ? n : null);
      }
      const row = { method: setting.method, eps_x: setting.eps_x, delta0: setting.delta0, ...quartiles(needed) };
      rows.push(row);
      yield { fraction: rows.length / list.length, take };
    }
    return rows;
  }

  /** Successes and the quartiles of the successful trials' updates, as asng_edu.sweeps.sweep has them. */
  function quartiles(needed) {
    const found = needed.filter((n) => n !== null).sort((a, b) => a - b);
    function quantile(q) {
      if (!found.length) return null;
      const at = q * (found.length - 1), low = Math.floor(at);
      return found[low] + (at - low) * (found[Math.min(low + 1, found.length - 1)] - found[low]);
    }
    return { trials: needed.length, successes: found.length, median_updates: quantile(0.5), q25: quantile(0.25), q75: quantile(0.75) };
  }

  return { expectedRight, newRun, ended, thetaAt, joinStretch, race, sweep, quartiles };
};

Object.assign(ASNG.engine, ASNG.makeRuns(ASNG.engine));

/** Finish a job now, and return its result. */
ASNG.runNow = function (job, ...args) {
  const steps = ASNG.engine[job](...args);
  let state = steps.next();
  while (!state.done) state = steps.next();
  return state.value;
};
